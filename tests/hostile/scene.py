"""One audit, in a process of its own, of a system in which every server of the collection stands."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from readiness_audit.rendering import FORMATS
from tests.servers.hostile.collection import all_serving, placed
from tests.servers.hostile.entry import TRAP
from tests.servers.hostile.web import page
from tests.servers.listener import listening, wait_for_the_end

FOLDER = "READINESS_AUDIT_TEST_FOLDER"
"""Names the folder for the record and the reports."""

NETWORK = "127.66.0.0/16"
BAIT = (22, 25, 53, 80, 88, 139, 389, 443, 445, 8080)
"""Where the trap waits."""

COUNTER = f"ip saddr 127.0.0.1 ip daddr != {NETWORK} counter"
"""The kernel counts what the audit sends elsewhere: servers send from addresses of their own."""

UNREACHABLE = "icmp type destination-unreachable accept"
"""What the kernel says of itself to a stranger who sends datagrams here is no packet of ours."""

PREPARE = (
    "nft 'add chain inet t o { type filter hook output priority 0; }; "
    f"add rule inet t o {UNREACHABLE}; add rule inet t o {COUNTER}'"
)

MEASURED = """\
import resource, subprocess, sys
status = subprocess.call(sys.argv[2:])
with open(sys.argv[1], "w") as file:
    file.write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(status)
"""
"""Measures from a small process: memory of the one that starts another is counted with the other's."""

TRAITS = [
    "database",
    "internet-facing",
    "mail-domain",
    "own-domain",
    "own-mail-server",
    "own-name-server",
    "public-site",
    "windows-services",
]

HONEST = tuple(f"127.66.200.{number}" for number in range(1, 6))
_HONEST_NAMES = tuple(f"honest-{number}" for number in range(len(HONEST)))


def system() -> dict[str, Any]:
    now = datetime.now(UTC)
    honest = [
        {"kind": "endpoint", "id": name, "host": host, "port": 80, "protocol": "http"}
        for name, host in zip(_HONEST_NAMES, HONEST, strict=True)
    ]
    return {
        "system": "zoo",
        "title": "Zoo",
        "owner": "Owner, head of the zoo",
        "stage": "operation",
        "pace": "fast",
        "traits": TRAITS,
        "authorisation": {
            "targets": [NETWORK],
            "valid_from": (now - timedelta(hours=1)).isoformat(),
            "valid_until": (now + timedelta(hours=1)).isoformat(),
            "approved_by": "Test, nobody's manager",
            "contact": "nobody",
        },
        "targets": [*(one.target for one in placed()), *honest],
    }


def passed_wrongly(record: dict[str, Any]) -> list[str]:
    """Give the verdicts that passed over a hostile server, but those that do so rightly."""
    rightly = {one.name: one.server.rightly for one in placed()}
    return [
        f"{verdict['check']} over {verdict['target']}"
        for verdict in record["verdicts"]
        if verdict["outcome"] == "pass" and verdict["target"] in rightly
        if not any(fnmatchcase(verdict["check"], pattern) for pattern in rightly[verdict["target"]])
    ]


def controls_failed(record: dict[str, Any]) -> list[str]:
    """Give the honest servers over which the check that they must pass did not pass."""
    passed = {(one["check"], one["target"]) for one in record["verdicts"] if one["outcome"] == "pass"}
    return [name for name in _HONEST_NAMES if ("web.version.leak", name) not in passed]


def audit() -> dict[str, Any]:
    """Let all of them serve, audit them all at once, and tell what it cost."""
    folder = Path(os.environ[FOLDER])
    file = folder / "zoo.yaml"
    file.write_text(json.dumps(system()))
    tool = [sys.executable, "-m", "readiness_audit", "run", str(file), "--policy", "kmu-standard"]
    tool += ["--out", str(folder / "records"), "--lang", "en"]
    for name in FORMATS:
        tool += ["--report", f"{name}:{folder / name}.report"]
    with contextlib.ExitStack() as stack:
        stack.enter_context(all_serving(placed()))
        for host in HONEST:
            stack.enter_context(listening(page(), host, 80))
        traps = [
            stack.enter_context(listening(lambda c, _: wait_for_the_end(c), TRAP, port)) for port in BAIT
        ]
        begun = time.monotonic()
        command = [sys.executable, "-c", MEASURED, str(folder / "memory"), *tool]
        done = subprocess.run(command, capture_output=True, timeout=140, check=False)
        seconds = time.monotonic() - begun
        strays = subprocess.run(["nft", "list", "chain", "inet", "t", "o"], capture_output=True, check=True)
    (folder / "terminal.report").write_bytes(done.stdout)
    (folder / "errors").write_bytes(done.stderr)
    return {
        "status": done.returncode,
        "seconds": seconds,
        "memory": int((folder / "memory").read_text()) * 1024,
        "trapped": sum(trap.connections for trap in traps),
        "strays": strays.stdout.decode(),
    }
