"""The zip for the auditor: the same bytes everywhere, and no other zip is read."""

from __future__ import annotations

import io
import random
import struct
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from readiness_audit.cli.proving import Wanted, proved
from readiness_audit.errors import RecordError
from readiness_audit.ledger.bundle import Bundle, bundle_bytes, read_bundle, write_bundle
from tests.ledger.breaking import calls_of, run
from tests.ledger.make_failing import FAILING, OURS
from tests.records import RUN

GOOD = FAILING / "good"
FILES = {
    f"{RUN}/{path.relative_to(GOOD).as_posix()}": path.read_bytes()
    for path in GOOD.rglob("*")
    if path.is_file()
} | {"verify.py": b"print()\n", "reports/report.de.md": "# für Sie\n".encode()}


def read(data: bytes, place: Path) -> Bundle:
    (place / "x.zip").write_bytes(data)
    return read_bundle(place / "x.zip")


def accepted(data: bytes, place: Path) -> bool:
    try:
        (place / "x.zip").write_bytes(data)
        proved(place / "x.zip", Wanted(keys=[OURS.public]))
    except RecordError:
        return False
    return True


def test_it_is_the_same_whatever_the_order(tmp_path: Path) -> None:
    data = bundle_bytes(FILES)
    assert data == bundle_bytes(dict(reversed(FILES.items())))
    assert accepted(data, tmp_path)


def test_others_read_it(tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(bundle_bytes(FILES))) as archive:
        assert archive.testzip() is None
        assert {entry.filename: archive.read(entry) for entry in archive.infolist()} == FILES
        assert all(entry.compress_type == zipfile.ZIP_STORED for entry in archive.infolist())
        assert {entry.external_attr >> 16 for entry in archive.infolist()} == {0o100644}
    found = read(bundle_bytes(FILES), tmp_path)
    assert found.run == RUN
    assert found.beside.keys() == {"verify.py", "reports/report.de.md"}
    assert found.record["record.json"] == FILES[f"{RUN}/record.json"]


@pytest.mark.parametrize(
    "name",
    [
        "../x",
        "/etc/passwd",
        f"{RUN}/../x",
        f"{RUN}/notes.txt",
        "reports/report.de.exe",
        "reports/../report.de.md",
        "C:x",
        "record.json",
        f"{RUN}\\record.json",
        f"{RUN}/excerpts/{'0' * 63}",
        f"{RUN}/record.json\n",
        "verify.py ",
        "",
    ],
)
def test_no_odd_name_is_written(name: str) -> None:
    with pytest.raises(RecordError, match="does not belong there"):
        bundle_bytes({**FILES, name: b""})


def packed(
    files: dict[str, bytes],
    change: Callable[[zipfile.ZipInfo], object] = lambda _: None,
    comment: bytes = b"",
) -> bytes:
    """Pack with Python's own library."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive, warnings.catch_warnings(action="ignore"):
        for name, data in sorted(files.items()):
            entry = zipfile.ZipInfo(name)
            entry.create_system, entry.external_attr = 3, 0o100644 << 16
            change(entry)
            archive.writestr(entry, data, compress_type=entry.compress_type)
        archive.comment = comment
    return made.getvalue()


def twice() -> bytes:
    made = io.BytesIO(packed(FILES))
    with zipfile.ZipFile(made, "a") as archive, warnings.catch_warnings(action="ignore"):
        entry = zipfile.ZipInfo(f"{RUN}/record.json")
        entry.create_system, entry.external_attr = 3, 0o100644 << 16
        archive.writestr(entry, b"{}")
    return made.getvalue()


def overlapping() -> bytes:
    """Let every entry of the list be the same gigantic stretch of the file."""
    data = bundle_bytes(FILES)
    start = data.index(b"PK\1\2")
    entry = data[start : start + 46 + len(next(iter(sorted(FILES))))]
    many = b"".join(
        entry[:20] + struct.pack("<2I", start, start) + entry[28:-4] + b"%04d" % number
        for number in range(5000)
    )
    return data[:start] + many + struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 5000, 5000, len(many), start, 0)


BOMB = b"\0" * 2**26
REPACKED: dict[str, bytes] = {
    "compressed": packed(FILES, lambda entry: setattr(entry, "compress_type", zipfile.ZIP_DEFLATED)),
    "a bomb": packed(
        {**FILES, f"{RUN}/record.tsr": BOMB},
        lambda entry: setattr(entry, "compress_type", zipfile.ZIP_DEFLATED),
    ),
    "with dates": packed(FILES, lambda entry: setattr(entry, "date_time", (2026, 11, 23, 8, 45, 0))),
    "with a comment": packed(FILES, comment=b"hello"),
    "with a link": packed(FILES, lambda entry: setattr(entry, "external_attr", 0o120777 << 16)),
    "with a program": packed(FILES, lambda entry: setattr(entry, "external_attr", 0o100755 << 16)),
    "with extra fields": packed(FILES, lambda entry: setattr(entry, "extra", b"\x99\x99\0\0")),
    "encrypted, it says": bundle_bytes(FILES)[:6] + b"\1" + bundle_bytes(FILES)[7:],
    "of MS-DOS": packed(FILES, lambda entry: setattr(entry, "create_system", 0)),
    "a name twice": twice(),
    "up a folder": packed({**FILES, "../x": b""}),
    "absolute": packed({**FILES, "/etc/x": b""}),
    "a backslash": packed({**FILES, "a\\b": b""}),
    "a folder": packed({**FILES, "reports/": b""}),
    "another file": packed({**FILES, "key.pem": b""}),
    "another letter case": packed(
        {name.replace("record.json", "Record.json"): data for name, data in FILES.items()}
    ),
    "another run's name": packed({name.replace(RUN, f"{RUN[:-1]}b"): data for name, data in FILES.items()}),
    "two records": bundle_bytes(FILES | {f"20261124T084500Z-000001/{'record.json'}": b"{}"}),
    "no record": bundle_bytes({"verify.py": b""}),
    "nothing in it": bundle_bytes({}),
    "something before it": b"#!/bin/sh\n" + bundle_bytes(FILES),
    "something after it": bundle_bytes(FILES) + b"\n",
    "the end twice": bundle_bytes(FILES) + bundle_bytes({}),
    "overlapping": overlapping(),
    "empty": b"",
    "no zip": b"PK\3\4" + bytes(100),
    "only its end": bundle_bytes({})[:-1],
    "without its signature": bundle_bytes({name: data for name, data in FILES.items() if "dsse" not in name}),
    "without its record": bundle_bytes(
        {name: data for name, data in FILES.items() if "record.json" not in name}
    ),
    "another record": bundle_bytes({**FILES, f"{RUN}/record.json": b"{}"}),
}


@pytest.mark.parametrize("what", REPACKED)
def test_another_zip_is_refused(what: str, tmp_path: Path) -> None:
    assert not accepted(REPACKED[what], tmp_path)


def test_none_of_a_thousand_altered_zips_is_accepted(tmp_path: Path) -> None:
    data = bundle_bytes(FILES)
    chance = random.Random(5)  # noqa: S311 - what to alter is no secret
    structure = [at for at in range(len(data)) if at < 200 or at > data.index(b"PK\1\2")]
    places = chance.sample(range(len(data)), 400) + chance.sample(structure, 400)
    altered = [data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :] for at in places]
    altered += [data[:at] for at in chance.sample(range(len(data)), 100)]
    altered += [data[:at] + data[at + 1 :] for at in chance.sample(range(len(data)), 100)]
    assert [number for number, changed in enumerate(altered) if accepted(changed, tmp_path)] == []


def test_a_kill_or_a_full_disk_at_any_call_leaves_the_whole_zip_or_none(tmp_path: Path) -> None:
    data = bundle_bytes(FILES)
    there = tmp_path / "out" / "x.zip"

    def work() -> None:
        write_bundle(there, data)

    calls = calls_of(work)
    assert there.read_bytes() == data
    for error in ("", "ENOSPC", "EIO"):
        for at in calls:
            there.unlink(missing_ok=True)
            ended = run(work, at=at, error=error)
            assert not there.exists() or there.read_bytes() == data
            assert ended.killed is (not error) or ended.done or "could not be written" in ended.said
            if not there.exists():
                work()
                assert there.read_bytes() == data


def test_a_zip_is_never_written_over_another(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"precious")
    with pytest.raises(RecordError, match="could not be written"):
        write_bundle(tmp_path / "x.zip", b"")
    assert (tmp_path / "x.zip").read_bytes() == b"precious"
