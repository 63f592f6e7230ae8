"""
Two vantage points see two faces of one host, and a record of one is joined to a run of the other.

The host, the office and the internet are network namespaces of their own, joined by virtual cables;
what is expected was written down from what nmap says from the same places.
"""

from __future__ import annotations

import contextlib
import json
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.doors import open_doors
from tests.silence import apart

TOOL = [sys.executable, "-m", "readiness_audit"]
HOST = "10.99.1.1"
MANAGEMENT, DATABASE = "net.management.restricted", "db.exposure.restricted"
PLACES = {"desk": 1, "outside": 2}
WALL = 'iifname "to2" tcp dport { 22, 5432 } drop'
"""The internet reaches neither SSH nor the database, but the second port of administration."""

SYSTEM = """\
system: {name}
title: Shop
owner: Erika Mustermann, sales
stage: rollout
traits: [database]
pace: fast
authorisation:
  targets: [10.99.1.1]
  valid_from: {begins}
  valid_until: {ends}
  approved_by: Max Mustermann, head of IT
  contact: Max Mustermann
vantage_points:
  - {{name: desk, network: office}}
  - {{name: outside, network: internet}}
targets:
  - kind: host
    id: app-1
    host: 10.99.1.1
    open_ports: [443/tcp]
    ports: declared
    restricted:
      - {{service: management, ports: [22/tcp, 8443/tcp], open_from: [desk]}}
      - {{service: database, ports: [5432/tcp], open_from: [desk]}}
"""
POLICY = """\
policy: own
edition: "2026-11"
title: {en: Our own, de: Unsere eigene}
why: {en: To try things out., de: Zum Ausprobieren.}
checks:
  - use: net.management.restricted
  - use: db.exposure.restricted
  - use: net.ports.expected
  - use: net.ports.allowlist
"""


@contextlib.contextmanager
def places() -> Iterator[dict[str, int]]:
    """Lay a cable from this namespace, which is the host's, to one of its own for each place."""
    running: list[subprocess.Popen[bytes]] = []
    try:
        for number in PLACES.values():
            stand_in = subprocess.Popen(["unshare", "--net", "sleep", "120"])
            running.append(stand_in)
            mine, its_own = Path("/proc/self/ns/net"), Path(f"/proc/{stand_in.pid}/ns/net")
            while its_own.readlink() == mine.readlink():
                time.sleep(0.01)
            there = ["nsenter", "-t", str(stand_in.pid), "-n"]
            cable = ["type", "veth", "peer", "name", "eth0", "netns", str(stand_in.pid)]
            for command in (
                ["ip", "link", "add", f"to{number}", *cable],
                ["ip", "address", "add", f"10.99.{number}.1/24", "dev", f"to{number}"],
                ["ip", "link", "set", f"to{number}", "up"],
                [*there, "ip", "address", "add", f"10.99.{number}.2/24", "dev", "eth0"],
                [*there, "ip", "link", "set", "eth0", "up"],
                [*there, "ip", "route", "add", "default", "via", f"10.99.{number}.1"],
            ):
                subprocess.run(command, check=True)
        yield {name: stand_in.pid for name, stand_in in zip(PLACES, running, strict=True)}
    finally:
        for stand_in in running:
            stand_in.send_signal(signal.SIGKILL)
            stand_in.wait()


def system_file(folder: Path, name: str = "shop", text: str = SYSTEM) -> Path:
    now, day = datetime.now(UTC), timedelta(days=1)
    (folder / "own" / "policies").mkdir(parents=True, exist_ok=True)
    (folder / "own" / "policies" / "own.yaml").write_text(POLICY)
    path = folder / f"{name}.yaml"
    path.write_text(text.format(name=name, begins=(now - day).isoformat(), ends=(now + day).isoformat()))
    return path


def run(pid: int, system: Path, *words: str) -> tuple[dict[str, Any], str]:
    """Run an audit from a place; give its report and the folder of its record."""
    where = ["nsenter", "-t", str(pid), "-n"]
    content = ["--policy", "own", "--content", str(system.parent / "own")]
    home = ["--home", str(system.parent / "home"), "--format", "json", "--lang", "en"]
    done = subprocess.run(
        [*where, *TOOL, "run", str(system), *content, *home, *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    record = re.search(r"^record: (.*)$", done.stderr, re.MULTILINE)
    if record is None:
        return {"status": done.returncode, "said": done.stderr}, ""
    return json.loads(done.stdout), record[1]


def verdicts(report: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {
        one["check"]: (one["outcome"], ", ".join(one["subjects"]) or one["detail"])
        for one in report["verdicts"]
    }


def as_nmap_sees_it(pid: int) -> dict[str, str]:
    """Give the state nmap finds each port in, from a place."""
    asked = ["nmap", "-sT", "-n", "-Pn", "-p", "22,443,5432,8443", "--max-retries", "1", "-oG", "-", HOST]
    done = subprocess.run(
        ["nsenter", "-t", str(pid), "-n", *asked], capture_output=True, text=True, check=True, timeout=60
    )
    return dict(re.findall(r"(\d+)/(\w+)/tcp", done.stdout))


def look_from_both() -> list[Any]:
    doors = open_doors("0.0.0.0", 22, 443, 5432, 8443)
    with tempfile.TemporaryDirectory() as folder, doors, places() as at:
        system = system_file(Path(folder))
        alone, outside = run(at["outside"], system, "--from", "outside")
        joined, _ = run(at["desk"], system, "--from", "desk", "--with", outside)
        seen = [as_nmap_sees_it(at[name]) for name in ("outside", "desk")]
        return [*seen, verdicts(alone), verdicts(joined), method(joined)]


def method(report: dict[str, Any]) -> list[str]:
    return sorted({piece["looked_from"].partition(" ")[2] for piece in report["evidence"]})


def test_what_only_the_office_may_reach_shows_once_it_was_looked_at_from_both() -> None:
    outside, desk, alone, joined, places_told = apart(look_from_both, WALL)
    assert outside == {"22": "filtered", "443": "open", "5432": "filtered", "8443": "open"}
    assert desk == {"22": "open", "443": "open", "5432": "open", "8443": "open"}
    # The port that is open outside is proof enough by itself; that the others are not is half the proof.
    assert alone[MANAGEMENT] == ["fail", "8443/tcp outside (internet)"]
    assert alone[DATABASE] == ["not_assessed", "not looked at from desk (office)"]
    assert alone["net.ports.allowlist"] == ["fail", "8443/tcp 10.99.1.1 (https)"]
    assert alone["net.ports.expected"][0] == "pass", "what is meant for the office need not answer outside"
    assert joined[MANAGEMENT] == ["fail", "8443/tcp outside (internet)"]
    assert joined[DATABASE] == ["pass", ""]
    assert joined["net.ports.expected"][0] == "pass"
    assert places_told == ["(desk, the office network)", "(outside, the internet)"]
