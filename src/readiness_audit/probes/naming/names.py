"""What is found at the names that records lead to, and who may issue certificates for a name."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from readiness_audit.probes.naming.asking import Resolvers
from readiness_audit.probes.naming.message import parents

MOST_REFERENCES = 20
"""Names of one kind that are looked up; what has more is told as not seen."""

_CAA_PARTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A name that a record leads to. It was looked up at the declared resolvers and nowhere else."""

    kind: str
    """`CNAME`, `MX` or `NS`."""

    name: str
    state: str
    """
    `resolves`: it has an address; `no-name`: it does not exist, so that somebody else may come to own
    it; `no-address`: it exists without an address; `not-seen`: at least one resolver did not tell.
    """

    problem: str | None
    """Why it was not seen, in one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caa:
    """One CAA record (RFC 8659)."""

    critical: bool
    tag: str
    """`issue`, `issuewild`, `iodef` or another, in small letters."""

    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaaFound:
    """The CAA records in force for a name."""

    state: str
    """`found`, `absent`, `differs` or `not-seen`."""

    at: str | None
    """The name they were found at: this one, or the nearest above it that has any."""

    records: tuple[Caa, ...]


async def look_up(resolvers: Resolvers, kind: str, names: Sequence[str]) -> tuple[Reference, ...]:
    """Look up where records of one kind lead; at most `MOST_REFERENCES` names."""
    found = [_reference(resolvers, kind, name) for name in names[:MOST_REFERENCES]]
    left = [
        Reference(kind=kind, name=name, state="not-seen", problem="there are too many to look up")
        for name in names[MOST_REFERENCES:]
    ]
    return (*await asyncio.gather(*found), *left)


async def _reference(resolvers: Resolvers, kind: str, name: str) -> Reference:
    four, six = await asyncio.gather(resolvers.ask(name, "A"), resolvers.ask(name, "AAAA"))
    every = [*four.answers, *six.answers]
    states = {answer.state for answer in every}
    if "not-seen" in states:
        state = "not-seen"
    elif "no-name" in states:
        state = "no-name"
    else:
        # Each resolver must give an address: one that does not is one more way to be lost.
        pairs = zip(four.answers, six.answers, strict=True)
        resolves = all("found" in {one.state, other.state} for one, other in pairs)
        state = "resolves" if resolves else "no-address"
    return Reference(
        kind=kind,
        name=name,
        state=state,
        problem=next((answer.problem for answer in every if answer.problem), None),
    )


async def climb_caa(resolvers: Resolvers, name: str) -> CaaFound:
    """Ask for CAA records at the name, then at each name above it, until there are some (RFC 8659, 3)."""
    for place in (name, *parents(name)):
        told = await resolvers.ask(place, "CAA")
        if told.state in {"differs", "not-seen"}:
            return CaaFound(state=told.state, at=place, records=())
        if told.state == "found":
            return CaaFound(state="found", at=place, records=tuple(_caa(value) for value in told.values))
    return CaaFound(state="absent", at=None, records=())


def _caa(text: str) -> Caa:
    flags, tag, value = (*text.split(" ", _CAA_PARTS - 1), "", "")[:_CAA_PARTS]
    return Caa(critical=bool(int(flags) & 0x80), tag=tag, value=value)


def issuers(records: Sequence[Caa]) -> tuple[str, ...]:
    """Give the authorities that the records let issue, without their parameters; none where none may."""
    named = (one.value.partition(";")[0].strip().lower() for one in records if one.tag == "issue")
    return tuple(sorted({name.removesuffix(".") for name in named if name}))
