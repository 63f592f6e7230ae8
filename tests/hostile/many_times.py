"""
The slow part, run by `make hostile`: the whole collection twenty times, each contradiction a hundred times.

What fails only now and then fails here. It takes about half an hour, and at most an hour.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

from tests.hostile import scene
from tests.hostile.contradictions import OVER, changing, passed, steady
from tests.hostile.test_all_at_once import MOST_MEMORY, MOST_SECONDS
from tests.silence import apart

AUDITS = 20
LOOKS = 100


def say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


@pytest.mark.parametrize("number", range(1, AUDITS + 1))
def test_all_at_once_harm_no_honest_server_and_pass_nothing(number: int) -> None:
    folder = Path(tempfile.mkdtemp())
    os.environ[scene.FOLDER] = str(folder)
    try:
        cost = apart(scene.audit, prepare=scene.PREPARE, seconds=150)
        [file] = (folder / "records").glob("*/record.json")
        record = json.loads(file.read_bytes())
    finally:
        del os.environ[scene.FOLDER]
        shutil.rmtree(folder)
    say(f"{number}: {cost['seconds']:.0f} s, {cost['memory'] >> 20} MiB, {len(record['contacts'])} contacts")
    assert scene.passed_wrongly(record) == []
    assert scene.controls_failed(record) == []
    assert (cost["status"], cost["trapped"]) == (3, 0)
    assert cost["seconds"] < MOST_SECONDS
    assert cost["memory"] < MOST_MEMORY


@pytest.mark.parametrize("over", OVER)
def test_what_is_always_in_order_passes_every_time(over: str, tmp_path: Path) -> None:
    assert passed(over, steady(over, tmp_path), tmp_path, LOOKS) == sorted(OVER[over]) * LOOKS


def test_what_is_in_order_now_and_then_never_passes(tmp_path: Path) -> None:
    wrong = {}
    for name, (over, serve) in changing(tmp_path).items():
        wrong[name] = len(passed(over, serve, tmp_path, LOOKS))
        say(f"{name}: {wrong[name]} passes in {LOOKS} looks")
    assert set(wrong.values()) == {0}
