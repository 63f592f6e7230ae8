"""What a probe is given to reach out with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from readiness_audit.model.evidence import Look
from readiness_audit.probes.reach.deadline import Deadline
from readiness_audit.probes.reach.folder import Folder
from readiness_audit.probes.reach.gate import Gate


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """One look's way out: nothing else connects, starts programs or opens evidence."""

    look: Look
    deadline: Deadline
    gate: Gate
    evidence: Folder
    started: datetime
    """When the run began, with zone; for facts that count from now."""
