"""Moments as facts write them: RFC 3339, in UTC, to the second."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from readiness_audit.model.evidence import Reason
from readiness_audit.probes.reach.blind import CannotSee

CLOCKS_DIFFER = timedelta(minutes=5)
"""How far ahead a moment may lie before it counts as being from the future."""

_FURTHEST_ZONE = timedelta(hours=14)
_ISO = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]{1,9})?)?[0-9Zz:+-]{0,6}"
)


def written(moment: datetime) -> str:
    """Write a moment with zone as `2026-01-31T08:00:00Z`."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}".rjust(20, "0")


def read_moment(text: str | None, started: datetime) -> datetime | None:
    """
    Read a moment in ISO 8601; one without a zone counts as UTC. None where the text is none.

    Raises `CannotSee` where it lies after `started`: by more than five minutes, or, as many
    programs write local time without saying so, by more than any zone explains.
    """
    if text is None or not _ISO.fullmatch(text):
        return None
    # Nine digits of a second are allowed on the way in; Python keeps six.
    shortened = re.sub(r"[.,]([0-9]{1,6})[0-9]*", lambda match: "." + match[1].ljust(6, "0"), text)
    try:
        moment = datetime.fromisoformat(shortened.upper())
        zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        known = zoned.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return _not_after(known, started, CLOCKS_DIFFER if moment.tzinfo else _FURTHEST_ZONE)


def from_seconds(seconds: float, started: datetime) -> datetime | None:
    """Turn seconds since 1970 into a moment, with the same limits as `read_moment`."""
    try:
        moment = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return _not_after(moment, started, CLOCKS_DIFFER)


def whole_days(since: datetime, until: datetime) -> int:
    """Count the whole days between two moments, never less than none."""
    return max(0, (until - since).days)


def _not_after(moment: datetime, started: datetime, slack: timedelta) -> datetime:
    if moment - started > slack:
        detail = f"it says that it was made at {written(moment)}, which has not come yet"
        raise CannotSee(Reason.FROM_THE_FUTURE, detail)
    return min(moment, started)
