"""The probe in front of real servers; what it should see is what snmpget, dig and nmap say."""

from __future__ import annotations

import dataclasses
import socket
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from readiness_audit.model.evidence import Reason
from readiness_audit.model.target import Host
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.udp.udp import PROBE, UdpFacts
from tests.doors import open_door
from tests.looking import look_at
from tests.servers.datagrams import Asker, answering
from tests.servers.udp_programs import (
    dnsmasq,
    memcached,
    nmap_says,
    running,
    snmpd,
    wait_until_bound,
)
from tests.silence import SILENT, apart

SYS_DESCR = "1.3.6.1.2.1.1.1.0"
ROOTS = bytes.fromhex("0000020001000003e8001401610c726f6f742d73657276657273036e657400")
"""One record of an answer: the root's name server is a.root-servers.net."""


def seen(address: str, *open_ports: str, seconds: float = 20.0) -> UdpFacts:
    return look_at(
        PROBE, Host(kind="host", id="box", host=address, open_ports=open_ports), seconds=seconds
    ).facts


def told(facts: UdpFacts) -> dict[str, list[Any]]:
    return {row.question: [row.state, row.granted, row.words] for row in facts.answers}


def plain(facts: UdpFacts) -> dict[str, Any]:
    return dataclasses.asdict(facts)


def look_at_a_dead_host() -> str:
    try:
        seen("127.9.0.1")
    except CannotSee as blind:
        return blind.reason
    return "seen"


def test_a_host_that_keeps_silent_on_everything_shows_nothing() -> None:
    assert apart(look_at_a_dead_host, SILENT) == "unreachable"


def test_a_host_out_of_scope_is_not_asked() -> None:
    with pytest.raises(CannotSee) as blind:
        seen("192.0.2.1")
    assert blind.value.reason is Reason.OUT_OF_SCOPE


def look_at_a_host_that_drops_udp() -> dict[str, Any]:
    with open_door("127.8.0.1", 443):
        return plain(seen("127.8.0.1", "443/tcp"))


def test_silence_is_told_together_with_what_tcp_showed() -> None:
    facts = apart(look_at_a_host_that_drops_udp, "ip daddr 127.8.0.0/16 meta l4proto udp drop")
    assert {row["state"] for row in facts["answers"]} == {"silent"}
    assert {(row["tries"], row["bytes_in"], row["granted"]) for row in facts["answers"]} == {(2, 0, False)}
    assert (facts["questions"], len(facts["answers"])) == (12, 12)
    assert (facts["responding"], facts["silent"], facts["unclear"]) == (1, 0, 0)
    assert facts["addresses"][0]["open"] == 1


def look_at_a_host_that_answers_over_udp_alone() -> dict[str, Any]:
    # A bare host: whatever is not dropped is refused by the kernel.
    return plain(seen("127.8.0.1"))


def test_a_host_whose_tcp_ports_keep_silent_did_not_show_itself() -> None:
    facts = apart(look_at_a_host_that_answers_over_udp_alone, "ip daddr 127.8.0.0/16 meta l4proto tcp drop")
    assert {row["state"] for row in facts["answers"]} == {"refused"}
    assert (facts["responding"], facts["silent"]) == (0, 1)
    assert not facts["addresses"][0]["responded"]


def resolver(door: socket.socket, query: bytes, asker: Asker) -> None:
    """Answer as an upstream server for the root would."""
    question_ends = query.index(b"\x00\x02\x00\x01", 12) + 4
    head = query[:2] + b"\x81\x80" + b"\x00\x01\x00\x01\x00\x00\x00\x00"
    door.sendto(head + query[12:question_ends] + ROOTS, asker)


def look_at_careless_servers() -> list[Any]:
    here = "127.0.60.1"
    with (
        TemporaryDirectory() as folder,
        answering(resolver, "127.0.60.9", 53),
        running(
            snmpd(Path(folder), here, "rocommunity public"),
            memcached(here),
            dnsmasq(here, "--server=127.0.60.9", "--enable-tftp", f"--tftp-root={folder}"),
        ),
    ):
        wait_until_bound(*(f"{here}:{port}" for port in (53, 69, 161, 11211)))
        facts = seen(here)
        get = ["snmpget", "-v2c", "-t1", "-r0", "-Oqv", "-c"]
        others: dict[str, Any] = {
            "dig": ran("dig", f"@{here}", ".", "NS", "+recurse", "+tries=1", "+noedns"),
            "public": ran(*get, "public", here, SYS_DESCR),
            "private": ran(*get, "private", here, SYS_DESCR),
            "nmap": nmap_says(here, 53, 161, 1900),
        }
    return [plain(facts), others]


def ran(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10)
    return done.stdout + done.stderr


def test_careless_servers_answer_as_other_clients_say() -> None:
    facts, others = apart(look_at_careless_servers)
    rows = {row["question"]: row for row in facts["answers"]}
    states = {name: (row["state"], row["granted"]) for name, row in rows.items()}
    assert states == {
        "dns-recursion": ("answered", True),
        "ssdp-search": ("refused", False),
        "memcached-stats": ("answered", True),
        "tftp-read": ("answered", True),
        "ntp-time": ("refused", False),
        "ntp-readvar": ("refused", False),
        "ntp-monlist": ("refused", False),
        "snmp-v1-public": ("answered", True),
        "snmp-v2c-public": ("answered", True),
        "snmp-v1-private": ("silent", False),
        "snmp-v2c-private": ("silent", False),
        "snmp-v3-engine": ("answered", True),
    }
    assert "status: NOERROR" in others["dig"]
    assert " ra;" in others["dig"]
    assert "a.root-servers.net." in others["dig"]
    assert rows["dns-recursion"]["words"] == "NOERROR, recursion available, 1 answers"
    assert others["public"].strip().strip('"') == rows["snmp-v2c-public"]["words"] == "Test box"
    assert "Timeout" in others["private"]
    assert others["nmap"] == {"53": "open", "161": "open", "1900": "closed"}
    assert rows["memcached-stats"]["words"].startswith("memcached 1.")
    assert rows["memcached-stats"]["bytes_in"] > 50 * rows["memcached-stats"]["bytes_out"]
    assert rows["tftp-read"]["words"].startswith("error 1: file ")
    assert "not found" in rows["tftp-read"]["words"]
    assert rows["snmp-v3-engine"]["words"].startswith("engine 80001f88")
    assert facts["unclear"] == 0


def look_at_careful_servers() -> list[Any]:
    here = "127.0.60.2"
    with (
        TemporaryDirectory() as folder,
        running(snmpd(Path(folder), here), dnsmasq(here)),
    ):
        wait_until_bound(f"{here}:53", f"{here}:161")
        facts = seen(here)
        dig = ran("dig", f"@{here}", ".", "NS", "+recurse", "+tries=1", "+noedns")
    return [told(facts), dig]


def test_careful_servers_grant_nothing() -> None:
    rows, dig = apart(look_at_careful_servers)
    assert "status: REFUSED" in dig
    assert [name for name, row in rows.items() if row[1]] == ["snmp-v3-engine"]
    assert rows["dns-recursion"][0] == "answered"
    assert rows["dns-recursion"][2].startswith("REFUSED")
    assert {rows[f"snmp-{version}-public"][0] for version in ("v1", "v2c")} == {"silent"}
