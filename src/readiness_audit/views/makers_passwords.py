"""
Whether makers' passwords are still good: what came of trying them, and what somebody states.

Either is enough to be judged by: trying takes a flag and an authorisation of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from readiness_audit.model.evidence import Plain
from readiness_audit.views.recorded import Facts, text, whole
from readiness_audit.views.view import Inputs, Need, Takes, View

CHECK = "web.default.credentials"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedChange:
    """One statement that the makers' passwords were changed."""

    person: str
    role: str
    date: str
    """The day it was made."""

    valid_until: str
    """The last day it counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MakersPasswordsFacts:
    """What is known of the passwords that a product's maker ships."""

    tried: bool
    """Whether any password of the list was tried in this run."""

    product: str | None
    """Which product it is; None where that was not looked at, or the list has none like it."""

    login: str
    """How people log in: `basic`, `form`, or `none`; empty where that was not looked at."""

    edition: str
    """The month of the list; empty where it was not used."""

    shipped: int
    """How many passwords the maker ships."""

    refused: int
    """How many of these were plainly refused."""

    accepted: tuple[str, ...]
    """Accounts that were let in with one of these."""

    trouble: str | None
    """Why it cannot be told whether any is let in; None where it can, and where nothing was tried."""

    stated: tuple[StatedChange, ...]
    """Complete statements on this."""

    incomplete: int
    """How many statements on this lack something."""


def join(inputs: Inputs) -> MakersPasswordsFacts:
    """Put side by side what was tried and what is stated."""
    tried = inputs.get("tried", {})
    told = inputs.get("stated", {})
    attempts = _listed(tried, "attempts")
    accepted = [text(one, "account") or "" for one in attempts if one.get("outcome") == "accepted"]
    return MakersPasswordsFacts(
        tried=bool(attempts),
        product=text(tried, "product"),
        login=text(tried, "login") or "",
        edition=text(tried, "edition") or "",
        shipped=whole(tried, "shipped"),
        refused=whole(tried, "refused"),
        accepted=tuple(dict.fromkeys(accepted)),
        trouble=text(tried, "trouble"),
        stated=tuple(
            StatedChange(
                person=text(one, "person") or "",
                role=text(one, "role") or "",
                date=text(one, "date") or "",
                valid_until=text(one, "valid_until") or "",
            )
            for one in _listed(told, "statements")
            if one.get("check") == CHECK
        ),
        incomplete=sum(one.get("check") == CHECK for one in _listed(told, "incomplete")),
    )


def _listed(facts: Facts, name: str) -> list[Mapping[str, Plain]]:
    """Give a list of groups."""
    found = facts.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list | tuple) else []


VIEW = View(
    name="makers-passwords",
    sees=MakersPasswordsFacts,
    needs=(
        Need(role="tried", probe="web-credentials", takes=Takes.IF_ANY),
        Need(role="stated", probe="attestation", takes=Takes.IF_ANY),
    ),
    join=join,
)
