"""Ask four services that answer strangers over UDP: DNS, SSDP, memcached and TFTP."""

from __future__ import annotations

import re
import secrets
from functools import partial

from readiness_audit.probes.network.wire import Cursor, Garbled
from readiness_audit.probes.udp.inquiry import Inquiry, Told, one_line

_RECURSION_DESIRED = 0x0100
_ROOT_NS = b"\x00" + bytes((0, 2, 0, 1))
_IS_ANSWER, _OPERATION, _RECURSION_AVAILABLE, _CODE = 0x8000, 0x7800, 0x0080, 0x000F
_NO_ERROR, _SERVER_FAILED, _NO_SUCH_NAME = 0, 2, 3
_CODES = {0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED"}

_SEARCH = (
    b"M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\n"
    b'MAN: "ssdp:discover"\r\nMX: 1\r\nST: ssdp:all\r\n\r\n'
)
_SERVER = re.compile(rb"^server:[ \t]*([^\r\n]{1,200})", re.IGNORECASE | re.MULTILINE)

_STATISTICS = b"\x00\x00\x00\x01\x00\x00stats\r\n"
_SPOKEN = (b"STAT ", b"END", b"ERROR", b"CLIENT_ERROR", b"SERVER_ERROR", b"VERSION ")
_MEMCACHED = re.compile(rb"^STAT version ([^\r\n]{1,100})", re.MULTILINE)

_READ, _DATA, _ERROR, _OPTIONS = 1, 3, 5, 6


def inquiries() -> tuple[Inquiry, ...]:
    """Give one question for each of the services."""
    return (_recursion(), _search(), _statistics(), _no_such_file())


def _recursion() -> Inquiry:
    """Ask a name server for the name servers of the root, as only a resolver for strangers would tell."""
    chosen = secrets.token_bytes(2)
    head = chosen + bytes((_RECURSION_DESIRED >> 8, 0, 0, 1, 0, 0, 0, 0, 0, 0))
    return Inquiry(
        name="dns-recursion", port=53, datagram=head + _ROOT_NS, read=partial(_read_dns, chosen=chosen)
    )


def _read_dns(datagram: bytes, *, chosen: bytes) -> Told:
    """Read the head of an answer (RFC 1035, section 4.1.1), and that it is about the question."""
    message = Cursor(datagram)
    if message.take(2) != chosen:
        raise Garbled("an answer to another question")
    flags, questions, answers, _, _ = (message.number(2) for _ in range(5))
    if not flags & _IS_ANSWER or flags & _OPERATION:
        raise Garbled("this is not an answer to a query")
    if questions > 1 or (questions == 1 and message.take(len(_ROOT_NS)) != _ROOT_NS):
        raise Garbled("an answer to another question")
    code, offered = flags & _CODE, bool(flags & _RECURSION_AVAILABLE)
    # A resolver that failed at the answer has tried: it serves strangers all the same.
    granted = offered and code in {_NO_ERROR, _SERVER_FAILED, _NO_SUCH_NAME}
    name = _CODES.get(code, f"code {code}")
    return Told(
        granted=granted,
        words=f"{name}, recursion {'available' if offered else 'not available'}, {answers} answers",
    )


def _search() -> Inquiry:
    return Inquiry(name="ssdp-search", port=1900, datagram=_SEARCH, read=_read_ssdp, counts_all=True)


def _read_ssdp(datagram: bytes) -> Told:
    if not re.match(rb"HTTP/1\.[01] [0-9]{3}", datagram):
        raise Garbled("this is not what a device answers to a search")
    server = _SERVER.search(datagram)
    return Told(granted=True, words=one_line(server[1] if server else datagram.split(b"\n")[0]))


def _statistics() -> Inquiry:
    chosen = secrets.token_bytes(2)
    return Inquiry(
        name="memcached-stats",
        port=11211,
        datagram=chosen + _STATISTICS,
        read=partial(_read_memcached, chosen=chosen),
        counts_all=True,
    )


def _read_memcached(datagram: bytes, *, chosen: bytes) -> Told:
    message = Cursor(datagram)
    if message.take(2) != chosen:
        raise Garbled("an answer to another question")
    number, count = message.number(2), message.number(2)
    message.take(2)
    if number >= count:
        raise Garbled("a datagram that is numbered past the last one")
    text = message.take(message.left())
    if number == 0 and not text.startswith(_SPOKEN):
        raise Garbled("this is not what memcached answers")
    version = _MEMCACHED.search(text)
    return Told(granted=True, words=f"memcached {one_line(version[1])}" if version else one_line(text[:60]))


def _no_such_file() -> Inquiry:
    name = f"readiness-audit-{secrets.token_hex(8)}".encode()
    return Inquiry(
        name="tftp-read",
        port=69,
        datagram=bytes((0, _READ)) + name + b"\x00octet\x00",
        read=_read_tftp,
        any_port=True,
    )


def _read_tftp(datagram: bytes) -> Told:
    """Read the beginning of an answer (RFC 1350): an error tells of a server as well as a file would."""
    message = Cursor(datagram)
    kind = message.number(2)
    if kind == _ERROR:
        code = message.number(2)
        words = one_line(message.take(message.left()).rstrip(b"\x00"))
        return Told(granted=True, words=f"error {code}: {words}")
    if kind not in {_DATA, _OPTIONS}:
        raise Garbled("this is not what TFTP answers")
    message.number(2)
    return Told(granted=True, words="it sends a file whose name was made up")
