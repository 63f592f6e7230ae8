"""
See what strangers got at an endpoint's paths of administration in other runs, from other vantage points.

This looks at nothing, as `probes/ports/elsewhere.py` does for ports: joined records are put here.
"""

from __future__ import annotations

import asyncio

from readiness_audit.model.evidence import Reason
from readiness_audit.model.target import Endpoint
from readiness_audit.probes.ports.elsewhere import ElsewhereFacts
from readiness_audit.probes.probe import Probe, Seen
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.reach import Reach


async def look(target: Endpoint, _reach: Reach) -> Seen[ElsewhereFacts]:
    """See nothing: what other runs saw is handed over, and there was nobody to do so."""
    await asyncio.sleep(0)
    raise CannotSee(Reason.OTHER_VANTAGE, f"no other run's look at {target.host} was joined")


PROBE = Probe(
    name="web-elsewhere",
    looks_at=Endpoint,
    sees=ElsewhereFacts,
    look=look,
    only={"protocol": ("http", "https")},
)
