"""A file of the user's is changed whole or not at all."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from readiness_audit.errors import RecordError
from readiness_audit.ledger.beside import change
from readiness_audit.ledger.home import remember_system_file, remembered_system_file, runs_of
from tests.ledger.breaking import calls_of, run

OLD, MORE = b"- one\n", b"- two\n"


def add(raw: bytes) -> bytes:
    return raw + MORE


def test_a_file_that_is_not_there_is_made(tmp_path: Path) -> None:
    change(tmp_path / "list.yaml", add, 1000)
    assert (tmp_path / "list.yaml").read_bytes() == MORE


def test_a_kill_at_any_call_leaves_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "list.yaml"
    path.write_bytes(OLD)
    calls = calls_of(partial(change, path, add, 1000))
    assert path.read_bytes() == OLD + MORE
    assert len(calls) > 8
    for at in calls:
        path.write_bytes(OLD)
        assert run(partial(change, path, add, 1000), at=at).killed
        assert path.read_bytes() in {OLD, OLD + MORE}
        # Nothing that was left behind stands in the next one's way.
        path.write_bytes(OLD)
        change(path, add, 1000)
        assert path.read_bytes() == OLD + MORE


@pytest.mark.parametrize("error", ["ENOSPC", "EIO", "EROFS", "EDQUOT"])
def test_a_broken_disk_is_told_and_leaves_it_whole(tmp_path: Path, error: str) -> None:
    path = tmp_path / "list.yaml"
    path.write_bytes(OLD)
    for at in calls_of(partial(change, path, add, 1000)):
        path.write_bytes(OLD)
        ended = run(partial(change, path, add, 1000), at=at, error=error)
        assert path.read_bytes() in {OLD, OLD + MORE}
        assert ended.done or "could not be changed" in ended.said
        assert path.read_bytes() == OLD + MORE or not ended.done


def test_what_is_too_large_or_no_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b"x" * 11)
    (tmp_path / "folder").mkdir()
    for name in ("large", "folder"):
        with pytest.raises(RecordError, match=r"larger than|regular file|could not be changed"):
            change(tmp_path / name, add, 10)


class TestWhereTheSystemFileLies:
    def test_it_is_remembered(self, tmp_path: Path) -> None:
        assert remembered_system_file(tmp_path, "portal") is None
        for name in ("one.yaml", "zw\u00f6lf.yaml"):
            remember_system_file(tmp_path, "portal", tmp_path / name)
            assert remembered_system_file(tmp_path, "portal") == tmp_path / name

    @pytest.mark.parametrize("text", [b"", b"system.yaml\n", b"/a\0b\n", b"/" + b"a" * 20_000])
    def test_what_is_no_place_is_none(self, tmp_path: Path, text: bytes) -> None:
        folder = runs_of(tmp_path, "portal")
        folder.mkdir(parents=True)
        (folder / "system-file").write_bytes(text)
        assert remembered_system_file(tmp_path, "portal") is None

    def test_a_link_is_not_followed(self, tmp_path: Path) -> None:
        remember_system_file(tmp_path, "portal", tmp_path / "system.yaml")
        place = runs_of(tmp_path, "portal") / "system-file"
        place.rename(tmp_path / "elsewhere")
        place.symlink_to(tmp_path / "elsewhere")
        assert remembered_system_file(tmp_path, "portal") is None
