from __future__ import annotations

import dataclasses
import ipaddress
import time
from typing import Any

import pytest

from readiness_audit.model.evidence import Reason
from readiness_audit.model.grammar import Address
from readiness_audit.model.host import PortSet
from readiness_audit.model.system import Authorisation
from readiness_audit.model.target import Host
from readiness_audit.probes.ports.common_ports import USUAL, common_ports
from readiness_audit.probes.ports.port_facts import PortsFacts
from readiness_audit.probes.ports.ports import PROBE
from readiness_audit.probes.reach import gate
from readiness_audit.probes.reach.blind import CannotSee
from tests.doors import open_door, open_doors
from tests.looking import look_at
from tests.silence import SILENT, apart

DANGEROUS = (
    *(21, 23, 69, 111, 135, 139, 445, 512, 513, 514, 873, 1433, 1521, 2049, 2375, 2379, 3306, 3389, 5432),
    *(5900, 5901, 5902, 5903, 5985, 5986, 6379, 9200, 10250, 11211, 27017),
)
PLAINTEXT = (21, 23, 25, 80, 110, 143, 389, 512, 513, 514, 5900)


def host(address: str, *open_ports: str, ports: PortSet = PortSet.DECLARED) -> Host:
    return Host(kind="host", id="shop", host=address, open_ports=open_ports, ports=ports)


def seen(target: Host, *, seconds: float = 30.0, authorisation: Authorisation | None = None) -> PortsFacts:
    return look_at(PROBE, target, seconds=seconds, authorisation=authorisation).facts


def blind_to(target: Host) -> CannotSee:
    with pytest.raises(CannotSee) as blind:
        seen(target)
    return blind.value


def states(facts: PortsFacts) -> list[tuple[int, str, bool, int, int]]:
    return [(row.number, row.state, row.declared, row.tries, row.times_open) for row in facts.ports]


def plain(facts: PortsFacts) -> dict[str, Any]:
    return dataclasses.asdict(facts)


def look_at_a_dead_host() -> list[Any]:
    told = []
    for target in (host("127.9.0.1", ports=PortSet.COMMON), host("127.9.0.1", "443/tcp")):
        began = time.monotonic()
        try:
            told.append(plain(seen(target)))
        except CannotSee as blind:
            told.append({"reason": blind.reason, "quick": time.monotonic() - began < 4})
    return told


def test_a_host_where_nothing_answers_shows_nothing() -> None:
    assert apart(look_at_a_dead_host, SILENT) == [{"reason": "unreachable", "quick": True}] * 2


def test_with_nothing_to_try_nothing_is_seen() -> None:
    assert blind_to(host("127.0.40.1", "53/udp")).reason is Reason.EMPTY


def test_a_name_that_stands_for_nothing_shows_nothing() -> None:
    assert blind_to(host("nobody.invalid", "443/tcp")).reason in {Reason.OUT_OF_SCOPE, Reason.UNREACHABLE}


def test_a_host_out_of_scope_is_not_looked_at() -> None:
    with open_door("127.0.0.1") as port:
        blind = blind_to(host("192.0.2.1", f"{port}/tcp"))
    assert blind.reason is Reason.OUT_OF_SCOPE


def test_a_host_with_every_port_closed_responds() -> None:
    facts = seen(host("127.0.40.2", ports=PortSet.COMMON))
    assert (facts.ports, facts.open, facts.responding, facts.silent) == ((), 0, 1, 0)
    assert facts.addresses[0].responded
    assert facts.addresses[0].closed == facts.tried == len(common_ports())
    assert (facts.services_by, facts.services_note) == (None, "no port is open")


def test_declared_and_undeclared_ports_are_told_apart() -> None:
    with open_doors("127.0.40.3", 443, 6379):
        facts = seen(host("127.0.40.3", "443/tcp", "8443-8444/tcp", "53/udp", ports=PortSet.COMMON))
    assert states(facts) == [
        (443, "open", True, 3, 3),
        (6379, "open", False, 1, 1),
        (8443, "closed", True, 1, 0),
        (8444, "closed", True, 1, 0),
    ]
    assert facts.not_tried == ("53/udp",)
    assert (facts.declared, facts.open, facts.port_set, facts.vantage) == (3, 2, "common", "office")
    assert [row.usual for row in facts.ports] == ["https", "redis", "https", None]


def test_only_declared_ports_are_tried_where_that_is_asked() -> None:
    with open_doors("127.0.40.4", 443, 6379):
        facts = seen(host("127.0.40.4", "443/tcp"))
    assert (facts.tried, facts.port_set) == (1, "declared")
    assert states(facts) == [(443, "open", True, 3, 3)]


def look_at_every_port() -> list[Any]:
    with open_doors("127.0.40.5", 1, 6379, 65535):
        facts = seen(host("127.0.40.5", "443/tcp", ports=PortSet.ALL))
    return [facts.tried, states(facts), facts.addresses[0].closed]


def test_every_port_there_is_is_tried_where_that_is_asked() -> None:
    tried, rows, closed = apart(look_at_every_port)
    assert (tried, closed) == (65535, 65532)
    assert rows == [
        [1, "open", False, 1, 1],
        [443, "closed", True, 1, 0],
        [6379, "open", False, 1, 1],
        [65535, "open", False, 1, 1],
    ]


def look_at_a_host_behind_a_firewall() -> list[Any]:
    with open_doors("127.9.0.5", 443, 6379):
        facts = seen(host("127.9.0.5", "443/tcp", "8443/tcp", ports=PortSet.COMMON))
    return [states(facts), facts.addresses[0].responded, facts.addresses[0].filtered == facts.tried - 1]


def test_a_host_that_answers_on_its_declared_port_alone_responds() -> None:
    walled = "ip daddr 127.9.0.5 tcp dport != 443 drop"
    rows, responded, all_others_filtered = apart(look_at_a_host_behind_a_firewall, walled)
    assert rows == [[443, "open", True, 3, 3], [8443, "filtered", True, 1, 0]]
    assert responded
    assert all_others_filtered


def look_at_a_port_that_comes_and_goes() -> list[Any]:
    with open_doors("127.9.0.6", 443):
        return states(seen(host("127.9.0.6", "443/tcp")))


def test_a_declared_port_that_comes_and_goes_is_told() -> None:
    # The first connection to a port stands, all later ones are refused.
    once = (
        "tcp flags syn / syn,ack tcp dport @met reject with tcp reset",
        "tcp flags syn / syn,ack add @met { tcp dport }",
    )
    assert apart(look_at_a_port_that_comes_and_goes, *once) == [[443, "open", True, 3, 1]]


async def both(_host: str) -> tuple[Address, ...]:
    """Resolve a name as this machine would, were it known by both of its addresses."""
    return ipaddress.ip_address("127.0.0.1"), ipaddress.ip_address("::1")


def test_each_address_of_a_host_has_its_own_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "_resolve", both)
    with open_door("127.0.0.1") as four, open_door("::1") as six:
        facts = seen(host("localhost", f"{four}/tcp", f"{six}/tcp"))
    assert {(row.address, row.version, row.number, row.state) for row in facts.ports} == {
        ("127.0.0.1", 4, four, "open"),
        ("127.0.0.1", 4, six, "closed"),
        ("::1", 6, six, "open"),
        ("::1", 6, four, "closed"),
    }
    assert [(one.address, one.open, one.closed) for one in facts.addresses] == [
        ("127.0.0.1", 1, 1),
        ("::1", 1, 1),
    ]
    assert all(row.seen_by_nmap for row in facts.ports if row.state == "open")
    assert sorted(
        (one.number, one.declared, one.open_v4, one.open_v6) for one in facts.both_versions
    ) == sorted([(four, True, 1, 0), (six, True, 0, 1)])
    assert {(one.addresses_v4, one.addresses_v6) for one in facts.both_versions} == {(1, 1)}


def look_over_both_versions() -> dict[str, Any]:
    # Which of its addresses a machine's own name stands for differs, so the name's answer is a given here.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gate, "_resolve", both)
        with open_doors("127.0.0.1", 443, 5432), open_doors("::1", 443, 5432):
            return plain(seen(host("localhost", "443/tcp", ports=PortSet.COMMON)))


def side_by_side(facts: dict[str, Any]) -> list[tuple[Any, ...]]:
    counts = ("number", "declared", "addresses_v4", "open_v4", "addresses_v6", "open_v6")
    return [tuple(row[name] for name in counts) for row in facts["both_versions"]]


def test_an_ipv6_address_that_keeps_silent_is_not_compared() -> None:
    facts = apart(look_over_both_versions, "ip6 daddr ::1 tcp flags & (syn | ack) == syn drop")
    assert [(one["version"], one["responded"]) for one in facts["addresses"]] == [(4, True), (6, False)]
    assert facts["silent"] == 1
    assert side_by_side(facts) == [(443, True, 1, 1, 0, 0), (5432, False, 1, 1, 0, 0)]


def test_a_port_that_only_the_firewall_for_ipv4_hides_is_told() -> None:
    facts = apart(look_over_both_versions, "ip daddr 127.0.0.1 tcp dport 5432 drop")
    assert facts["silent"] == 0
    assert side_by_side(facts) == [(443, True, 1, 1, 1, 1), (5432, False, 1, 0, 1, 1)]


def test_an_ipv4_address_says_nothing_of_ipv6() -> None:
    with open_doors("127.0.40.10", 443):
        (row,) = seen(host("127.0.40.10", "443/tcp")).both_versions
    assert (row.addresses_v4, row.open_v4, row.addresses_v6, row.open_v6) == (1, 1, 0, 0)


def test_more_ports_than_can_be_told_are_not_told_in_part() -> None:
    assert blind_to(host("127.0.40.7", "1-3000/tcp")).reason is Reason.TOO_LARGE


def test_the_common_ports_hold_what_checks_ask_about() -> None:
    common = common_ports()
    assert set(DANGEROUS) | set(PLAINTEXT) | set(USUAL) <= common
    assert 900 <= len(common) <= 1300
    assert all(0 < port <= 65535 for port in common)
