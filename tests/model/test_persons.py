"""One person has many ways of writing a name."""

from __future__ import annotations

import pytest

from readiness_audit.model.persons import nobody, same_person, says_something


@pytest.mark.parametrize(
    "other",
    [
        *("anna meier", "Meier, Anna", "Frau Dr. Anna Meier", "MEIER  ANNA", "Prof. Dr. Meier, A\uff4ena"),
        *("Dr.-Ing. Anna Meier", "Anna Meier, M.Sc.", "Anna Meier (CISO)", "Anna Meier <am@example.org>"),
        *("Anna-Meier", "Anna M\u00e9ier", "'Anna' Meier", "Anna Meier 2", "Anna Meier, sales"),
        # Whoever gives less of a name than the other cannot be told from her.
        *("A. Meier", "Anna B. Meier", "Anna"),
        # Cyrillic and Greek letters that look the same; letters and marks that nobody sees.
        *("Anna Me\u0456er", "\u0410nn\u0430 Meier", "Anna \u039ceier"),
        *("Anna Meier\u3164", "Anna Meier\ufe0f", "Anna Me\u034fier", "Anna Meier \u2800"),
    ],
)
def test_it_is_still_her(other: str) -> None:
    assert same_person("Anna Meier", other)


@pytest.mark.parametrize(
    "other", ["Anna Maier", "Anna Meier-Schulz", "Hanna Meier", "B. Meier", "Bert Meier", "A. Schulz", "-"]
)
def test_it_is_somebody_else(other: str) -> None:
    assert not same_person("Anna Meier", other)


def test_a_title_alone_is_somebody_all_the_same() -> None:
    assert not same_person("Dr.", "Prof.")


def test_an_umlaut_is_written_in_three_ways() -> None:
    assert same_person("J\u00f6rg M\u00fcller", "Joerg Mueller")
    assert same_person("J\u00f6rg M\u00fcller", "Jorg Mu\u0308ller")


@pytest.mark.parametrize("name", ["-", "?", "N.N.", "n. n.", "TBD", "unbekannt", "\u3164", "\u2800"])
def test_this_names_nobody(name: str) -> None:
    assert "names nobody" in (nobody(name) or "")


@pytest.mark.parametrize("name", ["Anna Me\u0456er", "Anna \u039ceier", "Anna M\u0435ier"])
def test_a_word_in_letters_of_two_alphabets_is_refused(name: str) -> None:
    assert "two alphabets" in (nobody(name) or "")


@pytest.mark.parametrize(
    "name",
    [
        "Anna Meier",
        "IT-Betrieb",
        "\u0410\u043d\u043d\u0430 \u041c\u0435\u0439\u0435\u0440",
        "\u5c71\u7530\u592a\u90ce",
        "\u674e",
        "\u00d8 Berg",
    ],
)
def test_this_names_somebody(name: str) -> None:
    assert nobody(name) is None


def test_a_reason_of_dots_says_nothing() -> None:
    assert says_something("The old system stops on Monday.")
    assert not any(map(says_something, ["", ".", " - ", "\u3164", "..."]))
