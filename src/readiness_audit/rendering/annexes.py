"""What stands behind the findings: conditions, the action plan, and the registers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from readiness_audit.model.evidence import Evidence, Observed
from readiness_audit.model.governance import Condition as Agreed
from readiness_audit.model.verdict import Outcome
from readiness_audit.rendering.grounds import condition_number
from readiness_audit.rendering.plainly import set_aside_by
from readiness_audit.rendering.reading import Reading, evidence_number, where
from readiness_audit.rendering.story import Cause, Condition, Finding, Line, Measure, Table
from readiness_audit.rendering.words import Words

MOST_ROWS = 400
"""Rows of a register that are printed; the record has them all."""

LONGEST_PORTS = 80

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
    reading: Reading, found: Iterable[Finding], unanswered: Iterable[Cause], agreed: Iterable[Condition]
) -> tuple[Measure, ...]:
    """Give the action plan: one measure for each finding and each cause, the most severe first."""
    words, by_number = reading.words, {condition.number: condition for condition in agreed}
    failed = words.say("outcome.fail")
    plan = [_measure(item, by_number, what=item.what, outcome=failed) for item in found]
    plan += [_measure(item, by_number, what=item.step, outcome=item.outcome) for item in unanswered]
    ordered = sorted(plan, key=lambda measure: (_ORDER.index(measure.severity), measure.for_number))
    return tuple(replace(measure, number=f"M-{number:03}") for number, measure in enumerate(ordered, 1))


def _measure(item: Finding | Cause, agreed: Mapping[str, Condition], *, what: str, outcome: str) -> Measure:
    named = [agreed[number] for number in item.conditions]
    return Measure(
        number="",
        what=what,
        snippet=item.snippet if isinstance(item, Cause) else "",
        for_number=item.number,
        outcome=outcome,
        title=item.title,
        severity=item.severity,
        severity_word=item.severity_word,
        owner=", ".join(dict.fromkeys(condition.owner for condition in named)),
        due=", ".join(dict.fromkeys(condition.due for condition in named)),
    )


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
        severity = words.say(f"severity.{check.severity}")
        rows.append(Line(cells=(words.text(check.title), name, severity, set_aside_by(reason, words))))
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
            f"{words.heard.said(excerpt.label)} ({words.number(excerpt.size)} B): {excerpt.sha256}"
            for excerpt in piece.excerpts
        )
    else:
        told = words.say("label.missing")
        shown = f"{words.say(f'reason.{piece.reason}')}\n{reading.quoted(piece.detail)}".strip("\n")
    taken = words.moment(piece.taken_at)
    vantage = reading.vantage(piece)
    return Line(
        cells=(evidence_number(number), piece.look.probe, piece.look.target, taken, told, vantage, shown)
    )


def contacts(reading: Reading) -> Table:
    """List what was touched in the network; what was alike within a second is one row, with its sum."""
    words = reading.words
    connections: Counter[tuple[str, ...]] = Counter()
    for contact in reading.record.contacts:
        ports = f"{_ports(contact.ports)} ({contact.protocol})" if contact.ports else contact.protocol
        touched = (words.clock(contact.at), contact.look, contact.host, contact.address, ports)
        connections[*touched, _outcome(words, contact.outcome)] += contact.connections
    rows = [
        Line(cells=(*touched, words.number(count), outcome))
        for (*touched, outcome), count in list(connections.items())[:MOST_ROWS]
    ]
    return _table(reading, rows, len(connections))


def _outcome(words: Words, outcome: str) -> str:
    """Say how a contact ended; what the system said about it stays in its own words."""
    if (program := outcome.removeprefix("handed to ")) != outcome:
        return words.say("contact.handed", program=program)
    return words.texts.get(f"contact.{outcome}", outcome)


def _ports(ports: str) -> str:
    """Give ports, or the first of them where a sweep tried more than anybody reads."""
    if len(ports) <= LONGEST_PORTS:
        return ports.replace(",", ", ")
    return ports[:LONGEST_PORTS].rsplit(",", 1)[0].replace(",", ", ") + ", …"


def _table(reading: Reading, rows: Sequence[Line], count: int) -> Table:
    hidden = count - len(rows)
    more = reading.words.counted("say.more-rows", hidden) if hidden else ""
    return Table(rows=tuple(rows), more=more)
