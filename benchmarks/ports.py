"""
Sweep the ports of many hosts with our gate and with nmap, in the same run, and compare times and answers.

Needs root, iproute2, nftables and nmap: the hosts are loopback addresses in a network namespace
of their own, and silent ones are made with a rule that drops. Prints ratios; ends with status 1
where a goal is missed or an answer differs.

    sudo .venv/bin/python benchmarks/ports.py [--rounds 3] [--hosts 256] [--ports 1000]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import resource
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from readiness_audit.model.evidence import Look
from readiness_audit.model.system import Authorisation, Pace
from readiness_audit.probes.ports.common_ports import common_ports
from readiness_audit.probes.reach.deadline import Deadline
from readiness_audit.probes.reach.gate import Gate

LIVE_GOAL = 1.6
SILENT_GOAL = 1.1
NMAP_SILENT_GOAL = 20
SILENT_PORTS = 100
LISTENING = (22, 80, 443)

Pairs = set[tuple[str, int]]


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    words.add_argument("--rounds", type=int, default=3)
    words.add_argument("--hosts", type=int, default=256)
    words.add_argument("--ports", type=int, default=1000)
    words.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    asked = words.parse_args()
    if asked.inside:
        sys.exit(compare(asked.rounds, asked.hosts, asked.ports))
    space = f"readiness-ports-{os.getpid()}"
    subprocess.run(["ip", "netns", "add", space], check=True)
    try:
        again = ["ip", "netns", "exec", space, sys.executable, *sys.argv, "--inside"]
        sys.exit(subprocess.run(again, check=False).returncode)
    finally:
        subprocess.run(["ip", "netns", "del", space], check=True)


def compare(rounds: int, hosts: int, ports: int) -> int:
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    drop = "add table inet t; add chain inet t i { type filter hook input priority 0; }; "
    subprocess.run(["nft", drop + "add rule inet t i ip daddr 127.9.0.0/16 drop"], check=True)
    version = subprocess.run(["nmap", "--version"], check=True, capture_output=True, text=True).stdout
    print(version.splitlines()[0])
    four = [f"127.0.{number // 200}.{number % 200 + 1}" for number in range(hosts)]
    six = [f"fd00::{number + 1:x}" for number in range(hosts)]
    for address in six:
        subprocess.run(["ip", "addr", "add", f"{address}/128", "dev", "lo", "nodad"], check=True)
    good = [live("IPv4", rounds, four, ports), live("IPv6", rounds, six, ports), silent(rounds)]
    return 0 if all(good) else 1


def live(version: str, rounds: int, hosts: Sequence[str], port_count: int) -> bool:
    """Live hosts: the cost of system calls."""
    ports = sorted(set(sorted(common_ports())[:port_count]) | set(LISTENING))[:port_count]
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    doors = [listener(host, port) for host in hosts for port in LISTENING]
    ours: list[float] = []
    theirs: list[float] = []
    agree = True
    for _ in range(rounds):
        spent, found = sweep(hosts, ports)
        peer_spent, peer_found = nmap(hosts, ports, "-T3", limit=600)
        ours.append(spent)
        theirs.append(peer_spent)
        agree = agree and found == peer_found and len(found) == len(doors)
    for door in doors:
        door.close()
    ratio = statistics.median(ours) / statistics.median(theirs)
    print(f"live over {version}: {len(hosts)} hosts x {len(ports)} ports, {len(doors)} open; {rounds} rounds")
    print(f"  readiness-audit {statistics.median(ours):.2f} s, nmap -sT {statistics.median(theirs):.2f} s")
    print(f"  ours / nmap = {ratio:.2f} (goal: at most {LIVE_GOAL})")
    print(f"  same open ports: {'yes' if agree else 'NO'}")
    return agree and ratio <= LIVE_GOAL


def silent(rounds: int) -> bool:
    """Hosts that drop everything: the cost of waiting."""
    ports = sorted(common_ports())[:SILENT_PORTS]
    hosts = [f"127.9.0.{number}" for number in range(1, 17)]
    one = statistics.median(sweep(hosts[:1], ports)[0] for _ in range(rounds))
    many = statistics.median(sweep(hosts, ports)[0] for _ in range(rounds))
    bound = many * NMAP_SILENT_GOAL * 1.25
    peer, _ = nmap(hosts, ports, "-T4", limit=bound)
    ended = "" if peer < bound else "more than "
    print(f"silent: {len(ports)} ports, every packet dropped; medians of {rounds} rounds, nmap once")
    print(f"  1 host {one:.2f} s, 16 hosts {many:.2f} s, nmap -sT -T4 16 hosts {ended}{peer:.2f} s")
    print(f"  16 hosts / 1 host = {many / one:.2f} (goal: at most {SILENT_GOAL})")
    print(f"  nmap / ours = {ended}{peer / many:.1f} (goal: at least {NMAP_SILENT_GOAL})")
    return many / one <= SILENT_GOAL and peer / many >= NMAP_SILENT_GOAL


def sweep(hosts: Sequence[str], ports: Sequence[int]) -> tuple[float, Pairs]:
    now = datetime.now(UTC)
    granted = Authorisation(
        targets=("127.0.0.0/8", "fd00::/8"),
        valid_from=now - timedelta(hours=1),
        valid_until=now + timedelta(hours=1),
        approved_by="Benchmark",
        contact="nobody",
    )

    async def all_at_once() -> Pairs:
        gate = Gate(granted, Pace.FAST, lambda: now)
        try:
            looks = (
                gate.sweep(Look(probe="ports", target=host), host, ports, Deadline(600)) for host in hosts
            )
            answers = await asyncio.gather(*looks)
        finally:
            await gate.close()
        return {
            (str(address), port)
            for answer in answers
            for address, found in answer.items()
            for port in found.open
        }

    began = time.perf_counter()
    found = asyncio.run(all_at_once())
    return time.perf_counter() - began, found


def nmap(hosts: Sequence[str], ports: Sequence[int], template: str, limit: float) -> tuple[float, Pairs]:
    with TemporaryDirectory() as folder:
        listed, told = Path(folder, "hosts"), Path(folder, "told")
        listed.write_text("\n".join(hosts))
        family = ["-6"] if ":" in hosts[0] else []
        asked = ["nmap", "-sT", "-n", "-Pn", *family, template, "-p", ",".join(map(str, ports))]
        began = time.perf_counter()
        try:
            subprocess.run(
                [*asked, "-iL", str(listed), "-oG", str(told)],
                check=True,
                stdout=subprocess.DEVNULL,
                timeout=limit,
            )
        except subprocess.TimeoutExpired:
            return time.perf_counter() - began, set()
        spent = time.perf_counter() - began
        lines = told.read_text().splitlines()
    found = set()
    for line in lines:
        if line.startswith("Host:"):
            found |= {(line.split()[1], int(port)) for port in re.findall(r"(\d+)/open/tcp", line)}
    return spent, found


def listener(host: str, port: int) -> socket.socket:
    door = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    door.bind((host, port))
    door.listen(4096)
    return door


if __name__ == "__main__":
    main()
