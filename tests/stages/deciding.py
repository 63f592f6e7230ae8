"""Small sets of verdicts, checks and agreements, to decide from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from functools import cache

from readiness_audit.model.check import Check, Severity
from readiness_audit.model.decision import Decision, Result
from readiness_audit.model.governance import (
    Approval,
    Condition,
    Governance,
    Level,
    Refusal,
    Risk,
    Role,
    Standing,
    State,
    Waiver,
)
from readiness_audit.model.policy import InForce, Rule
from readiness_audit.model.system import Stage
from readiness_audit.model.verdict import Outcome, Verdict
from readiness_audit.stages.decide import decide
from tests.checks import SAID, a_check

AT = datetime(2026, 6, 15, 12, tzinfo=UTC)
TODAY = date(2026, 6, 15)
PASS, FAIL, UNKNOWN, STALE, ASIDE = Outcome
BLOCKER, MAJOR, MINOR, INFO = Severity
RANK = {Result.GO: 2, Result.CONDITIONAL: 1, Result.INCONCLUSIVE: 0, Result.NO_GO: 0}
FILLING = [(MINOR, PASS)] * 40
"""Enough that was answered, so that coverage is no matter."""

APPROVAL = Approval(
    approved_by="Max Muster", role=Role.MANAGEMENT, granted=date(2026, 6, 1), expires=date(2026, 7, 31)
)


def waiver(number: int = 0, *approvals: Approval, name: str = "", target: str = "t") -> Waiver:
    return Waiver(
        id=name or f"W-{number}",
        check=f"test.c{number}",
        target=target,
        reason="It cannot be mended yet.",
        risk=Risk(likelihood=Level.LOW, impact=Level.HIGH),
        compensation="Somebody watches it.",
        requested_by="Jana Beispiel",
        requested_on=date(2026, 6, 1),
        approvals=approvals or (APPROVAL,),
    )


def condition(number: int = 0, due: date = date(2026, 7, 1)) -> Condition:
    return Condition(
        check=f"test.c{number}", target="t", owner="A", due=due, approved_by="B", demand="Mend it."
    )


@cache
def _check(number: int, severity: Severity) -> Check:
    return a_check(id=f"test.c{number}", severity=severity, point=number % 10 + 1)


def policy(severities: Iterable[Severity], rule: Rule | None = None) -> InForce:
    checks = tuple(_check(number, severity) for number, severity in enumerate(severities))
    return InForce(
        policy="p", edition="1", title=SAID, checks=checks, left_out=(), changed=(), rule=rule or Rule()
    )


def verdicts(asked: Iterable[tuple[Severity, Outcome]]) -> list[Verdict]:
    return [
        Verdict(check=f"test.c{number}", target="t", outcome=outcome, counts=True)
        for number, (_, outcome) in enumerate(asked)
    ]


def decided(
    asked: Sequence[tuple[Severity, Outcome]],
    *agreed: Waiver | Condition,
    rule: Rule | None = None,
    at: datetime = AT,
    never: Sequence[str] = (),
) -> Decision:
    governance = Governance(
        waivers=tuple(each for each in agreed if isinstance(each, Waiver)),
        conditions=tuple(each for each in agreed if isinstance(each, Condition)),
    )
    rules = policy((severity for severity, _ in asked), rule)
    return decide(verdicts(asked), rules, Stage.ROLLOUT, governance, at, never_waivable=never)


def standing(decision: Decision, number: int = 0) -> tuple[State, Refusal | None]:
    found: Standing = decision.standings[number]
    return found.state, found.refusal
