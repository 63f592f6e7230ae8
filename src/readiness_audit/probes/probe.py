"""What a probe is: what it looks at, what it sees, and how it looks. Nothing about right or wrong."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from readiness_audit.model.target import Target
from readiness_audit.probes.reach.reach import Reach

T = TypeVar("T")
F = TypeVar("F")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen(Generic[F]):
    """What one look brought home."""

    facts: F
    tool: str = ""
    """What looked, with its version, where that is not this program itself: `nmap 7.93`."""

    excerpts: tuple[tuple[str, bytes], ...] = ()
    """Label and raw bytes of what was read, so that its hash can be kept; no secrets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe(Generic[T, F]):
    """One way of looking. The facts type is the probe's whole contract with the checks."""

    name: str
    looks_at: type[T]
    """The kind of target."""

    sees: type[F]
    """A frozen dataclass of str, int, float, bool, their lists, nested dataclasses, and `| None`."""

    look: Callable[[T, Reach], Awaitable[Seen[F]]]
    """
    Look once, within `reach.deadline`. Raises `CannotSee` where nothing can be seen; whatever
    else it raises is taken as a fault of the probe. A look never judges and never retries
    without saying so in its facts.
    """

    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Narrows the kind: target field -> values it may have, such as {"type": ("risks",)}."""

    network: bool = False
    """Whether it touches the network, and therefore needs an authorisation."""

    tries_passwords: bool = False
    """Whether it logs in: only in a run that is asked for it, at targets the authorisation names for it."""

    seconds: float = 8.0
    """The budget of one look, for everything it does; with it a run among tarpits is over in ten seconds."""

    def can_see(self, target: Target) -> bool:
        """Say whether this target is of the kind this probe looks at."""
        return isinstance(target, self.looks_at) and all(
            getattr(target, name) in values for name, values in self.only.items()
        )


AnyProbe = Probe[Any, Any]
