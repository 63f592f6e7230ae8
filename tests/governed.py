"""
The believable small record, released with exceptions: every state of an entry occurs in it.

Two blockers are waived, one until shortly, and an open major is settled by a condition: GO WITH CONDITIONS.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from readiness_audit.model.governance import (
    Approval,
    Condition,
    Governance,
    Kind,
    Level,
    Revocation,
    Risk,
    Role,
    Unreadable,
    Waiver,
)
from readiness_audit.model.record import Record
from readiness_audit.stages.decide import decide
from tests.records import a_record

APPROVAL = Approval(
    approved_by="Dr. Max Muster",
    role=Role.MANAGEMENT,
    granted=date(2026, 11, 3),
    expires=date(2027, 1, 31),
)
WAIVER = Waiver(
    id="W-1",
    check="tls.protocol.minimum",
    target="portal*",
    reason="Two cash registers know no newer version until they are replaced in January.",
    risk=Risk(likelihood=Level.LOW, impact=Level.HIGH),
    compensation="They stand in a network of their own, and the proxy lets only them use TLS 1.1.",
    requested_by="Jana Beispiel",
    requested_on=date(2026, 11, 2),
    approvals=(APPROVAL,),
)
SOON = replace(
    WAIVER,
    id="W-2",
    check="test.functional.results",
    target="unit-tests",
    reason="Three tests of the export fail on a known and harmless rounding.",
    risk=Risk(likelihood=Level.MEDIUM, impact=Level.LOW),
    compensation="Exports are compared by hand once a day.",
    approvals=(replace(APPROVAL, expires=date(2026, 12, 4)),),
)
CONDITION = Condition(
    check="net.ports.allowlist",
    target="app-1",
    owner="Jana Beispiel",
    due=date(2026, 12, 15),
    approved_by="Max Muster",
    demand="Close port 8080",
)
GOVERNANCE = Governance(
    waivers=(
        WAIVER,
        SOON,
        replace(WAIVER, id="W-3", approvals=(replace(APPROVAL, expires=date(2026, 11, 22)),)),
        replace(WAIVER, id="W-4", target="another"),
        replace(WAIVER, id="W-5", approvals=()),
        replace(WAIVER, id="W-6", approvals=(replace(APPROVAL, approved_by="beispiel, jana"),)),
        replace(
            WAIVER,
            id="W-7",
            revoked=Revocation(by="Max Muster", on=date(2026, 11, 20), reason="The registers are gone."),
        ),
    ),
    conditions=(CONDITION, replace(CONDITION, check="gone.check")),
    unreadable=(
        Unreadable(kind=Kind.WAIVER, name="W-8", line=41, problem="line 44: the key 'reason' is missing"),
    ),
)


def a_governed_record(governance: Governance = GOVERNANCE) -> Record:
    """Build it; `governance` is what people had agreed."""
    record = a_record()
    decision = decide(
        record.verdicts,
        record.policy,
        record.system.stage,
        governance,
        record.decision.judged_at,
        never_waivable=(),
    )
    return replace(record, governance=governance, decision=decision)
