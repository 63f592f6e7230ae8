"""The answer in numbers: the headline, the ten points, and results by severity."""

from __future__ import annotations

from collections import Counter

from readiness_audit.errors import ReportError
from readiness_audit.model.check import POINTS, Severity
from readiness_audit.model.decision import PointResult, RuleName
from readiness_audit.model.verdict import Outcome
from readiness_audit.rendering.reading import UNSEEN, Reading, status
from readiness_audit.rendering.story import Headline, Matrix, Pair, Point
from readiness_audit.rendering.story_release import Mark


def headline(reading: Reading) -> Headline:
    """Give the answer, the rule that gave it, and what is recommended."""
    decision, words = reading.record.decision, reading.words
    return Headline(
        result=str(decision.result),
        word=words.say(f"result.{decision.result}"),
        said=words.say(f"result-said.{decision.result}"),
        rule_name=words.say(f"rule-name.{decision.deciding.rule}"),
        rule=rule_sentence(reading, decision.deciding.rule, len(decision.deciding.behind)),
        recommends=words.say(f"recommends.{decision.result}"),
        valid_until=words.day(decision.valid_until) if decision.valid_until else words.say("label.not-valid"),
    )


def rule_sentence(reading: Reading, rule: RuleName, behind: int) -> str:
    """Say a rule of the decision as a sentence, with the numbers that made it apply."""
    words, limits, decision = reading.words, reading.record.policy.rule, reading.record.decision
    values = {
        "coverage": coverage(reading),
        "least": words.ratio(limits.coverage_at_least),
        "good": words.ratio(limits.coverage_for_go),
        "most": words.number(limits.conditions_at_most),
        "days": words.number(limits.condition_days_at_most),
        "conditions": words.number(len(decision.conditions)),
        "waivers": words.number(len({each.waiver for each in decision.waived})),
    }
    key = f"rule.{rule}"
    if rule is RuleName.CONDITIONS_OR_COVERAGE and decision.deciding.rule is not rule:
        # Beside a rule that blocks the release, this one must not say that nothing does.
        return words.say("rule.conditions-or-coverage.beside", **values)
    if rule in {RuleName.BLOCKER_FAILED, RuleName.BLOCKER_NOT_ASSESSED, RuleName.MAJORS_NOT_SETTLED}:
        return words.counted(key, behind, **values)
    return words.say(key, **values)


def coverage(reading: Reading) -> str:
    """Write how much was answered by evidence."""
    tally = reading.record.decision.tally
    return reading.words.percent(tally.assessed, tally.applicable)


def figures(reading: Reading) -> tuple[Pair, ...]:
    """Give the numbers that belong beside the answer."""
    words = reading.words
    severities = {check.id: check.severity for check in reading.checks.values()}
    valid = reading.record.decision.valid_until
    waived = reading.record.decision.tally.waived
    failed: Counter[Severity] = Counter()
    unseen = 0
    for verdict in reading.record.verdicts:
        if verdict.counts and verdict.outcome is Outcome.FAIL:
            failed[severities[verdict.check]] += 1
        unseen += verdict.counts and verdict.outcome in UNSEEN
    return (
        *(
            Pair(label=words.say(f"severities.{severity}"), value=words.number(failed[severity]))
            for severity in Severity
        ),
        Pair(label=words.say("label.unseen"), value=words.number(unseen)),
        *((Pair(label=words.say("label.waived"), value=words.number(waived)),) if waived else ()),
        Pair(label=words.say("label.coverage"), value=coverage(reading)),
        *((Pair(label=words.say("label.valid-until"), value=words.day(valid)),) if valid else ()),
    )


def points(reading: Reading) -> tuple[Point, ...]:
    """Give the ten success points: all of them, whatever was asked."""
    results = {result.point: result for result in reading.record.decision.points}
    return tuple(_point(reading, number, results.get(number)) for number in POINTS)


def point_status(result: PointResult) -> Mark:
    """Say how a success point as a whole came out: the same in every report."""
    outcomes = {
        Outcome.PASS: result.passed,
        Outcome.FAIL: result.failed,
        Outcome.NOT_ASSESSED: result.open,
        Outcome.NOT_APPLICABLE: result.not_applicable,
    }
    return status(outcomes, may_be_partial=True)


def _point(reading: Reading, number: int, given: PointResult | None) -> Point:
    words = reading.words
    result = given or PointResult(point=number, passed=0, failed=0, open=0, not_applicable=0)
    mark = point_status(result)
    asked = result.passed + result.failed + result.open
    return Point(
        number=number,
        name=words.say(f"point.{number}"),
        mark=mark,
        status=words.say(f"point-status.{mark}"),
        passed=result.passed,
        failed=result.failed,
        open=result.open,
        aside=result.not_applicable,
        told=words.say("say.of", n=words.number(result.passed), all=words.number(asked)) if asked else "",
    )


def matrix(reading: Reading) -> Matrix:
    """Count results by severity and outcome, and insist that they are the decision's own numbers."""
    words, tally = reading.words, reading.record.decision.tally
    cells: Counter[tuple[Severity, Outcome]] = Counter()
    for verdict in reading.record.verdicts:
        if verdict.counts:
            cells[reading.check(verdict.check).severity, verdict.outcome] += 1
    sums = tuple(sum(cells[severity, outcome] for severity in Severity) for outcome in Outcome)
    told = (tally.passed, tally.failed, tally.not_assessed, tally.stale, tally.not_applicable)
    if sums != told or sum(sums) != tally.planned or tally.waived != len(reading.record.decision.waived):
        raise ReportError(
            f"the record contradicts itself: its verdicts come to {sums}, its decision says {told}"
        )
    rows = []
    for severity in Severity:
        row = tuple(cells[severity, outcome] for outcome in Outcome)
        rows.append((words.say(f"severity.{severity}"), (*row, sum(row))))
    return Matrix(
        columns=(*(words.say(f"outcome.{outcome}") for outcome in Outcome), words.say("label.sum")),
        rows=tuple(rows),
        total=(*sums, sum(sums)),
    )
