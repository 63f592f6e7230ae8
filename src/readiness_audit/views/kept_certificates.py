"""The register of certificates beside the list of persons: who answers for each certificate."""

from __future__ import annotations

from dataclasses import dataclass

from readiness_audit.views.people import People
from readiness_audit.views.recorded import (
    Facts,
    number,
    rows,
    text,
    too_many_unread,
    total,
    whole,
)
from readiness_audit.views.view import Inputs, Need, View


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnedCertificate:
    """One entry of the register, with its owner."""

    row: int
    """Line in the register, counted from 1."""

    certificate: str | None
    owner_id: str | None
    """Id of the owner in the list of persons; what the register says, where the list has no such person."""

    owner_name: str | None
    """As in the list of persons."""

    owner_status: str
    """`active`, `left`, `unknown` (named, but the list of persons does not tell) or `none`."""

    owner_left_on: str | None
    """The owner's last day of work, also one to come."""

    method: str | None
    """`automatic` or `manual`."""

    reminder_days: float | None
    """Days before it expires on which somebody is reminded."""

    expires_on: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnedCertificates:
    """The register of certificates, with the owners."""

    obstacles: tuple[str, ...]
    """Why the two lists cannot be joined; there are no rows then."""

    row_count: int
    unreadable_count: int
    """Cells of both lists that could not be read."""

    incomplete_count: int
    """Required cells of both lists that are empty."""

    rows: tuple[OwnedCertificate, ...]


def join(inputs: Inputs) -> OwnedCertificates:
    """Find every certificate's owner in the list of persons."""
    register, persons = inputs["certificates"], inputs["persons"]
    people = People(persons)
    obstacles = (*people.obstacles, *too_many_unread(register, persons))
    found = () if obstacles else tuple(_owned(row, people) for row in rows(register))
    return OwnedCertificates(
        obstacles=obstacles,
        row_count=len(found),
        unreadable_count=total("unreadable_count", register, persons),
        incomplete_count=total("incomplete_count", register, persons),
        rows=found,
    )


def _owned(row: Facts, people: People) -> OwnedCertificate:
    owner = people.named(text(row, "owner"))
    return OwnedCertificate(
        row=whole(row, "row"),
        certificate=text(row, "certificate"),
        owner_id=owner.person.id if owner.person else owner.said,
        owner_name=owner.person.name if owner.person else None,
        owner_status=owner.status,
        owner_left_on=owner.person.left_on if owner.person else None,
        method=text(row, "method"),
        reminder_days=number(row, "reminder_days"),
        expires_on=text(row, "expires_on"),
    )


VIEW = View(
    name="certificate-owners",
    sees=OwnedCertificates,
    needs=(
        Need(role="certificates", probe="register.certificates"),
        Need(role="persons", probe="register.persons"),
    ),
    join=join,
)
