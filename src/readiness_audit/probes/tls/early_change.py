"""
Change ciphers before keys are agreed, and see whether the server minds (CVE-2014-0224).

A server with the flaw takes the message and says nothing, and then cannot read a second one; any other
ends the handshake at the first. Nothing is exchanged in that handshake, which is given up.

Hanging up, or an alert that is about something else, is minding it only where the server does not do
so whatever comes: what every server has to wait for the rest of is sent it in another handshake.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from readiness_audit.probes.network.wire import Garbled
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.stream import Stream
from readiness_audit.probes.tls.hello import Version
from readiness_audit.probes.tls.messages import ALERT, CHANGE, HANDSHAKE, UNEXPECTED
from readiness_audit.probes.tls.unfinished import HUNG_UP, Heard, begin, broken, record, say

_CANNOT_READ = {20, 21}
"""bad_record_mac and decryption_failed."""

_BEGINNING_OF_A_KEY = b"\x10\x00\x00"
"""Three of the four bytes that a client's key exchange begins with: nobody can say anything to that."""

Ask = Callable[[Callable[[Stream], Awaitable[Heard]]], Awaitable[Heard]]
"""Connects and does that on the connection. Raises `CannotSee` and `Garbled`."""


async def change_early(ask: Ask, version: Version, hello: bytes) -> tuple[str, str]:
    """Give the state (`present`, `absent`, `unclear`) and what it is told by, in one line."""
    before: list[Heard] = []

    async def change_twice(stream: Stream) -> Heard:
        await begin(stream, version, hello)
        change = record(CHANGE, version, b"\x01")
        before.append(await say(stream, change))
        return await say(stream, change) if before[0].silent else before[0]

    async def say_little(stream: Stream) -> Heard:
        await begin(stream, version, hello)
        return await say(stream, record(HANDSHAKE, version, _BEGINNING_OF_A_KEY))

    try:
        heard = await ask(change_twice)
        if before[0].silent:
            return _to_another(heard)
        if heard.alert == UNEXPECTED:
            return "absent", f"{heard.fatal}"
        if heard.fatal is None and not _hangs_up(heard):
            return "unclear", f"to an early change of ciphers it says: {heard.words[0]}"
        otherwise = await ask(say_little)
    except (CannotSee, Garbled) as error:
        return "unclear", broken(error)
    said = heard.fatal or HUNG_UP
    if otherwise.silent:
        return "absent", f"on an early change of ciphers: {said}"
    return "unclear", f"not only on an early change of ciphers: {said}"


def _to_another(heard: Heard) -> tuple[str, str]:
    if heard.silent:
        return "unclear", "it keeps silent on two early changes of ciphers"
    if heard.alert in _CANNOT_READ:
        return "present", f"it takes an early change of ciphers, and to another one it says {heard.fatal}"
    if heard.alert == UNEXPECTED:
        return "absent", f"{heard.fatal}"
    # Whoever took the first may hang up on what it cannot read, or call it something else.
    return "unclear", f"it keeps silent on an early change of ciphers, and to another one: {heard.words[0]}"


def _hangs_up(heard: Heard) -> bool:
    """Say whether the connection ended with no more than an alert that says goodbye."""
    return heard.end == HUNG_UP and all(kind == ALERT for kind, _ in heard.records)
