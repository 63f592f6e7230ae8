from __future__ import annotations

import asyncio

import pytest

from readiness_audit.probes.reach.deadline import Deadline


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_budget_of_nothing_is_over_at_once() -> None:
    assert Deadline(0).left() == 0


def test_a_budget_runs_down_and_never_below_zero() -> None:
    clock = Clock()
    deadline = Deadline(10, clock)
    assert deadline.left() == 10
    clock.now += 4
    assert deadline.left() == 6
    clock.now += 60
    assert deadline.left() == 0


def test_a_part_is_never_more_than_the_whole_has_left() -> None:
    clock = Clock()
    whole = Deadline(10, clock)
    clock.now += 7
    assert whole.part(5).left() == 3
    assert whole.part(2).left() == 2


def test_a_part_runs_down_with_the_whole() -> None:
    clock = Clock()
    whole = Deadline(10, clock)
    part = whole.part(5)
    clock.now += 5
    assert (part.left(), whole.left()) == (0, 5)


def test_work_that_overruns_is_stopped() -> None:
    async def overrun() -> None:
        async with Deadline(0.05).timeout():
            await asyncio.sleep(30)

    with pytest.raises(TimeoutError):
        asyncio.run(overrun())


def test_many_steps_share_one_budget() -> None:
    async def steps() -> int:
        deadline = Deadline(0.2)
        done = 0
        try:
            for _ in range(100):
                async with deadline.timeout():
                    await asyncio.sleep(0.05)
                done += 1
        except TimeoutError:
            return done
        return done

    assert 1 <= asyncio.run(steps()) <= 4


def test_work_after_the_end_is_not_begun() -> None:
    begun: list[str] = []

    async def late() -> None:
        async with Deadline(0).timeout():
            await asyncio.sleep(0)
            begun.append("begun")

    with pytest.raises(TimeoutError):
        asyncio.run(late())
    assert not begun


def test_the_wall_clock_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    deadline = Deadline(10)
    monkeypatch.setattr("time.time", lambda: 4_000_000_000.0)
    assert 9 < deadline.left() <= 10
