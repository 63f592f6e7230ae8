"""JOIN: put what earlier runs saw from other vantage points beside what this run is going to see. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from readiness_audit.errors import RecordError
from readiness_audit.model.evidence import Evidence, Look, Missing, Observed
from readiness_audit.model.plain import from_plain, to_plain
from readiness_audit.model.record import Earlier
from readiness_audit.model.system import System
from readiness_audit.model.target import Endpoint, Host, Target
from readiness_audit.probes.ports.elsewhere import ElsewhereFacts, Point, Sighting
from readiness_audit.probes.ports.port_facts import PortsFacts
from readiness_audit.probes.web.management import WebManagementFacts

SEEN_BY: Mapping[str, str] = {"elsewhere": "ports", "web-elsewhere": "web-management"}
"""What a look into other runs' records is called, and the look of theirs that it takes."""

FUTURE_ALLOWED = timedelta(minutes=5)
"""How far another machine's clock may be ahead of ours."""


def join(
    looks: Sequence[Look], system: System, others: Sequence[Earlier], at: datetime
) -> Mapping[Look, Evidence]:
    """
    Give the evidence of every look of a plan into other records: what `others` say about its target.

    The records were opened with their hashes verified. One that is of another system, does not
    name a vantage point this system declares in the same way, or did not see the host's ports or
    the endpoint's paths, is told with its obstacle and does not count. `at` is the time of
    joining, with a zone.
    """
    targets = {target.id: target for target in system.targets if isinstance(target, Host | Endpoint)}
    return {
        look: _joined(look, targets[look.target], system, others, at)
        for look in looks
        if look.probe in SEEN_BY
    }


def _joined(
    look: Look, target: Host | Endpoint, system: System, others: Sequence[Earlier], at: datetime
) -> Observed:
    sightings = tuple(_sighting(SEEN_BY[look.probe], target, system, other, at) for other in others)
    facts = to_plain(
        ElsewhereFacts(
            host=target.host,
            here=system.vantage,
            points=tuple(Point(name=point.name, network=point.network) for point in system.vantage_points),
            joined=sum(sighting.obstacle is None for sighting in sightings),
            sightings=sightings,
        )
    )
    tool = ", ".join(dict.fromkeys(other.record.origin.tool for other in others)) or "readiness-audit"
    return Observed(look=look, taken_at=at, tool=tool, facts=facts if isinstance(facts, dict) else {})


def _sighting(probe: str, target: Host | Endpoint, system: System, other: Earlier, at: datetime) -> Sighting:
    origin = other.record.origin
    seen = next(
        (one for one in other.record.evidence if one.look == Look(probe=probe, target=target.id)), None
    )
    what = "ports" if probe == "ports" else "paths"
    obstacle = (
        _foreign(system, other) or _other_target(target, other.record.system) or _unseen(seen, what, at)
    )
    ports: PortsFacts | None = None
    paths: WebManagementFacts | None = None
    if obstacle is None and isinstance(seen, Observed):
        try:
            if what == "ports":
                ports = from_plain(PortsFacts, dict(seen.facts))
            else:
                paths = from_plain(WebManagementFacts, dict(seen.facts))
        except RecordError:
            obstacle = f"its facts about {what} are those of another version of this program"
    facts = ports or paths
    if facts is not None and facts.vantage_point != other.record.system.vantage:
        obstacle, ports, paths = (
            "its ports were read from a scan that no vantage point is known of",
            None,
            None,
        )
    return Sighting(
        run=origin.run,
        sha256=other.sha256,
        looked_from=origin.looked_from,
        vantage_point=other.record.system.vantage,
        seen_at=_written(seen.taken_at) if isinstance(seen, Observed) else None,
        obstacle=obstacle,
        ports=ports,
        paths=paths,
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


def _other_target(target: Host | Endpoint, theirs: System) -> str | None:
    for other in theirs.targets:
        if other.id == target.id:
            return None if _meant(other) == _meant(target) else f"it means something else by {target.id}"
    return f"it has no target {target.id}"


def _meant(target: Target) -> tuple[object, ...]:
    """Give what a look at it goes to: who is asked, and for an endpoint under which name."""
    match target:
        case Host(host=host):
            return Host, host
        case Endpoint(host=host, port=port, protocol=protocol, names=names):
            return Endpoint, host, port, protocol, names[:1]
        case _:
            return (type(target),)


def _unseen(seen: Evidence | None, what: str, at: datetime) -> str | None:
    match seen:
        case None:
            return f"it did not look at the {what}"
        case Missing(detail=detail):
            return f"it did not see the {what}: {detail}"
        case Observed(taken_at=taken) if taken > at + FUTURE_ALLOWED:
            return f"it claims to have looked at {_written(taken)}, which has not come yet"
        case _:
            return None


def _written(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
