"""
Audit a system of 30 honest services and 5 tarpits, and let `nmap -sV` look at the same ports.

The honest ones are nginx, OpenSSH and `openssl s_server`; the tarpits keep silent, send a byte now and
then, talk without end, or lie about lengths. Beside the time of looking stands that of the whole
command, from its start to the kept record, with limits as shipped. nmap is cut off at a time bound.
Needs the Debian packages of the tests. Ends with status 1 where a goal is missed, an honest service
was not seen, or a tarpit was.

    .venv/bin/python benchmarks/tarpits.py [--rounds 3] [--bound 120]
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from tests.servers.certificates import authority, make, names, write
from tests.servers.hostile import plain
from tests.servers.hostile import tls as hostile_tls
from tests.servers.listener import Handler, free_port, listening
from tests.servers.programs import nginx, s_server
from tests.servers.sshd import make_keys, sshd

from readiness_audit.ledger.folder import read_record
from readiness_audit.model.evidence import Observed
from readiness_audit.model.record import Record

SECONDS_GOAL = 10.0
MEGABYTES_GOAL = 150
WEB, TLS_ONLY, SHELLS = 18, 6, 6
TARPITS: Sequence[tuple[str, Handler]] = (
    ("ssh", plain.mute),
    ("https", hostile_tls.drip),
    ("http", plain.EVERYWHERE["zeros without end"].serve),
    ("tls", hostile_tls.NOT_TLS["endless-hello-requests"].serve),
    ("https", hostile_tls.NOT_TLS["hello-cut-short"].serve),
)


@dataclass(frozen=True, slots=True)
class Service:
    """One service of the system."""

    id: str
    protocol: str
    port: int


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    words.add_argument("--rounds", type=int, default=3)
    words.add_argument("--bound", type=int, default=120, help="Seconds after which nmap is cut off.")
    asked = words.parse_args()
    with tempfile.TemporaryDirectory() as name, services(Path(name)) as (honest, tarpits):
        sys.exit(compare(Path(name), honest, tarpits, asked.rounds, asked.bound))


@contextlib.contextmanager
def services(folder: Path) -> Iterator[tuple[list[Service], list[Service]]]:
    """Start every service; give the honest ones and the tarpits."""
    key = rsa.generate_private_key(65537, 2048)
    pem = write(folder / "server.pem", make("localhost", authority(), [names("localhost")], key=key))
    make_keys(folder, "ed25519")
    web = [free_port() for _ in range(WEB)]
    sites = "".join(
        f"server {{ listen 127.0.0.1:{port}{' ssl' * (number % 2)}; ssl_certificate {pem};"
        f" ssl_certificate_key {pem}; location / {{ return 200 'welcome'; }} }}\n"
        for number, port in enumerate(web)
    )
    with contextlib.ExitStack() as stack:
        stack.enter_context(nginx(folder, web, sites))
        honest = [
            Service(f"web-{number}", "https" if number % 2 else "http", port)
            for number, port in enumerate(web)
        ]
        honest += [
            Service(f"tls-{number}", "tls", stack.enter_context(s_server(pem))) for number in range(TLS_ONLY)
        ]
        honest += [
            Service(f"ssh-{number}", "ssh", stack.enter_context(sshd(folder, folder, using=("ed25519",))))
            for number in range(SHELLS)
        ]
        tarpits = [
            Service(f"tarpit-{number}", protocol, stack.enter_context(listening(handler)).port)
            for number, (protocol, handler) in enumerate(TARPITS)
        ]
        yield honest, tarpits


def compare(
    folder: Path, honest: Sequence[Service], tarpits: Sequence[Service], rounds: int, bound: int
) -> int:
    system = folder / "system.yaml"
    (folder / "evidence").mkdir()
    system.write_text(described((*honest, *tarpits)))
    runs = [audited(system, folder / f"run-{number}") for number in range(rounds)]
    whole = statistics.median(run[0] for run in runs)
    seconds = statistics.median(looked(run[2]) for run in runs)
    megabytes = max(run[1] for run in runs)
    unseen, believed = told(runs[-1][2], honest, tarpits)
    peer, ended = nmap([service.port for service in (*honest, *tarpits)], bound)
    more = "" if ended else "more than "
    print(f"{len(honest)} honest services and {len(tarpits)} tarpits; medians of {rounds} rounds, nmap once")
    print(f"  looked at and judged in {seconds:.2f} s (goal: at most {SECONDS_GOAL:.0f} s)")
    print(f"  the whole command: {whole:.2f} s, {megabytes:.0f} MB (goal: at most {MEGABYTES_GOAL} MB)")
    print(f"  nmap -sV: {more}{peer:.0f} s; nmap / the whole command = {more}{peer / whole:.1f}")
    print(f"  honest services with a look that saw nothing: {unseen}; tarpits believed: {believed}")
    good = not unseen and not believed and seconds <= SECONDS_GOAL and megabytes <= MEGABYTES_GOAL
    return 0 if good else 1


def described(every: Sequence[Service]) -> str:
    now = datetime.now(UTC).replace(microsecond=0)
    begins, ends = (now - timedelta(hours=1)).isoformat(), (now + timedelta(hours=1)).isoformat()
    ports = ", ".join(f"{service.port}/tcp" for service in every)
    targets = "".join(
        f"  - {{kind: endpoint, id: {one.id}, host: 127.0.0.1, port: {one.port}, protocol: {one.protocol}}}\n"
        for one in every
    )
    return (
        "system: tarpits\ntitle: Tarpits\nowner: nobody\nstage: rollout\nevidence: evidence\npace: fast\n"
        f"authorisation: {{targets: [127.0.0.1], valid_from: {begins}, valid_until: {ends},"
        " approved_by: Benchmark, contact: nobody}\n"
        f"targets:\n  - {{kind: host, id: all, host: 127.0.0.1, ports: declared, open_ports: [{ports}]}}\n"
        f"{targets}"
    )


def audited(system: Path, out: Path) -> tuple[float, float, Record]:
    """Run the whole command; give its time in seconds, its memory in megabytes and its record."""
    command = [sys.executable, "-m", "readiness_audit", "run", str(system), "--out", str(out)]
    command += ["--policy", "kmu-standard"]
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, _, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begun
    process.returncode = 0
    (kept,) = out.iterdir()
    return seconds, usage.ru_maxrss / 1024, read_record(kept)


def looked(record: Record) -> float:
    return (record.origin.finished_at - record.origin.started_at).total_seconds()


def told(record: Record, honest: Sequence[Service], tarpits: Sequence[Service]) -> tuple[int, int]:
    """Count the looks at honest services that saw nothing, and those at tarpits that saw a whole service."""
    honest_ids = {service.id for service in honest}
    tarpit_ids = {service.id for service in tarpits}
    unseen = believed = 0
    for piece in record.evidence:
        # Passwords are tried only where somebody asks for that; here nobody does.
        if piece.look.probe == "web-credentials":
            continue
        seen = isinstance(piece, Observed)
        if piece.look.target in honest_ids and not seen:
            print(f"  {piece.look.id}: {piece.reason}: {piece.detail}")
            unseen += 1
        if piece.look.target in tarpit_ids and seen and not piece.facts.get("unseen"):
            print(f"  {piece.look.id} was believed")
            believed += 1
    return unseen, believed


def nmap(ports: Sequence[int], bound: int) -> tuple[float, bool]:
    asked = ["nmap", "-sV", "-n", "-Pn", "-p", ",".join(map(str, ports)), "127.0.0.1"]
    begun = time.perf_counter()
    try:
        subprocess.run(asked, check=True, stdout=subprocess.DEVNULL, timeout=bound)
    except subprocess.TimeoutExpired:
        return float(bound), False
    return time.perf_counter() - begun, True


if __name__ == "__main__":
    main()
