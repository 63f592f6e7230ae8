"""What nmap makes of open ports where it may talk to them, held against the servers' own tools."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from readiness_audit.model.host import Naming, PortSet
from readiness_audit.model.target import Host
from readiness_audit.probes.ports.nmap_xml import LONGEST_SAID, MOST_SCRIPTS
from readiness_audit.probes.ports.port_facts import Port, PortsFacts
from readiness_audit.probes.ports.ports import PROBE
from tests.doors import open_doors
from tests.looking import look_at, loopback_only
from tests.servers.sshd import fingerprints, make_keys, sshd

TELNET = b"\xff\xfd\x18\xff\xfd\x20\xff\xfd\x23\xff\xfd\x27"
"""What a Telnet server begins with: four options it would like to use (RFC 854, 1073, 1079, 1572)."""


def seen(port: int, naming: Naming, *, address: str = "127.0.0.1", seconds: float = 60.0) -> PortsFacts:
    target = Host(
        kind="host",
        id="shop",
        host=address,
        open_ports=(f"{port}/tcp",),
        ports=PortSet.DECLARED,
        naming=naming,
    )
    return look_at(PROBE, target, seconds=seconds).facts


def the_port(facts: PortsFacts) -> Port:
    (row,) = facts.ports
    return row


@contextlib.contextmanager
def hanging_up(address: str, port: int) -> Iterator[None]:
    with socket.create_server((address, port)) as door:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    door.accept()[0].close()

        threading.Thread(target=serve, daemon=True).start()
        yield
        door.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def telnet(address: str, port: int) -> Iterator[None]:
    """Stand in for a Telnet server, which Debian ships none of without a login program behind it."""
    with socket.create_server((address, port)) as door:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    guest, _ = door.accept()
                    with guest, contextlib.suppress(OSError):
                        guest.settimeout(1)
                        guest.sendall(TELNET)
                        guest.recv(100)
                        guest.sendall(b"\r\nprinter login: ")
                        guest.recv(100)

        threading.Thread(target=serve, daemon=True).start()
        yield
        door.shutdown(socket.SHUT_RDWR)


def test_without_nmap_the_sweep_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with open_doors("127.0.40.11", 8443):
        facts = seen(8443, Naming.SCRIPTS, address="127.0.40.11")
    assert (facts.services_by, facts.services_note) == (None, "the program nmap is not installed")
    assert (the_port(facts).state, the_port(facts).talked, the_port(facts).scripts) == ("open", False, ())


def test_what_hangs_up_at_once_says_nothing_of_itself() -> None:
    with hanging_up("127.0.40.13", 8443):
        row = the_port(seen(8443, Naming.VERSIONS, address="127.0.40.13"))
    assert (row.state, row.product, row.product_version) == ("open", None, None)


def test_a_server_is_named_with_the_version_it_says_itself(tmp_path: Path) -> None:
    make_keys(tmp_path, "ed25519")
    itself = subprocess.run(["ssh", "-V"], capture_output=True, text=True, check=True).stderr
    match = re.match(r"OpenSSH_(\S+) (\S+?),", itself)
    assert match
    with sshd(tmp_path, tmp_path) as port:
        by_table = the_port(seen(port, Naming.TABLE))
        row = the_port(seen(port, Naming.VERSIONS))
    assert not by_table.talked
    assert (row.service, row.talked, row.product) == ("ssh", True, "OpenSSH")
    assert (row.product_version or "").startswith(match[1])
    assert row.scripts == ()


def test_safe_scripts_say_what_the_servers_own_tools_say(tmp_path: Path) -> None:
    make_keys(tmp_path, "ed25519")
    (told,) = fingerprints(tmp_path, "ed25519")
    lines = ["ssh-keygen", "-l", "-E", "md5", "-f", str(tmp_path / "ed25519.pub")]
    md5 = subprocess.run(lines, capture_output=True, text=True, check=True).stdout.split()[1]
    with sshd(tmp_path, tmp_path) as port:
        row = the_port(seen(port, Naming.SCRIPTS))
    said = {one.script: one.said for one in row.scripts}
    assert str(told[0]) in said["ssh-hostkey"]
    assert md5.removeprefix("MD5:").replace(":", "") in said["ssh-hostkey"].replace(":", "")


def test_telnet_is_found_wherever_it_listens() -> None:
    with telnet("127.0.40.12", 2323):
        row = the_port(seen(2323, Naming.VERSIONS, address="127.0.40.12"))
    assert (row.service, row.talked) == ("telnet", True)


def test_what_scripts_say_is_one_bounded_line_without_tricks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripts = "".join(
        f'<script id="s{number}" output="&#xa;  a&#x202e;b&#x9b;31m {"x" * 5000}"/>' for number in range(50)
    )
    answer = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE nmaprun>\n'
        '<nmaprun scanner="nmap" args="nmap" start="1" version="7.93" xmloutputversion="1.05">'
        '<host><status state="up" reason="user-set"/><address addr="127.0.40.11" addrtype="ipv4"/>'
        '<ports><port protocol="tcp" portid="8443"><state state="open" reason="syn-ack"/>'
        '<service name="http" product="a&#x202e;b" version="&#x9b;1" method="probed" conf="10"/>'
        f'{scripts}<script id="not a name" output="x"/></port></ports></host>'
        '<runstats><finished time="2" timestr="" elapsed="0.1" exit="success"/>'
        '<hosts up="1" down="0" total="1"/></runstats></nmaprun>\n'
    )
    program = tmp_path / "nmap"
    program.write_text(f"#!{sys.executable}\nimport sys\nsys.stdout.write({answer!r})\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with open_doors("127.0.40.11", 8443):
        row = the_port(seen(8443, Naming.SCRIPTS, address="127.0.40.11"))
    assert (row.service, row.product, row.product_version) == ("http", "a?b", "?1")
    assert len(row.scripts) == MOST_SCRIPTS
    assert all(len(one.said) == LONGEST_SAID and one.said.startswith("a?b?31m x") for one in row.scripts)
    assert all(one.said.isprintable() for one in row.scripts)


def test_an_nmap_that_is_under_way_when_the_authorisation_ends_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "nmap"
    program.write_text(f"#!{sys.executable}\nimport time\ntime.sleep(600)\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    now = datetime.now(UTC)
    short = replace(loopback_only(now), valid_until=now + timedelta(seconds=2))
    target = Host(
        kind="host", id="shop", host="127.0.40.11", open_ports=("8443/tcp",), ports=PortSet.DECLARED
    )
    with open_doors("127.0.40.11", 8443):
        facts = look_at(PROBE, target, seconds=300.0, authorisation=short, now=now).facts
    assert facts.services_note == "nmap did not finish within 2 s and was ended"


def test_an_nmap_that_hangs_leaves_the_sweep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "nmap"
    program.write_text(f"#!{sys.executable}\nimport time\ntime.sleep(60)\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with open_doors("127.0.40.11", 8443):
        facts = seen(8443, Naming.VERSIONS, address="127.0.40.11", seconds=3.0)
    assert facts.services_by is None
    assert "did not finish within" in (facts.services_note or "")
    assert facts.open == 1
