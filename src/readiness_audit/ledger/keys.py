"""
Ed25519 keys (RFC 8032) and their files: PEM as openssl writes and reads it.

A private key is PKCS#8, with a passphrase where one is given, and for its owner alone. A public
one is a SubjectPublicKeyInfo; its id is the SHA-256 of that as DER, so anybody can work it out.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import re
import stat
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from readiness_audit.errors import SigningKeyError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

LARGEST = 16 * 1024
"""Bytes of a key file."""

# RFC 8410: what comes before the 32 bytes of a public Ed25519 key.
_SPKI = bytes.fromhex("302a300506032b6570032100")
_SIZE = len(_SPKI) + 32
_PUBLIC = re.compile(
    rb"\s*-----BEGIN PUBLIC KEY-----\r?\n([A-Za-z0-9+/=\r\n]{1,200})-----END PUBLIC KEY-----\s*"
)
_READ = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """What anybody may have, to check signatures with."""

    der: bytes
    """SubjectPublicKeyInfo."""

    name: str = ""
    """Whose it is, as whoever trusts it says."""

    def __post_init__(self) -> None:
        if len(self.der) != _SIZE or not self.der.startswith(_SPKI):
            raise SigningKeyError("it is not an Ed25519 key")

    @property
    def keyid(self) -> str:
        """Name it: SHA-256 of the DER, as hexadecimal digits."""
        return hashlib.sha256(self.der).hexdigest()

    @property
    def pem(self) -> bytes:
        """Write it as openssl does."""
        body = base64.b64encode(self.der)
        return b"-----BEGIN PUBLIC KEY-----\n" + body + b"\n-----END PUBLIC KEY-----\n"

    def crypto(self) -> Ed25519PublicKey:
        """Give it as the library for cryptography has it."""
        from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415 - heavy

        return ed25519.Ed25519PublicKey.from_public_bytes(self.der[len(_SPKI) :])


class PrivateKey:
    """What only its owner has. Shows no more of itself than the id of its public half."""

    def __init__(self, crypto: Ed25519PrivateKey) -> None:
        """Take a key that was made or read."""
        self.crypto = crypto

    def __repr__(self) -> str:
        """Say which one it is."""
        return f"<private key {self.public.keyid}>"

    @cached_property
    def public(self) -> PublicKey:
        """The half to give away."""
        return PublicKey(der=_SPKI + self.crypto.public_key().public_bytes_raw())

    def pem(self, passphrase: bytes | None) -> bytes:
        """Write it as openssl does, encrypted where there is a passphrase."""
        from cryptography.hazmat.primitives import serialization as form  # noqa: PLC0415 - heavy

        locked = form.BestAvailableEncryption(passphrase) if passphrase else form.NoEncryption()
        return self.crypto.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, locked)


def new_key() -> PrivateKey:
    """Make a key."""
    from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415 - heavy

    return PrivateKey(ed25519.Ed25519PrivateKey.generate())


def public_key(data: bytes, name: str = "") -> PublicKey:
    """Read a public key from PEM. Raises `SigningKeyError` for anything else, a private key above all."""
    if b"PRIVATE KEY" in data:
        raise SigningKeyError("it is a private key; keep it to yourself, and take the public one")
    found = _PUBLIC.fullmatch(data)
    try:
        der = (
            base64.b64decode(found[1].replace(b"\r", b"").replace(b"\n", b""), validate=True)
            if found
            else b""
        )
    except binascii.Error:
        der = b""
    return PublicKey(der=der, name=name)


def is_locked(data: bytes) -> bool:
    """Say whether a private key in PEM needs a passphrase."""
    return b"-----BEGIN ENCRYPTED PRIVATE KEY-----" in data


def private_key(data: bytes, passphrase: bytes | None) -> PrivateKey:
    """Read a private key from PEM. Raises `SigningKeyError`: wrong passphrase, or no Ed25519 key."""
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - heavy
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - heavy
    from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415 - heavy

    if is_locked(data) and not passphrase:
        raise SigningKeyError("it needs its passphrase: say where that is kept, with --passphrase")
    try:
        crypto = serialization.load_pem_private_key(data, passphrase if is_locked(data) else None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        told = (
            "the passphrase is wrong, or the file is damaged"
            if is_locked(data)
            else "it is not a private key"
        )
        raise SigningKeyError(told) from None
    if not isinstance(crypto, ed25519.Ed25519PrivateKey):
        raise SigningKeyError("it is not an Ed25519 key; `readiness-audit keys new` makes one")
    return PrivateKey(crypto)


def read_key_file(path: Path, *, private: bool) -> bytes:
    """
    Read a key's file.

    Raises `SigningKeyError`: not there, no regular file, too large; or private, and open to others.
    """
    try:
        handle = os.open(path, _READ)
    except (OSError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) else "that is not a file name"
        raise SigningKeyError(f"the key {path} cannot be read: {said}") from None
    try:
        about = os.fstat(handle)
        if not stat.S_ISREG(about.st_mode) or about.st_size > LARGEST:
            raise SigningKeyError(f"the key {path} cannot be read: it is not the file of a key")
        if private and about.st_mode & 0o077:
            mode = stat.S_IMODE(about.st_mode)
            told = f"the key {path} can be read or changed by others (mode {mode:04o})"
            raise SigningKeyError(f"{told}: chmod 600 it, and think of whether it is still a secret")
        if private and about.st_uid not in {os.geteuid(), 0}:
            raise SigningKeyError(f"the key {path} belongs to somebody else")
        return os.read(handle, LARGEST)
    finally:
        os.close(handle)
