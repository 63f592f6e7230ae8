"""A policy: which checks, how strictly, and how verdicts become a decision."""

from __future__ import annotations

import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from readiness_audit.errors import FieldError
from readiness_audit.model import grammar
from readiness_audit.model.check import Check, Parameter, Severity
from readiness_audit.model.sign_off import STANDARD_ROLES, Role, check_roles
from readiness_audit.model.system import Stage
from readiness_audit.model.texts import Texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """Checks a policy asks for, with what it wants different from their own defaults."""

    use: str
    """A check id or a pattern such as `tls.*`; it must match something."""

    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    severity: Severity | None = None
    stage: Stage | None = None
    because: str | None = None
    """Why it differs; needed where anything does."""

    def __post_init__(self) -> None:
        if (self.parameters or self.severity or self.stage) and not self.because:
            raise FieldError(
                "because", f"{self.use}: say why this differs from the check's own default, with `because`"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveOut:
    """Checks a policy does without."""

    check: str
    """A check id or a pattern; it must match something the policy would otherwise use."""

    because: str


class Signatures(StrEnum):
    """Whether what people agree and decide has to be signed with their keys."""

    OPTIONAL = "optional"
    """What is not signed counts; a signature that does not hold takes the effect away."""

    REQUIRED = "required"
    """What is not signed has no effect, but for a sign-off that says no."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """The numbers of the decision."""

    conditions_at_most: int = 5
    """Open majors that may become conditions."""

    condition_days_at_most: int = 30
    waiver_days_at_most: int = 180
    """From the day a waiver is granted to its last day; each extension begins anew."""

    waiver_days_blocker: int = 90
    """The same for a check that is rated blocker."""

    waiver_extensions_at_most: int = 2
    waiver_gap_days: int = 30
    """An exception that begins fewer days after another one for the same point ended extends that one."""

    expiring_days: int = 30
    """So many days before its end a waiver or condition is pointed out."""

    coverage_for_go: float = 0.95
    """Assessed out of applicable checks; below it, a go is conditional."""

    coverage_at_least: float = 0.80
    """Below it, nothing can be decided."""

    months_valid: int = 12
    months_valid_conditional: int = 6
    months_valid_pilot: int = 3
    zone: str = "Europe/Berlin"
    """Days begin and end in this time zone."""

    sign_offs: tuple[Role, ...] = STANDARD_ROLES
    """Who has to sign before a release is in force; no person for two roles."""

    sign_off_days_at_most: int = 14
    """A sign-off counts when it is given at most so many days before the declared day of going live."""

    signatures: Signatures = Signatures.OPTIONAL
    """Whether exceptions, approvals, conditions and sign-offs count only where their authors have signed."""

    def __post_init__(self) -> None:
        # Zero would let an audit say go that has seen nothing at all.
        if not 0 < self.coverage_at_least <= self.coverage_for_go <= 1:
            raise FieldError(
                "coverage_at_least", "must be more than 0 and at most coverage_for_go, which is at most 1"
            )
        for name in ("months_valid", "months_valid_conditional", "months_valid_pilot"):
            if not 0 < getattr(self, name) <= 120:  # noqa: PLR2004 - ten years
                raise FieldError(name, "must be 1 to 120 months")
        if self.conditions_at_most < 0 or self.condition_days_at_most < 0:
            raise FieldError("conditions_at_most", "cannot be negative")
        if self.sign_off_days_at_most < 0:
            raise FieldError("sign_off_days_at_most", "cannot be negative")
        check_roles(self.sign_offs)
        if not 0 <= self.waiver_days_blocker <= self.waiver_days_at_most <= 3660:  # noqa: PLR2004 - ten years
            raise FieldError("waiver_days_blocker", "must be 0 to waiver_days_at_most, and that at most 3660")
        for name in ("waiver_extensions_at_most", "waiver_gap_days", "expiring_days"):
            if getattr(self, name) < 0:
                raise FieldError(name, "cannot be negative")
        try:
            zoneinfo.ZoneInfo(self.zone)
        except (KeyError, ValueError, OSError):
            told = f"{self.zone!r} is not a time zone; write for example Europe/Berlin"
            raise FieldError("zone", told) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A policy file as it is written."""

    policy: str
    """Its id."""

    edition: str
    """Its date or version, printed in every report."""

    title: Texts
    why: Texts
    extends: str | None = None
    checks: tuple[Use, ...] = ()
    leave_out: tuple[LeaveOut, ...] = ()
    rule: Rule | None = None
    """Without it, the extended policy's rule, or the defaults."""

    def __post_init__(self) -> None:
        grammar.check_name("policy", self.policy)
        grammar.check_line("edition", self.edition, 40)
        if not self.checks and self.extends is None:
            raise FieldError("checks", "a policy without checks decides nothing")


Policies: TypeAlias = Mapping[str, Policy]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """Where a policy differs from a check's own default."""

    check: str
    what: str
    """`severity`, `stage` or a parameter's name."""

    default: str
    now: str
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """A policy worked out: the very checks that are asked, with everything filled in."""

    policy: str
    edition: str
    title: Texts
    checks: tuple[Check, ...]
    """Sorted by id, with the policy's severities, stages and parameters."""

    left_out: tuple[LeaveOut, ...]
    changed: tuple[Changed, ...]
    rule: Rule
