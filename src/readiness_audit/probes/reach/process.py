"""
Run a foreign program: no shell, bounded time, memory and output, killed and reaped with its children.

Foreign programs are optional and not trusted. That one died of a signal, said too much or
took too long is a result like any other, never an empty answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from readiness_audit.model.evidence import Reason
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.deadline import Deadline

LARGEST_OUTPUT = 64 * 2**20
LARGEST_MEMORY = 2 * 2**30
LAST_WORDS = 1.0
"""Seconds that pipes are still read, and a killed program is waited for, after the end."""

SECRET_FILE = "{secret file}"  # noqa: S105 - a placeholder, not a secret
"""An argument that becomes the path of a file descriptor holding `secret`."""

_NOT_LAUNCHED = 126
_MARK = b"\0not launched: "

# The limits must hold before the program runs, or what it starts at once is free of them. Setting
# them between fork and exec is not safe beside our threads, so a small Python of its own does it.
_LAUNCH = f"""
import os, resource, signal, sys
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
for kind, most in ((resource.RLIMIT_AS, int(sys.argv[1])), (resource.RLIMIT_CORE, 0)):
    hard = resource.getrlimit(kind)[1]
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(kind, (most, most))
try:
    os.execv(sys.argv[2], sys.argv[3:])
except (OSError, MemoryError) as error:
    os.write(2, {_MARK!r} + str(getattr(error, "strerror", "") or error).encode())
    os._exit({_NOT_LAUNCHED})
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """What became of a program that ended within its bounds."""

    program: str
    status: int
    """Its exit status; 0 and above, since death by a signal raises."""

    stdout: bytes
    stderr: bytes

    def complaint(self) -> str:
        """Give the last line it wrote to standard error, for a one-line report; no control characters."""
        lines = self.stderr.decode("utf-8", "replace").strip().splitlines()
        return _clean(lines[-1][:300]) if lines else f"exit status {self.status}"


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
    of its own; and it starts in `/`, so that no file beside us can steer it. `secret` is handed
    over on a file descriptor whose path replaces the argument `SECRET_FILE`. What it leaves
    running in its session is killed with it. Raises `CannotSee`: not installed, not startable,
    timed out, more than `most_output` bytes on either stream, or ended by a signal.
    """
    program = arguments[0].rpartition("/")[2] if arguments else ""
    command = [sys.executable, "-I", "-S", "-c", _LAUNCH, str(most_memory), _startable(arguments)]
    with _secret_file(secret) as (path, handles):
        given = [path if argument == SECRET_FILE else argument for argument in arguments]
        environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", **(env or {})}
        transport, watch = await _start([*command, *given], environment, handles, most_output)
    try:
        async with deadline.timeout():
            _feed(transport, stdin)
            await asyncio.wait({watch.ended, watch.too_much}, return_when=asyncio.FIRST_COMPLETED)
    except TimeoutError:
        detail = f"{program} did not finish within {deadline.seconds:g} s and was ended"
        raise CannotSee(Reason.TIMED_OUT, detail) from None
    finally:
        await _end(transport, watch)
    if watch.too_much.done():
        raise CannotSee(Reason.TOO_LARGE, f"{program} said more than {most_output} bytes and was ended")
    status = transport.get_returncode()
    if status is None or status < 0:
        number = -(status or 0)
        raise CannotSee(
            Reason.TOOL_FAILED, f"{program} was ended by signal {number} ({_signal_name(number)})"
        )
    if status == _NOT_LAUNCHED and watch.said(2).startswith(_MARK):
        said = _clean(watch.said(2)[len(_MARK) :].decode("utf-8", "replace"))
        raise CannotSee(Reason.TOOL_FAILED, f"{program} could not be started: {said}")
    return Finished(program=program, status=status, stdout=watch.said(1), stderr=watch.said(2))


class _Watch(asyncio.SubprocessProtocol):
    """
    Collects what a program says, and notices its end.

    asyncio's own `Process.wait` also waits until every pipe is closed, which a grandchild that
    left the session can put off for ever; the end of the program itself cannot be put off.
    """

    def __init__(self, most_output: int) -> None:
        self._said: dict[int, list[bytes]] = {1: [], 2: []}
        self._room = {1: most_output, 2: most_output}
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.too_much: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.silent: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        self._room[fd] -= len(data)
        if self._room[fd] >= 0:
            self._said[fd].append(data)
        elif not self.too_much.done():
            self.too_much.set_result(None)

    def process_exited(self) -> None:
        if not self.ended.done():
            self.ended.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        if not self.silent.done():
            self.silent.set_result(None)

    def said(self, fd: int) -> bytes:
        return b"".join(self._said[fd])


def _startable(arguments: Sequence[str]) -> str:
    if not arguments or any("\0" in argument for argument in arguments):
        raise CannotSee(Reason.TOOL_FAILED, "no program is named, or there is a NUL in its arguments")
    name = arguments[0]
    if "/" in name and os.path.isfile(name) and not os.access(name, os.X_OK):  # noqa: PTH113 - a path as given
        raise CannotSee(Reason.TOOL_FAILED, f"{_clean(name)} could not be started: it is not executable")
    return find_program(name)


async def _start(
    command: list[str], env: dict[str, str], handles: tuple[int, ...], most_output: int
) -> tuple[asyncio.SubprocessTransport, _Watch]:
    try:
        return await asyncio.get_running_loop().subprocess_exec(
            lambda: _Watch(most_output), *command, env=env, cwd="/", start_new_session=True, pass_fds=handles
        )
    except (OSError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) else error
        raise CannotSee(Reason.TOOL_FAILED, f"no program could be started: {said}") from None


def _feed(transport: asyncio.SubprocessTransport, data: bytes) -> None:
    pipe = transport.get_pipe_transport(0)
    if isinstance(pipe, asyncio.WriteTransport):
        pipe.write(data)
        pipe.close()


async def _end(transport: asyncio.SubprocessTransport, watch: _Watch) -> None:
    # The whole group goes, also after a good end: a child left behind would outlive the audit,
    # and would hold the pipes open. Then whatever is still in the pipes is read.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(transport.get_pid(), signal.SIGKILL)
    await asyncio.wait({watch.silent}, timeout=LAST_WORDS)
    transport.close()
    await asyncio.wait({watch.ended}, timeout=LAST_WORDS)


def _clean(text: str) -> str:
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text
    )


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
