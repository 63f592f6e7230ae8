"""Find what ends by itself: the release, its conditions and waivers, and dates that stand in the evidence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from readiness_audit.model.evidence import Observed, Plain
from readiness_audit.model.record import Record
from readiness_audit.model.release import End, Ends

_ENDS = frozenset({"not_after", "valid_until", "cert_valid_until", "contract_end"})
"""Facts that say when something ceases to be good. The end of an account or grant is no loss, so not all."""

_WANTED_ENDS = frozenset({"register.accounts", "register.access-matrix"})
"""Looks at things that are meant to end."""

_DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(T[0-9:.]{5,15}Z)?", re.ASCII)
_NAMES = ("check", "subject", "id", "name", "person")


def ends_of(record: Record, at: datetime, valid_until: date | None) -> tuple[End, ...]:
    """
    Give everything in `record` that ends by itself, the soonest first.

    `valid_until` is the last day of the release. That it is valid until a day, and lapses where a
    condition is past due or a waiver is over, is sure. A date in the evidence is only a date: what it
    means, a check says when it is asked again.
    Of the dates of one kind in one look, the soonest is given.
    """
    zone = ZoneInfo(record.policy.rule.zone)
    today = at.astimezone(zone).date()
    found: list[End] = []

    def note(kind: Ends, day: date, what: str = "") -> None:
        found.append(End(kind=kind, last_day=day, what=what, days=(day - today).days))

    if valid_until is not None:
        note(Ends.RELEASE, valid_until)
    for condition in record.decision.conditions:
        note(
            Ends.CONDITION, condition.due, f"{condition.check} ({condition.target or '-'}): {condition.owner}"
        )
    for waiver in record.decision.waived:
        note(Ends.WAIVER, waiver.until, f"{waiver.waiver}: {waiver.check} ({waiver.target or '-'})")
    for piece in record.evidence:
        if isinstance(piece, Observed) and piece.look.probe not in _WANTED_ENDS:
            for fact, (day, name) in _soonest(piece.facts, zone).items():
                note(Ends.EVIDENCE, day, f"{piece.look.id}: {fact}{name}")
    return tuple(sorted(found, key=lambda end: (end.last_day, list(Ends).index(end.kind), end.what)))


def _soonest(facts: Mapping[str, Plain], zone: ZoneInfo) -> dict[str, tuple[date, str]]:
    soonest: dict[str, tuple[date, str]] = {}
    for fact, day, name in _dates(facts, "", zone):
        if fact not in soonest or day < soonest[fact][0]:
            soonest[fact] = (day, f" ({name})" if name else "")
    return soonest


def _dates(here: Plain | Mapping[str, Plain], path: str, zone: ZoneInfo) -> Iterator[tuple[str, date, str]]:
    # Facts are as deep as their type: a few levels.
    if isinstance(here, list):
        for item in here:
            yield from _dates(item, path, zone)
    elif isinstance(here, Mapping):
        name = next((str(here[key]) for key in _NAMES if isinstance(here.get(key), str) and here[key]), "")
        for key, value in here.items():
            fact = f"{path}.{key}" if path else key
            if key in _ENDS and isinstance(value, str) and (day := _day(value, zone)) is not None:
                yield fact, day, name
            else:
                yield from _dates(value, fact, zone)


def _day(text: str, zone: ZoneInfo) -> date | None:
    match = _DAY.fullmatch(text)
    try:
        if match is None:
            return None
        if match[2] is None:
            return date.fromisoformat(text)
        return datetime.fromisoformat(text).astimezone(zone).date()
    except (ValueError, OverflowError):
        return None
