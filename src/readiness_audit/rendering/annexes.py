"""What stands behind the findings: conditions, the action plan, and the registers."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from readiness_audit.model.decision import Condition as Agreed
from readiness_audit.model.evidence import Evidence, Observed
from readiness_audit.model.verdict import Outcome
from readiness_audit.rendering.reading import Reading, evidence_number, first_line, where
from readiness_audit.rendering.story import Condition, Finding, Line, Measure, Table, Unassessed
from readiness_audit.rendering.summary import condition_number

MOST_ROWS = 400
"""Rows of a register that are printed; the record has them all."""

_ORDER = ("blocker", "major", "minor", "info")


def conditions(reading: Reading, agreed: Iterable[Agreed]) -> tuple[Condition, ...]:
    """Give conditions a number, and name what they are about."""
    words, found = reading.words, []
    for number, condition in enumerate(agreed, 1):
        check = reading.checks.get(condition.check)
        found.append(
            Condition(
                number=condition_number(number),
                check=condition.check,
                title=words.text(check.title) if check else condition.check,
                target=condition.target,
                demand=condition.demand,
                owner=condition.owner,
                due=words.day(condition.due),
                approved_by=condition.approved_by,
            )
        )
    return tuple(found)


def measures(
    reading: Reading, found: Iterable[Finding], open_points: Iterable[Unassessed], agreed: Iterable[Condition]
) -> tuple[Measure, ...]:
    """Give the action plan: one measure for each finding and each open point, the most severe first."""
    by_check: dict[str, list[Condition]] = defaultdict(list)
    for condition in agreed:
        by_check[condition.check].append(condition)
    plan: list[tuple[int, str, Measure]] = []
    every: tuple[Finding | Unassessed, ...] = (*found, *open_points)
    for item in every:
        conditions_of = by_check[item.check]
        text = reading.words.text(reading.check(item.check).fix)
        measure = Measure(
            number="",
            what=first_line(text) if isinstance(item, Finding) else item.remedy,
            for_number=item.number,
            outcome=reading.words.say("outcome.fail") if isinstance(item, Finding) else item.outcome,
            title=item.title,
            severity=item.severity,
            severity_word=item.severity_word,
            owner=", ".join(dict.fromkeys(condition.owner for condition in conditions_of)),
            due=", ".join(dict.fromkeys(condition.due for condition in conditions_of)),
        )
        plan.append((_ORDER.index(item.severity), item.number, measure))
    ordered = [measure for _, _, measure in sorted(plan, key=lambda row: row[:2])]
    return tuple(replace(measure, number=f"M-{number:03}") for number, measure in enumerate(ordered, 1))


def targets(reading: Reading) -> Table:
    """List what was to be looked at."""
    words = reading.words
    every = reading.record.system.targets
    rows = [
        Line(cells=(target.id, words.say(f"kind.{target.kind}"), where(target)))
        for target in every[:MOST_ROWS]
    ]
    return _table(reading, rows, len(every))


def changed(reading: Reading) -> Table:
    """List where the policy differs from a check's own default, and why."""
    words = reading.words
    rows = [
        Line(
            cells=(
                change.check,
                words.texts.get(f"changed.{change.what}", change.what),
                _named(reading, change.what, change.default),
                _named(reading, change.what, change.now),
                change.because,
            )
        )
        for change in reading.record.policy.changed
    ]
    return Table(rows=tuple(rows))


def _named(reading: Reading, what: str, value: str) -> str:
    return reading.words.texts.get(f"{what}.{value}", value)


def left_out(reading: Reading) -> Table:
    """List the checks the policy does without, and why."""
    return Table(
        rows=tuple(Line(cells=(left.check, left.because)) for left in reading.record.policy.left_out)
    )


def set_aside(reading: Reading) -> Table:
    """List what the declaration of the system makes needless, and by which word of it."""
    because = {aside.check: aside.because for aside in reading.record.plan.set_aside}
    shown: dict[tuple[str, str], None] = {}
    for verdict in reading.record.verdicts:
        if verdict.counts and verdict.outcome is Outcome.NOT_APPLICABLE:
            shown[verdict.check, verdict.detail or because.get(verdict.check, "")] = None
    words = reading.words
    rows = []
    for name, reason in shown:
        check = reading.check(name)
        rows.append(
            Line(cells=(words.text(check.title), name, words.say(f"severity.{check.severity}"), reason))
        )
    return Table(rows=tuple(rows))


def looks(reading: Reading) -> Table:
    """Count looks by probe: how many saw something, and how many did not."""
    seen: Counter[str] = Counter()
    missing: Counter[str] = Counter()
    for piece in reading.record.evidence:
        (seen if isinstance(piece, Observed) else missing)[piece.look.probe] += 1
    number = reading.words.number
    rows = [
        Line(cells=(probe, number(seen[probe] + missing[probe]), number(seen[probe]), number(missing[probe])))
        for probe in sorted(seen | missing)
    ]
    return Table(rows=tuple(rows))


def evidence(reading: Reading, found: Iterable[Finding]) -> Table:
    """List the evidence: everything the findings refer to, and as much of the rest as fits."""
    referred = {proof.number for finding in found for seen in finding.seen for proof in seen.proofs}
    rows = [
        _evidence_row(reading, number, piece)
        for number, piece in enumerate(reading.record.evidence, 1)
        if number <= MOST_ROWS or evidence_number(number) in referred
    ]
    return _table(reading, rows, len(reading.record.evidence))


def _evidence_row(reading: Reading, number: int, piece: Evidence) -> Line:
    words = reading.words
    if isinstance(piece, Observed):
        told = piece.tool
        shown = "\n".join(
            f"{excerpt.label} ({words.number(excerpt.size)} B): {excerpt.sha256}"
            for excerpt in piece.excerpts
        )
    else:
        told = words.say("label.missing")
        shown = f"{words.say(f'reason.{piece.reason}')}: {piece.detail}"
    taken = words.moment(piece.taken_at)
    vantage = reading.vantage(piece.look.target)
    return Line(
        cells=(evidence_number(number), piece.look.probe, piece.look.target, taken, told, vantage, shown)
    )


def contacts(reading: Reading) -> Table:
    """List what was touched in the network."""
    words, every = reading.words, reading.record.contacts
    rows = [
        Line(
            cells=(
                words.clock(contact.at),
                contact.look,
                contact.host,
                contact.address,
                contact.ports,
                contact.protocol,
                words.number(contact.connections),
                contact.outcome,
            )
        )
        for contact in every[:MOST_ROWS]
    ]
    return _table(reading, rows, len(every))


def _table(reading: Reading, rows: Sequence[Line], count: int) -> Table:
    hidden = count - len(rows)
    more = reading.words.counted("say.more-rows", hidden) if hidden else ""
    return Table(rows=tuple(rows), more=more)
