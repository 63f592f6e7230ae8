"""Certificates for tests: good ones, odd ones, and ones no library would make."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.x509.oid import NameOID

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey
Extension = tuple[x509.ExtensionType, bool]

NOW = datetime.now(UTC).replace(microsecond=0)
AUTHORITY: Extension = (x509.BasicConstraints(ca=True, path_length=None), True)


@dataclass(frozen=True)
class Made:
    certificate: x509.Certificate
    key: Key
    name: str

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)


def curve_key() -> Key:
    return ec.generate_private_key(ec.SECP256R1())


def weak_key() -> Key:
    return rsa.generate_private_key(65537, 1024)  # noqa: S505 - that it is too short is what it is for


def names(*dns: str) -> Extension:
    return x509.SubjectAlternativeName([x509.DNSName(name) for name in dns]), False


def make(
    name: str,
    issuer: Made | None = None,
    extensions: Sequence[Extension] = (),
    *,
    key: Key | None = None,
    begins: datetime = NOW - timedelta(days=10),
    ends: datetime = NOW + timedelta(days=80),
    signed_by: Key | None = None,
    public: rsa.RSAPublicKey | None = None,
) -> Made:
    key = key or curve_key()
    signer = signed_by or (issuer.key if issuer else key)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_called(name))
        .issuer_name(_called(issuer.name if issuer else name))
        .public_key(public or key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    modern = isinstance(signer, ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey)
    return Made(builder.sign(signer, None if modern else hashes.SHA256()), key, name)


def authority(
    name: str = "Test Root",
    issuer: Made | None = None,
    *,
    begins: datetime = NOW - timedelta(days=10),
    ends: datetime = NOW + timedelta(days=80),
) -> Made:
    return make(name, issuer, [AUTHORITY], begins=begins, ends=ends)


def write(path: Path, leaf: Made, *others: Made | bytes) -> Path:
    """Write the leaf's key, the leaf, and the other certificates, as servers want them."""
    key = leaf.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    chain = b"".join(other.pem if isinstance(other, Made) else pem(other) for other in others)
    path.write_bytes(key + leaf.pem + chain)
    path.with_suffix(".others").write_bytes(chain)
    return path


def pem(der: bytes) -> bytes:
    return b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(der) + b"-----END CERTIFICATE-----\n"


def by_openssl(folder: Path, *options: str) -> bytes:
    """Let openssl make a self-signed certificate, as DER, with what the library no longer makes."""
    made = folder / "made.der"
    command = ["openssl", "req", "-x509", "-nodes", "-keyout", str(folder / "made.key"), "-outform", "DER"]
    command += ["-out", str(made), "-days", "30", "-subj", "/CN=odd.example", *options]
    subprocess.run(command, check=True, capture_output=True)
    return made.read_bytes()


def told_by_openssl(der: bytes, *options: str) -> str:
    """What `openssl x509` says of a certificate: the independent reading."""
    done = subprocess.run(
        ["openssl", "x509", "-inform", "DER", "-noout", *options], input=der, capture_output=True, check=True
    )
    return done.stdout.decode().strip()


def _called(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
