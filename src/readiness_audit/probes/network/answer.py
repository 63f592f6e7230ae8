"""Read what a server answers to a ClientHello: strictly, with an end to everything, computing nothing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from readiness_audit.probes.network.hello import Version
from readiness_audit.probes.network.suites import SUITES, SUITES_13, suite_name
from readiness_audit.probes.network.wire import Cursor, Garbled
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.stream import Stream

LONGEST_MESSAGE = 256 * 2**10
"""Bytes of one handshake message; OpenSSL's clients give up at 100 KiB."""

MOST_CERTIFICATES = 100
_LONGEST_RECORD = 2**14 + 2048
_MOST_RECORDS = 200
_MOST_WARNINGS = 4

_ALERT, _HANDSHAKE = 21, 22
_SERVER_HELLO, _CERTIFICATE = 2, 11
_AFTER_CERTIFICATE = {12, 13, 14, 22}
_RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
_SELECTED_VERSION = 43
_SSL2_ERROR, _SSL2_SERVER_HELLO = 0, 4
_FATAL = 2
_CLOSE_NOTIFY, _PROTOCOL_VERSION = 0, 70

ALERTS = {
    0: "close_notify",
    10: "unexpected_message",
    20: "bad_record_mac",
    21: "decryption_failed",
    22: "record_overflow",
    40: "handshake_failure",
    41: "no_certificate",
    42: "bad_certificate",
    43: "unsupported_certificate",
    44: "certificate_revoked",
    45: "certificate_expired",
    46: "certificate_unknown",
    47: "illegal_parameter",
    48: "unknown_ca",
    49: "access_denied",
    50: "decode_error",
    51: "decrypt_error",
    60: "export_restriction",
    70: "protocol_version",
    71: "insufficient_security",
    80: "internal_error",
    86: "inappropriate_fallback",
    90: "user_canceled",
    100: "no_renegotiation",
    109: "missing_extension",
    110: "unsupported_extension",
    112: "unrecognized_name",
    115: "unknown_psk_identity",
    116: "certificate_required",
    120: "no_application_protocol",
}


class State(StrEnum):
    """What became of an offer."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a server answered to one offer."""

    state: State
    said: str
    """One line: the chosen suite, the alert, or what else came."""

    definite: bool = False
    """Whether the refusal is about the version and nothing else."""

    suite: str | None = None
    chain: tuple[bytes, ...] = ()
    """Certificates as they were sent, leaf first."""

    trouble: str | None = None
    """Why the certificates could not be read, where there should have been some."""


async def hear(stream: Stream, version: Version) -> Answer:
    """
    Read the answer to an offer of `version`.

    Raises `Garbled` where what comes is not TLS, and the stream's `CannotSee`.
    """
    if version is Version.SSL2:
        return await _hear_ssl2(stream)
    messages = _Messages(stream)
    first = await messages.next()
    if isinstance(first, _Alert):
        definite = first.code == _PROTOCOL_VERSION
        return Answer(state=State.REFUSED, said=f"alert {first.name}", definite=definite)
    kind, body = first
    if kind != _SERVER_HELLO:
        raise Garbled(f"a handshake message of type {kind} comes where the server's hello should")
    chosen, suite = _server_hello(body)
    if chosen != version:
        said = f"answers with {_version_name(chosen)} instead"
        return Answer(state=State.REFUSED, said=said, definite=True)
    if suite not in (SUITES_13 if version is Version.TLS13 else SUITES):
        raise Garbled(f"the server chose the suite {suite_name(suite)}, which was not offered")
    chain: tuple[bytes, ...] = ()
    trouble = None
    if version is not Version.TLS13:
        chain, trouble = await _chain(messages)
    return Answer(
        state=State.ACCEPTED, said=suite_name(suite), suite=suite_name(suite), chain=chain, trouble=trouble
    )


async def _chain(messages: _Messages) -> tuple[tuple[bytes, ...], str | None]:
    # The version is known by now: trouble from here on is trouble with the certificates only.
    try:
        message = await messages.next()
        if isinstance(message, _Alert):
            return (), f"alert {message.name} instead of a certificate"
        kind, body = message
        if kind in _AFTER_CERTIFICATE:
            return (), "the server sent no certificate"
        if kind != _CERTIFICATE:
            return (), f"a handshake message of type {kind} instead of a certificate"
        return certificates(body), None
    except Garbled as error:
        return (), str(error)
    except CannotSee as blind:
        return (), blind.detail


def certificates(body: bytes) -> tuple[bytes, ...]:
    """Read the list in a Certificate message of SSLv3 to TLS 1.2; raises `Garbled`."""
    message = Cursor(body)
    each = Cursor(message.vector(3))
    if message.left():
        raise Garbled("bytes follow the list of certificates")
    found: list[bytes] = []
    while each.left():
        found.append(each.vector(3))
        if len(found) > MOST_CERTIFICATES:
            raise Garbled(f"the server sent more than {MOST_CERTIFICATES} certificates")
    if not found or not all(found):
        raise Garbled("the server sent an empty certificate")
    return tuple(found)


def _server_hello(body: bytes) -> tuple[int, int]:
    message = Cursor(body)
    version = message.number(2)
    random = message.take(32)
    message.vector(1)
    suite = message.number(2)
    message.number(1)
    if message.left():
        extensions = Cursor(message.vector(2))
        seen: set[int] = set()
        while extensions.left():
            kind, data = extensions.number(2), extensions.vector(2)
            if kind in seen:
                raise Garbled(f"the server's hello has the extension {kind} twice")
            seen.add(kind)
            if kind == _SELECTED_VERSION:
                version = Cursor(data).number(2)
        if _SELECTED_VERSION not in seen and random == _RETRY:
            raise Garbled("the server asks for another hello without choosing a version")
    if message.left():
        raise Garbled("bytes follow the server's hello")
    return version, suite


def _version_name(code: int) -> str:
    return Version(code).title if code in set(Version) else f"version 0x{code:04X}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Alert:
    code: int

    @property
    def name(self) -> str:
        return ALERTS.get(self.code, str(self.code))


class _Messages:
    """Handshake messages out of records; each record, message and flood of warnings has its end."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._held = b""
        self._records = 0
        self._warnings: list[_Alert] = []

    async def next(self) -> tuple[int, bytes] | _Alert:
        """Give the next message as type and body, or the alert that came in its place."""
        if (alert := await self._fill(4)) is not None:
            return alert
        kind, announced = self._held[0], int.from_bytes(self._held[1:4])
        if announced > LONGEST_MESSAGE:
            raise Garbled(f"a handshake message of {announced} bytes is announced")
        if (alert := await self._fill(4 + announced)) is not None:
            return alert
        body, self._held = self._held[4 : 4 + announced], self._held[4 + announced :]
        return kind, body

    async def _fill(self, count: int) -> _Alert | None:
        while len(self._held) < count:
            try:
                kind, data = await self._record()
            except CannotSee:
                if self._warnings:
                    return self._warnings[-1]
                raise
            if kind == _HANDSHAKE:
                self._held += data
                continue
            level, code = Cursor(data).number(1), Cursor(data[1:]).number(1)
            alert = _Alert(code=code)
            if level == _FATAL or code == _CLOSE_NOTIFY or len(self._warnings) == _MOST_WARNINGS:
                return alert
            self._warnings.append(alert)
        return None

    async def _record(self) -> tuple[int, bytes]:
        self._records += 1
        if self._records > _MOST_RECORDS:
            raise Garbled("the server sends records without end")
        head = await self._stream.read_exactly(5)
        kind, major, length = head[0], head[1], int.from_bytes(head[3:5])
        if kind not in {_ALERT, _HANDSHAKE} or major != Version.SSL3 >> 8:
            raise Garbled(f"what comes is not TLS; it begins with {head!r}")
        if length > _LONGEST_RECORD:
            raise Garbled(f"a record of {length} bytes is announced")
        return kind, await self._stream.read_exactly(length)


async def _hear_ssl2(stream: Stream) -> Answer:
    head = await stream.read_exactly(2)
    if head == bytes((_ALERT, Version.SSL3 >> 8)):
        rest = await stream.read_exactly(5)
        return Answer(state=State.REFUSED, said=f"alert {_Alert(code=rest[4]).name}", definite=True)
    if not head[0] & 0x80:
        raise Garbled(f"what comes is not SSLv2; it begins with {head!r}")
    message = Cursor(await stream.read_exactly(int.from_bytes(head) & 0x7FFF))
    kind = message.number(1)
    if kind == _SSL2_ERROR:
        return Answer(state=State.REFUSED, said="an error message of SSLv2", definite=True)
    if kind != _SSL2_SERVER_HELLO:
        raise Garbled(f"a message of type {kind} comes where the server's SSLv2 hello should")
    message.take(2)
    version = message.number(2)
    lengths = [message.number(2) for _ in range(3)]
    certificate, ciphers, _ = (message.take(length) for length in lengths)
    if version != Version.SSL2:
        return Answer(state=State.REFUSED, said=f"answers with {_version_name(version)}", definite=True)
    return Answer(
        state=State.ACCEPTED,
        said=f"{len(ciphers) // 3} ciphers of SSLv2",
        chain=(certificate,) if certificate else (),
        trouble=None if certificate else "the server sent no certificate",
    )
