"""
Prove that a record is what somebody trusted has signed, from its files and a key given from outside.

The order matters: first the signature over the exact bytes of the statement, then the hash of the
manifest it names, then the hash of each file in the manifest, and only then is anything made of
what the files say. Whatever does not fit ends it; nothing that cannot be shown counts as shown.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from readiness_audit.errors import RecordError, SignatureError
from readiness_audit.ledger.canonical import check_schema, collecting_later
from readiness_audit.ledger.envelope import LARGEST as LARGEST_ENVELOPE
from readiness_audit.ledger.envelope import check, read_envelope
from readiness_audit.ledger.keyring import Revoked
from readiness_audit.ledger.keys import PublicKey
from readiness_audit.ledger.manifest import (
    EXCERPTS,
    LARGEST,
    NAME,
    RECORD,
    SIGNATURE,
    STAMP,
    Manifest,
    manifest_from,
)
from readiness_audit.ledger.pieces import pieces
from readiness_audit.ledger.sources import Source, check_names, verified
from readiness_audit.ledger.statement import (
    PARTS,
    PAYLOAD_TYPE,
    check_statement,
    signed_manifest,
    statement,
)
from readiness_audit.model.evidence import LONGEST_EXCERPT, Plain
from readiness_audit.model.record import SCHEMA

_HASH = re.compile("[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A manifest that was signed, and the bytes that vouch for it."""

    by: PublicKey
    manifest: Manifest
    sha256: str
    """Of `manifest.json`."""

    payload: bytes
    envelope: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What was proved of a record."""

    by: PublicKey
    run: str
    system: str
    tool: str
    result: str
    judged_at: datetime
    complete: bool
    sequence: int
    previous: str | None
    manifest_sha256: str
    record_sha256: str
    files: int
    """Files that were found unchanged, the manifest not counted."""

    held_back: tuple[str, ...]
    """Excerpts that were not there, and were allowed not to be."""

    stamped: bool
    """Whether there is a time stamp; it was not looked into."""

    envelope: bytes
    """The bytes of the signature's file, which a time stamp is over."""


def prove(
    source: Source,
    keys: Sequence[PublicKey],
    revoked: Sequence[Revoked] = (),
    *,
    held_back: bool = False,
) -> Proof:
    """
    Prove that one of `keys`, which was not revoked, signed the record in `source` as it is.

    With `held_back`, excerpts may be missing. Raises `SignatureError` or another `RecordError` with
    the reason why it is not proved, and `OSError` where it cannot be read.
    """
    signed = signed_by(source, keys, revoked)
    missing = check_names(source, signed.manifest, held_back=held_back)
    parts, sizes = _parts(source, signed.manifest)
    check_statement(signed.payload, statement(parts, signed.manifest, signed.sha256))
    _check_excerpts(source, signed.manifest, sizes, frozenset(missing))
    return _told(signed, parts, missing, stamped=STAMP in source.names())


def signed_by(source: Source, keys: Sequence[PublicKey], revoked: Sequence[Revoked] = ()) -> Signed:
    """Prove who signed the manifest in `source`, and nothing of the files it lists. Raises like `prove`."""
    if SIGNATURE not in source.names():
        raise SignatureError(f"it is not signed: there is no {SIGNATURE}")
    envelope = source.read(SIGNATURE, LARGEST_ENVELOPE)
    sealed = read_envelope(envelope)
    if sealed.payload_type != PAYLOAD_TYPE:
        raise SignatureError(f"what was signed is of the type {sealed.payload_type!r:.80}, no statement")
    for gone in revoked:
        if gone.keyid == sealed.signature.key:
            told = f"it is signed with the key {gone.keyid}, which was revoked on {gone.at:%Y-%m-%d}"
            raise SignatureError(f"{told}: {gone.reason}")
    by = check(PAYLOAD_TYPE, sealed.payload, sealed.signature, keys)
    data = source.read(NAME, LARGEST)
    sha256 = hashlib.sha256(data).hexdigest()
    if signed_manifest(sealed.payload) != sha256:
        raise SignatureError(f"{NAME} is not the one that was signed")
    return Signed(
        by=by, manifest=manifest_from(data), sha256=sha256, payload=sealed.payload, envelope=envelope
    )


def check_files(source: Source, manifest: Manifest) -> None:
    """Insist that every file is the one its manifest lists, without reading what it says."""
    check_names(source, manifest)
    for listed in manifest.files:
        verified(source, listed)


def _parts(source: Source, manifest: Manifest) -> tuple[dict[str, Plain], dict[str, int]]:
    """Give what the statement is made from, and the size of each excerpt that the evidence names."""
    listed = next(listed for listed in manifest.files if listed.name == RECORD)
    parts: dict[str, Plain] = {}
    sizes: dict[str, int] = {}
    with collecting_later():
        for key, value in pieces(verified(source, listed)):
            if key in PARTS or key == "schema":
                parts[key] = value
            elif key == "system.system":
                # The rest of the system file may be long, and the statement does not quote it.
                parts["system"] = {"system": value}
            elif key == "evidence":
                sizes.update(_excerpts(value))
    check_schema(parts, SCHEMA, "record")
    return parts, sizes


def _excerpts(piece: Plain) -> dict[str, int]:
    sizes: dict[str, int] = {}
    if isinstance(piece, dict) and isinstance(shown := piece.get("excerpts", []), list):
        for one in shown:
            match one:
                case {"sha256": str(sha256), "size": int(size)} if _HASH.fullmatch(sha256):
                    sizes[sha256] = size
                case _:
                    raise RecordError("its evidence names an excerpt without a hash")
    return sizes


def _check_excerpts(
    source: Source, manifest: Manifest, sizes: dict[str, int], missing: frozenset[str]
) -> None:
    listed = {entry.name: entry for entry in manifest.files if entry.name != RECORD}
    if listed.keys() != {f"{EXCERPTS}/{sha256}" for sha256 in sizes}:
        raise RecordError("the excerpts are not those that the evidence names")
    for sha256, size in sizes.items():
        name = f"{EXCERPTS}/{sha256}"
        if name in missing:
            continue
        raw = verified(source, listed[name])
        whole = size <= LONGEST_EXCERPT
        if len(raw) != min(size, LONGEST_EXCERPT) or (whole and hashlib.sha256(raw).hexdigest() != sha256):
            raise RecordError(f"the excerpt {sha256} is not what the record says it is")


def _told(signed: Signed, parts: dict[str, Plain], missing: tuple[str, ...], *, stamped: bool) -> Proof:
    manifest = signed.manifest
    match parts:
        case {
            "origin": {"run": str(run), "tool": str(tool), "complete": bool(complete)},
            "system": {"system": str(system)},
            "decision": {"result": str(result), "judged_at": str(judged_at)},
        } if run == manifest.run and system == manifest.system:
            return Proof(
                by=signed.by,
                run=run,
                system=system,
                tool=tool,
                result=result,
                judged_at=_moment(judged_at),
                complete=complete,
                sequence=manifest.sequence,
                previous=manifest.previous,
                manifest_sha256=signed.sha256,
                record_sha256=next(one.sha256 for one in manifest.files if one.name == RECORD),
                files=len(manifest.files) - len(missing),
                held_back=missing,
                stamped=stamped,
                envelope=signed.envelope,
            )
    raise RecordError(f"the manifest belongs to another run, {manifest.run!r:.80} of {manifest.system!r:.80}")


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise RecordError("the time of the decision is not a time") from None
    if moment.tzinfo is None:
        raise RecordError("the time of the decision has no zone")
    return moment
