"""Tell which other runs were joined to this one, from where they looked and when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from readiness_audit.model.evidence import Evidence, Observed, Plain
from readiness_audit.model.record import Record
from readiness_audit.rendering.words import Words

ELSEWHERE = "elsewhere"
"""The look that holds what other runs saw of a host."""


def joined_notices(record: Record, words: Words) -> Iterator[str]:
    """Name every run that was joined; those that count for no host, with the reason."""
    about: dict[str, list[Mapping[str, Plain]]] = {}
    for piece in record.evidence:
        for sighting in _sightings(piece):
            about.setdefault(_text(sighting, "run"), []).append(sighting)
    counting, idle = [], []
    for run, sightings in about.items():
        good = [each for each in sightings if _counts(each)]
        if not good:
            why = words.heard.said(_text(sightings[0], "obstacle"))
            idle.append(words.say("say.joined-idle-run", run=run, why=why))
            continue
        told = words.say(
            "say.joined-run", run=run, place=_place(good[0], record, words), day=_day(good, words)
        )
        if len(good) < len(sightings):
            n, of = words.number(len(good)), words.number(len(sightings))
            told += f" {words.say('say.joined-partly', n=n, of=of)}"
        counting.append(told)
    if counting:
        yield words.say("say.joined", runs="; ".join(counting))
    if idle:
        yield words.say("say.joined-idle", runs="; ".join(idle))


def joined_places(piece: Evidence, record: Record, words: Words) -> tuple[str, ...]:
    """Say from where a host was looked at in the runs that count for it; empty for any other look."""
    places = (_place(each, record, words) for each in _sightings(piece) if _counts(each))
    return tuple(dict.fromkeys(places))


def _sightings(piece: Evidence) -> Iterator[Mapping[str, Plain]]:
    if isinstance(piece, Observed) and piece.look.probe == ELSEWHERE:
        found = piece.facts.get("sightings")
        yield from (each for each in (found if isinstance(found, list) else ()) if isinstance(each, dict))


def _counts(sighting: Mapping[str, Plain]) -> bool:
    return sighting.get("obstacle") is None and sighting.get("ports") is not None


def _place(sighting: Mapping[str, Plain], record: Record, words: Words) -> str:
    machine, name = _text(sighting, "looked_from"), _text(sighting, "vantage_point")
    network = next((point.network for point in record.system.vantage_points if point.name == name), None)
    return f"{machine} ({name}, {words.say(f'vantage.{network}')})" if network else machine


def _day(sightings: Iterable[Mapping[str, Plain]], words: Words) -> str:
    """Give the day the last of the hosts was looked at."""
    last = max(_text(each, "seen_at") for each in sightings)
    try:
        return words.day(datetime.fromisoformat(last).astimezone(words.zone))
    except (ValueError, OverflowError):
        return words.say("say.unknown")


def _text(sighting: Mapping[str, Plain], name: str) -> str:
    value = sighting.get(name)
    return value if isinstance(value, str) else ""
