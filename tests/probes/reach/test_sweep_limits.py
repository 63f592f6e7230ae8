from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from readiness_audit.model.evidence import Reason
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.sweep import Found, Sweeper, Tally
from tests.doors import open_door
from tests.probes.reach.sweeping import sweep_of, swept, with_sweeper
from tests.silence import SILENT, apart


def lower_the_limit_of_handles(limit: int) -> None:
    # For good: only for scenes, which have their process to themselves.
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))


def sockets_in_use() -> int:
    found = 0
    for handle in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            found += str(handle.readlink()).startswith("socket:")
    return found


def cancel_a_sweep_that_waits() -> list[Any]:
    async def go() -> list[int]:
        sweeper = Sweeper()
        try:
            tally = Tally()
            task = asyncio.ensure_future(
                sweep_of(sweeper, "127.9.0.1", range(1, 1001), patience=30, tally=tally)
            )
            await asyncio.sleep(0.3)
            during = sockets_in_use()
            task.cancel()
            await asyncio.wait([task])
            await asyncio.sleep(0.2)
            return [during, sockets_in_use(), tally.tries]
        finally:
            sweeper.close()

    return asyncio.run(go())


def test_a_sweep_that_is_cancelled_hangs_up_at_once() -> None:
    during, after, tries = apart(cancel_a_sweep_that_waits, SILENT)
    assert during >= 1000
    assert after <= 3
    assert tries == 1000


def sweep_with_few_handles() -> list[Any]:
    most = 0

    async def watch() -> None:
        nonlocal most
        while True:
            most = max(most, len(os.listdir("/proc/self/fd")))  # noqa: PTH208 - counted, not opened
            await asyncio.sleep(0.01)

    async def go() -> tuple[Found, Found]:
        sweeper = Sweeper()
        watching = asyncio.create_task(watch())
        try:
            looks = (
                sweep_of(sweeper, "127.9.0.1", range(1, 201), patience=0.1),
                sweep_of(sweeper, "127.0.0.1", range(1, 201), patience=0.1),
            )
            silent, live = await asyncio.gather(*looks)
            return silent, live
        finally:
            watching.cancel()
            sweeper.close()

    lower_the_limit_of_handles(60)
    with open_door("127.0.0.1", 80):
        silent, live = asyncio.run(go())
    return [len(silent.filtered), list(live.open), len(live.closed), most <= 60]


def test_a_sweep_gets_along_with_few_file_handles() -> None:
    assert apart(sweep_with_few_handles, SILENT) == [200, [80], 199, True]


def sweep_without_a_handle() -> list[str]:
    async def starve(sweeper: Sweeper) -> Found:
        await sweep_of(sweeper, "127.0.0.1", [1])
        lower_the_limit_of_handles(60)
        with contextlib.ExitStack() as hoard:
            with contextlib.suppress(OSError):
                while True:
                    hoard.enter_context(socket.socket())
            return await sweep_of(sweeper, "127.0.0.1", [1, 2, 3])

    return why_nothing_was_seen(lambda: with_sweeper(starve))


def why_nothing_was_seen(look: Callable[[], object]) -> list[str]:
    try:
        look()
    except CannotSee as blind:
        return [blind.reason, blind.detail]
    return []


def test_when_this_machine_has_no_handle_left_nothing_is_claimed() -> None:
    reason, detail = apart(sweep_without_a_handle)
    assert reason == "tool-failed"
    assert detail == "this machine cannot open connections to 127.0.0.1: Too many open files"


def sweep_what_this_machine_has_no_address_for() -> list[str]:
    return why_nothing_was_seen(lambda: swept("::1", [80]))


def test_an_error_of_this_machine_is_not_taken_for_a_filter() -> None:
    off = "echo 1 > /proc/sys/net/ipv6/conf/lo/disable_ipv6; ip -6 route add ::1 dev lo || :"
    reason, detail = apart(sweep_what_this_machine_has_no_address_for, prepare=off)
    assert reason == "tool-failed"
    assert "this machine cannot open connections to ::1" in detail


def test_one_host_is_not_asked_faster_than_its_rate() -> None:
    began = time.monotonic()
    found = swept("127.0.30.3", range(1, 101), per_second=200)
    assert 0.45 <= time.monotonic() - began < 1.0
    assert len(found.closed) == 100


def test_two_sweeps_of_one_host_share_its_rate() -> None:
    async def both(sweeper: Sweeper) -> None:
        looks = (
            sweep_of(sweeper, "127.0.30.4", ports, per_second=200) for ports in (range(1, 51), range(51, 101))
        )
        await asyncio.gather(*looks)

    began = time.monotonic()
    with_sweeper(both)
    assert 0.45 <= time.monotonic() - began < 1.0


def count_what_is_under_way() -> list[int]:
    async def go() -> list[int]:
        sweeper = Sweeper()
        try:
            tally = Tally()
            task = asyncio.ensure_future(
                sweep_of(sweeper, "127.9.0.1", range(1, 101), patience=30, at_once=20, tally=tally)
            )
            await asyncio.sleep(0.4)
            under_way = [tally.tries, asked_and_not_answered()]
            task.cancel()
            await asyncio.wait([task])
            return under_way
        finally:
            sweeper.close()

    return asyncio.run(go())


def asked_and_not_answered() -> int:
    rows = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
    return sum(row.split()[3] == "02" for row in rows)


def test_no_more_is_under_way_to_one_host_than_is_allowed() -> None:
    assert apart(count_what_is_under_way, SILENT) == [20, 20]


def test_a_host_that_is_handled_gently_holds_up_no_other() -> None:
    async def race(sweeper: Sweeper) -> list[str]:
        ends: list[str] = []

        async def one(name: str, host: str, per_second: float) -> None:
            await sweep_of(sweeper, host, range(1, 101), per_second=per_second)
            ends.append(name)

        await asyncio.gather(one("gentle", "127.0.30.5", 200), one("quick", "127.0.30.6", 100_000))
        return ends

    assert with_sweeper(race) == ["quick", "gentle"]


def close_while_a_sweep_waits() -> list[str]:
    async def go() -> str:
        sweeper = Sweeper()
        task = asyncio.ensure_future(sweep_of(sweeper, "127.9.0.1", range(1, 101), patience=30))
        await asyncio.sleep(0.2)
        await asyncio.to_thread(sweeper.close)
        try:
            await task
        except CannotSee as blind:
            return blind.reason
        return "finished"

    return [asyncio.run(go()), *(thread.name for thread in threading.enumerate() if thread.name == "sweep")]


def test_closing_ends_a_sweep_that_waits_and_its_thread() -> None:
    assert apart(close_while_a_sweep_waits, SILENT) == ["interrupted"]


def test_nothing_is_sent_after_closing() -> None:
    async def go() -> Found:
        sweeper = Sweeper()
        await sweep_of(sweeper, "127.0.0.1", [1])
        sweeper.close()
        sweeper.close()
        return await sweep_of(sweeper, "127.0.0.1", [1])

    with pytest.raises(CannotSee) as blind:
        asyncio.run(go())
    assert blind.value.reason is Reason.INTERRUPTED
