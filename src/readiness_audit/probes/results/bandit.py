"""See what bandit found when somebody ran it: the JSON it wrote."""

from __future__ import annotations

import asyncio

from readiness_audit.model.target import Results
from readiness_audit.probes.probe import Probe, Seen
from readiness_audit.probes.reach.reach import Reach
from readiness_audit.probes.results.bandit_report import BanditFacts, read_report


async def look(target: Results, reach: Reach) -> Seen[BanditFacts]:
    """Read the file. Raw text is not kept, as bandit quotes the code and the passwords in it."""
    return await asyncio.to_thread(_look, target, reach)


def _look(target: Results, reach: Reach) -> Seen[BanditFacts]:
    file = reach.evidence.read(target.file)
    facts = read_report(file.data, target.file, reach.started)
    return Seen(facts=facts, tool=f"bandit {facts.version}" if facts.version else "")


PROBE = Probe(
    name="bandit-results",
    looks_at=Results,
    only={"format": ("bandit",)},
    sees=BanditFacts,
    look=look,
)
