"""A reader of hostile files works in a process of its own, and only its own file suffers."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest

from readiness_audit.model.evidence import Plain, Reason
from readiness_audit.probes.reach import apart
from readiness_audit.probes.reach.apart import read_apart
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.deadline import Deadline
from readiness_audit.probes.reach.strict_json import read_json


def read(data: bytes, seconds: float = 20.0) -> Plain:
    return asyncio.run(read_apart(read_json, data, Deadline(seconds)))


def blind(data: bytes, seconds: float = 20.0) -> CannotSee:
    with pytest.raises(CannotSee) as caught:
        read(data, seconds)
    return caught.value


def test_what_the_reader_cannot_see_is_told_as_it_told_it() -> None:
    found = blind(b"{")
    assert found.reason is Reason.UNREADABLE
    assert "not sound JSON" in found.detail


def test_what_it_reads_arrives_whole() -> None:
    assert read('{"ä": [1, 2.5, null, true, "x"]}'.encode()) == {"ä": [1, 2.5, None, True, "x"]}


def test_time_running_out_is_said() -> None:
    found = blind(b"1", 0.01)
    assert found.reason is Reason.TIMED_OUT
    assert found.detail.startswith("the file could not be read")


def test_saying_too_much_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "MOST_OUTPUT", 100)
    assert blind(b"[" + b"1," * 200 + b"1]").reason is Reason.TOO_LARGE


def test_running_out_of_memory_costs_only_this_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "MOST_MEMORY", 60 * 2**20)
    assert blind(b"[" + b"{}," * 900_000 + b"1]").reason is Reason.UNREADABLE


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"warning\n{}",
        b"[]",
        b"{}",
        b"1",
        b'{"blind": 1}',
        b'{"blind": ["no-such-reason", "x"]}',
        b"\xff",
    ],
)
def test_a_garbled_answer_is_no_answer(said: bytes) -> None:
    with pytest.raises(CannotSee, match="garbled"):
        apart._answer(said)


@pytest.mark.parametrize("name", ["os:getcwd", "subprocess:run", "readiness_auditor:x", ""])
def test_only_readers_of_ours_are_called(name: str) -> None:
    command = [sys.executable, "-I", "-m", apart.CHILD, name]
    assert subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode == 2
