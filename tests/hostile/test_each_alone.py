"""What each probe makes of each server of the collection, alone."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from typing import Any

import pytest

from readiness_audit.model.target import KINDS, Endpoint
from readiness_audit.model.vantage import RestrictedPaths
from readiness_audit.probes.built_in import BUILT_IN
from readiness_audit.probes.probe import AnyProbe
from readiness_audit.probes.reach.blind import CannotSee
from tests.looking import look_at
from tests.servers.hostile.collection import PORTS, Placed, streams
from tests.servers.hostile.entry import CANARY, NOTHING
from tests.servers.listener import listening

SECONDS = 0.6
SPARE = 2.4
"""Many look at the same time here; each protocol's own tests are stricter."""

ADMINISTRATION = RestrictedPaths(service="management", paths=("/admin", "/manager/"), open_from=())


def meet(one: Placed, probe: AnyProbe) -> list[str]:
    """Look once, and say what was wrong about it."""
    handler: Any = one.server.serve
    with listening(handler) as server:
        stated = Placed(one.server, one.protocol, "127.0.0.1", server.port).target
        kind: Any = KINDS[str(stated["kind"])]
        target = kind(**{n: tuple(v) if isinstance(v, list) else v for n, v in stated.items()})
        if isinstance(target, Endpoint) and target.protocol == "http":
            target = replace(target, restricted=(ADMINISTRATION,))
        if not probe.can_see(target):
            return []
        begun = time.monotonic()
        try:
            seen = look_at(probe, target, seconds=SECONDS)
        except CannotSee as blind:
            wrong = [] if blind.detail and blind.detail.isprintable() else [f"it told {blind.detail!r}"]
        else:
            wrong = ["something was seen"] if one.server.expected == NOTHING else []
            if CANARY in str(asdict(seen.facts)) or CANARY in str(seen.excerpts):
                wrong.append("it kept a secret")
        if time.monotonic() - begun > SECONDS + SPARE:
            wrong.append("it took too long")
    return [f"{probe.name} at {one.name}: {told}" for told in wrong]


@pytest.mark.parametrize("protocol", sorted({*PORTS} - {"udp"}))
def test_each_is_seen_or_not_and_never_trusted(protocol: str) -> None:
    there = [Placed(server, protocol, "", 1) for server in streams() if protocol in server.protocols]
    probes = [probe for probe in BUILT_IN.values() if probe.network]
    with ThreadPoolExecutor(6) as pool:
        told = pool.map(meet, *zip(*[(one, probe) for one in there for probe in probes], strict=True))
    assert [wrong for each in told for wrong in each] == []
