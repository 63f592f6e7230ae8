"""
Read spreadsheets through calamine; to be called through `read_apart`, since an XLSX file is a zip.

Formulas are not worked out: a cell has the value that the spreadsheet program stored with it.
A stored error such as #N/A arrives as its text, never as an empty cell.
"""

from __future__ import annotations

import io
import itertools
import json
import math
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, TypeAlias

from readiness_audit.errors import MissingExtraError
from readiness_audit.model.evidence import Plain, Reason
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.registers.stored_errors import error_cells
from readiness_audit.probes.registers.table import LINES_ABOVE_HEADER, MOST_COLUMNS, MOST_ROWS

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

LARGEST_PART = 200 * 2**20
"""Bytes of all parts together, unpacked."""

MOST_PARTS = 5_000
MOST_SPAN = 1_200_000
"""Lines from the first to the last cell that has anything; a worksheet cannot have more."""

_Found: TypeAlias = "str | int | float | bool | date | time | timedelta"
"""What calamine gives for a cell."""


def read_xlsx(data: bytes) -> Plain:
    """
    Give the lines of one worksheet of a spreadsheet.

    `data` is the name of the sheet as JSON (null: the first visible one), a line end, and the file.
    Gives the sheet's name, then pairs of line number and cells. Raises `CannotSee`.
    """
    wanted, _, file = data.partition(b"\n")
    _check_size(file)
    try:
        import python_calamine as calamine  # noqa: PLC0415 - an extra, and only the child needs it
    except ImportError:
        raise CannotSee(
            Reason.TOOL_MISSING, str(MissingExtraError("python-calamine", "spreadsheets"))
        ) from None
    try:
        with calamine.CalamineWorkbook.from_filelike(io.BytesIO(file)) as book:
            visible = [
                about.name
                for about in book.sheets_metadata
                if about.typ == calamine.SheetTypeEnum.WorkSheet
                and about.visible == calamine.SheetVisibleEnum.Visible
            ]
            name = _chosen(json.loads(wanted), book.sheet_names, visible)
            sheet = book.get_sheet_by_name(name)
            return [name, *_lines(sheet, error_cells(file, name))]
    except calamine.CalamineError as error:
        raise CannotSee(Reason.UNREADABLE, f"the spreadsheet cannot be read: {error!s:.200}") from None


def _check_size(file: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(file)) as parts:
            infos = parts.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OverflowError, EOFError) as error:
        raise CannotSee(Reason.UNREADABLE, f"not an XLSX file: {error!s:.200}") from None
    if len(infos) > MOST_PARTS or sum(info.file_size for info in infos) > LARGEST_PART:
        raise CannotSee(Reason.TOO_LARGE, f"unpacked, the spreadsheet is larger than {LARGEST_PART} bytes")


def _chosen(wanted: str | None, names: Sequence[str], visible: Sequence[str]) -> str:
    if wanted is not None and wanted not in names:
        raise CannotSee(Reason.NOT_FOUND, f"the file has no worksheet {wanted!r}")
    if wanted is None and not visible:
        raise CannotSee(Reason.EMPTY, "the file has no visible worksheet")
    return visible[0] if wanted is None else wanted


def _lines(sheet: CalamineSheet, errors: Mapping[int, frozenset[int]]) -> Iterator[Plain]:
    first_column = sheet.start[1] if sheet.start else 0
    taken = 0
    for number, found in enumerate(itertools.islice(sheet.iter_rows(), MOST_SPAN), 1):
        cells = [_plain(cell) for cell in found]
        for column in errors.get(number, ()):
            if 0 <= column - first_column < len(cells):
                cells[column - first_column] = "#ERROR"
        while cells and cells[-1] in {None, ""}:
            cells.pop()
        if not cells:
            continue
        taken += 1
        if taken > MOST_ROWS + LINES_ABOVE_HEADER + 1:
            raise CannotSee(Reason.TOO_LARGE, f"more than {MOST_ROWS} rows")
        if len(cells) > MOST_COLUMNS:
            raise CannotSee(Reason.TOO_LARGE, f"line {number} has more than {MOST_COLUMNS} columns")
        yield [number, [*cells]]


def _plain(cell: _Found) -> str | int | float | bool:
    match cell:
        case float() if not math.isfinite(cell):
            return str(cell)
        case str() | bool() | int() | float():
            return cell
        case datetime() if cell.time() == time.min:
            return cell.date().isoformat()
        case datetime():
            return cell.isoformat(timespec="seconds")
        case _:
            return str(cell)
