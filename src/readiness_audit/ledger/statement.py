"""
What a signature says of a record: an in-toto Statement v1 about its manifest.

The same is worked out from the record itself when it is verified, and has to be the same. So a
signature can vouch for nothing that the record does not hold.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from readiness_audit.errors import RecordError, SignatureError
from readiness_audit.ledger.canonical import canonical, strict
from readiness_audit.ledger.manifest import NAME, RECORD, Manifest
from readiness_audit.model.evidence import Plain

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "urn:readiness-audit:record:1"
SCHEMA = 1
LARGEST = 2**18

PARTS = ("decision", "origin", "policy", "system")
"""What of a record the statement is made from."""


def statement(parts: Mapping[str, Plain], manifest: Manifest, manifest_sha256: str) -> bytes:
    """
    Say of a record what is signed, as canonical JSON.

    `parts` are those of `record.json`, as plain data. Raises `RecordError` where they are not those of
    a record.
    """
    return canonical(
        {
            "_type": STATEMENT,
            "subject": [{"name": NAME, "digest": {"sha256": manifest_sha256}}],
            "predicateType": PREDICATE,
            "predicate": _predicate(parts, manifest),
        }
    )


def _predicate(parts: Mapping[str, Plain], manifest: Manifest) -> dict[str, Plain]:
    match parts:
        case {
            "origin": {
                "run": str(run),
                "tool": str(tool),
                "complete": bool(complete),
                "judged_from": None | str() as judged_from,
            },
            "system": {"system": str(system)},
            "policy": {"policy": str(name), "edition": str(edition), "checks": list(checks)},
            "decision": {"result": str(result), "judged_at": str(judged_at)},
        }:
            return {
                "schema": SCHEMA,
                "run": run,
                "system": system,
                "tool": tool,
                "complete": complete,
                "judged_from": judged_from,
                "policy": {
                    "name": name,
                    "edition": edition,
                    # Without its checks, so that both hashes tell which of the two changed.
                    "sha256": hashlib.sha256(_without_checks(parts["policy"])).hexdigest(),
                },
                "checks": {"count": len(checks), "sha256": hashlib.sha256(canonical(checks)).hexdigest()},
                "record": {"sha256": _hash_of(manifest, RECORD)},
                "previous": manifest.previous,
                "sequence": manifest.sequence,
                "result": result,
                "judged_at": judged_at,
            }
    raise RecordError("record.json is not a record: it lacks its origin, system, policy or decision")


def _without_checks(policy: Plain) -> bytes:
    rest = policy.items() if isinstance(policy, dict) else ()
    return canonical({key: value for key, value in rest if key != "checks"})


def signed_manifest(payload: bytes) -> str:
    """Give the hash of the manifest that a signed payload is about. Raises `SignatureError`."""
    match _read(payload):
        case {
            "_type": str(kind),
            "predicateType": str(predicate),
            "subject": [{"name": str(name), "digest": {"sha256": str(sha256)}}],
        } if (kind, predicate, name) == (STATEMENT, PREDICATE, NAME):
            return sha256
    raise SignatureError("what was signed is not a statement about a record")


def check_statement(payload: bytes, expected: bytes) -> None:
    """Insist that a signed payload says what the record says. Raises `SignatureError`."""
    if payload == expected:
        return
    signed, found = _told(payload), _told(expected)
    differ = sorted(name for name in signed.keys() | found.keys() if signed.get(name) != found.get(name))
    raise SignatureError(f"the signature says something else than the record: {', '.join(differ) or 'form'}")


def _told(payload: bytes) -> dict[str, Plain]:
    match _read(payload):
        case {"predicate": dict(predicate)}:
            return predicate
    return {}


def _read(payload: bytes) -> Plain:
    try:
        return strict(payload, LARGEST)
    except RecordError as error:
        raise SignatureError(f"what was signed is {error}") from None


def _hash_of(manifest: Manifest, name: str) -> str:
    return next(listed.sha256 for listed in manifest.files if listed.name == name)
