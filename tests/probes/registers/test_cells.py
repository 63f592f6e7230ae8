"""Single cells: dates, numbers, yes and no, choices, in two languages."""

from __future__ import annotations

import pytest

from readiness_audit.model.texts import Texts
from readiness_audit.probes.registers.cells import Unreadable, read_cell
from readiness_audit.probes.registers.column import Column, Kind, columns_of, folded
from readiness_audit.probes.registers.probes import REGISTERS, row_of

_MEANS = Texts(en="", de="")


def of(kind: Kind, **choices: tuple[str, ...]) -> Column:
    return Column(head=_MEANS, means=_MEANS, kind=kind, choices=choices)


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2026-12-31", "2026-12-31"),
        ("31.12.2026", "2026-12-31"),
        ("1.2.2026", "2026-02-01"),
        (" 01.02.2026 ", "2026-02-01"),
        ("2024-02-29", "2024-02-29"),
        ("2026-12-31T23:59:59Z", "2026-12-31"),
        ("2026-12-31 08:15:00.123+01:00", "2026-12-31"),
        ("31.12.2026 08:15", "2026-12-31"),
        ("31.12.2026, 08:15 Uhr", "2026-12-31"),
    ],
)
def test_dates_are_read_as_people_write_them(written: str, day: str) -> None:
    assert read_cell(written, of(Kind.DATE)) == day


HOSTILE_DATES = [
    "2026-02-29",
    "31.04.2026",
    "00.01.2026",
    "2026-13-01",
    "2026-00-10",
    "1.1.26",
    "12/31/2026",
    "2026-1-1",
    "20261231",
    "1767225600",
    "0000-01-01",
    "1601-01-01",
    "9999-12-31",
    "٢٠٢٦-١٢-٣١",
    "2026-12-31T25:00:00Z",
    "2026-12-31; DROP TABLE",
    "=TODAY()",
    "KW 12",
    "sofort",
    "2026-12-31\n2027-01-01",
]


@pytest.mark.parametrize("written", [*HOSTILE_DATES, 46387, 46387.0, True, ["2026-12-31"]])
def test_what_is_not_surely_a_date_is_unreadable(written: str | float | list[str]) -> None:
    with pytest.raises(Unreadable):
        read_cell(written, of(Kind.DATE))


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("12", 12.0),
        ("-3", -3.0),
        ("12,5", 12.5),
        ("12.5", 12.5),
        ("0,125", 0.125),
        ("0.125", 0.125),
        ("1234,567", 1234.567),
        ("1.234,56", 1234.56),
        ("1,234.56", 1234.56),
        ("1.234.567", 1234567.0),
        ("12.000,00 €", 12000.0),
        ("1 200 EUR", 1200.0),
        ("1'200,5", 1200.5),
        (7, 7.0),
        (7.25, 7.25),
    ],
)
def test_numbers_are_read_with_either_comma(written: str | float, number: float) -> None:
    assert read_cell(written, of(Kind.NUMBER)) == number


@pytest.mark.parametrize(
    "written",
    [
        *(
            "1.234",
            "1,234",
            "12 %",
            "1e3",
            "nan",
            "inf",
            "١٢",
            "1_000",
            "0x10",
            "1.2.3",
            "12,",
            "hoch",
            "1" * 16,
        ),
        *(float("nan"), float("inf"), 1e300, True),
    ],
)
def test_a_number_that_reads_in_two_ways_or_none_is_unreadable(written: str | float) -> None:
    with pytest.raises(Unreadable):
        read_cell(written, of(Kind.NUMBER))


def test_yes_and_no_in_both_languages() -> None:
    for word in ("ja", "Ja", "x", "X", "wahr", "TRUE", "1", "yes", "aktiv", "✓", True, 1, 1.0):
        assert read_cell(word, of(Kind.YES_NO)) is True
    for word in ("nein", "NO", "falsch", "false", "0", "gesperrt", "disabled", False, 0, 0.0):
        assert read_cell(word, of(Kind.YES_NO)) is False
    for word in ("vielleicht", "2", "✗", "janein", 2.0):
        with pytest.raises(Unreadable):
            read_cell(word, of(Kind.YES_NO))


def test_words_are_parted_and_a_directorys_names_are_not_torn() -> None:
    words = of(Kind.WORDS)
    assert read_cell("a, b;c\nd|a,-", words) == ("a", "b", "c", "d")
    assert read_cell(["x, y", "z"], words) == ("x, y", "z")
    assert read_cell("CN=Domain Admins,CN=Users,DC=corp,DC=test", words) == ("Domain Admins",)
    assert read_cell("CN=A,OU=x,DC=y;cn=B C,ou=x,dc=y;plain", words) == ("A", "B C", "plain")
    assert read_cell(None, words) == read_cell(" ", words) == ()


@pytest.mark.parametrize(
    ("register", "name", "written", "canonical"),
    [
        ("defects", "defect_class", "betriebsverhindernd", "blocking"),
        ("defects", "defect_class", "Betriebs-behindernd", "hindering"),
        ("defects", "defect_class", "leicht", "minor"),
        ("defects", "status", "Geschlossen", "done"),
        ("accounts", "type", "Sammelkonto", "shared"),
        ("accounts", "type", "technisch", "service"),
        ("accounts", "type", "Break Glass", "break-glass"),
        ("requirements", "priority", "MUSS", "must"),
        ("requirements", "priority", "soll", "should"),
        ("persons", "status", "ausgeschieden", "left"),
        ("restores", "result", "erfolgreich", "passed"),
        ("training", "result", "nicht bestanden", "failed"),
        ("feedback", "decision", "zurückgestellt", "postponed"),
        ("risks", "measure_status", "umgesetzt", "done"),
    ],
)
def test_choices_come_down_to_one_word(register: str, name: str, written: str, canonical: str) -> None:
    facts = next(facts for kind, facts in REGISTERS.items() if kind == register)
    assert read_cell(written, columns_of(row_of(facts))[name]) == canonical


@pytest.mark.parametrize("facts", REGISTERS.values(), ids=REGISTERS)
def test_no_header_and_no_choice_means_two_things(facts: type) -> None:
    columns = columns_of(row_of(facts))
    seen: dict[str, str] = {}
    for name, told in columns.items():
        for said in (name, told.head.en, told.head.de, *told.also):
            assert folded(said)
            assert seen.setdefault(folded(said), name) == name, (
                f"{said} stands for {seen[folded(said)]} and {name}"
            )
        words: dict[str, str] = {}
        for canonical, others in told.choices.items():
            for other in (canonical, *others):
                assert words.setdefault(folded(other), canonical) == canonical, other
        assert told.means.en.endswith(".")
        assert told.means.de.endswith(".")
    assert any(told.required for told in columns.values())
