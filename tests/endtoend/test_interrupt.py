"""A run that is interrupted keeps what it knows; a run that is killed harms no finished one."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from readiness_audit.model.evidence import Plain
from tests.servers.listener import Listener, listening, wait_for_the_end

TOOL = [sys.executable, "-m", "readiness_audit"]
JUNIT = (
    '<testsuite name="t" tests="1" timestamp="{now}"><testcase classname="a" name="b" time="1"/></testsuite>'
)
SYSTEM = """\
system: shop
title: Shop
owner: Erika Mustermann, sales
stage: pilot
authorisation:
  targets: [127.0.0.1]
  valid_from: {begins}
  valid_until: {ends}
  approved_by: Max Mustermann, head of IT
  contact: Max Mustermann
targets:
  - {{kind: results, id: tests, format: junit, file: junit.xml}}
"""
SILENT = "  - {{kind: endpoint, id: silent, host: 127.0.0.1, port: {port}, protocol: http}}\n"


@pytest.fixture
def silent() -> Iterator[Listener]:
    """A server that takes connections and never says a word."""
    with listening(lambda connection, _: wait_for_the_end(connection)) as listener:
        yield listener


def write_system(folder: Path, port: int | None) -> Path:
    """Describe a system whose test results are there, and perhaps a service that keeps silent."""
    now = datetime.now(UTC)
    day = timedelta(days=1)
    (folder / "evidence").mkdir(exist_ok=True)
    (folder / "evidence" / "junit.xml").write_text(JUNIT.format(now=f"{now:%Y-%m-%dT%H:%M:%SZ}"))
    text = SYSTEM.format(begins=(now - day).isoformat(), ends=(now + day).isoformat())
    path = folder / ("shop.yaml" if port is None else "shop-and-silence.yaml")
    path.write_text(text if port is None else text + SILENT.format(port=port))
    return path


IN_THE_BACKGROUND = ["sh", "-c", "trap '' INT; exec \"$@\"", "sh"]
"""How a shell starts what it sends to the background: deaf to Ctrl-C."""


def start(system: Path, home: Path, errors: int, way: Sequence[str] = ()) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*way, *TOOL, "run", str(system), "--home", str(home), "--lang", "en"],
        stdout=subprocess.PIPE,
        stderr=errors,
        env={**os.environ, "TERM": "xterm", "NO_COLOR": "1"},
        process_group=0,
    )


@contextlib.contextmanager
def watched(
    system: Path, home: Path, way: Sequence[str] = ()
) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Start a run whose progress can be read, as on a terminal."""
    screen, end = pty.openpty()
    running = start(system, home, end, way)
    os.close(end)
    try:
        yield running, screen
    finally:
        with contextlib.suppress(ProcessLookupError):
            running.kill()
        running.communicate()
        os.close(screen)


def wait_until_said(screen: int, wanted: bytes) -> None:
    said = b""
    until = time.monotonic() + 30
    while wanted not in said:
        ready, _, _ = select.select([screen], [], [], max(0.0, until - time.monotonic()))
        assert ready, f"it never said {wanted!r}, but {said!r}"
        said += os.read(screen, 4096)


def read_on(screen: int, running: subprocess.Popen[bytes]) -> bytes:
    """Read the result while the terminal is read too, so that neither fills up; give the result."""
    with contextlib.suppress(OSError):
        while os.read(screen, 4096):
            pass
    return running.communicate(timeout=30)[0]


def records(home: Path) -> list[dict[str, Plain]]:
    return [json.loads(path.read_bytes()) for path in sorted(home.glob("systems/shop/2*/record.json"))]


def history(home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*TOOL, "history", "--home", str(home), "--format", "json"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )


@pytest.mark.parametrize("way", [[], IN_THE_BACKGROUND], ids=["in front", "in the background"])
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_records_what_is_known_and_says_that_it_is_incomplete(
    tmp_path: Path, silent: Listener, sent: signal.Signals, way: list[str]
) -> None:
    home = tmp_path / "home"
    with watched(write_system(tmp_path, silent.port), home, way) as (running, screen):
        # Done are the results and what needs an order of its own; the silent service is being asked by now.
        wait_until_said(screen, b"2 looks done")
        running.send_signal(sent)
        result = read_on(screen, running)
        assert running.returncode == 130
    [record] = records(home)
    origin, evidence = record["origin"], record["evidence"]
    assert isinstance(origin, dict)
    assert isinstance(evidence, list)
    assert origin["complete"] is False
    seen = {
        str(one["look"]["probe"]): one
        for one in evidence
        if isinstance(one, dict) and isinstance(one["look"], dict)
    }
    facts = seen["junit"]["facts"]
    assert isinstance(facts, dict)
    assert facts["tests"] == 1
    assert seen["http"]["reason"] == "interrupted"
    assert b"GO" not in result.splitlines()[1].replace(b"NO-GO", b"")


def test_what_an_interrupted_run_left_can_be_reported_and_is_in_the_history(
    tmp_path: Path, silent: Listener
) -> None:
    home = tmp_path / "home"
    with watched(write_system(tmp_path, silent.port), home) as (running, screen):
        wait_until_said(screen, b"2 looks done")
        running.send_signal(signal.SIGINT)
        read_on(screen, running)
    [folder] = home.glob("systems/shop/2*")
    reported = subprocess.run(
        [*TOOL, "report", str(folder), "--format", "markdown", "--lang", "en"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "incomplete" in reported.stdout.lower() or "interrupted" in reported.stdout.lower()
    assert folder.name in history(home).stdout


def test_a_killed_run_leaves_the_finished_ones_whole(tmp_path: Path, silent: Listener) -> None:
    home = tmp_path / "home"
    finished = start(write_system(tmp_path, None), home, subprocess.DEVNULL)
    finished.communicate(timeout=60)
    [before] = home.glob("systems/shop/2*/record.json")
    kept = before.read_bytes()
    with watched(write_system(tmp_path, silent.port), home) as (running, screen):
        wait_until_said(screen, b"2 looks done")
        running.kill()
        running.wait(30)
    assert before.read_bytes() == kept
    told = history(home)
    assert before.parent.name in told.stdout
    assert [path.parent.name for path in home.glob("systems/shop/2*/record.json")] == [before.parent.name]


def test_runs_killed_at_any_moment_leave_nothing_that_cannot_be_read(tmp_path: Path) -> None:
    home = tmp_path / "home"
    system = write_system(tmp_path, None)
    began = time.monotonic()
    start(system, home, subprocess.DEVNULL).communicate(timeout=60)
    whole = time.monotonic() - began
    for part in (0.7, 0.85, 0.92, 0.97):
        running = start(system, home, subprocess.DEVNULL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            running.wait(whole * part)
        running.kill()
        running.communicate()
    # Every record that is there is whole, and the history knows it without complaint.
    told = history(home)
    runs = sorted(path.name for path in home.glob("systems/shop/2*"))
    assert len(runs) == len(records(home)) >= 1
    for run in runs:
        assert run in told.stdout
        subprocess.run(
            [*TOOL, "report", run, "--home", str(home), "--format", "json"],
            capture_output=True,
            timeout=60,
            check=True,
        )
    assert "cannot be used" not in told.stderr


def test_an_interruption_before_anything_began_is_one_too(tmp_path: Path) -> None:
    """Python tells of each module it loads: the signal comes while the command line is being loaded."""
    with subprocess.Popen(
        [sys.executable, "-v", "-m", "readiness_audit", "run", "system.yaml"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    ) as running:
        assert running.stderr is not None
        said = b""
        while b"import 'readiness_audit.__main__'" not in said and b"import 'click" not in said:
            line = running.stderr.readline()
            assert line, "it ended before it was interrupted"
            said = line
        running.send_signal(signal.SIGINT)
        rest = running.stderr.read()
        assert running.wait(30) == 130
    assert b"Traceback" not in rest
