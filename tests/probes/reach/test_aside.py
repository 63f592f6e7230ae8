"""What blocks is left behind: neither its look nor the end of the program waits for it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from pathlib import Path

import pytest

from readiness_audit.probes.reach.aside import Aside, in_thread
from readiness_audit.probes.reach.deadline import Deadline
from readiness_audit.probes.reach.process import run

BLOCKED = """
import asyncio, time
from readiness_audit.probes.reach.aside import Aside, in_thread

async def stuck():
    time.sleep(60)

async def main():
    aside = Aside()
    for waiting in (in_thread(lambda: time.sleep(60)), aside.run(stuck)):
        try:
            await asyncio.wait_for(waiting, 0.2)
        except TimeoutError:
            print("left")
    await aside.end(0.1)

asyncio.run(main())
"""


def test_the_program_ends_while_something_is_stuck() -> None:
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", BLOCKED], capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout.split() == ["left", "left"]
    assert time.monotonic() - begun < 10


def test_what_comes_of_it_is_handed_over() -> None:
    assert asyncio.run(in_thread(lambda: 7)) == 7
    with pytest.raises(ZeroDivisionError):
        asyncio.run(in_thread(lambda: 1 // 0))


def test_being_cancelled_ends_the_program_that_was_started(tmp_path: Path) -> None:
    told = tmp_path / "pid"

    async def start() -> None:
        await run(["sh", "-c", f"echo $$ > {told}.new; mv {told}.new {told}; sleep 60"], Deadline(60))

    async def main() -> None:
        aside = Aside()
        waiting = asyncio.create_task(aside.run(start))
        while not told.exists():  # noqa: ASYNC110 - a file has no event
            await asyncio.sleep(0.01)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await aside.end(5)

    asyncio.run(asyncio.wait_for(main(), 20))
    assert not Path(f"/proc/{told.read_text().strip()}").exists()
