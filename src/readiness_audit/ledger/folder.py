"""
Keep each record in a folder of its own, which appears whole or not at all.

    <run id>/record.json         the record, canonical JSON
    <run id>/excerpts/<sha256>   raw bytes of what was seen, at most 4 KiB of each
    <run id>/manifest.json       every file above with its hash and size, and the hash of the record before
    <run id>/record.dsse.json    the signature over the manifest, where a key was given
    <run id>/record.tsr          a time stamp over the signature, where one was asked for

A folder is written under another name, written through to the disk, and then renamed. A kill
or a power cut at any instant leaves either a finished record or something to sweep away.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import shutil
from collections.abc import Callable, Container, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

from readiness_audit.errors import RecordError
from readiness_audit.ledger import chain, disk, leftovers
from readiness_audit.ledger.canonical import check_schema, collecting_later, record_bytes, record_from
from readiness_audit.ledger.manifest import (
    BESIDE,
    EXCERPTS,
    LARGEST,
    LARGEST_BESIDE,
    NAME,
    RECORD,
    SIGNATURE,
    Manifest,
    manifest_bytes,
    manifest_from,
    manifest_of,
)
from readiness_audit.ledger.pieces import pieces
from readiness_audit.ledger.sources import Source, check_names, folder_source, verified
from readiness_audit.model.evidence import LONGEST_EXCERPT, Observed, Plain
from readiness_audit.model.record import SCHEMA, Record

RUN = re.compile(r"[0-9]{8}T[0-9]{6}Z-[0-9a-f]{6}", re.ASCII)

Seal: TypeAlias = Callable[[Manifest, str], bytes]
"""Gives the bytes of the signature for a manifest and the SHA-256 of its bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A record as it was found on the disk, whole and unaltered."""

    record: Record
    folder: Path
    sha256: str
    """Of `record.json`, as hexadecimal digits: what people sign off."""


def new_run_id(started_at: datetime, random: bytes) -> str:
    """Name a run by its start in UTC and three `random` bytes: `20261123T084500Z-3f9a1c`."""
    return f"{started_at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{random[:3].hex()}"


def keep(
    record: Record,
    excerpts: Mapping[str, bytes],
    folder: Path,
    *,
    written: bytes | None = None,
    seal: Seal | None = None,
) -> Path:
    """
    Keep `record` in a new folder inside `folder`, and give the path of the new one.

    `excerpts` holds the raw bytes for the hash of each excerpt the record names, whole or already
    cut to `LONGEST_EXCERPT`; `written` is `record_bytes(record)` where that is known already;
    `seal` signs. The record follows the newest one of its system in the folder. When this
    returns, the record is on the disk; when it raises `RecordError`, nothing has been kept, and
    what was kept before is untouched.
    """
    run = record.origin.run
    if not RUN.fullmatch(run):
        raise RecordError(f"{run!r:.80} is not the id of a run")
    files = {f"{EXCERPTS}/{sha256}": raw for sha256, raw in _cut(record, excerpts).items()}
    files[RECORD] = record_bytes(record) if written is None else written
    system = record.system.system

    def last(parent: int) -> dict[str, bytes]:
        head = chain.head_of(parent, system, RUN)
        sequence, previous = (head.sequence + 1, head.sha256) if head else (1, None)
        manifest = manifest_of(run, files, system=system, sequence=sequence, previous=previous)
        data = manifest_bytes(manifest)
        if seal is None:
            return {NAME: data}
        return {NAME: data, SIGNATURE: seal(manifest, hashlib.sha256(data).hexdigest())}

    try:
        disk.make_folders(folder)
        leftovers.sweep_leftovers(folder)
        parent = disk.open_parent(folder)
        try:
            write_folder(parent, run, files, last)
        finally:
            os.close(parent)
    except OSError as error:
        if error.errno in {errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR} and os.path.lexists(folder / run):
            raise RecordError(f"{folder / run} is already there: records are never written over") from None
        raise disk.told(error, f"the record of run {run} could not be kept in {folder}") from None
    return folder / run


def read_record(path: Path) -> Record:
    """Read the record in the run folder `path`, as `open_record` does."""
    return open_record(path).record


def open_record(path: Path) -> Kept:
    """
    Read the record in the run folder `path`; the path of its `record.json` will do as well.

    Every file of the manifest is checked against its hash before anything is made of it, and what
    is parsed are the bytes that were hashed. Raises `RecordError`: a file is missing, changed, too
    many, or a link; or the record is of a newer schema.
    """
    with _opened(path) as (folder, source, manifest):
        found = {listed.name: verified(source, listed) for listed in manifest.files}
        data = found.pop(RECORD)
        record = record_from(data)
        if record.origin.run != manifest.run or manifest.system not in {"", record.system.system}:
            raise RecordError(f"the manifest belongs to another run, {manifest.run!r:.80}")
        check_place(folder, record.origin.run)
        _cut(record, {name.removeprefix(f"{EXCERPTS}/"): raw for name, raw in found.items()})
    return Kept(record=record, folder=folder, sha256=hashlib.sha256(data).hexdigest())


def read_parts(path: Path, wanted: Container[str]) -> dict[str, Plain]:
    """
    Give those parts of a record that are `wanted`, as plain data, and its schema; `pieces` has their names.

    Much faster than reading all of it. Its files are checked like those of any record that is read,
    and so is the form of all that is written; what it says beside is not looked into.
    """
    with _opened(path) as (folder, source, manifest):
        found = {listed.name: verified(source, listed) for listed in manifest.files}
        with collecting_later():
            parts = {key: value for key, value in pieces(found[RECORD]) if key in wanted or key == "schema"}
        check_schema(parts, SCHEMA, "record")
        check_place(folder, manifest.run)
    return parts


def read_excerpts(path: Path) -> dict[str, bytes]:
    """Give the raw bytes kept for each excerpt of a record, by the hash of the whole. Checked like it."""
    with _opened(path) as (_, source, manifest):
        return {
            listed.name.removeprefix(f"{EXCERPTS}/"): verified(source, listed)
            for listed in manifest.files
            if listed.name != RECORD
        }


def read_files(path: Path) -> dict[str, bytes]:
    """Give every file of a record, with its manifest and what is beside it, by name. Checked like it."""
    with _opened(path) as (_, source, manifest):
        found = {listed.name: verified(source, listed) for listed in manifest.files}
        found[NAME] = source.read(NAME, LARGEST)
        return found | {name: source.read(name, LARGEST_BESIDE) for name in BESIDE & source.names()}


def check_place(folder: Path, run: str) -> None:
    """Insist that a folder that is called like a run holds it: whoever names a run means no other."""
    name = folder.resolve().name
    if RUN.fullmatch(name) and name != run:
        raise RecordError(f"the folder is called like run {name} and holds run {run}")


def _cut(record: Record, excerpts: Mapping[str, bytes]) -> dict[str, bytes]:
    """Give what is to be kept of each excerpt; refuse what does not belong together."""
    sizes = {
        excerpt.sha256: excerpt.size
        for piece in record.evidence
        if isinstance(piece, Observed)
        for excerpt in piece.excerpts
    }
    if strangers := excerpts.keys() - sizes.keys():
        raise RecordError(f"no evidence of the record names the excerpt {min(strangers)!r:.80}")
    kept: dict[str, bytes] = {}
    for sha256, size in sizes.items():
        if not re.fullmatch("[0-9a-f]{64}", sha256):
            raise RecordError(f"{sha256!r:.80} is not the SHA-256 of an excerpt")
        if sha256 not in excerpts:
            raise RecordError(f"the excerpt {sha256} that the record names is missing")
        raw = excerpts[sha256][:LONGEST_EXCERPT]
        whole = size <= LONGEST_EXCERPT
        if len(raw) != min(size, LONGEST_EXCERPT) or (whole and hashlib.sha256(raw).hexdigest() != sha256):
            raise RecordError(f"the excerpt {sha256} is not what the record says it is")
        kept[sha256] = raw
    return kept


def write_folder(
    parent: int, run: str, files: Mapping[str, bytes], last: Callable[[int], Mapping[str, bytes]]
) -> None:
    """
    Write a new folder called `run` inside the open folder `parent`: on the disk, or not there at all.

    `last` gives the files that depend on what else is in `parent`; nothing is added there meanwhile.
    Raises `OSError`.
    """
    name, handle = _unfinished(parent, run)
    try:
        inside = -1
        if any(path.startswith(f"{EXCERPTS}/") for path in files):
            os.mkdir(EXCERPTS, 0o700, dir_fd=handle)
            inside = disk.open_folder(EXCERPTS, handle)
        try:
            places = {
                path: (inside, path.rpartition("/")[2]) if "/" in path else (handle, path) for path in files
            }
            for path, data in files.items():
                disk.write_new(*places[path], data)
            disk.sync_files(list(places.values()))
            if inside >= 0:
                os.fsync(inside)
        finally:
            if inside >= 0:
                os.close(inside)
        # What is large is on the disk by now: the others wait only for the rest.
        with chain.alone(parent):
            for path, data in (ending := last(parent)).items():
                disk.write_new(handle, path, data)
            disk.sync_files([(handle, path) for path in ending])
            os.fsync(handle)
            os.rename(name, run, src_dir_fd=parent, dst_dir_fd=parent)
            try:
                os.fsync(parent)
            except OSError:
                # Not known to be safe, so not kept; it goes the way it came, never half there.
                os.rename(run, name, src_dir_fd=parent, dst_dir_fd=parent)
                raise
    except BaseException:
        shutil.rmtree(name, ignore_errors=True, dir_fd=parent)
        raise
    finally:
        os.close(handle)


def _unfinished(parent: int, run: str) -> tuple[str, int]:
    """Make and lock a folder to write into; give its name and it, open."""
    for _ in range(100):
        name = leftovers.unfinished_name(run, os.urandom(4))
        os.mkdir(name, 0o700, dir_fd=parent)
        # Another run's sweep may come between making, opening and locking it.
        with contextlib.suppress(FileNotFoundError):
            handle = disk.open_folder(name, parent)
            if leftovers.hold(handle):
                return name, handle
            os.close(handle)
    raise OSError(errno.EAGAIN, "other runs sweep it away again and again")


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Path, Source, Manifest]]:
    """Open a run folder whose files are those of its manifest; errors inside name the folder."""
    folder = path.parent if path.name == RECORD and not path.is_dir() else path
    try:
        with folder_source(folder) as source:
            manifest = manifest_from(source.read(NAME, LARGEST))
            check_names(source, manifest)
            yield folder, source, manifest
    except OSError as error:
        # Opening a link as a folder fails as if it were a file.
        shown = OSError(errno.ELOOP, os.strerror(errno.ELOOP)) if folder.is_symlink() else error
        raise disk.told(shown, f"{folder / str(error.filename or '')} cannot be read") from None
    except RecordError as error:
        raise RecordError(f"the record {folder} cannot be used: {error}") from None
