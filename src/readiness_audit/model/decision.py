"""What the verdicts come to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from readiness_audit.model.governance import Condition, Standing


class Result(StrEnum):
    """The four answers of an audit."""

    GO = "go"
    CONDITIONAL = "conditional"
    NO_GO = "no-go"
    INCONCLUSIVE = "inconclusive"


class RuleName(StrEnum):
    """The rules of the decision, in the order they are asked."""

    BLOCKER_FAILED = "blocker-failed"
    BLOCKER_NOT_ASSESSED = "blocker-not-assessed"
    COVERAGE_TOO_LOW = "coverage-too-low"
    MAJORS_NOT_SETTLED = "majors-not-settled"
    CONDITIONS_OR_COVERAGE = "conditions-or-coverage"
    NOTHING_OPEN = "nothing-open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """A verdict that a rule rests on."""

    check: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Waived:
    """A verdict that a waiver covers. The verdict itself stays what it is."""

    check: str
    target: str
    waiver: str
    """Its id; of several, the one that lasts longest."""

    until: date
    """Last day, inclusive."""

    approved_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A rule that applies, and what makes it."""

    rule: RuleName
    result: Result
    behind: tuple[Behind, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many counting verdicts came out how; the parts add up to `planned`."""

    planned: int
    passed: int
    failed: int
    not_assessed: int
    stale: int
    not_applicable: int
    previews: int
    """Checks of later stages, in none of the numbers above."""

    waived: int = 0
    """Of those that failed, were not assessed or are stale: how many a waiver covers."""

    @property
    def applicable(self) -> int:
        """Everything but what was set aside."""
        return self.planned - self.not_applicable

    @property
    def assessed(self) -> int:
        """What was answered by evidence."""
        return self.passed + self.failed

    @property
    def coverage(self) -> float:
        """Assessed out of applicable, 0 to 1."""
        return self.assessed / self.applicable if self.applicable else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PointResult:
    """How one of the ten success points came out."""

    point: int
    passed: int
    failed: int
    open: int
    """Not assessed or stale."""

    not_applicable: int
    waived: int = 0
    """Of those that failed or are open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The answer, the rule that gave it, and everything behind it."""

    result: Result
    deciding: Hit
    agreeing: tuple[Hit, ...]
    """Rules that apply as well, in order."""

    tally: Tally
    points: tuple[PointResult, ...]
    conditions: tuple[Condition, ...]
    """In force: matching an open major, not past due."""

    idle_conditions: tuple[Condition, ...]
    """Without effect: past due, too far ahead, or matching nothing that is open."""

    waived: tuple[Waived, ...] = ()
    """Sorted by check and target."""

    standings: tuple[Standing, ...] = ()
    """How every waiver and condition stands, those without effect included."""

    judged_at: datetime
    valid_until: date | None
    """Last day, inclusive; none where nothing was released."""
