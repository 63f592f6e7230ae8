"""Find persons by what other registers call them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from readiness_audit.model.persons import who
from readiness_audit.views.recorded import Facts, alike, rows, text, words


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One row of the list of persons."""

    id: str
    name: str
    status: str
    """`active` or `left`; `unknown` where it could not be read."""

    left_on: str | None
    joined_on: str | None
    department: str | None
    trained_as: str | None
    accounts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Who answers for something, and how that was found out."""

    said: str | None
    """What the register says, where it says anything."""

    person: Person | None = None
    found_by: str | None = None

    @property
    def status(self) -> str:
        """Say `active`, `left`, `unknown` (named, but the list does not tell) or `none` (nobody)."""
        if self.person is not None:
            return self.person.status
        return "none" if self.said is None else "unknown"


class People:
    """The list of persons, to look things up in."""

    def __init__(self, facts: Facts) -> None:
        """Take the facts of a list of persons."""
        self.all = tuple(_person(row) for row in rows(facts) if text(row, "person_id"))
        self._by_id = {alike(person.id): person for person in self.all}
        self._by_name = _only_once((_bag(person.name), person) for person in self.all)
        self._by_account = _only_once(
            (alike(account), person) for person in self.all for account in person.accounts
        )
        self._by_parts: dict[frozenset[str], list[Person]] = defaultdict(list)
        for person in self.all:
            self._by_parts[who(person.name)].append(person)

    @property
    def obstacles(self) -> tuple[str, ...]:
        """Say what keeps anything from being looked up in this list."""
        if not self.all:
            return ("the list of persons has no rows",)
        often = Counter(alike(person.id) for person in self.all)
        return tuple(
            f"person {name} is in the list {count} times" for name, count in often.items() if count > 1
        )

    def named(self, said: str | None) -> Owner:
        """Find the person a register means by an id or a name; a name that two persons have finds neither."""
        if said is None:
            return Owner(said=None)
        if person := self._by_id.get(alike(said)):
            return Owner(said=said, person=person, found_by="person-id")
        if person := self._by_name.get(_bag(said)):
            return Owner(said=said, person=person, found_by="name")
        return Owner(said=said)

    def signing(self, said: str) -> Sequence[Person]:
        """Find who a signature may be: by id, or by the name without titles; everybody who is called so."""
        by_id = self._by_id.get(alike(said))
        return (by_id,) if by_id is not None else tuple(self._by_parts.get(who(said), ()))

    def answering_for(self, row: Facts) -> Owner:
        """Say who answers for a row of an export of accounts: whom it names, or else whose account it is."""
        named = self.named(text(row, "person_id"))
        return named if named.said is not None else self.holding(text(row, "account"))

    def holding(self, account: str | None) -> Owner:
        """Find whose account it is: the list of persons names it, or it is called as the person's id."""
        if person := self._by_account.get(alike(account)):
            return Owner(said=account, person=person, found_by="persons-accounts")
        if person := self._by_id.get(alike(account)):
            return Owner(said=account, person=person, found_by="same-name")
        return Owner(said=None)


def same_person(said: str | None, owner: Owner) -> bool:
    """Say whether a text names the very person that `owner` is, by id or name."""
    if said is None:
        return False
    known = {alike(owner.said)} | ({alike(owner.person.id)} if owner.person else set())
    return alike(said) in known or (owner.person is not None and _bag(said) == _bag(owner.person.name))


def _person(row: Facts) -> Person:
    return Person(
        id=text(row, "person_id") or "",
        name=text(row, "name") or "",
        status=text(row, "status") or "unknown",
        left_on=text(row, "left_on"),
        joined_on=text(row, "joined_on"),
        department=text(row, "department"),
        trained_as=text(row, "trained_as"),
        accounts=words(row, "accounts"),
    )


def _bag(name: str) -> str:
    # "Meier, Anna" and "Anna Meier" are one person.
    return " ".join(sorted(alike(name.replace(",", " ")).split()))


def _only_once(pairs: Iterable[tuple[str, Person]]) -> dict[str, Person]:
    found: dict[str, Person] = {}
    twice: set[str] = set()
    for key, person in pairs:
        if not key or found.setdefault(key, person) != person:
            twice.add(key)
    return {key: person for key, person in found.items() if key not in twice}
