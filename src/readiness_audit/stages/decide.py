"""DECIDE: turn verdicts into the one answer. It fails closed, and says by which rule."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from readiness_audit.errors import PlanError
from readiness_audit.model.check import POINTS, Severity
from readiness_audit.model.decision import (
    Behind,
    Condition,
    Decision,
    Hit,
    PointResult,
    Result,
    RuleName,
    Tally,
)
from readiness_audit.model.policy import InForce, Rule
from readiness_audit.model.system import Stage
from readiness_audit.model.verdict import Outcome, Verdict

UNKNOWN = frozenset({Outcome.NOT_ASSESSED, Outcome.STALE})
OPEN = UNKNOWN | {Outcome.FAIL}


def decide(
    verdicts: Sequence[Verdict],
    policy: InForce,
    stage: Stage,
    conditions: Iterable[Condition],
    at: datetime,
) -> Decision:
    """
    Say whether the system may go live, by the first rule that hits.

    A failed blocker says no; a blocker that could not be assessed leaves it open; so does too
    little coverage. Open majors, failed or not assessed, need agreed conditions. Replacing a
    pass by anything else, or taking evidence away, never gives a better answer.

    Raises `PlanError` where nothing that counts was asked: an audit of nothing is no audit.
    """
    counting = [verdict for verdict in verdicts if verdict.counts]
    if not any(verdict.outcome is not Outcome.NOT_APPLICABLE for verdict in counting):
        raise PlanError("no check counts at this stage, so there is nothing to decide from")
    severities = {check.id: check.severity for check in policy.checks}
    today = at.astimezone(ZoneInfo(policy.rule.zone)).date()
    settled, idle = _sorted_out(conditions, counting, severities, policy.rule, today)
    hits = _hits(counting, severities, settled, policy.rule)
    deciding, agreeing = hits[0], tuple(hits[1:])
    return Decision(
        result=deciding.result,
        deciding=deciding,
        agreeing=agreeing,
        tally=_tally(verdicts),
        points=_points(counting, {check.id: check.point for check in policy.checks}),
        conditions=settled,
        idle_conditions=idle,
        judged_at=at,
        valid_until=_valid_until(deciding.result, stage, policy.rule, today),
    )


def _hits(
    counting: Sequence[Verdict],
    severities: Mapping[str, Severity],
    settled: Sequence[Condition],
    rule: Rule,
) -> list[Hit]:
    """Give every rule that applies, in the order they are asked; the last one always does."""

    def of(severity: Severity, outcomes: Iterable[Outcome]) -> list[Verdict]:
        return [v for v in counting if severities[v.check] is severity and v.outcome in outcomes]

    failed = of(Severity.BLOCKER, {Outcome.FAIL})
    unknown = of(Severity.BLOCKER, UNKNOWN)
    # A major that could not be assessed is open like one that failed: hiding evidence must not help.
    majors = of(Severity.MAJOR, OPEN)
    agreed = {(condition.check, condition.target) for condition in settled}
    unsettled = [verdict for verdict in majors if (verdict.check, verdict.target) not in agreed]
    too_many = len(majors) > rule.conditions_at_most
    open_ones = [verdict for verdict in counting if verdict.outcome in UNKNOWN]
    coverage = _tally(counting).coverage

    hits: list[Hit] = []
    if failed:
        hits.append(_hit(RuleName.BLOCKER_FAILED, Result.NO_GO, failed))
    if unknown:
        hits.append(_hit(RuleName.BLOCKER_NOT_ASSESSED, Result.INCONCLUSIVE, unknown))
    if coverage < rule.coverage_at_least:
        hits.append(_hit(RuleName.COVERAGE_TOO_LOW, Result.INCONCLUSIVE, open_ones))
    if too_many or unsettled:
        behind = majors if too_many else unsettled
        any_failed = any(verdict.outcome is Outcome.FAIL for verdict in behind)
        result = Result.NO_GO if any_failed else Result.INCONCLUSIVE
        hits.append(_hit(RuleName.MAJORS_NOT_SETTLED, result, behind))
    if settled or coverage < rule.coverage_for_go:
        behind = [*majors, *(open_ones if coverage < rule.coverage_for_go else [])]
        hits.append(_hit(RuleName.CONDITIONS_OR_COVERAGE, Result.CONDITIONAL, behind))
    if not hits:
        hits.append(Hit(rule=RuleName.NOTHING_OPEN, result=Result.GO, behind=()))
    return hits


def _hit(rule: RuleName, result: Result, behind: Iterable[Verdict]) -> Hit:
    told = tuple(Behind(check=verdict.check, target=verdict.target) for verdict in behind)
    return Hit(rule=rule, result=result, behind=told)


def _sorted_out(
    conditions: Iterable[Condition],
    counting: Sequence[Verdict],
    severities: Mapping[str, Severity],
    rule: Rule,
    today: date,
) -> tuple[tuple[Condition, ...], tuple[Condition, ...]]:
    """Tell the conditions in force from those without effect."""
    majors = {
        (verdict.check, verdict.target)
        for verdict in counting
        if verdict.outcome in OPEN and severities[verdict.check] is Severity.MAJOR
    }
    settled: dict[tuple[str, str], Condition] = {}
    idle: list[Condition] = []
    for condition in conditions:
        spot = (condition.check, condition.target)
        in_time = 0 <= (condition.due - today).days <= rule.condition_days_at_most
        if spot in majors and in_time and spot not in settled:
            settled[spot] = condition
        else:
            idle.append(condition)
    return tuple(settled[spot] for spot in sorted(settled)), tuple(idle)


def _tally(verdicts: Iterable[Verdict]) -> Tally:
    outcomes = [verdict.outcome if verdict.counts else None for verdict in verdicts]
    return Tally(
        planned=len(outcomes) - outcomes.count(None),
        passed=outcomes.count(Outcome.PASS),
        failed=outcomes.count(Outcome.FAIL),
        not_assessed=outcomes.count(Outcome.NOT_ASSESSED),
        stale=outcomes.count(Outcome.STALE),
        not_applicable=outcomes.count(Outcome.NOT_APPLICABLE),
        previews=outcomes.count(None),
    )


def _points(counting: Sequence[Verdict], points: Mapping[str, int]) -> tuple[PointResult, ...]:
    by_point: dict[int, list[Outcome]] = {point: [] for point in POINTS}
    for verdict in counting:
        by_point[points[verdict.check]].append(verdict.outcome)
    return tuple(
        PointResult(
            point=point,
            passed=outcomes.count(Outcome.PASS),
            failed=outcomes.count(Outcome.FAIL),
            open=sum(outcome in UNKNOWN for outcome in outcomes),
            not_applicable=outcomes.count(Outcome.NOT_APPLICABLE),
        )
        for point, outcomes in by_point.items()
    )


def _valid_until(result: Result, stage: Stage, rule: Rule, today: date) -> date | None:
    if result not in {Result.GO, Result.CONDITIONAL}:
        return None
    months = rule.months_valid if result is Result.GO else rule.months_valid_conditional
    if stage is Stage.PILOT:
        months = min(months, rule.months_valid_pilot)
    month = today.month - 1 + months
    year, month = today.year + month // 12, month % 12 + 1
    day = min(today.day, calendar.monthrange(year, month)[1])
    return date(year, month, day)
