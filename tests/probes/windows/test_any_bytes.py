"""Whatever bytes a server sends, they are read or refused, and nothing else."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness_audit.probes.database import bson, elasticsearch, mysql, postgresql
from readiness_audit.probes.network import ber
from readiness_audit.probes.network.intake import Intake
from readiness_audit.probes.network.wire import Garbled
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.windows import ldap_messages, rdp, smb_messages, smb_session


class Canned:
    """A conversation in which everything was said already."""

    def __init__(self, said: bytes) -> None:
        self._said = said

    async def write(self, data: bytes) -> None:
        pass

    async def read(self, most: int) -> bytes:
        piece, self._said = self._said[:most], self._said[most:]
        return piece

    def close(self) -> None:
        pass


def in_an_ldap_conversation(data: bytes) -> None:
    asyncio.run(ldap_messages.Directory(Canned(data)).bind())


def in_a_redis_line(data: bytes) -> None:
    asyncio.run(Intake(Canned(data)).line(64))


def as_smb(data: bytes) -> None:
    header = b"\xfeSMB\x40\x00" + bytes(10) + b"\x01" + bytes(47)
    message = smb_messages.read(header + data, smb_messages.NEGOTIATE)
    smb_messages.read_agreed(message, struct.unpack("<H", data[4:6].ljust(2, b"\0"))[0])


def as_shares(data: bytes) -> None:
    header = b"\xfeSMB\x40\x00" + bytes(6) + b"\x0b\x00" + bytes(2) + b"\x01" + bytes(47)
    smb_session._count(smb_messages.read(header + data, smb_session.IOCTL))


READERS: dict[str, Callable[[bytes], object]] = {
    "SMB 1": lambda data: smb_messages.read_smb1(b"\xffSMB\x72" + data),
    "SMB 2": as_smb,
    "shares": as_shares,
    "RDP": lambda data: rdp._read(bytes([len(data) + 6, 0xD0]) + data + bytes(5)),
    "BER": lambda data: list(ber.Elements(data)),
    "LDAP": in_an_ldap_conversation,
    "LDAP entry": ldap_messages._entry,
    "LDAP result": ldap_messages._result,
    "PostgreSQL demand": postgresql._demand,
    "PostgreSQL error": postgresql._refusal,
    "MySQL greeting": lambda data: mysql._greeting(b"\x0a" + data),
    "Redis": in_a_redis_line,
    "BSON": lambda data: bson.top_level(struct.pack("<i", len(data) + 5) + data + b"\0"),
    "Elasticsearch": lambda data: elasticsearch._read(b"HTTP/1.1 200 OK\r\n\r\n" + data),
}


@pytest.mark.parametrize("name", READERS)
@given(data=st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(name: str, data: bytes) -> None:
    with contextlib.suppress(Garbled, CannotSee):
        READERS[name](data)
