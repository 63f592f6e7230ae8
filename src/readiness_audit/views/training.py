"""
Who needs training and who had it: the training register beside the list of persons.

A row counts where it has a date and its result is `passed`, `attended` or not stated. What a
course was about is taken from the register's own column, or else from the names of group and course.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from readiness_audit.views.people import People, Person
from readiness_audit.views.recorded import (
    Facts,
    alike,
    number,
    rows,
    text,
    too_many_unread,
    total,
    unread,
    whole,
)
from readiness_audit.views.view import Inputs, Need, View

_COUNTS = frozenset({"passed", "attended", None})
_AWARENESS_WORDS = ("awareness", "sensibilisierung", "phishing", "informationssicherheit", "it-sicherheit")
_ADMIN_WORDS = ("admin", "it-betrieb", "operation")
MOST_LISTED = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Trainee:
    """One person who has not left."""

    person_id: str
    name: str
    department: str | None
    needs: str
    """`users`, `admins` or `none`, as the list of persons says; `users` where it does not say."""

    joined_on: str | None
    product_on: str | None
    """Day of the last course about using the system."""

    administration_on: str | None
    """Day of the last course about running the system."""

    awareness_on: str | None
    """Day of the last course about security or data protection."""

    trained_on: str | None
    """Day of the last course this person needs: of administration, or for users of either kind."""

    awareness_score: float | None
    """Of 100, in the last awareness course that had a test."""

    courses: int
    """Rows that count, of any kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """Everybody who has not left, with their training."""

    obstacles: tuple[str, ...]
    """Why the two lists cannot be joined; there are no rows then."""

    row_count: int
    users: int
    """Persons who need the users' training."""

    admins: int
    """Persons who need the administrators' training."""

    uncounted: int
    """Rows of the training register that do not count: planned, absent, failed, unreadable or undated."""

    strangers: tuple[str, ...]
    """Persons in the training register who are not in the list of persons, at most 1,000."""

    unreadable_count: int
    """Cells of both lists that could not be read."""

    incomplete_count: int
    """Required cells of both lists that are empty."""

    rows: tuple[Trainee, ...]


def join(inputs: Inputs) -> Trained:
    """Give everybody who has not left the training they had."""
    register, persons = inputs["training"], inputs["persons"]
    people = People(persons)
    courses: dict[str, list[Facts]] = defaultdict(list)
    strangers: dict[str, None] = {}
    obstacles = (*people.obstacles, *too_many_unread(register, persons))
    doubtful = unread(register, "result")
    uncounted = 0
    for row in rows(register):
        who = people.named(text(row, "person_id"))
        taken = text(row, "result") in _COUNTS and whole(row, "row") not in doubtful
        if not taken or text(row, "date") is None:
            uncounted += 1
        elif who.person is not None:
            courses[who.person.id].append(row)
        elif who.said is not None:
            strangers[who.said] = None
    staying = () if obstacles else [person for person in people.all if person.status != "left"]
    found = tuple(_trainee(person, courses[person.id]) for person in staying)
    return Trained(
        obstacles=obstacles,
        row_count=len(found),
        users=sum(trainee.needs == "users" for trainee in found),
        admins=sum(trainee.needs == "admins" for trainee in found),
        uncounted=uncounted,
        strangers=tuple(strangers)[:MOST_LISTED],
        unreadable_count=total("unreadable_count", register, persons),
        incomplete_count=total("incomplete_count", register, persons),
        rows=found,
    )


def _trainee(person: Person, courses: list[Facts]) -> Trainee:
    by_topic: dict[str, list[Facts]] = defaultdict(list)
    for row in courses:
        by_topic[_topic(row)].append(row)
    product, administration = _last(by_topic["product"]), _last(by_topic["administration"])
    needs = person.trained_as or "users"
    either = max(filter(None, (product, administration)), default=None)
    tests = sorted(
        (text(row, "date") or "", score)
        for row in by_topic["awareness"]
        if (score := number(row, "score")) is not None
    )
    return Trainee(
        person_id=person.id,
        name=person.name,
        department=person.department,
        needs=needs,
        joined_on=person.joined_on,
        product_on=product,
        administration_on=administration,
        awareness_on=_last(by_topic["awareness"]),
        trained_on=administration if needs == "admins" else either,
        awareness_score=tests[-1][1] if tests else None,
        courses=len(courses),
    )


def _topic(row: Facts) -> str:
    if topic := text(row, "topic"):
        return topic
    group, course = alike(text(row, "group")), alike(text(row, "course"))
    if any(word in course or word in group for word in _AWARENESS_WORDS):
        return "awareness"
    return "administration" if any(word in group for word in _ADMIN_WORDS) else "product"


def _last(courses: list[Facts]) -> str | None:
    return max((text(row, "date") or "" for row in courses), default=None)


VIEW = View(
    name="training",
    sees=Trained,
    needs=(
        Need(role="training", probe="register.training"),
        Need(role="persons", probe="register.persons"),
    ),
    join=join,
)
