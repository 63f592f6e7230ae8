"""Read CSV (RFC 4180): UTF-8, its delimiter found out, line numbers kept."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterator

from readiness_audit.model.evidence import Reason
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.registers.column import Column, folded, names_of
from readiness_audit.probes.registers.table import LINES_ABOVE_HEADER, LONGEST_CELL, MOST_COLUMNS, Line

DELIMITERS = (";", ",", "\t")
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")
_EXCELS_HINT = "sep="
LONGEST_RECORD = MOST_COLUMNS * LONGEST_CELL
"""Characters of one row, with all the lines that its quoted cells span."""


def csv_lines(data: bytes, columns: dict[str, Column]) -> Iterator[Line]:
    """
    Give the lines of a CSV file one by one, the first being line 1; a quoted cell may span several.

    The delimiter is the one under which most headers are known. Raises `CannotSee`: not UTF-8,
    NUL in it, or quotes that do not close.
    """
    text = _decoded(data)
    known = names_of(columns)
    delimiter = max(DELIMITERS, key=lambda mark: _best_header(text, mark, known))
    for line in _split(text, delimiter):
        if line.number > 1 or not str(line.cells[0] if line.cells else "").startswith(_EXCELS_HINT):
            yield line


def _decoded(data: bytes) -> str:
    if data.startswith(_WIDE_MARKS):
        raise CannotSee(Reason.UNREADABLE, "the file is UTF-16; save it as CSV UTF-8")
    if b"\0" in data:
        raise CannotSee(Reason.UNREADABLE, "the file holds NUL bytes: it is not a CSV file, or not in UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise CannotSee(Reason.UNREADABLE, f"line {line} is not UTF-8; save the file as CSV UTF-8") from None


def _best_header(text: str, delimiter: str, known: dict[str, str]) -> int:
    """Count the known headers in the best of the first lines, as this delimiter splits them."""
    most = 0
    try:
        for line in itertools.islice(_split(text, delimiter), LINES_ABOVE_HEADER + 1):
            most = max(most, len({known.get(folded(str(cell))) for cell in line.cells} - {None}))
    except CannotSee:
        # Another delimiter may still split it well; the chosen one tells what is wrong.
        return most
    return most


def _split(text: str, delimiter: str) -> Iterator[Line]:
    taken = 0

    def lines() -> Iterator[str]:
        nonlocal taken
        for line in io.StringIO(text, newline=""):
            taken += len(line)
            if taken > LONGEST_RECORD:
                raise CannotSee(Reason.TOO_LARGE, f"line {begins} has more than {LONGEST_RECORD} characters")
            yield line

    begins = 1
    reader = csv.reader(lines(), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            if len(cells) > MOST_COLUMNS:
                raise CannotSee(Reason.TOO_LARGE, f"line {begins} has more than {MOST_COLUMNS} columns")
            yield Line(begins, cells)
            begins, taken = reader.line_num + 1, 0
    except csv.Error as error:
        raise CannotSee(Reason.UNREADABLE, f"line {begins} is not CSV: {error}") from None
