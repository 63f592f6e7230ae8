"""Read the ways people write a day in German and English documents."""

from __future__ import annotations

import re
from datetime import date

_MONTHS = {
    "january": 1, "januar": 1, "jänner": 1, "jan": 1, "jän": 1,
    "february": 2, "februar": 2, "feber": 2, "feb": 2, "febr": 2,
    "march": 3, "märz": 3, "mar": 3, "mär": 3, "mrz": 3,
    "april": 4, "apr": 4,
    "may": 5, "mai": 5,
    "june": 6, "juni": 6, "jun": 6,
    "july": 7, "juli": 7, "jul": 7,
    "august": 8, "aug": 8,
    "september": 9, "sep": 9, "sept": 9,
    "october": 10, "oktober": 10, "oct": 10, "okt": 10,
    "november": 11, "nov": 11,
    "december": 12, "dezember": 12, "dec": 12, "dez": 12,
}  # fmt: skip
_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?", re.ASCII
)
_GERMAN = re.compile(r"(\d{1,2})\. ?(\d{1,2})\. ?(\d{4})", re.ASCII)
_DAY_FIRST = re.compile(r"(\d{1,2})(?:\.|st|nd|rd|th)? ?([^\W\d_]{3,9})\.?,? (\d{4})")
_MONTH_FIRST = re.compile(r"([^\W\d_]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})")
_PDF = re.compile(r"D:(\d{4})(\d\d)(\d\d)", re.ASCII)
_EARLIEST, _LATEST = 1900, 2199
_LONGEST = 40
_JOINTS = {"am", "on", "vom", "dated", "of", "of:", "date", "/", "|", "-", "\u2013", "(", "stand", "datum"}


def read_day(text: str) -> str | None:
    """
    Give a day as YYYY-MM-DD, or None where the text is not exactly one day of the calendar.

    Read are 2026-05-03 (also with a time), 03.05.2026, 3. Mai 2026, 3 May 2026 and May 3, 2026.
    Not read, because people disagree on them: 05/03/2026, two-digit years, a month without a day.
    """
    text = text.strip()
    if len(text) > _LONGEST:
        return None
    if found := _ISO.fullmatch(text):
        return _day(found[1], found[2], found[3])
    if found := _GERMAN.fullmatch(text):
        return _day(found[3], found[2], found[1])
    if found := _DAY_FIRST.fullmatch(text):
        return _day(found[3], str(_MONTHS.get(found[2].lower(), 0)), found[1])
    if found := _MONTH_FIRST.fullmatch(text):
        return _day(found[3], str(_MONTHS.get(found[1].lower(), 0)), found[2])
    return None


def read_pdf_day(text: str) -> str | None:
    """Give the day of a PDF date (`D:20260503...`, ISO 32000-1 7.9.4) as YYYY-MM-DD, or None."""
    found = _PDF.match(text)
    return _day(found[1], found[2], found[3]) if found else None


def split_day(text: str) -> tuple[str, str | None]:
    """Part `Erika Muster am 3. Mai 2026` or `1.2 (2026-05-03)` into its beginning and the day at its end."""
    words = text.replace("(", "( ").strip(" )").split()
    for count in range(min(3, len(words)), 0, -1):
        day = read_day(" ".join(words[-count:]))
        if day is None:
            continue
        rest = words[:-count]
        while rest and rest[-1].lower().rstrip(":,") in _JOINTS:
            rest.pop()
        return " ".join(rest).replace("( ", "(").rstrip(" ,;:"), day
    return text, None


def _day(year: str, month: str, day: str) -> str | None:
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        return None
    return found.isoformat() if _EARLIEST <= found.year <= _LATEST else None
