"""Where the looking is done from, and what is meant to be seen from there only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from readiness_audit.errors import FieldError
from readiness_audit.model import grammar


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
    """What it is called in --from, and in ports that are restricted."""

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


def check_apart(open_ports: Sequence[str], restricted: Sequence[RestrictedPorts]) -> None:
    """Refuse ports that are declared for everybody and restricted too, or restricted twice."""
    ranges = (grammar.port_range("open_ports", port) for port in open_ports)
    taken = {number for first, last, kind in ranges if kind == "tcp" for number in range(first, last + 1)}
    for at, one in enumerate(restricted):
        if both := taken & one.numbers():
            told = f"{min(both)}/tcp is declared already: a port is for everybody, or restricted once"
            raise FieldError(f"restricted.{at}.ports", told)
        taken |= one.numbers()
