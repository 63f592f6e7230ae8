"""The little of BER that LDAP needs (RFC 4511, section 5.1): definite lengths, tags of one byte."""

from __future__ import annotations

from collections.abc import Iterator

from readiness_audit.probes.network.intake import Intake
from readiness_audit.probes.network.wire import Cursor, Garbled, number

INTEGER, OCTETS, ENUMERATED, SEQUENCE, SET = 0x02, 0x04, 0x0A, 0x30, 0x31
LARGEST = 2**18
_LONG = 0x80
_LONGEST_LENGTH = 4


def tlv(tag: int, content: bytes) -> bytes:
    """Write one value with its tag and length."""
    if len(content) < _LONG:
        return bytes([tag, len(content)]) + content
    width = (len(content).bit_length() + 7) // 8
    return bytes([tag, _LONG | width]) + number(len(content), width) + content


def integer(value: int, tag: int = INTEGER) -> bytes:
    """Write a small number, 0 to 2**31 - 1."""
    return tlv(tag, number(value, value.bit_length() // 8 + 1))


def values(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Give tag and content of each value in `data`, one after another. Raises `Garbled`."""
    cursor = Cursor(data)
    while cursor.left():
        tag = cursor.number(1)
        width = cursor.number(1)
        if width == _LONG or width > _LONG + _LONGEST_LENGTH:
            raise Garbled("a length of the answer is not one LDAP allows")
        yield tag, cursor.take(width if width < _LONG else cursor.number(width - _LONG))


def small(content: bytes) -> int:
    """Read a number of at most four bytes. Raises `Garbled`."""
    if not 0 < len(content) <= _LONGEST_LENGTH:
        raise Garbled("a number of the answer is of no size it may have")
    return int.from_bytes(content, signed=True)


async def next_sequence(intake: Intake) -> bytes:
    """Give the content of the next sequence. Raises `Garbled` or `CannotSee` where none comes."""
    tag, width = await intake.exactly(2, 2)
    if tag != SEQUENCE or width == _LONG or width > _LONG + _LONGEST_LENGTH:
        raise Garbled("what answers there does not speak LDAP")
    if width >= _LONG:
        width = int.from_bytes(await intake.exactly(width - _LONG, _LONGEST_LENGTH))
    return await intake.exactly(width, LARGEST)
