"""Read what a server answers to a ClientHello: strictly, with an end to everything, computing nothing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from readiness_audit.probes.network.wire import Cursor, Garbled
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.stream import Stream
from readiness_audit.probes.tls.hello import Version
from readiness_audit.probes.tls.messages import ALERT, Alert, Messages
from readiness_audit.probes.tls.server_hello import read_server_hello
from readiness_audit.probes.tls.suites import SUITES, SUITES_13, suite_name

MOST_CERTIFICATES = 100

_SERVER_HELLO, _CERTIFICATE = 2, 11
_AFTER_CERTIFICATE = {12, 13, 14, 22}
_SSL2_ERROR, _SSL2_SERVER_HELLO = 0, 4
_PROTOCOL_VERSION = 70


class State(StrEnum):
    """What became of an offer."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a server answered to one offer."""

    state: State
    said: str
    """One line: the chosen suite, the alert, or what else came."""

    definite: bool = False
    """Whether the refusal is about the version and nothing else."""

    suite: str | None = None
    ciphers: tuple[int, ...] = ()
    """The kinds of cipher an SSLv2 server names."""

    chain: tuple[bytes, ...] = ()
    """Certificates as they were sent, leaf first."""

    trouble: str | None = None
    """Why the certificates could not be read, where there should have been some."""


async def hear(stream: Stream, version: Version) -> Answer:
    """
    Read the answer to an offer of `version`.

    Raises `Garbled` where what comes is not TLS, and the stream's `CannotSee`.
    """
    if version is Version.SSL2:
        return await _hear_ssl2(stream)
    messages = Messages(stream)
    first = await messages.next()
    if isinstance(first, Alert):
        definite = first.code == _PROTOCOL_VERSION
        return Answer(state=State.REFUSED, said=f"alert {first.name}", definite=definite)
    kind, body = first
    if kind != _SERVER_HELLO:
        raise Garbled(f"a handshake message of type {kind} comes where the server's hello should")
    hello = read_server_hello(body)
    chosen, suite = hello.version, hello.suite
    if chosen != version:
        said = f"answers with {_version_name(chosen)} instead"
        return Answer(state=State.REFUSED, said=said, definite=True)
    if suite not in (SUITES_13 if version is Version.TLS13 else SUITES):
        raise Garbled(f"the server chose the suite {suite_name(suite)}, which was not offered")
    chain: tuple[bytes, ...] = ()
    trouble = None
    if version is not Version.TLS13:
        chain, trouble = await _chain(messages)
    return Answer(
        state=State.ACCEPTED, said=suite_name(suite), suite=suite_name(suite), chain=chain, trouble=trouble
    )


async def _chain(messages: Messages) -> tuple[tuple[bytes, ...], str | None]:
    # The version is known by now: trouble from here on is trouble with the certificates only.
    try:
        message = await messages.next()
        if isinstance(message, Alert):
            return (), f"alert {message.name} instead of a certificate"
        kind, body = message
        if kind in _AFTER_CERTIFICATE:
            return (), "the server sent no certificate"
        if kind != _CERTIFICATE:
            return (), f"a handshake message of type {kind} instead of a certificate"
        return certificates(body), None
    except Garbled as error:
        return (), str(error)
    except CannotSee as blind:
        return (), blind.detail


def certificates(body: bytes) -> tuple[bytes, ...]:
    """Read the list in a Certificate message of SSLv3 to TLS 1.2; raises `Garbled`."""
    message = Cursor(body)
    each = Cursor(message.vector(3))
    if message.left():
        raise Garbled("bytes follow the list of certificates")
    found: list[bytes] = []
    while each.left():
        found.append(each.vector(3))
        if len(found) > MOST_CERTIFICATES:
            raise Garbled(f"the server sent more than {MOST_CERTIFICATES} certificates")
    if not found or not all(found):
        raise Garbled("the server sent an empty certificate")
    return tuple(found)


def _version_name(code: int) -> str:
    return Version(code).title if code in set(Version) else f"version 0x{code:04X}"


async def _hear_ssl2(stream: Stream) -> Answer:
    head = await stream.read_exactly(2)
    if head == bytes((ALERT, Version.SSL3 >> 8)):
        rest = await stream.read_exactly(5)
        return Answer(state=State.REFUSED, said=f"alert {Alert(code=rest[4]).name}", definite=True)
    if not head[0] & 0x80:
        raise Garbled(f"what comes is not SSLv2; it begins with {head!r}")
    message = Cursor(await stream.read_exactly(int.from_bytes(head) & 0x7FFF))
    kind = message.number(1)
    if kind == _SSL2_ERROR:
        return Answer(state=State.REFUSED, said="an error message of SSLv2", definite=True)
    if kind != _SSL2_SERVER_HELLO:
        raise Garbled(f"a message of type {kind} comes where the server's SSLv2 hello should")
    message.take(2)
    version = message.number(2)
    lengths = [message.number(2) for _ in range(3)]
    certificate, ciphers, _ = (message.take(length) for length in lengths)
    if version != Version.SSL2:
        return Answer(state=State.REFUSED, said=f"answers with {_version_name(version)}", definite=True)
    return Answer(
        state=State.ACCEPTED,
        said=f"{len(ciphers) // 3} ciphers of SSLv2",
        ciphers=tuple(int.from_bytes(ciphers[at : at + 3]) for at in range(0, len(ciphers) - 2, 3)),
        chain=(certificate,) if certificate else (),
        trouble=None if certificate else "the server sent no certificate",
    )
