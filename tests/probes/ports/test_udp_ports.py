"""UDP ports as a real nmap sees them, held against what the machine itself says it listens on (ss)."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from readiness_audit.audit import audit
from readiness_audit.cli.loading import load_content, policy_in_force, senses
from readiness_audit.model.evidence import Reason
from readiness_audit.model.host import UdpPortSet
from readiness_audit.model.policy import InForce
from readiness_audit.model.record import Origin
from readiness_audit.model.system import Authorisation, Pace, Stage, System
from readiness_audit.model.target import Host
from readiness_audit.probes.ports import udp_ports, udp_scan
from readiness_audit.probes.ports.common_udp import COMMON_UDP
from readiness_audit.probes.ports.udp_ports import PROBE
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.stages.plan import plan
from tests.doors import open_door
from tests.looking import look_at, loopback_only
from tests.servers.datagrams import answering, silent
from tests.servers.pretend_nmap import pretend_nmap
from tests.servers.udp_programs import dnsmasq, memcached, running, snmpd, wait_until_bound
from tests.silence import SILENT, apart

CHECK = "net.ports.allowlist.udp"
PATIENCE = 120.0
"""Seconds: how long it takes is not what is looked at here."""

FEW = frozenset({53, 161, 514})
"""For hosts that keep silent, of which every port takes nmap its whole patience."""


@contextmanager
def few_ports() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(udp_ports, "COMMON_UDP", FEW)
        patch.setattr(udp_scan, "PATIENTLY", ("--max-retries", "1"))
        yield


def host(address: str, *open_ports: str, udp: UdpPortSet = UdpPortSet.COMMON) -> Host:
    return Host(kind="host", id="box", host=address, open_ports=open_ports, udp_ports=udp)


def blind_to(
    target: Host, *, authorisation: Authorisation | None = None, now: datetime | None = None
) -> CannotSee:
    with pytest.raises(CannotSee) as blind:
        look_at(PROBE, target, seconds=PATIENCE, authorisation=authorisation, now=now)
    return blind.value


@cache
def the_one_check() -> InForce:
    whole = policy_in_force("kmu-standard", load_content([]))
    return dataclasses.replace(whole, checks=tuple(check for check in whole.checks if check.id == CHECK))


def a_system(target: Host) -> System:
    return System(
        system="box",
        title="Box",
        owner="Test, head of tests",
        stage=Stage.PILOT,
        pace=Pace.FAST,
        authorisation=loopback_only(_now()),
        targets=(target,),
    )


def audited(target: Host) -> dict[str, Any]:
    """Ask the one check of this target as an audit does; as plain data, which can leave a namespace."""
    made = audit(a_system(target), the_one_check(), senses(), Path("/nonexistent"), _now, _origin)
    record = asyncio.run(made).record
    (verdict,) = record.verdicts
    (evidence,) = record.evidence
    return {
        "outcome": verdict.outcome,
        "reason": verdict.reason,
        "subjects": list(verdict.subjects),
        "facts": getattr(evidence, "facts", None),
        "detail": getattr(evidence, "detail", None),
        "contacts": [[one.protocol, one.address, one.ports, one.outcome] for one in record.contacts],
    }


def _now() -> datetime:
    return datetime.now(UTC)


def _origin(at: datetime, complete: bool) -> Origin:  # noqa: FBT001 - as the pipeline calls it
    return Origin(run="r", tool="test", started_at=at, finished_at=at, looked_from="here", complete=complete)


def of_state(facts: dict[str, Any], state: str) -> set[int]:
    return {row["number"] for row in facts["ports"] if row["state"] == state}


def test_where_nobody_asks_for_it_it_is_not_looked_at_and_not_asked() -> None:
    assert "nobody asked" in blind_to(host("127.0.0.1", udp=UdpPortSet.NONE)).detail
    ours = senses()
    system = a_system(host("127.0.0.1", "53/udp", udp=UdpPortSet.NONE))
    made = plan(system, the_one_check(), ours.probes, ours.views)
    assert (made.looks, made.steps, [aside.check for aside in made.set_aside]) == ((), (), [CHECK])


def test_out_of_scope_and_outside_the_window_nmap_is_not_started(
    bin_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(udp_scan, "may_open_raw_sockets", lambda _: True)
    pretend_nmap(bin_folder, f"open({str(bin_folder / 'started')!r}, 'w')")
    assert blind_to(host("192.0.2.1")).reason is Reason.OUT_OF_SCOPE
    over = loopback_only(_now() - timedelta(days=2))
    assert blind_to(host("127.0.42.1"), authorisation=over).reason is Reason.OUTSIDE_WINDOW
    assert not (bin_folder / "started").exists()


def test_without_nmap_nothing_is_sent_and_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    done = audited(host("127.0.42.1"))
    assert (done["outcome"], done["reason"], done["contacts"]) == ("not_assessed", "tool-missing", [])
    assert done["detail"] == "the program nmap is not installed"


def test_without_the_reader_of_its_answer_nmap_is_not_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nmap", None)
    blind = blind_to(host("127.0.42.1"))
    assert blind.reason is Reason.TOOL_MISSING
    assert "python-nmap is not installed" in blind.detail


def audit_without_privileges() -> list[Any]:
    told = audited(host("127.0.42.1"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(udp_scan, "may_open_raw_sockets", lambda _: True)
        return [told, audited(host("127.0.42.1"))]


def test_without_privileges_nothing_is_sent_and_it_says_what_to_do() -> None:
    less = ("--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all") if os.geteuid() == 0 else ()
    dropped = ("setpriv", "--no-new-privs", *less)
    scene = f"{audit_without_privileges.__module__}:{audit_without_privileges.__qualname__}"
    words = [*dropped, sys.executable, "-m", "tests.silence", scene]
    done, believed = json.loads(subprocess.run(words, capture_output=True, check=True).stdout)
    assert (done["outcome"], done["reason"], done["contacts"]) == ("not_assessed", "denied", [])
    assert "run as root, or grant CAP_NET_RAW" in done["detail"]
    assert (believed["outcome"], believed["reason"]) == ("not_assessed", "denied")
    assert believed["detail"].startswith("nmap failed: ")


def audit_a_dead_host() -> dict[str, Any]:
    with few_ports():
        return audited(host("127.9.0.1"))


def test_a_host_that_keeps_silent_on_everything_shows_nothing() -> None:
    done = apart(audit_a_dead_host, SILENT, seconds=PATIENCE)
    assert (done["outcome"], done["reason"]) == ("not_assessed", "unreachable")


def audit_busy_hosts() -> dict[str, Any]:
    with (
        TemporaryDirectory() as folder,
        running(
            dnsmasq("127.0.42.1"),
            dnsmasq("127.0.42.2"),
            snmpd(Path(folder), "127.0.42.2"),
            memcached("127.0.42.2"),
            dnsmasq("127.0.42.3"),
            dnsmasq("::1"),
        ),
        answering(silent, "127.0.42.3", 514),
    ):
        wait_until_bound(*(f"127.0.42.{last}:53" for last in (1, 2, 3)), "127.0.42.2:161", "[::1]:53")
        wait_until_bound("127.0.42.2:11211")
        listening = subprocess.run(["ss", "-Hlnu"], capture_output=True, text=True, check=True).stdout
        done = {
            "declared alone": audited(host("127.0.42.1", "53/udp")),
            "more": audited(host("127.0.42.2", "53/udp")),
            "version 6": audited(host("::1")),
        }
        with few_ports():
            done["one silent"] = audited(host("127.0.42.3", "53/udp"))
            done["silent and declared"] = audited(host("127.0.42.3", "53/udp", "514/udp"))
    return {"listening": [line.split()[3] for line in listening.splitlines()], **done}


def test_open_are_the_ports_the_machine_says_it_listens_on() -> None:
    done = apart(audit_busy_hosts, seconds=PATIENCE)
    bound: dict[str, set[int]] = {}
    for socket in done["listening"]:
        address, _, port = socket.rpartition(":")
        bound.setdefault(address.strip("[]"), set()).add(int(port))
    assert bound["127.0.42.2"] == {53, 161, 11211}
    for name, address in (("declared alone", "127.0.42.1"), ("more", "127.0.42.2"), ("version 6", "::1")):
        facts = done[name]["facts"]
        assert of_state(facts, "open") == bound[address], name
        assert of_state(facts, "closed") == COMMON_UDP - bound[address], name
        assert {row["reason"] for row in facts["ports"]} == {"udp-response", "port-unreach"}
    alone = done["declared alone"]
    assert (alone["outcome"], alone["facts"]["declared"], alone["facts"]["tried"]) == (
        "pass",
        1,
        len(COMMON_UDP),
    )
    assert alone["contacts"][-1][:2] == ["udp", "127.0.42.1"]
    assert alone["contacts"][-1][3] == "handed to nmap"
    assert (done["more"]["outcome"], done["more"]["subjects"]) == (
        "fail",
        ["161/udp 127.0.42.2 (SNMP)", "11211/udp 127.0.42.2 (memcached)"],
    )
    assert (done["version 6"]["outcome"], done["version 6"]["subjects"]) == ("fail", ["53/udp ::1 (DNS)"])
    assert bound["127.0.42.3"] == {53, 514}
    quiet = done["one silent"]
    assert of_state(quiet["facts"], "open|filtered") == {514}
    assert quiet["facts"]["standing_out"] == ["514/udp 127.0.42.3 (syslog)"]
    assert (quiet["outcome"], quiet["reason"]) == ("not_assessed", "not-assessable")
    assert done["silent and declared"]["outcome"] == "pass"


def audit_firewalls() -> list[Any]:
    with few_ports(), open_door("127.8.0.1", 443), open_door("127.7.0.1", 443):
        return [audited(host("127.8.0.1", "443/tcp")), audited(host("127.7.0.1", "443/tcp"))]


def test_what_a_firewall_drops_is_silence_of_a_host_that_is_up_and_what_it_refuses_is_filtered() -> None:
    dropped, refused = apart(
        audit_firewalls,
        "ip daddr 127.8.0.0/16 meta l4proto udp drop",
        "ip daddr 127.7.0.0/16 meta l4proto udp reject with icmp type admin-prohibited",
        seconds=PATIENCE,
    )
    assert of_state(dropped["facts"], "open|filtered") == FEW
    assert dropped["facts"]["standing_out"] == []
    assert (dropped["facts"]["responding"], dropped["outcome"]) == (1, "pass")
    assert of_state(refused["facts"], "filtered") == FEW
    assert {row["reason"] for row in refused["facts"]["ports"]} == {"admin-prohibited"}
    assert refused["outcome"] == "pass"
