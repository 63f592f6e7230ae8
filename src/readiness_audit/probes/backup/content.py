"""Tell from its first bytes whether a file is encrypted, where that can be told at all."""

from __future__ import annotations

ENOUGH = 512
"""Bytes from the beginning that are needed."""

_LOCKED = (
    b"age-encryption.org/v1\n",
    b"-----BEGIN AGE ENCRYPTED FILE-----",
    b"-----BEGIN PGP MESSAGE-----",
    b"Salted__",  # openssl enc
    b"LUKS\xba\xbe",
)
_OPEN = (
    b"\x1f\x8b",  # gzip
    b"\x28\xb5\x2f\xfd",  # zstd
    b"\xfd7zXZ\x00",
    b"BZh",
    b"\x04\x22\x4d\x18",  # lz4
    b"SQLite format 3\x00",
    b"PGDMP",
    b"-- ",  # SQL dumps begin with a comment
    b"/*",
)
_TAR_MARK = slice(257, 262)
_ZIP = b"PK\x03\x04"
_ZIP_FLAGS = 6


def is_encrypted(beginning: bytes) -> bool | None:
    """Say yes for age, armoured OpenPGP, `openssl enc`, LUKS; no for what opens without a key; else None."""
    if beginning.startswith(_LOCKED):
        return True
    if beginning.startswith(_OPEN) or beginning[_TAR_MARK] == b"ustar":
        return False
    if beginning.startswith(_ZIP) and len(beginning) > _ZIP_FLAGS:
        return bool(beginning[_ZIP_FLAGS] & 1)
    return None
