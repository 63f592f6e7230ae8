"""
Read an SPF record and everything it includes (RFC 7208), and count what that costs a receiver.

Counted is the worst case: a mail for which no mechanism matches before the last. Terms with
macros depend on the mail; they are counted and not followed.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from readiness_audit.probes.naming.asking import Resolvers

MOST_FOLLOWED = 40
"""Lookups after which nothing is followed any more; what is then counted is a lower bound."""

MOST_EXCHANGES = 10
"""Mail servers one `mx` may lead to (RFC 7208, 4.6.4)."""

_QUALIFIERS = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}
_TERM = re.compile(
    r"([+~?-]?)([A-Za-z][A-Za-z0-9_-]*)(?::([^/\s]+))?((?:/[0-9]{1,3})?(?://[0-9]{1,3})?)", re.ASCII
)
_ADDRESS = re.compile(r"([+~?-]?)(ip4|ip6):(\S+)", re.ASCII | re.IGNORECASE)
_MODIFIER = re.compile(r"([A-Za-z][A-Za-z0-9_.-]*)=(\S*)", re.ASCII)
_NAME = re.compile(r"(?=.{1,253}\Z)(?:[A-Za-z0-9_-]{1,63}\.)+[A-Za-z0-9-]{2,63}\.?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spf:
    """What a domain says about who may send in its name."""

    state: str
    """
    `valid`; `absent`; `several`: more than one record, which counts as none; `broken`: receivers
    give up over it; `not-seen`: it, or a record it includes, could not be seen.
    """

    text: str | None
    """The record, where there is exactly one; at most 1000 characters of it."""

    ends: str | None
    """What becomes of mail from anywhere else: `fail` (-all), `softfail` (~all), `neutral`, `pass` (+all).

    None where it is not valid, or a redirect with macros decides."""

    lookups: int
    """How many DNS lookups the record and all it includes may cost a receiver; over 10 it gives up."""

    voids: int
    """How many of them lead to nothing; over 2 a receiver gives up."""

    ptr: bool
    """Whether a `ptr` is among the terms; RFC 7208 says not to use it."""

    macros: int
    """How many terms hold macros, and so were counted but not followed."""

    included: tuple[str, ...]
    """The domains whose records were read too, in order."""

    problem: str | None
    """Why it is broken or not seen, in one line."""


class _Broken(Exception):  # noqa: N818 - reads as what the record is
    """A receiver would end with a permanent error, and why."""


class _Unseen(Exception):  # noqa: N818 - reads as what happened
    """A record could not be seen, and why."""


class _Walk:
    def __init__(self, resolvers: Resolvers) -> None:
        self._resolvers = resolvers
        self.lookups = 0
        self.voids = 0
        self.ptr = False
        self.macros = 0
        self.included: list[str] = []

    async def read(self, name: str, path: tuple[str, ...]) -> str | None:
        """
        Read the record of `name`, to which the domains of `path` led.

        Gives how it ends, None where that depends on the mail.
        """
        if name in path:
            raise _Broken(f"it includes itself by way of {name}")
        text = await self._one(name, first=not path)
        terms = text.split()[1:]
        ends, redirect = None, None
        for term in terms:
            if ends is not None:
                break
            if modifier := _MODIFIER.fullmatch(term):
                if modifier[1].lower() == "redirect":
                    if redirect is not None:
                        raise _Broken("it holds more than one redirect")
                    redirect = modifier[2]
            else:
                ends = await self._mechanism(term, name, path)
        if ends is not None:
            return ends
        if redirect is None:
            return "neutral"
        return await self._into(redirect, name, path)

    async def _one(self, name: str, *, first: bool) -> str:
        told = await self._resolvers.ask(name, "TXT")
        if told.state in {"differs", "not-seen"}:
            raise _Unseen(told.problem or f"the resolvers do not agree on the TXT records of {name}")
        texts = spf_texts(told.values)
        if not first and not told.values:
            self.voids += 1
        if len(texts) != 1:
            raise _Broken(f"{name} has {len(texts) or 'no'} SPF record{'s' if len(texts) > 1 else ''}")
        return texts[0]

    async def _mechanism(self, term: str, name: str, path: tuple[str, ...]) -> str | None:
        """Take one mechanism; give how the record ends where it is `all`."""
        if match := _ADDRESS.fullmatch(term):
            _check_network(match[2].lower(), match[3])
            return None
        match = _TERM.fullmatch(term)
        if match is None:
            raise _Broken(f"the term {term[:60]!r} is not one")
        kind, value = match[2].lower(), match[3]
        if kind == "all" and value is None and not match[4]:
            return _QUALIFIERS[match[1] or "+"]
        if kind not in {"include", "a", "mx", "ptr", "exists"}:
            raise _Broken(f"the term {term[:60]!r} is not one")
        if kind in {"include", "exists"} and (value is None or match[4]):
            raise _Broken(f"the term {term[:60]!r} is not one")
        if kind == "include":
            await self._into(value, name, path)
        else:
            await self._lookup(kind, value or name)
        return None

    async def _into(self, value: str, name: str, path: tuple[str, ...]) -> str | None:
        self.lookups += 1
        if "%" in value:
            self.macros += 1
            return None
        if self.lookups > MOST_FOLLOWED:
            raise _Broken(f"it needs more than {MOST_FOLLOWED} DNS lookups")
        inner = _checked(value)
        self.included.append(inner)
        return await self.read(inner, (*path, name))

    async def _lookup(self, kind: str, value: str) -> None:
        self.lookups += 1
        self.ptr = self.ptr or kind == "ptr"
        if "%" in value:
            self.macros += 1
            return
        if kind == "ptr":
            return
        if self.lookups > MOST_FOLLOWED:
            raise _Broken(f"it needs more than {MOST_FOLLOWED} DNS lookups")
        told = await self._resolvers.ask(_checked(value), "MX" if kind == "mx" else "A")
        if told.state == "not-seen":
            raise _Unseen(told.problem or f"{value} could not be looked up")
        if kind == "mx" and len(told.values) > MOST_EXCHANGES:
            raise _Broken(f"{value} has more than {MOST_EXCHANGES} mail servers")
        if not told.values:
            # Which of A and AAAA a receiver asks for depends on the mail; one that is there is enough here.
            other = await self._resolvers.ask(_checked(value), "AAAA") if kind == "a" else told
            self.voids += not other.values


def spf_texts(values: tuple[str, ...]) -> list[str]:
    """Give those TXT records that claim to be SPF."""
    return [text for text in values if text.lower() == "v=spf1" or text.lower().startswith("v=spf1 ")]


async def read_spf(resolvers: Resolvers, name: str) -> Spf:
    """Read the SPF record of `name` and all it includes."""
    told = await resolvers.ask(name, "TXT")
    if told.state in {"differs", "not-seen"}:
        problem = told.problem or f"the resolvers do not agree on the TXT records of {name}"
        return _spf("not-seen", None, None, _Walk(resolvers), problem)
    texts = spf_texts(told.values)
    if len(texts) != 1:
        return _spf("several" if texts else "absent", None, None, _Walk(resolvers), None)
    walk = _Walk(resolvers)
    try:
        ends = await walk.read(name, ())
    except _Broken as broken:
        return _spf("broken", texts[0], None, walk, str(broken))
    except _Unseen as unseen:
        return _spf("not-seen", texts[0], None, walk, str(unseen))
    return _spf("valid", texts[0], ends, walk, None)


def _spf(state: str, text: str | None, ends: str | None, walk: _Walk, problem: str | None) -> Spf:
    return Spf(
        state=state,
        text=None if text is None else text[:1000],
        ends=ends,
        lookups=walk.lookups,
        voids=walk.voids,
        ptr=walk.ptr,
        macros=walk.macros,
        included=tuple(walk.included),
        problem=problem,
    )


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise _Broken(f"{name[:60]!r} is not a domain")
    return name.lower().removesuffix(".")


def _check_network(kind: str, text: str) -> None:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise _Broken(f"{text[:60]!r} is not an address") from None
    if network.version != (4 if kind == "ip4" else 6):
        raise _Broken(f"{text[:60]!r} is not an {kind} address")
