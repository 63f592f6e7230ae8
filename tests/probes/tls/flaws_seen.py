"""Look for flaws in servers that a test made, several side by side."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from cryptography.hazmat.primitives.asymmetric import rsa

from readiness_audit.model.target import Endpoint
from readiness_audit.probes.tls.flaw_facts import FlawsFacts, TlsFlaw
from readiness_audit.probes.tls.tls_flaws import PROBE
from tests.looking import look_at
from tests.servers.certificates import authority, make, names
from tests.servers.listener import Handler, listening

KEY = rsa.generate_private_key(65537, 1024)  # noqa: S505 - unwrapping by hand takes its time
LEAF = make("localhost", authority(), [names("localhost")], key=KEY)


def look(port: int, *, seconds: float = 15.0) -> FlawsFacts:
    target = Endpoint(kind="endpoint", id="shop", host="127.0.0.1", port=port, protocol="tls")
    return look_at(PROBE, target, seconds=seconds).facts


def flaw(facts: FlawsFacts, name: str) -> TlsFlaw:
    return next(flaw for flaw in facts.flaws if flaw.name == name)


def at_once(handlers: Mapping[str, Handler]) -> dict[str, tuple[FlawsFacts, int]]:
    """Look at servers side by side, since most of a look is waiting; give facts and connections of each."""

    def one(handler: Handler) -> tuple[FlawsFacts, int]:
        with listening(handler) as server:
            return look(server.port), server.connections

    with ThreadPoolExecutor(8) as pool:
        return dict(zip(handlers, pool.map(one, handlers.values()), strict=True))
