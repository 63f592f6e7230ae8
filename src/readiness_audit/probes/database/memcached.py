"""Ask memcached whether it answers somebody who has not logged in (its text protocol)."""

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

_LONGEST_LINE = 1024


async def look(target: Endpoint, reach: Reach) -> Both:
    """Ask for a key that nobody has. Raises `CannotSee` where it is no memcached."""
    return await either_way(target, reach, _converse)


async def _converse(conversation: Conversation) -> Told:
    intake = Intake(conversation)
    await conversation.write(b"version\r\n")
    said = await intake.line(_LONGEST_LINE)
    if said == b"CLIENT_ERROR unauthenticated":
        return Told(state=State.LOCKED, method="password", answer=printable(said))
    if said.startswith(b"CLIENT_ERROR ") or said in {b"ERROR", b"SERVER_ERROR"}:
        raise CannotSee(Reason.UNREADABLE, f"memcached answers with an error: {printable(said)}")
    if not said.startswith(b"VERSION "):
        raise Garbled("what answers there does not speak the text protocol of memcached")
    await conversation.write(b"get readiness-audit-nothing\r\n")
    got = await intake.line(_LONGEST_LINE)
    if got != b"END":
        return Told(state=State.UNCLEAR, answer=printable(got), version=printable(said[8:], 40))
    return Told(
        state=State.OPEN,
        method="none",
        version=printable(said[8:], 40),
        answer="answers a get without a log-in",
    )
