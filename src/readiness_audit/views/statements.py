"""
Who made the statements: the names in the file of statements beside the list of persons.

A name is found by what is left of it without case, titles and the order of its parts. Where two
persons have it, the one who was there on the day counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from readiness_audit.views.people import People, Person
from readiness_audit.views.recorded import Facts, listed, text, too_many_unread, total, whole
from readiness_audit.views.view import Inputs, Need, View


@dataclass(frozen=True, slots=True, kw_only=True)
class Stater:
    """One name under one statement."""

    check: str
    """The id of the check the statement answers."""

    person: str
    """The name as it stands in the statement."""

    second: bool
    """Whether it is the one who confirms, and not the one who states."""

    date: str
    """The day the statement was made."""

    valid_until: str
    """The last day it counts."""

    row: int
    """Line in the file where the statement begins."""

    status: str
    """
    Of that person on that day: `here`, `left` (before it), `not-yet` (joined after it), or `unknown`
    (not in the list of persons, or the list does not tell).
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class StatersFacts:
    """Everybody who made or confirmed a complete statement."""

    obstacles: tuple[str, ...]
    """Why the two cannot be joined; there are no rows then."""

    row_count: int
    unreadable_count: int
    """Cells of the list of persons that could not be read."""

    incomplete_count: int
    """Required cells of the list of persons that are empty."""

    rows: tuple[Stater, ...]


def join(inputs: Inputs) -> StatersFacts:
    """Look up everybody under a statement in the list of persons."""
    persons = inputs["persons"]
    people = People(persons)
    obstacles = (*people.obstacles, *too_many_unread(persons))
    found = () if obstacles else tuple(_staters(listed(inputs["statements"], "statements"), people))
    return StatersFacts(
        obstacles=obstacles,
        row_count=len(found),
        unreadable_count=total("unreadable_count", persons),
        incomplete_count=total("incomplete_count", persons),
        rows=found,
    )


def _staters(statements: Sequence[Facts], people: People) -> Iterator[Stater]:
    for statement in statements:
        for role in ("person", "second_person"):
            name = text(statement, role)
            if name is None:
                continue
            date = text(statement, "date") or ""
            yield Stater(
                check=text(statement, "check") or "",
                person=name,
                second=role == "second_person",
                date=date,
                valid_until=text(statement, "valid_until") or "",
                row=whole(statement, "row"),
                status=_status(people.signing(name), date),
            )


def _status(persons: Sequence[Person], date: str) -> str:
    on_the_day = {_on(person, date) for person in persons}
    return next((status for status in ("here", "left", "not-yet") if status in on_the_day), "unknown")


def _on(person: Person, date: str) -> str:
    if person.left_on is not None and person.left_on < date:
        return "left"
    if person.joined_on is not None and date < person.joined_on:
        return "not-yet"
    if person.status == "left" and person.left_on is None:
        return "left"
    return "here" if person.status in {"active", "left"} else "unknown"


VIEW = View(
    name="statements",
    sees=StatersFacts,
    needs=(
        Need(role="statements", probe="attestation"),
        Need(role="persons", probe="register.persons"),
    ),
    join=join,
)
