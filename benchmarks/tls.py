"""
Look through 50 TLS endpoints with our two probes and with sslyze, in the same run, and compare.

The servers are `openssl s_server` in five configurations. What each accepts is also asked with one
whole handshake of OpenSSL for each suite: ours must show exactly these pairs. sslyze is installed by
this script into build/peers/sslyze, an environment of its own, and is never shipped; without it only
our own figures are printed. sslscan, which asks for no groups here, is compared where it is installed.
Ends with status 1 where a goal is missed or an answer differs.

    .venv/bin/python benchmarks/tls.py [--endpoints 50]
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from tests.looking import loopback_only
from tests.servers import by_openssl
from tests.servers.certificates import authority, make, names, write
from tests.servers.programs import s_server

from readiness_audit.model.evidence import Look, Observed
from readiness_audit.model.system import Pace, Stage, System
from readiness_audit.model.target import Endpoint
from readiness_audit.probes.built_in import BUILT_IN
from readiness_audit.stages.collect import collect

SPEED_GOAL = 10.0
MEMORY_GOAL = 0.25
MORE_CONNECTIONS = 20
SSLSCAN_GOAL = 1.0
PEERS = Path("build/peers")
Pairs = set[tuple[str, str]]

CONFIGURATIONS: Sequence[Sequence[str]] = (
    (),
    ("-no_tls1_3", "-cipher", "ALL:@SECLEVEL=0"),
    ("-cipher", "ALL:@SECLEVEL=0", "-serverpref"),
    ("-tls1_2", "-cipher", "ECDHE+AESGCM"),
    ("-tls1_3",),
)
SSLYZE_SUITES = {
    "tls_1_0_cipher_suites": "TLSv1.0",
    "tls_1_1_cipher_suites": "TLSv1.1",
    "tls_1_2_cipher_suites": "TLSv1.2",
    "tls_1_3_cipher_suites": "TLSv1.3",
}


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    words.add_argument("--endpoints", type=int, default=50)
    asked = words.parse_args()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        key = rsa.generate_private_key(65537, 2048)
        pem = write(folder / "server.pem", make("localhost", authority(), [names("localhost")], key=key))
        chosen = [CONFIGURATIONS[number % len(CONFIGURATIONS)] for number in range(asked.endpoints)]
        ports = [stack.enter_context(s_server(pem, *options)) for options in chosen]
        sys.exit(compare(ports))


def compare(ports: Sequence[int]) -> int:
    missed = 0
    seconds, memory, ours, more = our_way(ports)
    print(f"ours:   {seconds:7.2f} s, {memory:5.0f} MB, at most {more} connections more than suites")
    missed += more > MORE_CONNECTIONS
    told = [by_openssl.suites(port, *by_openssl.OPTIONS) for port in ports[: len(CONFIGURATIONS)]]
    wanted = {port: told[number % len(told)] for number, port in enumerate(ports)}
    missed += said("ours", ours, wanted)
    missed += beside_sslscan(ports, seconds)
    program = sslyze()
    if program is None:
        print("sslyze: could not be installed here, so nothing is compared")
        return 1 if missed else 0
    theirs_seconds, theirs_memory, theirs = their_way(program, ports)
    print(f"sslyze: {theirs_seconds:7.2f} s, {theirs_memory:5.0f} MB")
    said("sslyze", theirs, wanted)
    faster, share = theirs_seconds / seconds, memory / theirs_memory
    print(f"{faster:.1f} x faster (goal: {SPEED_GOAL}), {share:.2f} of the memory (goal: {MEMORY_GOAL})")
    missed += faster < SPEED_GOAL or share > MEMORY_GOAL
    return 1 if missed else 0


def said(who: str, seen: Mapping[int, Pairs], wanted: Mapping[int, Pairs]) -> bool:
    """Print how many pairs of version and suite agree with the handshakes, and say whether any differs."""
    right = sum(len(seen.get(port, set()) & pairs) for port, pairs in wanted.items())
    extra = sum(len(seen.get(port, set()) - pairs) for port, pairs in wanted.items())
    every = sum(len(pairs) for pairs in wanted.values())
    print(f"        {who}: {right} of {every} pairs that openssl can shake hands with, {extra} others")
    return right != every or extra > 0


def our_way(ports: Sequence[int]) -> tuple[float, float, dict[int, Pairs], int]:
    """Look in a process of its own, three times; give the median time, the memory and what was seen."""
    runs = []
    for _ in range(3):
        code = f"from benchmarks.tls import look; look({list(ports)!r})"
        done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
        runs.append(json.loads(done.stdout))
    seen = {int(port): {(pair[0], pair[1]) for pair in pairs} for port, pairs in runs[-1]["seen"].items()}
    return (
        statistics.median(run["seconds"] for run in runs),
        max(run["memory"] for run in runs),
        seen,
        max(run["more"] for run in runs),
    )


def look(ports: Sequence[int]) -> None:
    """Take both looks at each port, and print what came of it as JSON."""
    now = datetime.now(UTC)
    targets = tuple(
        Endpoint(kind="endpoint", id=f"e{port}", host="127.0.0.1", port=port, protocol="tls")
        for port in ports
    )
    system = System(
        system="benchmark",
        title="Benchmark",
        owner="nobody",
        stage=Stage.PILOT,
        authorisation=loopback_only(now),
        targets=targets,
        pace=Pace.FAST,
    )
    looks = [Look(probe=probe, target=one.id) for one in targets for probe in ("tls", "tls-suites")]
    begun = time.monotonic()
    seen = asyncio.run(collect(looks, system, BUILT_IN, Path("/nonexistent"), lambda: datetime.now(UTC)))
    seconds = time.monotonic() - begun
    pairs: dict[str, list[tuple[str, str]]] = {}
    more = 0
    for one in seen.evidence:
        if isinstance(one, Observed) and one.look.probe == "tls-suites":
            suites = one.facts["suites"]
            pairs[one.look.target[1:]] = [(suite["version"], suite["name"]) for suite in suites]
            more = max(more, one.facts["connections"] - one.facts["suite_count"])
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "memory": memory, "more": more, "seen": pairs}))


def beside_sslscan(ports: Sequence[int], seconds: float) -> bool:
    """Let sslscan see every port, one after the other as it does, and say whether we were slower."""
    program = shutil.which("sslscan")
    if program is None:
        print("sslscan: is not installed, so nothing is compared")
        return False
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as targets:
        targets.write("".join(f"127.0.0.1:{port}\n" for port in ports))
        targets.flush()
        begun = time.monotonic()
        words = [program, "--no-groups", "--no-colour", f"--targets={targets.name}"]
        subprocess.run(words, check=True, capture_output=True)
        theirs = time.monotonic() - begun
    print(f"sslscan: {theirs:6.2f} s; ours / theirs {seconds / theirs:.2f} (goal: {SSLSCAN_GOAL})")
    return seconds > SSLSCAN_GOAL * theirs


def sslyze() -> Path | None:
    """Install sslyze into an environment of its own, where it is not there yet."""
    folder = PEERS / "sslyze"
    program = folder / "bin" / "sslyze"
    if not program.exists():
        venv.create(folder, with_pip=True, clear=True)
        install = [str(folder / "bin" / "pip"), "install", "--quiet", "sslyze"]
        if subprocess.run(install, check=False).returncode or not program.exists():
            return None
    return program


def their_way(program: Path, ports: Sequence[int]) -> tuple[float, float, dict[int, Pairs]]:
    """Let sslyze see certificates, all suites and curves of every port."""
    commands = ["--certinfo", "--sslv2", "--sslv3", "--tlsv1", "--tlsv1_1", "--tlsv1_2", "--tlsv1_3"]
    addresses = [f"127.0.0.1:{port}" for port in ports]
    with tempfile.NamedTemporaryFile(suffix=".json") as out:
        arguments = [*commands, "--elliptic_curves", "--quiet", f"--json_out={out.name}", *addresses]
        begun = time.monotonic()
        process = subprocess.Popen([str(program), *arguments], stdout=subprocess.DEVNULL)
        _, _, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - begun
        process.returncode = 0
        results = json.loads(Path(out.name).read_text())["server_scan_results"]
    seen = {
        result["server_location"]["port"]: {
            (version, suite["cipher_suite"]["name"])
            for command, version in SSLYZE_SUITES.items()
            for suite in (result["scan_result"][command]["result"] or {}).get("accepted_cipher_suites", ())
        }
        for result in results
    }
    return seconds, usage.ru_maxrss / 1024, seen


if __name__ == "__main__":
    main()
