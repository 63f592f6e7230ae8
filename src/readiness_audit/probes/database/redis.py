"""Ask Redis, or what speaks its protocol (RESP), whether it answers somebody who has not logged in."""

from __future__ import annotations

from readiness_audit.model.evidence import Reason
from readiness_audit.model.target import Endpoint
from readiness_audit.probes.database.doors import either_way
from readiness_audit.probes.database.facts import Both, State, Told
from readiness_audit.probes.network.intake import Intake, printable
from readiness_audit.probes.network.wire import Garbled
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.reach import Reach
from readiness_audit.probes.reach.secure import Conversation

_PING = b"*1\r\n$4\r\nPING\r\n"
_INFO = b"*2\r\n$4\r\nINFO\r\n$6\r\nserver\r\n"
_LONGEST_LINE = 1024
_LARGEST_INFO = 2**16


async def look(target: Endpoint, reach: Reach) -> Both:
    """Send PING and, where it is answered, INFO. Raises `CannotSee` where it is no Redis."""
    return await either_way(target, reach, _converse)


async def _converse(conversation: Conversation) -> Told:
    intake = Intake(conversation)
    await conversation.write(_PING)
    said = await intake.line(_LONGEST_LINE)
    if said == b"+PONG":
        return await _let_in(conversation, intake)
    if not said.startswith(b"-"):
        raise Garbled("what answers there does not speak the protocol of Redis")
    word, text = said[1:].partition(b" ")[0], printable(said[1:], 200)
    if word in {b"NOAUTH", b"NOPERM"}:
        return Told(state=State.LOCKED, method="password", answer=text)
    if word == b"DENIED":
        return Told(state=State.CLOSED, answer=text)
    raise CannotSee(Reason.UNREADABLE, f"Redis answers with an error: {text}")


async def _let_in(conversation: Conversation, intake: Intake) -> Told:
    await conversation.write(_INFO)
    head = await intake.line(_LONGEST_LINE)
    if head.startswith(b"-"):
        # PING may be left open to all while the rest is not.
        locked = head.startswith((b"-NOAUTH", b"-NOPERM"))
        return Told(state=State.LOCKED if locked else State.UNCLEAR, answer=printable(head[1:], 200))
    if head[:1] != b"$" or not head[1:].isdigit() or len(head) > 7:  # noqa: PLR2004 - six digits are enough
        raise Garbled("the answer to INFO is not one")
    info = await intake.exactly(int(head[1:]), _LARGEST_INFO)
    version = next((line[14:] for line in info.split(b"\r\n") if line.startswith(b"redis_version:")), None)
    return Told(
        state=State.OPEN,
        method="none",
        version=None if version is None else printable(version, 40),
        answer="answers PING and INFO without a log-in",
    )
