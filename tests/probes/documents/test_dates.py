"""Days as people write them."""

from __future__ import annotations

import pytest

from readiness_audit.probes.documents.dates import read_day, read_pdf_day, split_day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-05-03", "2026-05-03"),
        ("2026-05-03T10:00:00+02:00", "2026-05-03"),
        ("2026-05-03 10:00", "2026-05-03"),
        ("03.05.2026", "2026-05-03"),
        ("3.5.2026", "2026-05-03"),
        ("3. 5. 2026", "2026-05-03"),
        ("3. Mai 2026", "2026-05-03"),
        ("03. März 2026", "2026-03-03"),
        ("1. Jänner 2027", "2027-01-01"),
        ("31. Okt. 2026", "2026-10-31"),
        ("3 May 2026", "2026-05-03"),
        ("May 3, 2026", "2026-05-03"),
        ("Sept. 30th, 2026", "2026-09-30"),
        ("29.02.2028", "2028-02-29"),
    ],
)
def test_a_day_is_read(text: str, day: str) -> None:
    assert read_day(text) == day


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Mai 2026",
        "03.05.26",
        "05/03/2026",
        "29.02.2027",
        "31.04.2026",
        "2026-13-01",
        "2026-5-3",
        "3. Mia 2026",
        "bald",
        "\u0663.\u0665.2026",
        "0000-00-00",
        "9999-12-31",
        "2026-05-03 oder später",
        "1" * 5000,
    ],
)
def test_what_is_not_one_day_of_the_calendar_is_none(text: str) -> None:
    assert read_day(text) is None


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Erika Muster am 3. Mai 2026", ("Erika Muster", "2026-05-03")),
        ("Erika Muster, 03.05.2026", ("Erika Muster", "2026-05-03")),
        ("Erika Muster (2026-05-03)", ("Erika Muster", "2026-05-03")),
        ("1.2 vom 3. Mai 2026", ("1.2", "2026-05-03")),
        ("3. Mai 2026", ("", "2026-05-03")),
        ("Erika Muster", ("Erika Muster", None)),
        ("", ("", None)),
    ],
)
def test_a_day_at_the_end_is_parted_from_what_comes_first(text: str, parts: tuple[str, str | None]) -> None:
    assert split_day(text) == parts


def test_a_day_of_a_pdf_file_is_read() -> None:
    assert read_pdf_day("D:20260503101112+02'00'") == "2026-05-03"
    assert read_pdf_day("D:20261303") is None
    assert read_pdf_day("gestern") is None
