"""What changed between two records of one system, and what made it change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from readiness_audit.model.check import Severity
from readiness_audit.model.decision import Behind, Result, RuleName
from readiness_audit.model.verdict import Outcome


class Change(StrEnum):
    """How an open point moved."""

    NEWLY_FAILING = "newly-failing"
    STILL_FAILING = "still-failing"
    FIXED = "fixed"
    NEWLY_NOT_ASSESSED = "newly-not-assessed"
    """It was answered before, or did not apply; a check that failed before is not fixed by this."""

    STILL_NOT_ASSESSED = "still-not-assessed"
    NEWLY_ASSESSED = "newly-assessed"
    """It was not answered before, and is met now."""

    SET_ASIDE = "set-aside"
    APPEARED = "appeared"
    """Asked for the first time; the outcome says whether it is open."""

    DISAPPEARED = "disappeared"


class Cause(StrEnum):
    """Where a change comes from."""

    WORLD = "world"
    """Other facts were seen, or nothing could be seen any more."""

    CHECK = "check"
    """The question is another: its expressions or parameters, or what it counts for."""

    POLICY = "policy"
    """Which checks are asked, or how verdicts become a decision."""

    CONDITION = "condition"
    """A condition was agreed, or has no effect any more."""

    WAIVER = "waiver"
    """An exception was approved, or has no effect any more."""

    SYSTEM = "system"
    """The system or this target is declared otherwise, or its authorisation is another."""

    TOOL = "tool"
    """Our own side: another version, another machine to look from, or looking broke off."""

    TIME = "time"
    """Nothing but the date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """One point that is open in at least one of the two records, or came, or went."""

    check: str
    """Its id in the newer record, where it is asked there."""

    target: str
    subject: str
    """The offender; empty where the check names none, or too many to name all."""

    change: Change
    before: Outcome | None
    """None where it was not asked."""

    after: Outcome | None
    severity: Severity
    """In the newer record, where it is asked there."""

    counts: bool
    """Whether it decides anything in the newer record; in the older, where it went."""

    count_before: int
    """Offenders of this check on this target."""

    count_after: int
    causes: tuple[Cause, ...]
    """
    Everything that changed behind it. One alone is the reason; several cannot be told apart.
    Empty where the point is as open as it was.
    """

    @property
    def is_worse(self) -> bool:
        """Say whether it is open now and was not, or was not asked."""
        came = self.change in {Change.NEWLY_FAILING, Change.NEWLY_NOT_ASSESSED, Change.APPEARED}
        return came and self.after in {Outcome.FAIL, Outcome.NOT_ASSESSED, Outcome.STALE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Something people changed between the two records, whether or not a verdict moved."""

    area: Cause
    """Never the world or time: those are nobody's edits."""

    of: str
    """Id of the check or target; empty for the policy, the system or the tool as a whole."""

    what: str
    """The field: `severity`, `parameters.min_days`, `rule.coverage_for_go`, `condition on portal`."""

    before: str | None
    """None where it was not there."""

    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two records, as far as a comparison quotes it."""

    run: str
    tool: str
    policy: str
    edition: str
    judged_at: datetime
    complete: bool
    result: Result
    rule: RuleName
    coverage: float
    valid_until: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What changed from one record to a later one."""

    system: str
    before: Side
    after: Side
    transitions: tuple[Transition, ...]
    """Sorted by check, target and subject."""

    edits: tuple[Edit, ...]
    """Sorted by area, in the order of `Cause`, then by what they are of."""

    came: tuple[Behind, ...]
    """Verdicts behind the newer record's deciding rule that were not behind it before."""

    went: tuple[Behind, ...]
    """Verdicts behind the older record's deciding rule that are not behind it any more."""

    deciding_edits: tuple[Edit, ...]
    """Those of the edits that are of the checks and targets that came or went, or of no single one."""

    @property
    def decision_changed(self) -> bool:
        """Say whether the two records come to different results."""
        return self.before.result is not self.after.result
