"""Read the date of a cookie as clients do, who take nearly anything for one (RFC 6265bis, section 5.1.1)."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DELIMITERS = re.compile(r"[\x09\x20-\x2f\x3b-\x40\x5b-\x60\x7b-\x7e]+")
_TIME = re.compile(r"([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?![0-9])", re.ASCII)
_DAY = re.compile(r"([0-9]{1,2})(?![0-9])", re.ASCII)
_YEAR = re.compile(r"([0-9]{2,4})(?![0-9])", re.ASCII)
_LAST_OF_1900 = range(70, 100)
_FIRST_OF_2000 = range(70)
_EARLIEST_YEAR = 1601


def read_cookie_date(text: str) -> datetime | None:
    """Give the moment; None where clients take it for none, and so for no date at all."""
    time: tuple[int, int, int] | None = None
    day: int | None = None
    month: int | None = None
    year: int | None = None
    # Each kind counts once; what fits several is tried in this order.
    for token in _DELIMITERS.split(text):
        if time is None and (found := _TIME.match(token)):
            time = int(found[1]), int(found[2]), int(found[3])
        elif day is None and (found := _DAY.match(token)):
            day = int(found[1])
        elif month is None and token[:3].lower() in _MONTHS:
            month = _MONTHS.index(token[:3].lower()) + 1
        elif year is None and (found := _YEAR.match(token)):
            year = int(found[1])
    if time is None or day is None or month is None or year is None:
        return None
    year += 1900 if year in _LAST_OF_1900 else 2000 if year in _FIRST_OF_2000 else 0
    if year < _EARLIEST_YEAR:
        return None
    try:
        return datetime(year, month, day, *time, tzinfo=UTC)
    except ValueError:
        return None
