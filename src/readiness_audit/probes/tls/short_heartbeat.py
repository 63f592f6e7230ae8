"""
Send a heartbeat that is too short, and see whether the server answers it (CVE-2014-0160).

It says that it carries nothing, and has no padding: a server without the flaw has to ignore it (RFC 6520,
section 4), one with the flaw answers with nothing and padding of its own. None of its memory is asked for.

Silence proves nothing: within a handshake OpenSSL keeps what it says to a heartbeat until it says
something else. So a message follows that every server ends the handshake at: what was kept comes before
the alert.
"""

from __future__ import annotations

from readiness_audit.probes.network.wire import Garbled
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.stream import Stream
from readiness_audit.probes.tls.features import HEARTBEAT as EXTENSION
from readiness_audit.probes.tls.hello import Version
from readiness_audit.probes.tls.messages import HEARTBEAT
from readiness_audit.probes.tls.unfinished import begin, broken, handshake, record, say

MAY_BE_SENT = b"\x01"
"""What a server says that takes heartbeats, and does not only send them."""

_REQUEST_OF_NOTHING = b"\x01\x00\x00"
_RESPONSE = 2
_SERVER_DONE = 14


async def beat_short(stream: Stream, version: Version, hello: bytes) -> tuple[str, str]:
    """Give the state (`present`, `absent`, `unclear`) and what it is told by, in one line."""
    try:
        begun = await begin(stream, version, hello)
    except (CannotSee, Garbled) as error:
        return "unclear", broken(error)
    if begun.hello.extensions.get(EXTENSION) != MAY_BE_SENT:
        return "unclear", "it offers heartbeats at one time and not at another"
    first = await say(stream, record(HEARTBEAT, version, _REQUEST_OF_NOTHING))
    # Only servers send this message; whoever reads it from a client ends the handshake.
    second = await say(stream, handshake(_SERVER_DONE, version, b"")) if first.silent else first
    if any(kind == HEARTBEAT and body[:1] == bytes([_RESPONSE]) for kind, body in second.records):
        return "present", "it answers a heartbeat without padding, which it has to ignore"
    if second.fatal is None:
        return "unclear", f"to a heartbeat without padding and what follows it says: {second.words[0]}"
    if first.silent:
        return "absent", f"it ignores a heartbeat without padding, and to what follows it says {second.fatal}"
    return "absent", f"it takes no heartbeat within a handshake and says {second.fatal}"
