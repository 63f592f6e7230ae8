"""
The list of a record's files with their hashes, and its place in the chain: what a signature is made over.

Schema 1 knew no chain; such a manifest is read as it was written, with sequence 0.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from readiness_audit.errors import RecordError
from readiness_audit.ledger.canonical import canonical, check_schema, strict
from readiness_audit.model.plain import from_plain, to_plain

SCHEMA = 2
NAME = "manifest.json"
RECORD = "record.json"
EXCERPTS = "excerpts"
SIGNATURE = "record.dsse.json"
"""Beside the manifest and not in it: a signature is made over the manifest."""

STAMP = "record.tsr"
"""A time stamp over the signature (RFC 3161), as the authority sent it."""

BESIDE = frozenset({SIGNATURE, STAMP})
LARGEST_BESIDE = 2**20
LARGEST = 64 * 2**20
_HASH = re.compile("[0-9a-f]{64}", re.ASCII)
_LISTED = re.compile(r"record\.json|excerpts/[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One file of a record."""

    name: str
    """Path in the record's folder."""

    sha256: str
    """Of the bytes as they are kept, as hexadecimal digits."""

    size: int
    """Bytes as they are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """Every file of a record but the manifest itself and what is signed over it."""

    schema: int
    run: str
    system: str
    """Id of the system; empty in schema 1."""

    sequence: int
    """Place among the records of the system in this folder, counted from 1; 0 in schema 1."""

    previous: str | None
    """SHA-256 of the `manifest.json` of the record before; none where the chain begins."""

    files: tuple[Listed, ...]
    """Sorted by name."""


def manifest_of(
    run: str, files: Mapping[str, bytes], *, system: str, sequence: int, previous: str | None
) -> Manifest:
    """List files, given by their path in the record's folder, and say what they follow."""
    return Manifest(
        schema=SCHEMA,
        run=run,
        system=system,
        sequence=sequence,
        previous=previous,
        files=tuple(
            Listed(name=name, sha256=hashlib.sha256(data).hexdigest(), size=len(data))
            for name, data in sorted(files.items())
        ),
    )


def manifest_bytes(manifest: Manifest) -> bytes:
    """Give the bytes of `manifest.json`."""
    return canonical(to_plain(manifest))


def manifest_from(data: bytes) -> Manifest:
    """Read `manifest.json`. Raises `RecordError`: not canonical, newer, unsorted, or listing odd names."""
    plain = strict(data, LARGEST)
    check_schema(plain, SCHEMA, "manifest")
    if isinstance(plain, dict) and plain["schema"] == 1:
        if unknown := {"system", "sequence", "previous"} & plain.keys():
            raise RecordError(f"the manifest has schema 1 and yet says {min(unknown)!r}")
        plain = {**plain, "system": "", "sequence": 0, "previous": None}
    manifest = from_plain(Manifest, plain)
    _check_place(manifest)
    names = [listed.name for listed in manifest.files]
    if names != sorted(set(names)):
        raise RecordError("the manifest is not sorted, or lists a file twice")
    odd = [name for name in names if not _LISTED.fullmatch(name)]
    if odd or RECORD not in names:
        raise RecordError(f"the manifest lists {odd[0]!r:.80}" if odd else f"the manifest lists no {RECORD}")
    return manifest


def _check_place(manifest: Manifest) -> None:
    if manifest.schema == 1:
        return
    if manifest.sequence < 1 or (manifest.sequence == 1) != (manifest.previous is None):
        raise RecordError(f"the manifest's place in the chain, {manifest.sequence}, makes no sense")
    if manifest.previous is not None and not _HASH.fullmatch(manifest.previous):
        raise RecordError("the manifest names no hash as the one before")
