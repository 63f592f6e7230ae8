"""What is asked of a service over UDP, and what its answer means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from readiness_audit.probes.network.wire import Garbled

LONGEST_WORDS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What an answer says."""

    granted: bool
    """Whether it gives what was asked for."""

    words: str | None = None
    """What it says of itself, in one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """One harmless question, as one datagram."""

    name: str
    port: int
    datagram: bytes
    read: Callable[[bytes], Told]
    """Reads one datagram that came back; raises `Garbled` where it is no answer to this question."""

    counts_all: bool = False
    """Whether one answer may come as many datagrams, which are all to be counted."""

    any_port: bool = False
    """Whether the answer comes from another port than was asked."""

    def answered_by(self, datagram: bytes) -> bool:
        """Say whether this is an answer to the question."""
        try:
            self.read(datagram)
        except Garbled:
            return False
        return True


def one_line(data: bytes) -> str | None:
    """Give bytes a service sent as one printable line, cut to 200 characters; None where nothing is left."""
    text = " ".join(data[: 4 * LONGEST_WORDS].decode("utf-8", "replace").split())
    return "".join(letter if letter.isprintable() else "?" for letter in text)[:LONGEST_WORDS] or None
