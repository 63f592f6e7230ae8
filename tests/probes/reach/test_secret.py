"""Secrets come from where the system file says they are, and are never repeated in a message."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

import pytest

from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.deadline import Deadline
from readiness_audit.probes.reach.secret import fetch_secret


def fetched(reference: str, seconds: float = 5.0) -> bytes:
    return asyncio.run(fetch_secret(reference, Deadline(seconds)))


def blind(reference: str, seconds: float = 5.0) -> str:
    with pytest.raises(CannotSee) as caught:
        fetched(reference, seconds)
    return caught.value.detail


def test_it_says_so_when_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOT_SET", raising=False)
    assert blind("env:NOT_SET") == "there is no usable secret at env:NOT_SET"
    assert "No such file" in blind(f"file:{tmp_path}/nothing")
    assert "not installed" in blind("command:no-such-program-anywhere")


def test_an_empty_secret_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLANK", "")
    (tmp_path / "blank").write_bytes(b"\r\n\n")
    assert "no usable secret" in blind("env:BLANK")
    assert "no usable secret" in blind(f"file:{tmp_path}/blank")
    assert blind("command:true") == "there is no usable secret at command:..."


@pytest.mark.parametrize("size", [4097, 100_000])
def test_one_that_is_too_long_is_refused_and_not_shortened(tmp_path: Path, size: int) -> None:
    (tmp_path / "long").write_bytes(b"x" * size)
    assert "no usable secret" in blind(f"file:{tmp_path}/long")


def test_the_longest_secret_may_have_a_line_end(tmp_path: Path) -> None:
    (tmp_path / "long").write_bytes(b"x" * 4096 + b"\r\n")
    assert len(fetched(f"file:{tmp_path}/long")) == 4096


def test_one_with_nul_is_refused(tmp_path: Path) -> None:
    (tmp_path / "nul").write_bytes(b"half\0other half")
    assert "no usable secret" in blind(f"file:{tmp_path}/nul")


def test_it_is_given_without_its_line_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_SECRET", "geheim ü ")
    (tmp_path / "file").write_bytes(b" geheim \r\n")
    assert fetched("env:A_SECRET") == "geheim ü ".encode()
    assert fetched(f"file:{tmp_path}/file") == b" geheim "
    assert fetched("command:printf 'geheim\\n'") == b"geheim"


def test_pipes_and_folders_do_not_keep_us_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    started = time.monotonic()
    assert "not a regular file" in blind(f"file:{tmp_path}/pipe")
    assert "directory" in blind(f"file:{tmp_path}").lower() or "regular" in blind(f"file:{tmp_path}")
    assert time.monotonic() - started < 1


@pytest.mark.parametrize("command", ["command:echo 'half", "command: ", "command:sh -c 'echo no; exit 1'"])
def test_a_command_that_gives_none_says_no_more_than_that(command: str) -> None:
    assert "half" not in blind(command)


def test_a_slow_command_is_ended() -> None:
    assert "did not finish" in blind("command:sleep 60", 0.3)


def test_a_command_is_not_a_shell_line(tmp_path: Path) -> None:
    assert fetched(f"command:echo ok; touch {tmp_path}/made $(id)").startswith(b"ok; touch")
    assert not (tmp_path / "made").exists()
