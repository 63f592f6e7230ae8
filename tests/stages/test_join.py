"""Joining other runs' records: what does not belong here counts for nothing, and says why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from readiness_audit.model.evidence import Evidence, Look, Missing, Observed, Plain, Reason
from readiness_audit.model.facts import hollow
from readiness_audit.model.record import Earlier, Record
from readiness_audit.model.system import System
from readiness_audit.model.target import Endpoint, Host
from readiness_audit.model.vantage import Vantage, VantagePoint
from readiness_audit.probes.ports.port_facts import PortsFacts
from readiness_audit.probes.web.management import WebManagementFacts
from readiness_audit.stages.join import join
from tests.records import a_record
from tests.systems import a_house

AT = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
LOOK = Look(probe="elsewhere", target="front")
DESK = VantagePoint(name="desk", network=Vantage.OFFICE)
OUTSIDE = VantagePoint(name="outside", network=Vantage.INTERNET)
HERE = a_house(vantage_points=(DESK, OUTSIDE), vantage="desk")
THERE = replace(HERE, vantage="outside")


def facts(**different: Plain) -> dict[str, Plain]:
    return {**hollow(PortsFacts), "vantage_point": "outside", "host": "127.0.0.1", **different}


def seen(taken_at: datetime = AT, **different: Plain) -> Observed:
    look = Look(probe="ports", target="front")
    return Observed(look=look, taken_at=taken_at, tool="t", facts=facts(**different))


def record(system: System = THERE, *evidence: Evidence, **origin: Any) -> Earlier:  # noqa: ANN401 - fields of Origin
    made: Record = a_record()
    made = replace(made, system=system, evidence=evidence or (seen(),), origin=replace(made.origin, **origin))
    return Earlier(record=made, sha256="0" * 64, excerpts={})


def joined(*others: Earlier, system: System = HERE) -> Mapping[str, Plain]:
    (evidence,) = join([LOOK, Look(probe="ports", target="front")], system, others, AT).values()
    assert isinstance(evidence, Observed)
    return evidence.facts


def sighting(*others: Earlier) -> dict[str, Plain]:
    told = joined(*others)["sightings"]
    assert isinstance(told, list)
    assert isinstance(told[0], dict)
    return told[0]


def test_without_records_nothing_is_joined_and_the_declared_places_are_told() -> None:
    told = joined()
    assert (told["joined"], told["sightings"], told["here"]) == (0, [], "desk")
    assert told["points"] == [
        {"name": "desk", "network": "office"},
        {"name": "outside", "network": "internet"},
    ]


def test_what_was_seen_from_a_declared_place_is_told_with_its_run_and_its_time() -> None:
    other = record(THERE, seen(AT - timedelta(hours=3)))
    told = sighting(other)
    assert (told["obstacle"], told["run"]) == (None, other.record.origin.run)
    assert (told["vantage_point"], told["seen_at"]) == ("outside", "2027-03-01T09:00:00Z")
    assert told["ports"] == facts()
    assert joined(other, other)["joined"] == 2


MOVED = replace(THERE, targets=(Host(kind="host", id="front", host="127.0.0.9"),))
ANOTHER_KIND = VantagePoint(name="outside", network=Vantage.MANAGEMENT)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (record(replace(THERE, system="barn")), "it is about another system, barn"),
        (record(replace(THERE, vantage=None)), "it does not say from which vantage point it looked"),
        (
            record(replace(THERE, vantage_points=(DESK, ANOTHER_KIND))),
            "its vantage point outside (management) is not declared here",
        ),
        (record(MOVED), "it means something else by front"),
        (record(replace(THERE, targets=HERE.targets[1:])), "it has no target front"),
        (record(THERE, judged_from="20270101T000000Z-000000"), "it judges run 20270101T000000Z-000000 again"),
        (
            record(THERE, Observed(look=LOOK, taken_at=AT, tool="t", facts={})),
            "it did not look at the ports",
        ),
        (
            record(
                THERE,
                Missing(
                    look=Look(probe="ports", target="front"),
                    taken_at=AT,
                    reason=Reason.UNREACHABLE,
                    detail="none of 3 ports of 127.0.0.1 answered: it may be down, or hidden entirely",
                ),
            ),
            "it did not see the ports: none of 3 ports",
        ),
        (record(THERE, seen(AT + timedelta(minutes=6))), "which has not come yet"),
        (record(THERE, seen(vantage_point="desk")), "read from a scan that no vantage point is known of"),
        (record(THERE, seen(vantage_point=None)), "read from a scan that no vantage point is known of"),
        (record(THERE, seen(finished="yes")), "another version of this program"),
        (record(THERE, seen(more=1)), "another version of this program"),
    ],
)
def test_what_does_not_belong_here_does_not_count_and_says_why(other: Earlier, said: str) -> None:
    told = sighting(other)
    assert said in str(told["obstacle"])
    assert told["ports"] is None
    assert joined(other)["joined"] == 0


SHOP = Endpoint(
    kind="endpoint", id="shop", host="127.0.0.1", port=443, protocol="https", names=("a.example",)
)
WEB = Look(probe="web-elsewhere", target="shop")
SHOP_HERE = replace(HERE, targets=(*HERE.targets, SHOP))


def shop_seen(**different: Plain) -> Observed:
    facts = {**hollow(WebManagementFacts), "vantage_point": "outside", **different}
    return Observed(look=Look(probe="web-management", target="shop"), taken_at=AT, tool="t", facts=facts)


def shop_sighting(target: Endpoint, *evidence: Evidence) -> dict[str, Plain]:
    there = replace(SHOP_HERE, vantage="outside", targets=(*HERE.targets, target))
    (told,) = join([WEB], SHOP_HERE, [record(there, *evidence)], AT).values()
    assert isinstance(told, Observed)
    assert isinstance(told.facts["sightings"], list)
    (sighting,) = told.facts["sightings"]
    assert isinstance(sighting, dict)
    return sighting


def test_paths_that_were_seen_from_a_declared_place_are_told() -> None:
    told = shop_sighting(SHOP, shop_seen())
    assert (told["obstacle"], told["ports"], told["seen_at"]) == (None, None, "2027-03-01T12:00:00Z")
    assert told["paths"] == shop_seen().facts


@pytest.mark.parametrize(
    ("theirs", "evidence", "said"),
    [
        (replace(SHOP, port=8443), shop_seen(), "it means something else by shop"),
        (replace(SHOP, protocol="http"), shop_seen(), "it means something else by shop"),
        (replace(SHOP, names=("b.example",)), shop_seen(), "it means something else by shop"),
        (SHOP, seen(), "it did not look at the paths"),
        (SHOP, shop_seen(asked="many"), "its facts about paths are those of another version"),
        (
            SHOP,
            Missing(
                look=Look(probe="web-management", target="shop"),
                taken_at=AT,
                reason=Reason.TIMED_OUT,
                detail="no answer came in time",
            ),
            "it did not see the paths: no answer came in time",
        ),
    ],
)
def test_paths_of_another_endpoint_or_not_seen_do_not_count(
    theirs: Endpoint, evidence: Evidence, said: str
) -> None:
    told = shop_sighting(theirs, evidence)
    assert said in str(told["obstacle"])
    assert told["paths"] is None
