"""What the probe `tls-flaws` brings back."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsFlaw:
    """One known flaw of TLS or its implementations, and whether the server has it."""

    name: str
    """
    `heartbleed`, `ccs-injection`, `ticketbleed`, `robot`, `drown`, `poodle`, `sweet32`, `logjam`, `freak` or
    `crime`.
    """

    number: str
    """Its number in the list of known vulnerabilities: `CVE-2014-0160`."""

    state: str
    """
    `absent`, `present`, `unclear` where the server kept silent, hung up or spoke something else, or
    `not-looked-at` where what the flaw needs is there in a form that is not tried: heartbeats of a server
    that wants to be sent none, and keys of an export grade or beside a pre-shared one.
    """

    told_by: str
    """What that is told by, in one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlawsFacts:
    """Known flaws of a TLS server, as far as they can be seen without doing harm."""

    starttls: str | None
    """The protocol that asked for TLS on each connection, such as `smtp`; None where TLS came at once."""

    flaws: tuple[TlsFlaw, ...]
    """All ten of them, present or not."""

    present: int
    """How many are present."""

    unclear: int
    not_looked_at: int
    """How many would have to be looked at in another way, such as with testssl.sh or sslyze."""

    ruled_out: int
    """
    How many were not tried: the server ended a handshake in TLS 1.3, which has no place for them, and
    clearly refuses everything older.
    """

    ticket_lifetime: int | None
    """
    Seconds that a session ticket of TLS 1.2 says it is good for (RFC 5077), 0 where it does not say; None
    where no ticket was given or seen.
    """

    scan: str | None
    """The program whose scan was read beside, with its version, such as `sslyze 6.3.1`; None for none."""

    scanned_at: str | None
    """When that scan was made."""

    connections: int
    """How many connections were made."""
