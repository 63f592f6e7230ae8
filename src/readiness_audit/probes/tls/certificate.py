"""Read a certificate into facts, field by field: one that cannot be read does not cost the others."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa

from readiness_audit.probes.tls.names import San, san_of

MOST_NAMES = 200
"""Names of one certificate that are kept as facts; all of them are matched."""

_LONGEST_NAME = 500
_DAY = 86400

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """One certificate that a server sent. What could not be read is None and named in `unreadable`."""

    chain: int
    """Which of the chains it was sent in, counted from 0."""

    position: int
    """0 for the server's own certificate, then in the order they were sent."""

    sha256: str
    """Fingerprint: SHA-256 of the certificate as it was sent, as hexadecimal digits."""

    subject: str | None
    """Whom it is for, in one line (RFC 4514)."""

    issuer: str | None
    """Who signed it, in one line (RFC 4514)."""

    serial: str | None
    """Serial number as hexadecimal digits."""

    not_before: str | None
    """From when on it is valid, in UTC."""

    not_after: str | None
    """Until when it is valid, in UTC."""

    validity: str | None
    """Where the start of the run lies in its validity: `not-begun`, `running` or `over`."""

    days_left: int | None
    """Whole days from the start of the run until it expires; negative once it has."""

    seconds_left: int | None
    """Seconds from the start of the run until it expires; negative once it has."""

    lifetime_days: int | None
    """Days from its begin to its end, a begun day counted as a whole one; its last second is not counted."""

    dns_names: tuple[str, ...]
    """DNS names it is for, from its subject alternative names; at most 200 of them."""

    ip_addresses: tuple[str, ...]
    """IP addresses it is for, from its subject alternative names; at most 200 of them."""

    name_count: int | None
    """How many DNS names and addresses it is for; 0 where it has none."""

    key: str | None
    """Kind of its public key: `RSA`, `EC`, `Ed25519`, `Ed448`, `DSA`, or another's object identifier."""

    key_bits: int | None
    """Length of its public key in bits; for curves, of the curve."""

    curve: str | None
    """Name of the curve of an EC key; None for keys of other kinds."""

    signature_hash: str | None
    """Hash its signature is made with, as `sha256`; that is `sha512` for Ed25519, `shake256` for Ed448."""

    signature_algorithm: str | None
    """Its signature's algorithm, by name, or by object identifier where it has no known name."""

    is_ca: bool | None
    """Whether it says of itself that it may sign certificates (basic constraints)."""

    self_signed: bool | None
    """Whether it is issued by its own subject and, as far as that can be checked, signed by its own key."""

    unreadable: tuple[str, ...]
    """Fields that could not be read; `certificate` where nothing could be."""

    trouble: str | None
    """What is wrong with the first of them, in one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A certificate as it was sent, and as far as the library could make sense of it."""

    der: bytes
    parsed: x509.Certificate | None
    trouble: str | None = None

    @property
    def sha256(self) -> str:
        """The fingerprint."""
        return hashlib.sha256(self.der).hexdigest()


def load(der: bytes) -> Loaded:
    """Make sense of a certificate's bytes, or keep the reason why there is none."""
    problem: list[str] = []
    parsed = guarded(lambda: x509.load_der_x509_certificate(der), problem)
    return Loaded(der=der, parsed=parsed, trouble=problem[0] if problem else None)


def facts_of(loaded: Loaded, *, chain: int, position: int, now: datetime) -> Certificate:
    """Read every field of a certificate that can be read; days count from `now`."""
    reading = _Reading(loaded)
    begin = reading.field("not_before", lambda found: found.not_valid_before_utc)
    end = reading.field("not_after", lambda found: found.not_valid_after_utc)
    left = None if end is None else int((end - now).total_seconds() // 1)
    lifetime = None if begin is None or end is None else int((end - begin).total_seconds())
    san = reading.field("names", san_of)
    kind, bits, curve = reading.field("key", _key) or (None, None, None)
    return Certificate(
        chain=chain,
        position=position,
        sha256=loaded.sha256,
        subject=reading.field("subject", lambda found: one_line(found.subject)),
        issuer=reading.field("issuer", lambda found: one_line(found.issuer)),
        serial=reading.field("serial", lambda found: format(found.serial_number, "x")),
        not_before=_moment(begin),
        not_after=_moment(end),
        validity=_validity(begin, end, now),
        days_left=None if left is None else left // _DAY,
        seconds_left=left,
        lifetime_days=None if lifetime is None else -(-lifetime // _DAY),
        dns_names=san.dns[:MOST_NAMES] if san else (),
        ip_addresses=tuple(map(str, san.addresses[:MOST_NAMES])) if san else (),
        name_count=_count(san),
        key=kind,
        key_bits=bits,
        curve=curve,
        signature_hash=reading.field("signature_hash", _signature_hash),
        signature_algorithm=reading.field("signature_algorithm", _signature_algorithm),
        is_ca=reading.field("is_ca", says_it_is_ca),
        self_signed=reading.field("self_signed", is_self_signed),
        unreadable=tuple(reading.unreadable),
        trouble=reading.trouble,
    )


def one_line(name: x509.Name) -> str:
    """Write a distinguished name as one line (RFC 4514), at most 500 characters of it."""
    return name.rfc4514_string()[:_LONGEST_NAME]


def says_it_is_ca(certificate: x509.Certificate) -> bool:
    """Say whether the basic constraints allow it to sign certificates."""
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def is_self_signed(certificate: x509.Certificate) -> bool:
    """Say whether a certificate is its own issuer, by name and, where the library knows how, by signature."""
    if certificate.subject != certificate.issuer:
        return False
    try:
        certificate.verify_directly_issued_by(certificate)
    except InvalidSignature:
        return False
    except Exception:  # noqa: BLE001 - an algorithm the library no longer checks, such as SHA-1: the name decides
        return True
    return True


class _Reading:
    """Reads field after field, and remembers which ones could not be read."""

    def __init__(self, loaded: Loaded) -> None:
        self._parsed = loaded.parsed
        self.trouble = loaded.trouble
        self.unreadable: list[str] = [] if loaded.parsed else ["certificate"]

    def field(self, name: str, read: Callable[[x509.Certificate], T]) -> T | None:
        parsed = self._parsed
        if parsed is None:
            return None
        problem: list[str] = []
        value = guarded(lambda: read(parsed), problem)
        if problem:
            self.unreadable.append(name)
            self.trouble = self.trouble or f"{name}: {problem[0]}"
        return value


def guarded(read: Callable[[], T], problem: list[str]) -> T | None:
    """Give what `read` gives; where it raises, give None and add one line to `problem`."""
    # The library warns of what it will refuse one day, such as negative serial numbers: to us a fact.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return read()
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # noqa: BLE001 - hostile input raises everything, a panic in Rust included
            problem.append(" ".join(f"{type(error).__name__}: {error}".split())[:300])
            return None


def _key(certificate: x509.Certificate) -> tuple[str, int | None, str | None]:
    match certificate.public_key():
        case rsa.RSAPublicKey(key_size=bits):
            return "RSA", bits, None
        case dsa.DSAPublicKey(key_size=bits):
            return "DSA", bits, None
        case ec.EllipticCurvePublicKey(curve=curve):
            return "EC", curve.key_size, curve.name
        case ed25519.Ed25519PublicKey():
            return "Ed25519", 256, None
        case ed448.Ed448PublicKey():
            return "Ed448", 456, None
    return certificate.public_key_algorithm_oid.dotted_string, None, None


def rsa_key_of(der: bytes) -> tuple[int, int] | None:
    """Give modulus and exponent of a certificate's RSA key; None where it has none that can be read."""
    key = guarded(lambda: x509.load_der_x509_certificate(der).public_key(), [])
    if not isinstance(key, rsa.RSAPublicKey):
        return None
    numbers = key.public_numbers()
    return numbers.n, numbers.e


def curve_of(certificate: x509.Certificate) -> str | None:
    """Name the curve of its key, the way `cryptography` does; None for any other kind of key."""
    return _key(certificate)[2]


def _signature_hash(certificate: x509.Certificate) -> str:
    algorithm = certificate.signature_hash_algorithm
    if algorithm is not None:
        return algorithm.name
    own = {"1.3.101.112": "sha512", "1.3.101.113": "shake256"}
    # ML-DSA and its kin hash with SHAKE256 inside.
    return own.get(certificate.signature_algorithm_oid.dotted_string, "shake256")


def _signature_algorithm(certificate: x509.Certificate) -> str:
    oid = certificate.signature_algorithm_oid
    return oid.dotted_string if oid._name == "Unknown OID" else oid._name  # noqa: SLF001 - it has no public name


def _validity(begin: datetime | None, end: datetime | None, now: datetime) -> str | None:
    if begin is None or end is None:
        return None
    return "not-begun" if now < begin else "over" if now > end else "running"


def _moment(when: datetime | None) -> str | None:
    return None if when is None else when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _count(san: San | None) -> int | None:
    return None if san is None else len(san.dns) + len(san.addresses)
