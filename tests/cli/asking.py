"""Ask the command line, and take down what it says."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pytest

from readiness_audit.cli import main


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the command line said."""

    status: int
    raw: bytes
    """Standard output."""

    err: str

    @property
    def out(self) -> str:
        return self.raw.decode()

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


def asked(capture: pytest.CaptureFixture[bytes], words: Sequence[str]) -> Said:
    """Ask in this process."""
    capture.readouterr()
    with pytest.raises(SystemExit) as left:
        main(list(words))
    out, err = capture.readouterr()
    return Said(status=int(left.value.code or 0), raw=out, err=err.decode())


def started(words: Sequence[str], seconds: float = 20, env: Mapping[str, str] | None = None) -> Said:
    """Ask in a process of its own, as a shell would; a hang fails the test."""
    done = subprocess.run(
        [sys.executable, "-m", "readiness_audit", *words],
        capture_output=True,
        timeout=seconds,
        check=False,
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
    )
    return Said(status=done.returncode, raw=done.stdout, err=done.stderr.decode())
