"""
Take 64 looks at loopback targets of which 8 never answer, and compare the run with its slowest look.

All looks of a run are taken at the same time, so the wall time of collecting is that of the slowest
look and little more; beside it stands what the same looks cost one after the other. Also start-up:
processor time of `--version`, and of loading, type-checking and testing the whole catalogue, beside
`python -c pass` and `bandit --version`. Ends with status 1 where a goal is missed.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import resource
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme

from readiness_audit.model.evidence import Evidence, Look
from readiness_audit.model.system import Authorisation, Stage, System
from readiness_audit.model.target import Endpoint
from readiness_audit.probes.built_in import BUILT_IN
from readiness_audit.stages.collect import collect

ANSWERING, SILENT = 56, 8
RATIO_GOAL = 1.2
VERSION_GOAL = 0.150
CATALOGUE_GOAL = 2.0


@contextlib.contextmanager
def servers() -> Iterator[list[int]]:
    """Serve TLS on some ports and take connections without a word on others."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    listeners = [socket.create_server(("127.0.0.1", 0), backlog=64) for _ in range(ANSWERING + SILENT)]
    for listener in listeners[:ANSWERING]:
        threading.Thread(target=_serve, args=(listener, context), daemon=True).start()
    try:
        yield [listener.getsockname()[1] for listener in listeners]
    finally:
        for listener in listeners:
            listener.close()


def _serve(listener: socket.socket, context: ssl.SSLContext) -> None:
    while True:
        try:
            raw, _ = listener.accept()
        except OSError:
            return
        raw.settimeout(5)
        with contextlib.suppress(OSError), context.wrap_socket(raw, server_side=True) as secure:
            secure.recv(1)


def looks() -> tuple[float, float, float]:
    """Give the wall time of the run, of its slowest look, and of all looks one after the other."""
    now = datetime.now(UTC)
    with servers() as ports:
        targets = tuple(
            Endpoint(kind="endpoint", id=f"e{port}", host="127.0.0.1", port=port, protocol="tls")
            for port in ports
        )
        granted = Authorisation(
            targets=("127.0.0.1",),
            valid_from=now - timedelta(hours=1),
            valid_until=now + timedelta(hours=1),
            approved_by="benchmark",
            contact="nobody",
        )
        system = System(
            system="bench",
            title="bench",
            owner="nobody",
            stage=Stage.PILOT,
            authorisation=granted,
            targets=targets,
        )
        tls = BUILT_IN["tls"]
        took: dict[str, float] = {}

        async def timed(target: object, reach: object) -> object:
            begun = time.monotonic()
            try:
                return await tls.look(target, reach)
            finally:
                took[target.id] = time.monotonic() - begun

        probes = {"tls": dataclasses.replace(tls, look=timed)}
        planned = [Look(probe="tls", target=target.id) for target in targets]

        def told(evidence: Evidence) -> None:
            took.setdefault(evidence.look.target, 0.0)

        begun = time.monotonic()
        asyncio.run(
            collect(planned, system, probes, Path("/nonexistent"), lambda: datetime.now(UTC), watch=told)
        )
        wall = time.monotonic() - begun
    return wall, max(took.values()), sum(took.values())


def processor_seconds(*command: str) -> float:
    """Give the processor time of a command, the best of five."""
    best = float("inf")
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        best = min(best, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return best


def main() -> None:
    """Measure, print, and leave with a status."""
    os.chdir(tempfile.gettempdir())
    tool = str(Path(sys.executable).with_name("readiness-audit"))
    wall, slowest, added = looks()
    ratio = wall / slowest
    print(
        f"64 looks, 8 silent: {wall:.2f} s; slowest look {slowest:.2f} s; "
        f"ratio {ratio:.2f} (goal {RATIO_GOAL})"
    )
    print(f"  the same looks one after the other: {added:.1f} s, {added / wall:.0f} x")
    version = processor_seconds(tool, "--version")
    nothing = processor_seconds(sys.executable, "-c", "pass")
    bandit = processor_seconds(sys.executable, "-m", "bandit", "--version")
    print(f"--version: {version * 1000:.0f} ms processor time (goal {VERSION_GOAL * 1000:.0f})")
    print(f"  python -c pass {nothing * 1000:.0f} ms; bandit --version {bandit * 1000:.0f} ms")
    catalogue = processor_seconds(tool, "checks", "test")
    print(f"checks test, the whole catalogue: {catalogue:.2f} s (goal {CATALOGUE_GOAL})")
    sys.exit(ratio > RATIO_GOAL or version > VERSION_GOAL or catalogue > CATALOGUE_GOAL)


if __name__ == "__main__":
    main()
