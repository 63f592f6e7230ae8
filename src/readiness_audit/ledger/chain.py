"""
Each record names the one before it, so that none can be taken out, put in or exchanged unnoticed.

The link is the SHA-256 of the `manifest.json` of the record before: it covers every file of that
record, and its own link as well. No file says where the chain ends; whoever keeps a record locks
the folder and looks. So there is nothing that a kill could leave behind or make wrong.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from readiness_audit.errors import RecordError, StorageError
from readiness_audit.ledger.disk import open_folder, read_whole
from readiness_audit.ledger.manifest import LARGEST, NAME

PATIENCE = 60.0
"""Seconds to wait for others that are keeping a record of the same system; each takes a moment."""

_PAUSE = 0.005
_TAIL = 512
# The manifest is canonical, so these keys are its end; the list of files may be long and is not read.
_END = re.compile(
    rb'\],"previous":(?:null|"[0-9a-f]{64}"),"run":"[0-9A-Za-z-]{1,40}","schema":[0-9]{1,3}'
    rb',"sequence":([0-9]{1,15}),"system":"([a-z0-9._-]{1,64})"\}$'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The newest record of a chain."""

    run: str
    sequence: int
    sha256: str
    """Of its `manifest.json`."""


@contextmanager
def alone(parent: int) -> Iterator[None]:
    """
    Keep others from adding to the chain in the open folder `parent`; a process that ends lets go of it.

    A file system without locks (some network ones) gives no answer: then a fork is possible, and
    `verify --chain` finds it. Raises `StorageError` where somebody holds on for a minute.
    """
    held = _hold(parent)
    try:
        yield
    finally:
        if held:
            fcntl.flock(parent, fcntl.LOCK_UN)


def _hold(parent: int) -> bool:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            fcntl.flock(parent, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_PAUSE)
        except OSError:
            return False
        else:
            return True
    raise StorageError(
        f"another process has been keeping a record of this system for {PATIENCE:.0f} s; end it and run again"
    )


def head_of(parent: int, system: str, runs: re.Pattern[str]) -> Head | None:
    """
    Find the newest record of `system` in the open folder `parent`; none where the chain begins.

    A record that cannot be read is passed over: it must not keep the next one from being kept.
    """
    with os.scandir(parent) as entries:
        names = [entry.name for entry in entries if runs.fullmatch(entry.name)]
    placed = [(sequence, name) for name in names if (sequence := _sequence(parent, name, system))]
    for sequence, name in sorted(placed, reverse=True):
        with contextlib.suppress(OSError, RecordError):
            folder = open_folder(name, parent)
            try:
                data = read_whole(folder, NAME, LARGEST)
            finally:
                os.close(folder)
            return Head(run=name, sequence=sequence, sha256=hashlib.sha256(data).hexdigest())
    return None


def _sequence(parent: int, name: str, system: str) -> int:
    try:
        handle = os.open(
            f"{name}/{NAME}", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=parent
        )
        try:
            size = os.fstat(handle).st_size
            end = _END.search(os.pread(handle, _TAIL, max(0, size - _TAIL)))
        finally:
            os.close(handle)
    except OSError:
        return 0
    return int(end[1]) if end and end[2].decode() == system else 0
