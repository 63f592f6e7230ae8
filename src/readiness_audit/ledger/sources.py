"""What a record can be read from: a folder, or the files of a zip that were read already."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from readiness_audit.errors import RecordError
from readiness_audit.ledger import disk
from readiness_audit.ledger.canonical import LARGEST_RECORD
from readiness_audit.ledger.manifest import BESIDE, EXCERPTS, NAME, RECORD, Listed, Manifest
from readiness_audit.model.evidence import LONGEST_EXCERPT


class Source(Protocol):
    """The files of one record, by their path in its folder."""

    def names(self) -> frozenset[str]:
        """Give everything that is there."""

    def read(self, name: str, limit: int) -> bytes:
        """Give the bytes of one file. Raises `OSError`, or `RecordError`: too large, or no file."""


class FolderSource:
    """A run's folder, open; links in it are not followed."""

    def __init__(self, folder: int, excerpts: int | None) -> None:
        self._folder, self._excerpts = folder, excerpts

    def names(self) -> frozenset[str]:
        """Give everything that is there, whatever it is."""
        with os.scandir(self._folder) as entries:
            found = {_named(entry) for entry in entries}
        if self._excerpts is not None:
            found.discard(EXCERPTS)
            with os.scandir(self._excerpts) as entries:
                found |= {f"{EXCERPTS}/{entry.name}" for entry in entries}
        return frozenset(found)

    def read(self, name: str, limit: int) -> bytes:
        """Give the bytes of one regular file."""
        where, _, inside = name.rpartition("/")
        if not where:
            return disk.read_whole(self._folder, name, limit)
        if self._excerpts is None:
            raise FileNotFoundError(name)
        return disk.read_whole(self._excerpts, inside, limit)


class FilesSource:
    """Files that were read already."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files

    def names(self) -> frozenset[str]:
        """Give everything that is there."""
        return frozenset(self._files)

    def read(self, name: str, limit: int) -> bytes:
        """Give the bytes of one file."""
        if name not in self._files:
            raise RecordError(f"{name} is missing")
        if len(self._files[name]) > limit:
            raise RecordError(f"{name} is larger than {limit} bytes")
        return self._files[name]


@contextmanager
def folder_source(folder: Path) -> Iterator[FolderSource]:
    """Open a run's folder to be read. Raises `OSError`."""
    with contextlib.ExitStack() as open_ones:
        handle = disk.open_folder(folder)
        open_ones.callback(os.close, handle)
        excerpts = None
        with contextlib.suppress(FileNotFoundError):
            if stat.S_ISDIR(os.stat(EXCERPTS, dir_fd=handle, follow_symlinks=False).st_mode):
                excerpts = disk.open_folder(EXCERPTS, handle)
                open_ones.callback(os.close, excerpts)
        yield FolderSource(handle, excerpts)


def check_names(source: Source, manifest: Manifest, *, held_back: bool = False) -> tuple[str, ...]:
    """
    Insist that a record holds what its manifest lists, and nothing else.

    Where excerpts may be `held_back`, their names are given. Raises `RecordError`.
    """
    found = source.names() - BESIDE - {NAME}
    listed = {entry.name for entry in manifest.files}
    if extra := found - listed:
        raise RecordError(f"it holds {min(extra)!r:.80}, which its manifest does not list")
    gone = sorted(listed - found)
    if gone and (not held_back or RECORD in gone):
        raise RecordError(f"{RECORD if RECORD in gone else gone[0]} is missing")
    return tuple(gone)


def verified(source: Source, listed: Listed) -> bytes:
    """Give the bytes of a listed file. Raises `RecordError` where they are not those that were listed."""
    data = source.read(listed.name, LARGEST_RECORD if listed.name == RECORD else LONGEST_EXCERPT)
    if len(data) != listed.size or hashlib.sha256(data).hexdigest() != listed.sha256:
        raise RecordError(f"{listed.name} was changed after the record was kept")
    return data


def _named(entry: os.DirEntry[str]) -> str:
    # A signature that is no file is none of ours.
    return (
        entry.name if entry.name not in BESIDE or entry.is_file(follow_symlinks=False) else f"{entry.name}/"
    )
