"""A sweep that is cut short keeps what it proved, and another goes on from there."""

from __future__ import annotations

import asyncio
import dataclasses
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from readiness_audit.model.evidence import Look, Observed, Plain
from readiness_audit.model.host import PortSet
from readiness_audit.model.plain import to_plain
from readiness_audit.model.system import Pace
from readiness_audit.model.target import Host
from readiness_audit.probes.ports.common_ports import common_ports
from readiness_audit.probes.ports.port_facts import PortsFacts
from readiness_audit.probes.ports.ports import PROBE
from readiness_audit.probes.ports.sweeping import INTERRUPTED
from readiness_audit.probes.probe import Seen
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.deadline import Deadline
from readiness_audit.probes.reach.folder import Folder
from readiness_audit.probes.reach.gate import Gate
from readiness_audit.probes.reach.reach import Reach
from readiness_audit.probes.reach.sweep_engine import SLICE
from tests.doors import open_doors
from tests.looking import loopback_only
from tests.silence import SILENT, apart

NOW = datetime.now(UTC)
LOOK = Look(probe="ports", target="shop")
KILLS = 20


def host(address: str, ports: PortSet = PortSet.COMMON) -> Host:
    return Host(kind="host", id="shop", host=address, open_ports=("443/tcp",), ports=ports)


def swept(
    target: Host,
    *,
    begun: Observed | None = None,
    after: float | None = None,
    seconds: float = 30.0,
    pace: Pace = Pace.FAST,
) -> tuple[PortsFacts | None, int]:
    """Look once, interrupted `after` so many seconds; give what was seen, and the connections it took."""

    async def look() -> tuple[PortsFacts | None, int]:
        gate = Gate(loopback_only(NOW), pace, lambda: NOW)
        reach = Reach(
            look=LOOK,
            deadline=Deadline(seconds),
            gate=gate,
            evidence=Folder(Path("/nonexistent")),
            started=NOW,
            begun=begun,
        )
        task: asyncio.Task[Seen[PortsFacts]] = asyncio.ensure_future(PROBE.look(target, reach))
        try:
            if after is not None:
                await asyncio.wait([task], timeout=after)
                task.cancel()
            facts = (await task).facts
        except asyncio.CancelledError:
            facts = None
        finally:
            await gate.close()
        return facts, sum(
            contact.connections for contact in gate.contacts if contact.outcome != "handed to nmap"
        )

    return asyncio.run(look())


def kept(facts: PortsFacts, taken_at: datetime = NOW, **different: Plain) -> Observed:
    """Keep facts as a record does."""
    plain = to_plain(facts)
    assert isinstance(plain, dict)
    return Observed(look=LOOK, taken_at=taken_at, tool="t", facts={**plain, **different})


def judged_by(facts: PortsFacts) -> dict[str, Any]:
    """Give what a check can go by: all but how the facts came about."""
    plain = dataclasses.asdict(facts)
    return {name: plain[name] for name in plain if name not in {"begun_at", "services_note", "services_by"}}


def wait_for_a_silent_host() -> list[Any]:
    told: list[Any] = []
    for after, seconds in ((0.5, 30.0), (None, 0.5)):
        try:
            told.append(swept(host("127.9.0.1"), after=after, seconds=seconds)[0])
        except CannotSee as blind:
            told.append(blind.reason)
    return told


def test_a_host_that_kept_silent_so_far_has_shown_nothing() -> None:
    assert apart(wait_for_a_silent_host, SILENT) == [None, "timed-out"]


def cut_short_among_silent_ports() -> list[Any]:
    with open_doors("127.9.0.5", 443):
        part, _ = swept(host("127.9.0.5"), after=0.7)
        late, _ = swept(host("127.9.0.5"), after=1.6)
    assert part is not None
    assert late is not None
    return [
        [part.finished, part.port_set, part.unfinished, part.tried, part.addresses[0].filtered],
        [(row.number, row.state, row.tries) for row in part.ports],
        [one.filtered for one in part.settled],
        late.addresses[0].filtered,
    ]


def test_silence_is_settled_only_by_its_last_try() -> None:
    walled = "ip daddr 127.9.0.5 tcp dport != { 443, 22 } drop"
    told, rows, filtered, late = apart(cut_short_among_silent_ports, walled)
    assert told == [False, "part", INTERRUPTED, 2, 0]
    assert rows == [[443, "open", 1]]
    assert filtered == [""]
    assert late == 0, "the second try was under way"


def cut_short_and_gone_on_with() -> list[Any]:
    told: list[Any] = []
    # Without nmap, which would take the time and tell nothing here.
    os.environ["PATH"] = "/nonexistent"
    with open_doors("127.0.41.1", 443, 6379, 8080):
        target = host("127.0.41.1")
        whole, all_tries = swept(target)
        assert whole is not None
        for number in range(1, KILLS + 1):
            part, tried = swept(target, after=number * 0.03, pace=Pace.NORMAL)
            begun = None if part is None or part.finished else kept(part)
            rest, more = swept(target, begun=begun)
            assert rest is not None
            settled = 0 if part is None or part.finished else part.tried
            again = 4 if part is not None and part.finished else 0
            told.append(
                {
                    "same": judged_by(rest) == judged_by(whole),
                    "in part": settled,
                    "spared": all_tries - more == settled or begun is None,
                    # One more slice of ports may be under way while the sweep is being ended.
                    "counted": tried + SLICE >= settled + again,
                }
            )
    return told


def test_killed_at_twenty_points_and_gone_on_with_it_sees_what_an_unbroken_sweep_sees() -> None:
    told = apart(cut_short_and_gone_on_with, seconds=90)
    assert len(told) == KILLS
    assert all(one["same"] for one in told), told
    assert all(one["spared"] and one["counted"] for one in told), told
    assert sum(0 < one["in part"] < len(common_ports()) for one in told) >= KILLS // 2, told


def run_out_of_time() -> dict[str, Any]:
    with open_doors("127.0.41.2", 443):
        facts, _ = swept(host("127.0.41.2", PortSet.ALL), seconds=1.0, pace=Pace.NORMAL)
    assert facts is not None
    return dataclasses.asdict(facts)


def test_a_sweep_that_runs_out_of_time_tells_what_it_has() -> None:
    facts = apart(run_out_of_time)
    assert (facts["finished"], facts["port_set"]) == (False, "part")
    assert facts["unfinished"] == "the ports of 127.0.41.2 were not all tried in time"
    assert 100 < facts["tried"] == facts["addresses"][0]["closed"] + facts["addresses"][0]["open"] < 2000


NOT_LEFT_BY_A_SWEEP: tuple[Plain, ...] = (
    [{"address": "127.0.41.4", "open": "", "closed": "443", "filtered": ""}],
    [{"address": "127.0.41.3", "open": "443", "closed": "443", "filtered": ""}],
    [{"address": "127.0.41.3", "open": "", "closed": "443-", "filtered": ""}],
    [{"address": "127.0.41.3", "open": "", "closed": "1-99999", "filtered": ""}],
    [{"address": "127.0.41.3", "open": "", "closed": 443, "filtered": None}],
    [{"address": "nobody", "open": "", "closed": "443", "filtered": ""}],
    [
        {"address": "127.0.41.3", "open": "", "closed": "443", "filtered": ""},
        {"address": "127.0.41.3", "open": "", "closed": "443", "filtered": ""},
    ],
    ["443"],
    "443",
)


def test_what_cannot_be_what_a_sweep_left_is_swept_again() -> None:
    target = host("127.0.41.3", PortSet.DECLARED)
    with open_doors("127.0.41.3", 443):
        whole, _ = swept(target)
        assert whole is not None
        for settled in NOT_LEFT_BY_A_SWEEP:
            facts, _ = swept(target, begun=kept(replace(whole, finished=False), settled=settled))
            assert facts is not None
            assert facts == whole, settled


@pytest.mark.parametrize("earlier", [None, "2027-01-01T00:00:00Z"])
def test_the_oldest_part_says_since_when_it_was_swept(earlier: str | None) -> None:
    settled: Plain = [{"address": "127.0.41.5", "open": "", "closed": "443", "filtered": ""}]
    taken = NOW - timedelta(hours=1)
    target = host("127.0.41.5", PortSet.DECLARED)
    target = replace(target, open_ports=("443/tcp", "444/tcp"))
    whole, _ = swept(target)
    assert whole is not None
    begun = kept(whole, taken, finished=False, settled=settled, begun_at=earlier)
    with open_doors("127.0.41.5", 443):
        facts, _ = swept(target, begun=begun)
    assert facts is not None
    assert facts.begun_at == (earlier or f"{taken:%Y-%m-%dT%H:%M:%SZ}")
    assert [(row.number, row.state) for row in facts.ports] == [(443, "closed"), (444, "closed")]
