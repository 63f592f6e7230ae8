"""
Go through a large record piece by piece, without ever holding the whole of it as objects.

Whoever verifies a record needs little of it, and yet has to know that all of it can be read, and
in one way only. Each piece is read, written again as canonical JSON, compared and let go.
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Iterator

from readiness_audit.errors import RecordError
from readiness_audit.ledger.canonical import LARGEST_RECORD, canonical
from readiness_audit.model.evidence import Plain

_AT_ONCE = 512
"""Items of a list that are compared together: comparing each by itself takes twice as long."""

_LARGEST_DIGITS = 15
_DEEPER = frozenset({"plan", "system"})
"""Keys whose values are large objects, and are gone through like the whole."""

# Above this, sorting keys by character and by UTF-16 unit can differ.
_ODD_TEXT = re.compile("[\ud800-\U0010ffff]")


def pieces(data: bytes) -> Iterator[tuple[str, Plain]]:
    """
    Give each key of a canonical record with its value; of a list, with each of its items.

    What is inside the plan and the system is given as `plan.steps` and the like. Raises `RecordError`
    for anything that is not exactly what we would have written.
    """
    if len(data) > LARGEST_RECORD:
        raise RecordError(f"larger than {LARGEST_RECORD} bytes")
    try:
        text = _Text(data.decode("utf-8"))
        # Nobody needs the bytes any more, and they are as large as the text.
        del data
        end = yield from text.members(0, "")
        if end != len(text.text):
            raise RecordError("there is more after its end")
    except UnicodeDecodeError as error:
        raise RecordError(f"not UTF-8 text from byte {error.start} on") from None
    except (ValueError, IndexError) as error:
        raise RecordError(f"not JSON as we write it: {error}") from None
    except RecursionError:
        raise RecordError("nested too deeply") from None


class _Text:
    def __init__(self, text: str) -> None:
        self.text = text
        self.plain = text.isascii() or not _ODD_TEXT.search(text)
        self.odd = False
        decoder = json.JSONDecoder(
            parse_float=self._float, parse_int=self._int, parse_constant=self._constant
        )
        self.scan = decoder.raw_decode
        self.write = json.JSONEncoder(
            sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
        ).encode

    def members(self, start: int, above: str) -> Generator[tuple[str, Plain], None, int]:
        """Give the members of the object that begins at `start`; returns where it ends."""
        text, at, before = self.text, start + 1, ""
        self._expect("{", start)
        while True:
            key, after = self._key(at)
            if key <= before:
                raise RecordError(f"the key {key!r:.80} is there twice, or in the wrong place")
            before = key
            if text[after] == "[":
                at = yield from self._items(above + key, after + 1)
            elif text[after] == "{" and not above and key in _DEEPER:
                at = yield from self.members(after, f"{key}.")
            else:
                value, at = self.scan(text, after)
                self._compare(value, after, at)
                yield above + key, value
            if text[at] == "}":
                return at + 1
            self._expect(",", at)
            at += 1

    def _key(self, at: int) -> tuple[str, int]:
        self._expect('"', at)
        key, end = self.scan(self.text, at)
        self._compare(key, at, end)
        self._expect(":", end)
        return key, end + 1

    def _items(self, key: str, at: int) -> Generator[tuple[str, Plain], None, int]:
        text, start = self.text, at
        if text[at] == "]":
            return at + 1
        while True:
            items: list[Plain] = []
            while len(items) < _AT_ONCE:
                value, at = self.scan(text, at)
                items.append(value)
                if text[at] == "]":
                    break
                self._expect(",", at)
                at += 1
            ended = text[at] == "]" and text[at - 1] != ","
            self._compare(items, start, at if ended else at - 1, inside=True)
            for item in items:
                yield key, item
            if ended:
                return at + 1
            start = at

    def _compare(self, value: Plain, start: int, end: int, *, inside: bool = False) -> None:
        """Insist that a value is written as we would write it; `inside` leaves the brackets out."""
        written = self.write(value) if self.plain and not self.odd else canonical(value).decode()
        self.odd = False
        if (written[1:-1] if inside else written) != self.text[start:end]:
            raise RecordError("not in canonical form (RFC 8785): it was changed, or another program wrote it")

    def _expect(self, letter: str, at: int) -> None:
        if self.text[at] != letter:
            raise RecordError(f"not JSON as we write it: no {letter!r} at character {at}")

    def _float(self, digits: str) -> float:
        # Where Python and RFC 8785 write a number differently.
        self.odd = self.odd or digits.endswith(".0") or "e" in digits
        return float(digits)

    def _int(self, digits: str) -> int:
        number = int(digits)
        if len(digits) > _LARGEST_DIGITS and abs(number) >= 2**53:
            raise RecordError(f"{digits[:40]} is too large to be held exactly")
        return number

    def _constant(self, name: str) -> float:
        raise RecordError(f"{name} is not a number")
