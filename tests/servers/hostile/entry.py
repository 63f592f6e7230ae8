"""What the collection is made of: a hostile server, what it does, and what to come to on meeting it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Generic, TypeAlias, TypeVar

from tests.servers.listener import Handler

TRAP = "127.13.13.13"
"""The address that servers lure to. Nobody who was not told to look at it may send it anything."""

CANARY = "geheim-4711"
"""The secret that servers give away. It may stand in no report."""

NOTHING = (
    "Nothing can be seen of it: the look ends within its time, says why in one line, and no check passes."
)
PART = "What can be seen is told, what cannot is told as not seen, and nothing passes but what is named."

H = TypeVar("H")


@dataclass(frozen=True)
class Hostile(Generic[H]):
    """One hostile server."""

    name: str
    does: str
    """What it does to whoever connects, in one line."""

    serve: H
    """How it does it: what is called with each connection, or with each datagram."""

    reason: str = ""
    """Where nothing can be seen of it: the reason that says so best."""

    rightly: tuple[str, ...] = ()
    """Checks that rightly pass over it, as patterns of ids: it behaves well in this one respect."""

    protocols: tuple[str, ...] = ()
    """What it is taken for by whoever connects."""

    expected: str = ""
    """What whoever meets it should come to, in one line."""

    @property
    def slug(self) -> str:
        """Its name as systems call it."""
        return re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-")


Servers: TypeAlias = Mapping[str, Hostile[Handler]]
"""Servers that are connected to, by their names."""


def group(
    expected: str, protocols: tuple[str, ...], *servers: Hostile[H], rightly: tuple[str, ...] = ()
) -> Mapping[str, Hostile[H]]:
    """Put together servers of one kind, of which the same is expected, by their names."""
    made = {
        server.name: replace(
            server, expected=expected, protocols=protocols, rightly=(*server.rightly, *rightly)
        )
        for server in servers
    }
    assert len(made) == len(servers)
    return made
