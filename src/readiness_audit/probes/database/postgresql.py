"""
Ask PostgreSQL what it would demand of somebody it does not know (protocol 3.0, "Message Flow").

The rules of `pg_hba.conf` go by name, database and address: what is seen holds for a name that
does not exist, the database `postgres`, and the address of this look. For such a name the rule
`md5` demands what new passwords are kept as, so that it shows as SCRAM on a server set to that.
"""

from __future__ import annotations

import struct

from readiness_audit.model.evidence import Reason
from readiness_audit.model.target import Endpoint
from readiness_audit.probes.database.doors import connected, secured
from readiness_audit.probes.database.facts import CLOSED_TO_TLS, NOBODY, Both, State, Told
from readiness_audit.probes.network.intake import Intake, printable
from readiness_audit.probes.network.wire import Garbled
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.reach import Reach
from readiness_audit.probes.reach.secure import Conversation

_SSL_REQUEST = struct.pack(">II", 8, 80877103)
_METHODS = {0: "trust", 2: "kerberos", 3: "password", 5: "md5", 7: "gss", 9: "sspi"}
_SASL = 10
_SHARE = 0.5
_LARGEST = 2**15
_NOT_LET_IN = "28"
"""Class of SQLSTATE codes: invalid authorisation. Without a demand before, a rule keeps everybody out."""


async def look(target: Endpoint, reach: Reach) -> Both:
    """Greet in clear, then ask for TLS and greet within it. Raises `CannotSee` where it is no PostgreSQL."""
    budget = reach.deadline.part(reach.deadline.left() * _SHARE)
    async with connected(target, reach, budget) as stream:
        plain = await _greet(stream)
    return Both(plain=plain, tls=await _within_tls(target, reach))


async def _within_tls(target: Endpoint, reach: Reach) -> Told:
    try:
        async with connected(target, reach, reach.deadline) as stream:
            await stream.write(_SSL_REQUEST)
            # One byte, and no more: what came behind it unasked would be taken for a part of TLS.
            answer = await stream.read_exactly(1)
            if answer == b"N":
                return CLOSED_TO_TLS
            if answer != b"S":
                raise Garbled("the answer to the request for TLS is neither yes nor no")
            async with secured(target, stream) as secure:
                return await _greet(secure)
    except CannotSee as blind:
        return Told(state=State.UNCLEAR, answer=blind.detail)


async def _greet(conversation: Conversation) -> Told:
    fields = b"".join(
        word.encode() + b"\0"
        for word in ("user", NOBODY, "database", "postgres", "application_name", "audit")
    )
    await conversation.write(struct.pack(">II", 9 + len(fields), 3 << 16) + fields + b"\0")
    intake = Intake(conversation)
    kind, length = struct.unpack(">cI", await intake.exactly(5, 5))
    if kind not in {b"R", b"E"} or not 8 <= length <= _LARGEST:  # noqa: PLR2004 - length counts itself
        raise Garbled("what answers there does not speak PostgreSQL")
    body = await intake.exactly(length - 4, _LARGEST)
    if kind == b"E":
        return _refusal(body)
    return _demand(body)


def _demand(body: bytes) -> Told:
    code = int.from_bytes(body[:4])
    if code == 0:
        return Told(state=State.OPEN, method="trust", answer="lets in without asking for anything")
    if code == _SASL:
        offered = [printable(name).lower() for name in body[4:].split(b"\0") if name][:5]
        # What binds to the channel is the same method; the plain one is the least a client may choose.
        method = min(offered, key=len, default="sasl")
        return Told(state=State.LOCKED, method=method, answer=f"demands one of: {', '.join(offered)}")
    if code not in _METHODS:
        raise Garbled(f"PostgreSQL demands something unknown ({code})")
    return Told(state=State.LOCKED, method=_METHODS[code], answer=f"demands {_METHODS[code]}")


def _refusal(body: bytes) -> Told:
    fields = {field[:1]: field[1:] for field in body.split(b"\0") if field}
    code, said = printable(fields.get(b"C", b""), 5), printable(fields.get(b"M", b""), 200)
    if not code or b"S" not in fields:
        raise Garbled("the error of PostgreSQL is not one")
    if not code.startswith(_NOT_LET_IN):
        raise CannotSee(Reason.UNREADABLE, f"PostgreSQL answers with error {code}: {said}")
    return Told(state=State.CLOSED, answer=said)
