"""Send one probe to one target, the way an audit does, and give what it saw."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from readiness_audit.model.evidence import Look
from readiness_audit.model.system import Authorisation, Pace
from readiness_audit.probes.probe import Probe, Seen
from readiness_audit.probes.reach.deadline import Deadline
from readiness_audit.probes.reach.folder import Folder
from readiness_audit.probes.reach.gate import Gate
from readiness_audit.probes.reach.reach import Reach

T = TypeVar("T")
F = TypeVar("F")


def loopback_only(now: datetime) -> Authorisation:
    """Allow looking at this machine, for the hour around `now`."""
    return Authorisation(
        targets=("127.0.0.0/8", "::1", "localhost"),
        valid_from=now - timedelta(hours=1),
        valid_until=now + timedelta(hours=1),
        approved_by="Test, nobody's manager",
        contact="nobody",
    )


def look_at(
    probe: Probe[T, F],
    target: T,
    *,
    evidence: Path = Path("/nonexistent"),
    seconds: float = 10.0,
    pace: Pace = Pace.FAST,
    authorisation: Authorisation | None = None,
    now: datetime | None = None,
) -> Seen[F]:
    """Look once, with a gate of its own that is closed afterwards. Raises what the probe raises."""
    started = now or datetime.now(UTC)

    async def look() -> Seen[F]:
        gate = Gate(authorisation or loopback_only(started), pace, lambda: started)
        try:
            reach = Reach(
                look=Look(probe=probe.name, target="under-test"),
                deadline=Deadline(seconds),
                gate=gate,
                evidence=Folder(evidence),
                started=started,
            )
            return await probe.look(target, reach)
        finally:
            await gate.close()

    return asyncio.run(look())
