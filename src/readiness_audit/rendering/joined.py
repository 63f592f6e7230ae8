"""Tell which other runs were joined to this one, from where they looked, when, and what they count for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from readiness_audit.model.evidence import Evidence, Observed, Plain
from readiness_audit.model.record import Record
from readiness_audit.rendering.words import Words

ELSEWHERE = frozenset({"elsewhere", "web-elsewhere"})
"""The looks that hold what other runs saw: of the ports of a host, and of the paths of an endpoint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """A run that was joined to this one."""

    run: str
    sha256: str
    """Of its record.json."""

    looked_from: str
    """Name of the machine that looked."""

    vantage_point: str | None
    network: str | None
    """Of the vantage point, as this run's system declares it."""

    seen_at: str | None
    """When it looked at the last target that it counts for."""

    counts_for: tuple[str, ...]
    """Ids of targets."""

    idle: tuple[Idle, ...]
    """Targets that it does not count for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Idle:
    """Why a joined run does not count for a target."""

    target: str
    obstacle: str


def joined_runs(record: Record) -> tuple[Joined, ...]:
    """Give every run that was joined, in the order they were first met."""
    met: dict[tuple[str, str], list[tuple[str, Mapping[str, Plain]]]] = {}
    for piece in record.evidence:
        for sighting in _sightings(piece):
            run = (_text(sighting, "run"), _text(sighting, "sha256"))
            met.setdefault(run, []).append((piece.look.target, sighting))
    return tuple(_joined(run, told, record) for run, told in met.items())


def joined_notices(record: Record, words: Words) -> Iterator[str]:
    """Name every run that was joined; those that count for nothing, with the reason."""
    counting, idle = [], []
    for one in joined_runs(record):
        if not one.counts_for:
            why = words.heard.said(one.idle[0].obstacle)
            idle.append(words.say("say.joined-idle-run", run=one.run, why=why))
            continue
        place = _place(one.looked_from, one.vantage_point, one.network, words)
        told = words.say("say.joined-run", run=one.run, place=place, day=_day(one.seen_at, words))
        if one.idle:
            n, of = len(one.counts_for), len(one.counts_for) + len(one.idle)
            told += f" {words.say('say.joined-partly', n=words.number(n), of=words.number(of))}"
        counting.append(told)
    if counting:
        yield words.say("say.joined", runs="; ".join(counting))
    if idle:
        yield words.say("say.joined-idle", runs="; ".join(idle))


def joined_places(piece: Evidence, record: Record, words: Words) -> tuple[str, ...]:
    """Say from where a target was looked at in the runs that count for it; empty for any other look."""
    good = (each for each in _sightings(piece) if _counts(each))
    points = ((_text(each, "looked_from"), _text(each, "vantage_point")) for each in good)
    places = (_place(machine, point, _network(point, record), words) for machine, point in points)
    return tuple(dict.fromkeys(places))


def _joined(run: tuple[str, str], told: list[tuple[str, Mapping[str, Plain]]], record: Record) -> Joined:
    good = [(target, sighting) for target, sighting in told if _counts(sighting)]
    _, shown = (good or told)[0]
    point = _text(shown, "vantage_point") or None
    return Joined(
        run=run[0],
        sha256=run[1],
        looked_from=_text(shown, "looked_from"),
        vantage_point=point,
        network=_network(point, record),
        seen_at=max((_text(sighting, "seen_at") for _, sighting in good), default="") or None,
        counts_for=tuple(target for target, _ in good),
        idle=tuple(
            Idle(target=target, obstacle=_text(sighting, "obstacle"))
            for target, sighting in told
            if not _counts(sighting)
        ),
    )


def _sightings(piece: Evidence) -> Iterator[Mapping[str, Plain]]:
    if isinstance(piece, Observed) and piece.look.probe in ELSEWHERE:
        found = piece.facts.get("sightings")
        yield from (each for each in (found if isinstance(found, list) else ()) if isinstance(each, dict))


def _counts(sighting: Mapping[str, Plain]) -> bool:
    seen = (sighting.get("ports"), sighting.get("paths"))
    return sighting.get("obstacle") is None and any(facts is not None for facts in seen)


def _network(point: str | None, record: Record) -> str | None:
    declared = record.system.vantage_points
    return next((each.network.value for each in declared if each.name == point), None)


def _place(machine: str, point: str | None, network: str | None, words: Words) -> str:
    return f"{machine} ({point}, {words.say(f'vantage.{network}')})" if network else machine


def _day(moment: str | None, words: Words) -> str:
    try:
        return words.day(datetime.fromisoformat(moment or "").astimezone(words.zone))
    except (ValueError, OverflowError):
        return words.say("say.unknown")


def _text(sighting: Mapping[str, Plain], name: str) -> str:
    value = sighting.get(name)
    return value if isinstance(value, str) else ""
