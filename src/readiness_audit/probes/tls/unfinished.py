"""
Begin a handshake up to TLS 1.2, say one thing in it that does not belong there, and hear what comes.

Such a handshake is never ended: no keys are agreed, and nothing is exchanged in it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from readiness_audit.model.evidence import Reason
from readiness_audit.probes.network.wire import Cursor, Garbled, number, vector
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.stream import Stream
from readiness_audit.probes.tls.answer import certificates
from readiness_audit.probes.tls.hello import Version
from readiness_audit.probes.tls.messages import (
    ALERT,
    CHANGE,
    DATA,
    FATAL,
    HANDSHAKE,
    HEARTBEAT,
    Alert,
    Messages,
    read_record,
)
from readiness_audit.probes.tls.server_hello import ServerHello, read_server_hello

PATIENCE = 1.0
"""Seconds for everything that is answered to one thing said."""

SILENT, HUNG_UP, ENDLESS = "silence", "it hangs up", "more without end"

_SERVER_HELLO, _CERTIFICATE, _REQUEST, _DONE = 2, 11, 13, 14
_MOST_MESSAGES, _MOST_RECORDS = 8, 4
_KINDS = {CHANGE, ALERT, HANDSHAKE, DATA, HEARTBEAT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """What a server said before it was the client's turn."""

    hello: ServerHello
    leaf: bytes | None
    wants_certificate: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What came back."""

    records: tuple[tuple[int, bytes], ...]
    """Each as kind and body."""

    end: str
    """What ended it: silence, a hang-up, more than anybody wants to hear, or what is not TLS."""

    @property
    def silent(self) -> bool:
        """Say whether nothing came at all, and the connection stayed."""
        return not self.records and self.end == SILENT

    @property
    def alert(self) -> int | None:
        """Give the code of the alert that came first and ends a handshake; None for anything else."""
        if not self.records:
            return None
        kind, body = self.records[0]
        ends = kind == ALERT and len(body) >= 2 and body[0] == FATAL  # noqa: PLR2004 - level and code
        return body[1] if ends else None

    @property
    def fatal(self) -> str | None:
        """Name that alert."""
        return None if self.alert is None else f"the alert {Alert(code=self.alert).name}"

    @property
    def words(self) -> tuple[str, ...]:
        """Say all of it, so that two answers are alike where their words are."""
        return (*(_said(kind, body) for kind, body in self.records), self.end)


def record(kind: int, version: Version, body: bytes) -> bytes:
    """Put a record together."""
    return number(kind, 1) + number(version, 2) + vector(body, 2)


def handshake(kind: int, version: Version, body: bytes) -> bytes:
    """Put a handshake message into a record of its own."""
    return record(HANDSHAKE, version, number(kind, 1) + vector(body, 3))


async def begin(stream: Stream, version: Version, hello: bytes) -> Begun:
    """Say hello and hear the server out. Raises `Garbled` and the stream's `CannotSee`."""
    await stream.write(hello)
    messages = Messages(stream)
    answer, leaf, wants_certificate = None, None, False
    for _ in range(_MOST_MESSAGES):
        message = await messages.next()
        if isinstance(message, Alert):
            raise Garbled(f"it ends with the alert {message.name}")
        kind, body = message
        if answer is None:
            if kind != _SERVER_HELLO or (answer := read_server_hello(body)).version != version:
                raise Garbled("it does not begin with a hello of the version that was offered")
        elif kind == _CERTIFICATE and leaf is None:
            leaf = certificates(body)[0]
        elif kind == _REQUEST:
            wants_certificate = True
        elif kind == _DONE:
            return Begun(hello=answer, leaf=leaf, wants_certificate=wants_certificate)
    raise Garbled("the server's part of it does not end")


async def say(stream: Stream, data: bytes, patience: float = PATIENCE) -> Heard:
    """
    Say this, and hear what comes within `patience`, in seconds.

    Raises `CannotSee` where the time for the look is over before that.
    """
    records: list[tuple[int, bytes]] = []
    end = ENDLESS
    try:
        async with asyncio.timeout(patience):
            await stream.write(data)
            while len(records) < _MOST_RECORDS:
                records.append(await read_record(stream, _KINDS))
    except TimeoutError:
        end = SILENT
    except CannotSee as blind:
        if blind.reason is Reason.TIMED_OUT:
            raise
        end = HUNG_UP
    except Garbled as error:
        end = str(error)
    return Heard(records=tuple(records), end=end)


def broken(error: CannotSee | Garbled) -> str:
    """Say why a handshake did not come to where something could be said in it."""
    return f"the handshake broke: {error.detail if isinstance(error, CannotSee) else error}"


def _said(kind: int, body: bytes) -> str:
    if kind == ALERT:
        try:
            told = Cursor(body)
            level, code = told.number(1), told.number(1)
        except Garbled:
            return "an alert that says nothing"
        # Two alerts in one record are not one alert.
        again = " and more" if told.left() else ""
        return f"{'the alert' if level == FATAL else 'the warning'} {Alert(code=code).name}{again}"
    if kind == HANDSHAKE:
        return f"a handshake message of type {body[0]}" if body else "an empty record"
    return f"a record of type {kind}"
