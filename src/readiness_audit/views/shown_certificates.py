"""
The certificates an endpoint showed, held beside the register of certificates.

An entry is found by fingerprint, by serial number, or by a name that both have. One found by
its name alone that gives another fingerprint or serial number is about another certificate.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from readiness_audit.views.recorded import (
    Facts,
    alike,
    listed,
    rows,
    text,
    too_many_unread,
    whole,
    words,
)
from readiness_audit.views.view import Inputs, Need, View

_MARKS = re.compile(r"^0x|[\s:-]+")
_TELLING = 16
"""Hexadecimal digits that tell a certificate from all others."""

_COMMON_NAME = re.compile(r"(?:^|[,+])CN=([^,+=\\]{1,200})")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCertificate:
    """One certificate a server showed as its own, and its entry in the register."""

    called: str
    """The first of its names, or else its subject or fingerprint."""

    sha256: str
    """Its fingerprint, as hexadecimal digits."""

    serial: str | None
    """Its serial number as hexadecimal digits."""

    not_after: str | None
    """Until when it is valid, in UTC."""

    found_by: str | None
    """`fingerprint`, `serial` or `name`; None where it stands in no entry."""

    entry_row: int | None
    """Line of its entry in the register."""

    method: str | None
    """How the register says it is renewed: `automatic` or `manual`."""

    outdated: bool
    """Whether the entry gives the fingerprint or serial number of another certificate of that name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCertificates:
    """The certificates of one endpoint, with their entries in the register."""

    obstacles: tuple[str, ...]
    """Why they cannot be looked up; there are no rows then."""

    entries: int
    """Rows of the register."""

    chains_seen: int
    """How many different chains of certificates the endpoint showed."""

    unseen: tuple[str, ...]
    """Where no certificate could be seen, and why, one line each."""

    row_count: int
    """Different certificates it showed as its own."""

    rows: tuple[ShownCertificate, ...]


def join(inputs: Inputs) -> ShownCertificates:
    """Find each certificate an endpoint showed as its own in the register."""
    seen, register = inputs["tls"], inputs["certificates"]
    leaves = {text(one, "sha256"): one for one in listed(seen, "certificates") if whole(one, "position") == 0}
    obstacles = too_many_unread(register)
    found = () if obstacles else tuple(_shown(one, rows(register)) for one in leaves.values())
    return ShownCertificates(
        obstacles=obstacles,
        entries=len(rows(register)),
        chains_seen=whole(seen, "chains_seen"),
        unseen=words(seen, "unseen"),
        row_count=len(found),
        rows=found,
    )


def _shown(seen: Facts, register: Sequence[Facts]) -> ShownCertificate:
    names = _names(seen)
    by, entry = _entry(seen, names, register)
    return ShownCertificate(
        called=next(iter(names), None) or text(seen, "subject") or text(seen, "sha256") or "",
        sha256=text(seen, "sha256") or "",
        serial=text(seen, "serial"),
        not_after=text(seen, "not_after"),
        found_by=by,
        entry_row=None if entry is None else whole(entry, "row"),
        method=None if entry is None else text(entry, "method"),
        outdated=by == "name" and entry is not None and _says_which(entry),
    )


def _entry(seen: Facts, names: Sequence[str], register: Sequence[Facts]) -> tuple[str | None, Facts | None]:
    for by, column in (("fingerprint", "sha256"), ("serial", "serial")):
        digits = text(seen, column)
        wanted = _digits(digits)
        # Short serial numbers are those of small authorities, and every one of them begins with 1.
        if len(wanted) < _TELLING:
            continue
        for row in register:
            if _digits(text(row, column)) == wanted:
                return by, row
    sought = set(map(alike, names))
    named = [row for row in register if sought & _kept_names(row)]
    if not named:
        return None, None
    short = _digits(text(seen, "serial"))
    same = [row for row in named if short and _digits(text(row, "serial")) == short]
    # One that says nothing of another certificate is nearer than one that does.
    return ("serial", same[0]) if same else ("name", min(named, key=_says_which))


def _names(seen: Facts) -> tuple[str, ...]:
    found = (*words(seen, "dns_names"), *words(seen, "ip_addresses"))
    if found:
        return found
    common = _COMMON_NAME.search(text(seen, "subject") or "")
    return (common[1],) if common else ()


def _kept_names(row: Facts) -> set[str]:
    return {alike(name) for name in (text(row, "certificate"), *words(row, "names")) if name}


def _says_which(row: Facts) -> bool:
    return bool(text(row, "sha256") or text(row, "serial"))


def _digits(said: str | None) -> str:
    return _MARKS.sub("", (said or "").casefold()).lstrip("0")


VIEW = View(
    name="certificates",
    sees=ShownCertificates,
    needs=(
        Need(role="tls", probe="tls"),
        Need(role="certificates", probe="register.certificates"),
    ),
    join=join,
)
