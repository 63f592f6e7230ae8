"""Whether a program may open raw sockets, held against what the kernel lets programs do."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from readiness_audit.probes.reach import raw_sockets
from readiness_audit.probes.reach.raw_sockets import may_open_raw_sockets

ASKED = """
import socket
from readiness_audit.probes.reach.raw_sockets import may_open_raw_sockets
try:
    socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP).close()
    could = True
except PermissionError:
    could = False
print(could, may_open_raw_sockets("/bin/true"))
"""
STATUS = "Name:\tpython\nNoNewPrivs:\t{none}\nCapBnd:\t{bounded}\nCapAmb:\t{handed_on}\n"
LESS = ("--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all") if os.geteuid() == 0 else ()
ALL, NO = "000001ffffffffff", "0000000000000000"
BY_SETCAP = bytes.fromhex("0100000200200000000000000000000000000000")
"""What `setcap cap_net_raw+ep FILE` writes, as `getfattr -e hex` shows it."""


@pytest.mark.parametrize(
    "before",
    [
        (),
        ("setpriv", "--no-new-privs", *LESS),
    ],
)
def test_the_kernel_says_the_same(before: tuple[str, ...]) -> None:
    words = [*before, sys.executable, "-c", ASKED]
    could, told = subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()
    assert told == could


@pytest.mark.parametrize(
    ("bounded", "handed_on", "none", "carried", "may"),
    [
        (ALL, NO, "0", b"", False),
        (ALL, NO, "0", BY_SETCAP, True),
        (ALL, NO, "1", BY_SETCAP, False),
        (NO, NO, "0", BY_SETCAP, False),
        (ALL, "0000000000002000", "1", b"", True),
        (ALL, "0000000000001000", "1", b"", False),
        (ALL, NO, "0", BY_SETCAP.replace(b"\x20", b"\x10", 1), False),
        (ALL, NO, "0", b"\x00" + BY_SETCAP[1:], False),
        (ALL, NO, "0", BY_SETCAP[:5], False),
        ("many", NO, "0", BY_SETCAP, False),
    ],
)
def test_without_root_it_takes_the_capability_of_the_file_or_of_who_starts_it(
    bounded: str,
    handed_on: str,
    none: str,
    carried: bytes,
    may: bool,  # noqa: FBT001 - what is expected
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    status = tmp_path / "status"
    status.write_text(STATUS.format(bounded=bounded, handed_on=handed_on, none=none))
    monkeypatch.setattr(raw_sockets, "_OWN_STATUS", status)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(os, "getxattr", lambda _path, _name: carried)
    assert may_open_raw_sockets("/usr/bin/nmap") is may


def test_a_file_without_capabilities_carries_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    program = tmp_path / "nmap"
    program.write_bytes(b"")
    assert not may_open_raw_sockets(str(program))
    assert not may_open_raw_sockets(str(tmp_path / "nobody"))
