"""Look again and again at what contradicts itself, and tell every check that passes."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import re
import socket
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from readiness_audit.audit import audit
from readiness_audit.cli.loading import load_content, policy_in_force, senses
from readiness_audit.model.record import Origin
from readiness_audit.model.system import Pace, Stage, System, Trait
from readiness_audit.model.target import Endpoint, Host, Target
from readiness_audit.probes.ports.common_ports import common_ports
from tests.doors import open_doors
from tests.looking import loopback_only
from tests.servers.certificates import authority, make, names, write
from tests.servers.hostile.changing import GOOD_PAGE, WEB, flipping
from tests.servers.hostile.http import saying
from tests.servers.listener import Handler, listening
from tests.servers.python_tls import context_for

OVER = {
    "certificates": ("cert.expiry", "cert.chain.trusted", "cert.hostname.match", "cert.crypto.strength"),
    "pages": ("web.headers.baseline", "web.headers.isolation", "web.csp"),
    "ports": ("net.ports.allowlist",),
}
"""What passes over a server that is always what it seems, and must not over one that is so now and then."""

OPEN, UNDECLARED = 42_042, 42_043

Serve = Callable[[], contextlib.AbstractContextManager[Target]]


def passed(over: str, serve: Serve, evidence: Path, times: int) -> list[str]:
    """Audit as often as is said, each time what is served anew, and give each check whenever it passes."""
    whole = policy_in_force("kmu-standard", load_content([]))
    checks = tuple(check for check in whole.checks if check.id in OVER[over])
    assert len(checks) == len(OVER[over])
    policy = dataclasses.replace(whole, checks=checks)
    told: list[str] = []
    for _ in range(times):
        with serve() as target:
            done = asyncio.run(audit(_system(target), policy, senses(), evidence, _now, _origin))
        told += [one.check for one in done.record.verdicts if one.outcome == "pass"]
    return told


def steady(over: str, folder: Path) -> Serve:
    """Serve what is always in order: without it, that nothing passes would show nothing."""
    match over:
        case "pages":
            return _pages(folder, saying(GOOD_PAGE))
        case "ports":
            return _scans(folder, _scanned(OPEN))
    root = authority()
    (folder / "root.pem").write_bytes(root.pem)
    return _certificates(flipping(folder, root, flips=False)("both"))


def changing(folder: Path) -> dict[str, tuple[str, Serve]]:
    """Give everything that contradicts itself, by name: what it is judged by, and how it is served."""
    pages = {name: ("pages", _pages(folder, handler)) for name, handler in WEB.items()}
    root = authority()
    (folder / "root.pem").write_bytes(root.pem)
    flip = flipping(folder, root)
    certificates = {
        f"tls-cert-flip-{version}": ("certificates", _certificates(flip(version)))
        for version in ("TLSv1_2", "TLSv1_3", "both")
    }
    scan = _scanned(OPEN)
    host, other = (_host_in(each) for each in (scan, _scanned(OPEN, UNDECLARED)))
    elsewhere = other.replace('addr="127.0.0.1"', 'addr="127.0.0.2"')
    scans = {
        "two-nmap-hosts": scan.replace(host, host + other),
        "two-nmap-hosts-of-one-name": scan.replace(host, host + elsewhere),
    }
    return pages | certificates | {name: ("ports", _scans(folder, text)) for name, text in scans.items()}


def _pages(folder: Path, handler: Handler) -> Serve:
    context = context_for(write(folder / "web.pem", make("localhost", extensions=[names("localhost")])))

    def within_tls(connection: socket.socket, number: int) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            handler(secured, number)

    @contextlib.contextmanager
    def serve() -> Iterator[Target]:
        with listening(within_tls) as server:
            yield _endpoint("https", server.port)

    return serve


def _certificates(handler: Handler) -> Serve:
    @contextlib.contextmanager
    def serve() -> Iterator[Target]:
        with listening(handler) as server:
            yield _endpoint("tls", server.port)

    return serve


def _scans(folder: Path, text: str) -> Serve:
    @contextlib.contextmanager
    def serve() -> Iterator[Target]:
        (folder / "scan.xml").write_text(text)
        yield Host(kind="host", id="it", host="localhost", open_ports=(f"{OPEN}/tcp",), scan="scan.xml")

    return serve


def _endpoint(protocol: Literal["https", "tls"], port: int) -> Endpoint:
    return Endpoint(
        kind="endpoint",
        id="it",
        host="127.0.0.1",
        port=port,
        protocol=protocol,
        names=("localhost",),
        trusted_cas="root.pem" if protocol == "tls" else None,
    )


def _scanned(*ports: int) -> str:
    """Let nmap scan the common ports, of which these and no others are open."""
    wanted = ",".join(map(str, sorted({OPEN, UNDECLARED, *common_ports()})))
    command = ["nmap", "-sT", "-Pn", "-n", "-p", wanted, "-oX", "-", "localhost"]
    with open_doors("127.0.0.1", *ports):
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _host_in(scan: str) -> str:
    found = re.search(r"<host .*?</host>", scan, re.DOTALL)
    assert found is not None
    return found[0]


def _system(target: Target) -> System:
    return System(
        system="turncoat",
        title="Turncoat",
        owner="Test, head of tests",
        stage=Stage.OPERATION,
        pace=Pace.FAST,
        traits=(Trait.INTERNET_FACING,),
        authorisation=loopback_only(_now()),
        targets=(target,),
    )


def _now() -> datetime:
    return datetime.now(UTC)


def _origin(at: datetime, complete: bool) -> Origin:  # noqa: FBT001 - as the pipeline calls it
    return Origin(run="r", tool="test", started_at=at, finished_at=at, looked_from="here", complete=complete)
