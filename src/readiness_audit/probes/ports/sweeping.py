"""
Sweep the ports of a host so that an interrupted sweep is no lost one.

What is settled when time runs out, or somebody interrupts, is kept port by port; a later run is
handed that and tries the rest only.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass

from readiness_audit.model.evidence import Plain, Reason
from readiness_audit.model.grammar import HIGHEST_PORT, Address, literal_address
from readiness_audit.probes.ports.port_facts import Settled
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.moment import written
from readiness_audit.probes.reach.reach import Reach
from readiness_audit.probes.reach.sweep import Found, Tally, ranges

PATIENCE = 1.0
"""Seconds waited for one answer; a port that keeps silent is tried a second time."""

TO_TELL = 0.95
"""The part of a look's time that sweeping may take: what is settled by then can still be told."""

INTERRUPTED = "the run was interrupted before every port was tried"
_RANGE = re.compile(r"([0-9]{1,5})(?:-([0-9]{1,5}))?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What became of each port, as far as the sweep came."""

    found: Mapping[Address, Found]
    settled: frozenset[int]
    """Ports whose state is known on every address."""

    unfinished: str | None = None
    """Why not all were tried."""

    begun_at: str | None = None
    """When the oldest part was settled, where an earlier run began it."""

    def parts(self) -> tuple[Settled, ...]:
        """Write it down for a later run."""
        return tuple(
            Settled(
                address=str(address),
                open=ranges(one.open),
                closed=ranges(one.closed),
                filtered=ranges(one.filtered),
            )
            for address, one in self.found.items()
        )


async def sweep(reach: Reach, host: str, asked: frozenset[int]) -> Swept:
    """
    Try every port of `asked` that an earlier run has not settled on all addresses of `host`.

    Raises `CannotSee`: out of scope, does not resolve, or time ran out with nothing settled.
    """
    before, begun_at = await _before(reach, host, asked)
    known = frozenset.intersection(*map(_of, before.values())) if before else frozenset()
    so_far: Mapping[Address, Found] = {}
    tallies: dict[Address, Tally] = {}
    unfinished = None
    if asked - known:
        try:
            so_far = await reach.gate.sweep(
                reach.look,
                host,
                sorted(asked - known),
                reach.deadline.part(reach.deadline.left() * TO_TELL),
                patience=PATIENCE,
                retries=1,
                tallies=tallies,
            )
        except CannotSee as blind:
            so_far = {address: tally.so_far() for address, tally in tallies.items()}
            if blind.reason not in {Reason.TIMED_OUT, Reason.OUTSIDE_WINDOW} or not _responded(so_far):
                raise
            unfinished = blind.detail
        except asyncio.CancelledError:
            so_far = {address: tally.so_far() for address, tally in tallies.items()}
            if not _responded(so_far):
                raise
            unfinished = INTERRUPTED
    found = {address: _both(before.get(address), so_far.get(address), known) for address in so_far or before}
    settled = asked.intersection(*map(_of, found.values()))
    return Swept(found=found, settled=settled, unfinished=unfinished, begun_at=begun_at if known else None)


def _responded(found: Mapping[Address, Found]) -> bool:
    """Say whether anything is proven: silence alone, cut short, is nothing."""
    return any(one.open or one.closed for one in found.values())


def _of(one: Found) -> frozenset[int]:
    return frozenset((*one.open, *one.closed, *one.filtered))


def _both(before: Found | None, now: Found | None, known: frozenset[int]) -> Found:
    """Put what was known before beside what was found now; what was tried again counts as it is now."""
    nothing = Found(open=(), closed=(), filtered=(), tries=0)
    old, new = before or nothing, now or nothing
    return Found(
        open=tuple(sorted({*known.intersection(old.open), *new.open})),
        closed=tuple(sorted({*known.intersection(old.closed), *new.closed})),
        filtered=tuple(sorted({*known.intersection(old.filtered), *new.filtered})),
        tries=new.tries,
    )


async def _before(
    reach: Reach, host: str, asked: frozenset[int]
) -> tuple[Mapping[Address, Found], str | None]:
    """Give what an earlier run settled, where it is about the very addresses the host has now."""
    if reach.begun is None:
        return {}, None
    facts = reach.begun.facts
    found: dict[Address, Found] = {}
    for part in _listed(facts.get("settled")):
        address = literal_address(str(part.get("address")))
        if address is None or address in found:
            return {}, None
        states = [_numbers(part.get(state)) & asked for state in ("open", "closed", "filtered")]
        if sum(map(len, states)) != len(frozenset().union(*states)):
            return {}, None
        opened, closed, filtered = (tuple(sorted(state)) for state in states)
        found[address] = Found(open=opened, closed=closed, filtered=filtered, tries=0)
    now = await reach.gate.addresses(reach.look, host, reach.deadline)
    if found.keys() != set(now):
        return {}, None
    begun = facts.get("begun_at")
    return found, begun if isinstance(begun, str) else written(reach.begun.taken_at)


def _listed(parts: Plain) -> list[dict[str, Plain]]:
    return [part for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []


def _numbers(text: Plain) -> frozenset[int]:
    """Read `22,80-90`; nothing of a text that is something else."""
    numbers: set[int] = set()
    for piece in text.split(",") if isinstance(text, str) and text else ():
        match = _RANGE.fullmatch(piece)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
        if not 0 < first <= last <= HIGHEST_PORT:
            return frozenset()
        numbers.update(range(first, last + 1))
    return frozenset(numbers)
