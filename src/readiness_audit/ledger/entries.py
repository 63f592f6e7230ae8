"""
Sign what people agreed or decided, entry by entry, and check whose word each entry is.

What is signed is canonical JSON (RFC 8785) of the system's id and the entry's fields as the file
has them, without `signature`, in DSSE's pre-authentication encoding with a payload type for each
kind of entry. So no signature of one entry holds for another one, of another kind, or of another
system.
"""

from __future__ import annotations

from typing import cast

from readiness_audit.errors import RecordError, SignatureError
from readiness_audit.ledger import envelope
from readiness_audit.ledger.canonical import canonical
from readiness_audit.ledger.keyring import Store
from readiness_audit.ledger.keys import PrivateKey
from readiness_audit.model.evidence import Plain
from readiness_audit.model.governance import Condition, Governance, Signature, Waiver
from readiness_audit.model.persons import same_person
from readiness_audit.model.plain import to_plain
from readiness_audit.model.seal import Part, Seal, Sealed, SealFault
from readiness_audit.model.sign_off import SignOff
from readiness_audit.model.signed import Signed, author_of, bearers, signature_of

_LATER = frozenset({"signature", "approvals", "revoked"})
"""What others add to an entry."""


def payload_type(part: Part) -> str:
    """Name what is signed, as DSSE has it."""
    return f"application/vnd.readiness-audit.{part}+json"


def payload(of: Signed, system: str) -> bytes:
    """Give the bytes that are signed. Raises `RecordError` for what JSON cannot hold."""
    match of:
        case Waiver():
            said: dict[str, Plain] = {"waiver": _fields(of)}
        case Condition():
            said = {"condition": _fields(of)}
        case SignOff():
            said = {"sign-off": _fields(of)}
        case (waiver, approval):
            said = {"approval": _fields(approval), "waiver": _fields(waiver)}
    return canonical({"system": system, **said})


def part_of(of: Signed) -> Part:
    """Say which kind of entry it is."""
    match of:
        case Waiver():
            return Part.WAIVER
        case Condition():
            return Part.CONDITION
        case SignOff():
            return Part.SIGN_OFF
        case _:
            return Part.APPROVAL


def sign_entry(of: Signed, system: str, key: PrivateKey) -> Signature:
    """Sign an entry. Raises `RecordError` for what JSON cannot hold."""
    made = envelope.sign(payload_type(part_of(of)), payload(of, system), key)
    return Signature(key=made.key, sig=made.sig)


def seal_of(of: Signed, system: str, store: Store) -> Seal | None:
    """Say what the signature of an entry is worth to who trusts `store`; none where it bears none."""
    signature = signature_of(of)
    if signature is None:
        return None
    name = next((one.name for one in store.trusted if one.keyid == signature.key), "")
    return Seal(key=signature.key, name=name, fault=_fault(of, signature, system, store))


def sealed(governance: Governance, system: str, store: Store) -> tuple[Sealed, ...]:
    """Check every signature among what people agreed."""
    found = [(each, seal_of(each.of, system, store)) for each in bearers(governance)]
    return tuple(
        Sealed(part=each.part, entry=each.entry, approval=each.approval, seal=seal)
        for each, seal in found
        if seal is not None
    )


def _fault(of: Signed, signature: Signature, system: str, store: Store) -> SealFault | None:
    if any(gone.keyid == signature.key for gone in store.revoked):
        return SealFault.REVOKED_KEY
    if not any(key.keyid == signature.key for key in store.keys):
        return SealFault.UNKNOWN_KEY
    theirs = envelope.Signature(key=signature.key, sig=signature.sig)
    try:
        by = envelope.check(payload_type(part_of(of)), payload(of, system), theirs, store.keys)
    except (SignatureError, RecordError):
        return SealFault.BAD_SIGNATURE
    return None if same_person(by.name, author_of(of)) else SealFault.ANOTHERS_KEY


def _fields(noun: object) -> dict[str, Plain]:
    plain = cast("dict[str, Plain]", to_plain(noun))
    # A field that is not there is not signed, so that fields added later leave old signatures good.
    return {name: value for name, value in plain.items() if name not in _LATER and value is not None}
