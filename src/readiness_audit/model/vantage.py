"""Where the looking is done from, and what is meant to be seen from there only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from readiness_audit.errors import FieldError
from readiness_audit.model import grammar

MOST_PATHS = 40
"""Restricted paths of one endpoint: one look asks for all of them."""


class Vantage(StrEnum):
    """Where the looking is done from, seen from the target."""

    INTERNET = "internet"
    OFFICE = "office"
    MANAGEMENT = "management"
    LOCAL = "local"


@dataclass(frozen=True, slots=True, kw_only=True)
class VantagePoint:
    """A place this system is looked at from."""

    name: str
    """What it is called in --from, and where ports and paths are restricted."""

    network: Vantage
    """Which network it stands in, seen from the system."""

    def __post_init__(self) -> None:
        grammar.check_name("name", self.name)

    def __str__(self) -> str:
        """Name it with its network: `outside (internet)`."""
        return f"{self.name} ({self.network})"


@dataclass(frozen=True, slots=True, kw_only=True)
class RestrictedPorts:
    """TCP ports that are meant to be reachable from some vantage points, and from no others."""

    service: Literal["management", "database"]
    ports: tuple[str, ...]
    """As 22/tcp or 5900-5903/tcp."""

    open_from: tuple[str, ...]
    """Names of the vantage points they may be open from; empty: from none."""

    def __post_init__(self) -> None:
        if not self.ports:
            raise FieldError("ports", "name at least one port")
        for text in self.ports:
            if grammar.port_range("ports", text)[2] != "tcp":
                raise FieldError("ports", f"{text!r} is not TCP: only TCP ports are compared")

    def numbers(self) -> frozenset[int]:
        """Give the ports one by one."""
        ranges = (grammar.port_range("ports", text) for text in self.ports)
        return frozenset(number for first, last, _ in ranges for number in range(first, last + 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class RestrictedPaths:
    """Paths of a web server that are meant to be reachable from some vantage points, and from no others."""

    service: Literal["management"]
    paths: tuple[str, ...]
    """As /admin or /wp-admin/: what follows host and port in the address."""

    open_from: tuple[str, ...]
    """Names of the vantage points they may be open from; empty: from none."""

    def __post_init__(self) -> None:
        if not self.paths:
            raise FieldError("paths", "name at least one path, such as /admin")
        for path in self.paths:
            grammar.check_bare_path("paths", path)


def check_once(restricted: Sequence[RestrictedPaths]) -> None:
    """Refuse paths that are named twice, and more of them than one look can ask for."""
    taken: set[str] = set()
    for at, one in enumerate(restricted):
        for path in one.paths:
            if path in taken:
                raise FieldError(f"restricted.{at}.paths", f"{path} is named twice: name each path once")
            taken.add(path)
    if len(taken) > MOST_PATHS:
        told = f"these are {len(taken)} paths: name at most {MOST_PATHS}, the ones administration begins at"
        raise FieldError("restricted", told)


def check_apart(open_ports: Sequence[str], restricted: Sequence[RestrictedPorts]) -> None:
    """Refuse ports that are declared for everybody and restricted too, or restricted twice."""
    ranges = (grammar.port_range("open_ports", port) for port in open_ports)
    taken = {number for first, last, kind in ranges if kind == "tcp" for number in range(first, last + 1)}
    for at, one in enumerate(restricted):
        if both := taken & one.numbers():
            told = f"{min(both)}/tcp is declared already: a port is for everybody, or restricted once"
            raise FieldError(f"restricted.{at}.ports", told)
        taken |= one.numbers()
