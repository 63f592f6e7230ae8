"""Read one cell as what its column holds, or say what was expected instead."""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import math
import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import TypeAlias

from readiness_audit.probes.registers.column import Column, Kind, folded

Cell: TypeAlias = str | int | float | bool | list[str] | None
"""What a file format gives: text, and from spreadsheets numbers and yes/no; dates come as ISO text."""

Value: TypeAlias = str | float | bool | tuple[str, ...] | None

_NOTHING = frozenset(
    {"", "-", "--", "\N{EN DASH}", "\N{EM DASH}", "?"}
    | {"n/a", "n.a.", "n. a.", "k.a.", "k. a.", "tbd", "n.n.", "n. n."}
)
"""What people write where they have nothing to write; `n.n.` is German for a name yet to come."""

_YES = frozenset(
    {"1", "active", "aktiv", "aktiviert", "enabled", "j", "ja", "on", "t", "true", "wahr", "x", "y", "yes"}
)
_NO = frozenset(
    {"0", "deaktiviert", "disabled", "f", "falsch", "false", "gesperrt", "inactive", "inaktiv", "locked", "n"}
    | {"nein", "no", "off"}
)
_CHECK_MARKS = frozenset("✓✔☑")

_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,9})?)?"
_ISO = re.compile(rf"([0-9]{{4}})-([0-9]{{2}})-([0-9]{{2}})(?:[T ]{_TIME}(?:Z|[+-][0-9]{{2}}:?[0-9]{{2}})?)?")
_GERMAN = re.compile(rf"([0-9]{{1,2}})\.([0-9]{{1,2}})\.([0-9]{{4}})(?:,? {_TIME}(?: Uhr)?)?")
YEARS = range(1900, 2200)

_DISTINGUISHED = re.compile(r"CN=([^,=]{1,200})(?:,(?:CN|OU|DC|O|L|C)=[^,=]{1,200}){1,50}", re.IGNORECASE)
"""A group as a directory writes it (RFC 4514): its commas do not part words."""

_PLAIN = re.compile(r"([+-]?)([0-9]{1,15})(?:[.,]([0-9]{1,9}))?")
_DOTTED = re.compile(r"[+-]?[0-9]{1,3}(?:(?:\.[0-9]{3})+,[0-9]{1,9}|(?:\.[0-9]{3}){2,4})")
_COMMAED = re.compile(r"[+-]?[0-9]{1,3}(?:(?:,[0-9]{3})+\.[0-9]{1,9}|(?:,[0-9]{3}){2,4})")
_SPACED = re.compile(r"[+-]?[0-9]{1,3}(?:[ '\u00a0\u202f][0-9]{3}){1,4}(?:[.,][0-9]{1,9})?")
_CURRENCY = re.compile(r"\s*(?:€|EUR)\Z")
LARGEST_NUMBER = 1e15


class Unreadable(Exception):  # noqa: N818 - reads as what the cell is
    """A cell that does not hold what its column is for; carries what was expected, in words."""

    def __init__(self, expected: str) -> None:
        """Say what would have been right."""
        super().__init__(expected)
        self.expected = expected


def read_cell(cell: Cell, told: Column) -> Value:
    """
    Give the cell's value, None (or no words) where it is empty.

    Dates become `YYYY-MM-DD`, the day as written; choices become the word that facts use.
    Raises `Unreadable`; a date or number that can be read in two ways is unreadable.
    """
    if told.kind is Kind.WORDS:
        return _words(cell)
    if isinstance(cell, list):
        raise Unreadable("one value, not a list")
    text = as_text(cell)
    if text.casefold() in _NOTHING:
        return None
    reader = _READERS.get(told.kind)
    return text if reader is None else reader(cell, text, told)


def as_text(cell: Cell) -> str:
    """Give the cell as a person would read it."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < LARGEST_NUMBER:
        return str(int(cell))
    if isinstance(cell, list):
        return ", ".join(cell)
    return "" if cell is None else str(cell).strip()


def _words(cell: Cell) -> tuple[str, ...]:
    found: list[str] = []
    for part in cell if isinstance(cell, list) else re.split(r"[;|\r\n]", as_text(cell)):
        bare = part.strip()
        if distinguished := _DISTINGUISHED.fullmatch(bare):
            found.append(distinguished[1])
        else:
            found.extend([bare] if isinstance(cell, list) else bare.split(","))
    stripped = (word.strip() for word in found)
    return tuple(dict.fromkeys(word for word in stripped if word.casefold() not in _NOTHING))


def _date(cell: Cell, text: str, _: Column) -> str:
    expected = "a date such as 2026-12-31 or 31.12.2026"
    # A bare number in a spreadsheet may be a day count, a year or a mistake.
    if not isinstance(cell, str):
        raise Unreadable(f"{expected}; in a spreadsheet, a cell with a date format")
    if match := _ISO.fullmatch(text):
        year, month, day = match.groups()
    elif match := _GERMAN.fullmatch(text):
        day, month, year = match.groups()
    else:
        raise Unreadable(expected)
    try:
        read = date(int(year), int(month), int(day))
    except ValueError:
        raise Unreadable(f"{expected}: there is no such day") from None
    if read.year not in YEARS:
        raise Unreadable(f"a date between {YEARS.start} and {YEARS.stop - 1}")
    return read.isoformat()


def _number(cell: Cell, text: str, _: Column) -> float:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        if math.isfinite(cell) and abs(cell) < LARGEST_NUMBER:
            return float(cell)
        raise Unreadable("a number with at most 15 digits")
    bare = _CURRENCY.sub("", text)
    if match := _PLAIN.fullmatch(bare):
        sign, whole, part = match.groups()
        # 1.234 is one and a bit in English and over a thousand in German: nobody may guess.
        if part is not None and len(part) == len("234") and whole != "0" and len(whole) <= len("123"):
            raise Unreadable("a number that reads the same in both languages, such as 1234 or 1.234,00")
        return float(f"{sign}{whole}.{part or 0}")
    if _DOTTED.fullmatch(bare):
        return float(bare.replace(".", "").replace(",", "."))
    if _COMMAED.fullmatch(bare):
        return float(bare.replace(",", ""))
    if _SPACED.fullmatch(bare):
        return float(re.sub(r"[ '\u00a0\u202f]", "", bare).replace(",", "."))
    raise Unreadable("a number such as 12, 12,5 or 1.200,00")


def _yes_no(cell: Cell, text: str, _: Column) -> bool:
    if isinstance(cell, bool):
        return cell
    word = folded(text)
    if word in _YES or text in _CHECK_MARKS:
        return True
    if word in _NO:
        return False
    raise Unreadable("yes or no (ja, nein, x, 1, 0, true, false)")


def _choice(_: Cell, text: str, told: Column) -> str:
    word = folded(text)
    for canonical, others in told.choices.items():
        if word == folded(canonical) or any(word == folded(other) for other in others):
            return canonical
    raise Unreadable(f"one of {', '.join(told.choices)}")


def _key(_: Cell, text: str, __: Column) -> str:
    for word in text.split():
        if re.fullmatch("SHA256:[A-Za-z0-9+/]{43}=?", word):
            return word.rstrip("=")
        if word.startswith("AAAA"):
            with contextlib.suppress(binascii.Error, ValueError):
                digest = hashlib.sha256(base64.b64decode(word, validate=True)).digest()
                return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")
    raise Unreadable("SHA256: with 43 characters, as ssh-keygen -lf writes it, or a public key")


_READERS: Mapping[Kind, Callable[[Cell, str, Column], Value]] = {
    Kind.DATE: _date,
    Kind.NUMBER: _number,
    Kind.YES_NO: _yes_no,
    Kind.CHOICE: _choice,
    Kind.KEY: _key,
}
