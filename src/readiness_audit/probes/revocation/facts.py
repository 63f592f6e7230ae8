"""What is seen about the revocation of the certificates that an endpoint shows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One OCSP response or revocation list, held against one certificate."""

    certificate: int
    """Which of the certificates, counted from 0."""

    source: str
    """`staple` (sent in the handshake), `file` (in the evidence folder), or `asked` (over the network)."""

    place: str
    """The name that was asked for, the file, or the address."""

    kind: str | None
    """`ocsp` or `crl`; None where it is neither, or nothing came."""

    counts: bool
    """
    Whether it says something: signed by the certificate's issuer or by a responder the issuer
    appointed, about this very certificate, and in force at the start of the run (RFC 6960, RFC 5280).
    That a certificate is revoked for good counts however old the statement is.
    """

    says: str | None
    """`good`, `revoked` or `unknown`, also where it does not count; None where it is silent."""

    revoked_at: str | None
    """Since when it is revoked, in UTC."""

    reason: str | None
    """Why, such as `key_compromise`, where that is said."""

    this_update: str | None
    """When what it says was known to be right, in UTC."""

    next_update: str | None
    """Until when it is in force, in UTC."""

    problem: str | None
    """Why it does not count, in one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One certificate the endpoint showed as its own, and what is known of its revocation."""

    called: str
    """The first of its names, or else its subject or fingerprint."""

    sha256: str
    """Fingerprint: SHA-256 of the certificate as it was sent, as hexadecimal digits."""

    serial: str | None
    """Serial number as hexadecimal digits."""

    lifetime_days: int | None
    """Days from its begin to its end, a begun day counted as a whole one."""

    self_signed: bool
    """Whether it is its own issuer, so that nobody else can revoke it."""

    issuer_known: bool
    """Whether its issuer's certificate was sent or is among the authorities; else nothing can be verified."""

    pointers: tuple[str, ...]
    """Addresses in it of OCSP responders and revocation lists, as written; at most 20. None is an order."""

    must_staple: bool
    """Whether it demands of its server to staple an OCSP response (RFC 7633)."""

    stapled: bool
    """Whether an OCSP response came with it in a handshake that could be read."""

    status: str
    """`good`, `revoked`, `unknown` (the authority does not know it), or `untold` where nothing counts."""

    revoked_at: str | None
    """Since when it is revoked, in UTC."""

    reason: str | None
    """Why, such as `key_compromise`, where that is said."""

    told_by: str | None
    """The source and place of the statement that decided."""

    problem: str | None
    """Why nothing is known, in one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationFacts:
    """What is known of the revocation of an endpoint's certificates."""

    starttls: str | None
    """The protocol that asked for TLS on each connection, such as `smtp`; None where TLS came at once."""

    certificate_count: int
    """How many different certificates the endpoint showed as its own; 0 where none was seen."""

    certificates: tuple[Standing, ...]
    """Each of them, in the order they were first seen."""

    statements: tuple[Statement, ...]
    """Everything that was held against each of them, also what does not count; at most 200."""

    unseen: tuple[str, ...]
    """Names for which no certificate could be seen, and why, one line each."""

    unheard: tuple[str, ...]
    """Names for which no staple could be heard, and why, one line each: TLS 1.3 sends it encrypted."""
