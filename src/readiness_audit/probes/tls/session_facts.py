"""What the probe `tls-sessions` brings back."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeHandshake:
    """A handshake to its end, with TLS 1.3 alone or with everything older."""

    offered: str
    """`TLSv1.3`, or `older` for TLS 1.2 and what is before it."""

    state: str
    """`ended`; `refused`, where none of these versions is accepted; `unclear`."""

    version: str | None
    """The version that was agreed on; None without a handshake."""

    tickets: int
    """How many session tickets came."""

    listened: bool
    """
    Whether tickets were waited for until the server answered or had kept silent for 0.7 seconds; False
    where it broke off instead, or wanted a certificate of ours.
    """

    answer: str
    """What became of it, in one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionTicket:
    """What a server gives a client to come back with (RFC 5077; RFC 8446, section 4.6.1)."""

    version: str
    lifetime: int
    """Seconds that it says it will be taken for; 0 in TLS 1.2 where it does not say."""

    early_data: int
    """Bytes that may be sent along before any handshake (0-RTT); 0 for none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolAnswer:
    """What the server made of one protocol that alone was offered to be spoken inside (ALPN, RFC 7301)."""

    offered: str
    """`h2`, `http/1.1`, or `readiness-audit`, which nobody speaks."""

    state: str
    """`chosen`; `ignored`, where the handshake ended without a choice; `refused`; `unclear`."""

    answer: str
    """What became of it, in one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NameAnswer:
    """What the server made of a name it does not have, or of none (SNI, RFC 6066)."""

    asked: str
    """`none`, or `unknown` for a name that nobody has."""

    state: str
    """`same` certificate as for its own name; `other`; `refused` with an alert; `unclear`."""

    certificate: str | None
    """SHA-256 of the certificate that was shown."""

    answer: str
    """What became of it, in one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionsFacts:
    """What only shows once a handshake has come to its end."""

    starttls: str | None
    """The protocol that asked for TLS on each connection, such as `smtp`; None where TLS came at once."""

    handshakes: tuple[WholeHandshake, ...]
    """Two: TLS 1.3 alone, and everything older."""

    unclear: int
    """How many of these are unclear, or were not listened to until the tickets could have come."""

    tickets: tuple[SessionTicket, ...]
    ticket_count: int
    longest_lifetime: int | None
    """Seconds; None where no ticket came."""

    early_data: str
    """`yes` where a ticket of TLS 1.3 lets data in early (0-RTT), `no`, `unclear`, `not_applicable`."""

    renegotiation: str
    """
    Whether a client may agree on keys anew within a connection, up to TLS 1.2: `accepted`, `refused`,
    `unclear`, or `not_applicable` where only TLS 1.3 is accepted.
    """

    renegotiation_answer: str
    """What became of trying it, in one line."""

    stapling: str
    """`yes` where the certificate's status came along (OCSP), in any version; `no`, `unclear`."""

    protocols: tuple[ProtocolAnswer, ...]
    """One for each that was offered; none where the service is not taken for HTTPS."""

    names: tuple[NameAnswer, ...]
