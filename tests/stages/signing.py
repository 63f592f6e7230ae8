"""A released portal, and the people who sign it off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

from readiness_audit.model.decision import Hit, Result, RuleName, Waived
from readiness_audit.model.governance import Condition, Governance, Level, Risk, Waiver
from readiness_audit.model.record import Record
from readiness_audit.model.release import Release
from readiness_audit.model.sign_off import Choice, SignOff
from readiness_audit.stages.release import release
from tests.records import RUN, a_record, released

SHA256 = "ab" * 32
OTHER = "cd" * 32
AT = datetime(2026, 11, 25, 12, tzinfo=UTC)
PEOPLE = {
    "system-owner": "Erika Beispiel",
    "it-operations": "Max Muster",
    "isb": "Ida Sicher",
    "dsb": "Doro Schutz",
    "management": "Gerd Leitung",
}
WAIVED = Waived(
    waiver="W-7",
    check="net.ports.allowlist",
    target="app-1",
    until=date(2027, 1, 31),
    approved_by="Gerd Leitung",
)


def a_go() -> Record:
    """Give a go of 23 November 2026, valid until 23 February 2027; going live is on 1 December."""
    return released(a_record())


def decided(record: Record, result: Result, rule: RuleName = RuleName.BLOCKER_FAILED) -> Record:
    """Give the same record with another rule result."""
    hit = Hit(rule=rule, result=result, behind=())
    valid = record.decision.valid_until if result in {Result.GO, Result.CONDITIONAL} else None
    return replace(record, decision=replace(record.decision, result=result, deciding=hit, valid_until=valid))


def with_condition(record: Record, due: date) -> Record:
    """Give the same record as a conditional release, with one condition."""
    condition = Condition(
        check="net.ports.allowlist",
        target="app-1",
        owner="Erika Beispiel",
        due=due,
        approved_by="Max Muster",
        demand="Close the port.",
    )
    record = decided(record, Result.CONDITIONAL, RuleName.CONDITIONS_OR_COVERAGE)
    return replace(record, decision=replace(record.decision, conditions=(condition,)))


def a_sign_off(role: str, **different: object) -> SignOff:
    """Give a yes of the usual person in this role, on 24 November."""
    usual = SignOff(
        role=role,
        person=PEOPLE.get(role, "Somebody Else"),
        date=date(2026, 11, 24),
        decision=Choice.YES,
        record_sha256=SHA256,
        run=RUN,
    )
    return replace(usual, **different)  # type: ignore[arg-type] # fields by name


def everybody(*but: str, **different: object) -> list[SignOff]:
    """Give everybody's yes for a system with personal data and no waiver, `but` for these roles."""
    return [
        a_sign_off(role, **different)
        for role in ("system-owner", "it-operations", "isb", "dsb")
        if role not in but
    ]


def with_waiver(record: Record, *, requested_by: str = "Max Muster", until: date = WAIVED.until) -> Record:
    """Give the same record with one waiver in force."""
    waiver = Waiver(
        id="W-7",
        check=WAIVED.check,
        target=WAIVED.target,
        reason="The vendor needs it until the migration.",
        risk=Risk(likelihood=Level.LOW, impact=Level.HIGH),
        compensation="Only from the office.",
        requested_by=requested_by,
        requested_on=date(2026, 11, 1),
    )
    decision = replace(record.decision, waived=(replace(WAIVED, until=until),))
    return replace(record, decision=decision, governance=Governance(waivers=(waiver,)))


def stands(
    sign_offs: Sequence[SignOff],
    *,
    record: Record | None = None,
    at: datetime = AT,
    later: Record | Sequence[Record] = (),
) -> Release:
    """Say how the release stands."""
    return release(record or a_go(), SHA256, sign_offs, at, [later] if isinstance(later, Record) else later)
