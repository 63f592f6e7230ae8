"""
Be given a session ticket of TLS 1.2, and see what comes of taking that session up again.

The handshake is OpenSSL's; the ticket stands in clear text before it ends (RFC 5077, section 3.3).
"""

from __future__ import annotations

from dataclasses import dataclass

from readiness_audit.model.target import Endpoint
from readiness_audit.probes.network.wire import Cursor, Garbled
from readiness_audit.probes.reach.deadline import Deadline
from readiness_audit.probes.reach.reach import Reach
from readiness_audit.probes.reach.secure import SecureStream
from readiness_audit.probes.reach.stream import Stream
from readiness_audit.probes.tls.handshakes import asked_names, sni
from readiness_audit.probes.tls.hello import Version, client_hello
from readiness_audit.probes.tls.messages import HANDSHAKE, Alert, Messages
from readiness_audit.probes.tls.server_hello import read_server_hello
from readiness_audit.probes.tls.way_in import way_in

SESSION = b"readiness-audit".ljust(31, b".")
"""A session's name of 31 bytes: whoever answers with 32 has added one that was not given."""

_LONGEST_HEARD = 2**19
_NEW_TICKET, _SERVER_HELLO = 4, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """What a server gives to come back with."""

    lifetime: int
    """Seconds it says it will be taken for; 0 where it does not say."""

    data: bytes


class _Listening:
    """A stream that remembers what was read."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self.heard = b""

    async def write(self, data: bytes) -> None:
        await self._stream.write(data)

    async def read(self, most: int) -> bytes:
        data = await self._stream.read(most)
        if len(self.heard) < _LONGEST_HEARD:
            self.heard += data
        return data

    def close(self) -> None:
        self._stream.close()


async def be_given_a_ticket(target: Endpoint, reach: Reach, budget: Deadline) -> Ticket | None:
    """Shake hands in TLS 1.2 or older; None where no ticket comes. Raises `CannotSee` and `Garbled`."""
    listening = _Listening(await way_in(target, reach, budget))
    async with SecureStream(listening, sni(asked_names(target)[0]), only_older=True) as secure:
        await secure.shake_hands()
    return _find(listening.heard)


def _find(heard: bytes) -> Ticket | None:
    records, messages = Cursor(heard), b""
    while records.left():
        kind = records.number(1)
        records.take(2)
        data = records.vector(2)
        if kind != HANDSHAKE:
            # From the change of ciphers on, everything is encrypted.
            break
        messages += data
    each = Cursor(messages)
    while each.left():
        kind, body = each.number(1), Cursor(each.vector(3))
        if kind == _NEW_TICKET:
            return Ticket(lifetime=body.number(4), data=body.vector(2))
    return None


async def come_back(target: Endpoint, reach: Reach, ticket: Ticket, budget: Deadline) -> int | None:
    """
    Take the session up under a name of 31 bytes, and give the length of the name that comes back.

    None where the server does not take it up. Raises `CannotSee` and `Garbled`.
    """
    async with await way_in(target, reach, budget) as stream:
        name = sni(asked_names(target)[0])
        await stream.write(client_hello(Version.TLS12, name, session=SESSION, ticket=ticket.data))
        first = await Messages(stream).next()
    if isinstance(first, Alert) or first[0] != _SERVER_HELLO:
        raise Garbled("to a session taken up again comes no hello")
    session = read_server_hello(first[1]).session
    return len(session) if session.startswith(SESSION) else None
