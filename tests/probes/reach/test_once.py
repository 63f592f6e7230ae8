"""What several looks need is done once, and nobody's leaving spoils it for the others."""

from __future__ import annotations

import asyncio

import pytest

from readiness_audit.model.evidence import Reason
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.once import Once


def test_it_is_done_once_for_all_who_ask() -> None:
    done: list[int] = []

    async def make() -> int:
        done.append(1)
        await asyncio.sleep(0.01)
        return len(done)

    async def ask() -> list[int]:
        once = Once()
        return await asyncio.gather(*(once.get("a", make) for _ in range(3)), once.get("b", make))

    assert asyncio.run(ask()) == [2, 2, 2, 2]
    assert len(done) == 2


def test_everybody_hears_why_it_failed() -> None:
    async def make() -> int:
        await asyncio.sleep(0)
        raise CannotSee(Reason.DENIED, "no")

    async def ask() -> None:
        once = Once()
        for _ in range(2):
            with pytest.raises(CannotSee, match="no"):
                await once.get("a", make)

    asyncio.run(ask())


def test_one_who_leaves_early_does_not_end_it_for_the_others() -> None:
    async def make() -> str:
        await asyncio.sleep(0.05)
        return "done"

    async def ask() -> str:
        once = Once()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await once.get("a", make)
        return await once.get("a", make)

    assert asyncio.run(ask()) == "done"


def test_closing_ends_what_is_under_way() -> None:
    ended: list[str] = []

    async def make() -> None:
        try:
            await asyncio.sleep(10)
        finally:
            ended.append("ended")

    async def ask() -> None:
        once = Once()
        waiting = asyncio.create_task(once.get("a", make))
        await asyncio.sleep(0.01)
        await once.close()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    asyncio.run(ask())
    assert ended == ["ended"]
