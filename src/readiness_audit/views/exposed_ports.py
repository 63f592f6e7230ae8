"""Read what the looks at a host's ports show of those that are restricted."""

from __future__ import annotations

from collections.abc import Iterator

from readiness_audit.views.exposure import Door, Face
from readiness_audit.views.recorded import Facts, flag, listed, text, whole, words
from readiness_audit.views.view import Need, Takes

NEEDS = (
    Need(role="ports", probe="ports"),
    Need(role="elsewhere", probe="elsewhere", takes=Takes.SAME),
)


def ports_of(service: str) -> Face:
    """Give the way of seeing the ports of one kind of service."""

    def doors(facts: Facts) -> list[Door]:
        restricted = [one for one in listed(facts, "restricted") if one.get("service") == service]
        return [
            Door(what=f"{whole(one, 'number')}/tcp", open_from=words(one, "open_from")) for one in restricted
        ]

    return Face(role="ports", service=service, doors=doors, state=_state, open_at=_open_at)


def _state(facts: Facts, what: str) -> str:
    """Say what one look shows of one port, over all addresses of the host."""
    rows = _rows(facts, what)
    states = {text(port, "state") for port in rows}
    if "open" in states:
        return "open"
    complete = (
        flag(facts, "finished") is True and whole(facts, "silent") == 0 and whole(facts, "responding") > 0
    )
    if not complete or len(rows) != len(listed(facts, "addresses")) or not states <= {"closed", "filtered"}:
        return "unknown"
    return "filtered" if "filtered" in states else "closed"


def _open_at(facts: Facts, what: str) -> Iterator[str]:
    return (text(port, "address") or "" for port in _rows(facts, what) if port.get("state") == "open")


def _rows(facts: Facts, what: str) -> list[Facts]:
    return [port for port in listed(facts, "ports") if f"{whole(port, 'number')}/tcp" == what]
