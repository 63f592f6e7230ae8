"""What one OCSP response or revocation list says of one certificate, and whether that counts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes

CLOCKS_DIFFER = timedelta(minutes=5)
"""How far the clock of an authority may be ahead of ours."""

FORGEABLE = (hashes.MD5, hashes.SHA1)
"""What anybody with some money can make a second text for."""

ON_HOLD = "certificate_hold"


class Doubt(Exception):  # noqa: N818 - reads as what it is
    """Why a statement does not count, in one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a statement says of a certificate."""

    kind: str | None
    says: str | None = None
    revoked_at: datetime | None = None
    reason: str | None = None
    this_update: datetime | None = None
    next_update: datetime | None = None
    problem: str | None = None

    @property
    def counts(self) -> bool:
        """Whether it says something that may be relied on."""
        return self.problem is None and self.says is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The certificate in question, and who issued it."""

    certificate: x509.Certificate
    issuer: x509.Certificate


def dated(told: Told, now: datetime) -> Told:
    """Say whether the statement is in force at `now`; that something is revoked for good stays so."""
    if told.this_update is not None and told.this_update > now + CLOCKS_DIFFER:
        return replace(told, problem=f"it is from the future: {moment(told.this_update)}")
    if told.says == "revoked" and told.reason != ON_HOLD:
        return told
    if told.next_update is None:
        return replace(told, problem="it does not say until when it is in force")
    if told.next_update < now:
        return replace(told, problem=f"it was in force until {moment(told.next_update)}")
    return told


def check_hash(algorithm: hashes.HashAlgorithm | None) -> None:
    """Raise `Doubt` where the signature's hash proves nothing."""
    if isinstance(algorithm, FORGEABLE):
        raise Doubt(f"its signature is made with {algorithm.name}, which can be forged")


def reason_of(flag: x509.ReasonFlags | None) -> str | None:
    """Name a reason the way these facts do."""
    return None if flag is None else flag.name


def moment(when: datetime) -> str:
    """Write a moment in UTC."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
