"""Registers as spreadsheets, honest and hostile."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest
import xlsxwriter

from readiness_audit.model.evidence import Reason
from readiness_audit.probes.registers.table import BadCell
from tests.probes.registers.reading import blind, seen, xlsx

HEAD = ("Titel", "Verantwortlich", "Frist", "Status")


def repacked(book: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    """Pack a spreadsheet again, each part as `change` leaves it."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return file.getvalue()


def with_sheet(book: bytes, xml: bytes) -> bytes:
    """Put other cells into the first worksheet."""
    sheet = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>%s</sheetData></worksheet>'
    return repacked(book, lambda name, old: sheet % xml if name.endswith("sheet1.xml") else old)


@pytest.mark.parametrize(
    "content",
    [
        b"not a spreadsheet",
        b"PK\x03\x04",
        b"PK\x05\x06" + b"\0" * 18,
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
        xlsx(HEAD)[:2_000],
        xlsx(HEAD)[:-30],
    ],
)
def test_what_is_not_a_spreadsheet_is_not_seen(tmp_path: Path, content: bytes) -> None:
    assert blind(tmp_path, "milestones", content, "xlsx")[0] is Reason.UNREADABLE


def test_a_worksheet_without_cells_is_not_seen(tmp_path: Path) -> None:
    assert "no header was found" in blind(tmp_path, "milestones", xlsx(), "xlsx")[1]


def test_a_header_alone_is_a_register_without_rows(tmp_path: Path) -> None:
    facts = seen(tmp_path, "milestones", xlsx(HEAD), "xlsx")
    assert (facts.row_count, facts.sheet) == (0, "Tabelle1")


def test_dates_numbers_and_ticks_arrive_as_what_they_are(tmp_path: Path) -> None:
    book = xlsx(
        ("Konto", "Aktiv", "Letzte Anmeldung", "Personalnummer", "MFA"),
        ("anna", True, date(2026, 11, 30), 1001, "ja"),
        ("bert", 0, datetime(2026, 11, 30, 8, 15), 10.5, "nein"),  # noqa: DTZ001 - spreadsheets know no zones
        ("cleo", "x", "30.11.2026", "0042", False),
    )
    facts = seen(tmp_path, "accounts", book, "xlsx")
    told = [(row.row, row.enabled, row.last_login, row.person_id, row.mfa) for row in facts.rows]
    assert told == [
        (2, True, "2026-11-30", "1001", True),
        (3, False, "2026-11-30", "10.5", False),
        (4, True, "2026-11-30", "0042", False),
    ]
    assert facts.unreadable_count == 0


def test_a_number_without_a_date_format_is_no_date(tmp_path: Path) -> None:
    facts = seen(tmp_path, "milestones", xlsx(HEAD, ("a", "b", 46387)), "xlsx")
    assert (facts.rows[0].due, facts.unreadable[0].text) == (None, "46387")


def test_a_table_may_begin_anywhere_and_rows_keep_their_numbers(tmp_path: Path) -> None:
    rows = [(), ("", "", "Meilensteine"), (), ("", "", *HEAD), (), ("", "", "a", "b", date(2026, 1, 2))]
    facts = seen(tmp_path, "milestones", xlsx(*rows), "xlsx")
    assert (facts.header_row, facts.rows[0].row, facts.rows[0].title) == (4, 6, "a")


def test_a_formula_counts_as_the_value_stored_with_it(tmp_path: Path) -> None:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    page = book.add_worksheet()
    page.write_row(0, 0, HEAD)
    page.write_formula(1, 0, '="Pi"&"lot"', value="Pilot")
    page.write_string(1, 1, "=HYPERLINK(1)")
    page.write_formula(1, 2, "=VLOOKUP(1,Z1:Z2,1)", value="#N/A")
    page.write_formula(1, 3, "=NA()", value="#N/A")
    book.close()
    facts = seen(tmp_path, "milestones", file.getvalue(), "xlsx")
    row = facts.rows[0]
    assert (row.title, row.owner, row.due, row.status) == ("Pilot", "=HYPERLINK(1)", None, None)
    assert [(bad.column, bad.text) for bad in facts.unreadable] == [("due", "#ERROR"), ("status", "#ERROR")]


def test_a_stored_error_is_found_in_a_table_that_begins_further_right(tmp_path: Path) -> None:
    book = xlsx((), ("", "", *HEAD), ("", "", "a", "b", date(2026, 1, 2), "=NA()"))
    book = repacked(
        book,
        lambda name, old: (
            re.sub(rb'r="F3"([^>]*)>', rb'r="F3"\1 t="e">', old).replace(b"<v>0</v>", b"<v>#N/A</v>")
            if name.endswith("sheet1.xml")
            else old
        ),
    )
    facts = seen(tmp_path, "milestones", book, "xlsx")
    assert facts.unreadable == (
        BadCell(row=3, column="status", text="#ERROR", expected="one of open, done, cancelled"),
    )


def test_the_sheet_is_the_named_one_or_the_first_that_is_visible(tmp_path: Path) -> None:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    hidden, first, second = (book.add_worksheet(name) for name in ("Listen", "Plan", "Alt & <neu>"))
    for page, title in ((hidden, "h"), (first, "f"), (second, "s")):
        page.write_row(0, 0, HEAD)
        page.write_row(1, 0, (title, "b", "2026-01-02"))
    first.activate()
    first.set_first_sheet()
    hidden.hide()
    book.close()
    facts = seen(tmp_path, "milestones", file.getvalue(), "xlsx")
    assert (facts.sheet, facts.rows[0].title) == ("Plan", "f")
    assert seen(tmp_path, "milestones", file.getvalue(), "xlsx", "Alt & <neu>").rows[0].title == "s"
    assert seen(tmp_path, "milestones", file.getvalue(), "xlsx", "Listen").rows[0].title == "h"
    reason, detail = blind(tmp_path, "milestones", file.getvalue(), "xlsx", "Plan\n2")
    assert (reason, detail) == (Reason.NOT_FOUND, "the file has no worksheet 'Plan\\n2'")


def test_a_bomb_that_says_its_size_is_not_unpacked(tmp_path: Path) -> None:
    bomb = repacked(
        xlsx(HEAD), lambda name, old: b" " * (201 * 2**20) if name.endswith("sheet1.xml") else old
    )
    assert len(bomb) < 10**6
    assert blind(tmp_path, "milestones", bomb, "xlsx")[0] is Reason.TOO_LARGE


def test_a_bomb_that_lies_about_its_size_costs_only_its_own_look(tmp_path: Path) -> None:
    size = (150 * 2**20).to_bytes(4, "little")
    bomb = repacked(
        xlsx(HEAD), lambda name, old: b" " * (150 * 2**20) if name.endswith("sheet1.xml") else old
    )
    assert bomb.count(size) > 1
    lying = bomb.replace(size, (500).to_bytes(4, "little"))
    assert blind(tmp_path, "milestones", lying, "xlsx")[0] is Reason.UNREADABLE


def test_two_far_corners_do_not_become_a_whole_sheet_in_memory(tmp_path: Path) -> None:
    corners = (
        b'<row r="1"><c r="A1" t="inlineStr"><is><t>Titel</t></is></c></row>'
        b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    )
    assert blind(tmp_path, "milestones", with_sheet(xlsx(HEAD), corners), "xlsx")[0] in {
        Reason.UNREADABLE,
        Reason.TOO_LARGE,
    }


def test_entities_in_a_workbook_are_refused(tmp_path: Path) -> None:
    laughs = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'

    def change(name: str, old: bytes) -> bytes:
        return laughs + old.partition(b"?>")[2] if name == "xl/workbook.xml" else old

    assert blind(tmp_path, "milestones", repacked(xlsx(HEAD, ("a", "b", "2026-01-02")), change), "xlsx")[
        0
    ] is (Reason.UNREADABLE)


def test_a_sheet_with_too_many_rows_is_too_large(tmp_path: Path) -> None:
    line = b'<row r="%d"><c r="A%d"><v>1</v></c></row>'
    rows = b"".join(line % (number, number) for number in range(1, 100_030))
    reason, detail = blind(tmp_path, "milestones", with_sheet(xlsx(HEAD), rows), "xlsx")
    assert (reason, detail) == (Reason.TOO_LARGE, "more than 100000 rows")


HUNGRY = """\
import asyncio, resource, sys
from readiness_audit.probes.reach.apart import read_apart
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.deadline import Deadline
from readiness_audit.probes.registers.xlsx_lines import read_xlsx
try:
    asyncio.run(read_apart(read_xlsx, sys.stdin.buffer.read(), Deadline(60)))
except CannotSee as blind:
    print(blind.reason, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
"""Measured from a small process: memory of the one that starts another is counted with the other's."""


def test_a_bomb_of_cells_gets_no_more_memory_than_an_audit_promises_to_need() -> None:
    row = b"<row>" + b"<c><v>1</v></c>" * 160 + b"</row>"
    bomb = with_sheet(xlsx(["x"]), row * 60_000)
    command = [sys.executable, "-c", HUNGRY]
    done = subprocess.run(command, input=b"null\n" + bomb, capture_output=True, check=True)
    reason, kilobytes = done.stdout.split()
    assert reason == b"unreadable"
    assert int(kilobytes) < 400 * 1024
