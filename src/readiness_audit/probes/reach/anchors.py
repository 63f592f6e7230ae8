"""The certificate authorities this machine trusts, as bytes."""

from __future__ import annotations

import ssl
from pathlib import Path

LARGEST_STORE = 16 * 2**20
_MOST_FILES = 5000


def machine_anchors() -> bytes:
    """
    Give the machine's trust store as PEM text, or nothing where it has none.

    It is where OpenSSL looks: one file, or else the files of one folder; the operator may
    point elsewhere with SSL_CERT_FILE and SSL_CERT_DIR.
    """
    paths = ssl.get_default_verify_paths()
    if paths.cafile and (data := _read(Path(paths.cafile))):
        return data
    if not paths.capath:
        return b""
    files = sorted(Path(paths.capath).iterdir())[:_MOST_FILES]
    return b"\n".join(filter(None, map(_read, files)))[:LARGEST_STORE]


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LARGEST_STORE)
    except OSError:
        return b""
