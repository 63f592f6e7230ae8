"""What a check says about one target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from readiness_audit.model.evidence import Reason

NOT_TRUE = "not true of what was seen: "
"""What the detail of a verdict begins with where `assessable_when`, which follows, did not hold."""

MOST_SUBJECTS = 200
"""Offenders a verdict names; it counts all of them."""


class Outcome(StrEnum):
    """The five answers. There is no default."""

    PASS = "pass"  # noqa: S105 - an answer, not a password
    FAIL = "fail"
    NOT_ASSESSED = "not_assessed"
    STALE = "stale"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One check on one target."""

    check: str
    target: str
    """Id of the target; empty where the check has none."""

    outcome: Outcome
    counts: bool
    """Whether it decides anything at the current stage, or is a preview."""

    reason: Reason | None = None
    """Why it was not assessed."""

    detail: str = ""
    """One line about the reason, or the trait that set the check aside."""

    subjects: tuple[str, ...] = ()
    """The offenders, at most `MOST_SUBJECTS` of them."""

    count: int = 0
    """How many offenders there are."""

    values: Mapping[str, str] = field(default_factory=dict)
    """What was observed, for the finding's placeholders."""
