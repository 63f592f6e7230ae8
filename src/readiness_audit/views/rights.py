"""
Rights as they are and rights as they were approved: an export of accounts beside the access matrix.

Names of accounts, roles and systems that differ only in case or spaces are the same, unless the
export itself tells accounts apart by case.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from readiness_audit.views.people import People, same_person
from readiness_audit.views.recorded import (
    Facts,
    alike,
    flag,
    oldest,
    rows,
    text,
    too_many_unread,
    total,
    whole,
    words,
)
from readiness_audit.views.view import Inputs, Need, View

Key: TypeAlias = tuple[str, str]
"""System and account, reduced to what counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """One role of one account, as it is or as it should be."""

    state: str
    """`approved` (held and approved), `extra` (held, not approved) or `missing` (approved, not held)."""

    account: str | None
    system: str | None
    role: str | None
    """None for an account that holds no role at all and was not approved either."""

    enabled: bool | None
    """Whether the account can log in; None where it does not exist or the export could not be read."""

    account_row: int | None
    """Line in the export, counted from 1; None where the right is missing."""

    matrix_row: int | None
    """Line in the access matrix, counted from 1; None where the right is extra."""

    holder_id: str | None
    """Id of the person who holds the right, as the matrix says, or else as the owner was found."""

    holder_name: str | None
    holder_status: str
    """`active`, `left`, `unknown` (named, but the list of persons does not tell) or `none`."""

    approved_by: str | None
    approved_on: str | None
    valid_until: str | None
    """Last day of the approval; None where it has no end."""

    reviewed_on: str | None
    approver_is_holder: bool
    """Whether somebody approved a right of their own."""

    approver_status: str
    """
    Of whoever approved, by the list of persons: `active`, `left`, `unknown` (named, but the list does not
    tell) or `none`; empty in records from before it was looked up.
    """

    approver_left_on: str | None
    """The day that person left, where the list says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """Every right that is held, approved, or both."""

    obstacles: tuple[str, ...]
    """Why the lists cannot be compared; there are no rows then."""

    compared: str
    """What of the export was compared with the approved roles: `roles`, or `groups` where it has none."""

    row_count: int
    approved_count: int
    extra_count: int
    """Rights of accounts not known to be disabled."""

    missing_count: int
    elsewhere_count: int
    """Approvals for systems the export does not cover; they are not compared."""

    unreadable_count: int
    """Cells of the three lists that could not be read."""

    incomplete_count: int
    """Required cells of the three lists that are empty."""

    changed_at: str | None
    """
    When the older of the two, the export and the list of persons, was last changed, by the file
    system's word; None in records that do not tell.
    """

    rows: tuple[Right, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Account:
    """All rows of the export for one account."""

    first: Facts
    enabled: bool | None
    roles: dict[str, str]
    """Reduced name -> name as written."""


def join(inputs: Inputs) -> Rights:
    """Hold what each account may do beside what was approved for it."""
    export, matrix, persons = inputs["accounts"], inputs["matrix"], inputs["persons"]
    people = People(persons)
    lacking = set(words(export, "missing_columns"))
    compared = "roles" if "roles" not in lacking else "groups"
    obstacles = (
        *people.obstacles,
        *too_many_unread(export, matrix, persons),
        *_obstacles(lacking, export, matrix),
    )
    found: tuple[Right, ...] = ()
    elsewhere = 0
    if not obstacles:
        comparison = _Comparison(export, matrix, people, compared, by_system="system" not in lacking)
        found, elsewhere = tuple(comparison.rights()), comparison.elsewhere
    return Rights(
        obstacles=obstacles,
        compared=compared,
        row_count=len(found),
        approved_count=sum(right.state == "approved" for right in found),
        extra_count=sum(right.state == "extra" and right.enabled is not False for right in found),
        missing_count=sum(right.state == "missing" for right in found),
        elsewhere_count=elsewhere,
        unreadable_count=total("unreadable_count", export, matrix, persons),
        incomplete_count=total("incomplete_count", export, matrix, persons),
        changed_at=oldest(export, persons),
        rows=found,
    )


def _obstacles(lacking: set[str], export: Facts, matrix: Facts) -> Iterator[str]:
    if not rows(export):
        yield "the export of accounts has no rows"
    if not rows(matrix):
        yield "the access matrix has no rows"
    if {"roles", "groups"} <= lacking:
        yield "the export of accounts has neither a column of roles nor one of groups"
    systems = {alike(text(row, "system")) for row in rows(matrix)}
    if "system" in lacking and len(systems) > 1:
        yield "the access matrix is about several systems, but the export has no column that says which"


class _Comparison:
    def __init__(
        self, export: Facts, matrix: Facts, people: People, compared: str, *, by_system: bool
    ) -> None:
        self._people = people
        self._by_system = by_system
        self._fold = _folding(text(row, "account") or "" for row in rows(export))
        self._accounts = self._merged(export, compared)
        covered = {system for system, _ in self._accounts}
        self._approvals: dict[Key, list[Facts]] = defaultdict(list)
        self.elsewhere = 0
        for row in rows(matrix):
            key = self._key(row)
            if key[0] in covered:
                self._approvals[key].append(row)
            else:
                self.elsewhere += 1

    def rights(self) -> Iterator[Right]:
        """Give the rights of each account of the export, then the approvals for accounts it does not have."""
        for key, account in self._accounts.items():
            approvals = self._approvals.get(key, [])
            if not account.roles and not approvals:
                yield self._extra(account, None)
            approved = {alike(text(row, "role")) for row in approvals}
            for role, written in account.roles.items():
                if role not in approved:
                    yield self._extra(account, written)
            for row in approvals:
                yield self._approval(row, account, held=alike(text(row, "role")) in account.roles)
        for key, approvals in self._approvals.items():
            if key not in self._accounts:
                for row in approvals:
                    yield self._approval(row, None, held=False)

    def _merged(self, export: Facts, compared: str) -> dict[Key, _Account]:
        merged: dict[Key, _Account] = {}
        for row in rows(export):
            roles = {alike(role): role for role in words(row, compared)}
            known = merged.get(self._key(row))
            enabled = flag(row, "enabled")
            if known is not None:
                roles = known.roles | roles
                enabled = known.enabled if enabled is False else enabled
            first = known.first if known is not None else row
            merged[self._key(row)] = _Account(first=first, enabled=enabled, roles=roles)
        return merged

    def _key(self, row: Facts) -> Key:
        system = alike(text(row, "system")) if self._by_system else ""
        return system, self._fold(text(row, "account") or "")

    def _extra(self, account: _Account, role: str | None) -> Right:
        owner = self._people.answering_for(account.first)
        return Right(
            state="extra",
            account=text(account.first, "account"),
            system=text(account.first, "system"),
            role=role,
            enabled=account.enabled,
            account_row=whole(account.first, "row"),
            matrix_row=None,
            holder_id=owner.person.id if owner.person else owner.said,
            holder_name=owner.person.name if owner.person else None,
            holder_status=owner.status,
            approved_by=None,
            approved_on=None,
            valid_until=None,
            reviewed_on=None,
            approver_is_holder=False,
            approver_status="none",
            approver_left_on=None,
        )

    def _approval(self, row: Facts, account: _Account | None, *, held: bool) -> Right:
        owner = self._people.named(text(row, "person_id"))
        approver_status, approver_left_on = self._approver(text(row, "approved_by"))
        return Right(
            state="approved" if held else "missing",
            account=text(row, "account"),
            system=text(row, "system"),
            role=text(row, "role"),
            enabled=account.enabled if account else None,
            account_row=whole(account.first, "row") if account and held else None,
            matrix_row=whole(row, "row"),
            holder_id=owner.person.id if owner.person else owner.said,
            holder_name=owner.person.name if owner.person else None,
            holder_status=owner.status,
            approved_by=text(row, "approved_by"),
            approved_on=text(row, "approved_on"),
            valid_until=text(row, "valid_until"),
            reviewed_on=text(row, "reviewed_on"),
            approver_is_holder=same_person(text(row, "approved_by"), owner),
            approver_status=approver_status,
            approver_left_on=approver_left_on,
        )

    def _approver(self, said: str | None) -> tuple[str, str | None]:
        if said is None:
            return "none", None
        known = self._people.signing(said)
        # Of two people with one name, the one who is still here may well be meant.
        person = next((one for one in known if one.status == "active"), known[0] if known else None)
        return ("unknown", None) if person is None else (person.status, person.left_on)


def _folding(names: Iterable[str]) -> Callable[[str], str]:
    """Compare account names without their case, unless the export has two that differ in nothing else."""
    exact = {" ".join(name.split()) for name in names}
    if len({alike(name) for name in exact}) == len(exact):
        return alike
    return lambda name: " ".join(name.split())


VIEW = View(
    name="rights",
    sees=Rights,
    needs=(
        Need(role="accounts", probe="register.accounts"),
        Need(role="matrix", probe="register.access-matrix"),
        Need(role="persons", probe="register.persons"),
    ),
    join=join,
)
