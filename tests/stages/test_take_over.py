"""Going on where a run was interrupted: what it finished, and lately, is not done again; all else is."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from readiness_audit.errors import PlanError
from readiness_audit.model.evidence import Contact, Evidence, Look, Missing, Observed, Plain, Reason
from readiness_audit.model.record import Record
from readiness_audit.model.system import System
from readiness_audit.model.target import Host
from readiness_audit.model.vantage import Vantage, VantagePoint
from readiness_audit.probes.probe import Seen
from readiness_audit.probes.reach.reach import Reach
from readiness_audit.stages.collect import Before, collect
from readiness_audit.stages.take_over import STILL_GOOD, TakenOver, take_over
from tests.records import a_record
from tests.senses import DoorFacts, senses
from tests.systems import HOUSE

AT = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
FRONT, BACK = Look(probe="door", target="front"), Look(probe="door", target="back")


def seen(look: Look = FRONT, taken_at: datetime = AT, **facts: Plain) -> Observed:
    return Observed(look=look, taken_at=taken_at, tool="t", facts={"count": 1, "closed": True, **facts})


def record(*evidence: Evidence, system: System = HOUSE) -> Record:
    touched = Contact(
        look=FRONT.id, at=AT, host="h", address="a", ports="1", protocol="tcp", connections=1, outcome="swept"
    )
    contacts = (touched, replace(touched, look=BACK.id))
    origin = replace(a_record().origin, complete=False)
    return replace(a_record(), origin=origin, system=system, evidence=evidence, contacts=contacts)


def taken(*evidence: Evidence, system: System = HOUSE) -> TakenOver:
    return take_over([FRONT, BACK], HOUSE, record(*evidence, system=system), AT)


def test_of_an_empty_record_nothing_is_taken_over() -> None:
    assert taken() == TakenOver(done={}, begun={}, contacts=())


def test_what_showed_nothing_is_done_again() -> None:
    missing = Missing(look=FRONT, taken_at=AT, reason=Reason.INTERRUPTED, detail="ended")
    assert taken(missing).done == {}


def test_what_was_finished_is_taken_over_with_its_time_and_its_contacts() -> None:
    evidence = seen(taken_at=AT - timedelta(hours=2))
    told = taken(evidence)
    assert told.done == {FRONT: evidence}
    assert [contact.look for contact in told.contacts] == [FRONT.id]


@pytest.mark.parametrize(
    "evidence",
    [
        seen(taken_at=AT - STILL_GOOD - timedelta(seconds=1)),
        seen(taken_at=AT, begun_at="2027-02-28T12:00:00Z"),
        seen(taken_at=AT + timedelta(minutes=6)),
        seen(Look(probe="door", target="side")),
        seen(Look(probe="window", target="front")),
    ],
    ids=["too old", "begun too long ago", "from the future", "another target", "another probe"],
)
def test_what_is_too_old_or_not_asked_for_is_done_again(evidence: Evidence) -> None:
    assert taken(evidence) == TakenOver(done={}, begun={}, contacts=())


def test_a_target_that_is_declared_otherwise_is_looked_at_again() -> None:
    moved = replace(HOUSE, targets=(Host(kind="host", id="front", host="127.0.0.9"), *HOUSE.targets[1:]))
    assert list(taken(seen(), seen(BACK), system=moved).done) == [BACK]


def test_what_was_cut_short_is_handed_on_and_not_taken_for_done() -> None:
    part = seen(finished=False)
    told = taken(part, seen(BACK, finished=True))
    assert (list(told.done), told.begun) == ([BACK], {FRONT: part})


OUTSIDE = VantagePoint(name="outside", network=Vantage.INTERNET)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (record(seen(), system=replace(HOUSE, system="barn")), "about another system, barn"),
        (
            record(seen(), system=replace(HOUSE, vantage_points=(OUTSIDE,), vantage="outside")),
            r"looked from outside \(internet\)",
        ),
        (
            replace(record(seen()), origin=replace(a_record().origin, judged_from="20270101T000000Z-000000")),
            "judges 20270101T000000Z-000000 again",
        ),
        (replace(record(seen()), origin=a_record().origin), "was finished"),
    ],
)
def test_a_record_that_cannot_be_gone_on_with_is_refused(other: Record, said: str) -> None:
    with pytest.raises(PlanError, match=said):
        take_over([FRONT], HOUSE, other, AT)


def test_only_what_is_not_done_is_looked_at_and_what_was_begun_is_handed_to_its_probe() -> None:
    handed: list[tuple[str, Observed | None]] = []

    def door(target: Host, reach: Reach) -> Awaitable[Seen[DoorFacts]]:
        handed.append((target.id, reach.begun))
        return still(DoorFacts(count=2, closed=False))

    async def still(facts: DoorFacts) -> Seen[DoorFacts]:
        await asyncio.sleep(0)
        return Seen(facts=facts)

    part, whole = seen(BACK), seen()
    before = Before(done={FRONT: whole}, begun={BACK: part})
    found = asyncio.run(
        collect([FRONT, BACK], HOUSE, senses(door).probes, Path("/nonexistent"), lambda: AT, before=before)
    )
    assert handed == [("back", part)]
    assert found.evidence[0] is whole
    assert found.complete
