"""
What Python's own TLS cannot ask: keys agreed on anew within a connection, and the certificate's status.

pyOpenSSL can, and is used for nothing else. It computes in memory over a stream from the gate; nothing is
verified, since a probe that refused bad certificates could not report on their servers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from readiness_audit.errors import MissingExtraError
from readiness_audit.model.evidence import Reason
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.secure import MOST_WITHOUT_PROGRESS, Conversation

if TYPE_CHECKING:
    from OpenSSL.SSL import Connection

ACCEPTED, REFUSED, UNCLEAR = "accepted", "refused", "unclear"

_UNSAFE_LEGACY_RENEGOTIATION = 0x40000
"""OpenSSL's SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION: the server shall refuse, and not our side."""

_PIECE = 2**14


@dataclass(frozen=True, slots=True, kw_only=True)
class Anew:
    """What became of a handshake that asked for the certificate's status, and of a second one within it."""

    stapled: bool
    """Whether an OCSP response came along with the certificate (RFC 6066, section 8)."""

    renegotiation: str | None
    """`accepted`, `refused` or `unclear`; None where it was not asked for."""

    said: str
    """What became of it, in one line."""

    hung_up: bool = False
    """Whether the server hung up when it was asked: it may refuse that way, or have hung up anyway."""


async def begin_anew(stream: Conversation, name: str | None, *, only_older: bool) -> Anew:
    """
    Shake hands, and with `only_older`, which leaves TLS 1.3 out, once more within the connection.

    Raises `CannotSee` where the first handshake does not come to its end, and `MissingExtraError`
    where pyOpenSSL is not installed.
    """
    try:
        from OpenSSL import SSL  # noqa: PLC0415 - an extra, and slow to import
    except ImportError:
        raise MissingExtraError("pyopenssl", "tls") from None
    statuses: list[bytes] = []
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_options(SSL.OP_LEGACY_SERVER_CONNECT | _UNSAFE_LEGACY_RENEGOTIATION)
    context.set_cipher_list(b"ALL:COMPLEMENTOFALL:@SECLEVEL=0")
    if only_older:
        context.set_max_proto_version(SSL.TLS1_2_VERSION)
    context.set_ocsp_client_callback(lambda _connection, data, _: _kept(statuses, data))
    connection = SSL.Connection(context)
    if name is not None:
        connection.set_tlsext_host_name(name.encode("ascii"))
    connection.request_ocsp()
    connection.set_connect_state()
    speaking = _Speaking(connection, stream)
    try:
        await speaking.until_done(connection.do_handshake)
    except SSL.Error as error:
        raise CannotSee(Reason.UNREADABLE, f"the TLS handshake failed: {_words(error)}") from None
    stapled = any(statuses)
    if not only_older:
        return Anew(stapled=stapled, renegotiation=None, said="it is not asked in TLS 1.3, which has none")
    return await _renegotiated(connection, speaking, stapled=stapled)


async def _renegotiated(connection: Connection, speaking: _Speaking, *, stapled: bool) -> Anew:
    from OpenSSL import SSL  # noqa: PLC0415 - an extra, and slow to import

    state, said, hung_up = UNCLEAR, "the second handshake did not come to its end", False
    try:
        connection.renegotiate()
        await speaking.until_done(connection.do_handshake)
    except SSL.Error as error:
        said = _words(error)
        hung_up = speaking.ended or isinstance(error, SSL.ZeroReturnError | SSL.SysCallError)
        # What OpenSSL says where the server sends the alert for it, or another.
        if "alert" in said or said == "no renegotiation":
            state, hung_up = REFUSED, False
    except CannotSee as blind:
        said, hung_up = blind.detail, blind.reason in {Reason.UNREADABLE, Reason.UNREACHABLE}
    else:
        if not connection.renegotiate_pending() and connection.total_renegotiations():
            state, said = ACCEPTED, "a second handshake came to its end"
    return Anew(stapled=stapled, renegotiation=state, said=said, hung_up=hung_up)


def _kept(statuses: list[bytes], data: bytes) -> bool:
    statuses.append(data)
    return True


def _words(error: Exception) -> str:
    """Give what OpenSSL calls an error, in small letters; it may be a list of errors or nothing at all."""
    first = error.args[0] if error.args else ""
    if isinstance(first, list):
        first = first[0][-1] if first and first[0] else ""
    return " ".join(str(first or "the other side hung up").replace("_", " ").lower().split())[:200]


class _Speaking:
    """Carries bytes between OpenSSL and the stream until OpenSSL has what it wants."""

    def __init__(self, connection: Connection, stream: Conversation) -> None:
        self._connection = connection
        self._stream = stream
        self.ended = False
        """Whether the server hung up."""

    async def until_done(self, step: Callable[[], None]) -> None:
        """Repeat `step` until it wants nothing more. Raises what it raises, and `CannotSee`."""
        from OpenSSL import SSL  # noqa: PLC0415 - an extra, and slow to import

        budget = MOST_WITHOUT_PROGRESS
        while True:
            try:
                step()
            except SSL.WantReadError:
                await self._flush()
                data = await self._stream.read(_PIECE)
                budget -= len(data)
                if budget < 0:
                    raise CannotSee(Reason.TOO_LARGE, "the server sends TLS records without end") from None
                if data:
                    self._connection.bio_write(data)
                else:
                    self.ended = True
                    self._connection.bio_shutdown()
            else:
                return await self._flush()

    async def _flush(self) -> None:
        from OpenSSL import SSL  # noqa: PLC0415 - an extra, and slow to import

        while True:
            try:
                data = self._connection.bio_read(_PIECE)
            except SSL.WantReadError:
                return
            await self._stream.write(data)
