"""
Ask a server for its certificates and its stapled OCSP response, as TLS 1.2 sends them in clear.

In TLS 1.3 the staple is encrypted, and nothing here decrypts it: a server that speaks only
TLS 1.3 shows its staple to nobody who does not compute.
"""

from __future__ import annotations

from dataclasses import dataclass

from readiness_audit.model.target import Endpoint
from readiness_audit.probes.network.wire import Cursor, Garbled
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.deadline import Deadline
from readiness_audit.probes.reach.reach import Reach
from readiness_audit.probes.reach.stream import Stream
from readiness_audit.probes.tls.answer import certificates
from readiness_audit.probes.tls.handshakes import sni
from readiness_audit.probes.tls.hello import Version, client_hello
from readiness_audit.probes.tls.messages import Alert, Messages
from readiness_audit.probes.tls.server_hello import read_server_hello
from readiness_audit.probes.tls.way_in import way_in

_SERVER_HELLO, _CERTIFICATE, _STATUS = 2, 11, 22
_MOST_MESSAGES = 4
_OCSP = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Stapled:
    """What a server sent in clear to who asked for a name."""

    chain: tuple[bytes, ...] = ()
    staple: bytes | None = None
    trouble: str | None = None
    """Why no staple could be heard, where that is not because there is none."""


async def ask_for_staple(endpoint: Endpoint, reach: Reach, name: str, budget: Deadline) -> Stapled:
    """Offer TLS 1.2 with a wish for a staple, and read up to where one would stand."""
    try:
        stream = await way_in(endpoint, reach, budget)
        async with stream:
            await stream.write(client_hello(Version.TLS12, sni(name), curious=True))
            return await _hear(stream)
    except CannotSee as blind:
        return Stapled(trouble=blind.detail)
    except Garbled as error:
        return Stapled(trouble=str(error))


async def _hear(stream: Stream) -> Stapled:
    messages = Messages(stream)
    first = await messages.next()
    if isinstance(first, Alert):
        return Stapled(trouble=f"to an offer of TLS 1.2 it answers with the alert {first.name}")
    kind, body = first
    if kind != _SERVER_HELLO:
        raise Garbled(f"a handshake message of type {kind} comes where the server's hello should")
    if read_server_hello(body).version != Version.TLS12:
        return Stapled(trouble="it does not take TLS 1.2, over which a staple can be heard")
    return await _hear_rest(messages)


async def _hear_rest(messages: Messages) -> Stapled:
    chain: tuple[bytes, ...] = ()
    # The certificates are known by then: trouble with the staple is no trouble with them.
    try:
        for _ in range(_MOST_MESSAGES):
            message = await messages.next()
            if isinstance(message, Alert):
                return Stapled(chain=chain, trouble=f"after its hello comes the alert {message.name}")
            kind, body = message
            if kind == _CERTIFICATE and not chain:
                chain = certificates(body)
            elif kind == _STATUS:
                return Stapled(chain=chain, staple=_response(body))
            else:
                break
    except Garbled as error:
        return Stapled(chain=chain, trouble=str(error))
    except CannotSee as blind:
        return Stapled(chain=chain, trouble=blind.detail)
    return Stapled(chain=chain)


def _response(body: bytes) -> bytes:
    message = Cursor(body)
    if message.number(1) != _OCSP:
        raise Garbled("the status it sends is of no known type")
    response = message.vector(3)
    if message.left() or not response:
        raise Garbled("the status it sends is empty, or bytes follow it")
    return response
