"""Months as people count them."""

from __future__ import annotations

from datetime import date

import pytest

from readiness_audit.model.decision import Result
from readiness_audit.model.policy import Rule
from readiness_audit.model.system import Stage
from readiness_audit.model.validity import last_valid_day


@pytest.mark.parametrize(
    ("result", "stage", "since", "last"),
    [
        (Result.GO, Stage.OPERATION, date(2026, 11, 23), date(2027, 11, 23)),
        (Result.CONDITIONAL, Stage.ROLLOUT, date(2026, 8, 31), date(2027, 2, 28)),
        (Result.CONDITIONAL, Stage.ROLLOUT, date(2027, 8, 31), date(2028, 2, 29)),
        (Result.GO, Stage.PILOT, date(2026, 11, 30), date(2027, 2, 28)),
        (Result.GO, Stage.OPERATION, date(2028, 2, 29), date(2029, 2, 28)),
        (Result.NO_GO, Stage.PILOT, date(2026, 11, 23), None),
        (Result.INCONCLUSIVE, Stage.PILOT, date(2026, 11, 23), None),
    ],
)
def test_a_month_later_is_the_same_day_or_the_last(
    result: Result, stage: Stage, since: date, last: date | None
) -> None:
    assert last_valid_day(result, stage, Rule(), since) == last
