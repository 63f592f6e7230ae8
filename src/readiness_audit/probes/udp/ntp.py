"""Ask a time server for the time, and whether it talks to strangers about itself (modes 6 and 7)."""

from __future__ import annotations

import re
import secrets
from functools import partial

from readiness_audit.probes.network.wire import Cursor, Garbled
from readiness_audit.probes.udp.inquiry import Inquiry, Told, one_line

PORT = 123

_CLIENT_4, _SERVER = 0x23, 4
_CONTROL_2, _CONTROL, _READVAR = 0x16, 6, 2
_PRIVATE_2, _PRIVATE = 0x17, 7
_XNTPD, _MONLIST = 3, 42
_MODE = 0x07
_IS_RESPONSE_6, _IS_ERROR_6, _OPERATION_6 = 0x80, 0x40, 0x1F
_IS_RESPONSE_7 = 0x80
_NO_ERROR, _NO_DATA = 0, 4
_HEADER, _ORIGIN = 48, 24
_VERSION = re.compile(rb'version="([^"]{1,150})"')


def inquiries() -> tuple[Inquiry, ...]:
    """Give the questions: the time (RFC 5905), the variables (RFC 9327), and who asked before (monlist)."""
    stamp = secrets.token_bytes(8)
    sequence = secrets.token_bytes(2)
    return (
        Inquiry(
            name="ntp-time",
            port=PORT,
            datagram=bytes((_CLIENT_4,)) + bytes(39) + stamp,
            read=partial(_read_time, stamp=stamp),
        ),
        Inquiry(
            name="ntp-readvar",
            port=PORT,
            datagram=bytes((_CONTROL_2, _READVAR)) + sequence + bytes(8),
            read=partial(_read_variables, sequence=sequence),
            counts_all=True,
        ),
        Inquiry(
            name="ntp-monlist",
            port=PORT,
            datagram=bytes((_PRIVATE_2, 0, _XNTPD, _MONLIST)) + bytes(4),
            read=_read_monlist,
            counts_all=True,
        ),
    )


def _read_time(datagram: bytes, *, stamp: bytes) -> Told:
    if len(datagram) < _HEADER or datagram[0] & _MODE != _SERVER:
        raise Garbled("this is not what a time server answers")
    if datagram[_ORIGIN : _ORIGIN + 8] != stamp:
        raise Garbled("an answer to another question")
    stratum = datagram[1]
    if stratum == 0:
        return Told(granted=False, words=f"kiss of death: {one_line(datagram[12:16])}")
    return Told(granted=True, words=f"stratum {stratum}")


def _read_variables(datagram: bytes, *, sequence: bytes) -> Told:
    message = Cursor(datagram)
    first, second = message.number(1), message.number(1)
    if first & _MODE != _CONTROL or not second & _IS_RESPONSE_6 or second & _OPERATION_6 != _READVAR:
        raise Garbled("this is not an answer to a control message")
    if message.take(2) != sequence:
        raise Garbled("an answer to another question")
    message.take(6)
    variables = message.take(message.number(2))
    if second & _IS_ERROR_6:
        return Told(granted=False, words="an error")
    version = _VERSION.search(variables)
    return Told(granted=True, words=one_line(version[1] if version else variables))


def _read_monlist(datagram: bytes) -> Told:
    message = Cursor(datagram)
    first, _, implementation, request = (message.number(1) for _ in range(4))
    if first & _MODE != _PRIVATE or not first & _IS_RESPONSE_7:
        raise Garbled("this is not an answer to a private message")
    if (implementation, request) != (_XNTPD, _MONLIST):
        raise Garbled("an answer to another question")
    error_and_count, shape = message.number(2), message.number(2)
    error, count, size = error_and_count >> 12, error_and_count & 0xFFF, shape & 0xFFF
    message.take(count * size)
    return Told(
        granted=error in {_NO_ERROR, _NO_DATA},
        words=f"error {error}" if error else f"{count} entries in the first datagram",
    )
