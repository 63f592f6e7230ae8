from __future__ import annotations

import asyncio
import ipaddress
import socket
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias, TypeVar

import pytest

from readiness_audit.model.evidence import Contact, Look, Reason
from readiness_audit.model.grammar import Address
from readiness_audit.model.system import Authorisation, Pace
from readiness_audit.probes.reach import gate
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.deadline import Deadline
from readiness_audit.probes.reach.gate import Gate
from readiness_audit.probes.reach.resolving import resolve
from tests.doors import attended_door, open_door
from tests.silence import SILENT, apart

T = TypeVar("T")
Use: TypeAlias = Callable[[Gate], Awaitable[Any]]
Way: TypeAlias = Callable[[str, int], Use]
LOOK = Look(probe="ports", target="shop")
NOON = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)


def granted(*targets: str) -> Authorisation:
    return Authorisation(
        targets=targets,
        valid_from=NOON - timedelta(hours=1),
        valid_until=NOON + timedelta(hours=1),
        approved_by="Test, nobody's manager",
        contact="nobody",
    )


def through_gate(
    use: Callable[[Gate], Awaitable[T]],
    *targets: str,
    now: datetime = NOON,
    pace: Pace = Pace.FAST,
    authorisation: Authorisation | None = None,
) -> tuple[T | CannotSee, tuple[Contact, ...]]:
    async def go() -> tuple[T | CannotSee, tuple[Contact, ...]]:
        out = Gate(authorisation or (granted(*targets) if targets else None), pace, lambda: now)
        try:
            return await use(out), out.contacts
        except CannotSee as blind:
            return blind, out.contacts
        finally:
            await out.close()

    return asyncio.run(go())


class Resolver:
    """Knows some names in place of the system's resolver, and counts how often it was asked for them."""

    def __init__(self, answers: dict[str, list[str]], seconds: float) -> None:
        self.answers = answers
        self.seconds = seconds
        self.times = 0
        self._real = resolve

    async def __call__(self, host: str) -> tuple[Address, ...]:
        if host not in self.answers:
            return await self._real(host)
        self.times += 1
        await asyncio.sleep(self.seconds)
        return tuple(ipaddress.ip_address(address) for address in self.answers[host])


def known_as(monkeypatch: pytest.MonkeyPatch, answers: dict[str, list[str]], seconds: float = 0) -> Resolver:
    resolver = Resolver(answers, seconds)
    monkeypatch.setattr(gate, "_resolve", resolver)
    return resolver


class Trap:
    """A server that nobody may touch; it remembers who did."""

    def __init__(self) -> None:
        self.visits: list[float] = []
        self.port = 0

    def __call__(self, visitor: socket.socket) -> None:
        self.visits.append(time.monotonic())
        visitor.settimeout(1)
        with suppress(OSError):
            visitor.recv(10)


@pytest.fixture
def trap() -> Iterator[Trap]:
    one = Trap()
    with attended_door(one) as port:
        one.port = port
        yield one


def connecting(host: str, port: int) -> Use:
    async def use(out: Gate) -> str:
        async with await out.connect(LOOK, host, port, Deadline(5)) as stream:
            return str(stream.address)

    return use


def sweeping(host: str, port: int) -> Use:
    return lambda out: out.sweep(LOOK, host, [port], Deadline(5))


def admitting(host: str, port: int, only: Address | None = None) -> Use:
    return lambda out: out.admit(LOOK, host, [port], Deadline(5), program="nmap", only=only)


WAYS_OUT = pytest.mark.parametrize("way", [connecting, sweeping, admitting])


def refused(answer: object) -> CannotSee:
    assert isinstance(answer, CannotSee), answer
    assert answer.reason in {Reason.OUT_OF_SCOPE, Reason.OUTSIDE_WINDOW}
    return answer


@WAYS_OUT
def test_without_an_authorisation_nothing_is_sent(way: Way, trap: Trap) -> None:
    answer, contacts = through_gate(way("127.0.0.1", trap.port))
    assert "no authorisation" in refused(answer).detail
    assert (trap.visits, contacts) == ([], ())


@WAYS_OUT
@pytest.mark.parametrize("now", [NOON - timedelta(hours=1, seconds=1), NOON + timedelta(hours=1, seconds=1)])
def test_outside_the_window_nothing_is_sent(way: Way, now: datetime, trap: Trap) -> None:
    answer, contacts = through_gate(way("127.0.0.1", trap.port), "127.0.0.1", now=now)
    assert "nothing was sent to 127.0.0.1 for ports:shop" in refused(answer).detail
    assert (trap.visits, contacts) == ([], ())


@WAYS_OUT
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize(
    "targets",
    [
        ("127.0.0.2",),
        ("127.0.1.0/24", "::1", "fd00::/8"),
        ("ip6-localhost.example", "localhost.example"),
        ("10.0.0.0/8", "::/0"),
    ],
)
def test_a_host_out_of_scope_gets_no_connection(
    way: Way, host: str, targets: tuple[str, ...], trap: Trap, monkeypatch: pytest.MonkeyPatch
) -> None:
    known_as(monkeypatch, {"localhost": ["127.0.0.1"]})
    answer, contacts = through_gate(way(host, trap.port), *targets)
    assert "is not covered by the authorisation" in refused(answer).detail
    assert trap.visits == []
    assert [(one.host, one.address, one.connections, one.outcome) for one in contacts] == [
        (host, "127.0.0.1", 0, "out of scope")
    ]


@WAYS_OUT
@pytest.mark.parametrize("target", ["127.0.0.1", "127.0.0.0/8", "localhost", "LocalHost."])
def test_a_listed_name_address_or_network_lets_through(
    way: Way, target: str, trap: Trap, monkeypatch: pytest.MonkeyPatch
) -> None:
    known_as(monkeypatch, {"localhost": ["127.0.0.1"]})
    answer, contacts = through_gate(way("localhost", trap.port), target)
    assert not isinstance(answer, CannotSee), answer
    assert {(one.host, one.address) for one in contacts} == {("localhost", "127.0.0.1")}


def test_a_listed_name_does_not_let_its_address_through_under_another_name(
    trap: Trap, monkeypatch: pytest.MonkeyPatch
) -> None:
    known_as(monkeypatch, {"shop.example": ["127.0.0.1"], "other.example": ["127.0.0.1"]})
    answer, _ = through_gate(connecting("other.example", trap.port), "shop.example")
    refused(answer)
    assert trap.visits == []


def test_only_the_addresses_in_scope_are_touched(trap: Trap, monkeypatch: pytest.MonkeyPatch) -> None:
    known_as(monkeypatch, {"shop.example": ["127.0.0.1", "127.0.0.9"]})
    answer, _ = through_gate(sweeping("shop.example", trap.port), "127.0.0.9")
    assert isinstance(answer, dict)
    assert [str(address) for address in answer] == ["127.0.0.9"]
    assert trap.visits == []


def test_what_was_left_out_is_told_and_written_down(trap: Trap, monkeypatch: pytest.MonkeyPatch) -> None:
    known_as(monkeypatch, {"shop.example": ["127.0.0.1", "127.0.0.9"]})

    async def use(out: Gate) -> tuple[Address, ...]:
        assert out.left_out("shop.example") == ()
        await sweeping("shop.example", trap.port)(out)
        return out.left_out("shop.example")

    answer, contacts = through_gate(use, "127.0.0.9")
    assert answer == (ipaddress.ip_address("127.0.0.1"),)
    assert [contact.address for contact in contacts if contact.outcome == "out of scope"] == ["127.0.0.1"]


def test_a_name_is_resolved_once_and_a_later_answer_changes_nothing(
    trap: Trap, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = known_as(monkeypatch, {"shop.example": ["127.0.0.9"]})

    async def twice(out: Gate) -> list[str]:
        first = await out.addresses(LOOK, "shop.example", Deadline(5))
        asked.answers["shop.example"] = ["127.0.0.1"]
        with suppress(CannotSee):
            await out.connect(LOOK, "shop.example", trap.port, Deadline(5))
        second = await out.addresses(LOOK, "shop.example", Deadline(5))
        return [str(address) for address in first + second]

    answer, contacts = through_gate(twice, "127.0.0.0/8")
    assert answer == ["127.0.0.9", "127.0.0.9"]
    assert asked.times == 1
    assert trap.visits == []
    assert [(one.address, one.outcome) for one in contacts] == [("127.0.0.9", "refused")]


def test_a_name_that_does_not_resolve_is_unreachable() -> None:
    answer, contacts = through_gate(connecting("nobody.invalid", 80), "nobody.invalid")
    assert isinstance(answer, CannotSee)
    assert answer.reason is Reason.UNREACHABLE
    assert contacts == ()


def test_a_name_that_takes_too_long_to_resolve_costs_its_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    known_as(monkeypatch, {"slow.example": ["127.0.0.1"]}, seconds=0.5)
    began = time.monotonic()
    answer, _ = through_gate(lambda out: out.addresses(LOOK, "slow.example", Deadline(0.1)), "127.0.0.0/8")
    assert isinstance(answer, CannotSee)
    assert answer.reason is Reason.TIMED_OUT
    assert time.monotonic() - began < 2


def test_connections_to_one_host_keep_its_rate(trap: Trap) -> None:
    async def many(out: Gate) -> None:
        async def one() -> None:
            async with await out.connect(LOOK, "127.0.0.1", trap.port, Deadline(5)):
                pass

        await asyncio.gather(*(one() for _ in range(26)))

    through_gate(many, "127.0.0.1", pace=Pace.GENTLE)
    assert len(trap.visits) == 26
    assert trap.visits[-1] - trap.visits[0] >= 0.45


def test_no_more_connections_stand_at_once_than_the_pace_allows() -> None:
    standing: list[int] = []

    async def many(out: Gate) -> None:
        now_open = 0

        async def one() -> None:
            nonlocal now_open
            async with await out.connect(LOOK, "127.0.0.1", port, Deadline(5)):
                now_open += 1
                standing.append(now_open)
                await asyncio.sleep(0.2)
                now_open -= 1

        await asyncio.gather(*(one() for _ in range(12)))

    with open_door() as port:
        through_gate(many, "127.0.0.1", pace=Pace.GENTLE)
    assert max(standing) == 4


def test_every_contact_is_written_down() -> None:
    async def contacts(out: Gate) -> None:
        async with await out.connect(LOOK, "127.0.0.1", port, Deadline(5)):
            pass
        with suppress(CannotSee):
            await out.connect(LOOK, "127.0.0.9", 1, Deadline(5))
        await out.sweep(LOOK, "127.0.0.9", [1, 2, 3, 7], Deadline(5))
        await out.admit(LOOK, "127.0.0.1", [port], Deadline(5), program="nmap")

    with open_door() as port:
        _, told = through_gate(contacts, "127.0.0.0/8")
    assert [(one.address, one.ports, one.connections, one.outcome) for one in told] == [
        ("127.0.0.1", str(port), 1, "connected"),
        ("127.0.0.9", "1", 1, "refused"),
        ("127.0.0.9", "1-3,7", 4, "swept"),
        ("127.0.0.1", str(port), 1, "handed to nmap"),
    ]
    assert {(one.look, one.at, one.protocol) for one in told} == {("ports:shop", NOON, "tcp")}


def test_a_program_is_given_addresses_and_never_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    known_as(monkeypatch, {"shop.example": ["127.0.0.1", "127.0.0.9"]})
    answer, contacts = through_gate(admitting("shop.example", 80), "shop.example")
    assert answer == (ipaddress.ip_address("127.0.0.1"), ipaddress.ip_address("127.0.0.9"))
    assert [one.address for one in contacts] == ["127.0.0.1", "127.0.0.9"]


def test_what_a_program_tries_over_udp_is_written_down_as_that() -> None:
    async def admit(out: Gate) -> object:
        return await out.admit(LOOK, "127.0.0.1", [53, 161], Deadline(5), program="nmap", protocol="udp")

    _, (told,) = through_gate(admit, "127.0.0.1")
    assert (told.ports, told.protocol, told.connections, told.outcome) == (
        "53,161",
        "udp",
        2,
        "handed to nmap",
    )


def test_a_program_is_not_let_at_an_address_the_host_does_not_have() -> None:
    other = ipaddress.ip_address("127.0.0.2")
    answer, contacts = through_gate(admitting("127.0.0.1", 80, other), "127.0.0.0/8")
    refused(answer)
    assert contacts == ()


def sweep_past_the_deadline() -> list[Any]:
    began = time.monotonic()
    answer, contacts = through_gate(
        lambda out: out.sweep(LOOK, "127.9.0.1", range(1, 101), Deadline(0.3), patience=20), "127.9.0.0/16"
    )
    assert isinstance(answer, CannotSee)
    told = [(one.ports, one.connections, one.outcome) for one in contacts]
    return [answer.reason, told, time.monotonic() - began < 1.5]


def test_a_sweep_that_is_cut_short_shows_nothing_but_is_written_down() -> None:
    assert apart(sweep_past_the_deadline, SILENT) == ["timed-out", [["1-100", 100, "swept in part"]], True]


def sweep_past_the_window() -> list[Any]:
    began = datetime.now(UTC)
    window = replace(
        granted("127.9.0.0/16"),
        valid_from=began - timedelta(hours=1),
        valid_until=began + timedelta(seconds=0.4),
    )

    async def go() -> list[Any]:
        out = Gate(window, Pace.FAST, lambda: datetime.now(UTC))
        try:
            await out.sweep(LOOK, "127.9.0.1", range(1, 101), Deadline(20), patience=20)
        except CannotSee as blind:
            return [blind.reason, (datetime.now(UTC) - began).total_seconds() < 2]
        finally:
            await out.close()
        return []

    return asyncio.run(go())


def test_a_sweep_stops_when_the_window_ends() -> None:
    assert apart(sweep_past_the_window, SILENT) == ["outside-window", True]


def test_both_addresses_of_a_host_are_swept_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    known_as(monkeypatch, {"shop.example": ["127.0.0.1", "::1"]})
    with open_door("127.0.0.1") as four, open_door("::1") as six:
        answer, _ = through_gate(
            lambda out: out.sweep(LOOK, "shop.example", [four, six], Deadline(5)), "shop.example"
        )
    assert isinstance(answer, dict)
    assert {str(address): found.open for address, found in answer.items()} == {
        "127.0.0.1": (four,),
        "::1": (six,),
    }
