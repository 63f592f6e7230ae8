"""
Change ciphers before keys are agreed, and see whether the server minds (CVE-2014-0224).

A server with the flaw takes the message and says nothing, and then cannot read a second one; any other
ends the handshake at the first. Nothing is exchanged in that handshake, which is given up.
"""

from __future__ import annotations

import asyncio

from readiness_audit.model.evidence import Reason
from readiness_audit.probes.network.wire import Garbled, number
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.stream import Stream
from readiness_audit.probes.tls.hello import Version
from readiness_audit.probes.tls.messages import Alert, Messages

PATIENCE = 1.0
"""Seconds for the answer to each message."""

_DONE = 14
_MOST_MESSAGES = 8
_CANNOT_READ = {20, 21}
"""bad_record_mac and decryption_failed."""


async def change_early(stream: Stream, version: Version, hello: bytes) -> tuple[str, str]:
    """Give the state (`present`, `absent`, `unclear`) and what it is told by, in one line."""
    messages = Messages(stream)
    change = b"\x14" + number(version, 2) + b"\x00\x01\x01"
    try:
        await stream.write(hello)
        await _until_done(messages)
    except (CannotSee, Garbled) as error:
        return "unclear", f"the handshake broke: {error.detail if isinstance(error, CannotSee) else error}"
    first = await _answer(stream, messages, change)
    if first is not None:
        return ("unclear", first[1]) if first[0] is None else ("absent", first[1])
    second = await _answer(stream, messages, change)
    if second is None or second[0] is None:
        return "unclear", second[
            1
        ] if second is not None else "it keeps silent on two early changes of ciphers"
    if second[0] in _CANNOT_READ:
        return "present", f"it takes an early change of ciphers, and to another one it says {second[1]}"
    return "absent", second[1]


async def _until_done(messages: Messages) -> None:
    for _ in range(_MOST_MESSAGES):
        message = await messages.next()
        if isinstance(message, Alert):
            raise Garbled(f"it ends with the alert {message.name}")
        if message[0] == _DONE:
            return
    raise Garbled("the server's part of it does not end")


async def _answer(stream: Stream, messages: Messages, change: bytes) -> tuple[int | None, str] | None:
    """Give what a change is answered with: an alert's code, -1 for hanging up, None for what is odd."""
    try:
        async with asyncio.timeout(PATIENCE):
            await stream.write(change)
            message = await messages.next()
    except TimeoutError:
        return None
    except CannotSee as blind:
        if blind.reason is Reason.TIMED_OUT:
            return None
        return -1, "it hangs up on an early change of ciphers"
    except Garbled as error:
        return None, str(error)
    if isinstance(message, Alert):
        return message.code, f"the alert {message.name}"
    return None, f"a handshake message of type {message[0]} follows an early change of ciphers"
