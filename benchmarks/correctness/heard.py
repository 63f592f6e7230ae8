"""What one tool said of the servers, in one shape for all tools."""

from __future__ import annotations

import hashlib
import ssl
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

Pairs = set[tuple[str, str]]


@dataclass
class Heard:
    """Everything a tool said of a set of servers, by the servers' ids."""

    seconds: float
    said: dict[str, list[str]] = field(default_factory=dict)
    """What it calls wrong, line by line; data that merely lets a reader conclude is not among it."""

    versions: dict[str, set[str]] = field(default_factory=dict)
    pairs: dict[str, Pairs] = field(default_factory=dict)
    """Version and suite, by its name in the registry."""

    leaves: dict[str, str] = field(default_factory=dict)
    """SHA-256 of the server's own certificate."""


def timed(
    command: Sequence[str], env: Mapping[str, str] | None = None, seconds: float = 400
) -> tuple[float, str]:
    """Run a tool, whatever status it ends with, and give the seconds and what it printed."""
    begun = time.monotonic()
    done = subprocess.run(
        command,
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=seconds,
        env=env,
        text=True,
        errors="replace",
    )
    return time.monotonic() - begun, done.stdout


def sha256_of(pem: str) -> str:
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem.strip() + "\n")).hexdigest()
