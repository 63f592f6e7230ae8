"""What a report for people shows of a release: whether it is in force, and who signed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Mark: TypeAlias = Literal["pass", "partial", "fail", "incomplete", "open", "aside", "none"]
"""Which sign stands beside a status; the status is always written out as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A sign-off, or the room for one: then everything but the role is empty."""

    role: str
    person: str
    decision: str
    date: str
    remark: str
    """Why it does not count, the comment, and the key; empty where there is none of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """Whether the release is in force."""

    state: str
    """`in-force`, `not-yet-in-force`, `lapsed`, `refused`; `unknown` where no sign-offs were handed over."""

    mark: Mark
    line: str
    """All of it in one line; empty where it is not known, or is the rule result and nothing else."""

    over: str
    """What stands above the answer instead of the rule result: a release that has lapsed, or that somebody
    refused, is no green page. Empty where the rule result is what counts."""

    beside: str
    """What stands right beside the rule result: that it is not in force yet, or that persons decided
    otherwise. Empty where the rule result is all there is."""

    reasons: tuple[str, ...]
    """Why it is over."""

    notes: tuple[str, ...]
    rows: tuple[Signed, ...]
    """Everybody who has to sign, then sign-offs that do not count."""
