"""What is to be done on a host that somebody logs in to, and what came of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

_MOST_COMPLAINTS = 4096
_STDERR = 1


@dataclass(slots=True, kw_only=True)
class Errand:
    """What is to be done there, and what came of it so far."""

    user: str
    key: bytes
    """The private key as it is kept."""

    trusted: frozenset[str]
    """Fingerprints of the host's keys."""

    command: str
    stdin: bytes
    room: int
    """Bytes that may still be said; below 0 where there was more."""

    shown: str = ""
    """Type and fingerprint of the key the host showed."""

    stdout: list[bytes] = field(default_factory=list)
    stderr: list[bytes] = field(default_factory=list)
    status: int | None = None
    """The exit status of the command; None where the host tells none."""

    ended: asyncio.Event = field(default_factory=asyncio.Event)

    def hear(self, data: bytes, kind: int | None) -> None:
        """Take what the command said, up to the limit."""
        if kind == _STDERR:
            if sum(map(len, self.stderr)) < _MOST_COMPLAINTS:
                self.stderr.append(data[:_MOST_COMPLAINTS])
            return
        self.room -= len(data)
        if self.room < 0:
            self.ended.set()
        else:
            self.stdout.append(data)

    def complaint(self) -> str:
        """Give the last line the command wrote to standard error; no control characters."""
        lines = b"".join(self.stderr).decode("utf-8", "replace").strip().splitlines()
        return "".join(letter if letter.isprintable() else "?" for letter in lines[-1][:200]) if lines else ""
