"""Read JSON from elsewhere: UTF-8, no duplicate keys, no NaN, no numbers that others would round."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from readiness_audit.model.evidence import Plain, Reason
from readiness_audit.probes.reach.blind import CannotSee

_LARGEST_NUMBER = 2**53
_MOST_PIECES = 3_000_000
"""Commas and brackets; an empty object of two bytes takes seventy in memory."""


def read_json(data: bytes, what: str = "the file") -> Plain:
    """Parse `data`; `what` names it in the report. Raises `CannotSee` where it is not sound JSON."""
    if sum(map(data.count, (b",", b"[", b"{"))) > _MOST_PIECES:
        raise CannotSee(Reason.TOO_LARGE, f"{what} has more than {_MOST_PIECES} pieces of JSON")
    try:
        found: Plain = json.loads(
            data.decode("utf-8-sig"),
            object_pairs_hook=_once_each,
            parse_constant=_refuse,
            parse_int=_bounded,
        )
    except (ValueError, RecursionError, MemoryError) as error:
        said = "nested too deeply" if isinstance(error, RecursionError) else str(error)[:200]
        raise CannotSee(Reason.UNREADABLE, f"{what} is not sound JSON: {said}") from None
    return found


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a number")


def _bounded(digits: str) -> int:
    number = int(digits)
    if abs(number) >= _LARGEST_NUMBER:
        raise ValueError("a number is too large")
    return number
