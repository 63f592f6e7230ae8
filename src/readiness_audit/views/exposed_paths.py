"""Read what the looks at a web server's paths of administration show, and what is stated about them."""

from __future__ import annotations

from collections.abc import Iterator

from readiness_audit.views.exposure import Door, Face, StatedFactor
from readiness_audit.views.recorded import Facts, listed, text, words
from readiness_audit.views.view import Need, Takes

CHECK = "net.management.restricted"
"""What a statement answers that says: who is refused there has to show a second factor to come in."""

NEEDS = (
    Need(role="paths", probe="web-management"),
    Need(role="elsewhere", probe="web-elsewhere", takes=Takes.SAME),
    Need(role="stated", probe="attestation", takes=Takes.IF_ANY),
)
_WORST_FIRST = ("open", "unclear", "elsewhere", "alike", "refused")


def _doors(facts: Facts) -> list[Door]:
    declared = {text(row, "path") or "": words(row, "open_from") for row in listed(facts, "paths")}
    return [Door(what=path, open_from=meant) for path, meant in declared.items()]


def _state(facts: Facts, what: str) -> str:
    """Say what one look shows of one path, over all addresses of the endpoint."""
    rows = _rows(facts, what)
    states = {text(row, "state") for row in rows}
    if "open" in states:
        return "open"
    asked = words(facts, "addresses")
    known = {"refused", "absent", "alike", "elsewhere"}
    if (
        not asked
        or sorted(text(row, "address") or "" for row in rows) != sorted(asked)
        or not states <= known
    ):
        return "unknown"
    return next((worse for worse in _WORST_FIRST if worse in states), "absent")


def _open_at(facts: Facts, what: str) -> Iterator[str]:
    return (text(row, "address") or "" for row in _rows(facts, what) if row.get("state") == "open")


def _rows(facts: Facts, what: str) -> list[Facts]:
    return [row for row in listed(facts, "paths") if text(row, "path") == what]


def stated_factors(told: Facts) -> list[StatedFactor]:
    """Give the complete statements that a second factor is asked for."""
    return [
        StatedFactor(
            person=text(one, "person") or "",
            role=text(one, "role") or "",
            date=text(one, "date") or "",
            valid_until=text(one, "valid_until") or "",
        )
        for one in listed(told, "statements")
        if one.get("check") == CHECK
    ]


PATHS = Face(role="paths", service="management", doors=_doors, state=_state, open_at=_open_at)
