"""What looks bring back: facts, or the reason there are none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

Plain: TypeAlias = "str | int | float | bool | list[Plain] | dict[str, Plain] | None"
"""Data that JSON can hold; what evidence is kept, signed and judged as."""

LONGEST_EXCERPT = 4096
"""Bytes kept of what a target said, so that an auditor can see it."""


class Reason(StrEnum):
    """Why a look showed nothing, or why a check could not be judged."""

    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    TIMED_OUT = "timed-out"
    DENIED = "denied"
    NOT_FOUND = "not-found"
    EMPTY = "empty"
    UNREADABLE = "unreadable"
    TOO_LARGE = "too-large"
    TOOL_MISSING = "tool-missing"
    TOOL_FAILED = "tool-failed"
    OUT_OF_SCOPE = "out-of-scope"
    OUTSIDE_WINDOW = "outside-window"
    INTERRUPTED = "interrupted"
    BROKEN_PROBE = "broken-probe"
    FROM_THE_FUTURE = "from-the-future"
    OTHER_VANTAGE = "other-vantage"
    OTHER_MACHINE = "other-machine"
    NO_TARGET = "no-target"
    NOT_ASSESSABLE = "not-assessable"
    BROKEN_EXPRESSION = "broken-expression"
    CONTRADICTED = "contradicted"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Look:
    """One planned use of one probe on one target."""

    probe: str
    target: str

    @property
    def id(self) -> str:
        """Name it for records and reports."""
        return f"{self.probe}:{self.target}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """A piece of what a target said, kept raw beside the record under its hash."""

    label: str
    """What it is, in the probe's words: `certificate 0`, `risks.csv`."""

    sha256: str
    """Of the whole thing, as hexadecimal digits."""

    size: int
    """Bytes of the whole thing; at most `LONGEST_EXCERPT` of them are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What a probe saw."""

    look: Look
    taken_at: datetime
    tool: str
    """What looked, with its version: `readiness-audit 0.1.0`, `nmap 7.93`."""

    facts: Mapping[str, Plain]
    """Plain data only, so that it can be signed, kept, and judged again."""

    excerpts: tuple[Excerpt, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A look that showed nothing."""

    look: Look
    taken_at: datetime
    reason: Reason
    detail: str
    """One line for the report; never a traceback."""


Evidence: TypeAlias = Observed | Missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Something that was touched in the network: one line of the connection log."""

    look: str
    at: datetime
    host: str
    """As declared."""

    address: str
    """As resolved, once for the whole run."""

    ports: str
    """One port, or the ranges of a sweep: `22,80,443,8000-8100`."""

    protocol: str
    connections: int
    outcome: str
    """`connected`, `refused`, `timed out`, `swept`, `out of scope`, ..."""
