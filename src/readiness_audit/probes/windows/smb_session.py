"""
Knock at a file server without an account, and see whether it lists its shares.

[MS-SMB2] 2.2.5 to 2.2.14 and 2.2.31, [MS-NLMP] 2.2.1, [MS-SRVS] 3.1.4.8. Where a client would
answer a challenge with something computed from a password, zeros are sent: a server that lets
that in lets anybody in.
"""

from __future__ import annotations

import struct
from collections.abc import Awaitable, Callable, Collection
from enum import StrEnum

from readiness_audit.probes.network.intake import HungUp, Intake
from readiness_audit.probes.network.wire import Garbled
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.stream import Stream
from readiness_audit.probes.windows.asking import Answer, State
from readiness_audit.probes.windows.smb_messages import (
    NEGOTIATE,
    SESSION_SETUP,
    TREE_CONNECT,
    Message,
    next_message,
    offer,
    read,
    request,
)

NOBODY = "readiness-audit-nobody"
"""A name that no account has."""

CREATE, IOCTL = 5, 11
_MOST_SHARES = 2**16
_DENIED = {0xC0000022, 0xC00000CA, 0xC00000CC, 0xC000006D, 0xC0000034, 0xC00000AC, 0xC000020C, 0xC0000203}
"""Access denied, no access to this resource, bad network name, log-on failure, no such pipe, pipe not
available, disconnected, session gone: no, in the words servers say it with."""

_NO_ENTRY = {
    *(0xC0000022, 0xC000006D, 0xC0000064, 0xC000006A, 0xC000006E, 0xC0000071, 0xC0000072, 0xC0000193),
    *(0xC0000224, 0xC0000234, 0xC000015B, 0xC00000BB, 0xC0000418),
}
"""Access denied, log-on failure and its kinds, this way of logging on not supported or blocked. Whatever
else is said, such as that there are too many visitors, is no word on who would be let in."""

_OVERFLOW = 0x80000005
"""There is more of the answer than was asked for."""

_RESPONSE, _FAULT, _LAST = 2, 3, 2
_RPC_DENIED, _DOS_DENIED = 5, 5
_MORE = 0xC0000016
_PENDING = 0x00000103
_UNKNOWN_DIALECT = "the server no longer takes the version it took before"
_FLAGS = 0x00088205
"""Unicode, target wanted, NTLM, always sign, extended session security."""

_SRVSVC = bytes.fromhex("c84f324b7016d30112785a47bf6ee188") + struct.pack("<I", 3)
_NDR = bytes.fromhex("045d888aeb1cc9119fe808002b104860") + struct.pack("<I", 2)


class Who(StrEnum):
    """Who stands before the door."""

    ANONYMOUS = "anonymous"
    GUEST = "guest"


def knock(dialect: int, host: str, who: Who) -> Callable[[Stream], Awaitable[Answer[int]]]:
    """Give the question whether `who` is let in at `host`, told as the number of shares shown to them."""

    async def ask(stream: Stream) -> Answer[int]:
        door = _Door(stream)
        await stream.write(offer(dialect))
        if read(await next_message(door.intake), NEGOTIATE).status:
            raise Garbled(_UNKNOWN_DIALECT)
        first = await door.say(SESSION_SETUP, _setup(_ntlm_hello()))
        if first.status != _MORE:
            _insist_on_refusal(first, _NO_ENTRY)
            return Answer(state=State.REFUSED, said=f"no talk about names (status {first.status:#010x})")
        door.session = first.session
        reply = await door.say(SESSION_SETUP, _setup(_ntlm_name(who)))
        if reply.status:
            _insist_on_refusal(reply, _NO_ENTRY)
            return Answer(state=State.REFUSED, said=f"no session (status {reply.status:#010x})")
        # Servers differ in whether they call such a session anonymous; that it is given is what counts.
        try:
            shares = await _shares(door, host)
        except (Garbled, CannotSee) as trouble:
            # A guest is in, whatever is shown; of an anonymous visitor it is the list that counts.
            state = State.ACCEPTED if who is Who.GUEST else State.UNCLEAR
            return Answer(state=state, said=f"a session; asked for the shares: {trouble}")
        shown = "no list of shares" if shares is None else f"a list of {shares} shares"
        return Answer(state=State.ACCEPTED, said=f"a session, and {shown}", told=shares)

    return ask


class _Door:
    """A connection on which one question follows another."""

    def __init__(self, stream: Stream) -> None:
        self.intake = Intake(stream)
        self.session = 0
        self.tree = 0
        self._stream = stream
        self._number = 0

    async def say(self, command: int, body: bytes) -> Message:
        """Send one message and give the answer to it."""
        self._number += 1
        await self._stream.write(request(command, self._number, body, session=self.session, tree=self.tree))
        reply = read(await next_message(self.intake), command)
        if reply.status == _PENDING:
            reply = read(await next_message(self.intake), command)
        return reply


async def _shares(door: _Door, host: str) -> int | None:
    """Ask for the list of shares; None where that is refused on the way, which hanging up is as well."""
    path = f"\\\\{host}\\IPC$".encode("utf-16-le")
    try:
        joined = await door.say(TREE_CONNECT, struct.pack("<HHHH", 9, 0, 72, len(path)) + path)
        if joined.status:
            _insist_on_refusal(joined)
            return None
        door.tree = joined.tree
        opened = await door.say(CREATE, _open_pipe("srvsvc"))
        if opened.status:
            _insist_on_refusal(opened)
            return None
        pipe = opened.body[64:80]
        bound = await door.say(IOCTL, _through(pipe, _bind()))
        if bound.status:
            _insist_on_refusal(bound)
            return None
        return _count(await door.say(IOCTL, _through(pipe, _list_shares(host))))
    except HungUp:
        # Signing is not ours to do: a server that hangs up over it has refused.
        return None


def _insist_on_refusal(reply: Message, refusals: Collection[int] = _DENIED) -> None:
    if reply.status not in refusals:
        raise Garbled(f"an error (status {reply.status:#010x})")


def _setup(token: bytes) -> bytes:
    return struct.pack("<HBBIIHHQ", 25, 0, 1, 0, 0, 88, len(token), 0) + token


def _ntlm_hello() -> bytes:
    return b"NTLMSSP\0" + struct.pack("<II", 1, _FLAGS) + bytes(16)


def _ntlm_name(who: Who) -> bytes:
    anonymous = who is Who.ANONYMOUS
    name = b"" if anonymous else NOBODY.encode("utf-16-le")
    parts = (b"\0" if anonymous else bytes(24), b"" if anonymous else bytes(24), b"", name, b"", b"")
    fields, payload = b"", b""
    for part in parts:
        fields += struct.pack("<HHI", len(part), len(part), 64 + len(payload))
        payload += part
    flags = _FLAGS | (0x800 if anonymous else 0)
    return b"NTLMSSP\0" + struct.pack("<I", 3) + fields + struct.pack("<I", flags) + payload


def _open_pipe(name: str) -> bytes:
    path = name.encode("utf-16-le")
    # Impersonation; read and write data and attributes; shared; open what there is.
    return (
        struct.pack("<HBBIQQIIIIIHHII", 57, 0, 0, 2, 0, 0, 0x0012019F, 0, 3, 1, 0, 120, len(path), 0, 0)
        + path
    )


def _through(pipe: bytes, data: bytes) -> bytes:
    head = struct.pack("<HHI", 57, 0, 0x0011C017) + pipe
    return head + struct.pack("<IIIIIIII", 120, len(data), 0, 0, 0, 4096, 1, 0) + data


def _rpc(kind: int, call: int, body: bytes) -> bytes:
    return struct.pack("<BBBBIHHI", 5, 0, kind, 3, 0x10, 16 + len(body), 0, call) + body


def _bind() -> bytes:
    return _rpc(11, 1, struct.pack("<HHIIHH", 4280, 4280, 0, 1, 0, 1) + _SRVSVC + _NDR)


def _list_shares(host: str) -> bytes:
    name = f"\\\\{host}\0"
    text = name.encode("utf-16-le")
    server = struct.pack("<IIII", 0x20000, len(name), 0, len(name)) + text + bytes(-len(text) % 4)
    level = struct.pack("<IIIII", 1, 1, 0x20004, 0, 0)
    stub = server + level + struct.pack("<III", 0xFFFFFFFF, 0x20008, 0)
    return _rpc(0, 2, struct.pack("<IHH", len(stub), 0, 15) + stub)


def _count(reply: Message) -> int | None:
    if reply.status not in {0, _OVERFLOW}:
        _insist_on_refusal(reply)
        return None
    data = _output(reply)
    kind, flags = data[2], data[3]
    if kind == _FAULT and int.from_bytes(data[24:28], "little") == _RPC_DENIED:
        return None
    # Behind the header of the call: level, its repetition, a pointer, the number of entries; at the very
    # end what became of it.
    if kind != _RESPONSE or len(data) < 40:  # noqa: PLR2004 - up to that number
        raise Garbled("the list of shares is not one")
    if flags & _LAST and not reply.status and int.from_bytes(data[-4:], "little") == _DOS_DENIED:
        return None
    count = int.from_bytes(data[36:40], "little") if any(data[32:36]) else 0
    if count > _MOST_SHARES:
        raise Garbled("the list of shares is longer than any is")
    return count


def _output(reply: Message) -> bytes:
    if len(reply.body) < 40:  # noqa: PLR2004 - see [MS-SMB2] 2.2.32
        raise Garbled("the answer of the list of shares is cut short")
    offset, length = struct.unpack_from("<II", reply.body, 32)
    data = reply.raw[offset : offset + length]
    if len(data) < 28:  # noqa: PLR2004 - the shortest a call can be answered with
        raise Garbled("the answer of the list of shares is cut short")
    return data
