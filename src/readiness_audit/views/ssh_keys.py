"""
Authorised keys and who answers for them: what a host lets in, held beside the lists of keys and persons.

A key is found in the list by its fingerprint.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from readiness_audit.views.people import Owner, People
from readiness_audit.views.recorded import Facts, flag, rows, text, too_many_unread, total, whole, words
from readiness_audit.views.view import Inputs, Need, View


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnedKey:
    """One authorised key, with its owner."""

    account: str
    """Whom it logs in as."""

    file: str
    line: int
    """Line in the file, counted from 1."""

    type: str
    bits: int
    fingerprint: str
    comment: str | None
    options: tuple[str, ...]
    listed: bool
    """Whether it is in the list of keys."""

    owner_id: str | None
    """Id of the owner in the list of persons; what the list of keys says, where there is no such person."""

    owner_name: str | None
    """As in the list of persons."""

    owner_status: str
    """
    `active`, `left`, `unknown` (named, but the list of persons does not tell), `service` (a service
    without a person), `disputed` (the list of keys names several owners) or `none`.
    """

    owner_left_on: str | None
    """The owner's last day of work, also one to come."""

    service: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnedKeys:
    """The authorised keys of one host, with their owners."""

    obstacles: tuple[str, ...]
    """Why the lists cannot be joined; there are no keys then."""

    all_seen: bool
    """
    Whether every place was read to the end where keys are kept: no file was closed to us, no line
    unreadable, and no key can come from elsewhere.
    """

    looked_through: int
    """Accounts that were looked through; of a listing that was brought, its files."""

    key_count: int
    keys: tuple[OwnedKey, ...]
    listed_count: int
    """Rows of the list of keys."""

    unreadable_count: int
    """Cells of both lists that could not be read."""

    incomplete_count: int
    """Required cells of both lists that are empty."""

    changed_at: str | None
    """When the oldest of all files this comes from was last changed; None in records that do not tell."""


def join(inputs: Inputs) -> OwnedKeys:
    """Find every authorised key's owner."""
    host, listed, persons = inputs["host"], inputs["keys"], inputs["persons"]
    people = People(persons)
    by_fingerprint: dict[str, list[Facts]] = defaultdict(list)
    for row in rows(listed):
        if (fingerprint := text(row, "fingerprint")) is not None:
            by_fingerprint[fingerprint].append(row)
    obstacles = (*people.obstacles, *too_many_unread(listed, persons))
    found = () if obstacles else tuple(_owned(key, by_fingerprint, people) for key in _keys(host))
    moments = [text(facts, "modified_at") for facts in (listed, persons)]
    moments += [brought] if (brought := text(host, "modified_at")) is not None else []
    known = [moment for moment in moments if moment is not None]
    accounts = whole(host, "accounts")
    return OwnedKeys(
        obstacles=obstacles,
        all_seen=not whole(host, "files_unread")
        and not whole(host, "lines_unread")
        and not words(host, "other_ways")
        and (flag(host, "places_known") is True or text(host, "seen_by") == "files"),
        looked_through=accounts or _count(host, "files"),
        key_count=len(found),
        keys=found,
        listed_count=whole(listed, "row_count"),
        unreadable_count=total("unreadable_count", listed, persons),
        incomplete_count=total("incomplete_count", listed, persons),
        changed_at=min(known) if len(known) == len(moments) else None,
    )


def _keys(host: Facts) -> list[Facts]:
    found = host.get("keys")
    return [key for key in found if isinstance(key, dict)] if isinstance(found, list | tuple) else []


def _count(host: Facts, name: str) -> int:
    found = host.get(name)
    return len(found) if isinstance(found, list | tuple) else 0


def _owned(key: Facts, by_fingerprint: dict[str, list[Facts]], people: People) -> OwnedKey:
    fingerprint = text(key, "fingerprint") or ""
    about = by_fingerprint.get(fingerprint, [])
    owners = [people.named(said) for row in about if (said := text(row, "person_id")) is not None]
    services = [service for row in about if (service := text(row, "service")) is not None]
    different = {owner.person.id if owner.person else owner.said for owner in owners}
    owner = owners[0] if owners else Owner(said=None)
    status = "service" if services and not owners else owner.status
    return OwnedKey(
        account=text(key, "account") or "",
        file=text(key, "file") or "",
        line=whole(key, "line"),
        type=text(key, "type") or "",
        bits=whole(key, "bits"),
        fingerprint=fingerprint,
        comment=text(key, "comment"),
        options=words(key, "options"),
        listed=bool(about),
        owner_id=owner.person.id if owner.person else owner.said,
        owner_name=owner.person.name if owner.person else None,
        owner_status="disputed" if len(different) > 1 else status,
        owner_left_on=owner.person.left_on if owner.person else None,
        service=services[0] if services else None,
    )


VIEW = View(
    name="ssh-keys",
    sees=OwnedKeys,
    needs=(
        Need(role="host", probe="authorized-keys"),
        Need(role="keys", probe="register.ssh-keys"),
        Need(role="persons", probe="register.persons"),
    ),
    join=join,
)
