"""JOIN: put what earlier runs saw from other vantage points beside what this run is going to see. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from readiness_audit.errors import RecordError
from readiness_audit.model.evidence import Evidence, Look, Missing, Observed
from readiness_audit.model.plain import from_plain, to_plain
from readiness_audit.model.record import Earlier
from readiness_audit.model.system import System
from readiness_audit.model.target import Host
from readiness_audit.probes.ports.elsewhere import ElsewhereFacts, Point, Sighting
from readiness_audit.probes.ports.port_facts import PortsFacts

PORTS = "ports"
ELSEWHERE = "elsewhere"

FUTURE_ALLOWED = timedelta(minutes=5)
"""How far another machine's clock may be ahead of ours."""


def join(
    looks: Sequence[Look], system: System, others: Sequence[Earlier], at: datetime
) -> Mapping[Look, Evidence]:
    """
    Give the evidence of every `elsewhere` look of a plan: what `others` say about its host.

    The records were opened with their hashes verified. One that is of another system, does not
    name a vantage point this system declares in the same way, or did not see the host's ports,
    is told with its obstacle and does not count. `at` is the time of joining, with a zone.
    """
    hosts = {target.id: target for target in system.targets if isinstance(target, Host)}
    return {
        look: _joined(look, hosts[look.target], system, others, at)
        for look in looks
        if look.probe == ELSEWHERE
    }


def _joined(look: Look, host: Host, system: System, others: Sequence[Earlier], at: datetime) -> Observed:
    sightings = tuple(_sighting(host, system, other, at) for other in others)
    facts = to_plain(
        ElsewhereFacts(
            host=host.host,
            here=system.vantage,
            points=tuple(Point(name=point.name, network=point.network) for point in system.vantage_points),
            joined=sum(sighting.ports is not None for sighting in sightings),
            sightings=sightings,
        )
    )
    tool = ", ".join(dict.fromkeys(other.record.origin.tool for other in others)) or "readiness-audit"
    return Observed(look=look, taken_at=at, tool=tool, facts=facts if isinstance(facts, dict) else {})


def _sighting(host: Host, system: System, other: Earlier, at: datetime) -> Sighting:
    origin = other.record.origin
    seen = next((one for one in other.record.evidence if one.look == Look(probe=PORTS, target=host.id)), None)
    obstacle = _foreign(system, other) or _other_host(host, other.record.system) or _unseen(seen, at)
    ports: PortsFacts | None = None
    if obstacle is None and isinstance(seen, Observed):
        try:
            ports = from_plain(PortsFacts, dict(seen.facts))
        except RecordError:
            obstacle = "its facts about ports are those of another version of this program"
    if ports is not None and ports.vantage_point != other.record.system.vantage:
        obstacle, ports = "its ports were read from a scan that no vantage point is known of", None
    return Sighting(
        run=origin.run,
        sha256=other.sha256,
        looked_from=origin.looked_from,
        vantage_point=other.record.system.vantage,
        seen_at=_written(seen.taken_at) if isinstance(seen, Observed) else None,
        obstacle=obstacle,
        ports=ports,
    )


def _foreign(system: System, other: Earlier) -> str | None:
    theirs = other.record.system
    if theirs.system != system.system:
        return f"it is about another system, {theirs.system}"
    if other.record.origin.judged_from is not None:
        return f"it judges run {other.record.origin.judged_from} again and looked at nothing itself"
    if theirs.here is None:
        return "it does not say from which vantage point it looked"
    if theirs.here not in system.vantage_points:
        return f"its vantage point {theirs.here} is not declared here"
    return None


def _other_host(host: Host, theirs: System) -> str | None:
    for target in theirs.targets:
        if target.id == host.id:
            if isinstance(target, Host) and target.host == host.host:
                return None
            return f"it means something else by {host.id}"
    return f"it has no target {host.id}"


def _unseen(seen: Evidence | None, at: datetime) -> str | None:
    match seen:
        case None:
            return "it did not look at the ports"
        case Missing(detail=detail):
            return f"it did not see the ports: {detail}"
        case Observed(taken_at=taken) if taken > at + FUTURE_ALLOWED:
            return f"it claims to have looked at {_written(taken)}, which has not come yet"
        case _:
            return None


def _written(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
