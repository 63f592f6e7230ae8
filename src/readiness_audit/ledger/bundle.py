"""
One zip for the auditor, which has exactly one way to be written.

The files are stored, not compressed, sorted by name, without dates, owners or comments; so the same
record gives the same bytes everywhere, nothing can swell while it is unpacked, and whoever reads
the zip works out what it must look like and compares. Anything else is refused: a zip that was
packed again may be unpacked and verified as a folder.
"""

from __future__ import annotations

import os
import re
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from readiness_audit.errors import RecordError, StorageError
from readiness_audit.ledger import disk
from readiness_audit.ledger.folder import RUN

LARGEST = 2**30
"""Bytes of a zip."""

MOST = 60_000
"""Files in a zip."""

ANNEX = "annex.cms"
SIGN_OFFS = "sign-offs.yaml"
REPORTS = "reports"

_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
# Version 2.0 on Unix, the first of January 1980, a regular file that everybody may read.
_NEEDS, _MADE_BY, _TIME, _DATE, _MODE = 20, (3 << 8) | 20, 0, 0x21, 0o100644 << 16

_IN_RUN = r"manifest\.json|record\.json|record\.dsse\.json|record\.tsr|excerpts/[0-9a-f]{64}"
_ALLOWED = re.compile(
    rf"({RUN.pattern})/(?:{_IN_RUN})|reports/report\.(?:de|en)\.(?:html|json|md|txt)"
    r"|annex\.cms|sign-offs\.yaml|verify\.py|VERIFY\.md|PRUEFEN\.md",
    re.ASCII,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """What a zip for the auditor holds."""

    run: str
    record: Mapping[str, bytes]
    """Files of the record, by their path in its folder."""

    beside: Mapping[str, bytes]
    """Everything else, which no signature of the record covers."""


def bundle_bytes(files: Mapping[str, bytes]) -> bytes:
    """Write a zip of files, given by their path in it. Raises `RecordError` for an odd or too large one."""
    _check(files)
    return b"".join(_parts(files))


def write_bundle(path: Path, data: bytes) -> None:
    """Put a zip where there is none, whole or not at all. Raises `StorageError`."""
    try:
        disk.make_folders(path.parent)
        disk.place_new(path, data, by_way_of=path.parent)
    except OSError as error:
        raise StorageError(str(disk.told(error, f"{path} could not be written"))) from None


def read_bundle(path: Path) -> Bundle:
    """
    Read a zip that `bundle_bytes` wrote.

    Raises `RecordError` for any other, and `OSError` where it cannot be read.
    """
    handle = disk.open_parent(path.parent)
    try:
        data = disk.read_whole(handle, path.name, LARGEST)
    finally:
        os.close(handle)
    try:
        files = _files(data)
    except (struct.error, UnicodeDecodeError, IndexError):
        raise RecordError("it is not a zip as `readiness-audit export` writes it") from None
    _check(files)
    _compare(data, files)
    runs = {name.partition("/")[0] for name in files if RUN.fullmatch(name.partition("/")[0])}
    if len(runs) != 1:
        raise RecordError("the zip does not hold exactly one record")
    (run,) = runs
    return Bundle(
        run=run,
        record={name.partition("/")[2]: body for name, body in files.items() if name.startswith(f"{run}/")},
        beside={name: body for name, body in files.items() if not name.startswith(f"{run}/")},
    )


def _check(files: Mapping[str, bytes]) -> None:
    if odd := [name for name in files if not _ALLOWED.fullmatch(name)]:
        raise RecordError(f"the zip holds {odd[0]!r:.80}, which does not belong there")
    if len(files) > MOST or sum(map(len, files.values())) > LARGEST:
        raise RecordError(f"a zip holds at most {MOST} files and {LARGEST >> 20} MiB")


def _files(data: bytes) -> dict[str, bytes]:
    """Take the files out, as its list at the end says; whether all of it is right is compared afterwards."""
    _, _, _, count, _, size, start, _ = _END.unpack_from(data, len(data) - _END.size)
    files: dict[str, bytes] = {}
    at, total = start, 0
    for _ in range(count):
        fields = _CENTRAL.unpack_from(data, at)
        stored, length, where = fields[9], fields[10], fields[16]
        name = data[at + _CENTRAL.size : at + _CENTRAL.size + length].decode("ascii")
        begin = where + _LOCAL.size + length
        total += stored
        if name in files or begin + stored > len(data) or total > len(data):
            raise RecordError(f"the zip holds {name!r:.80} twice, not the whole of it, or over another file")
        files[name] = data[begin : begin + stored]
        at += _CENTRAL.size + length
    if at != start + size:
        raise RecordError("the list of files in the zip is not as long as it says")
    return files


def _compare(data: bytes, files: Mapping[str, bytes]) -> None:
    at = 0
    seen = memoryview(data)
    for part in _parts(files):
        if seen[at : at + len(part)] != part:
            raise RecordError(
                "the zip was changed, or packed by another program: unpack it, and verify the folder"
            )
        at += len(part)
    if at != len(data):
        raise RecordError("there is more in the zip than its files")


def _parts(files: Mapping[str, bytes]) -> Iterator[bytes]:
    """Give the zip (PKWARE APPNOTE 6.3.3, sections 4.3.7, 4.3.12 and 4.3.16) piece by piece."""
    where, entries = 0, list[bytes]()
    for name, body in sorted(files.items()):
        known = (0, 0, _TIME, _DATE, zlib.crc32(body), len(body), len(body), len(name), 0)
        yield _LOCAL.pack(b"PK\3\4", _NEEDS, *known)
        yield name.encode("ascii")
        yield body
        entries.append(_CENTRAL.pack(b"PK\1\2", _MADE_BY, _NEEDS, *known, 0, 0, 0, _MODE, where))
        entries.append(name.encode("ascii"))
        where += _LOCAL.size + len(name) + len(body)
    listed = b"".join(entries)
    yield listed
    yield _END.pack(b"PK\5\6", 0, 0, len(files), len(files), len(listed), where, 0)
