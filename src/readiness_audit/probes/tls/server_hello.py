"""Read the hello of a server, from SSLv3 to TLS 1.3."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from readiness_audit.probes.network.wire import Cursor, Garbled

_RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
_SELECTED_VERSION = 43


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerHello:
    """What a server chose."""

    version: int
    suite: int
    compression: int
    extensions: Mapping[int, bytes]
    session: bytes
    """The name of the session, which repeats the client's where one is taken up again."""

    retry: bool
    """Whether it asks for another hello, with a key share of the group it names (RFC 8446, section 4.1.4)."""


def read_server_hello(body: bytes) -> ServerHello:
    """Read the body of a ServerHello; raises `Garbled`."""
    message = Cursor(body)
    version = message.number(2)
    random = message.take(32)
    session = message.vector(1)
    suite = message.number(2)
    compression = message.number(1)
    found: dict[int, bytes] = {}
    if message.left():
        extensions = Cursor(message.vector(2))
        while extensions.left():
            kind, data = extensions.number(2), extensions.vector(2)
            if kind in found:
                raise Garbled(f"the server's hello has the extension {kind} twice")
            found[kind] = data
        if _SELECTED_VERSION in found:
            version = Cursor(found[_SELECTED_VERSION]).number(2)
        elif random == _RETRY:
            raise Garbled("the server asks for another hello without choosing a version")
    if message.left():
        raise Garbled("bytes follow the server's hello")
    return ServerHello(
        version=version,
        suite=suite,
        compression=compression,
        extensions=found,
        session=session,
        retry=random == _RETRY,
    )
