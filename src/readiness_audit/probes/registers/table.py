"""Turn the lines of a file into typed rows, and note everything that could not be read on the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from readiness_audit.model.evidence import Reason
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.registers.cells import Cell, Unreadable, Value, as_text, read_cell
from readiness_audit.probes.registers.column import Column, Kind, columns_of, folded, names_of

MOST_ROWS = 100_000
MOST_COLUMNS = 200
LONGEST_CELL = 10_000
MOST_LISTED = 1_000
"""Bad and empty cells that are listed one by one; all of them are counted."""

LINES_ABOVE_HEADER = 20
"""Titles and remarks may stand above the header; further down nobody looks for it."""

MOST_REMEMBERED = 1_000
FEWEST_HEADS = 2
LONGEST_QUOTE = 80

F = TypeVar("F", bound="RegisterFacts")


@dataclass(frozen=True, slots=True, kw_only=True)
class BadCell:
    """A cell that could not be read."""

    row: int
    """Line in the file, counted from 1."""

    column: str
    """The column's name in these facts; empty for a cell that no header stands above."""

    text: str
    """What stands there, cut to 80 characters."""

    expected: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EmptyCell:
    """A cell that is empty although its column is required."""

    row: int
    """Line in the file, counted from 1."""

    column: str
    """The column's name in these facts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterFacts:
    """
    What is common to all registers.

    A cell that could not be read is None among the rows: a check that judges cells should
    insist that `unreadable_count` is 0, and `incomplete_count` too where it needs every cell.
    """

    row_count: int
    """Rows with anything in them; 0 for a file with only its header."""

    header_row: int
    """Line the header stands in, counted from 1; in YAML the line of the first entry."""

    sheet: str | None
    """Worksheet of a spreadsheet, or key of a YAML file, that was read."""

    missing_columns: tuple[str, ...]
    """Optional columns the file does not have. Where a required one is missing nothing is seen at all."""

    unknown_columns: tuple[str, ...]
    """Headers that mean nothing to this register, as written."""

    unreadable: tuple[BadCell, ...]
    """Cells that could not be read, at most the first 1,000."""

    unreadable_count: int
    """All of them."""

    incomplete: tuple[EmptyCell, ...]
    """Required cells that are empty, at most the first 1,000."""

    incomplete_count: int
    """All of them."""

    modified_at: str | None
    """When the file was last changed, by the file system's word: a copy is younger than what it says."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table: where it stands in the file, and its cells."""

    number: int
    cells: Sequence[Cell]


class TableReader:
    """Takes the lines of one file in order, and gives the facts of a register at the end."""

    def __init__(self, row: type, sheet: str | None = None) -> None:
        """Expect the columns that the dataclass `row` declares."""
        self._row = row
        self._sheet = sheet
        self._columns = columns_of(row)
        self._names = names_of(self._columns)
        self._header: list[str | None] | None = None
        self._nameless: list[int] = []
        self._header_row = 0
        self._known: dict[str, dict[str, Value]] = {name: {} for name in self._columns}
        self._lines_above = 0
        self._unknown: list[str] = []
        self._rows: list[Any] = []
        self._unreadable: list[BadCell] = []
        self._unreadable_count = 0
        self._incomplete: list[EmptyCell] = []
        self._incomplete_count = 0

    def take(self, line: Line) -> None:
        """
        Read the next line: what is above the header, the header, or a row.

        Raises `CannotSee`: too large, or a header that lacks a required column or has one twice.
        """
        if len(line.cells) > MOST_COLUMNS:
            raise CannotSee(Reason.TOO_LARGE, f"line {line.number} has more than {MOST_COLUMNS} columns")
        for cell in line.cells:
            if isinstance(cell, str | list) and len(as_text(cell)) > LONGEST_CELL:
                raise CannotSee(
                    Reason.TOO_LARGE, f"line {line.number} has a cell of more than {LONGEST_CELL} characters"
                )
        if not any(map(as_text, line.cells)):
            return
        if self._header is None:
            self._take_header(line)
        else:
            self._take_row(line, self._header)

    def facts(self, make: Callable[..., F], modified_at: str) -> F:
        """
        Give all that was read as the facts that `make` makes; `modified_at` is the file's, in UTC.

        Raises `CannotSee` without a header.
        """
        if self._header is None:
            raise CannotSee(Reason.UNREADABLE, f"no header was found; it needs {self._required_heads()}")
        return make(
            rows=tuple(self._rows),
            row_count=len(self._rows),
            header_row=self._header_row,
            sheet=self._sheet,
            missing_columns=tuple(name for name in self._columns if name not in self._header),
            unknown_columns=tuple(self._unknown),
            unreadable=tuple(self._unreadable),
            unreadable_count=self._unreadable_count,
            incomplete=tuple(self._incomplete),
            incomplete_count=self._incomplete_count,
            modified_at=modified_at,
        )

    def _take_header(self, line: Line) -> None:
        heads = [as_text(cell) for cell in line.cells]
        found = [self._names.get(folded(head)) if head else None for head in heads]
        if len(set(found) - {None}) < FEWEST_HEADS:
            self._lines_above += 1
            if self._lines_above > LINES_ABOVE_HEADER:
                raise CannotSee(
                    Reason.UNREADABLE,
                    f"no header in the first {LINES_ABOVE_HEADER} lines; it needs {self._required_heads()}",
                )
            return
        for name in {name for name in found if name is not None and found.count(name) > 1}:
            twice = " and ".join(
                repr(head[:LONGEST_QUOTE])
                for head, is_for in zip(heads, found, strict=True)
                if is_for == name
            )
            raise CannotSee(Reason.UNREADABLE, f"more than one column is {name}: {twice}; keep one of them")
        for name, told in self._columns.items():
            if told.required and name not in found:
                raise CannotSee(
                    Reason.UNREADABLE, f"the required column {told.head.en} ({told.head.de}) is missing"
                )
        self._header = found
        self._nameless = [place for place, head in enumerate(heads) if not head]
        self._header_row = line.number
        self._unknown = [
            head[:LONGEST_QUOTE] for head, name in zip(heads, found, strict=True) if head and name is None
        ]

    def _take_row(self, line: Line, header: list[str | None]) -> None:
        if len(self._rows) >= MOST_ROWS:
            raise CannotSee(Reason.TOO_LARGE, f"more than {MOST_ROWS} rows")
        beyond = range(len(header), len(line.cells))
        for place in (*self._nameless, *beyond):
            if place < len(line.cells) and as_text(line.cells[place]):
                self._note(line, "", line.cells[place], "nothing where there is no header")
        cells = {name: cell for name, cell in zip(header, line.cells, strict=False) if name is not None}
        values = {
            name: self._value(line, name, told, cells.get(name)) for name, told in self._columns.items()
        }
        self._rows.append(self._row(row=line.number, **values))

    def _value(self, line: Line, name: str, told: Column, cell: Cell) -> Value:
        try:
            value = self._read(name, told, cell)
        except Unreadable as bad:
            self._note(line, name, cell, bad.expected)
            return None
        if told.required and value in (None, ()):
            self._incomplete_count += 1
            if len(self._incomplete) < MOST_LISTED:
                self._incomplete.append(EmptyCell(row=line.number, column=name))
        return value

    def _read(self, name: str, told: Column, cell: Cell) -> Value:
        # Dates, choices and yes/no repeat; in a long register most cells have been read before.
        if told.kind is Kind.TEXT or not isinstance(cell, str):
            return read_cell(cell, told)
        known = self._known[name]
        if cell not in known:
            value = read_cell(cell, told)
            if len(known) < MOST_REMEMBERED:
                known[cell] = value
            return value
        return known[cell]

    def _note(self, line: Line, name: str, cell: Cell, expected: str) -> None:
        self._unreadable_count += 1
        if len(self._unreadable) < MOST_LISTED:
            text = as_text(cell)[:LONGEST_QUOTE]
            self._unreadable.append(BadCell(row=line.number, column=name, text=text, expected=expected))

    def _required_heads(self) -> str:
        required = [told.head for told in self._columns.values() if told.required]
        return ", ".join(f"{head.en} ({head.de})" for head in required)
