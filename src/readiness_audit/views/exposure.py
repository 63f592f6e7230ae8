"""
From where restricted ports are open: this run's look at a host beside those of other runs.

Whatever is open from somewhere counts, whoever saw it closed from the same place. That a port is
closed counts only where every address responded; and only where it was looked for from every
vantage point it is not meant for, and from at least two altogether, is there anything to judge.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from readiness_audit.model.evidence import Plain, Reason
from readiness_audit.views.recorded import Facts, flag, text, whole, words
from readiness_audit.views.view import CannotJoin, Inputs, Need, Takes

NEEDS = (
    Need(role="ports", probe="ports"),
    Need(role="elsewhere", probe="elsewhere", takes=Takes.SAME),
)
FEWEST = 2
"""Vantage points that have to have been looked from: one alone tells nothing apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposed:
    """One restricted port as seen from one vantage point."""

    number: int
    vantage_point: str
    network: str
    """`internet`, `office`, `management` or `local`."""

    allowed: bool
    """Whether the system says that the port may be open from there."""

    state: str
    """`open`, where any look from there found it open; else `closed`, `filtered` or `unknown`."""

    addresses: tuple[str, ...]
    """Where it was open."""

    looks: int
    """How many runs looked from there."""

    disagree: bool
    """Whether they found different things."""

    seen_at: str | None
    """When the last look that found it in this state was taken, in UTC; None for this very run's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """The restricted ports of one kind of service, from every vantage point that was looked from."""

    host: str
    service: str
    """`management` or `database`."""

    ports: int
    """How many ports are restricted."""

    seen_from: tuple[str, ...]
    """Vantage points that were looked from, each with its network."""

    unseen_from: tuple[str, ...]
    """Declared vantage points that were not."""

    rows: tuple[Exposed, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sight:
    """One run's look at the host."""

    facts: Facts
    seen_at: str | None


def exposure(service: str, inputs: Inputs) -> Exposure:
    """
    Join the looks at one host for one kind of service.

    Raises `CannotJoin` where nothing that is open says enough by itself, and a vantage point is missing.
    """
    own, elsewhere = inputs["ports"], inputs["elsewhere"]
    networks = {
        text(point, "name") or "": text(point, "network") or "" for point in _listed(elsewhere, "points")
    }
    sights = _sights(own, elsewhere, networks)
    restricted = [one for one in _listed(own, "restricted") if one.get("service") == service]
    rows = tuple(
        _exposed(one, name, networks[name], sights[name])
        for one in restricted
        for name in networks
        if name in sights
    )
    unseen = [name for name in networks if name not in sights]
    made = Exposure(
        host=text(own, "host") or "",
        service=service,
        ports=len(restricted),
        seen_from=_with_networks(sights, networks),
        unseen_from=_with_networks(unseen, networks),
        rows=rows,
    )
    if not any(row.state == "open" and not row.allowed for row in rows):
        _check_enough(made, networks, restricted, elsewhere)
    return made


def _check_enough(
    made: Exposure, networks: Mapping[str, str], restricted: Sequence[Facts], elsewhere: Facts
) -> None:
    """Insist on every vantage point that a port is not meant for, and on two altogether."""
    if not restricted:
        raise CannotJoin(Reason.EMPTY, f"no ports are declared as restricted, service: {made.service}")
    forbidden = {name for one in restricted for name in networks if name not in words(one, "open_from")}
    if not forbidden:
        raise CannotJoin(Reason.EMPTY, "the restricted ports may be open from every declared vantage point")
    seen = {row.vantage_point for row in made.rows}
    lacking = [name for name in networks if name in forbidden - seen]
    if not lacking and len(seen) < FEWEST:
        lacking = [name for name in networks if name not in seen]
    if lacking or len(seen) < FEWEST:
        missing = ", ".join(_with_networks(lacking, networks)) or "a second vantage point"
        detail = f"not looked at from {missing}"
        # The first record that does not count is told; the facts have every one.
        for sighting in _listed(elsewhere, "sightings"):
            if (said := text(sighting, "obstacle")) is not None:
                detail += f"; run {text(sighting, 'run')} does not count: {said}"
                break
        raise CannotJoin(Reason.OTHER_VANTAGE, detail)
    if unknown := [row for row in made.rows if row.state == "unknown" and not row.allowed]:
        row = unknown[0]
        detail = f"{row.number}/tcp is not known to be closed from {row.vantage_point} ({row.network})"
        raise CannotJoin(Reason.OTHER_VANTAGE, detail)


def _sights(own: Facts, elsewhere: Facts, networks: Mapping[str, str]) -> dict[str, list[_Sight]]:
    found: dict[str, list[_Sight]] = defaultdict(list)
    here = text(own, "vantage_point") or ""
    if here in networks:
        found[here].append(_Sight(facts=own, seen_at=None))
    for sighting in _listed(elsewhere, "sightings"):
        facts, name = sighting.get("ports"), text(sighting, "vantage_point") or ""
        if name in networks and isinstance(facts, dict) and text(sighting, "obstacle") is None:
            found[name].append(_Sight(facts=facts, seen_at=text(sighting, "seen_at")))
    return dict(found)


def _exposed(one: Facts, name: str, network: str, sights: Iterable[_Sight]) -> Exposed:
    number = whole(one, "number")
    told = [(_state(sight.facts, number), sight) for sight in sights]
    states = {state for state, _ in told}
    # The worse word counts: open before unknown, and both before any silence or refusal.
    state = next((worse for worse in ("open", "unknown", "filtered") if worse in states), "closed")
    same = [sight for said, sight in told if said == state]
    times = [sight.seen_at for sight in same]
    addresses = {
        text(port, "address") or ""
        for sight in same
        for port in _listed(sight.facts, "ports")
        if whole(port, "number") == number and port.get("state") == "open"
    }
    return Exposed(
        number=number,
        vantage_point=name,
        network=network,
        allowed=name in words(one, "open_from"),
        state=state,
        addresses=tuple(sorted(addresses)),
        looks=len(told),
        disagree=len(states) > 1,
        seen_at=None if None in times else max(time for time in times if time is not None),
    )


def _state(facts: Facts, number: int) -> str:
    """Say what one look shows of one port, over all addresses of the host."""
    rows = [port for port in _listed(facts, "ports") if whole(port, "number") == number]
    states = {text(port, "state") for port in rows}
    if "open" in states:
        return "open"
    complete = (
        flag(facts, "finished") is True and whole(facts, "silent") == 0 and whole(facts, "responding") > 0
    )
    if not complete or len(rows) != len(_listed(facts, "addresses")) or not states <= {"closed", "filtered"}:
        return "unknown"
    return "filtered" if "filtered" in states else "closed"


def _with_networks(names: Iterable[str], networks: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(f"{name} ({networks[name]})" for name in names)


def _listed(facts: Facts, name: str) -> list[dict[str, Plain]]:
    found = facts.get(name)
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list | tuple) else []
