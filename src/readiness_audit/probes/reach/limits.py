"""How hard one host may be worked, by the pace its owner chose."""

from __future__ import annotations

from dataclasses import dataclass

from readiness_audit.model.system import Pace


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How hard one host may be worked."""

    at_once: int
    """Connections open at the same time."""

    per_second: float
    """New connections, averaged over a second."""

    sweep_at_once: int
    """Port probes in flight."""


LIMITS = {
    Pace.GENTLE: Limits(at_once=4, per_second=50, sweep_at_once=50),
    Pace.NORMAL: Limits(at_once=10, per_second=1000, sweep_at_once=500),
    Pace.FAST: Limits(at_once=40, per_second=100_000, sweep_at_once=4000),
}
