"""
Read an OpenSSH server with our probe and with ssh-audit, in the same run, and compare times and answers.

Both are started anew each time, as a person would start them, one after the other in turn. Ours reads
the lists, is shown every host key, asks for the smallest group and for the ways to log in; ssh-audit runs
with `--skip-rate-test`. It is installed in a folder of its own that goes away afterwards, and needs
the network for that. Needs sshd and ssh. Ends with status 1 where the goal is missed or a list differs.

    .venv/bin/python benchmarks/ssh.py [--rounds 10]
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import json
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from readiness_audit.model.evidence import Look
from readiness_audit.model.system import Authorisation, Pace
from readiness_audit.model.target import Endpoint
from readiness_audit.probes.network.ssh import PROBE, SshFacts
from readiness_audit.probes.reach.deadline import Deadline
from readiness_audit.probes.reach.folder import Folder
from readiness_audit.probes.reach.gate import Gate
from readiness_audit.probes.reach.reach import Reach

GOAL = 0.5
CONFIGURATIONS = {
    "Debian's default": ((), ("rsa", "ecdsa", "ed25519")),
    "one key": (("KexAlgorithms curve25519-sha256",), ("ed25519",)),
    "many old algorithms": (
        ("KexAlgorithms +diffie-hellman-group14-sha1", "Ciphers +aes128-cbc,3des-cbc", "MACs +hmac-md5"),
        ("rsa", "ed25519"),
    ),
}


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    words.add_argument("--rounds", type=int, default=10)
    words.add_argument("--look", type=int, metavar="PORT", help=argparse.SUPPRESS)
    asked = words.parse_args()
    if asked.look is not None:
        print(json.dumps(dataclasses.asdict(look(asked.look))))
        return
    with TemporaryDirectory() as folder:
        sys.exit(compare(Path(folder), asked.rounds))


def look(port: int) -> SshFacts:
    now = datetime.now(UTC)
    granted = Authorisation(
        targets=("127.0.0.1",),
        valid_from=now - timedelta(hours=1),
        valid_until=now + timedelta(hours=1),
        approved_by="Benchmark",
        contact="nobody",
    )
    target = Endpoint(kind="endpoint", id="shell", host="127.0.0.1", port=port, protocol="ssh")

    async def once() -> SshFacts:
        gate = Gate(granted, Pace.NORMAL, lambda: now)
        try:
            reach = Reach(
                look=Look(probe="ssh", target="shell"),
                deadline=Deadline(10),
                gate=gate,
                evidence=Folder(Path("/nonexistent")),
                started=now,
            )
            return (await PROBE.look(target, reach)).facts
        finally:
            await gate.close()

    return asyncio.run(once())


def compare(folder: Path, rounds: int) -> int:
    from tests.servers.sshd import make_keys, sshd  # noqa: PLC0415 - only where servers are started

    peer = folder / "peer"
    subprocess.run([sys.executable, "-m", "venv", str(peer)], check=True)
    subprocess.run([str(peer / "bin" / "pip"), "install", "--quiet", "ssh-audit"], check=True)
    make_keys(folder, "rsa", "ecdsa", "ed25519")
    good = True
    for name, (lines, using) in CONFIGURATIONS.items():
        with sshd(folder, folder, *lines, using=using) as port:
            ours, theirs = [], []
            for _ in range(rounds):
                spent, facts = timed([sys.executable, __file__, "--look", str(port)])
                ours.append(spent)
                audit = [
                    str(peer / "bin" / "ssh-audit"),
                    "--skip-rate-test",
                    "-j",
                    "-p",
                    str(port),
                    "127.0.0.1",
                ]
                spent, told = timed(audit)
                theirs.append(spent)
                good = agree(facts, told) and good
        ratio = statistics.median(ours) / statistics.median(theirs)
        good = good and ratio <= GOAL
        print(f"{name}: medians of {rounds} rounds")
        print(
            f"  readiness-audit {statistics.median(ours):.2f} s, ssh-audit {statistics.median(theirs):.2f} s"
        )
        print(f"  ours / ssh-audit = {ratio:.2f} (goal: at most {GOAL})")
    print(f"same lists and fingerprints: {'yes' if good else 'see above'}")
    return 0 if good else 1


def timed(command: list[str]) -> tuple[float, dict[str, object]]:
    begun = time.perf_counter()
    # ssh-audit's status tells its verdict, so it is not a failure.
    done = subprocess.run(command, check=False, capture_output=True, timeout=120)
    spent = time.perf_counter() - begun
    return spent, json.loads(done.stdout)


def agree(facts: dict[str, object], told: dict[str, object]) -> bool:
    marks = ("kex-strict", "ext-info")
    same = True
    for kind, key in (("kex", "kex"), ("host-key", "key"), ("cipher", "enc"), ("mac", "mac")):
        ours = [each["name"] for each in facts["algorithms"] if each["kind"] == kind]
        names = [each["algorithm"] for each in told[key] if not each["algorithm"].startswith(marks)]
        if ours != names:
            print(f"  {kind}: ours {ours}, ssh-audit {names}")
            same = False
    mine = {key["fingerprint"].removeprefix("SHA256:") for key in facts["host_keys"]}
    shown = {each["hash"] for each in told["fingerprints"] if each["hash_alg"] == "SHA256"}
    if mine != shown:
        print(f"  fingerprints: ours {sorted(mine)}, ssh-audit {sorted(shown)}")
        same = False
    return same


if __name__ == "__main__":
    main()
