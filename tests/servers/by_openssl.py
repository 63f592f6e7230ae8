"""
What a server accepts, by one whole handshake of OpenSSL for each suite and group: the independent answer.

Suites up to TLS 1.2 are tried by Python's ssl module, which is OpenSSL without a process for each of
several hundred handshakes; the rest by `openssl s_client`.
"""

from __future__ import annotations

import functools
import socket
import ssl
import subprocess
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

OPTIONS = {"TLSv1.0": "-tls1", "TLSv1.1": "-tls1_1", "TLSv1.2": "-tls1_2", "TLSv1.3": "-tls1_3"}
GROUPS = (
    "X25519",
    "P-256",
    "P-384",
    "P-521",
    "X448",
    "brainpoolP256r1",
    "brainpoolP384r1",
    "brainpoolP512r1",
)
GROUPS_13 = (*GROUPS[:5], "ffdhe2048", "ffdhe3072", "ffdhe4096", "ffdhe6144", "ffdhe8192")
_VERSIONS = {
    "TLSv1.0": ssl.TLSVersion.TLSv1,
    "TLSv1.1": ssl.TLSVersion.TLSv1_1,
    "TLSv1.2": ssl.TLSVersion.TLSv1_2,
}
_NEWEST = (
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"
    ":TLS_AES_128_CCM_SHA256:TLS_AES_128_CCM_8_SHA256"
)
NAMES = {"X25519": "x25519", "P-256": "secp256r1", "P-384": "secp384r1", "P-521": "secp521r1", "X448": "x448"}


def suites(port: int, *versions: str) -> set[tuple[str, str]]:
    """Give each pair of version and suite (by its name in the registry) that a handshake succeeds with."""
    asked = [(version, ours, theirs) for version in versions for ours, theirs in known(version)]

    def succeeds(one: tuple[str, str, str]) -> bool:
        version, _, theirs = one
        if version == "TLSv1.3":
            return shakes_hands(port, OPTIONS[version], "-ciphersuites", theirs)
        return _shakes_hands_older(port, version, theirs)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(succeeds, asked))
    return {(version, ours) for (version, ours, _), good in zip(asked, answers, strict=True) if good}


def key_of(port: int, *options: str) -> str:
    """Give what openssl says the key of the handshake was agreed in, such as `ECDH, prime256v1, 256 bits`."""
    done = subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", *options],
        input=b"",
        capture_output=True,
        check=True,
    )
    lines = done.stdout.decode().splitlines()
    return next(line.partition(": ")[2] for line in lines if line.startswith("Server Temp Key"))


def groups(port: int, version: str, asked: Sequence[str], *beside: str) -> set[str]:
    """Give each group that a handshake succeeds with; `beside` are options such as a cipher list."""

    def succeeds(group: str) -> bool:
        return shakes_hands(port, OPTIONS[version], "-groups", group, *beside)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(succeeds, asked))
    return {NAMES.get(group, group) for group, good in zip(asked, answers, strict=True) if good}


def shakes_hands(port: int, *options: str) -> bool:
    done = subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", *options],
        input=b"",
        capture_output=True,
        check=False,
    )
    return done.returncode == 0


def _shakes_hands_older(port: int, version: str, suite: str) -> bool:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = _VERSIONS[version]
    try:
        context.set_ciphers(f"{suite}:@SECLEVEL=0")
        with (
            socket.create_connection(("127.0.0.1", port), timeout=10) as raw,
            context.wrap_socket(raw) as secured,
        ):
            return secured.cipher() is not None
    except OSError:
        return False


@functools.cache
def known(version: str) -> tuple[tuple[str, str], ...]:
    """Give every suite this openssl can speak in a version, by both its names."""
    limits = (
        ["-tls1_3", "-ciphersuites", _NEWEST]
        if version == "TLSv1.3"
        else [OPTIONS[version], "-ciphersuites", ""]
    )
    done = subprocess.run(
        ["openssl", "ciphers", "-s", "-stdname", *limits, "ALL:COMPLEMENTOFALL:@SECLEVEL=0"],
        capture_output=True,
        check=True,
        text=True,
    )
    pairs = [(line.split()[0], line.split()[2]) for line in done.stdout.splitlines()]
    newest = version == "TLSv1.3"
    return tuple(pair for pair in pairs if ("_WITH_" not in pair[0]) is newest)
