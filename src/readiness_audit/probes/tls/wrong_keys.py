"""
Send keys that are wrapped wrongly, and see whether the server lets on (ROBOT, CVE-2017-13099).

With static RSA the client wraps a secret for the server's key (RFC 5246, section 7.4.7.1). Where a server
answers one wrong wrapping otherwise than another, somebody can have it unwrap what was recorded, one
question at a time. Five wrappings of invented secrets are sent, each in a handshake of its own: once
alone, and once with a junk end of the handshake behind it. The ways are those of the authors of ROBOT
(Böck, Somorovsky, Young: Return Of Bleichenbacher's Oracle Threat, 2018); how long an answer takes is
not compared.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence

from readiness_audit.probes.network.wire import Garbled, number, vector
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.stream import Stream
from readiness_audit.probes.tls.certificate import rsa_key_of
from readiness_audit.probes.tls.hello import Version
from readiness_audit.probes.tls.messages import ALERT, CHANGE, HANDSHAKE
from readiness_audit.probes.tls.unfinished import HUNG_UP, Begun, Heard, begin, broken, handshake, record, say

WRAPPINGS = ("well", "with a wrong beginning", "without an end", "with a late end", "for a wrong version")

_SHORTEST, _LONGEST = 64, 2048
"""Bytes of a modulus."""

_LARGEST_EXPONENT = 2**64
_FINISHED = 64
"""Bytes of the junk: whole blocks for every cipher."""

_ALONE = 0.6
"""Seconds for an answer to a key alone; most servers give none, and some hear one connection at a time."""

_CERTIFICATE, _KEY = 11, 16
_NO_CERTIFICATE = b"\x01\x29"
_AGAIN = (1, 3)
"""By how many places later rounds begin elsewhere: servers that take turns shall not seem to be one."""


Ask = Callable[[int, bool], Awaitable[Heard]]
"""
Sends a wrapping by its place in `WRAPPINGS`, with the end of the handshake behind it or without.

Raises `CannotSee` and `Garbled` where the handshake does not come to that.
"""


def wrapped(which: int, size: int, version: Version) -> bytes:
    """Give what is to be encrypted, of `size` bytes, the way PKCS #1 v1.5 has it (RFC 8017) or otherwise."""
    padding, secret = _not_zero(size - 51), _not_zero(46)
    spoken = number(version, 2)
    return (
        b"\x00\x02" + padding + b"\x00" + spoken + secret,
        b"\x41\x17" + padding + b"\x00" + spoken + secret,
        b"\x00\x02" + _not_zero(size - 2),
        b"\x00\x02" + _not_zero(size - 4) + b"\x00" + _not_zero(1),
        b"\x00\x02" + padding + b"\x00\x02\x02" + secret,
    )[which]


async def send_key(stream: Stream, version: Version, hello: bytes, which: int, *, finished: bool) -> Heard:
    """Begin a handshake, send one wrapping and give what comes back. Raises `CannotSee` and `Garbled`."""
    begun = await begin(stream, version, hello)
    message = _key_exchange(begun, version, which)
    if not finished:
        return await say(stream, message, patience=_ALONE)
    message += record(CHANGE, version, b"\x01") + record(HANDSHAKE, version, os.urandom(_FINISHED))
    return await say(stream, message)


async def compare(ask: Ask) -> tuple[str, str]:
    """Ask ten times, and ten more where answers differ; give the state and what it is told by."""
    places = range(len(WRAPPINGS))
    try:
        heard = await _round(ask, [(which, finished) for finished in (True, False) for which in places])
        for finished in (True, False):
            answers = [heard[which, finished].words for which in places]
            if len(set(answers)) > 1:
                return await _once_more(ask, answers, finished=finished)
    except (CannotSee, Garbled) as error:
        return "unclear", broken(error)
    return _alike(heard[0, True], heard[0, False])


async def _round(ask: Ask, questions: Sequence[tuple[int, bool]]) -> dict[tuple[int, bool], Heard]:
    answers = await asyncio.gather(*(ask(*question) for question in questions), return_exceptions=True)
    heard: dict[tuple[int, bool], Heard] = {}
    for question, answer in zip(questions, answers, strict=True):
        if isinstance(answer, BaseException):
            raise answer
        heard[question] = answer
    return heard


async def _once_more(ask: Ask, answers: Sequence[tuple[str, ...]], *, finished: bool) -> tuple[str, str]:
    places = range(len(WRAPPINGS))
    for places_on in _AGAIN:
        later = await _round(ask, [((which + places_on) % len(WRAPPINGS), finished) for which in places])
        if any(later[which, finished].words != answers[which] for which in places):
            return "unclear", "it answers the same wrapping of a key now in one way, now in another"
    other = next(which for which in places if answers[which] != answers[0])
    said = "; ".join(f"{WRAPPINGS[which]}: {', '.join(answers[which])}" for which in (0, other))
    return "present", f"what it answers shows how a key was wrapped ({said})"


def _alike(ended: Heard, alone: Heard) -> tuple[str, str]:
    # Whoever hangs up or refuses before the handshake ends may not have looked at the key at all.
    if not alone.silent:
        return "unclear", f"whatever key it is sent, it does not wait for the rest: {alone.words[0]}"
    if ended.fatal is None and ended.words != (HUNG_UP,):
        return "unclear", f"whatever key ends the handshake, it says: {ended.words[0]}"
    return "absent", f"however a key is wrapped, it answers alike: {ended.fatal or HUNG_UP}"


def _key_exchange(begun: Begun, version: Version, which: int) -> bytes:
    numbers = rsa_key_of(begun.leaf) if begun.leaf is not None else None
    if numbers is None:
        raise Garbled("it shows no RSA key that can be read")
    modulus, exponent = numbers
    size = (modulus.bit_length() + 7) // 8
    if not _SHORTEST <= size <= _LONGEST or exponent >= _LARGEST_EXPONENT:
        raise Garbled(f"no key is wrapped for an RSA key of {modulus.bit_length()} bits")
    # The public side of RSA on invented bytes: nothing is protected by it (decision 23).
    key = pow(int.from_bytes(wrapped(which, size, version)), exponent, modulus).to_bytes(size)
    message = handshake(_KEY, version, key if version is Version.SSL3 else vector(key, 2))
    if not begun.wants_certificate:
        return message
    if version is Version.SSL3:
        return record(ALERT, version, _NO_CERTIFICATE) + message
    return handshake(_CERTIFICATE, version, vector(b"", 3)) + message


def _not_zero(count: int) -> bytes:
    return bytes(byte % 255 + 1 for byte in os.urandom(count))
