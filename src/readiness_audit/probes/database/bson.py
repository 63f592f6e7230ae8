"""The little of BSON that MongoDB's greeting needs: flat commands out, the top level of an answer in."""

from __future__ import annotations

import struct
from collections.abc import Mapping

from readiness_audit.probes.network.intake import printable
from readiness_audit.probes.network.wire import Garbled

Value = str | int | float | bool | None

_FIXED = {0x01: 8, 0x07: 12, 0x08: 1, 0x09: 8, 0x0A: 0, 0x06: 0, 0x10: 4, 0x11: 8, 0x12: 8, 0x13: 16}
_STRINGS = {0x02, 0x0D, 0x0E}
_DOCUMENTS = {0x03, 0x04}
_BINARY = 0x05
_MOST = 1000


def document(fields: Mapping[str, str | bool | int]) -> bytes:
    """Write one document of texts, booleans and small numbers, in order."""
    body = b""
    for name, value in fields.items():
        key = name.encode() + b"\0"
        if isinstance(value, bool):
            body += b"\x08" + key + bytes([value])
        elif isinstance(value, int):
            body += b"\x10" + key + struct.pack("<i", value)
        else:
            text = value.encode() + b"\0"
            body += b"\x02" + key + struct.pack("<i", len(text)) + text
    return struct.pack("<i", len(body) + 5) + body + b"\0"


def top_level(data: bytes) -> dict[str, Value]:
    """Read texts, booleans and numbers of a document; of the rest only that it is there. Raises `Garbled`."""
    if len(data) < 5 or int.from_bytes(data[:4], "little") != len(data) or data[-1]:  # noqa: PLR2004 - empty one
        raise Garbled("the document in the answer is not one")
    found: dict[str, Value] = {}
    at = 4
    while at < len(data) - 1:
        end = data.find(b"\0", at + 1)
        if end < 0 or len(found) >= _MOST:
            raise Garbled("the document in the answer does not end")
        kind, name = data[at], printable(data[at + 1 : end])
        width = _width(kind, data, end + 1)
        content = data[end + 1 : end + 1 + width]
        at = end + 1 + width
        if at > len(data) - 1:
            raise Garbled("a value in the answer goes beyond its end")
        found[name] = _value(kind, content)
    return found


def _width(kind: int, data: bytes, at: int) -> int:
    if kind in _FIXED:
        return _FIXED[kind]
    if kind not in _STRINGS and kind not in _DOCUMENTS and kind != _BINARY:
        raise Garbled("a value in the answer is of an unknown kind")
    length = int.from_bytes(data[at : at + 4], "little")
    return length + (0 if kind in _DOCUMENTS else 5 if kind == _BINARY else 4)


def _value(kind: int, content: bytes) -> Value:
    match kind:
        case 0x01:
            return float(struct.unpack("<d", content)[0])
        case 0x02:
            return printable(content[4:-1], 200)
        case 0x08:
            return content != b"\0"
        case 0x10 | 0x12:
            return int.from_bytes(content, "little", signed=True)
        case _:
            return None
