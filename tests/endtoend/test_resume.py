"""A sweep over every port, interrupted by Ctrl-C or by the run's own limit, goes on in another run."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.doors import open_doors
from tests.silence import apart

TOOL = [sys.executable, "-m", "readiness_audit"]
HOST = "127.0.43.1"
OPEN = (443, 6379, 50_000)
SYSTEM = """\
system: shop
title: Shop
owner: Erika Mustermann, sales
stage: pilot
traits: [internet-facing]
pace: {pace}
authorisation:
  targets: [127.0.43.1]
  valid_from: {begins}
  valid_until: {ends}
  approved_by: Max Mustermann, head of IT
  contact: Max Mustermann
targets:
  - {{kind: host, id: app-1, host: 127.0.43.1, open_ports: [443/tcp], ports: all}}
"""
POLICY = """\
policy: own
edition: "2026-11"
title: {en: Our own, de: Unsere eigene}
why: {en: To try things out., de: Zum Ausprobieren.}
checks: [{use: net.ports.allowlist}, {use: net.ports.dangerous}, {use: net.ports.expected}]
"""


def command(folder: Path, pace: str, *words: str) -> list[str]:
    now, day = datetime.now(UTC), timedelta(days=1)
    path = folder / "system.yaml"
    path.write_text(SYSTEM.format(pace=pace, begins=(now - day).isoformat(), ends=(now + day).isoformat()))
    (folder / "own" / "policies").mkdir(parents=True, exist_ok=True)
    (folder / "own" / "policies" / "own.yaml").write_text(POLICY)
    own = ["--policy", "own", "--content", str(folder / "own"), "--home", str(folder / "home")]
    return [*TOOL, "run", str(path), *own, *words]


def done(command: list[str], *, interrupted: bool = False) -> tuple[int, dict[str, Any], str]:
    """Run to its end, or interrupt the run once its sweep is under way; give status, record and folder."""
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as running:
        if interrupted:
            until = time.monotonic() + 20
            while not threads_besides(running.pid) and time.monotonic() < until:
                time.sleep(0.02)
            time.sleep(1.0)
            running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=60)
    found = re.search(r"^record: (.*)$", said, re.MULTILINE)
    assert found is not None, said
    return running.returncode, json.loads((Path(found[1]) / "record.json").read_bytes()), found[1]


def threads_besides(pid: int) -> int:
    """Count the threads besides the main one: there are some only while something is looked at."""
    return len([*Path(f"/proc/{pid}/task").iterdir()]) - 1


def ports(record: dict[str, Any]) -> dict[str, Any]:
    (seen,) = [one for one in record["evidence"] if one["look"]["probe"] == "ports"]
    facts: dict[str, Any] = seen["facts"]
    return facts


def verdicts(record: dict[str, Any]) -> dict[str, tuple[str, list[str]]]:
    return {one["check"]: (one["outcome"], one["subjects"]) for one in record["verdicts"]}


def tries(record: dict[str, Any]) -> int:
    return sum(one["connections"] for one in record["contacts"] if one["outcome"].startswith("swept"))


def scene() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name, open_doors(HOST, *OPEN):
        folder = Path(name)
        _, whole, _ = done(command(folder, "fast"))
        status, part, where = done(command(folder, "normal"), interrupted=True)
        late, ended, also = done(command(folder, "normal", "--seconds", "2", "--resume", where))
        last, rest, _ = done(command(folder, "fast", "--resume", also))
        asked = ["nmap", "-sT", "-n", "-Pn", "-T5", "-p-", "-oG", "-", HOST]
        told = subprocess.run(asked, capture_output=True, text=True, check=True, timeout=60).stdout
        return {
            "nmap": sorted(int(port) for port in re.findall(r"(\d+)/open/tcp", told)),
            "statuses": [status, late, last],
            "complete": [one["origin"]["complete"] for one in (part, ended, rest)],
            "finished": [ports(one)["finished"] for one in (part, ended, rest)],
            "tried": [ports(one)["tried"] for one in (part, ended, rest)],
            "part": verdicts(part),
            "rest": verdicts(rest),
            "whole": verdicts(whole),
            "open": [row["number"] for row in ports(rest)["ports"] if row["state"] == "open"],
            "closed": [ports(one)["addresses"][0]["closed"] for one in (rest, whole)],
            "begun": [
                ports(rest)["begun_at"] == ports(ended)["begun_at"],
                ports(rest)["begun_at"] is not None,
            ],
            "tries": [tries(rest), tries(whole)],
        }


def test_what_was_interrupted_twice_ends_as_what_never_was() -> None:
    told = apart(scene, seconds=120)
    assert told["nmap"] == told["open"] == list(OPEN)
    assert told["statuses"][:2] == [130, 130]
    assert (told["complete"], told["finished"]) == ([False, False, True], [False, False, True])
    first, second, third = told["tried"]
    assert 0 < first < second < third == 65_535
    assert told["rest"] == told["whole"]
    assert told["whole"]["net.ports.allowlist"][0] == "fail"
    assert {one[0] for one in told["part"].values()} <= {"fail", "not_assessed"}
    assert told["closed"] == [65_535 - len(OPEN)] * 2
    assert told["begun"] == [True, True]
    # All three together took few connections more than one: what was settled was not tried again.
    assert told["tries"][0] <= told["tries"][1] + 3 * 64
