"""What was found: deviations, and how each check came out."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from readiness_audit.model.check import Check, Framework
from readiness_audit.model.verdict import Outcome, Verdict
from readiness_audit.rendering.agreements import waived
from readiness_audit.rendering.plainly import brief_parameters, unbroken
from readiness_audit.rendering.reading import (
    FIRST_SUBJECTS,
    SHORT_SUBJECTS,
    UNSEEN,
    Reading,
    first_line,
    prose,
    status,
    weight,
)
from readiness_audit.rendering.story import (
    CheckRow,
    Condition,
    Finding,
    Proof,
    Reference,
    Seen,
)

FIRST_TARGETS = 8
"""Targets that are listed by name for one observation, before the rest is counted."""

FIRST_SENTENCES = 8
"""Different observations of one check that are quoted."""

MOST_NAMED = 60
"""Offenders listed below an observation whose sentence could not name them all."""


def findings(reading: Reading, conditions: Iterable[Condition]) -> tuple[Finding, ...]:
    """Give one finding for each check that is not met and counts, the most severe first."""
    failed: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in reading.record.verdicts:
        if verdict.counts and verdict.outcome is Outcome.FAIL:
            failed[verdict.check].append(verdict)
    for_check: dict[str, list[str]] = defaultdict(list)
    for condition in conditions:
        for_check[condition.check].append(condition.number)
    order = sorted((weight(reading.check(name)), name) for name in failed)
    return tuple(
        _finding(reading, f"F-{number:03}", failed[name], tuple(for_check[name]))
        for number, (_, name) in enumerate(order, 1)
    )


def _finding(
    reading: Reading, number: str, verdicts: Sequence[Verdict], conditions: tuple[str, ...]
) -> Finding:
    words, check = reading.words, reading.check(verdicts[0].check)
    alike: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        alike[reading.finding(verdict)].append(verdict)
    shown = list(alike.items())[:FIRST_SENTENCES]
    hidden = sum(len(group) for group in alike.values()) - sum(len(group) for _, group in shown)
    return Finding(
        number=number,
        severity=str(check.severity),
        severity_word=words.say(f"severity.{check.severity}"),
        check=check.id,
        title=words.text(check.title),
        point=f"{check.point} {words.say(f'point.{check.point}')}",
        targets=words.counted("say.targets", len(verdicts)),
        seen=tuple(_seen(reading, sentence, group) for sentence, group in shown),
        more_seen=words.counted("say.and-more", hidden) if hidden else "",
        why=prose(words.text(check.why)),
        fix=prose(words.text(check.fix)),
        what=first_line(words.text(check.fix)),
        see=unbroken(words.text(check.see_for_yourself)),
        parameters=brief_parameters(check, words),
        references=references_of(reading, check),
        conditions=conditions,
        waived=waived(reading, ((verdict.check, verdict.target) for verdict in verdicts)),
    )


def _seen(reading: Reading, sentence: str, verdicts: Sequence[Verdict]) -> Seen:
    words, shown = reading.words, verdicts[:FIRST_TARGETS]
    subjects: tuple[str, ...] = ()
    unnamed = 0
    if verdicts[0].count > FIRST_SUBJECTS:
        subjects = reading.subjects(verdicts[0], MOST_NAMED)
        unnamed = verdicts[0].count - len(subjects)
    proofs: dict[str, Proof] = {}
    for verdict in shown:
        proofs |= {proof.number: proof for proof in reading.proofs(verdict)}
    more = len(verdicts) - len(shown)
    return Seen(
        sentence=sentence,
        short=reading.finding(verdicts[0], first=SHORT_SUBJECTS),
        targets=tuple(reading.target(verdict.target) for verdict in shown),
        more_targets=words.counted("say.and-more", more) if more else "",
        subjects=subjects,
        more_subjects=words.counted("say.more-named", unnamed) if subjects and unnamed > 0 else "",
        proofs=tuple(proofs.values()),
    )


def references_of(reading: Reading, check: Check) -> tuple[str, ...]:
    """Write what a check gives evidence towards, one source after the other."""
    return tuple(
        f"{reading.words.say(f'framework.{framework}')}: {', '.join(check.maps_to[framework])}"
        for framework in Framework
        if check.maps_to.get(framework)
    )


def check_rows(reading: Reading, *, counting: bool) -> tuple[CheckRow, ...]:
    """Give how each check came out on all its targets: those that count, or the previews."""
    outcomes: dict[str, Counter[Outcome]] = defaultdict(Counter)
    for verdict in reading.record.verdicts:
        if verdict.counts is counting:
            outcomes[verdict.check][verdict.outcome] += 1
    return tuple(_check_row(reading, reading.check(name), outcomes[name]) for name in sorted(outcomes))


def _check_row(reading: Reading, check: Check, outcomes: Mapping[Outcome, int]) -> CheckRow:
    words, mark = reading.words, status(outcomes)
    return CheckRow(
        check=check.id,
        title=words.text(check.title),
        point=check.point,
        severity_word=words.say(f"severity.{check.severity}"),
        stage=words.say(f"stage.{check.stage}"),
        mark=mark,
        status=words.say(f"point-status.{mark}"),
        passed=outcomes.get(Outcome.PASS, 0),
        failed=outcomes.get(Outcome.FAIL, 0),
        open=sum(outcomes.get(outcome, 0) for outcome in UNSEEN),
        aside=outcomes.get(Outcome.NOT_APPLICABLE, 0),
        targets=words.counted("say.targets", sum(outcomes.values())),
        parameters=reading.parameters(check),
    )


def references(reading: Reading, rows: Iterable[CheckRow]) -> tuple[Reference, ...]:
    """Give each requirement with the checks that give evidence towards it."""
    towards: dict[tuple[int, str], list[CheckRow]] = defaultdict(list)
    order = list(Framework)
    for row in rows:
        for framework, names in reading.check(row.check).maps_to.items():
            for name in names:
                towards[order.index(framework), name].append(row)
    return tuple(
        Reference(
            framework=reading.words.say(f"framework.{order[place]}"), reference=name, checks=tuple(inside)
        )
        for (place, name), inside in sorted(towards.items(), key=lambda item: item[0])
    )
