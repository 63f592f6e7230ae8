"""
Find the cells of a worksheet in which the spreadsheet program stored an error such as #N/A.

The library that reads spreadsheets shows them as empty; but a lookup that went wrong in
a list of leavers is not the absence of leavers.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from xml.etree.ElementTree import ParseError

from readiness_audit.model.evidence import Reason
from readiness_audit.probes.reach.blind import CannotSee

_CELL = re.compile(rb"<(?:\w{1,20}:)?c\s([^<>]{1,500})>")
_IS_ERROR = re.compile(rb"""\bt\s?=\s?["']e["']""")
_AT = re.compile(rb"""\br\s?=\s?["']([A-Z]{1,3})([0-9]{1,7})["']""")
_BOOK = "xl/workbook.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"
_RELATION_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def error_cells(file: bytes, sheet: str) -> dict[int, frozenset[int]]:
    """
    Give the columns (counted from 0) with a stored error by line (counted from 1), of the sheet so named.

    Raises `CannotSee` where the workbook does not say which of its parts the sheet is.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(file)) as parts:
            xml = parts.read(_part_of(parts, sheet))
    except (
        zipfile.BadZipFile,
        zlib.error,
        ParseError,
        KeyError,
        ValueError,
        RuntimeError,
        EOFError,
    ) as error:
        raise CannotSee(Reason.UNREADABLE, f"the spreadsheet cannot be read: {error!s:.200}") from None
    found: dict[int, frozenset[int]] = {}
    if not _IS_ERROR.search(xml):
        return found
    for cell in _CELL.finditer(xml):
        at = _AT.search(cell[1])
        if at and _IS_ERROR.search(cell[1]):
            line = int(at[2])
            found[line] = found.get(line, frozenset()) | {_column(at[1])}
    return found


def _part_of(parts: zipfile.ZipFile, sheet: str) -> str:
    from defusedxml.ElementTree import fromstring  # noqa: PLC0415 - only the child that reads a spreadsheet needs it

    book = fromstring(parts.read(_BOOK))
    named = [
        one.get(_RELATION_ID)
        for one in book.iter()
        if one.tag.endswith("}sheet") and one.get("name") == sheet
    ]
    relations = fromstring(parts.read(_RELATIONS))
    target = next(one.get("Target", "") for one in relations if one.get("Id") in named)
    return posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number - 1
