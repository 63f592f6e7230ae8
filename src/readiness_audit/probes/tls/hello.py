"""
Compose the first message of a TLS client, offering one protocol version alone.

The answer comes in clear text in every version, so a server shows which versions it
takes without either side computing anything: up to TLS 1.2 it answers with its choice
and its certificates (RFC 5246), to a TLS 1.3 offer without a key share it answers
that it wants one (RFC 8446, section 4.1.4).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from enum import IntEnum

from readiness_audit.probes.network.wire import number, vector
from readiness_audit.probes.tls.suites import COMPACT, SUITES, SUITES_13


class Version(IntEnum):
    """Protocol versions, by their number on the wire."""

    SSL2 = 0x0002
    SSL3 = 0x0300
    TLS10 = 0x0301
    TLS11 = 0x0302
    TLS12 = 0x0303
    TLS13 = 0x0304

    @property
    def title(self) -> str:
        """Name it the way OpenSSL and web servers do, with the minor number always there."""
        return _TITLES[self]


_TITLES = {
    Version.SSL2: "SSLv2",
    Version.SSL3: "SSLv3",
    Version.TLS10: "TLSv1.0",
    Version.TLS11: "TLSv1.1",
    Version.TLS12: "TLSv1.2",
    Version.TLS13: "TLSv1.3",
}

FALLBACK_SCSV = 0x5600
"""A suite that says: this is a second try with an older version (RFC 7507)."""

GROUPS = (
    *(0x11EC, 29, 23, 24, 25, 30, 31, 32, 33, 26, 27, 28, 256, 257, 258, 259, 260, 0x11EB, 0x11ED),
    *(22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1),
)
_SIGNATURES = (
    *(0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805, 0x0806, 0x0809, 0x080A, 0x080B),
    *(0x081A, 0x081B, 0x081C, 0x0401, 0x0501, 0x0601, 0x0904, 0x0905, 0x0906),
    *(0x0303, 0x0301, 0x0203, 0x0201, 0x0402, 0x0202),
)
_SSL2_CIPHERS = (0x010080, 0x020080, 0x030080, 0x040080, 0x050080, 0x060040, 0x0700C0, 0x080080)

_RENEGOTIATION_SCSV = 0x00FF
# truncated_hmac, status_request for OCSP, heartbeat in which we may be sent none, session_ticket.
_CURIOUS = bytes.fromhex("00040000000500050100000000000f00010200230000")
# Hellos of 256 to 511 bytes make some load balancers hang (RFC 7685).
_AWKWARD = range(256, 512)


def client_hello(
    version: Version,
    name: str | None,
    suites: Sequence[int] | None = None,
    *,
    compact: bool = False,
    groups: Sequence[int] = GROUPS,
    curious: bool = False,
    protocols: Sequence[str] = (),
    session: bytes = b"",
    ticket: bytes = b"",
) -> bytes:
    """
    Give the record of a ClientHello for `version` alone.

    `name` is the server name to ask for (RFC 6066), None for a server known by its address.
    `suites` replaces the list of suites; `compact` asks for a short list, for servers that
    cannot bear a long one. `curious` offers everything up to TLS 1.2 that can be told from the
    answer: compression, tickets, stapling, heartbeat and short MACs; `protocols` are those to
    speak inside (ALPN). `session` and `ticket` take up an earlier session, up to TLS 1.2 (RFC 5077).
    """
    if version is Version.SSL2:
        return _ssl2_hello()
    if suites is None:
        suites = tuple(SUITES_13) if version is Version.TLS13 else COMPACT if compact else tuple(SUITES)
    older = version is not Version.TLS13
    if older:
        suites = (*suites, _RENEGOTIATION_SCSV)
    body = number(min(version, Version.TLS12), 2) + os.urandom(32)
    body += vector(session if older else os.urandom(32), 1)
    body += vector(_numbers(suites, 2), 2)
    body += vector(b"\x01\x00" if curious and older else b"\x00", 1)
    if version is not Version.SSL3:
        extensions = _extensions(version, name, groups)
        if protocols:
            listed = b"".join(vector(each.encode("ascii"), 1) for each in protocols)
            extensions += _extension(16, vector(listed, 2))
        if curious and older:
            extensions += _CURIOUS
        elif ticket and older:
            extensions += _extension(35, ticket)
        length = len(body) + len(extensions) + 6
        if length in _AWKWARD:
            extensions += _extension(21, bytes(max(0, _AWKWARD.stop - length - 4)))
        body += vector(extensions, 2)
    message = b"\x01" + vector(body, 3)
    return b"\x16" + number(min(version, Version.TLS10), 2) + vector(message, 2)


def _extensions(version: Version, name: str | None, groups: Sequence[int]) -> bytes:
    found = b""
    if name is not None:
        found += _extension(0, vector(b"\x00" + vector(name.encode("ascii"), 2), 2))
    found += _extension(10, vector(_numbers(groups, 2), 2))
    found += _extension(11, vector(b"\x00", 1))
    if version >= Version.TLS12:
        found += _extension(13, vector(_numbers(_SIGNATURES, 2), 2))
    if version is Version.TLS13:
        found += _extension(43, vector(number(Version.TLS13, 2), 1))
        found += _extension(45, vector(b"\x01", 1))
        found += _extension(51, vector(b"", 2))
    else:
        found += _extension(22, b"") + _extension(23, b"")
    return found


def _extension(kind: int, data: bytes) -> bytes:
    return number(kind, 2) + vector(data, 2)


def _numbers(values: Sequence[int], width: int) -> bytes:
    return b"".join(number(value, width) for value in values)


def _ssl2_hello() -> bytes:
    ciphers = _numbers(_SSL2_CIPHERS, 3)
    body = b"\x01" + number(Version.SSL2, 2) + number(len(ciphers), 2) + number(0, 2) + number(16, 2)
    body += ciphers + os.urandom(16)
    return number(0x8000 | len(body), 2) + body
