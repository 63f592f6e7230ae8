"""Run work in a process of its own that is killed, or told that the disk is broken, at any system call."""

from __future__ import annotations

import io
import mmap
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from readiness_audit.errors import ReadinessError

FILE_CALLS = (
    *("openat", "mkdir", "mkdirat", "write", "pwrite64", "fsync", "fdatasync", "ftruncate", "rename"),
    *("renameat", "renameat2", "unlink", "unlinkat", "rmdir", "link", "linkat", "fchmod", "flock", "fcntl"),
    *("read", "pread64", "fstat", "newfstatat", "lseek", "getdents64", "close"),
)
WRITING = frozenset(
    {"mkdir", "mkdirat", "write", "pwrite64", "fsync", "fdatasync", "ftruncate"}
    | {"rename", "renameat", "renameat2", "link", "linkat"}
)
"""Calls that a full or read-only disk refuses; `openat` too, where it would make a file."""

_LINE = re.compile(r"(?:\d+ +)?(?P<name>[a-z0-9_]+)\((?P<rest>.*)")
_ROOM = 1 << 16
_WAITING, _GO = b"\x00", b"\x01"
_PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Call:
    """One system call of some work: the `number`-th of its name, from 1."""

    name: str
    number: int
    told: str = ""
    """As `strace` prints it."""

    @property
    def writes(self) -> bool:
        return self.name in WRITING or (self.name == "openat" and "O_CREAT" in self.told)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How the process ended."""

    killed: bool
    said: str
    """What the error said; empty where the work was done."""

    calls: tuple[Call, ...] = ()
    """In the order they were made; only where they were counted."""

    @property
    def done(self) -> bool:
        return not self.killed and not self.said


def calls_of(work: Callable[[], object]) -> tuple[Call, ...]:
    """Do `work`, which must succeed, and give every file-system call it makes."""
    with tempfile.NamedTemporaryFile(suffix=".strace") as log:
        ended = _started(work, ("-o", log.name), file_size=-1)()
        assert ended.done, ended.said
        counted: Counter[str] = Counter()
        calls = []
        for line in Path(log.name).read_text(errors="replace").splitlines():
            # The end of a call that another thread interrupted is no call of its own.
            if (match := _LINE.match(line)) and match["name"] in FILE_CALLS:
                counted[match["name"]] += 1
                calls.append(Call(match["name"], counted[match["name"]], match["rest"]))
    return tuple(calls)


def start(
    work: Callable[[], object], *, at: Call | None = None, error: str = "", file_size: int = -1
) -> Callable[[], Ended]:
    """
    Begin `work` in a child; gives what waits for its end.

    At the call `at` the child is killed, or that call fails with `error`, such as `ENOSPC`.
    """
    if at is None:
        return _started(work, None, file_size=file_size)
    does = f"error={error}" if error else "signal=KILL"
    return _started(
        work, ("-o", "/dev/null", "-e", f"inject={at.name}:{does}:when={at.number}"), file_size=file_size
    )


def run(work: Callable[[], object], *, at: Call | None = None, error: str = "", file_size: int = -1) -> Ended:
    """Do `work` in a child, as `start` says, and wait for it."""
    return start(work, at=at, error=error, file_size=file_size)()


def run_with_disk_broken_from(
    work: Callable[[], object], calls: Sequence[Call], first: int, error: str
) -> Ended:
    """Do `work` in a child where every writing call from `calls[first]` on fails with `error`."""
    before = Counter(call.name for call in calls[:first])
    flags = [f"inject={name}:error={error}:when={before[name] + 1}+" for name in sorted(WRITING)]
    chosen = calls[first]
    if chosen.name == "openat":
        # Only files that would be made: a full disk can still be read.
        flags.append(f"inject=openat:error={error}:when={chosen.number}")
    return _started(work, ("-o", "/dev/null", *(part for flag in flags for part in ("-e", flag))))()


def _started(
    work: Callable[[], object], traced: Sequence[str] | None, *, file_size: int = -1
) -> Callable[[], Ended]:
    # What parent and child say to each other must not be system calls: those are what is counted.
    shared = mmap.mmap(-1, _ROOM)
    child = os.fork()
    if child == 0:
        _live(work, shared, file_size)
    tracer = _attached(child, traced) if traced is not None else None
    shared[:1] = _GO

    def wait() -> Ended:
        _, status = os.waitpid(child, 0)
        if tracer is not None:
            _, told = tracer.communicate(timeout=_PATIENCE)
            assert not told, told
        said = shared[2:].partition(b"\0")[0].decode()
        if os.WIFSIGNALED(status):
            assert os.WTERMSIG(status) == signal.SIGKILL
            return Ended(killed=True, said="")
        assert os.WEXITSTATUS(status) == 0, said
        return Ended(killed=False, said=said)

    return wait


def _attached(child: int, flags: Sequence[str]) -> subprocess.Popen[str]:
    """Let `strace` follow the child and its threads; it has begun when this returns."""
    words = ["strace", "-f", "-y", "-qq", "-s", "200", "-e", f"trace={','.join(FILE_CALLS)}", *flags]
    tracer = subprocess.Popen([*words, "-p", str(child)], stderr=subprocess.PIPE, text=True)
    end = time.monotonic() + _PATIENCE
    while "TracerPid:\t0\n" in Path(f"/proc/{child}/status").read_text():
        assert tracer.poll() is None, tracer.communicate()[1]
        assert time.monotonic() < end
        time.sleep(0.0005)
    return tracer


def _live(work: Callable[[], object], shared: mmap.mmap, file_size: int) -> None:
    status, said = 0, ""
    try:
        if file_size >= 0:
            resource.setrlimit(resource.RLIMIT_FSIZE, (file_size, file_size))
        sys.stdout, sys.stderr = (io.TextIOWrapper(io.BytesIO()) for _ in range(2))
        while shared[:1] == _WAITING:
            time.sleep(0.0005)
        work()
    except (ReadinessError, OSError) as problem:
        # The command line makes one sentence of either.
        said = str(problem)
    except BaseException as bug:  # noqa: BLE001 - the parent has to hear of it, whatever it is
        status, said = 1, repr(bug)
    with suppress(BaseException):
        raw = said.encode()[: _ROOM - 3]
        shared[2 : 2 + len(raw)] = raw
    os._exit(status)
