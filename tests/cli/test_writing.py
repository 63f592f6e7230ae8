"""A file of people's own is replaced whole or not at all, and stays theirs."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click
import pytest

from readiness_audit.cli.writing import rewrite, write_new, write_over
from readiness_audit.errors import ContentError, StorageError

LIMIT = 10_000
NO_ROOM = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)); "


@pytest.mark.parametrize("how", ["write_over({path}, {data})", "write_new({{{path}: {data}}})"])
def test_half_a_report_is_not_left_behind(tmp_path: Path, how: str) -> None:
    path = tmp_path / "report.html"
    act = how.format(path=f"Path({str(path)!r})", data="bytes(100_000)")
    code = f"from pathlib import Path; from readiness_audit.cli.writing import *; {NO_ROOM}{act}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "File too large" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_opened_is_left_alone(tmp_path: Path) -> None:
    there = tmp_path / "folder"
    there.mkdir()
    with pytest.raises(IsADirectoryError):
        write_over(there, b"x")
    with pytest.raises(click.UsageError, match="already there"):
        write_new({there: b"x"})
    assert there.is_dir()


def test_a_report_is_written_over_and_to_a_pipe(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    write_over(path, b"long and old")
    write_over(path, b"new")
    assert path.read_bytes() == b"new"
    write_over(Path("/dev/null"), b"x")
    assert Path("/dev/null").exists()


def test_it_is_made_where_it_is_not_there(tmp_path: Path) -> None:
    rewrite(tmp_path / "new.yaml", lambda old: old + b"x\n", LIMIT)
    assert (tmp_path / "new.yaml").read_bytes() == b"x\n"


def test_rights_and_links_stay_as_they_are_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    real = tmp_path / "real.yaml"
    real.write_bytes(b"a\n")
    real.chmod(0o640)
    link = tmp_path / "link.yaml"
    link.symlink_to(real)
    rewrite(link, lambda old: old + b"b\n", LIMIT)
    assert link.is_symlink()
    assert (real.read_bytes(), real.stat().st_mode & 0o777) == (b"a\nb\n", 0o640)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.yaml", "real.yaml"]


def test_what_cannot_be_changed_stays_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"a\n")

    def refuse(_old: bytes) -> bytes:
        raise ContentError([])

    with pytest.raises(ContentError):
        rewrite(path, refuse, LIMIT)
    with pytest.raises(ContentError, match="larger"):
        rewrite(path, lambda old: old, 1)
    with pytest.raises(StorageError):
        rewrite(tmp_path / "nowhere" / "a.yaml", lambda old: old, LIMIT)
    assert [(each.name, each.read_bytes()) for each in tmp_path.iterdir()] == [("a.yaml", b"a\n")]


def test_of_many_who_write_at_once_none_loses_anything(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"

    def write(number: int) -> None:
        rewrite(path, lambda old: old + f"{number}\n".encode(), LIMIT)

    with ThreadPoolExecutor(8) as many:
        list(many.map(write, range(40)))
    assert sorted(map(int, path.read_text(encoding="utf-8").split())) == list(range(40))
