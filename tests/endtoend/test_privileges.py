"""An audit needs no privilege: without any it says the same, and it never asks for one."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.servers.listener import listening

WATCHED = "trace=socket,ptrace,setuid,setreuid,setresuid,setgid,setregid,setresgid,setgroups,capset,mount"
WITHOUT_ANY = ("setpriv", "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all")
PAGE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


def system(port: int) -> str:
    now = datetime.now(UTC)
    return json.dumps(
        {
            "system": "shop",
            "title": "Shop",
            "owner": "Owner, sales",
            "stage": "operation",
            "pace": "fast",
            "authorisation": {
                "targets": ["127.0.0.1"],
                "valid_from": (now - timedelta(hours=1)).isoformat(),
                "valid_until": (now + timedelta(hours=1)).isoformat(),
                "approved_by": "Test, nobody's manager",
                "contact": "nobody",
            },
            "targets": [
                {"kind": "host", "id": "host", "host": "127.0.0.1", "open_ports": [f"{port}/tcp"]},
                {"kind": "endpoint", "id": "web", "host": "127.0.0.1", "port": port, "protocol": "http"},
                {"kind": "endpoint", "id": "tls", "host": "127.0.0.1", "port": port, "protocol": "tls"},
            ],
        }
    )


def page(guest: socket.socket, _: int) -> None:
    guest.recv(4096)
    guest.sendall(PAGE)


def verdicts(folder: Path, port: int, *before: str) -> dict[tuple[str, str], str]:
    folder.mkdir()
    (folder / "system.yaml").write_text(system(port))
    words = [sys.executable, "-m", "readiness_audit", "run", "system.yaml", "--out", "records"]
    kept = {
        "PATH": os.environ["PATH"],
        "HOME": "/nonexistent",
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
    }
    done = subprocess.run([*before, *words], cwd=folder, env=kept, capture_output=True, check=False)
    assert done.returncode in {3, 4}, done.stderr.decode()
    (record,) = (folder / "records").glob("*/record.json")
    told = json.loads(record.read_bytes())["verdicts"]
    return {(verdict["check"], verdict["target"]): verdict["outcome"] for verdict in told}


def test_without_any_privilege_it_says_the_same_and_asks_for_none(tmp_path: Path) -> None:
    log = tmp_path / "log"
    strace = ("strace", "-f", "-qq", "-o", str(log), "-e", WATCHED)
    with listening(page) as server:
        with_all = verdicts(tmp_path / "with", server.port)
        without = verdicts(tmp_path / "without", server.port, *WITHOUT_ANY, *strace)
    assert without == with_all
    assert {"pass", "fail"} <= set(without.values())
    calls = [re.sub(r"^\d+ +", "", line) for line in log.read_text().splitlines()]
    sockets = [call for call in calls if call.startswith("socket(")]
    assert any("AF_INET" in call for call in sockets)
    assert [call for call in calls if not call.startswith(("socket(", "+++", "---", "<..."))] == []
    assert [call for call in sockets if "AF_PACKET" in call or "SOCK_RAW" in call] == []
