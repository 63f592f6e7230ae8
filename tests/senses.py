"""Probes and views that see what a test tells them to see: stand-ins for the world, not for our code."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from readiness_audit.audit import Senses
from readiness_audit.model.target import Document, Host
from readiness_audit.probes.probe import Probe, Seen
from readiness_audit.probes.reach.reach import Reach
from readiness_audit.views.view import Inputs, Need, View


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorFacts:
    """What the door probe sees."""

    count: int
    closed: bool
    width: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BothFacts:
    """What the view of a door and its paper sees."""

    count: int
    closed: bool


def closed_door(_target: object, _reach: Reach) -> Awaitable[Seen[DoorFacts]]:
    """See one closed door."""
    return _seen(DoorFacts(count=1, closed=True))


async def _seen(facts: DoorFacts) -> Seen[DoorFacts]:
    await asyncio.sleep(0)
    return Seen(facts=facts, excerpts=(("door", b"oak"),))


def senses(
    door: Callable[[Host, Reach], Awaitable[Seen[DoorFacts]]] = closed_door,
    paper: Callable[[Document, Reach], Awaitable[Seen[DoorFacts]]] = closed_door,
    *,
    seconds: float = 5.0,
) -> Senses:
    """Give a network probe `door` for hosts, a file probe `paper` for deeds, and a view `both`."""
    doors = Probe(name="door", looks_at=Host, sees=DoorFacts, look=door, network=True, seconds=seconds)
    papers = Probe(
        name="paper",
        looks_at=Document,
        only={"type": ("deed",)},
        sees=DoorFacts,
        look=paper,
        seconds=seconds,
    )
    both = View(
        name="both",
        sees=BothFacts,
        needs=(Need(role="door", probe="door"), Need(role="paper", probe="paper")),
        join=_both,
    )
    return Senses(probes={"door": doors, "paper": papers}, views={"both": both})


def _both(inputs: Inputs) -> BothFacts:
    door, paper = inputs["door"], inputs["paper"]
    return BothFacts(count=2, closed=door["closed"] is True and paper["closed"] is True)
