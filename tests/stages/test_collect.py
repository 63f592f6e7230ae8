"""Collecting: every look comes home as something, whatever its probe does, and none waits for the worst."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from readiness_audit.audit import Senses
from readiness_audit.model.evidence import Evidence, Look, Missing, Observed, Reason
from readiness_audit.probes.probe import Seen
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.deadline import Deadline
from readiness_audit.probes.reach.process import run
from readiness_audit.probes.reach.reach import Reach
from readiness_audit.stages.collect import Collected, collect
from tests.senses import DoorFacts, closed_door, senses
from tests.systems import HOUSE

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
LOOKS = (
    Look(probe="door", target="front"),
    Look(probe="paper", target="deed"),
    Look(probe="door", target="back"),
)
Looking = Callable[[object, Reach], Awaitable[Seen[DoorFacts]]]


def collected(known: Senses, looks: tuple[Look, ...] = LOOKS, seconds: float | None = None) -> Collected:
    return asyncio.run(
        collect(looks, HOUSE, known.probes, Path("/nonexistent"), lambda: NOW, seconds=seconds)
    )


async def refuses(_target: object, _reach: Reach) -> Seen[DoorFacts]:
    raise CannotSee(Reason.REFUSED, "go\naway")


async def raises(_target: object, _reach: Reach) -> Seen[DoorFacts]:
    raise ZeroDivisionError("bug")


async def recurses(target: object, reach: Reach) -> Seen[DoorFacts]:
    return await recurses(target, reach)


async def hangs(_target: object, _reach: Reach) -> Seen[DoorFacts]:
    await asyncio.sleep(60)
    raise AssertionError("never")


async def gives_nothing(_target: object, _reach: Reach) -> Seen[DoorFacts]:
    return None  # type: ignore[return-value] # what a broken probe would do


async def gives_others(_target: object, _reach: Reach) -> Seen[DoorFacts]:
    return Seen(facts="text")  # type: ignore[arg-type] # what a broken probe would do


async def gives_odd(_target: object, _reach: Reach) -> Seen[DoorFacts]:
    return Seen(facts=DoorFacts(count=object(), closed=True))  # type: ignore[arg-type] # the same


async def blocks(_target: object, _reach: Reach) -> Seen[DoorFacts]:
    time.sleep(2)  # noqa: ASYNC251 - the point of the test
    return Seen(facts=DoorFacts(count=1, closed=True))


def test_what_was_seen_comes_home_in_the_order_of_the_looks() -> None:
    home = collected(senses())
    assert [evidence.look for evidence in home.evidence] == list(LOOKS)
    assert home.complete
    first = home.evidence[0]
    assert isinstance(first, Observed)
    assert first.facts == {"count": 1, "closed": True, "width": 0.0}
    (excerpt,) = first.excerpts
    assert home.excerpts[excerpt.sha256] == b"oak"


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (refuses, Reason.REFUSED),
        (raises, Reason.BROKEN_PROBE),
        (recurses, Reason.BROKEN_PROBE),
        (hangs, Reason.TIMED_OUT),
        (gives_nothing, Reason.BROKEN_PROBE),
        (gives_others, Reason.BROKEN_PROBE),
        (gives_odd, Reason.BROKEN_PROBE),
    ],
)
@pytest.mark.parametrize("inside", [False, True])
def test_whatever_a_probe_does_its_look_is_missing_and_the_others_are_not(
    bad: Looking, reason: Reason, *, inside: bool
) -> None:
    known = senses(closed_door, bad, seconds=0.5) if inside else senses(bad, closed_door, seconds=0.5)
    home = collected(known)
    by_probe: dict[str, list[Evidence]] = {"door": [], "paper": []}
    for evidence in home.evidence:
        by_probe[evidence.look.probe].append(evidence)
    bad_ones, good_ones = by_probe["paper"], by_probe["door"]
    if not inside:
        bad_ones, good_ones = good_ones, bad_ones
    assert all(isinstance(evidence, Missing) and evidence.reason is reason for evidence in bad_ones)
    assert all(isinstance(evidence, Observed) for evidence in good_ones)
    for evidence in bad_ones:
        assert isinstance(evidence, Missing)
        assert "\n" not in evidence.detail
        assert "Traceback" not in evidence.detail


def test_a_file_look_that_blocks_does_not_hold_up_the_network_looks() -> None:
    done: dict[str, float] = {}
    begun = time.monotonic()

    def watch(evidence: Evidence) -> None:
        done[evidence.look.id] = time.monotonic() - begun

    known = senses(closed_door, blocks)
    asyncio.run(collect(LOOKS, HOUSE, known.probes, Path("/x"), lambda: NOW, watch=watch))
    assert done["door:back"] < 1 < done["paper:deed"]


def test_the_whole_run_has_its_own_end() -> None:
    begun = time.monotonic()
    home = collected(senses(hangs, closed_door, seconds=30), seconds=0.5)
    assert time.monotonic() - begun < 5
    assert not home.complete
    reasons = [evidence.reason for evidence in home.evidence if isinstance(evidence, Missing)]
    assert reasons == [Reason.INTERRUPTED, Reason.INTERRUPTED]
    assert isinstance(home.evidence[1], Observed)


def test_the_end_of_the_run_ends_the_programs_of_its_looks(tmp_path: Path) -> None:
    told = tmp_path / "pid"

    async def runs(_target: object, _reach: Reach) -> Seen[DoorFacts]:
        await run(["sh", "-c", f"echo $$ > {told}; sleep 60"], Deadline(60))
        raise AssertionError("never")

    begun = time.monotonic()
    home = collected(senses(closed_door, runs, seconds=30), seconds=1.0)
    assert time.monotonic() - begun < 5
    assert not home.complete
    assert not Path(f"/proc/{told.read_text().strip()}").exists()


def test_an_interruption_keeps_what_is_known() -> None:
    async def interrupted() -> Collected:
        known = senses(hangs, closed_door, seconds=30)
        run = asyncio.create_task(collect(LOOKS, HOUSE, known.probes, Path("/x"), lambda: NOW))
        await asyncio.sleep(0.5)
        run.cancel()
        return await run

    home = asyncio.run(interrupted())
    assert not home.complete
    assert isinstance(home.evidence[1], Observed)
    assert isinstance(home.evidence[0], Missing)


def test_a_look_spends_its_budget_on_the_other_side_and_not_on_our_many_others() -> None:
    async def talkative(_target: object, _reach: Reach) -> Seen[DoorFacts]:
        for _ in range(5):
            until = time.monotonic() + 0.001
            while time.monotonic() < until:
                pass
            await asyncio.sleep(0)
        return Seen(facts=DoorFacts(count=1, closed=True))

    known = senses(talkative, seconds=0.6)
    only = LOOKS[0]
    targets = tuple(replace(HOUSE.targets[0], id=f"front-{number}") for number in range(250))
    looks = tuple(replace(only, target=target.id) for target in targets)
    house = replace(HOUSE, targets=targets)
    home = asyncio.run(collect(looks, house, known.probes, Path("/nonexistent"), lambda: NOW))
    assert [evidence for evidence in home.evidence if isinstance(evidence, Missing)] == []
