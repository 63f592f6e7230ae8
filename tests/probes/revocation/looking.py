"""Look at an endpoint and at what an authority says of its certificate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from readiness_audit.model.system import Authorisation
from readiness_audit.model.target import Endpoint
from readiness_audit.probes.revocation.facts import RevocationFacts, Statement
from readiness_audit.probes.revocation.revocation import PROBE
from tests.looking import look_at
from tests.servers.openssl_ca import OpensslCa
from tests.servers.programs import s_server


@dataclass(frozen=True)
class Authority:
    """An authority with what the tests ask of it, made once."""

    ca: OpensslCa
    other: OpensslCa
    good: Path
    gone: Path
    held: Path
    appointed: Path
    imposter: Path
    port: int
    """Where its certificates say that its responder and its list are."""


def look(
    port: int,
    folder: Path,
    *files: str,
    hosts: Sequence[str] = (),
    called: Sequence[str] = (),
    authorisation: Authorisation | None = None,
    later: timedelta = timedelta(0),
    cas: str | None = "ca.pem",
) -> RevocationFacts:
    target = Endpoint(
        kind="endpoint",
        id="shop",
        host="127.0.0.1",
        port=port,
        protocol="tls",
        names=tuple(called) or ("good.example",),
        trusted_cas=cas,
        revocation=files,
        revocation_hosts=tuple(hosts),
    )
    now = datetime.now(UTC) + later
    return look_at(PROBE, target, evidence=folder, seconds=6, now=now, authorisation=authorisation).facts


def held_against(
    authority: Authority, folder: Path, certificate: Path, paper: bytes, later: timedelta = timedelta(0)
) -> tuple[str, Statement]:
    """Put one paper into the evidence folder; gives the certificate's status and the statement."""
    (folder / "ca.pem").write_bytes(authority.ca.pem)
    (folder / "paper").write_bytes(paper)
    with s_server(certificate) as port:
        facts = look(port, folder, "paper", later=later)
    (one,) = facts.certificates
    return one.status, facts.statements[0]
