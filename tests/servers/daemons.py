"""Start a real daemon in the foreground, wait for its ports, and end it with all it started."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.servers.listener import wait_until_open


@contextlib.contextmanager
def daemon(
    command: Sequence[str], *ports: int, log: Path, user: str | None = None, stop: int = signal.SIGTERM
) -> Iterator[subprocess.Popen[bytes]]:
    """Run until the end of the block; what it says goes to `log`, which an assertion quotes."""
    with (
        log.open("wb") as said,
        subprocess.Popen(
            command, stdout=said, stderr=said, stdin=subprocess.DEVNULL, user=user, start_new_session=True
        ) as process,
    ):
        try:
            for port in ports:
                try:
                    wait_until_open(port)
                except AssertionError as error:
                    raise AssertionError(f"{error}; {command[0]} said: {log.read_text()[-2000:]}") from None
            yield process
        finally:
            process.send_signal(stop)
            try:
                process.wait(10)
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
