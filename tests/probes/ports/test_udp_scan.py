"""An nmap that tries UDP ports and is not to be trusted, and scans of UDP ports made before."""

from __future__ import annotations

import ipaddress
import subprocess
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from readiness_audit.model.evidence import Reason
from readiness_audit.model.grammar import Address
from readiness_audit.model.host import UdpPortSet
from readiness_audit.model.target import Host
from readiness_audit.probes.ports import udp_ports, udp_scan
from readiness_audit.probes.ports.common_udp import COMMON_UDP
from readiness_audit.probes.ports.ports import PROBE as TCP
from readiness_audit.probes.ports.udp_facts import UdpPortsFacts
from readiness_audit.probes.ports.udp_ports import PROBE
from readiness_audit.probes.probe import Seen
from readiness_audit.probes.reach import gate
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.sweep import ranges
from tests.doors import open_door
from tests.looking import look_at, loopback_only
from tests.servers.pretend_nmap import BOMB, pretend_nmap, saying
from tests.servers.udp_programs import dnsmasq, running, wait_until_bound
from tests.silence import apart

HERE = "127.0.43.1"
NOW = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
ENDED = int((NOW - timedelta(days=3)).timestamp())
ANSWER = f"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE nmaprun>
<nmaprun scanner="nmap" args="nmap -sU" start="1" version="7.93" xmloutputversion="1.05">
<scaninfo type="udp" protocol="udp" numservices="5" services="53,67-69,161"/>
<host starttime="1"><status state="up" reason="user-set"/><address addr="{HERE}" addrtype="ipv4"/>
<ports><extraports state="closed" count="2">
<extrareasons reason="port-unreach" count="2" proto="udp" ports="67-68"/></extraports>
<port protocol="udp" portid="53"><state state="open" reason="udp-response"/><service name="domain"/></port>
<port protocol="udp" portid="69"><state state="open|filtered" reason="no-response"/></port>
<port protocol="udp" portid="161"><state state="filtered" reason="admin-prohibited"/></port></ports></host>
<runstats><finished time="{ENDED}" timestr="" elapsed="1" exit="success"/>
<hosts up="1" down="0" total="1"/></runstats></nmaprun>
"""
ASKED = frozenset({53, 67, 68, 69, 161})


def changed(old: str, new: str) -> str:
    assert old in ANSWER
    return ANSWER.replace(old, new)


def host(address: str = HERE, *open_ports: str, scan: str | None = None) -> Host:
    return Host(
        kind="host", id="box", host=address, open_ports=open_ports, udp_ports=UdpPortSet.COMMON, scan=scan
    )


@pytest.fixture
def able(monkeypatch: pytest.MonkeyPatch) -> None:
    """Believe that nmap may open raw sockets, and try the ports of `ANSWER`."""
    monkeypatch.setattr(udp_scan, "may_open_raw_sockets", lambda _: True)
    monkeypatch.setattr(udp_ports, "COMMON_UDP", ASKED)


def seen(target: Host, seconds: float = 60.0) -> UdpPortsFacts:
    return look_at(PROBE, target, seconds=seconds).facts


def states(facts: UdpPortsFacts) -> list[tuple[int, str, str | None, bool]]:
    return [(row.number, row.state, row.reason, row.declared) for row in facts.ports]


@pytest.mark.usefixtures("able")
@pytest.mark.parametrize(
    ("behaviour", "reason", "detail"),
    [
        ("os.kill(os.getpid(), 11)", Reason.TOOL_FAILED, "signal 11"),
        ("sys.exit(3)", Reason.TOOL_FAILED, "nmap failed: exit status 3"),
        ("sys.stderr.write('\\x1b[31mno route\\n'); sys.exit(1)", Reason.TOOL_FAILED, "no route"),
        ("sys.stderr.write('no raw socket'); sys.exit(1)", Reason.DENIED, "raw socket"),
        ("pass", Reason.UNREADABLE, "not the XML nmap writes"),
        ("while True: sys.stdout.write('<' * 100000)", Reason.TOO_LARGE, "said more than"),
        (saying("<a>" * 200_000), Reason.UNREADABLE, "not the XML nmap writes"),
        (saying(ANSWER[:-60]), Reason.UNREADABLE, "not the XML nmap writes"),
        (saying(changed('exit="success"', 'exit="error"')), Reason.UNREADABLE, "no good end"),
        (saying(changed("<!DOCTYPE nmaprun>", BOMB)), Reason.UNREADABLE, "not the XML nmap writes"),
        (saying(changed('version="7.93"', 'version="new"')), Reason.UNREADABLE, "which nmap"),
        (saying(changed(HERE, "127.0.43.2")), Reason.UNREADABLE, f"not about {HERE}"),
        (saying(changed('state="up"', 'state="down"')), Reason.UNREACHABLE, "was down"),
        (
            saying(
                ANSWER[: ANSWER.index("<host ")]
                + ANSWER[ANSWER.index("<runstats>") :].replace('up="1" down="0"', 'up="0" down="1"')
            ),
            Reason.UNREACHABLE,
            "found nobody",
        ),
        (saying(changed('starttime="1"', 'timedout="true"')), Reason.TIMED_OUT, "in time"),
        (saying(changed("53,67-69,161", "53,67-69")), Reason.UNREADABLE, "not about the ports"),
        (saying(changed('type="udp"', 'type="connect"')), Reason.UNREADABLE, "not about the ports"),
        (
            saying(changed('protocol="udp" portid="53"', 'protocol="tcp" portid="53"')),
            Reason.UNREADABLE,
            "every port",
        ),
        (saying(changed('portid="69"', 'portid="53"')), Reason.UNREADABLE, "a port twice"),
        (saying(changed('ports="67-68"', 'ports="67-69"')), Reason.UNREADABLE, "contradict"),
        (saying(changed('state="open|filtered"', 'state="fine"')), Reason.UNREADABLE, "every port"),
    ],
)
def test_an_nmap_that_fails_or_lies_shows_nothing_and_says_why(
    bin_folder: Path, behaviour: str, reason: Reason, detail: str
) -> None:
    pretend_nmap(bin_folder, behaviour)
    with pytest.raises(CannotSee) as blind:
        seen(host())
    assert (blind.value.reason, detail in blind.value.detail) == (reason, True), blind.value.detail
    assert blind.value.detail.isprintable()


@pytest.mark.usefixtures("able")
def test_an_nmap_that_hangs_ends_with_the_look(bin_folder: Path) -> None:
    pretend_nmap(bin_folder, "time.sleep(600)")
    began = time.monotonic()
    with pytest.raises(CannotSee) as blind:
        seen(host(), seconds=3.0)
    assert blind.value.reason is Reason.TIMED_OUT
    assert time.monotonic() - began < 60


@pytest.mark.usefixtures("able")
def test_an_nmap_that_is_under_way_when_the_authorisation_ends_is_ended(bin_folder: Path) -> None:
    pretend_nmap(bin_folder, "time.sleep(600)")
    now = datetime.now(UTC)
    short = replace(loopback_only(now), valid_until=now + timedelta(seconds=2))
    began = time.monotonic()
    with pytest.raises(CannotSee) as blind:
        look_at(PROBE, host(), seconds=300.0, authorisation=short, now=now)
    assert "did not finish within 2 s" in blind.value.detail
    assert time.monotonic() - began < 100


@pytest.mark.usefixtures("able")
def test_each_state_is_told_apart_with_its_reason(bin_folder: Path) -> None:
    pretend_nmap(bin_folder, saying(ANSWER))
    facts = seen(host(HERE, "53/udp"))
    assert states(facts) == [
        (53, "open", "udp-response", True),
        (67, "closed", "port-unreach", False),
        (68, "closed", "port-unreach", False),
        (69, "open|filtered", "no-response", False),
        (161, "filtered", "admin-prohibited", False),
    ]
    (one,) = facts.addresses
    assert (one.open, one.closed, one.filtered, one.unanswered, one.unanswered_undeclared) == (1, 2, 1, 1, 1)
    assert (facts.tried, facts.declared, facts.open, facts.scanned_by) == (5, 1, 1, "nmap 7.93")


@pytest.mark.usefixtures("able")
def test_nmap_is_given_one_literal_address_and_its_bounds(
    bin_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    standing_for(monkeypatch, HERE)
    note = bin_folder / "asked"
    pretend_nmap(bin_folder, f"open({str(note)!r}, 'w').write(repr(sys.argv[1:]))\n{saying(ANSWER)}")
    seen(host("localhost"), seconds=65.0)
    asked = note.read_text()
    assert asked.startswith("['--privileged', '-sU', '-n', '-Pn', '--max-rate', '50', '--max-retries', '6', ")
    assert asked.endswith(f"'-oX', '-', '-p', '53,67-69,161', '--', '{HERE}']")
    assert "'--host-timeout', '5" in asked


@pytest.mark.usefixtures("able")
def test_an_address_that_could_not_be_scanned_is_named_and_nothing_is_known_of_it(
    bin_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    standing_for(monkeypatch, HERE, "127.0.43.2")
    pretend_nmap(bin_folder, saying(ANSWER))
    facts = seen(host("localhost"))
    assert (facts.responding, facts.silent) == (1, 1)
    assert facts.unscanned == ("127.0.43.2: nmap's answer is not about 127.0.43.2",)


def standing_for(patch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Let every name stand for these, as this machine's resolver would say."""

    async def resolve(_host: str) -> tuple[Address, ...]:
        return tuple(ipaddress.ip_address(address) for address in addresses)

    patch.setattr(gate, "_resolve", resolve)


def read(folder: Path, text: str, *open_ports: str) -> Seen[UdpPortsFacts]:
    (folder / "nmap.xml").write_text(text)
    target = host(HERE, *open_ports, scan="nmap.xml")
    elsewhere = loopback_only(NOW - timedelta(days=9))
    return look_at(PROBE, target, evidence=folder, now=NOW, authorisation=elsewhere)


@pytest.mark.parametrize(
    ("text", "reason", "detail"),
    [
        (
            changed('type="udp" protocol="udp"', 'type="syn" protocol="tcp"'),
            Reason.UNREADABLE,
            "no scan of UDP",
        ),
        (changed(HERE, "127.0.43.2"), Reason.NOT_FOUND, "not about"),
        (changed(f'time="{ENDED}"', 'time="99999999999"'), Reason.FROM_THE_FUTURE, "has not come yet"),
        (changed('starttime="1"', 'timedout="true"'), Reason.UNREADABLE, "gave up"),
        (changed("53,67-69,161", "53,67-69,161,162"), Reason.UNREADABLE, "every port"),
        (
            changed('state="closed"', 'state="filtered"').replace('state="open"', 'state="open|filtered"'),
            Reason.UNREACHABLE,
            "kept silent",
        ),
    ],
)
def test_a_scan_that_tells_too_little_shows_nothing(
    tmp_path: Path, text: str, reason: Reason, detail: str
) -> None:
    with pytest.raises(CannotSee) as blind:
        read(tmp_path, text)
    assert (blind.value.reason, detail in blind.value.detail) == (reason, True), blind.value.detail


def test_a_scan_that_left_a_declared_port_out_shows_nothing(tmp_path: Path) -> None:
    with pytest.raises(CannotSee, match="162/udp"):
        read(tmp_path, ANSWER, "53/udp", "162/udp")


def test_what_a_scan_says_is_told_with_its_tool_and_its_time(tmp_path: Path) -> None:
    done = read(tmp_path, ANSWER, "53/udp", "443/tcp")
    assert states(done.facts)[0] == (53, "open", "udp-response", True)
    assert (done.facts.port_set, done.facts.tried) == ("part", 5)
    assert (done.tool, done.facts.scanned_at) == ("nmap 7.93", "2027-02-26T12:00:00Z")


def test_the_guide_names_the_ports_a_scan_has_to_try() -> None:
    guide = Path(__file__).parents[3] / "docs" / "guides" / "targets.md"
    assert f"-p T:-,U:{','.join(map(str, sorted(COMMON_UDP)))} HOST" in guide.read_text(encoding="utf-8")


def scan_both() -> list[Any]:
    with TemporaryDirectory() as folder, running(dnsmasq(HERE)), open_door(HERE, 443):
        wait_until_bound(f"{HERE}:53")
        ports = f"T:1-1000,U:{ranges(sorted(COMMON_UDP))}"
        words = ["nmap", "-sS", "-sU", "-n", "-Pn", "-p", ports, "-oX", "-", HERE]
        (Path(folder) / "nmap.xml").write_bytes(subprocess.run(words, capture_output=True, check=True).stdout)
        live = look_at(PROBE, host(HERE, "53/udp"), seconds=120.0).facts
        target = host(HERE, "53/udp", "443/tcp", scan="nmap.xml")
        later = datetime.now(UTC) + timedelta(seconds=5)
        udp = look_at(PROBE, target, evidence=Path(folder), now=later).facts
        tcp = look_at(TCP, target, evidence=Path(folder), now=later).facts
    return [states(live), states(udp), udp.port_set, [row.number for row in tcp.ports if row.state == "open"]]


def test_a_real_scan_of_both_protocols_is_read_for_either() -> None:
    live, from_file, port_set, tcp = apart(scan_both, seconds=120)
    assert from_file == live
    assert [row[0] for row in live if row[1] == "open"] == [53]
    assert (port_set, tcp) == ("common", [53, 443])
