"""The one clock, and moments as people write them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import click

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})",
    re.ASCII,
)
_GERMAN_DAY = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})", re.ASCII)
_HOW = (
    "write a day such as 2026-12-31 or 31.12.2026, "
    "or a moment with its zone such as 2026-12-31T18:00:00+01:00"
)


def now() -> datetime:
    """Give the real time. Nothing further in reads the clock."""
    return datetime.now(UTC)


def read_when(_ctx: click.Context, _param: click.Parameter, given: str | None) -> date | datetime | None:
    """Read a day (ISO 8601, or as 31.12.2026) or a moment (RFC 3339); the word `now` is the real time."""
    if given is None:
        return None
    if given == "now":
        return now()
    try:
        if _DAY.fullmatch(given):
            return date.fromisoformat(given)
        if german := _GERMAN_DAY.fullmatch(given):
            day, month, year = map(int, german.groups())
            return date(year, month, day)
        if _MOMENT.fullmatch(given):
            return datetime.fromisoformat(given).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise click.BadParameter(f"{given!r}: {error}; {_HOW}") from None
    raise click.BadParameter(f"{given!r} is neither a day nor a moment: {_HOW}")


def moment_of(when: date | datetime, zone: str) -> datetime:
    """Give the moment itself; of a day, its noon in `zone`, so that it is that day there."""
    if isinstance(when, datetime):
        return when
    return datetime.combine(when, time(12), ZoneInfo(zone)).astimezone(UTC)
