"""Take the handshake messages of a server out of its records: strictly, with an end to everything."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from readiness_audit.probes.network.wire import Cursor, Garbled
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.stream import Stream
from readiness_audit.probes.tls.hello import Version

LONGEST_MESSAGE = 256 * 2**10
"""Bytes of one handshake message; OpenSSL's clients give up at 100 KiB."""

CHANGE, ALERT, HANDSHAKE, DATA, HEARTBEAT = 20, 21, 22, 23, 24
_LONGEST_RECORD = 2**14 + 2048
_MOST_RECORDS = 200
_MOST_WARNINGS = 4
FATAL = 2
_CLOSE_NOTIFY = 0
UNEXPECTED = 10
"""The alert for what does not belong where it comes."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """What a server says in place of a message, or to end the conversation."""

    code: int

    @property
    def name(self) -> str:
        """Name it as RFC 8446 does; one that is not known is written as its number."""
        return ALERTS.get(self.code, str(self.code))


class Messages:
    """Handshake messages out of records; each record, message and flood of warnings has its end."""

    def __init__(self, stream: Stream) -> None:
        """Read nothing yet."""
        self._stream = stream
        self._held = b""
        self._records = 0
        self._warnings: list[Alert] = []

    async def next(self) -> tuple[int, bytes] | Alert:
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

    async def _fill(self, count: int) -> Alert | None:
        while len(self._held) < count:
            try:
                kind, data = await self._record()
            except CannotSee:
                if self._warnings:
                    return self._warnings[-1]
                raise
            if kind == HANDSHAKE:
                self._held += data
                continue
            level, code = Cursor(data).number(1), Cursor(data[1:]).number(1)
            alert = Alert(code=code)
            if level == FATAL or code == _CLOSE_NOTIFY or len(self._warnings) == _MOST_WARNINGS:
                return alert
            self._warnings.append(alert)
        return None

    async def _record(self) -> tuple[int, bytes]:
        self._records += 1
        if self._records > _MOST_RECORDS:
            raise Garbled("the server sends records without end")
        return await read_record(self._stream, {ALERT, HANDSHAKE})


async def read_record(stream: Stream, kinds: Collection[int]) -> tuple[int, bytes]:
    """Read one record of these kinds, as kind and body; raises `Garbled` and the stream's `CannotSee`."""
    head = await stream.read_exactly(5)
    kind, major, length = head[0], head[1], int.from_bytes(head[3:5])
    if kind not in kinds or major != Version.SSL3 >> 8:
        raise Garbled(f"what comes is not TLS; it begins with {head!r}")
    if length > _LONGEST_RECORD:
        raise Garbled(f"a record of {length} bytes is announced")
    return kind, await stream.read_exactly(length)
