"""Paths of administration beside what several places saw of them; what may be hidden or not never passes."""

from __future__ import annotations

from typing import Any

import pytest

from readiness_audit.model.evidence import Plain, Reason
from readiness_audit.views import VIEWS
from readiness_audit.views.exposure import Exposure
from readiness_audit.views.view import CannotJoin

POINTS: list[Plain] = [{"name": "desk", "network": "office"}, {"name": "bastion", "network": "management"}]
STATEMENT: Plain = {
    "check": "net.management.restricted",
    "person": "A",
    "role": "IT manager",
    "date": "2027-01-01",
    "valid_until": "2027-12-31",
}


def seen(point: str | None, *states: str, **different: Plain) -> dict[str, Plain]:
    """Give what a look at an endpoint with one address a state saw of /admin."""
    addresses: list[Plain] = [f"192.0.2.{number}" for number in range(1, len(states) + 1)]
    return {
        "host": "shop.example",
        "vantage_point": point,
        "addresses": addresses,
        "paths": [
            {"path": "/admin", "address": address, "state": state, "open_from": ["bastion"]}
            for address, state in zip(addresses, states, strict=True)
            if state
        ],
        **different,
    }


def there(
    *states: str, at: str = "2027-03-01T09:00:00Z", point: str = "bastion", **different: Plain
) -> Plain:
    return {
        "run": f"run-{point}",
        "vantage_point": point,
        "seen_at": at,
        "obstacle": None,
        "ports": None,
        "paths": seen(point, *states, **different),
    }


def joined(own: dict[str, Plain], *sightings: Plain, stated: tuple[Plain, ...] = ()) -> Exposure:
    elsewhere: dict[str, Plain] = {"points": POINTS, "sightings": list(sightings)}
    inputs: dict[str, Any] = {"paths": own, "elsewhere": elsewhere}
    if stated:
        inputs["stated"] = {"statements": list(stated)}
    made: Any = VIEWS["exposed.management"].join(inputs)
    assert isinstance(made, Exposure)
    return made


def refused(own: dict[str, Plain], *sightings: Plain, stated: tuple[Plain, ...] = ()) -> tuple[Reason, str]:
    with pytest.raises(CannotJoin) as apart:
        joined(own, *sightings, stated=stated)
    return apart.value.reason, apart.value.detail


def states(made: Exposure) -> list[tuple[str, str, str, bool]]:
    return [(row.what, row.vantage_point, row.state, row.allowed) for row in made.rows]


def test_one_place_alone_shows_nothing_but_what_is_open_there() -> None:
    told = refused(seen("desk", "absent"))
    assert told == (Reason.OTHER_VANTAGE, "not looked at from bastion (management)")
    assert states(joined(seen("desk", "open"))) == [("/admin", "desk", "open", False)]


def test_hidden_from_where_it_must_be_is_enough_once_it_was_looked_at_from_both() -> None:
    made = joined(seen("desk", "absent"), there("open"))
    assert states(made) == [("/admin", "desk", "absent", False), ("/admin", "bastion", "open", True)]
    assert (made.restricted, made.refused, made.host) == (1, (), "shop.example")
    assert made.seen_from == ("desk (office)", "bastion (management)")


def test_without_declared_paths_nothing_is_judged() -> None:
    assert refused(seen("desk"), there())[0] is Reason.EMPTY


def test_refused_is_not_hidden_and_needs_a_statement() -> None:
    reason, detail = refused(seen("desk", "refused"), there("open"))
    assert reason is Reason.NOT_ASSESSABLE
    assert detail == (
        "/admin is refused from desk (office), not hidden, and nobody states that there is a second factor"
    )
    about_others: Plain = {"check": "web.default.credentials", "person": "A"}
    assert refused(seen("desk", "refused"), there("open"), stated=(about_others,))[1] == detail
    made = joined(seen("desk", "refused"), there("open"), stated=(STATEMENT,))
    assert made.refused == ("/admin desk (office)",)
    assert [(one.person, one.valid_until) for one in made.stated] == [("A", "2027-12-31")]


def test_what_anything_gets_counts_as_hidden_only_where_something_else_stands_elsewhere() -> None:
    told = refused(seen("desk", "alike"), there("alike"))
    assert told == (
        Reason.OTHER_VANTAGE,
        "/admin gets what anything gets from desk (office), and from nowhere else a page of its own",
    )
    assert refused(seen("desk", "alike"), there("refused")) == told
    assert states(joined(seen("desk", "alike"), there("open")))[0] == ("/admin", "desk", "absent", False)


def test_what_leads_elsewhere_is_not_hidden() -> None:
    _, detail = refused(seen("desk", "elsewhere"), there("open"))
    assert detail == "/admin leads elsewhere from desk (office): declare it where it leads to"


@pytest.mark.parametrize(
    "doubtful",
    [
        seen("desk", "unclear"),
        seen("desk", "absent", "unclear"),
        seen("desk", "absent", ""),
        seen("desk", "absent", addresses=[]),
        seen("desk", "odd"),
    ],
    ids=["unclear", "unclear at one address", "one address not asked", "no address", "odd"],
)
def test_hidden_counts_only_where_every_address_said_so(doubtful: dict[str, Plain]) -> None:
    told = refused(doubtful, there("open"))
    assert told == (Reason.OTHER_VANTAGE, "/admin is not known to be closed from desk (office)")


def test_a_path_another_run_was_not_asked_for_is_not_known_from_there() -> None:
    own = seen("bastion", "open")
    _, detail = refused(own, there("absent", point="desk", paths=[]))
    assert detail == "/admin is not known to be closed from desk (office)"


def test_the_worse_word_counts_over_addresses_and_runs() -> None:
    made = joined(seen("desk", "absent", "open"), there("open"))
    assert (made.rows[0].state, made.rows[0].addresses) == ("open", ("192.0.2.2",))
    older = there("open", at="2027-02-01T09:00:00Z", point="desk")
    made = joined(seen("desk", "absent"), older, there("open"))
    row = made.rows[0]
    assert (row.state, row.looks, row.disagree, row.seen_at) == ("open", 2, True, "2027-02-01T09:00:00Z")
    both = seen("desk", "absent", "refused")
    assert states(joined(both, there("open"), stated=(STATEMENT,)))[0][2] == "refused"
