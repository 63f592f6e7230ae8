"""Follow the chain of records: whether any was changed, taken out, put in or exchanged."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from readiness_audit.errors import RecordError, SignatureError
from readiness_audit.ledger.disk import told
from readiness_audit.ledger.folder import RUN
from readiness_audit.ledger.keyring import Revoked
from readiness_audit.ledger.keys import PublicKey
from readiness_audit.ledger.manifest import LARGEST, NAME, Manifest, manifest_from
from readiness_audit.ledger.proof import check_files, signed_by
from readiness_audit.ledger.pruning import PRUNED
from readiness_audit.ledger.sources import folder_source


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One record of a chain, its files as its manifest lists them."""

    run: str
    manifest: Manifest
    sha256: str
    signed: bool
    """By one of the keys given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """A history that is whole, as far as it is proved."""

    newest: Link
    """The last one that is signed; it vouches for all before it."""

    pruned: int
    """Records that were deleted; what is left of them has its place in the chain."""

    before: int
    """Records of before records were chained, for which nobody vouches."""


def lineage(
    folder: Path, system: str, keys: Sequence[PublicKey], revoked: Sequence[Revoked], head: str | None
) -> Lineage:
    """
    Prove that the records of `system` in `folder` are an unbroken chain from the first one on.

    `head` is the hash of a manifest that somebody kept elsewhere, and which has to be in it. Raises
    `SignatureError` or another `RecordError` naming the run where the chain breaks.
    """
    kept = _runs_in(folder)
    found = [_link(folder / run, keys, revoked) for run in kept]
    # Of a record that was deleted, its place in the chain is left; one that is there as well is whole.
    left = [run for run in _runs_in(folder / PRUNED) if run not in kept]
    found += [_link(folder / PRUNED / run, keys, revoked, whole=False) for run in left]
    chained = [link for link in found if link.manifest.schema > 1]
    links = sorted(
        (link for link in chained if link.manifest.system == system), key=lambda link: link.manifest.sequence
    )
    _check_order(links)
    if not links or not links[-1].signed:
        # A later signature would vouch for it; without one, whoever strips signatures could rewrite the end.
        told_of = f"run {links[-1].run}" if links else "there is none, which"
        raise SignatureError(f"the newest record, {told_of}, is not signed with one of the keys given")
    if head is not None and head not in {link.sha256 for link in links}:
        raise SignatureError(f"the record with the manifest {head:.64} is not in the history: it was cut off")
    return Lineage(newest=links[-1], pruned=len(left), before=len(found) - len(chained))


def _check_order(links: Sequence[Link]) -> None:
    before: str | None = None
    for expected, link in enumerate(links, 1):
        sequence = link.manifest.sequence
        if sequence < expected:
            raise SignatureError(f"two records have the number {sequence}; one of them is run {link.run}")
        if sequence > expected:
            gone = str(expected) if sequence == expected + 1 else f"{expected} to {sequence - 1}"
            raise SignatureError(f"the history lacks number {gone}, before run {link.run}")
        if link.manifest.previous != before:
            raise SignatureError(f"run {link.run} does not follow the record before it: one was exchanged")
        before = link.sha256


def _runs_in(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in entries if RUN.fullmatch(entry.name))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise told(error, f"the records in {folder} cannot be listed") from None


def _link(path: Path, keys: Sequence[PublicKey], revoked: Sequence[Revoked], *, whole: bool = True) -> Link:
    run = path.name
    try:
        with folder_source(path) as source:
            data = source.read(NAME, LARGEST)
            manifest = manifest_from(data)
            if manifest.run != run:
                raise SignatureError(f"it is run {manifest.run:.40}, under another name")
            if whole:
                check_files(source, manifest)
            try:
                signed_by(source, keys, revoked)
                signed = True
            except SignatureError:
                signed = False
    except OSError as error:
        raise told(error, f"the record {path} cannot be read") from None
    except RecordError as error:
        raise SignatureError(f"the history is broken at run {run}: {error}") from None
    return Link(run=run, manifest=manifest, sha256=hashlib.sha256(data).hexdigest(), signed=signed)
