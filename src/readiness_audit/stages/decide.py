"""DECIDE: turn verdicts, and what people agreed about them, into the one answer. It fails closed."""

from __future__ import annotations

import calendar
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from readiness_audit.errors import PlanError
from readiness_audit.model.check import POINTS, Check, Severity
from readiness_audit.model.decision import (
    Behind,
    Decision,
    Hit,
    PointResult,
    Result,
    RuleName,
    Tally,
    Waived,
)
from readiness_audit.model.extensions import Granted
from readiness_audit.model.governance import (
    IN_FORCE,
    Condition,
    Governance,
    Refusal,
    Standing,
    State,
    Waiver,
)
from readiness_audit.model.policy import InForce, Rule
from readiness_audit.model.signed import seals_of
from readiness_audit.model.standing import Yardstick, condition_standing, fits, waiver_standing
from readiness_audit.model.system import Stage
from readiness_audit.model.verdict import Outcome, Verdict

UNKNOWN = frozenset({Outcome.NOT_ASSESSED, Outcome.STALE})
OPEN = UNKNOWN | {Outcome.FAIL}


def decide(
    verdicts: Sequence[Verdict],
    policy: InForce,
    stage: Stage,
    governance: Governance,
    at: datetime,
    *,
    never_waivable: Collection[str],
) -> Decision:
    """
    Say whether the system may go live, by the first rule that hits.

    A failed blocker says no; a blocker that could not be assessed leaves it open; so does too
    little coverage. Open majors, failed or not assessed, need agreed conditions. A valid waiver
    takes what it covers out of these questions, and out of nothing else: the verdict stays what it
    is, and so does the coverage. One in force, for a minor point too, makes a release conditional.
    Replacing a pass by anything else, or taking evidence or a condition away, never gives a better
    answer; nor does taking a waiver for a blocker or a major away, unless another one goes on from it.

    Raises `PlanError` where nothing that counts was asked: an audit of nothing is no audit.
    """
    counting = [verdict for verdict in verdicts if verdict.counts]
    if not any(verdict.outcome is not Outcome.NOT_APPLICABLE for verdict in counting):
        raise PlanError("no check counts at this stage, so there is nothing to decide from")
    checks = {check.id: check for check in policy.checks}
    today = at.astimezone(ZoneInfo(policy.rule.zone)).date()
    granted = Granted(
        waivers=governance.waivers,
        called={name: check.id for check in policy.checks for name in check.aliases},
        targets={verdict.target for verdict in counting},
    )
    by = Yardstick(rule=policy.rule, today=today, seals=seals_of(governance), granted=granted)
    agreed = _Agreed.on(governance, counting, checks, by, never_waivable)
    hits = _hits(counting, checks, agreed, policy.rule)
    deciding, agreeing = hits[0], tuple(hits[1:])
    return Decision(
        result=deciding.result,
        deciding=deciding,
        agreeing=agreeing,
        tally=_tally(verdicts, agreed.waived),
        points=_points(counting, checks, agreed.waived),
        conditions=agreed.conditions,
        idle_conditions=agreed.idle_conditions,
        waived=tuple(agreed.waived[spot] for spot in sorted(agreed.waived)),
        standings=agreed.standings,
        judged_at=at,
        valid_until=_valid_until(deciding.result, stage, policy.rule, today),
    )


def _hits(counting: Sequence[Verdict], checks: Mapping[str, Check], agreed: _Agreed, rule: Rule) -> list[Hit]:
    """Give every rule that applies, in the order they are asked; the last one always does."""

    def of(severity: Severity, outcomes: Iterable[Outcome]) -> list[Verdict]:
        return [v for v in counting if checks[v.check].severity is severity and v.outcome in outcomes]

    def held(given: Iterable[Verdict]) -> list[Verdict]:
        return [verdict for verdict in given if _spot(verdict) not in agreed.waived]

    failed = held(of(Severity.BLOCKER, {Outcome.FAIL}))
    unknown = held(of(Severity.BLOCKER, UNKNOWN))
    # A major that could not be assessed is open like one that failed: hiding evidence must not help.
    majors = held(of(Severity.MAJOR, OPEN))
    settled = {(condition.check, condition.target) for condition in agreed.conditions}
    unsettled = [verdict for verdict in majors if _spot(verdict) not in settled]
    too_many = len(majors) > rule.conditions_at_most
    open_ones = [verdict for verdict in counting if verdict.outcome in UNKNOWN]
    # Whatever its severity: who asked for an exception has agreed to its last day.
    waived = [verdict for verdict in counting if _spot(verdict) in agreed.waived]
    coverage = _tally(counting, {}).coverage

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
    if agreed.conditions or waived or coverage < rule.coverage_for_go:
        short = open_ones if coverage < rule.coverage_for_go else []
        hits.append(_hit(RuleName.CONDITIONS_OR_COVERAGE, Result.CONDITIONAL, [*waived, *majors, *short]))
    if not hits:
        hits.append(Hit(rule=RuleName.NOTHING_OPEN, result=Result.GO, behind=()))
    return hits


def _hit(rule: RuleName, result: Result, behind: Iterable[Verdict]) -> Hit:
    told = dict.fromkeys(_spot(verdict) for verdict in behind)
    return Hit(rule=rule, result=result, behind=tuple(Behind(check=c, target=t) for c, t in told))


_Spot = tuple[str, str]


def _spot(verdict: Verdict) -> _Spot:
    return verdict.check, verdict.target


@dataclass(frozen=True, slots=True, kw_only=True)
class _Agreed:
    """What people agreed, held against what is open on this day."""

    conditions: tuple[Condition, ...]
    idle_conditions: tuple[Condition, ...]
    waived: Mapping[_Spot, Waived]
    standings: tuple[Standing, ...]

    @classmethod
    def on(
        cls,
        governance: Governance,
        counting: Sequence[Verdict],
        checks: Mapping[str, Check],
        by: Yardstick,
        never_waivable: Collection[str],
    ) -> _Agreed:
        # A check that got another name is still the one that was meant.
        called = {name: check for check in checks.values() for name in (*check.aliases, check.id)}
        open_ones = {_spot(verdict) for verdict in counting if verdict.outcome in OPEN}
        waived: dict[_Spot, Waived] = {}
        standings = [
            _waiver(waiver, called.get(waiver.check), open_ones, by, never_waivable, waived)
            for waiver in sorted(governance.waivers, key=lambda each: (each.id, each.check, each.target))
        ]
        settled: dict[_Spot, Condition] = {}
        idle: list[Condition] = []
        for condition in sorted(governance.conditions, key=_first_due):
            check = called.get(condition.check)
            spot = (check.id if check else condition.check, condition.target)
            covers = int(spot in open_ones and spot not in settled)
            standing = condition_standing(condition, check.severity if check else None, by, covers=covers)
            standings.append(standing)
            if standing.state in IN_FORCE:
                settled[spot] = condition
            else:
                idle.append(condition)
        standings += [
            Standing(
                kind=entry.kind,
                id=entry.name,
                check="",
                target="",
                state=State.REFUSED,
                refusal=Refusal.UNREADABLE,
                detail=entry.problem,
                line=entry.line,
            )
            for entry in sorted(governance.unreadable, key=lambda each: (each.kind, each.line))
        ]
        return cls(
            conditions=tuple(settled[spot] for spot in sorted(settled)),
            idle_conditions=tuple(idle),
            waived=waived,
            standings=tuple(standings),
        )


def _waiver(
    waiver: Waiver,
    check: Check | None,
    open_ones: Collection[_Spot],
    by: Yardstick,
    never_waivable: Collection[str],
    waived: dict[_Spot, Waived],
) -> Standing:
    """Say how a waiver stands, and note in `waived` what it covers."""
    names = {check.id, *check.aliases} if check else set()
    never = check is not None and check.id in never_waivable
    spots = [spot for spot in open_ones if check and spot[0] == check.id and fits(waiver, names, spot[1])]
    standing = waiver_standing(waiver, check.severity if check else None, by, covers=len(spots), never=never)
    if standing.state in IN_FORCE and standing.last_day is not None:
        for spot in spots:
            known = waived.get(spot)
            if known is None or known.until < standing.last_day:
                waived[spot] = Waived(
                    check=spot[0],
                    target=spot[1],
                    waiver=waiver.id,
                    until=standing.last_day,
                    approved_by=standing.approved_by,
                )
    return standing


def _first_due(condition: Condition) -> tuple[object, ...]:
    return condition.check, condition.target, condition.due, condition.owner, condition.approved_by


def _tally(verdicts: Iterable[Verdict], waived: Collection[_Spot]) -> Tally:
    every = list(verdicts)
    outcomes = [verdict.outcome if verdict.counts else None for verdict in every]
    return Tally(
        planned=len(outcomes) - outcomes.count(None),
        passed=outcomes.count(Outcome.PASS),
        failed=outcomes.count(Outcome.FAIL),
        not_assessed=outcomes.count(Outcome.NOT_ASSESSED),
        stale=outcomes.count(Outcome.STALE),
        not_applicable=outcomes.count(Outcome.NOT_APPLICABLE),
        previews=outcomes.count(None),
        waived=sum(verdict.counts and _spot(verdict) in waived for verdict in every),
    )


def _points(
    counting: Sequence[Verdict], checks: Mapping[str, Check], waived: Collection[_Spot]
) -> tuple[PointResult, ...]:
    by_point: dict[int, list[Verdict]] = {point: [] for point in POINTS}
    for verdict in counting:
        by_point[checks[verdict.check].point].append(verdict)
    return tuple(_point(point, given, waived) for point, given in by_point.items())


def _point(point: int, verdicts: Sequence[Verdict], waived: Collection[_Spot]) -> PointResult:
    outcomes = [verdict.outcome for verdict in verdicts]
    return PointResult(
        point=point,
        passed=outcomes.count(Outcome.PASS),
        failed=outcomes.count(Outcome.FAIL),
        open=sum(outcome in UNKNOWN for outcome in outcomes),
        not_applicable=outcomes.count(Outcome.NOT_APPLICABLE),
        waived=sum(_spot(verdict) in waived for verdict in verdicts),
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
