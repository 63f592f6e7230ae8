"""
Audit 256 hosts with five open ports each, TLS on one; every packet to 16 of them is dropped.

All hosts are loopback addresses of a network namespace of its own, so it needs root, iproute2,
nftables, nginx and nmap. A run is over when its own work is done and its slowest look has given up:
the wall time of the whole command is held against its own processor time and the limit of the looks
that meet silence. Beside it stands nmap with the same ports and its certificate script, cut off at
a time bound. Ends with status 1 where the goal is missed or a host was not seen.

    sudo .venv/bin/python benchmarks/fleet.py [--rounds 3] [--hosts 256] [--bound 120]
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from tests.servers.certificates import authority, make, names, write
from tests.servers.programs import nginx

from readiness_audit.ledger.folder import read_record
from readiness_audit.model.evidence import Observed, Reason
from readiness_audit.model.record import Record
from readiness_audit.probes.built_in import BUILT_IN

GOAL = 1.1
SILENT = 16
TLS_PORT, PLAIN_PORTS = 443, (80, 81, 8080, 8081)
PORTS = (*PLAIN_PORTS, TLS_PORT)


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    words.add_argument("--rounds", type=int, default=3)
    words.add_argument("--hosts", type=int, default=256)
    words.add_argument("--bound", type=int, default=120, help="Seconds after which nmap is cut off.")
    words.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    asked = words.parse_args()
    if asked.inside:
        sys.exit(compare(asked.rounds, asked.hosts, asked.bound))
    space = f"readiness-fleet-{os.getpid()}"
    subprocess.run(["ip", "netns", "add", space], check=True)
    try:
        again = ["ip", "netns", "exec", space, sys.executable, *sys.argv, "--inside"]
        sys.exit(subprocess.run(again, check=False).returncode)
    finally:
        subprocess.run(["ip", "netns", "del", space], check=True)


def compare(rounds: int, count: int, bound: int) -> int:
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    drop = "add table inet t; add chain inet t i { type filter hook input priority 0; }; "
    subprocess.run(["nft", drop + "add rule inet t i ip daddr 127.9.0.0/16 drop"], check=True)
    silent = [f"127.9.0.{number + 1}" for number in range(SILENT)]
    live = [f"127.1.{number // 200}.{number % 200 + 1}" for number in range(count - SILENT)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        key = rsa.generate_private_key(65537, 2048)
        pem = write(folder / "server.pem", make("localhost", authority(), [names("localhost")], key=key))
        listens = " ".join(f"listen {port};" for port in PLAIN_PORTS)
        listens += f" listen {TLS_PORT} ssl; ssl_certificate {pem}; ssl_certificate_key {pem};"
        (folder / "evidence").mkdir()
        system = folder / "system.yaml"
        system.write_text(described((*live, *silent)))
        with nginx(folder, PORTS, f"server {{ {listens} }}", connections=4096):
            runs = [audited(system, folder / f"run-{number}") for number in range(rounds)]
            peer, ended = nmap((*live, *silent), folder, bound)
    limit = max(BUILT_IN[probe].seconds for probe in ("tls", "tls-suites", "http"))
    wall, busy, record = sorted(runs, key=lambda run: run[0])[len(runs) // 2]
    ratio = wall / (busy + limit)
    wrong = told(record, set(live), set(silent))
    more = "" if ended else "more than "
    print(f"{count} hosts x {len(PORTS)} ports, {SILENT} hosts silent; medians of {rounds} rounds, nmap once")
    print(f"  the whole command: {wall:.1f} s, of that {busy:.1f} s of processor time;")
    print(f"    {len(record.evidence)} looks, whose limit is {limit:.0f} s")
    print(f"  time / (processor time + limit) = {ratio:.2f} (goal: at most {GOAL})")
    print(f"  nmap -sT with ssl-cert and ssl-enum-ciphers: {more}{peer:.0f} s;")
    print(f"    nmap / ours = {more}{peer / wall:.1f}")
    print(f"  looks that came out otherwise than their host: {wrong}")
    return 0 if ratio <= GOAL and not wrong else 1


def described(hosts: Sequence[str]) -> str:
    now = datetime.now(UTC).replace(microsecond=0)
    begins, ends = (now - timedelta(hours=1)).isoformat(), (now + timedelta(hours=1)).isoformat()
    ports = ", ".join(f"{port}/tcp" for port in PORTS)
    targets = "".join(
        f"  - {{kind: host, id: h-{number}, host: {host}, open_ports: [{ports}]}}\n"
        f"  - {{kind: endpoint, id: e-{number}, host: {host}, port: {TLS_PORT}, protocol: https}}\n"
        for number, host in enumerate(hosts)
    )
    return (
        "system: fleet\ntitle: Fleet\nowner: nobody\nstage: rollout\nevidence: evidence\npace: fast\n"
        f"authorisation: {{targets: [127.0.0.0/8], valid_from: {begins}, valid_until: {ends},"
        f" approved_by: Benchmark, contact: nobody}}\ntargets:\n{targets}"
    )


def audited(system: Path, out: Path) -> tuple[float, float, Record]:
    """Run the whole command; give its wall time and its processor time in seconds, and its record."""
    command = [sys.executable, "-m", "readiness_audit", "run", str(system), "--out", str(out)]
    command += ["--policy", "kmu-standard"]
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    (kept,) = out.iterdir()
    return wall, usage.ru_utime + usage.ru_stime, read_record(kept)


def told(record: Record, live: set[str], silent: set[str]) -> int:
    """Count looks that saw something of a silent host, or not all of a live one."""
    hosts = {target.id: target.host for target in record.system.targets if hasattr(target, "host")}
    wrong = 0
    for piece in record.evidence:
        # Passwords are tried only where somebody asks for that; here nobody does.
        if piece.look.probe == "web-credentials":
            continue
        host = hosts[piece.look.target]
        seen = isinstance(piece, Observed)
        if piece.look.probe == "ports" and seen:
            good = host in live and piece.facts["open"] == len(PORTS)
        else:
            good = seen == (host in live) or piece.look.probe == "udp"
        if not good or (host in silent and not seen and piece.reason is Reason.BROKEN_PROBE):
            print(f"  {piece.look.id}: {'seen' if seen else piece.detail}")
            wrong += 1
    return wrong


def nmap(hosts: Sequence[str], folder: Path, bound: int) -> tuple[float, bool]:
    listed, out = folder / "hosts", folder / "nmap"
    listed.write_text("\n".join(hosts))
    asked = ["nmap", "-sT", "-n", "-Pn", "-p", ",".join(map(str, PORTS)), "-iL", str(listed), "-oG", str(out)]
    asked += ["--script", "ssl-cert,ssl-enum-ciphers"]
    begun = time.perf_counter()
    try:
        subprocess.run(asked, check=True, stdout=subprocess.DEVNULL, timeout=bound)
    except subprocess.TimeoutExpired:
        return float(bound), False
    spent = time.perf_counter() - begun
    assert len(re.findall(rf"{TLS_PORT}/open/tcp", out.read_text())) == len(hosts) - SILENT
    return spent, True


if __name__ == "__main__":
    main()
