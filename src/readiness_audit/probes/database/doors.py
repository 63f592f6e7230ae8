"""Try the way in clear and the way within TLS, each on a connection of its own."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

from readiness_audit.model.evidence import Reason
from readiness_audit.model.target import Endpoint
from readiness_audit.probes.database.facts import CLOSED_TO_PLAIN, CLOSED_TO_TLS, Both, State, Told
from readiness_audit.probes.network.wire import Garbled
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.deadline import Deadline
from readiness_audit.probes.reach.reach import Reach
from readiness_audit.probes.reach.secure import Conversation, SecureStream
from readiness_audit.probes.reach.stream import Stream
from readiness_audit.probes.tls.handshakes import sni

_SHARE = 0.4
_NO_WAY_BACK = {Reason.REFUSED, Reason.OUT_OF_SCOPE, Reason.OUTSIDE_WINDOW}
_SPOKE_TLS_NOT = {Reason.UNREADABLE, Reason.UNREACHABLE, Reason.REFUSED}


@contextlib.asynccontextmanager
async def connected(target: Endpoint, reach: Reach, budget: Deadline) -> AsyncIterator[Stream]:
    """Open one connection; what is no sense in its answers becomes `CannotSee`, and so does slowness."""
    try:
        async with (
            budget.timeout(),
            await reach.gate.connect(reach.look, target.host, target.port, budget) as stream,
        ):
            yield stream
    except TimeoutError:
        raise CannotSee(Reason.TIMED_OUT, "there was no whole answer in time") from None
    except Garbled as error:
        raise CannotSee(Reason.UNREADABLE, str(error)) from None


@contextlib.asynccontextmanager
async def secured(target: Endpoint, stream: Stream) -> AsyncIterator[SecureStream]:
    """Begin TLS on a connection."""
    async with SecureStream(stream, sni(target.host)) as secure:
        await secure.shake_hands()
        yield secure


async def either_way(
    target: Endpoint,
    reach: Reach,
    converse: Callable[[Conversation], Awaitable[Told]],
    *,
    one_port_has_both: bool = False,
) -> Both:
    """
    Hold a conversation in clear or, where that is not answered, within TLS from the first byte.

    `one_port_has_both` says that the product can have either on the same port, so that TLS is
    tried after an answer in clear, too; others would only keep silent to it. Raises `CannotSee`
    where neither leads to anything.
    """
    budget = reach.deadline.part(reach.deadline.left() * _SHARE)
    try:
        async with connected(target, reach, budget) as stream:
            plain = await converse(stream)
    except CannotSee as blind:
        if blind.reason in _NO_WAY_BACK:
            raise
        tls = await _only_tls(target, reach, converse, blind)
        return Both(plain=await _again_in_clear(target, reach, converse, blind), tls=tls)
    if not one_port_has_both:
        return Both(plain=plain, tls=CLOSED_TO_TLS)
    return Both(plain=plain, tls=await _also_tls(target, reach, converse))


async def _again_in_clear(
    target: Endpoint,
    reach: Reach,
    converse: Callable[[Conversation], Awaitable[Told]],
    first: CannotSee,
) -> Told:
    """Knock in clear once more: who hung up once may do so now and then; silence is no answer."""
    blind = first
    if first.reason is not Reason.TIMED_OUT:
        try:
            async with connected(target, reach, reach.deadline) as stream:
                return await converse(stream)
        except CannotSee as again:
            blind = again
    silent = blind.reason is Reason.TIMED_OUT
    return Told(state=State.UNCLEAR, answer=blind.detail) if silent else CLOSED_TO_PLAIN


async def _only_tls(
    target: Endpoint, reach: Reach, converse: Callable[[Conversation], Awaitable[Told]], plain: CannotSee
) -> Told:
    began = False
    try:
        async with connected(target, reach, reach.deadline) as stream, secured(target, stream) as secure:
            began = True
            return await converse(secure)
    except CannotSee as blind:
        if began:
            raise CannotSee(blind.reason, f"within TLS: {blind.detail}") from None
        raise plain from None


async def _also_tls(
    target: Endpoint, reach: Reach, converse: Callable[[Conversation], Awaitable[Told]]
) -> Told:
    began = False
    try:
        async with connected(target, reach, reach.deadline) as stream, secured(target, stream) as secure:
            began = True
            return await converse(secure)
    except CannotSee as blind:
        if not began and blind.reason in _SPOKE_TLS_NOT:
            return CLOSED_TO_TLS
        return Told(state=State.UNCLEAR, answer=blind.detail)
