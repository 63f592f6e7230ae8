"""
See what other runs saw of a host's TCP ports, from other vantage points.

This looks at nothing: the records that are joined to a run (`run --with RECORD`) were opened and
checked before, and what they say about the host is put here with where it is from.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from readiness_audit.model.evidence import Reason
from readiness_audit.model.target import Host
from readiness_audit.probes.ports.port_facts import PortsFacts
from readiness_audit.probes.probe import Probe, Seen
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.reach import Reach
from readiness_audit.probes.web.management import WebManagementFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A vantage point the system declares."""

    name: str
    network: str
    """`internet`, `office`, `management` or `local`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What one joined record says of a host's ports, or of an endpoint's paths of administration."""

    run: str
    sha256: str
    """Of its record.json, as hexadecimal digits."""

    looked_from: str
    """Name of the machine that looked."""

    vantage_point: str | None
    """Where that run says it looked from."""

    seen_at: str | None
    """When it was looked at, in UTC; None where it was not."""

    obstacle: str | None
    """Why it does not count; None where it does."""

    ports: PortsFacts | None
    """What was seen of the ports; None where it does not count, or is about paths."""

    paths: WebManagementFacts | None
    """What was seen of the paths; None where it does not count, or is about ports."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ElsewhereFacts:
    """What was seen of a host or an endpoint in the records that were joined to this run."""

    host: str
    """As declared."""

    here: str | None
    """The vantage point of this run; None where it did not say."""

    points: tuple[Point, ...]
    """Every vantage point the system declares."""

    joined: int
    """How many sightings count."""

    sightings: tuple[Sighting, ...]
    """One for each joined record, in the order they were given."""


async def look(target: Host, _reach: Reach) -> Seen[ElsewhereFacts]:
    """See nothing: what other runs saw is handed over, and there was nobody to do so."""
    await asyncio.sleep(0)
    raise CannotSee(Reason.OTHER_VANTAGE, f"no other run's look at {target.host} was joined")


PROBE = Probe(name="elsewhere", looks_at=Host, sees=ElsewhereFacts, look=look)
