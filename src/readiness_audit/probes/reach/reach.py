"""What a probe is given to reach out with."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from readiness_audit.model.evidence import Look, Observed
from readiness_audit.model.vantage import Vantage, VantagePoint
from readiness_audit.probes.reach.deadline import Deadline
from readiness_audit.probes.reach.folder import Folder
from readiness_audit.probes.reach.gate import Gate
from readiness_audit.probes.reach.once import Once


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """One look's way out: nothing else connects, starts programs or opens evidence."""

    look: Look
    deadline: Deadline
    gate: Gate
    evidence: Folder
    started: datetime
    """When the run began, with zone; for facts that count from now."""

    once: Once = field(default_factory=Once)
    """What looks of one run do together; only for probes that touch the network, which share a loop."""

    here: VantagePoint | None = None
    """The declared vantage point the run looks from, where it says so."""

    begun: Observed | None = None
    """What an interrupted run had seen when it had to stop, for a probe that can go on from there."""

    def network(self, declared: Vantage) -> Vantage:
        """Say in which network the looking is done: the run's word goes before what a target declares."""
        return declared if self.here is None else self.here.network
