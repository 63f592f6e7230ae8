"""Read public keys as SSH servers show them (RFC 4253 section 6.6, RFC 5656, RFC 8709)."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from readiness_audit.probes.network.wire import Cursor, Garbled

FAMILIES: Mapping[str, str] = {
    "ssh-ed25519": "ssh-ed25519",
    "ssh-ed448": "ssh-ed448",
    "ecdsa-sha2-nistp256": "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384": "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521": "ecdsa-sha2-nistp521",
    "rsa-sha2-512": "ssh-rsa",
    "rsa-sha2-256": "ssh-rsa",
    "ssh-rsa": "ssh-rsa",
    "ssh-dss": "ssh-dss",
}
"""Which type of key an algorithm for signatures goes with: one RSA key serves three of them."""

_EDWARDS = {"ssh-ed25519": (32, 256), "ssh-ed448": (57, 448)}
_CURVES = {"nistp256": (65, 256), "nistp384": (97, 384), "nistp521": (133, 521)}
_TOKENS = {
    "sk-ssh-ed25519@openssh.com": "ssh-ed25519",
    "sk-ecdsa-sha2-nistp256@openssh.com": "ecdsa-sha2-nistp256",
}
"""Keys that live in a token (OpenSSH, PROTOCOL.u2f): an application's name follows."""

_MOST_BITS = 32_768


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """A key, as far as it can be told from its bytes."""

    type: str
    bits: int
    fingerprint: str
    """SHA-256 of its bytes, as `ssh-keygen -l` writes it."""


def read_key(blob: bytes) -> PublicKey:
    """Read a public key; raises `Garbled` where it is of no type we know, or not whole."""
    key = Cursor(blob)
    kind = key.vector(4).decode("latin-1")
    if kind in _EDWARDS:
        bytes_, bits = _EDWARDS[kind]
        if len(key.vector(4)) != bytes_:
            raise Garbled(f"a key of type {kind} that is not {bytes_} bytes long")
    elif kind.startswith("ecdsa-sha2-"):
        bits = _curve(kind, key)
    elif kind in _TOKENS:
        bits = _token(kind, key)
    elif kind == "ssh-rsa":
        _positive(key)
        bits = _positive(key).bit_length()
    elif kind == "ssh-dss":
        bits = _positive(key).bit_length()
        for _ in range(3):
            _positive(key)
    else:
        raise Garbled("a key of a type that is not known")
    if key.left():
        raise Garbled(f"bytes follow the key of type {kind}")
    if bits > _MOST_BITS:
        raise Garbled(f"a key of {bits} bits")
    digest = base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
    return PublicKey(type=kind, bits=bits, fingerprint=f"SHA256:{digest}")


def positive(data: bytes) -> int:
    """Read a whole number above zero (RFC 4251 section 5, `mpint`); raises `Garbled`."""
    if not data or data[0] & 0x80 or not any(data):
        raise Garbled("a number in a key is not above zero")
    return int.from_bytes(data)


def _positive(key: Cursor) -> int:
    return positive(key.vector(4))


def _token(kind: str, key: Cursor) -> int:
    plain = _TOKENS[kind]
    if plain in _EDWARDS:
        bytes_, bits = _EDWARDS[plain]
        if len(key.vector(4)) != bytes_:
            raise Garbled(f"a key of type {kind} that is not {bytes_} bytes long")
    else:
        bits = _curve(plain, key)
    key.vector(4)
    return bits


def _curve(kind: str, key: Cursor) -> int:
    name = key.vector(4).decode("latin-1")
    if kind != f"ecdsa-sha2-{name}" or name not in _CURVES:
        raise Garbled("a key on a curve that is not known")
    bytes_, bits = _CURVES[name]
    point = key.vector(4)
    if len(point) != bytes_ or point[0] != 4:  # noqa: PLR2004 - an uncompressed point, as RFC 5656 asks
        raise Garbled(f"a key of type {kind} whose point is not whole")
    return bits
