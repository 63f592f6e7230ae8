"""How a waiver or condition stands on a day: the one place that knows what makes it count."""

from __future__ import annotations

import fnmatch
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from readiness_audit.model.check import Severity
from readiness_audit.model.extensions import Granted
from readiness_audit.model.governance import (
    Approval,
    Condition,
    Kind,
    Refusal,
    Role,
    Standing,
    State,
    Waiver,
)
from readiness_audit.model.persons import same_person
from readiness_audit.model.policy import Rule, Signatures
from readiness_audit.model.seal import Seal, seal_fault
from readiness_audit.model.signed import Signed, approval_of, request_of, signature_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Yardstick:
    """What entries are held against: the policy's numbers, the day, and what signatures are worth."""

    rule: Rule
    today: date
    """In the policy's time zone."""

    seals: Mapping[Signed, Seal] = field(default_factory=dict)
    """What was proved of signatures, by what they are under."""

    granted: Granted = field(default_factory=Granted)

    def seal_refusal(self, of: Signed) -> dict[Refusal, bool]:
        """Give what is wrong with the signature of an entry, or with its having none; empty if nothing is."""
        required = self.rule.signatures is Signatures.REQUIRED
        fault = seal_fault(self.seals.get(of), signed=signature_of(of) is not None, required=required)
        return {} if fault is None else {Refusal(fault): True}

    def seals_under(self, *parts: Signed) -> tuple[Seal, ...]:
        """Give the seals of these parts, of those that have one."""
        return tuple(self.seals[of] for of in parts if of in self.seals)


def fits(waiver: Waiver, names: Collection[str], target: str) -> bool:
    """Say whether a waiver is for a check of these names (its id and those of before) on this target."""
    return waiver.check in names and fnmatch.fnmatchcase(target, waiver.target)


def waiver_standing(
    waiver: Waiver, severity: Severity | None, by: Yardstick, *, covers: int, never: bool
) -> Standing:
    """
    Say how a waiver stands.

    `severity` is its check's, none where the policy does not ask it; `covers` counts the open
    results it is for; `never` says that its check can never be waived here.
    """
    # By their days, since where an approval stands in the file says nothing.
    approvals = sorted(waiver.approvals, key=lambda each: (each.granted, each.expires, each.approved_by))
    faults = [approval_fault(waiver, number, each, severity, by) for number, each in enumerate(approvals)]
    good = [each for each, fault in zip(approvals, faults, strict=True) if fault is None]
    begun = [each for each in good if each.granted <= by.today]
    refusal = _waiver_fault(waiver, by, never=never)
    if refusal is None and not any(each.expires >= by.today for each in begun):
        # What was approved in due form is over or still to come: then the last word is what to tell of.
        refusal = faults[-1] or (None if begun else Refusal.NOT_YET)
    told = approvals[-1] if approvals else None
    if begun and refusal is None:
        told = max(begun, key=lambda each: (each.expires, each.approved_by))
    standing = Standing(
        kind=Kind.WAIVER,
        id=waiver.id,
        check=waiver.check,
        target=waiver.target,
        state=State.REFUSED,
        refusal=refusal,
        last_day=_last_day(waiver, told, by),
        approved_by=told.approved_by if told else "",
        detail=_continued(waiver, told, by) if told and refusal is Refusal.CONTINUED else "",
        covers=0 if refusal else covers,
        seals=by.seals_under(request_of(waiver), *([approval_of(waiver, told)] if told else [])),
    )
    return standing if refusal else replace(standing, state=_state(standing, by))


def _waiver_fault(waiver: Waiver, by: Yardstick, *, never: bool) -> Refusal | None:
    faults = {
        Refusal.NEVER_WAIVABLE: never,
        Refusal.REVOKED: waiver.revoked is not None and waiver.revoked.on <= by.today,
        **by.seal_refusal(request_of(waiver)),
        Refusal.NOT_APPROVED: not waiver.approvals,
        Refusal.NOT_YET: waiver.requested_on > by.today,
    }
    return next((refusal for refusal, holds in faults.items() if holds), None)


def _last_day(waiver: Waiver, approval: Approval | None, by: Yardstick) -> date | None:
    if approval is None or waiver.revoked is None or waiver.revoked.on <= by.today:
        return approval.expires if approval else None
    return min(approval.expires, waiver.revoked.on - timedelta(days=1))


def approval_fault(
    waiver: Waiver, number: int, approval: Approval, severity: Severity | None, by: Yardstick
) -> Refusal | None:
    """Say what is wrong with an approval on any day; `number` counts from 0, and extensions from 1."""
    is_blocker = severity is Severity.BLOCKER
    longest = by.rule.waiver_days_blocker if is_blocker else by.rule.waiver_days_at_most
    faults = {
        **by.seal_refusal(approval_of(waiver, approval)),
        Refusal.SELF_APPROVED: same_person(approval.approved_by, waiver.requested_by),
        Refusal.NEEDS_MANAGEMENT: is_blocker and approval.role is not Role.MANAGEMENT,
        Refusal.BEFORE_REQUEST: approval.granted < waiver.requested_on,
        Refusal.TOO_LONG: (approval.expires - approval.granted).days > longest,
        Refusal.TOO_OFTEN: number > by.rule.waiver_extensions_at_most,
    }
    fault = next((refusal for refusal, holds in faults.items() if holds), None)
    if fault is None:
        others = by.granted.continued(waiver, approval, by.rule.waiver_gap_days)
        fault = Refusal.CONTINUED if number + len(others) > by.rule.waiver_extensions_at_most else None
    return fault


def _continued(waiver: Waiver, approval: Approval, by: Yardstick) -> str:
    others = by.granted.continued(waiver, approval, by.rule.waiver_gap_days)
    return ", ".join(sorted(set(others)))


def condition_standing(
    condition: Condition, severity: Severity | None, by: Yardstick, *, covers: int
) -> Standing:
    """Say how a condition stands; `severity` and `covers` as for a waiver."""
    faults = {
        **by.seal_refusal(condition),
        Refusal.SELF_APPROVED: same_person(condition.approved_by, condition.owner),
        Refusal.NOT_A_MAJOR: severity is not None and severity is not Severity.MAJOR,
        Refusal.TOO_LONG: (condition.due - by.today).days > by.rule.condition_days_at_most,
    }
    refusal = next((refusal for refusal, holds in faults.items() if holds), None)
    standing = Standing(
        kind=Kind.CONDITION,
        id="",
        check=condition.check,
        target=condition.target,
        state=State.REFUSED,
        refusal=refusal,
        last_day=condition.due,
        approved_by=condition.approved_by,
        covers=0 if refusal else covers,
        seals=by.seals_under(condition),
    )
    return standing if refusal else replace(standing, state=_state(standing, by))


def _state(standing: Standing, by: Yardstick) -> State:
    left = (standing.last_day - by.today).days if standing.last_day else -1
    if left < 0:
        return State.EXPIRED
    if not standing.covers:
        return State.IDLE
    return State.EXPIRING if left <= by.rule.expiring_days else State.ACTIVE
