"""Try many TCP ports of many hosts at the same time, in one loop for the whole run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from readiness_audit.model.grammar import Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What became of each port that was tried on one address."""

    open: tuple[int, ...]
    closed: tuple[int, ...]
    filtered: tuple[int, ...]
    """No answer within patience, all tries; or an ICMP error in place of one."""

    tries: int


class Sweeper:
    """Runs every sweep of a run in one thread and one event loop."""

    async def sweep(
        self,
        address: Address,
        ports: Sequence[int],
        *,
        patience: float,
        retries: int,
        at_once: int,
        per_second: float,
    ) -> Found:
        """Try every port of `ports` on `address`."""
        raise NotImplementedError

    def close(self) -> None:
        """Stop the thread."""


def ranges(ports: Iterable[int]) -> str:
    """Write ports as sorted ranges: `22,80,8000-8100`."""
    told: list[list[int]] = []
    for port in sorted(set(ports)):
        if told and told[-1][1] == port - 1:
            told[-1][1] = port
        else:
            told.append([port, port])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in told)
