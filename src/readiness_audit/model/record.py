"""Everything of one audit: what was asked, seen, judged and decided. Reports are made from it alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from readiness_audit.model.decision import Decision
from readiness_audit.model.evidence import Contact, Evidence
from readiness_audit.model.governance import NOTHING_AGREED, Governance
from readiness_audit.model.plan import Plan
from readiness_audit.model.policy import InForce
from readiness_audit.model.system import System
from readiness_audit.model.verdict import Verdict

SCHEMA = 2
"""Grows by one whenever a record of the version before could be misread."""

Clock: TypeAlias = Callable[[], datetime]
"""Gives the time, with a zone. Only the outermost layer owns a real one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Who made a record, when, and from where."""

    run: str
    """Id of the run: its start in UTC and some random digits."""

    tool: str
    """`readiness-audit 0.1.0`."""

    started_at: datetime
    finished_at: datetime
    looked_from: str
    """Name of the machine that looked."""

    complete: bool
    """False where the run was interrupted; what is known is kept all the same."""

    judged_from: str | None = None
    """Run whose evidence this record judges again; none where it looked for itself."""

    resumes: str | None = None
    """Interrupted run whose finished looks this one took over; each keeps its own time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One audit."""

    schema: int
    origin: Origin
    system: System
    policy: InForce
    plan: Plan
    evidence: tuple[Evidence, ...]
    """One piece for each look of the plan, in its order."""

    contacts: tuple[Contact, ...]
    verdicts: tuple[Verdict, ...]
    """One for each step and each check set aside, in the plan's order."""

    governance: Governance = NOTHING_AGREED
    """What people had agreed, as it was read; judging again goes by it."""

    decision: Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """A record of an earlier run, as it was found whole and unaltered."""

    record: Record
    sha256: str
    """Of its record.json, as hexadecimal digits."""

    excerpts: Mapping[str, bytes]
    """The raw bytes it keeps, by the SHA-256 of the whole."""
