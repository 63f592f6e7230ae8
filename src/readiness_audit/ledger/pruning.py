"""
Delete old records so that their place in the chain can still be proved.

    <runs>/pruned/<run id>/manifest.json     what the record held, by hash, and the record before
    <runs>/pruned/<run id>/record.dsse.json  its signature, where it had one
    <runs>/pruned/<run id>/record.tsr        its time stamp, where it had one

These are on the disk before anything is deleted, so a kill leaves a record that is whole, or one
that was pruned, or both; where it is both, pruning it again ends it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path

from readiness_audit.errors import RecordError, StorageError
from readiness_audit.ledger import disk, leftovers
from readiness_audit.ledger.folder import RUN, write_folder
from readiness_audit.ledger.history import Entry
from readiness_audit.ledger.home import runs_of
from readiness_audit.ledger.manifest import BESIDE, LARGEST, NAME, manifest_from

PRUNED = "pruned"


def prunable(
    entries: Sequence[Entry], *, finished_before: datetime, keeping: int, today: date
) -> tuple[Entry, ...]:
    """
    Choose the runs that may be deleted, oldest first.

    Of each system these stay: the newest `keeping` (at least one), the newest that was finished and
    looked for itself, and every one whose release is valid `today` or later.
    """
    by_system: dict[str, list[Entry]] = {}
    for entry in sorted(entries, key=lambda entry: (entry.finished, entry.run), reverse=True):
        by_system.setdefault(entry.system, []).append(entry)
    chosen = [
        entry
        for newest_first in by_system.values()
        for entry in newest_first[max(1, keeping) :]
        if entry.finished < finished_before
        and entry is not _last_finished(newest_first)
        and (entry.valid_until is None or entry.valid_until < today)
    ]
    return tuple(sorted(chosen, key=lambda entry: (entry.finished, entry.run)))


def _last_finished(newest_first: Iterable[Entry]) -> Entry | None:
    looked = (entry for entry in newest_first if entry.complete and entry.judged_from is None)
    return next(looked, None)


def prune(home: Path, system: str, run: str) -> None:
    """
    Delete one kept record, all but what proves its place in the chain.

    Raises `RecordError` where it cannot be read, and `StorageError` where the disk refuses; then it
    is still there.
    """
    runs = runs_of(home, system)
    try:
        parent = disk.open_parent(runs)
        try:
            left = _what_stays(parent, run)
            _put_aside(runs / PRUNED, run, left)
            _take_away(parent, run)
        finally:
            os.close(parent)
    except OSError as error:
        raise StorageError(str(disk.told(error, f"{runs / run} could not be pruned"))) from None


def _what_stays(parent: int, run: str) -> dict[str, bytes]:
    if not RUN.fullmatch(run):
        raise RecordError(f"{run!r:.80} is not the id of a run")
    folder = disk.open_folder(run, parent)
    try:
        left = {NAME: disk.read_whole(folder, NAME, LARGEST)}
        if manifest_from(left[NAME]).run != run:
            raise RecordError(f"the folder {run} holds the record of another run")
        for name in BESIDE:
            with contextlib.suppress(FileNotFoundError):
                left[name] = disk.read_whole(folder, name, LARGEST)
    finally:
        os.close(folder)
    return left


def _put_aside(pruned: Path, run: str, left: dict[str, bytes]) -> None:
    disk.make_folders(pruned)
    leftovers.sweep_leftovers(pruned)
    aside = disk.open_parent(pruned)
    try:
        # There already, where somebody was killed between the two steps.
        if not os.path.lexists(pruned / run):
            write_folder(aside, run, left, lambda _: {})
        there = disk.open_folder(run, aside)
        try:
            if disk.read_whole(there, NAME, LARGEST) != left[NAME]:
                raise RecordError(f"{pruned / run} is there and belongs to another record: look at it first")
        finally:
            os.close(there)
    finally:
        os.close(aside)


def _take_away(parent: int, run: str) -> None:
    # Under a leftover's name it is nobody's record any more, and whoever sweeps next ends what we could not.
    gone = leftovers.unfinished_name(run, os.urandom(4))
    os.rename(run, gone, src_dir_fd=parent, dst_dir_fd=parent)
    os.fsync(parent)
    with contextlib.suppress(OSError):
        shutil.rmtree(gone, dir_fd=parent)
