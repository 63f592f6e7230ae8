"""What a view is: a pure join of several looks' facts into facts of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeAlias, TypeVar

from readiness_audit.model.evidence import Plain, Reason

F = TypeVar("F")

Inputs: TypeAlias = Mapping[str, Mapping[str, Plain]]
"""Recorded facts by role."""


class Takes(StrEnum):
    """Which looks of a need's probe are taken."""

    ONE = "one"
    """The system declares exactly one target for it."""

    IF_ANY = "if-any"
    """The same, but the join can do without: its role is left out where nothing is declared or seen."""

    SAME = "same"
    """The one at the target of the first need."""

    EVERY = "every"
    """All of them, by the target's id, with None where nothing was seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One input of a view."""

    role: str
    """What the join calls it."""

    probe: str
    """The probe whose facts it is."""

    takes: Takes = Takes.ONE


class CannotJoin(Exception):  # noqa: N818 - reads as what happened: the view cannot join what it was given
    """What was seen is too little to join, with the reason and one line for the report."""

    def __init__(self, reason: Reason, detail: str) -> None:
        """Say why in words a reader of the report understands."""
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True, kw_only=True)
class View(Generic[F]):
    """
    A join of several looks.

    Every target of the first need's probe gets a verdict of its own; what the other needs take,
    they say. Where a target is lacking, or a look that is needed is missing, the checks of this
    view are not assessed, and `join` is not asked.
    """

    name: str
    sees: type[F]
    """The facts type; the same rules as for probes."""

    needs: tuple[Need, ...]
    instead: tuple[Need, ...] = ()
    """What it needs of another kind of target, where it joins looks at either; its roles tell which."""

    join: Callable[[Inputs], F]
    """Pure: recorded facts in, facts out, whatever the time, order or machine. Raises `CannotJoin`."""

    def ways(self) -> tuple[tuple[Need, ...], ...]:
        """Give the needs of each kind of target it is about."""
        return tuple(needs for needs in (self.needs, self.instead) if needs)

    def needs_from(self, probe: str) -> tuple[Need, ...]:
        """Give the needs that begin with a look of `probe`."""
        return next(needs for needs in self.ways() if needs[0].probe == probe)


AnyView = View[Any]
