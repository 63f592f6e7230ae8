"""Take bytes apart and put them together, never past their end."""

from __future__ import annotations


class Garbled(Exception):  # noqa: N818 - says what the bytes are
    """Bytes that are not what the protocol says they should be."""


class Cursor:
    """Reads numbers and runs of bytes one after another; raises `Garbled` rather than read past the end."""

    __slots__ = ("_at", "_data")

    def __init__(self, data: bytes) -> None:
        """Start at the first byte."""
        self._data = data
        self._at = 0

    def left(self) -> int:
        """Give the number of bytes not read yet."""
        return len(self._data) - self._at

    def take(self, count: int) -> bytes:
        """Give the next `count` bytes."""
        if count > self.left():
            raise Garbled(f"{count} bytes are announced where {self.left()} remain")
        self._at += count
        return self._data[self._at - count : self._at]

    def number(self, width: int) -> int:
        """Give the next `width` bytes as a number."""
        return int.from_bytes(self.take(width))

    def vector(self, width: int) -> bytes:
        """Give the bytes whose count stands before them in `width` bytes."""
        return self.take(self.number(width))


def number(value: int, width: int) -> bytes:
    """Write a number in `width` bytes."""
    return value.to_bytes(width)


def vector(data: bytes, width: int) -> bytes:
    """Write bytes with their count before them in `width` bytes."""
    return number(len(data), width) + data
