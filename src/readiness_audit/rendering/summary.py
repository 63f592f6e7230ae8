"""The first page: the answer, why, what to do next, and the ten points."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from readiness_audit.errors import ReportError
from readiness_audit.model.check import POINTS, Severity
from readiness_audit.model.decision import Condition as Agreed
from readiness_audit.model.decision import PointResult, Result, RuleName
from readiness_audit.model.verdict import Outcome
from readiness_audit.rendering.findings import UNSEEN
from readiness_audit.rendering.reading import Reading, status, status_word
from readiness_audit.rendering.story import (
    Condition,
    Finding,
    Ground,
    Headline,
    Matrix,
    Measure,
    NextStep,
    Pair,
    Point,
    Unassessed,
)

MAIN_REASONS = 3


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
    }
    key = f"rule.{rule}"
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
        Pair(label=words.say("label.coverage"), value=coverage(reading)),
        *((Pair(label=words.say("label.valid-until"), value=words.day(valid)),) if valid else ()),
    )


def grounds(
    reading: Reading,
    found: Sequence[Finding],
    open_points: Sequence[Unassessed],
    conditions: Sequence[Condition],
) -> tuple[Ground, ...]:
    """Give the three main reasons for the answer, each with the finding that tells all of it."""
    decision, words = reading.record.decision, reading.words
    behind = {reason.check: None for reason in decision.deciding.behind}
    if decision.result is Result.CONDITIONAL:
        behind |= {condition.check: None for condition in conditions}
    shown: list[Ground] = []
    for name in behind:
        shown.extend(_ground_found(reading, finding) for finding in found if finding.check == name)
        shown.extend(_ground_open(reading, point) for point in open_points if point.check == name)
    if shown and decision.result is not Result.GO:
        return tuple(shown[:MAIN_REASONS])
    tally = decision.tally
    answered = words.say(
        "reasons.answered",
        assessed=words.number(tally.assessed),
        applicable=words.number(tally.applicable),
        coverage=coverage(reading),
    )
    told = [answered, words.say("reasons.met", n=words.number(tally.passed))]
    if decision.result is Result.GO:
        told.append(words.say("reasons.no-blocker"))
    return tuple(Ground(title=text, note="", number="") for text in told)


def _ground_found(reading: Reading, finding: Finding) -> Ground:
    seen = finding.seen[0]
    target = seen.targets[0] if len(finding.seen) == len(seen.targets) == 1 else finding.targets
    note = f"{reading.words.say('say.not-met', title=finding.title)} ({target})"
    return Ground(title=seen.short, note=note, number=finding.number)


def _ground_open(reading: Reading, point: Unassessed) -> Ground:
    key = "say.expired" if point.is_stale else "say.unanswered"
    target = point.details[0].label if len(point.details) == 1 else point.targets
    return Ground(
        title=reading.words.say(key, title=point.title),
        note=f"{point.reason} ({target})",
        number=point.number,
    )


def steps(reading: Reading, measures: Sequence[Measure], shown: Sequence[Ground]) -> tuple[NextStep, ...]:
    """Say what to do next, in the order it is to be done."""
    decision, words = reading.record.decision, reading.words
    if decision.result in {Result.NO_GO, Result.INCONCLUSIVE}:
        by_number = {measure.for_number: measure for measure in measures}
        first = [by_number[ground.number] for ground in shown if ground.number in by_number]
        told = [NextStep(text=measure.what, number=measure.for_number) for measure in first]
        rest = len(measures) - len(first)
        if rest:
            told.append(NextStep(text=words.counted("next.more", rest), number=""))
        return (*told, NextStep(text=words.say("next.again"), number=""))
    last = [words.say("next.sign")]
    unseen = decision.tally.not_assessed + decision.tally.stale
    if unseen:
        last.insert(0, words.counted("next.coverage", unseen))
    elif not decision.conditions and decision.tally.failed:
        last.insert(0, words.counted("next.minor", decision.tally.failed))
    if decision.valid_until:
        last.append(words.say("next.recheck", day=words.day(decision.valid_until)))
    agreed = [
        NextStep(
            text=words.say(
                "next.condition",
                demand=_sentence(condition),
                owner=condition.owner,
                due=words.day(condition.due),
            ),
            number=condition_number(number),
        )
        for number, condition in enumerate(decision.conditions[:MAIN_REASONS], 1)
    ]
    return (*agreed, *(NextStep(text=text, number="") for text in last))


def condition_number(number: int) -> str:
    """Write the number of a condition."""
    return f"A-{number:03}"


def _sentence(agreed: Agreed) -> str:
    return agreed.demand if agreed.demand.endswith((".", "!", "?")) else f"{agreed.demand}."


def points(reading: Reading) -> tuple[Point, ...]:
    """Give the ten success points: all of them, whatever was asked."""
    results = {result.point: result for result in reading.record.decision.points}
    return tuple(_point(reading, number, results.get(number)) for number in POINTS)


def _point(reading: Reading, number: int, given: PointResult | None) -> Point:
    words = reading.words
    result = given or PointResult(point=number, passed=0, failed=0, open=0, not_applicable=0)
    outcomes = {
        Outcome.PASS: result.passed,
        Outcome.FAIL: result.failed,
        Outcome.NOT_ASSESSED: result.open,
        Outcome.NOT_APPLICABLE: result.not_applicable,
    }
    asked = result.passed + result.failed + result.open
    return Point(
        number=number,
        name=words.say(f"point.{number}"),
        mark=status(outcomes, may_be_partial=True),
        status=status_word(outcomes, words, may_be_partial=True),
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
    if sums != told or sum(sums) != tally.planned:
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
