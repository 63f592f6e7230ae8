"""Ask whether SNMP lets anybody in: sysDescr with the two default communities, and who a version 3 is."""

from __future__ import annotations

import secrets
from functools import partial

from readiness_audit.probes.network import ber
from readiness_audit.probes.network.wire import Garbled
from readiness_audit.probes.udp.inquiry import Inquiry, Told, one_line

PORT = 161
DEFAULTS = ("public", "private")
VERSIONS = {"v1": 0, "v2c": 1}

_GET, _RESPONSE, _REPORT = 0xA0, 0xA2, 0xA8
_V3 = 3
_SYS_DESCR = bytes.fromhex("2b06010201010100")
"""1.3.6.1.2.1.1.1.0 (RFC 3418)."""

_LARGEST_MESSAGE = 65_507
_REPORTABLE = b"\x04"
_BY_USER = 3
"""The user-based security model (RFC 3414)."""


def inquiries() -> tuple[Inquiry, ...]:
    """Give one question for each version and default community, and the discovery of a version 3 engine."""
    communities = (
        _with_community(name, version, community)
        for community in DEFAULTS
        for name, version in VERSIONS.items()
    )
    return (*communities, _discovery())


def _with_community(name: str, version: int, community: str) -> Inquiry:
    request = secrets.randbelow(2**31)
    asked = ber.write(ber.SEQUENCE, ber.write(ber.OBJECT, _SYS_DESCR), ber.write(ber.NULL))
    message = ber.write(
        ber.SEQUENCE,
        ber.write_integer(version),
        ber.write(ber.OCTETS, community.encode()),
        _get(request, asked),
    )
    return Inquiry(
        name=f"snmp-{name}-{community}",
        port=PORT,
        datagram=message,
        read=partial(_read_response, version=version, community=community.encode(), request=request),
    )


def _discovery() -> Inquiry:
    request, message_id = secrets.randbelow(2**31), secrets.randbelow(2**31)
    nobody = ber.write(
        ber.SEQUENCE,
        ber.write(ber.OCTETS),
        ber.write_integer(0),
        ber.write_integer(0),
        ber.write(ber.OCTETS),
        ber.write(ber.OCTETS),
        ber.write(ber.OCTETS),
    )
    message = ber.write(
        ber.SEQUENCE,
        ber.write_integer(_V3),
        ber.write(
            ber.SEQUENCE,
            ber.write_integer(message_id),
            ber.write_integer(_LARGEST_MESSAGE),
            ber.write(ber.OCTETS, _REPORTABLE),
            ber.write_integer(_BY_USER),
        ),
        ber.write(ber.OCTETS, nobody),
        ber.write(ber.SEQUENCE, ber.write(ber.OCTETS), ber.write(ber.OCTETS), _get(request)),
    )
    return Inquiry(
        name="snmp-v3-engine",
        port=PORT,
        datagram=message,
        read=partial(_read_report, message_id=message_id),
    )


def _get(request: int, *asked: bytes) -> bytes:
    zero = ber.write_integer(0)
    return ber.write(_GET, ber.write_integer(request), zero, zero, ber.write(ber.SEQUENCE, *asked))


def _read_response(datagram: bytes, *, version: int, community: bytes, request: int) -> Told:
    """Read a GetResponse (RFC 1157, RFC 3416): whoever gets one got in, even where it holds an error."""
    whole = ber.Elements(datagram)
    message = whole.inside(ber.SEQUENCE)
    whole.end()
    if message.integer() != version:
        raise Garbled("an answer in another version of SNMP")
    if message.next(ber.OCTETS) != community:
        raise Garbled("an answer for another community")
    response = message.inside(_RESPONSE)
    message.end()
    if response.integer() != request:
        raise Garbled("an answer to another request")
    error, _ = response.integer(), response.integer()
    variables = response.inside(ber.SEQUENCE)
    response.end()
    variable = variables.inside(ber.SEQUENCE)
    variables.end()
    if variable.next(ber.OBJECT) != _SYS_DESCR:
        raise Garbled("an answer about something else")
    tag, value = variable.any()
    variable.end()
    words = one_line(value) if tag == ber.OCTETS else None
    return Told(granted=True, words=words or (f"error {error}" if error else None))


def _read_report(datagram: bytes, *, message_id: int) -> Told:
    """Read the report by which an engine says who it is (RFC 3414, section 4)."""
    whole = ber.Elements(datagram)
    message = whole.inside(ber.SEQUENCE)
    whole.end()
    if message.integer() != _V3:
        raise Garbled("an answer in another version of SNMP")
    header = message.inside(ber.SEQUENCE)
    if header.integer() != message_id:
        raise Garbled("an answer to another message")
    user = ber.Elements(message.next(ber.OCTETS)).inside(ber.SEQUENCE)
    engine = user.next(ber.OCTETS)
    scoped = message.inside(ber.SEQUENCE)
    message.end()
    scoped.next(ber.OCTETS)
    scoped.next(ber.OCTETS)
    scoped.next(_REPORT)
    return Told(granted=True, words=f"engine {engine.hex()[:100]}")
