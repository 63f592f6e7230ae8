"""Sweep with a sweeper of one's own, in one call."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from readiness_audit.probes.reach.sweep import Found, Sweeper, Tally

T = TypeVar("T")


def with_sweeper(use: Callable[[Sweeper], Awaitable[T]]) -> T:
    async def go() -> T:
        sweeper = Sweeper()
        try:
            return await use(sweeper)
        finally:
            sweeper.close()

    return asyncio.run(go())


def sweep_of(
    sweeper: Sweeper,
    host: str,
    ports: Sequence[int],
    *,
    patience: float = 1.0,
    retries: int = 0,
    at_once: int = 4000,
    per_second: float = 100_000,
    tally: Tally | None = None,
) -> Awaitable[Found]:
    return sweeper.sweep(
        ipaddress.ip_address(host),
        ports,
        patience=patience,
        retries=retries,
        at_once=at_once,
        per_second=per_second,
        tally=tally,
    )


def swept(
    host: str, ports: Sequence[int], *, patience: float = 1.0, retries: int = 0, per_second: float = 100_000
) -> Found:
    return with_sweeper(
        lambda sweeper: sweep_of(
            sweeper, host, ports, patience=patience, retries=retries, per_second=per_second
        )
    )
