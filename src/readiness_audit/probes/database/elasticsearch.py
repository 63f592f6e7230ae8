"""Ask Elasticsearch or OpenSearch whether it answers somebody who has not logged in (GET /)."""

from __future__ import annotations

import json
import re

from readiness_audit.model.evidence import Reason
from readiness_audit.model.target import Endpoint
from readiness_audit.probes.database.doors import either_way
from readiness_audit.probes.database.facts import Both, State, Told
from readiness_audit.probes.network.intake import Intake, printable
from readiness_audit.probes.network.wire import Garbled
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.reach import Reach
from readiness_audit.probes.reach.secure import Conversation

_LARGEST = 2**16
_STATUS = re.compile(rb"HTTP/1\.[01] ([1-9][0-9]{2})(?: [^\r\n]*)?\r\n")
_CHALLENGE = re.compile(rb"\r\nwww-authenticate:", re.IGNORECASE)


async def look(target: Endpoint, reach: Reach) -> Both:
    """Ask for the first page. Raises `CannotSee` where it is neither of the two."""
    host = f"[{target.host}]" if ":" in target.host else target.host

    async def converse(conversation: Conversation) -> Told:
        # The older version of HTTP: its answers are neither cut in chunks nor followed by others.
        await conversation.write(f"GET / HTTP/1.0\r\nHost: {host}:{target.port}\r\n\r\n".encode("ascii"))
        return _read(await Intake(conversation).all(_LARGEST))

    return await either_way(target, reach, converse)


def _read(answer: bytes) -> Told:
    status = _STATUS.match(answer)
    head, end, body = answer.partition(b"\r\n\r\n")
    if status is None or not end:
        raise Garbled("what answers there does not speak HTTP" if answer else "it hung up without an answer")
    try:
        told = json.loads(body)
    except (ValueError, RecursionError, MemoryError):
        told = None
    if status[1] in {b"401", b"403"}:
        # Anybody may forbid a page: a demand for a log-in is a challenge, or an error in their manner.
        if _CHALLENGE.search(head) or (isinstance(told, dict) and {"error", "status"} <= told.keys()):
            return Told(state=State.LOCKED, answer=f"demands a log-in (status {status[1].decode()})")
        raise CannotSee(Reason.UNREADABLE, f"a page is forbidden (status {status[1].decode()})")
    if status[1] != b"200":
        raise CannotSee(Reason.UNREADABLE, f"it answers with status {status[1].decode()}")
    version = told.get("version") if isinstance(told, dict) else None
    number = version.get("number") if isinstance(version, dict) else None
    if not isinstance(told, dict) or not isinstance(number, str) or "cluster_name" not in told:
        raise CannotSee(Reason.UNREADABLE, "what answers there is neither Elasticsearch nor OpenSearch")
    return Told(
        state=State.OPEN,
        method="none",
        version=printable(number.encode(), 40),
        answer="describes its cluster without a log-in",
    )
