"""Read Strict-Transport-Security the way clients must (RFC 6797)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_WORD = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_QUOTED = r'"((?:[^"\\\x00-\x08\x0a-\x1f\x7f]|\\[\x00-\x7f])*)"'
_DIRECTIVE = re.compile(
    rf"[ \t]*(?:({_WORD})[ \t]*(?:=[ \t]*(?:({_WORD})|{_QUOTED}))?)?[ \t]*", re.ASCII | re.DOTALL
)
_DIGITS = re.compile("[0-9]{1,100}", re.ASCII)
_MOST_DIRECTIVES = 50
LONGEST_AGE = 2**53 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Hsts:
    """The Strict-Transport-Security header; where there are several, the first one, which alone counts."""

    valid: bool
    """Whether clients take it to heart: sent over HTTPS, and written as RFC 6797 demands."""

    max_age: int | None
    """How many seconds it is to be remembered; None where it does not say."""

    include_subdomains: bool
    """Whether it holds for all names below, too."""

    preload: bool
    """Whether it asks to be built into browsers."""

    count: int
    """How many such headers were sent."""

    problem: str | None
    """Why clients ignore it, in one line."""


def read_hsts(values: Sequence[str], *, over_https: bool) -> Hsts | None:
    """Read the values of all such headers of one answer, in order; None where there is none."""
    if not values:
        return None
    problem: str | None = None
    seen: dict[str, str | None] = {}
    for name, value in _directives(values[0]):
        if name is None:
            problem = problem or "it is not written as a list of directives"
        elif name in seen:
            problem = problem or f"the directive {name} is there twice"
        else:
            seen[name] = value
    age = seen.get("max-age")
    if "max-age" not in seen:
        problem = problem or "max-age is missing"
    elif age is None or not _DIGITS.fullmatch(age):
        problem, age = problem or "max-age is not a number of seconds", None
    if seen.get("includesubdomains") is not None:
        problem = problem or "includeSubDomains may not have a value"
    if not over_https:
        problem = problem or "it came over plain HTTP, where clients ignore it"
    return Hsts(
        valid=problem is None,
        max_age=None if age is None else min(int(age), LONGEST_AGE),
        include_subdomains="includesubdomains" in seen,
        preload="preload" in seen,
        count=len(values),
        problem=problem,
    )


def _directives(text: str) -> Iterator[tuple[str | None, str | None]]:
    # A semicolon may stand inside a quoted value, so the text cannot simply be split.
    at = 0
    for _ in range(_MOST_DIRECTIVES):
        match = _DIRECTIVE.match(text, at)
        if match is None or (match.end() < len(text) and text[match.end()] != ";"):
            break
        if match[1] is not None:
            quoted = None if match[3] is None else re.sub(r"\\(.)", r"\1", match[3], flags=re.DOTALL)
            yield match[1].lower(), match[2] if quoted is None else quoted
        at = match.end() + 1
        if at > len(text):
            return
    yield None, None
