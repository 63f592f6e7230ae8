"""Registers as CSV: what people's spreadsheets write, and what they should not."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from readiness_audit.model.evidence import Reason
from readiness_audit.model.register_type import RegisterType
from readiness_audit.model.target import Register
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.registers.probes import PROBES
from readiness_audit.probes.registers.table import BadCell, EmptyCell
from tests.looking import look_at
from tests.probes.registers.reading import blind, seen

GOOD = "id;title;owner;due\nM1;Pilot begins;Anna;2026-12-01\n"


def test_it_says_so_when_there_is_no_such_file(tmp_path: Path) -> None:
    probe = next(probe for probe in PROBES if probe.name == "register.risks")
    with pytest.raises(CannotSee) as caught:
        look_at(probe, Register(kind="register", id="r", type="risks", file="risks.csv"), evidence=tmp_path)  # type: ignore[arg-type] # the enum's text, as in YAML
    assert caught.value.reason is Reason.NOT_FOUND


def test_it_says_so_when_the_file_is_empty(tmp_path: Path) -> None:
    assert blind(tmp_path, "milestones", b"")[0] is Reason.EMPTY


@pytest.mark.parametrize("content", ["\n\n\n", ";;;\n;;\n", "\ufeff", " \n \n"])
def test_it_says_so_when_there_is_nothing_but_blanks(tmp_path: Path, content: str) -> None:
    reason, detail = blind(tmp_path, "milestones", content)
    assert reason is Reason.UNREADABLE
    assert "Owner (Verantwortlich)" in detail


def test_a_header_alone_is_a_register_without_rows(tmp_path: Path) -> None:
    facts = seen(tmp_path, "milestones", "Titel;Verantwortlich;Frist\n")
    assert (facts.row_count, facts.rows, facts.header_row) == (0, (), 1)


def test_rows_without_a_header_are_not_seen(tmp_path: Path) -> None:
    assert blind(tmp_path, "milestones", "M1;Pilot;Anna;2026-12-01\n")[0] is Reason.UNREADABLE


def test_a_missing_required_column_is_named_in_both_languages(tmp_path: Path) -> None:
    reason, detail = blind(tmp_path, "milestones", "Nr.;Titel;Frist\n1;Pilot;1.1.2026\n")
    assert (reason, detail) == (
        Reason.UNREADABLE,
        "the required column Owner (Verantwortlich) is missing",
    )


def test_a_column_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    for header in ("title;owner;due;due", "Titel;Verantwortlich;Frist;Termin"):
        reason, detail = blind(tmp_path, "milestones", f"{header}\na;b;2026-01-01;2026-01-02\n")
        assert reason is Reason.UNREADABLE
        assert "more than one column is due" in detail


@pytest.mark.parametrize("mark", [";", ",", "\t"])
@pytest.mark.parametrize("start", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_delimiter_mark_and_line_end_reads_the_same(
    tmp_path: Path, mark: str, start: str, end: str
) -> None:
    lines = [["id", "title", "owner", "due"], ["M1", "Pilot", "Anna", "2026-12-01"]]
    facts = seen(tmp_path, "milestones", start + end.join(mark.join(line) for line in lines))
    (row,) = facts.rows
    assert (row.row, row.id, row.title, row.owner, row.due) == (2, "M1", "Pilot", "Anna", "2026-12-01")
    assert facts.unknown_columns == ()


def test_commas_in_prose_do_not_decide_about_the_delimiter(tmp_path: Path) -> None:
    text = "Risiken, Stand, vom, 1.1., Entwurf, intern, x, y\n" + GOOD.replace("Pilot", "a, b, c, d, e, f,")
    assert seen(tmp_path, "milestones", text).rows[0].title == "a, b, c, d, e, f, begins"


def test_titles_remarks_and_the_hint_for_excel_may_stand_above_the_header(tmp_path: Path) -> None:
    facts = seen(tmp_path, "milestones", "sep=;\nMeilensteinplan\n\n# Frist: Tag.Monat.Jahr;;\n" + GOOD)
    assert (facts.header_row, facts.row_count, facts.rows[0].row) == (5, 1, 6)


def test_nobody_looks_for_a_header_far_down(tmp_path: Path) -> None:
    assert "in the first 20 lines" in blind(tmp_path, "milestones", "Titel\n" * 21 + GOOD)[1]


def test_a_quoted_cell_may_span_lines_and_the_row_keeps_where_it_begins(tmp_path: Path) -> None:
    facts = seen(
        tmp_path, "milestones", 'title;owner;due\n"Zwei\nZeilen, ""so""";A;2026-01-02\nb;B;2026-01-03\n'
    )
    assert [(row.row, row.title) for row in facts.rows] == [(2, 'Zwei\nZeilen, "so"'), (4, "b")]


def test_german_headers_are_known_in_the_ways_people_write_them(tmp_path: Path) -> None:
    header = "Nr. ; MEILENSTEIN;verantwortlich *;Fällig_am (TT.MM.JJJJ);Abnahme-Kriterium;erledigt am;Ampel"
    facts = seen(tmp_path, "milestones", f"{header}\n1;Pilot;Anna;31.12.2026;läuft;;grün\n")
    row = facts.rows[0]
    assert (row.id, row.title, row.owner, row.due, row.acceptance) == (
        "1",
        "Pilot",
        "Anna",
        "2026-12-31",
        "läuft",
    )
    assert facts.unknown_columns == ("Ampel",)
    assert facts.missing_columns == ("status", "replanned_by", "replanned_to")


def test_a_bad_cell_is_none_and_listed_and_an_empty_required_one_is_listed(tmp_path: Path) -> None:
    facts = seen(tmp_path, "milestones", f"title;owner;due;status\n{'x' * 9};;bald {'!' * 99};quer\n")
    row = facts.rows[0]
    assert (row.owner, row.due, row.status) == (None, None, None)
    assert facts.incomplete == (EmptyCell(row=2, column="owner"),)
    assert facts.unreadable == (
        BadCell(
            row=2, column="due", text="bald " + "!" * 75, expected="a date such as 2026-12-31 or 31.12.2026"
        ),
        BadCell(row=2, column="status", text="quer", expected="one of open, done, cancelled"),
    )
    assert (facts.unreadable_count, facts.incomplete_count) == (2, 1)


@pytest.mark.parametrize("nothing", ["", "-", "\N{EN DASH}", "n/a", "k. A.", "N.N.", "tbd", "?"])
def test_a_stand_in_for_nothing_is_nothing(tmp_path: Path, nothing: str) -> None:
    facts = seen(tmp_path, "milestones", f"title;owner;due\na;{nothing};2026-01-01\n")
    assert (facts.rows[0].owner, facts.incomplete_count) == (None, 1)


def test_cells_where_there_is_no_header_do_not_vanish(tmp_path: Path) -> None:
    facts = seen(tmp_path, "milestones", "title;;owner;due\na;lost;b;2026-01-01;beyond\nc;;d;2026-01-01;;\n")
    assert [(bad.row, bad.column, bad.text) for bad in facts.unreadable] == [
        (2, "", "lost"),
        (2, "", "beyond"),
    ]


def test_short_rows_and_blank_lines_are_what_they_look_like(tmp_path: Path) -> None:
    facts = seen(tmp_path, "milestones", "title;owner;due;status\n\na;b\n;;;\nc;d;2026-01-01;done\n")
    assert [(row.row, row.title, row.due) for row in facts.rows] == [(3, "a", None), (5, "c", "2026-01-01")]
    assert facts.incomplete == (EmptyCell(row=3, column="due"),)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (GOOD.encode("utf-16"), "UTF-16"),
        (GOOD.encode("utf-16-le"), "NUL"),
        (GOOD.replace("Anna", "Änne").encode("cp1252"), "line 2 is not UTF-8"),
        (GOOD.encode() + b"a;b\0;c;d\n", "NUL"),
        (bytes(range(1, 256)) * 40, "not UTF-8"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 900, "NUL"),
        ((GOOD + 'M2;"never closed;b;2026-01-01\n').encode(), "line 3 is not CSV"),
        ((GOOD + 'M2;"closed"x;b;2026-01-01\n').encode(), "line 3 is not CSV"),
    ],
)
def test_what_is_not_csv_in_utf8_is_not_seen(tmp_path: Path, content: bytes, said: str) -> None:
    reason, detail = blind(tmp_path, "milestones", content)
    assert reason is Reason.UNREADABLE
    assert said in detail


@pytest.mark.parametrize("ending", ["pdf", "ods", "CSV.exe"])
def test_other_endings_are_refused(tmp_path: Path, ending: str) -> None:
    assert "ends in .csv, .xlsx or .yaml" in blind(tmp_path, "milestones", GOOD, ending)[1]


def test_too_much_is_too_large(tmp_path: Path) -> None:
    row = "a;b;2026-01-01\n"
    many = blind(tmp_path, "milestones", "title;owner;due\n" + row * 100_001)
    assert many == (Reason.TOO_LARGE, "more than 100000 rows")
    wide = blind(tmp_path, "milestones", "title;owner;due" + ";x" * 200 + "\n" + row)
    assert wide == (Reason.TOO_LARGE, "line 1 has more than 200 columns")
    long = blind(tmp_path, "milestones", "title;owner;due\n" + "x" * 10_001 + ";b;2026-01-01\n")
    assert long == (Reason.TOO_LARGE, "line 2 has a cell of more than 10000 characters")
    longer = blind(tmp_path, "milestones", 'title;owner;due\n"' + "x" * 200_000 + '";b;2026-01-01\n')
    assert longer[0] is Reason.UNREADABLE


def test_exactly_as_much_as_allowed_is_read(tmp_path: Path) -> None:
    facts = seen(tmp_path, "milestones", "title;owner;due\n" + "a;b;2026-01-01\n" * 100_000)
    assert (facts.row_count, facts.rows[-1].row) == (100_000, 100_001)


def test_bad_cells_are_all_counted_and_the_first_thousand_listed(tmp_path: Path) -> None:
    facts = seen(tmp_path, "milestones", "title;owner;due\n" + "a;;never\n" * 1_500)
    assert (facts.unreadable_count, len(facts.unreadable)) == (1_500, 1_000)
    assert (facts.incomplete_count, len(facts.incomplete)) == (1_500, 1_000)


@pytest.mark.parametrize("piece", [b";", b'"\n";', b"x", b'"x\n', b",\t;"])
def test_a_line_without_end_costs_neither_time_nor_memory(tmp_path: Path, piece: bytes) -> None:
    begun = time.monotonic()
    content = b"title;owner;due\n" + piece * (20 * 2**20 // len(piece))
    assert blind(tmp_path, "milestones", content)[0] in {Reason.TOO_LARGE, Reason.UNREADABLE}
    assert time.monotonic() - begun < 3


def test_a_register_says_when_its_file_was_last_changed(tmp_path: Path) -> None:
    probe = next(probe for probe in PROBES if probe.name == "register.milestones")
    (tmp_path / "plan.csv").write_text(GOOD)
    os.utime(tmp_path / "plan.csv", (1_777_615_200, 1_777_615_200))
    register = Register(kind="register", id="r", type=RegisterType.MILESTONES, file="plan.csv")
    facts = look_at(probe, register, evidence=tmp_path).facts
    assert facts.modified_at == "2026-05-01T06:00:00Z"
