"""
Take ASN.1 apart and put it together in the basic encoding (ITU-T X.690), as far as SNMP and LDAP use it.

Lengths are definite, tags have one byte, and nothing is read past the end of what holds it.
"""

from __future__ import annotations

from collections.abc import Iterator

from readiness_audit.probes.network.intake import Intake
from readiness_audit.probes.network.wire import Cursor, Garbled, number

INTEGER, OCTETS, NULL, OBJECT, ENUMERATED, SEQUENCE, SET = 0x02, 0x04, 0x05, 0x06, 0x0A, 0x30, 0x31

_LONG_FORM = 0x80
_LONGEST_LENGTH = 4
"""Bytes of a length."""

_LONGEST_INTEGER = 8
_MANY_BYTES_OF_TAG = 0x1F


def write(tag: int, *parts: bytes) -> bytes:
    """Wrap `parts`, less than 4 GiB together, into one element."""
    body = b"".join(parts)
    if len(body) < _LONG_FORM:
        return bytes((tag, len(body))) + body
    width = (len(body).bit_length() + 7) // 8
    return bytes((tag, _LONG_FORM | width)) + number(len(body), width) + body


def write_integer(value: int, tag: int = INTEGER) -> bytes:
    """Write a number that is not negative, as an integer or something else that is encoded like one."""
    return write(tag, number(value, value.bit_length() // 8 + 1))


def read_integer(content: bytes) -> int:
    """Read a number. Raises `Garbled` where it has no byte or more than eight."""
    if not 0 < len(content) <= _LONGEST_INTEGER:
        raise Garbled(f"a number of {len(content)} bytes")
    return int.from_bytes(content, signed=True)


async def next_sequence(intake: Intake, most: int) -> bytes:
    """
    Give the content of the LDAP message that comes next, of at most `most` bytes.

    Raises `Garbled` where something else comes, and `CannotSee` where nothing does.
    """
    tag, width = await intake.exactly(2, 2)
    if tag != SEQUENCE or width == _LONG_FORM or width > _LONG_FORM + _LONGEST_LENGTH:
        raise Garbled("what answers there does not speak LDAP")
    if width >= _LONG_FORM:
        width = int.from_bytes(await intake.exactly(width - _LONG_FORM, _LONGEST_LENGTH))
    return await intake.exactly(width, most)


class Elements:
    """Reads one element after another; raises `Garbled` for whatever is not what it should be."""

    def __init__(self, data: bytes) -> None:
        """Start at the first element."""
        self._cursor = Cursor(data)

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        """Give the tag and the content of each element that is left."""
        while self._cursor.left():
            yield self.any()

    def any(self) -> tuple[int, bytes]:
        """Give the tag and the content of the next element."""
        tag = self._cursor.number(1)
        if tag & _MANY_BYTES_OF_TAG == _MANY_BYTES_OF_TAG:
            raise Garbled("a tag of more than one byte")
        length = self._cursor.number(1)
        if length >= _LONG_FORM:
            width = length - _LONG_FORM
            if not 0 < width <= _LONGEST_LENGTH:
                raise Garbled(f"a length of {width} bytes")
            length = self._cursor.number(width)
        return tag, self._cursor.take(length)

    def next(self, tag: int) -> bytes:
        """Give the content of the next element, which must have this tag."""
        found, content = self.any()
        if found != tag:
            raise Garbled(f"an element tagged 0x{found:02X} stands where 0x{tag:02X} should")
        return content

    def inside(self, tag: int) -> Elements:
        """Give what is inside the next element, which must have this tag."""
        return Elements(self.next(tag))

    def integer(self) -> int:
        """Give the next element as a number."""
        return read_integer(self.next(INTEGER))

    def end(self) -> None:
        """Insist that nothing is left."""
        if self._cursor.left():
            raise Garbled("bytes follow where nothing should")
