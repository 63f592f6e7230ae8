"""
Accounts and who answers for them: an export of accounts held beside the list of persons.

Whether an account is administrative is taken from the export's own column, and from groups
and roles that go by a name systems give to administration; the worse of the two counts.
"""

from __future__ import annotations

from dataclasses import dataclass

from readiness_audit.views.people import People
from readiness_audit.views.recorded import (
    Facts,
    alike,
    flag,
    oldest,
    rows,
    text,
    too_many_unread,
    total,
    unread,
    whole,
    words,
)
from readiness_audit.views.view import Inputs, Need, View

ADMIN_GROUPS = frozenset(
    {
        "account operators",
        "admin",
        "administration",
        "administrator",
        "administratoren",
        "administrators",
        "admins",
        "backup operators",
        "dba",
        "dnsadmins",
        "docker",
        "domain admins",
        "domänen-admins",
        "enterprise admins",
        "global administrator",
        "globaler administrator",
        "organisations-admins",
        "organization management",
        "root",
        "schema admins",
        "schema-admins",
        "server operators",
        "sudo",
        "superadmin",
        "superuser",
        "sysadmin",
        "systemadministrator",
        "wheel",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnedAccount:
    """One row of the export, with its owner."""

    row: int
    """Line in the export, counted from 1."""

    account: str | None
    system: str | None
    enabled: bool | None
    """None where the export could not be read; count it as enabled."""

    type: str | None
    """`person`, `service`, `shared`, `external` or `break-glass`."""

    is_admin: bool
    """
    Whether the export says so or cannot be read there, or a group or role has a name that
    systems give to administration.
    """

    admin_by: str | None
    """`column` or the name of the group or role that makes it administrative."""

    groups: tuple[str, ...]
    roles: tuple[str, ...]
    mfa: bool | None
    remote: bool | None
    last_login: str | None
    created_on: str | None
    expires_on: str | None
    disabled_on: str | None
    owner_id: str | None
    """Id of the owner in the list of persons; what the export says, where the list has no such person."""

    owner_name: str | None
    """As in the list of persons."""

    owner_status: str
    """`active`, `left`, `unknown` (named, but the list of persons does not tell) or `none`."""

    owner_left_on: str | None
    """The owner's last day of work, also one to come."""

    owner_found_by: str | None
    """
    `person-id` or `name` (the export names the owner), `persons-accounts` (the list of persons names
    the account), or `same-name` (the account is called as the person's id).
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnedAccounts:
    """The accounts of one export, with their owners."""

    obstacles: tuple[str, ...]
    """Why the two lists cannot be joined; there are no rows then."""

    row_count: int
    enabled_count: int
    """Rows that are not known to be disabled."""

    person_accounts: int
    """Accounts, not known to be disabled, of type `person` or of no stated type."""

    admin_count: int
    """Accounts, not known to be disabled, that are administrative; break-glass accounts are not counted."""

    admin_persons: int
    """Different persons, active in the list of persons, who own one of those."""

    admins_known: bool
    """Whether the export has any column that could show who is an administrator."""

    missing_columns: tuple[str, ...]
    """Optional columns that the export does not have."""

    unreadable_count: int
    """Cells of both lists that could not be read."""

    incomplete_count: int
    """Required cells of both lists that are empty."""

    changed_at: str | None
    """
    When the older of the two, the export and the list of persons, was last changed, by the file
    system's word; None in records that do not tell.
    """

    rows: tuple[OwnedAccount, ...]


def join(inputs: Inputs) -> OwnedAccounts:
    """Find every account's owner in the list of persons."""
    export, persons = inputs["accounts"], inputs["persons"]
    people = People(persons)
    obstacles = (*people.obstacles, *too_many_unread(export, persons))
    doubtful = unread(export, "admin")
    found = () if obstacles else tuple(_owned(row, people, _admin_by(row, doubtful)) for row in rows(export))
    missing = words(export, "missing_columns")
    enabled = [row for row in found if row.enabled is not False]
    ordinary = {alike(row.account) for row in enabled if row.type in {"person", None}}
    administrative = [row for row in enabled if row.is_admin and row.type != "break-glass"]
    return OwnedAccounts(
        obstacles=obstacles,
        row_count=len(found),
        enabled_count=len(enabled),
        person_accounts=len(ordinary),
        admin_count=len({alike(row.account) for row in administrative}),
        admin_persons=len({row.owner_id for row in administrative if row.owner_status == "active"}),
        admins_known=not {"admin", "groups", "roles"} <= set(missing),
        missing_columns=missing,
        unreadable_count=total("unreadable_count", export, persons),
        incomplete_count=total("incomplete_count", export, persons),
        changed_at=oldest(export, persons),
        rows=found,
    )


def _owned(row: Facts, people: People, admin_by: str | None) -> OwnedAccount:
    owner = people.answering_for(row)
    return OwnedAccount(
        row=whole(row, "row"),
        account=text(row, "account"),
        system=text(row, "system"),
        enabled=flag(row, "enabled"),
        type=text(row, "type"),
        is_admin=admin_by is not None,
        admin_by=admin_by,
        groups=words(row, "groups"),
        roles=words(row, "roles"),
        mfa=flag(row, "mfa"),
        remote=flag(row, "remote"),
        last_login=text(row, "last_login"),
        created_on=text(row, "created_on"),
        expires_on=text(row, "expires_on"),
        disabled_on=text(row, "disabled_on"),
        owner_id=owner.person.id if owner.person else owner.said,
        owner_name=owner.person.name if owner.person else None,
        owner_status=owner.status,
        owner_left_on=owner.person.left_on if owner.person else None,
        owner_found_by=owner.found_by,
    )


def _admin_by(row: Facts, doubtful: frozenset[int]) -> str | None:
    if flag(row, "admin") or whole(row, "row") in doubtful:
        return "column"
    for name in (*words(row, "groups"), *words(row, "roles")):
        if alike(name) in ADMIN_GROUPS:
            return name
    return None


VIEW = View(
    name="accounts",
    sees=OwnedAccounts,
    needs=(
        Need(role="accounts", probe="register.accounts"),
        Need(role="persons", probe="register.persons"),
    ),
    join=join,
)
