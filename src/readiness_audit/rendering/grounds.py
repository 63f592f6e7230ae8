"""Why the answer is what it is, and what to do next: few lines, each of them another one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from readiness_audit.model.decision import Result
from readiness_audit.model.governance import Condition as Agreed
from readiness_audit.model.release import Release, State
from readiness_audit.rendering.reading import Reading
from readiness_audit.rendering.story import Cause, Condition, Finding, Ground, Measure, NextStep
from readiness_audit.rendering.summary import coverage

MAIN_REASONS = 3
FIRST_NAMED = 2
"""Checks that are named where a cause is a main reason."""


def grounds(
    reading: Reading,
    found: Sequence[Finding],
    unanswered: Sequence[Cause],
    conditions: Sequence[Condition],
) -> tuple[Ground, ...]:
    """Give the three main reasons for the answer, each with the place that tells all of it."""
    decision, words = reading.record.decision, reading.words
    asked = {(reason.check, reason.target) for reason in decision.deciding.behind}
    if decision.result is Result.CONDITIONAL:
        asked |= {(condition.check, condition.target) for condition in conditions}
    waiting = [cause for cause in unanswered if asked.intersection(cause.asked)]
    failed = {check for check, _ in asked.difference(*(cause.asked for cause in waiting))}
    shown = [_found(reading, finding) for finding in found if finding.check in failed]
    shown += [_waiting(cause) for cause in waiting]
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
    return tuple(Ground(title=text, note="", message="", number="") for text in told)


def _found(reading: Reading, finding: Finding) -> Ground:
    seen = finding.seen[0]
    target = seen.targets[0] if len(finding.seen) == len(seen.targets) == 1 else finding.targets
    note = f"{reading.words.say('say.not-met', title=finding.title)} ({target})"
    return Ground(title=seen.short, note=note, message="", number=finding.number)


def _waiting(cause: Cause) -> Ground:
    message = cause.messages[0].quote if len(cause.messages) == 1 else ""
    named = "; ".join(check.title for check in cause.checks[:FIRST_NAMED])
    more = " …" if len(cause.checks) > FIRST_NAMED else ""
    note = f"{cause.follows}: {named}{more}"
    return Ground(title=cause.title, note=note, message=message, number=cause.number)


def steps(
    reading: Reading,
    measures: Sequence[Measure],
    shown: Sequence[Ground],
    unanswered: Sequence[Cause],
    release: Release | None = None,
) -> tuple[NextStep, ...]:
    """Say what to do next, in the order it is to be done."""
    decision, words = reading.record.decision, reading.words
    if decision.result in {Result.NO_GO, Result.INCONCLUSIVE}:
        by_number = {measure.for_number: measure for measure in measures}
        first = [by_number[ground.number] for ground in shown if ground.number in by_number]
        first = first or list(measures[:MAIN_REASONS])
        told = _merged((measure.what, measure.for_number, measure.snippet) for measure in first)
        rest = len(measures) - len(first)
        more = [_plain(words.counted("next.more", rest))] if rest else []
        return (*told, *more, _plain(words.say("next.again")))
    last = [words.say("next.sign")]
    if release is not None and release.state is State.LAPSED:
        return (_plain(words.say("next.lapsed")), _plain(words.say("next.sign")))
    if release is not None and release.state is State.IN_FORCE:
        last = []
    unsettled = [cause for cause in unanswered if not cause.conditions and not cause.waived]
    waiting = sum(len(cause.asked) for cause in unsettled[MAIN_REASONS:])
    if waiting:
        last.insert(0, words.counted("next.coverage", waiting))
    elif not decision.conditions and decision.tally.failed:
        last.insert(0, words.counted("next.minor", decision.tally.failed))
    if decision.valid_until:
        last.append(words.say("next.recheck", day=words.day(decision.valid_until)))
    waivers = {each.waiver: each.until for each in decision.waived}
    ends = _merged(
        (words.say("next.exception", waiver=waiver, day=words.day(until)), "", "")
        for waiver, until in sorted(waivers.items(), key=lambda item: (item[1], item[0]))[:MAIN_REASONS]
    )
    agreed = _merged(
        (_demanded(reading, condition), condition_number(number), "")
        for number, condition in enumerate(decision.conditions[:MAIN_REASONS], 1)
    )
    remedies = _merged((cause.step, cause.number, cause.snippet) for cause in unsettled[:MAIN_REASONS])
    return (*agreed, *ends, *remedies, *map(_plain, last))


def _plain(text: str) -> NextStep:
    return NextStep(text=text, numbers=(), snippet="")


def _merged(given: Iterable[tuple[str, str, str]]) -> list[NextStep]:
    """Say a step that settles several points once, with all their numbers."""
    numbers: dict[tuple[str, str], list[str]] = defaultdict(list)
    for text, number, snippet in given:
        numbers[text, snippet].append(number)
    return [
        NextStep(text=text, numbers=tuple(settled), snippet=snippet)
        for (text, snippet), settled in numbers.items()
    ]


def _demanded(reading: Reading, condition: Agreed) -> str:
    demand = condition.demand
    return reading.words.say(
        "next.condition",
        demand=demand if demand.endswith((".", "!", "?")) else f"{demand}.",
        owner=condition.owner,
        due=reading.words.day(condition.due),
    )


def condition_number(number: int) -> str:
    """Write the number of a condition."""
    return f"A-{number:03}"
