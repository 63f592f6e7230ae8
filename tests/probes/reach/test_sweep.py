from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import struct
import subprocess
import time
from typing import Any

import pytest

from readiness_audit.probes.reach.sweep import Found, Sweeper, ranges
from tests.doors import attended_door, open_door, open_doors
from tests.probes.reach.sweeping import sweep_of, swept, with_sweeper
from tests.silence import SILENT, apart


def test_where_nobody_listens_every_port_is_closed() -> None:
    found = swept("127.0.30.1", range(1, 301))
    assert (found.open, found.filtered, found.tries) == ((), (), 300)
    assert found.closed == tuple(range(1, 301))


def test_no_ports_are_no_answer_and_no_connection() -> None:
    assert swept("127.0.30.1", []) == Found(open=(), closed=(), filtered=(), tries=0)


def sweep_every_port() -> list[Any]:
    ports = (1, 22, 443, 8443, 65535)
    with open_doors("127.0.30.2", *ports):
        found = swept("127.0.30.2", range(1, 65536))
        theirs = subprocess.run(
            ["nmap", "-sT", "-n", "-Pn", "-p-", "-oG", "-", "127.0.30.2"],
            capture_output=True,
            text=True,
            check=True,
        )
    open_to_nmap = [int(port) for port in re.findall(r"(\d+)/open/tcp", theirs.stdout)]
    return [list(found.open), open_to_nmap, len(found.closed), len(found.filtered)]


def test_over_all_ports_exactly_those_are_open_that_nmap_finds_open() -> None:
    ports = [1, 22, 443, 8443, 65535]
    assert apart(sweep_every_port) == [ports, ports, 65530, 0]


def test_a_port_named_twice_is_tried_once() -> None:
    assert swept("127.0.30.1", [80, 80, 80]).tries == 1


def test_the_other_version_of_the_internet_protocol_is_swept_too() -> None:
    with open_door("::1") as port:
        found = swept("::1", [port, 1])
    assert (found.open, found.closed) == ((port,), (1,))


def test_a_server_that_hangs_up_at_once_is_open_all_the_same() -> None:
    def slam(visitor: socket.socket) -> None:
        visitor.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    with attended_door(slam) as port:
        assert all(swept("127.0.0.1", [port]).open == (port,) for _ in range(20))


def test_nothing_is_said_to_a_port_that_is_open() -> None:
    heard: list[bytes] = []

    def listen(visitor: socket.socket) -> None:
        visitor.settimeout(2)
        with contextlib.suppress(ConnectionResetError):
            heard.append(visitor.recv(100))

    with attended_door(listen) as port:
        swept("127.0.0.1", [port])
    assert b"".join(heard) == b""


def find_a_connection_to_itself() -> list[Any]:
    def met_itself() -> bool:
        with socket.socket() as alone:
            return alone.connect_ex(("127.0.0.1", 40002)) == 0

    ports = range(40000, 40008)
    found = [swept("127.0.0.1", ports).open for _ in range(60)]
    return [any(met_itself() for _ in range(500)), found.count(()), len(found)]


def test_a_try_that_meets_itself_is_not_an_open_port() -> None:
    # With so few ports to choose from, the kernel soon gives a try the very port it tries.
    few = "echo '40000 40007' > /proc/sys/net/ipv4/ip_local_port_range"
    it_happens, none_open, sweeps = apart(find_a_connection_to_itself, prepare=few)
    assert it_happens
    assert none_open == sweeps


def sweep_silent_hosts() -> list[Any]:
    ports = range(1, 101)

    async def all_of(hosts: int) -> list[Found]:
        sweeper = Sweeper()
        try:
            looks = [
                sweep_of(sweeper, f"127.9.0.{last}", ports, patience=0.4, retries=1)
                for last in range(1, hosts + 1)
            ]
            return await asyncio.gather(*looks)
        finally:
            sweeper.close()

    spent = []
    for hosts in (1, 16):
        began = time.monotonic()
        found = asyncio.run(all_of(hosts))
        spent.append(time.monotonic() - began)
    same = {(one.open, one.closed, one.filtered == tuple(ports), one.tries) for one in found}
    return [spent, [list(one) for one in same]]


def test_sixteen_silent_hosts_cost_what_one_costs() -> None:
    (one, sixteen), found = apart(sweep_silent_hosts, SILENT)
    assert found == [[[], [], True, 200]]
    assert 0.8 <= one < 1.1
    assert sixteen < 1.4 * one


def sweep_a_host_that_misses_the_first_packet() -> list[Any]:
    with open_doors("127.9.0.1", 80, 81):
        once = swept("127.9.0.1", [80], patience=0.3)
        twice = swept("127.9.0.1", [81, 82], patience=0.3, retries=1)
    return [once.filtered, twice.open, twice.closed, twice.tries]


def test_a_port_that_kept_silent_is_tried_again() -> None:
    # The first packet to each port is lost.
    lossy = "ip daddr 127.9.0.1 tcp flags syn / syn,ack tcp dport != @met add @met { tcp dport } drop"
    assert apart(sweep_a_host_that_misses_the_first_packet, lossy) == [[80], [81], [82], 4]


def sweep_hosts_that_are_shielded() -> list[Any]:
    began = time.monotonic()
    unreachable = swept("127.9.0.1", [80, 81], patience=5)
    refused = swept("127.9.0.2", [80, 81], patience=5)
    nowhere = swept("203.0.113.1", [80, 81], patience=5)
    return [unreachable.filtered, refused.closed, nowhere.filtered, time.monotonic() - began < 3]


def test_errors_from_the_way_are_filtered_and_resets_are_closed() -> None:
    found = apart(
        sweep_hosts_that_are_shielded,
        "ip daddr 127.9.0.1 reject with icmp type host-unreachable",
        "ip daddr 127.9.0.2 meta l4proto tcp reject with tcp reset",
    )
    assert found == [[80, 81], [80, 81], [80, 81], True]


def test_many_hosts_are_swept_at_the_same_time() -> None:
    hosts = [f"127.0.31.{last}" for last in range(1, 65)]

    async def all_of(sweeper: Sweeper) -> list[Found]:
        return await asyncio.gather(*(sweep_of(sweeper, host, range(8000, 8100)) for host in hosts))

    with contextlib.ExitStack() as stack:
        for number, host in enumerate(hosts):
            stack.enter_context(open_door(host, 8000 + number))
        found = with_sweeper(all_of)
    assert [one.open for one in found] == [(8000 + number,) for number in range(64)]


@pytest.mark.parametrize(
    ("ports", "told"),
    [([], ""), ([80], "80"), ([443, 80, 81, 82], "80-82,443"), ([1, 1, 2], "1-2"), ([5, 3, 1], "1,3,5")],
)
def test_ports_are_told_as_ranges(ports: list[int], told: str) -> None:
    assert ranges(ports) == told
