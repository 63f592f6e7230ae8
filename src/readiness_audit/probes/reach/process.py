"""
Run a foreign program: no shell, bounded time, memory and output, killed and reaped with its children.

Foreign programs are optional and not trusted. That one died of a signal, said too much or
took too long is a result like any other, never an empty answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import shutil
import signal
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from readiness_audit.model.evidence import Reason
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.deadline import Deadline

LARGEST_OUTPUT = 64 * 2**20
LARGEST_MEMORY = 2 * 2**30
SECRET_FILE = "{secret file}"  # noqa: S105 - a placeholder, not a secret
"""An argument that becomes the path of a file descriptor holding `secret`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """What became of a program that ended within its bounds."""

    program: str
    status: int
    """Its exit status; 0 and above, since death by a signal raises."""

    stdout: bytes
    stderr: bytes

    def complaint(self) -> str:
        """Give the last line it wrote to standard error, for a one-line report."""
        lines = self.stderr.decode("utf-8", "replace").strip().splitlines()
        return lines[-1][:300] if lines else f"exit status {self.status}"


def find_program(name: str) -> str:
    """Give the absolute path of a program, or raise `CannotSee` where it is not installed."""
    path = shutil.which(name)
    if path is None:
        raise CannotSee(Reason.TOOL_MISSING, f"the program {name} is not installed")
    return os.path.abspath(path)  # noqa: PTH100 - a link on PATH must keep its own name


async def run(
    arguments: Sequence[str],
    deadline: Deadline,
    *,
    stdin: bytes = b"",
    secret: bytes | None = None,
    env: Mapping[str, str] | None = None,
    most_output: int = LARGEST_OUTPUT,
    most_memory: int = LARGEST_MEMORY,
) -> Finished:
    """
    Run `arguments` and wait for the end, at most as long as `deadline` allows.

    The program gets no environment but PATH, a plain locale and `env`; no terminal; a session
    of its own. `secret` is handed over on a file descriptor whose path replaces the argument
    `SECRET_FILE`. Raises `CannotSee`: not installed, timed out, more than `most_output` bytes,
    or ended by a signal.
    """
    program = arguments[0].rpartition("/")[2]
    with _secret_file(secret) as (path, handles):
        given = [path if argument == SECRET_FILE else argument for argument in arguments]
        try:
            process = await asyncio.create_subprocess_exec(
                *given,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", **(env or {})},
                start_new_session=True,
                pass_fds=handles,
            )
        except FileNotFoundError:
            raise CannotSee(Reason.TOOL_MISSING, f"the program {program} is not installed") from None
        except OSError as error:
            detail = f"{program} could not be started: {error.strerror or error}"
            raise CannotSee(Reason.TOOL_FAILED, detail) from None
    try:
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(process.pid, resource.RLIMIT_AS, (most_memory, most_memory))
            resource.prlimit(process.pid, resource.RLIMIT_CORE, (0, 0))
        async with deadline.timeout():
            stdout, stderr, _ = await asyncio.gather(
                _read(process.stdout, most_output, program),
                _read(process.stderr, most_output, program),
                _feed(process.stdin, stdin),
            )
            status = await process.wait()
    except TimeoutError:
        detail = f"{program} did not finish within {deadline.seconds:g} s and was ended"
        raise CannotSee(Reason.TIMED_OUT, detail) from None
    finally:
        await _end(process)
    if status < 0:
        raise CannotSee(
            Reason.TOOL_FAILED, f"{program} was ended by signal {-status} ({_signal_name(-status)})"
        )
    return Finished(program=program, status=status, stdout=stdout, stderr=stderr)


async def _read(stream: asyncio.StreamReader | None, most: int, program: str) -> bytes:
    assert stream is not None  # noqa: S101 - asked for with PIPE above
    pieces: list[bytes] = []
    while piece := await stream.read(2**16):
        pieces.append(piece)
        most -= len(piece)
        if most < 0:
            raise CannotSee(Reason.TOO_LARGE, f"{program} said more than it may and was ended")
    return b"".join(pieces)


async def _feed(stream: asyncio.StreamWriter | None, data: bytes) -> None:
    assert stream is not None  # noqa: S101 - asked for with PIPE above
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        stream.write(data)
        await stream.drain()
    stream.close()


async def _end(process: asyncio.subprocess.Process) -> None:
    # The whole group goes, also after a good end: a child left behind would outlive the audit.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    await asyncio.shield(process.wait())


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "unknown"


@contextlib.contextmanager
def _secret_file(secret: bytes | None) -> Iterator[tuple[str, tuple[int, ...]]]:
    if secret is None:
        yield "", ()
        return
    handle = os.memfd_create("secret", 0)
    try:
        os.write(handle, secret)
        os.lseek(handle, 0, os.SEEK_SET)
        yield f"/dev/fd/{handle}", (handle,)
    finally:
        os.close(handle)
