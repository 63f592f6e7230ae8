"""Ask one web server several things, over as few connections as it allows, and nobody else anything."""

from __future__ import annotations

import zlib
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

from readiness_audit.model.evidence import Reason
from readiness_audit.model.grammar import Address
from readiness_audit.model.target import Endpoint
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.reach import Reach
from readiness_audit.probes.reach.secure import Conversation, SecureStream
from readiness_audit.probes.tls.handshakes import asked_names, sni
from readiness_audit.probes.web.exchange import LARGEST_BODY, Reply, ask_for

USUAL_PORTS = {"http": 80, "https": 443}
PATIENCE = 3.0
"""Seconds for one of several requests, so that a page that hangs does not cost all others."""

_EITHER_WRAPPER = 47
_UNPACKED = {"", "identity"}
_PACKED = {"gzip", "x-gzip", "deflate"}


class Visit:
    """The requests of one look at one endpoint; use it in `async with`, so that it hangs up at the end."""

    def __init__(
        self, target: Endpoint, reach: Reach, *, patience: float = PATIENCE, only: Address | None = None
    ) -> None:
        """Prepare; nothing is sent before something is asked for, and that to `only` one address if given."""
        self._only = only
        self._target = target
        self._reach = reach
        self._patience = patience
        self._open = AsyncExitStack()
        self._conversation: Conversation | None = None
        self.name = asked_names(target)[0]
        """The name that is asked for."""

        self.chain: tuple[bytes, ...] = ()
        """The certificates that the last connection showed, as DER, leaf first."""

        self.connections = 0
        self.requests = 0

    async def ask(
        self,
        path: str,
        *,
        method: str = "GET",
        more: tuple[tuple[str, str], ...] = (),
        most_body: int = LARGEST_BODY,
        last: bool = False,
        content: bytes = b"",
    ) -> Reply:
        """
        Ask once; where the server hung up on a connection that was used before, on a new one.

        Raises `CannotSee` where no whole head of an answer comes.
        """
        used = self._conversation is not None
        budget = self._reach.deadline.part(self._patience)
        try:
            async with budget.timeout():
                try:
                    return await self._ask(path, method, more, most_body, content, last=last)
                except CannotSee:
                    if not used:
                        raise
                return await self._ask(path, method, more, most_body, content, last=last)
        except TimeoutError:
            await self._hang_up()
            raise CannotSee(Reason.TIMED_OUT, "no answer came in time") from None

    async def _ask(
        self,
        path: str,
        method: str,
        more: tuple[tuple[str, str], ...],
        most_body: int,
        content: bytes,
        *,
        last: bool,
    ) -> Reply:
        if self._conversation is None:
            self._conversation = await self._connect()
        self.requests += 1
        try:
            reply = await ask_for(
                self._conversation,
                host=host_header(self._target, self.name),
                path=path,
                deadline=self._reach.deadline.part(self._patience),
                method=method,
                more=more,
                most_body=most_body,
                last=last,
                content=content,
            )
        except CannotSee:
            await self._hang_up()
            raise
        if last or not reply.reusable:
            await self._hang_up()
        return reply

    async def _connect(self) -> Conversation:
        reach, target = self._reach, self._target
        stream = await reach.gate.connect(reach.look, target.host, target.port, reach.deadline, self._only)
        self.connections += 1
        await self._open.enter_async_context(stream)
        if target.protocol == "http":
            return stream
        secure = await self._open.enter_async_context(SecureStream(stream, sni(self.name)))
        try:
            await secure.shake_hands()
            self.chain = secure.chain()
        except BaseException:
            await self._hang_up()
            raise
        return secure

    async def _hang_up(self) -> None:
        self._conversation = None
        await self._open.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._hang_up()


def host_header(target: Endpoint, name: str) -> str:
    """Write what goes into the Host header: the name, and the port where it is not the usual one."""
    port = "" if target.port == USUAL_PORTS[target.protocol] else f":{target.port}"
    return f"[{name}]{port}" if ":" in name else f"{name}{port}"


def unpacked(reply: Reply, most: int = LARGEST_BODY) -> bytes | None:
    """
    Give at most `most` bytes of a body without its packaging; None where it cannot be read.

    Servers are asked not to pack, and some do so all the same. A bomb is not unpacked beyond `most`.
    """
    return _unpacked(reply, most)[0]


def is_whole(reply: Reply, most: int = LARGEST_BODY) -> bool:
    """Say whether a body was read to its end, and all of it is within the `most` bytes of `unpacked`."""
    return _unpacked(reply, most)[1]


def _unpacked(reply: Reply, most: int) -> tuple[bytes | None, bool]:
    coding = ",".join(reply.values("content-encoding")).strip().lower()
    if coding in _UNPACKED:
        return reply.body[:most], not reply.body_truncated and len(reply.body) <= most
    if coding not in _PACKED:
        return None, False
    packed = zlib.decompressobj(_EITHER_WRAPPER)
    try:
        body = packed.decompress(reply.body, most)
    except zlib.error:
        return None, False
    return body, packed.eof and not reply.body_truncated
