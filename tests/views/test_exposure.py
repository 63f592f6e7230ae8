"""Restricted ports beside what several vantage points saw of them; the worst word of any of them counts."""

from __future__ import annotations

from typing import Any

import pytest

from readiness_audit.model.evidence import Plain, Reason
from readiness_audit.views import VIEWS
from readiness_audit.views.exposure import Exposure
from readiness_audit.views.view import CannotJoin

POINTS: list[Plain] = [
    {"name": "desk", "network": "office"},
    {"name": "outside", "network": "internet"},
    {"name": "bastion", "network": "management"},
]
RESTRICTED: list[Plain] = [{"number": 22, "service": "management", "open_from": ["bastion"]}]


def ports(point: str | None, *states: str, **different: Plain) -> dict[str, Plain]:
    """Give what a look at a host with one address a state saw of port 22."""
    addresses = [f"192.0.2.{number}" for number in range(1, len(states) + 1)]
    return {
        "host": "shop.example",
        "vantage_point": point,
        "finished": True,
        "responding": len(states),
        "silent": 0,
        "addresses": [{"address": address} for address in addresses],
        "ports": [
            {"address": address, "number": 22, "state": state}
            for address, state in zip(addresses, states, strict=True)
            if state
        ],
        "restricted": RESTRICTED,
        **different,
    }


def sighting(point: str, *states: str, at: str = "2027-03-01T09:00:00Z", **different: Plain) -> Plain:
    return {
        "run": f"run-{point}",
        "vantage_point": point,
        "seen_at": at,
        "obstacle": None,
        "ports": ports(point, *states, **different),
    }


def joined(own: dict[str, Plain], *sightings: Plain, points: list[Plain] = POINTS) -> Exposure:
    elsewhere: dict[str, Plain] = {"points": points, "sightings": list(sightings)}
    made: Any = VIEWS["exposed.management"].join({"ports": own, "elsewhere": elsewhere})
    assert isinstance(made, Exposure)
    return made


def refused(own: dict[str, Plain], *sightings: Plain, points: list[Plain] = POINTS) -> tuple[Reason, str]:
    with pytest.raises(CannotJoin) as apart:
        joined(own, *sightings, points=points)
    return apart.value.reason, apart.value.detail


def test_without_vantage_points_nothing_is_judged() -> None:
    assert refused(ports(None, "closed"), points=[])[0] is Reason.EMPTY


def test_without_restricted_ports_nothing_is_judged() -> None:
    assert refused(ports("desk", "closed", restricted=[]), sighting("outside", "closed"))[0] is Reason.EMPTY
    database: list[Plain] = [{"number": 22, "service": "database", "open_from": []}]
    assert refused(ports("desk", "closed", restricted=database))[0] is Reason.EMPTY


def test_one_place_alone_shows_nothing_but_what_is_open_there() -> None:
    reason, detail = refused(ports("desk", "closed"))
    assert (reason, detail) == (Reason.OTHER_VANTAGE, "not looked at from outside (internet)")
    made = joined(ports("desk", "open"))
    assert [(row.vantage_point, row.state, row.allowed) for row in made.rows] == [("desk", "open", False)]


def test_the_same_place_twice_is_one_place() -> None:
    told = refused(ports("desk", "closed"), sighting("desk", "closed"))
    assert told == (Reason.OTHER_VANTAGE, "not looked at from outside (internet)")


def test_two_places_are_needed_although_only_one_is_forbidden() -> None:
    two = POINTS[1:]
    told = refused(ports("outside", "filtered"), points=two)
    assert told == (Reason.OTHER_VANTAGE, "not looked at from bastion (management)")
    made = joined(ports("outside", "filtered"), sighting("bastion", "open"), points=two)
    assert [(row.vantage_point, row.state, row.allowed, row.seen_at) for row in made.rows] == [
        ("outside", "filtered", False, None),
        ("bastion", "open", True, "2027-03-01T09:00:00Z"),
    ]


def test_a_look_that_does_not_say_from_where_is_from_nowhere() -> None:
    reason, detail = refused(ports(None, "closed"), sighting("outside", "closed"))
    assert (reason, detail) == (Reason.OTHER_VANTAGE, "not looked at from desk (office)")


def test_closed_from_every_place_it_is_not_meant_for_is_enough() -> None:
    made = joined(ports("desk", "closed"), sighting("outside", "filtered"))
    assert (made.restricted, made.seen_from) == (1, ("desk (office)", "outside (internet)"))
    assert made.unseen_from == ("bastion (management)",)


def test_a_record_that_does_not_count_is_named_where_its_place_is_missing() -> None:
    other: Plain = {
        "run": "r1",
        "vantage_point": "outside",
        "seen_at": None,
        "obstacle": "it is odd",
        "ports": None,
    }
    _, detail = refused(ports("desk", "closed"), other)
    assert detail == "not looked at from outside (internet); run r1 does not count: it is odd"


def test_runs_that_disagree_count_by_the_worst_and_say_so() -> None:
    older = sighting("outside", "open", at="2027-02-01T09:00:00Z")
    made = joined(ports("desk", "closed"), sighting("outside", "closed"), older)
    row = made.rows[1]
    assert (row.state, row.looks, row.disagree, row.seen_at) == ("open", 2, True, "2027-02-01T09:00:00Z")
    assert row.addresses == ("192.0.2.1",)


@pytest.mark.parametrize(
    "doubtful",
    [
        sighting("outside", "closed", silent=1),
        sighting("outside", "closed", finished=False),
        sighting("outside", "closed", responding=0),
        sighting("outside", ""),
        sighting("outside", "closed", ""),
        sighting("outside", "odd"),
    ],
    ids=["an address kept silent", "unfinished", "nothing responded", "not told", "told in part", "odd"],
)
def test_closed_counts_only_where_the_look_is_whole(doubtful: Plain) -> None:
    reason, detail = refused(ports("desk", "closed"), doubtful)
    assert reason is Reason.OTHER_VANTAGE
    assert detail == "22/tcp is not known to be closed from outside (internet)"
    # One doubtful look spoils a whole one from the same place: they disagree.
    assert refused(ports("desk", "closed"), doubtful, sighting("outside", "closed"))[1] == detail


def test_open_at_one_of_several_addresses_is_open() -> None:
    made = joined(ports("desk", "closed", "open"))
    assert (made.rows[0].state, made.rows[0].addresses) == ("open", ("192.0.2.2",))
