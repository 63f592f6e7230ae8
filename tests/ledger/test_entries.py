"""A signature of an entry holds for this entry, of this kind, of this system, and of its author's key."""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import json
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

from readiness_audit.errors import FieldError
from readiness_audit.ledger import envelope
from readiness_audit.ledger.entries import payload, payload_type, seal_of, sealed, sign_entry
from readiness_audit.ledger.keyring import Revoked, Store, Trusted
from readiness_audit.ledger.keys import PrivateKey
from readiness_audit.model.governance import Condition, Governance, Level, Risk, Signature, Waiver
from readiness_audit.model.seal import Part, Seal, SealFault
from readiness_audit.model.sign_off import Choice, SignOff
from readiness_audit.model.signed import Signed, approval_of, bearers, request_of, seals_of
from tests.governed import APPROVAL, CONDITION, WAIVER
from tests.ledger.signing import a_key

JANA, MAX, ERIKA, FOREIGN = a_key(1), a_key(2), a_key(3), a_key(4)
SINCE = datetime(2026, 11, 1, tzinfo=UTC)
SIGN_OFF = SignOff(
    role="isb",
    person="Erika Beispiel",
    date=date(2026, 11, 24),
    decision=Choice.YES,
    record_sha256="0" * 64,
    run="20261123T084500Z-3f9a1c",
    comment="Bericht gelesen, „grün“",
)
KEYS: dict[Part, PrivateKey] = {
    Part.WAIVER: JANA,
    Part.APPROVAL: MAX,
    Part.CONDITION: MAX,
    Part.SIGN_OFF: ERIKA,
}


def trusted(key: PrivateKey, name: str) -> Trusted:
    public = base64.b64encode(key.public.der).decode()
    return Trusted(keyid=key.public.keyid, name=name, public=public, since=SINCE)


# Titles and order make no other person of somebody; approvals here are by "Dr. Max Muster".
STORE = Store(
    trusted=(trusted(JANA, "Beispiel, Jana"), trusted(MAX, "Max Muster"), trusted(ERIKA, "Erika Beispiel"))
)
PLAIN: dict[Part, Signed] = {
    Part.WAIVER: request_of(WAIVER),
    Part.APPROVAL: approval_of(WAIVER, APPROVAL),
    Part.CONDITION: CONDITION,
    Part.SIGN_OFF: SIGN_OFF,
}


def bearing(of: Signed, signature: Signature) -> Signed:
    match of:
        case Waiver() | Condition() | SignOff():
            return replace(of, signature=signature)
        case (waiver, approval):
            return waiver, replace(approval, signature=signature)


def signed(part: Part, key: PrivateKey | None = None, system: str = "portal") -> Signed:
    of = PLAIN[part]
    return bearing(of, sign_entry(of, system, key or KEYS[part]))


def fault(of: Signed, store: Store = STORE, system: str = "portal") -> SealFault | None:
    seal = seal_of(of, system, store)
    assert seal is not None
    return seal.fault


def others(value: object) -> list[object]:
    """Give other values of the same kind, as near as can be."""
    match value:
        case Enum():
            return [member for member in type(value) if member is not value]
        case date():
            return [value + timedelta(days=1)]
        case Risk(likelihood=likelihood, impact=impact):
            return [Risk(likelihood=impact, impact=impact), Risk(likelihood=likelihood, impact=Level.MEDIUM)]
        case None:
            return ["somebody wrote this later"]
        case str():
            return [value[:-1] + ("1" if value.endswith("0") else "0"), value.swapcase(), "a"]
        case _:
            raise AssertionError(value)


def tampered(part: Part) -> Iterator[tuple[str, Signed]]:
    """Give the signed entry with each of its fields changed, one at a time."""
    of: Any = signed(part)
    for at, noun in enumerate(of if isinstance(of, tuple) else (of,)):
        for field in dataclasses.fields(noun):
            was = getattr(noun, field.name)
            for value in () if field.name in {"signature", "approvals", "revoked"} else others(was):
                with contextlib.suppress(FieldError):
                    changed = replace(noun, **{field.name: value})
                    if changed != noun:
                        whole = (*of[:at], changed, *of[at + 1 :]) if isinstance(of, tuple) else changed
                        yield f"{part}.{at}.{field.name}", whole


@pytest.mark.parametrize("part", list(Part))
def test_what_its_author_signed_is_good(part: Part) -> None:
    key = KEYS[part].public.keyid
    seal = seal_of(signed(part), "portal", STORE)
    name = next(one.name for one in STORE.trusted if one.keyid == key)
    assert seal == Seal(key=key, name=name, fault=None)
    assert seal_of(PLAIN[part], "portal", STORE) is None


@pytest.mark.parametrize(
    ("name", "of"), [each for part in Part for each in tampered(part)], ids=lambda value: str(value)[:40]
)
def test_no_field_of_an_entry_can_be_changed_afterwards(name: str, of: Signed) -> None:
    # Another author's name is another lie than another text, and is refused like it.
    assert fault(of) is SealFault.BAD_SIGNATURE, name


def test_every_field_was_tried() -> None:
    assert [len({name for name, _ in tampered(part)}) for part in Part] == [8, 12, 6, 8]


@pytest.mark.parametrize("one", list(Part))
@pytest.mark.parametrize("other", list(Part))
def test_no_signature_holds_under_another_kind_of_entry(one: Part, other: Part) -> None:
    # One person wrote all of them, so that only the entries differ.
    names = (trusted(JANA, "Jana Beispiel"),)
    store, signature = Store(trusted=names), sign_entry(PLAIN[one], "portal", JANA)
    found = fault(bearing(PLAIN[other], signature), store)
    if one is not other:
        assert found is SealFault.BAD_SIGNATURE
    else:
        assert found is (None if one is Part.WAIVER else SealFault.ANOTHERS_KEY)


@pytest.mark.parametrize("part", list(Part))
def test_no_payload_type_but_its_own_is_accepted(part: Part) -> None:
    of = PLAIN[part]
    for kind in (*(payload_type(each) for each in Part if each is not part), "application/json", ""):
        made = envelope.sign(kind, payload(of, "portal"), KEYS[part])
        assert fault(bearing(of, Signature(key=made.key, sig=made.sig))) is SealFault.BAD_SIGNATURE


@pytest.mark.parametrize("part", list(Part))
def test_a_signature_holds_for_one_system_alone(part: Part) -> None:
    assert fault(signed(part), system="shop") is SealFault.BAD_SIGNATURE


def test_swapped_between_two_entries_neither_holds() -> None:
    other = replace(request_of(WAIVER), id="W-9")
    first, second = sign_entry(PLAIN[Part.WAIVER], "portal", JANA), sign_entry(other, "portal", JANA)
    assert fault(bearing(other, first)) is SealFault.BAD_SIGNATURE
    assert fault(bearing(PLAIN[Part.WAIVER], second)) is SealFault.BAD_SIGNATURE
    longer = replace(APPROVAL, expires=APPROVAL.expires + timedelta(days=60))
    mine = sign_entry(approval_of(WAIVER, APPROVAL), "portal", MAX)
    assert fault((request_of(WAIVER), replace(longer, signature=mine))) is SealFault.BAD_SIGNATURE


def test_a_copy_of_a_signature_harms_only_what_it_was_copied_to() -> None:
    good = replace(WAIVER, signature=sign_entry(PLAIN[Part.WAIVER], "portal", JANA), approvals=())
    copied = replace(good, id="W-9")
    governance = Governance(waivers=(copied, good))
    governance = replace(governance, seals=sealed(governance, "portal", STORE))
    found = seals_of(governance)
    assert [found[each.of].fault for each in bearers(governance)] == [SealFault.BAD_SIGNATURE, None]


@pytest.mark.parametrize("part", list(Part))
def test_whose_key_it_is_decides(part: Part) -> None:
    keyid = KEYS[part].public.keyid
    gone = Revoked(keyid=keyid, at=SINCE, reason="lost")
    assert fault(signed(part), replace(STORE, revoked=(gone,))) is SealFault.REVOKED_KEY
    assert fault(signed(part), Store(revoked=(gone,))) is SealFault.REVOKED_KEY
    assert fault(signed(part), Store()) is SealFault.UNKNOWN_KEY
    assert fault(signed(part, FOREIGN)) is SealFault.UNKNOWN_KEY
    others = tuple(trusted(key, "Somebody Else") for key in KEYS.values())
    seal = seal_of(signed(part), "portal", Store(trusted=others))
    assert seal == Seal(key=keyid, name="Somebody Else", fault=SealFault.ANOTHERS_KEY)


@pytest.mark.parametrize("part", list(Part))
def test_a_foreign_signature_that_names_a_trusted_key_is_refused(part: Part) -> None:
    forged = replace(sign_entry(PLAIN[part], "portal", FOREIGN), key=KEYS[part].public.keyid)
    assert fault(bearing(PLAIN[part], forged)) is SealFault.BAD_SIGNATURE


def test_no_altered_signature_is_accepted() -> None:
    of = PLAIN[Part.CONDITION]
    good = sign_entry(of, "portal", MAX)
    raw = base64.b64decode(good.sig)
    bent = [
        *(bytes([*raw[:at], raw[at] ^ 1 << at % 8, *raw[at + 1 :]]) for at in range(64)),
        raw[:-1],
        raw + b"\0",
        bytes(64),
    ]
    texts = [base64.b64encode(each).decode() for each in bent]
    texts += [good.sig.rstrip("="), good.sig + "\n", good.sig[:-3] + "B==", "ä", "====", f" {good.sig}", "x"]
    for text in texts:
        assert text != good.sig
        seal = Signature.__new__(Signature)
        object.__setattr__(seal, "key", good.key)
        object.__setattr__(seal, "sig", text)
        assert fault(replace(CONDITION, signature=seal)) is SealFault.BAD_SIGNATURE, text


def test_what_is_signed_is_written_down_as_the_guide_has_it() -> None:
    condition = {
        "approved_by": "Max Muster",
        "check": "net.ports.allowlist",
        "demand": "Close port 8080",
        "due": "2026-12-15",
        "owner": "Jana Beispiel",
        "target": "app-1",
    }
    text = json.dumps({"condition": condition, "system": "portal"}, separators=(",", ":"))
    assert payload(CONDITION, "portal") == text.encode()
    assert [payload_type(part) for part in Part] == [
        "application/vnd.readiness-audit.waiver+json",
        "application/vnd.readiness-audit.approval+json",
        "application/vnd.readiness-audit.condition+json",
        "application/vnd.readiness-audit.sign-off+json",
    ]


def test_what_openssl_signs_is_good_as_well(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_bytes(ERIKA.pem(None))
    body, kind = payload(SIGN_OFF, "portal"), payload_type(Part.SIGN_OFF).encode()
    (tmp_path / "in").write_bytes(b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(body), body))
    words = ["openssl", "pkeyutl", "-sign", "-inkey", "key.pem", "-rawin", "-in", "in", "-out", "sig"]
    subprocess.run(words, cwd=tmp_path, check=True, capture_output=True)
    sig = base64.b64encode((tmp_path / "sig").read_bytes()).decode()
    assert fault(replace(SIGN_OFF, signature=Signature(key=ERIKA.public.keyid, sig=sig))) is None
