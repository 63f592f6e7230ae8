"""Reading the files people hand us."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from readiness_audit.content.source import read_source
from readiness_audit.errors import ContentError


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("missing", "there is no such file"),
        ("folder", "is a folder"),
        ("pipe", "not a regular file"),
        ("zero", "not a regular file"),
        ("loop", "links lead in a circle"),
        ("file/below", "a part of the path is not a folder"),
        ("x" * 300, "too long"),
        ("nul\0l", "not a file name"),
        ("large", "larger than 10 bytes"),
    ],
)
def test_what_cannot_be_read_is_told_with_what_to_do(tmp_path: Path, name: str, told: str) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zero").symlink_to("/dev/zero")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "file").write_bytes(b"content")
    (tmp_path / "large").write_bytes(b"x" * 11)
    with pytest.raises(ContentError, match=told):
        read_source(tmp_path / name, 10)


def test_a_file_is_read_whole_also_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"0123456789")
    (tmp_path / "link").symlink_to("file")
    assert read_source(tmp_path / "link", 10) == b"0123456789"


def test_a_file_without_a_known_size_is_read_to_its_end() -> None:
    assert read_source(Path("/proc/self/status"), 2**20).startswith(b"Name:")
