"""
Unfinished record folders: how they are named, and how those of dead runs are cleared away.

A run holds a lock on its unfinished folder; the system drops the lock when the process
ends, however it ends. No clock and no process id is asked, so nothing can be mistaken.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
from pathlib import Path

from readiness_audit.ledger.disk import open_folder, open_parent

_LEFT = re.compile(r"\.[0-9]{8}T[0-9]{6}Z-[0-9a-f]{6}\.part-[0-9a-f]{8}", re.ASCII)


def unfinished_name(run: str, random: bytes) -> str:
    """Name the folder a run is written into before it is finished; `random` is four bytes."""
    return f".{run}.part-{random.hex()}"


def hold(folder: int) -> bool:
    """
    Lock an open unfinished folder until it is closed; say whether it is ours.

    False where a sweep was faster, and the folder is about to go away. A file system without
    locks (some network ones) gives no answer: then it is ours, and no sweep will touch it.
    """
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return os.fstat(folder).st_nlink > 0


def sweep_leftovers(folder: Path) -> int:
    """
    Clear away what dead runs left in `folder`, and say how many.

    A leftover that cannot be removed stays: it blocks nothing.
    """
    swept = 0
    with contextlib.suppress(OSError):
        here = open_parent(folder)
        try:
            with os.scandir(here) as entries:
                names = [entry.name for entry in entries if _LEFT.fullmatch(entry.name)]
            swept = sum(_swept(here, name) for name in names)
        finally:
            os.close(here)
    return swept


def _swept(here: int, name: str) -> bool:
    try:
        left = open_folder(name, here)
    except OSError:
        return False
    try:
        fcntl.flock(left, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Between listing and locking, its run may have finished and renamed it.
        if os.path.samestat(os.fstat(left), os.stat(name, dir_fd=here, follow_symlinks=False)):
            shutil.rmtree(name, dir_fd=here)
            return True
    except OSError:
        return False
    finally:
        os.close(left)
    return False
