"""How long a release is good for."""

from __future__ import annotations

import calendar
from datetime import date

from readiness_audit.model.decision import Result
from readiness_audit.model.policy import Rule
from readiness_audit.model.system import Stage


def last_valid_day(result: Result, stage: Stage, rule: Rule, from_day: date) -> date | None:
    """
    Give the last day, inclusive, of a release that begins on `from_day`; none where nothing is released.

    A month later is the same day of the next month, or its last one where it has no such day.
    """
    if result not in {Result.GO, Result.CONDITIONAL}:
        return None
    months = rule.months_valid if result is Result.GO else rule.months_valid_conditional
    if stage is Stage.PILOT:
        months = min(months, rule.months_valid_pilot)
    month = from_day.month - 1 + months
    year, month = from_day.year + month // 12, month % 12 + 1
    return date(year, month, min(from_day.day, calendar.monthrange(year, month)[1]))
