"""
TLS over a connection from the gate, with any server that has any TLS at all.

Nothing is verified here: a probe that refused old versions or bad certificates could
not report on them. The handshake runs in memory over the stream, so that its deadline
bounds every step, and what is fed without anything coming out of it is bounded too.
"""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from types import TracebackType
from typing import Protocol, Self

from readiness_audit.model.evidence import Reason
from readiness_audit.probes.reach.blind import CannotSee

MOST_WITHOUT_PROGRESS = 512 * 2**10
"""Bytes taken from the server while nothing of what was asked for comes out."""

MOST_TICKETS = 20
_HANDSHAKE, _NEW_TICKET = 22, 4
_MESSAGE_HEAD = 4


class Conversation(Protocol):
    """What a plain and a secured connection have in common."""

    async def write(self, data: bytes) -> None:
        """Send all of `data`."""

    async def read(self, most: int) -> bytes:
        """Give what has come, nothing at the end."""

    def close(self) -> None:
        """Hang up."""


class SecureStream:
    """A stream inside TLS; use it in `async with`, which also closes the connection below."""

    def __init__(
        self,
        stream: Conversation,
        name: str | None,
        *,
        only_newest: bool = False,
        only_older: bool = False,
        protocols: Sequence[str] = (),
        watch: bool = False,
    ) -> None:
        """
        Prepare to speak over `stream`; `name` is asked for by SNI.

        `only_newest` means TLS 1.3 alone, `only_older` everything but TLS 1.3. `protocols` are offered to be
        spoken inside (ALPN); `watch` keeps the tickets that are given.
        """
        self._stream = stream
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        context = _context(only_newest=only_newest)
        if only_older:
            context.maximum_version = ssl.TLSVersion.TLSv1_2
        if protocols:
            context.set_alpn_protocols(list(protocols))
        self.tickets: list[bytes] = []
        """The bodies of the NewSessionTicket messages that came, at most 20, where they are watched for."""

        if watch:
            # Nothing public shows a ticket of TLS 1.3, which comes encrypted; this is what OpenSSL read.
            context._msg_callback = self._watch  # type: ignore[attr-defined]  # noqa: SLF001 - see above; typeshed hides it
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=name)

    async def shake_hands(self) -> None:
        """Do the handshake. Raises `CannotSee` where the server does not take part in it."""
        budget = MOST_WITHOUT_PROGRESS
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                budget = await self._feed(budget)
            except (ssl.SSLError, OSError, ValueError) as error:
                await self._flush_quietly()
                raise _blind("the TLS handshake failed", error) from None
            else:
                return await self._flush()

    def version(self) -> str:
        """Name the protocol version that was agreed on: `TLSv1.3`, with `TLSv1` for the first."""
        return self._tls.version() or ""

    def protocol(self) -> str | None:
        """Name the protocol that the server chose to be spoken inside (ALPN), if any."""
        return self._tls.selected_alpn_protocol()

    def _watch(self, _: object, way: str, _version: int, content: int, kind: int, data: bytes) -> None:
        if (way, content, kind) == ("read", _HANDSHAKE, _NEW_TICKET) and len(self.tickets) < MOST_TICKETS:
            self.tickets.append(data[_MESSAGE_HEAD:])

    def chain(self) -> tuple[bytes, ...]:
        """Give the certificates the server sent, as DER, leaf first; none where it sent none."""
        if hasattr(self._tls, "get_unverified_chain"):
            return tuple(self._tls.get_unverified_chain())
        # Until Python 3.13 the public class does not pass this on.
        inner = self._tls._sslobj  # type: ignore[attr-defined]  # noqa: SLF001 - see above; typeshed hides it
        sent = inner.get_unverified_chain() or ()
        return tuple(ssl.PEM_cert_to_DER_cert(certificate.public_bytes()) for certificate in sent)

    async def write(self, data: bytes) -> None:
        """Send all of `data`. Raises `CannotSee` when the other side hangs up or stops taking it."""
        try:
            self._tls.write(data)
        except (ssl.SSLError, OSError, ValueError) as error:
            raise _blind("the TLS connection broke while writing", error) from None
        await self._flush()

    async def read(self, most: int) -> bytes:
        """Give what has come, at least one and at most `most` bytes; nothing at the end of the stream."""
        budget = MOST_WITHOUT_PROGRESS
        while True:
            try:
                return self._tls.read(most)
            except ssl.SSLWantReadError:
                budget = await self._feed(budget)
            except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
                return b""
            except (ssl.SSLError, OSError, ValueError) as error:
                raise _blind("the TLS connection broke while reading", error) from None

    def close(self) -> None:
        """Hang up at once, without waiting for the other side."""
        self._stream.close()

    async def _feed(self, budget: int) -> int:
        await self._flush()
        data = await self._stream.read(2**14)
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()
        if len(data) > budget:
            raise CannotSee(Reason.TOO_LARGE, "the server sends TLS records without end")
        return budget - len(data)

    async def _flush(self) -> None:
        if data := self._outgoing.read():
            await self._stream.write(data)

    async def _flush_quietly(self) -> None:
        # A last alert is a courtesy; that it cannot be sent changes nothing.
        try:
            await self._flush()
        except CannotSee:
            return

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _context(*, only_newest: bool) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.TLSv1_3 if only_newest else ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("ALL:COMPLEMENTOFALL:@SECLEVEL=0")
    context.options |= ssl.OP_LEGACY_SERVER_CONNECT if hasattr(ssl, "OP_LEGACY_SERVER_CONNECT") else 4
    return context


def _blind(doing: str, error: Exception) -> CannotSee:
    if isinstance(error, ssl.SSLEOFError):
        return CannotSee(Reason.UNREADABLE, f"{doing}: the other side hung up")
    said = getattr(error, "reason", None) or str(error)
    words = str(said).replace("_", " ").lower()
    reason = Reason.REFUSED if "alert" in words else Reason.UNREADABLE
    return CannotSee(reason, f"{doing}: {words}")
