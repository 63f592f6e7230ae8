"""What is signed of an entry: everything its author says, and nothing that comes later."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from readiness_audit.model.governance import Approval, Condition, Governance, Signature, Waiver
from readiness_audit.model.seal import Part, Seal
from readiness_audit.model.sign_off import SignOff

Signed: TypeAlias = Waiver | tuple[Waiver, Approval] | Condition | SignOff
"""A request without its approvals, an approval with the request it is for, a condition, a sign-off."""


def request_of(waiver: Waiver) -> Waiver:
    """Give what was asked for: the approvals and the revocation are other people's words."""
    return replace(waiver, approvals=(), revoked=None)


def approval_of(waiver: Waiver, approval: Approval) -> tuple[Waiver, Approval]:
    """Give an approval with what it approves; who has signed the request does not matter to it."""
    return replace(request_of(waiver), signature=None), approval


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearer:
    """A part of what people agreed that can bear a signature."""

    part: Part
    entry: int
    approval: int | None = None
    of: Signed


def bearers(governance: Governance) -> Iterator[Bearer]:
    """Give everything that can bear a signature, signed or not."""
    for entry, waiver in enumerate(governance.waivers):
        yield Bearer(part=Part.WAIVER, entry=entry, of=request_of(waiver))
        for number, approval in enumerate(waiver.approvals):
            of = approval_of(waiver, approval)
            yield Bearer(part=Part.APPROVAL, entry=entry, approval=number, of=of)
    for entry, condition in enumerate(governance.conditions):
        yield Bearer(part=Part.CONDITION, entry=entry, of=condition)


def seals_of(governance: Governance) -> Mapping[Signed, Seal]:
    """Give what became of each signature, by what it is under; what is not in it, nobody has checked."""
    found = {(each.part, each.entry, each.approval): each.seal for each in governance.seals}
    return {
        each.of: found[each.part, each.entry, each.approval]
        for each in bearers(governance)
        if (each.part, each.entry, each.approval) in found
    }


def signature_of(of: Signed) -> Signature | None:
    """Give the signature an entry bears."""
    return of[1].signature if isinstance(of, tuple) else of.signature


def author_of(of: Signed) -> str:
    """
    Say whose word an entry is, and so whose key has to sign it.

    A condition is the word of who agrees to it: its owner, who takes it on, cannot give it an effect.
    """
    match of:
        case Waiver():
            return of.requested_by
        case Condition():
            return of.approved_by
        case SignOff():
            return of.person
        case (_, approval):
            return approval.approved_by
