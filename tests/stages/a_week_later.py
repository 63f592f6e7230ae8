"""The hand-made record, and the same a week later with one thing or another changed in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from readiness_audit.model.difference import Change, Difference, Transition
from readiness_audit.model.evidence import Missing, Observed, Reason
from readiness_audit.model.record import Record
from readiness_audit.model.verdict import Outcome, Verdict
from tests.records import STARTED, a_record, with_verdicts

TLS, TESTS, PORTS, RISKS = (
    "tls.protocol.minimum",
    "test.functional.results",
    "net.ports.allowlist",
    "risk.register.current",
)


def a_week_later(record: Record) -> Record:
    later = STARTED + timedelta(days=7)
    origin = replace(record.origin, run="20261130T084500Z-111111", started_at=later, finished_at=later)
    return replace(record, origin=origin, decision=replace(record.decision, judged_at=later))


def verdict_in(record: Record, check: str) -> Verdict:
    return next(verdict for verdict in record.verdicts if verdict.check == check)


def judged(record: Record, check: str, **fields: Any) -> Record:  # noqa: ANN401 - fields of a verdict
    return with_verdicts(record, replace(verdict_in(record, check), **fields))


def passing(record: Record, check: str) -> Record:
    return judged(record, check, outcome=Outcome.PASS, subjects=(), count=0)


def failing(record: Record, check: str, *subjects: str, count: int | None = None) -> Record:
    count = len(subjects) if count is None else count
    return judged(record, check, outcome=Outcome.FAIL, subjects=subjects, count=count)


def seeing(record: Record, probe: str, **facts: Any) -> Record:  # noqa: ANN401 - facts of any kind
    return replace(
        record,
        evidence=tuple(
            replace(piece, facts={**piece.facts, **facts})
            if isinstance(piece, Observed) and piece.look.probe == probe
            else piece
            for piece in record.evidence
        ),
    )


def blind(record: Record, probe: str, reason: Reason) -> Record:
    return replace(
        record,
        evidence=tuple(
            Missing(look=piece.look, taken_at=piece.taken_at, reason=reason, detail="gone")
            if piece.look.probe == probe
            else piece
            for piece in record.evidence
        ),
    )


def with_check(record: Record, check: str, **fields: Any) -> Record:  # noqa: ANN401 - fields of a check
    checks = tuple(replace(each, **fields) if each.id == check else each for each in record.policy.checks)
    return replace(record, policy=replace(record.policy, checks=checks))


def without_check(record: Record, check: str) -> Record:
    return replace(
        record,
        policy=replace(
            record.policy, checks=tuple(each for each in record.policy.checks if each.id != check)
        ),
        verdicts=tuple(verdict for verdict in record.verdicts if verdict.check != check),
        plan=replace(record.plan, steps=tuple(step for step in record.plan.steps if step.check != check)),
    )


def moved(difference: Difference, check: str) -> dict[str, Change]:
    return {each.subject: each.change for each in difference.transitions if each.check == check}


def only(difference: Difference, check: str) -> Transition:
    [transition] = [each for each in difference.transitions if each.check == check]
    return transition


def edits(difference: Difference) -> list[tuple[str, str, str, str | None, str | None]]:
    return [(edit.area, edit.of, edit.what, edit.before, edit.after) for edit in difference.edits]


OLD = a_record()
NEW = a_week_later(OLD)
