"""
The data flows that lead to an endpoint, held beside what the endpoint showed of its TLS.

A flow leads to an endpoint where it names its id in the system file, or a name or address of
it with its port; a protocol whose usual port that is stands for the port.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from readiness_audit.views.recorded import (
    Facts,
    alike,
    flag,
    listed,
    rows,
    text,
    too_many_unread,
    whole,
    words,
)
from readiness_audit.views.view import Inputs, Need, View

_USUAL = {
    "ftps": 990,
    "https": 443,
    "imaps": 993,
    "ldaps": 636,
    "mariadb": 3306,
    "mqtts": 8883,
    "mysql": 3306,
    "pop3s": 995,
    "postgres": 5432,
    "postgresql": 5432,
    "smtps": 465,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedFlow:
    """One flow that leads to the endpoint."""

    row: int
    """Line in the list of data flows, counted from 1."""

    client: str | None
    """Which part begins the connection."""

    protocol: str | None
    data: str | None
    """The most sensitive kind that flows there: `personal`, `secret`, `internal` or `public`."""

    tls: bool | None
    """Whether the list says it is encrypted with TLS."""

    verify: bool | None
    """Whether the list says the client verifies the server's certificate and name."""

    verifiable: bool
    """
    Whether that can succeed: every chain the endpoint showed leads to a trusted authority, and every
    certificate it showed as its own is valid now and for each name of the endpoint.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedFlows:
    """One endpoint, and the flows that lead to it."""

    obstacles: tuple[str, ...]
    """Why the two cannot be joined; there are no rows then."""

    flow_count: int
    """Flows in the whole list."""

    row_count: int
    """Flows that lead to this endpoint."""

    chains_seen: int
    """How many different chains of certificates the endpoint showed."""

    unseen: tuple[str, ...]
    """Where no certificate could be seen, and why, one line each."""

    unreadable_count: int
    """Cells of the list that could not be read."""

    incomplete_count: int
    """Required cells of the list that are empty."""

    rows: tuple[ServedFlow, ...]


def join(inputs: Inputs) -> ServedFlows:
    """Find the flows that lead to an endpoint."""
    seen, register = inputs["tls"], inputs["flows"]
    obstacles = too_many_unread(register)
    places = set(_places(seen))
    leading = [] if obstacles else [row for row in rows(register) if _leads_to(row, seen, places)]
    verifiable = _verifiable(seen)
    return ServedFlows(
        obstacles=obstacles,
        flow_count=len(rows(register)),
        row_count=len(leading),
        chains_seen=whole(seen, "chains_seen"),
        unseen=words(seen, "unseen"),
        unreadable_count=whole(register, "unreadable_count"),
        incomplete_count=whole(register, "incomplete_count"),
        rows=tuple(
            ServedFlow(
                row=whole(row, "row"),
                client=text(row, "client"),
                protocol=text(row, "protocol"),
                data=text(row, "data"),
                tls=flag(row, "tls"),
                verify=flag(row, "verify"),
                verifiable=verifiable,
            )
            for row in leading
        ),
    )


def _verifiable(seen: Facts) -> bool:
    chains, names = listed(seen, "chains"), listed(seen, "names")
    leaves = [one for one in listed(seen, "certificates") if whole(one, "position") == 0]
    return (
        all((chains, names, leaves))
        and all(flag(chain, "trusted") for chain in chains)
        and all(flag(name, "matches") for name in names)
        and all(text(one, "validity") == "running" for one in leaves)
    )


def _places(seen: Facts) -> Iterable[str]:
    port = whole(seen, "port")
    for name in (text(seen, "host"), *(text(one, "name") for one in listed(seen, "names"))):
        if name:
            yield f"{alike(name)}:{port}"
            yield f"[{alike(name)}]:{port}"


def _leads_to(row: Facts, seen: Facts, places: set[str]) -> bool:
    server = alike(text(row, "server"))
    if not server:
        return False
    usual = _USUAL.get(alike(text(row, "protocol")))
    return server == alike(text(seen, "endpoint")) or server in places or f"{server}:{usual}" in places


VIEW = View(
    name="flows",
    sees=ServedFlows,
    needs=(
        Need(role="tls", probe="tls"),
        Need(role="flows", probe="register.data-flows"),
    ),
    join=join,
)
