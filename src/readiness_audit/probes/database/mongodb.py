"""Ask MongoDB whether it lists its databases to somebody who has not logged in (OP_MSG)."""

from __future__ import annotations

import struct

from readiness_audit.model.evidence import Reason
from readiness_audit.model.target import Endpoint
from readiness_audit.probes.database.bson import Value, document, top_level
from readiness_audit.probes.database.doors import either_way
from readiness_audit.probes.database.facts import Both, State, Told
from readiness_audit.probes.network.intake import Intake
from readiness_audit.probes.network.wire import Garbled
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.reach import Reach
from readiness_audit.probes.reach.secure import Conversation

_OP_MSG = 2013
_LARGEST = 2**20
_UNAUTHORISED = {13, 18}


async def look(target: Endpoint, reach: Reach) -> Both:
    """Greet it and ask for the names of its databases. Raises `CannotSee` where it is no MongoDB."""
    return await either_way(target, reach, _converse, one_port_has_both=True)


async def _converse(conversation: Conversation) -> Told:
    intake = Intake(conversation)
    hello = await _command(conversation, intake, 1, {"hello": 1, "$db": "admin"})
    if "maxWireVersion" not in hello and "ok" not in hello:
        raise Garbled("what answers there does not speak the protocol of MongoDB")
    listed = await _command(conversation, intake, 2, {"listDatabases": 1, "nameOnly": True, "$db": "admin"})
    if listed.get("ok") == 1 and "databases" in listed:
        version = await _version(conversation, intake)
        return Told(
            state=State.OPEN,
            method="none",
            version=version,
            answer="lists its databases without a log-in",
        )
    if listed.get("code") in _UNAUTHORISED:
        return Told(state=State.LOCKED, answer=str(listed.get("errmsg", "a log-in is required")))
    raise CannotSee(Reason.UNREADABLE, f"MongoDB answers with an error: {listed.get('errmsg')}")


async def _version(conversation: Conversation, intake: Intake) -> str | None:
    told = (await _command(conversation, intake, 3, {"buildInfo": 1, "$db": "admin"})).get("version")
    return told if isinstance(told, str) else None


async def _command(
    conversation: Conversation, intake: Intake, number: int, fields: dict[str, str | bool | int]
) -> dict[str, Value]:
    body = struct.pack("<IB", 0, 0) + document(fields)
    await conversation.write(struct.pack("<IIII", 16 + len(body), number, 0, _OP_MSG) + body)
    length, _, answers, kind = struct.unpack("<IIII", await intake.exactly(16, 16))
    if kind != _OP_MSG or answers != number or not 26 <= length <= _LARGEST:  # noqa: PLR2004 - an empty answer
        raise Garbled("what answers there does not speak the protocol of MongoDB")
    reply = await intake.exactly(length - 16, _LARGEST)
    checked = int.from_bytes(reply[:4], "little") & 1
    if reply[4]:
        raise Garbled("the answer of MongoDB is not a document")
    return top_level(reply[5 : len(reply) - 4 * checked])
