"""
Read OpenSSH servers with our probe and with ssh-audit, in the same run, and compare times and answers.

Both read lists, host keys and the smallest group, and are started anew each time: once for one server,
once for a dozen at the same time; both are compiled beforehand, as an installed program is. Ours can ask
for the ways to log in as well, which ssh-audit does not; the same work is measured without, by leaving our
process no `ssh` to start, and the whole look beside it. What the algorithms alone cost us is measured
inside one process, as in a run, and from the start of a process, where Python and imports are nearly all
of it. A whole `run` over one server, with everything it asks, judges and keeps, is shown, too. What is
started for one server alone has no goal: it times Python. ssh-audit runs with `--skip-rate-test`; it is
installed in a folder of its own that goes away afterwards, and needs the network for that. Needs sshd and
ssh. Ends with status 1 where a goal is missed or an answer differs.

    .venv/bin/python benchmarks/ssh.py [--rounds 9]
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.one_ssh import gate, lists
from tests.servers.sshd import make_keys, sshd

GOAL = 0.5
"""Of the time of ssh-audit: for the algorithms of one server in a run, and for the same work on a dozen."""

SERVERS = 12
PEER = "ssh-audit"
SAME = "ours, the same work"
LISTS = "ours, the algorithms alone"
DEFAULT: tuple[str, ...] = ()
OLD = ("KexAlgorithms +diffie-hellman-group14-sha1", "Ciphers +aes128-cbc,3des-cbc", "MACs +hmac-md5")
ONE = ("KexAlgorithms curve25519-sha256",)
CONFIGURATIONS = ((DEFAULT, ("rsa", "ecdsa", "ed25519")), (OLD, ("rsa", "ed25519")), (ONE, ("ed25519",)))


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    words.add_argument("--rounds", type=int, default=9)
    asked = words.parse_args()
    with TemporaryDirectory() as folder:
        sys.exit(compare(Path(folder), asked.rounds))


async def inside(port: int, rounds: int) -> float:
    """Give the median time of reading version and lists of one server, in a process that runs already."""
    way, spent = gate(), []
    for _ in range(rounds):
        begun = time.perf_counter()
        await lists(way, port)
        spent.append(time.perf_counter() - begun)
    await way.close()
    return statistics.median(spent)


def compare(folder: Path, rounds: int) -> int:
    peer = folder / "peer"
    subprocess.run([sys.executable, "-m", "venv", str(peer)], check=True)
    subprocess.run([str(peer / "bin" / "pip"), "install", "--quiet", "ssh-audit"], check=True)
    audit = [str(peer / "bin" / "ssh-audit"), "--skip-rate-test", "-j"]
    make_keys(folder, "rsa", "ecdsa", "ed25519")
    # Where Python is told to keep no compiled modules, ours alone would be compiled at every start.
    compiled = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    compiled["PYTHONPYCACHEPREFIX"] = str(folder / "compiled")
    look = [sys.executable, str(Path(__file__).with_name("one_ssh.py"))]
    with contextlib.ExitStack() as stack:
        ports = [
            stack.enter_context(sshd(folder, folder, *lines, using=using))
            for lines, using in CONFIGURATIONS * (SERVERS // len(CONFIGURATIONS))
        ]
        listed = folder / "targets"
        listed.write_text("".join(f"127.0.0.1:{port}\n" for port in ports))
        # The first start compiles.
        a_run(folder, ports[0], compiled)
        times: dict[tuple[int, str], list[float]] = {}
        same = True
        for _ in range(rounds):
            spent, told = timed([*look, "lists", str(ports[0])], compiled)
            times.setdefault((1, LISTS), []).append(spent)
            for count in (SERVERS, 1):
                ask = [*look, *map(str, ports[:count])]
                spent, facts = timed(ask, {**compiled, "PATH": "/nonexistent"})
                times.setdefault((count, SAME), []).append(spent)
                whole, _ = timed(ask, compiled)
                times.setdefault((count, "ours, and the ways to log in"), []).append(whole)
                many = ["--threads", str(SERVERS), "-T", str(listed)]
                spent, said = timed([*audit, *(["-p", str(ports[0]), "127.0.0.1"] if count == 1 else many)])
                times.setdefault((count, PEER), []).append(spent)
                same = same and pairs(ports[:count], facts, said)
            same = same and alike(told, said)
            times.setdefault((1, "ours, a whole run"), []).append(a_run(folder, ports[0], compiled))
        alone = asyncio.run(inside(ports[0], rounds * 4))
    return tell(times, alone, rounds, same=same)


def a_run(folder: Path, port: int, env: dict[str, str]) -> float:
    """Give the time of auditing a system of one server: every check is read, asked, judged and kept."""
    system = folder / "system.yaml"
    system.write_text(
        "system: shell\ntitle: Shell\nowner: Jana Beispiel\nstage: pilot\n"
        "authorisation: {targets: [127.0.0.1], valid_from: 2020-01-01T00:00:00Z, "
        "valid_until: 2099-01-01T00:00:00Z, approved_by: Max Mustermann, contact: nobody}\n"
        f"targets:\n  - {{kind: endpoint, id: shell, host: 127.0.0.1, port: {port}, protocol: ssh}}\n",
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "readiness_audit", "run", str(system), "--out", str(folder / "kept")]
    return timed([*command, "--format", "json"], {**env, "READINESS_AUDIT_HOME": str(folder / "home")})[0]


def tell(times: dict[tuple[int, str], list[float]], alone: float, rounds: int, *, same: bool) -> int:
    print(f"medians of {rounds} rounds")
    ratios = {}
    for (count, who), spent in times.items():
        mine, peer = statistics.median(spent), statistics.median(times[count, PEER])
        ratios[count, who] = mine / peer
        print(f"  {count:2} servers, {who}: {mine:.2f} s, ratio {mine / peer:.2f}")
    of_lists = alone / statistics.median(times[1, PEER])
    print(f"  algorithms of one server inside a run: {alone * 1000:.0f} ms, ratio {of_lists:.2f}")
    print(
        f"goal, for the algorithms of one server inside a run, and the same work on {SERVERS}: at most {GOAL}"
    )
    print(f"same lists and fingerprints: {'yes' if same else 'NO'}")
    return 0 if same and max(of_lists, ratios[SERVERS, SAME]) <= GOAL else 1


def timed(command: list[str], env: dict[str, str] | None = None) -> tuple[float, object]:
    begun = time.perf_counter()
    # ssh-audit's status tells its verdict, so it is not a failure.
    done = subprocess.run(command, check=False, capture_output=True, timeout=300, env=env)
    spent = time.perf_counter() - begun
    return spent, json.loads(done.stdout)


def pairs(ports: list[int], facts: object, told: object) -> bool:
    by_port = {
        each["target"].rpartition(":")[2]: each for each in (told if isinstance(told, list) else [told])
    }
    return all(agree(each, by_port[str(port)]) for port, each in zip(ports, facts, strict=True))


def alike(lists: dict[str, list[str]], said: dict[str, object]) -> bool:
    both = (("kex", "kex"), ("host_key", "key"), ("cipher_to_client", "enc"), ("mac_to_client", "mac"))
    return all(lists[ours] == [each["algorithm"] for each in said[theirs]] for ours, theirs in both)


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
