"""The list of a record's files with their hashes: what a signature will be made over."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from readiness_audit.errors import RecordError
from readiness_audit.ledger.canonical import canonical, check_schema, strict
from readiness_audit.model.plain import from_plain, to_plain

SCHEMA = 1
NAME = "manifest.json"
RECORD = "record.json"
EXCERPTS = "excerpts"
SIGNATURE = "record.dsse.json"
"""Beside the manifest and not in it: a signature is made over the manifest."""

LARGEST = 64 * 2**20
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
    files: tuple[Listed, ...]
    """Sorted by name."""


def manifest_of(run: str, files: Mapping[str, bytes]) -> Manifest:
    """List files, given by their path in the record's folder."""
    return Manifest(
        schema=SCHEMA,
        run=run,
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
    manifest = from_plain(Manifest, plain)
    names = [listed.name for listed in manifest.files]
    if names != sorted(set(names)):
        raise RecordError("the manifest is not sorted, or lists a file twice")
    odd = [name for name in names if not _LISTED.fullmatch(name)]
    if odd or RECORD not in names:
        raise RecordError(f"the manifest lists {odd[0]!r:.80}" if odd else f"the manifest lists no {RECORD}")
    return manifest
