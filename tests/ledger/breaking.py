"""Run work in a process of its own that is killed, or told that the disk is broken, at its n-th call."""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from readiness_audit.errors import RecordError

CALLS = ("open", "mkdir", "write", "fsync", "rename", "unlink", "rmdir", "stat", "fstat", "scandir", "close")
NEVER = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How the process ended."""

    killed: bool
    said: str
    """What the `RecordError` said; empty where the work was done."""

    calls: int
    """System calls made; known only where it was not killed."""

    @property
    def done(self) -> bool:
        return not self.killed and not self.said


def start(
    work: Callable[[], object], *, at: int = NEVER, error: int = 0, file_size: int = -1
) -> Callable[[], Ended]:
    """
    Begin `work` in a child; gives what waits for its end.

    Before file-system call number `at` (from 0) the child is killed, or that call fails with `error`.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _live(work, at, error, file_size, writing)
    os.close(writing)

    def wait() -> Ended:
        with os.fdopen(reading, "rb") as pipe:
            told = pipe.read().decode()
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            assert os.WTERMSIG(status) == signal.SIGKILL
            return Ended(killed=True, said="", calls=0)
        assert os.WEXITSTATUS(status) == 0, told
        calls, _, said = told.partition(" ")
        return Ended(killed=False, said=said, calls=int(calls))

    return wait


def run(work: Callable[[], object], *, at: int = NEVER, error: int = 0, file_size: int = -1) -> Ended:
    """Do `work` in a child, as `start` says, and wait for it."""
    return start(work, at=at, error=error, file_size=file_size)()


def _live(work: Callable[[], object], at: int, error: int, file_size: int, pipe: int) -> None:
    status, said, breaking = 0, "", _Breaking(at, error)
    try:
        if file_size >= 0:
            resource.setrlimit(resource.RLIMIT_FSIZE, (file_size, file_size))
        with breaking:
            work()
    except RecordError as problem:
        said = str(problem)
    except BaseException as bug:  # noqa: BLE001 - the parent has to hear of it, whatever it is
        status, said = 1, repr(bug)
    os.write(pipe, f"{breaking.calls} {said}".encode())
    os._exit(status)


class _Breaking:
    """Stands in for the calls of `os` and counts them."""

    def __init__(self, at: int, error: int) -> None:
        self.at, self.error, self.calls = at, error, 0
        self.real = {name: getattr(os, name) for name in CALLS}

    def __enter__(self) -> None:
        for name in CALLS:
            setattr(os, name, partial(self.call, name))

    def __exit__(self, *_: object) -> None:
        for name, real in self.real.items():
            setattr(os, name, real)

    def call(self, name: str, *args: Any, **named: Any) -> Any:  # noqa: ANN401 - any of the calls
        self.calls += 1
        if self.calls - 1 == self.at:
            if not self.error:
                os.kill(os.getpid(), signal.SIGKILL)
            if name != "close":
                raise OSError(self.error, os.strerror(self.error))
        return self.real[name](*args, **named)
