"""
From where restricted ports and paths are open: this run's look at a target beside those of other runs.

Whatever is open from somewhere counts, whoever saw it closed from the same place. That something is
closed counts only where every address said so; and only where it was looked for from every
vantage point it is not meant for, and from at least two altogether, is there anything to judge.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from readiness_audit.model.evidence import Reason
from readiness_audit.views.recorded import Facts, listed, text
from readiness_audit.views.view import CannotJoin, Inputs

FEWEST = 2
"""Vantage points that have to have been looked from: one alone tells nothing apart."""

_WORST_FIRST = ("open", "unknown", "elsewhere", "alike", "refused", "filtered", "absent")
_UNTOLD = {
    "unknown": "{what} is not known to be closed from {place}",
    "elsewhere": "{what} leads elsewhere from {place}: declare it where it leads to",
    "alike": "{what} gets what anything gets from {place}, and from nowhere else a page of its own",
    "refused": "{what} is refused from {place}, not hidden, and nobody states that there is a second factor",
}
"""What keeps something from counting as closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposed:
    """One restricted port or path as seen from one vantage point."""

    what: str
    """`22/tcp`, or the path: `/admin`."""

    vantage_point: str
    network: str
    """`internet`, `office`, `management` or `local`."""

    allowed: bool
    """Whether the system says that it may be open from there."""

    state: str
    """
    `open`, where any look from there found it open. Else, of a port: `closed`, `filtered` or `unknown`; of
    a path: `refused` (the server says 401 or 403), `absent`, `alike` (hidden or not: what comes is what
    anything gets), `elsewhere` (it leads to another endpoint) or `unknown`.
    """

    addresses: tuple[str, ...]
    """Where it was open."""

    looks: int
    """How many runs looked from there."""

    disagree: bool
    """Whether they found different things."""

    seen_at: str | None
    """When the last look that found it in this state was taken, in UTC; None for this very run's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedFactor:
    """One statement that a second factor is asked for where administration refuses strangers."""

    person: str
    role: str
    date: str
    """The day it was made."""

    valid_until: str
    """The last day it counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """What is restricted of one kind of service, from every vantage point that was looked from."""

    host: str
    service: str
    """`management` or `database`."""

    restricted: int
    """How many ports or paths are restricted."""

    seen_from: tuple[str, ...]
    """Vantage points that were looked from, each with its network."""

    unseen_from: tuple[str, ...]
    """Declared vantage points that were not."""

    rows: tuple[Exposed, ...]
    refused: tuple[str, ...]
    """Paths with the places they are not meant for and are refused from by the server, not hidden."""

    stated: tuple[StatedFactor, ...]
    """Complete statements that a second factor is asked for there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Something that is meant for some places only."""

    what: str
    open_from: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """A way of seeing doors, and how its facts are read."""

    role: str
    """What the view calls this run's look, and other runs' sightings hold theirs as."""

    service: str
    doors: Callable[[Facts], Sequence[Door]]
    """The doors that the facts of this run's look declare."""

    state: Callable[[Facts, str], str]
    """What one look shows of the door called so, over all addresses."""

    open_at: Callable[[Facts, str], Iterable[str]]
    """The addresses at which it was open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sight:
    """One run's look."""

    facts: Facts
    seen_at: str | None


def exposure(face: Face, inputs: Inputs, stated: Sequence[StatedFactor] = ()) -> Exposure:
    """
    Join the looks at one target for one kind of service.

    Raises `CannotJoin` where nothing that is open says enough by itself, and a vantage point, or what
    would show something to be closed, is missing.
    """
    own, elsewhere = inputs[face.role], inputs["elsewhere"]
    networks = {
        text(point, "name") or "": text(point, "network") or "" for point in listed(elsewhere, "points")
    }
    sights = _sights(face, own, elsewhere, networks)
    doors = face.doors(own)
    rows = tuple(row for door in doors for row in _rows(face, door, sights, networks))
    wrong = [row for row in rows if not row.allowed]
    made = Exposure(
        host=text(own, "host") or "",
        service=face.service,
        restricted=len(doors),
        seen_from=_with_networks(sights, networks),
        unseen_from=_with_networks((name for name in networks if name not in sights), networks),
        rows=rows,
        refused=tuple(f"{row.what} {_place(row)}" for row in wrong if row.state == "refused"),
        stated=tuple(stated),
    )
    if not any(row.state == "open" for row in wrong):
        _check_enough(made, networks, doors, elsewhere)
    return made


def _check_enough(
    made: Exposure, networks: Mapping[str, str], doors: Sequence[Door], elsewhere: Facts
) -> None:
    """Insist on every vantage point that something is not meant for, and on two altogether."""
    if not doors:
        raise CannotJoin(Reason.EMPTY, f"nothing is declared as restricted, service: {made.service}")
    forbidden = {name for door in doors for name in networks if name not in door.open_from}
    if not forbidden:
        detail = "what is restricted may be open from every declared vantage point"
        raise CannotJoin(Reason.EMPTY, detail)
    seen = {row.vantage_point for row in made.rows}
    lacking = [name for name in networks if name in forbidden - seen]
    if not lacking and len(seen) < FEWEST:
        lacking = [name for name in networks if name not in seen]
    if lacking or len(seen) < FEWEST:
        missing = ", ".join(_with_networks(lacking, networks)) or "a second vantage point"
        detail = f"not looked at from {missing}"
        # The first record that does not count is told; the facts have every one.
        for sighting in listed(elsewhere, "sightings"):
            if (said := text(sighting, "obstacle")) is not None:
                detail += f"; run {text(sighting, 'run')} does not count: {said}"
                break
        raise CannotJoin(Reason.OTHER_VANTAGE, detail)
    _check_told(made)


def _check_told(made: Exposure) -> None:
    """Insist that everything is known to be closed where it must be, or refused with a statement."""
    untold = dict(_UNTOLD)
    if made.stated:
        del untold["refused"]
    for state, told in untold.items():
        for row in made.rows:
            if row.state == state and not row.allowed:
                reason = Reason.NOT_ASSESSABLE if state == "refused" else Reason.OTHER_VANTAGE
                raise CannotJoin(reason, told.format(what=row.what, place=_place(row)))


def _sights(face: Face, own: Facts, elsewhere: Facts, networks: Mapping[str, str]) -> dict[str, list[_Sight]]:
    found: dict[str, list[_Sight]] = defaultdict(list)
    here = text(own, "vantage_point") or ""
    if here in networks:
        found[here].append(_Sight(facts=own, seen_at=None))
    for sighting in listed(elsewhere, "sightings"):
        facts, name = sighting.get(face.role), text(sighting, "vantage_point") or ""
        if name in networks and isinstance(facts, dict) and text(sighting, "obstacle") is None:
            found[name].append(_Sight(facts=facts, seen_at=text(sighting, "seen_at")))
    return dict(found)


def _rows(
    face: Face, door: Door, sights: Mapping[str, Sequence[_Sight]], networks: Mapping[str, str]
) -> list[Exposed]:
    told = {
        name: [(face.state(sight.facts, door.what), sight) for sight in sights[name]]
        for name in networks
        if name in sights
    }
    # Where it shows from somewhere what stands there, getting what anything gets is not getting it.
    stands = any(state == "open" for seen in told.values() for state, _ in seen)
    return [
        _exposed(
            face, door, name, networks[name], [(_settled(state, stands), sight) for state, sight in seen]
        )
        for name, seen in told.items()
    ]


def _settled(state: str, stands: bool) -> str:  # noqa: FBT001 - both are what was seen of one door
    return "absent" if state == "alike" and stands else state


def _exposed(face: Face, door: Door, name: str, network: str, told: Sequence[tuple[str, _Sight]]) -> Exposed:
    states = {state for state, _ in told}
    # The worse word counts: open before unknown, and both before any silence or refusal.
    state = next((worse for worse in _WORST_FIRST if worse in states), "closed")
    same = [sight for said, sight in told if said == state]
    times = [sight.seen_at for sight in same]
    addresses = {address for sight in same for address in face.open_at(sight.facts, door.what)}
    return Exposed(
        what=door.what,
        vantage_point=name,
        network=network,
        allowed=name in door.open_from,
        state=state,
        addresses=tuple(sorted(addresses)),
        looks=len(told),
        disagree=len(states) > 1,
        seen_at=None if None in times else max(time for time in times if time is not None),
    )


def _place(row: Exposed) -> str:
    return f"{row.vantage_point} ({row.network})"


def _with_networks(names: Iterable[str], networks: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(f"{name} ({networks[name]})" for name in names)
