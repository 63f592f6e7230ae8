"""Ask MySQL or MariaDB what it would demand of somebody it does not know (client/server protocol 10)."""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace

from readiness_audit.model.evidence import Reason
from readiness_audit.model.target import Endpoint
from readiness_audit.probes.database.doors import connected, secured
from readiness_audit.probes.database.facts import CLOSED_TO_TLS, NOBODY, Both, State, Told
from readiness_audit.probes.network.intake import Intake, printable
from readiness_audit.probes.network.wire import Cursor, Garbled
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.reach import Reach
from readiness_audit.probes.reach.secure import Conversation

_SHARE = 0.5
_LARGEST = 2**14
_SSL, _PROTOCOL_41, _SECURE, _PLUGIN = 0x800, 0x200, 0x8000, 0x80000
_OURS = _PROTOCOL_41 | _SECURE | _PLUGIN | 1
_OK, _ERROR, _SWITCH, _MORE = 0x00, 0xFF, 0xFE, 0x01
_ACCESS_DENIED, _TLS_REQUIRED = {1044, 1045, 1698}, {3159}
_HOST_REFUSED = {1129, 1130}
_ROUNDS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class _Greeting:
    version: str
    tls: bool
    method: str | None


async def look(target: Endpoint, reach: Reach) -> Both:
    """Answer the greeting in clear, then within TLS, as nobody. Raises `CannotSee` where it is no MySQL."""
    budget = reach.deadline.part(reach.deadline.left() * _SHARE)
    async with connected(target, reach, budget) as stream:
        intake = Intake(stream)
        greeting = _greeting(await _packet(intake, 0))
        if isinstance(greeting, Told):
            return Both(plain=greeting, tls=greeting)
        plain = await _log_in(stream, intake, greeting, 1)
    if not greeting.tls:
        return Both(plain=plain, tls=CLOSED_TO_TLS)
    if plain.state is State.LOCKED:
        # That TLS is required is checked after the password, and so is not said to a stranger.
        plain = replace(plain, log_ins="unclear")
    return Both(plain=plain, tls=await _within_tls(target, reach))


async def _within_tls(target: Endpoint, reach: Reach) -> Told:
    try:
        async with connected(target, reach, reach.deadline) as stream:
            greeting = _greeting(await _packet(Intake(stream), 0))
            if isinstance(greeting, Told):
                return greeting
            await stream.write(_framed(1, struct.pack("<IIB23x", _OURS | _SSL, _LARGEST, 33)))
            async with secured(target, stream) as secure:
                return await _log_in(secure, Intake(secure), greeting, 2)
    except CannotSee as blind:
        return Told(state=State.UNCLEAR, answer=blind.detail)


async def _log_in(conversation: Conversation, intake: Intake, greeting: _Greeting, number: int) -> Told:
    tls = _SSL if number > 1 else 0
    method = greeting.method or "mysql_native_password"
    body = struct.pack("<IIB23x", _OURS | tls, _LARGEST, 33) + NOBODY.encode() + b"\0\0"
    await conversation.write(_framed(number, body + method.encode() + b"\0"))
    for _ in range(_ROUNDS):
        number += 1
        packet = await _packet(intake, number)
        if packet[:1] != bytes([_SWITCH]) and packet[:1] != bytes([_MORE]):
            return _outcome(packet, method, greeting.version)
        if packet[0] == _SWITCH:
            method = printable(packet[1:].split(b"\0")[0], 64) or "mysql_old_password"
        number += 1
        await conversation.write(_framed(number, b""))
    raise Garbled("the database asks for one method after another")


def _outcome(packet: bytes, method: str, version: str) -> Told:
    if packet[0] == _OK:
        return Told(
            state=State.OPEN, method="none", version=version, answer="lets in a name that does not exist"
        )
    if packet[0] != _ERROR:
        raise Garbled("the database answers the log-in with something else")
    code, said = _error(packet)
    if code in _TLS_REQUIRED:
        return Told(state=State.CLOSED, version=version, answer=said)
    if code in _ACCESS_DENIED:
        return Told(state=State.LOCKED, method=method, version=version, answer=f"demands {method}")
    raise CannotSee(Reason.UNREADABLE, f"the database answers with error {code}: {said}")


def _greeting(packet: bytes) -> _Greeting | Told:
    if packet[:1] == bytes([_ERROR]):
        code, said = _error(packet)
        if code in _HOST_REFUSED:
            return Told(state=State.CLOSED, answer=said)
        raise CannotSee(Reason.UNREADABLE, f"the database answers with error {code}: {said}")
    cursor = Cursor(packet)
    if cursor.number(1) != 10:  # noqa: PLR2004 - the version of the protocol
        raise Garbled("what answers there does not speak the MySQL protocol")
    version, mark, rest = cursor.take(cursor.left()).partition(b"\0")
    cursor = Cursor(rest)
    if not mark:
        raise Garbled("the greeting of the database is cut short")
    cursor.take(4 + 8 + 1)
    low = int.from_bytes(cursor.take(2), "little")
    cursor.take(1 + 2)
    able = low | int.from_bytes(cursor.take(2), "little") << 16
    salt = cursor.number(1)
    cursor.take(10)
    method = None
    if able & _PLUGIN:
        cursor.take(max(13, salt - 8))
        method = printable(cursor.take(cursor.left()).partition(b"\0")[0], 64) or None
    return _Greeting(version=printable(version, 100), tls=bool(able & _SSL), method=method)


def _error(packet: bytes) -> tuple[int, str]:
    said = packet[3:]
    return int.from_bytes(packet[1:3], "little"), printable(said[6:] if said[:1] == b"#" else said, 200)


async def _packet(intake: Intake, number: int) -> bytes:
    head = await intake.exactly(4, 4)
    length = int.from_bytes(head[:3], "little")
    if not 0 < length <= _LARGEST or head[3] != number:
        raise Garbled("what answers there does not speak the MySQL protocol")
    return await intake.exactly(length, _LARGEST)


def _framed(number: int, body: bytes) -> bytes:
    return len(body).to_bytes(3, "little") + bytes([number]) + body
