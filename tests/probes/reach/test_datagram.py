from __future__ import annotations

import asyncio
import ipaddress
import socket
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import pytest

from readiness_audit.model.evidence import Contact, Look, Reason
from readiness_audit.model.grammar import Address
from readiness_audit.model.system import Authorisation, Pace
from readiness_audit.probes.reach import gate
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.datagram import MOST_DATAGRAMS, MOST_KEPT, Came, Question, Reply
from readiness_audit.probes.reach.deadline import Deadline
from readiness_audit.probes.reach.gate import Gate
from tests.servers.datagrams import Asker, answering, saying, silent
from tests.silence import SILENT, apart

T = TypeVar("T")
LOOK = Look(probe="udp", target="shop")
NOON = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def through_gate(
    use: Callable[[Gate], Awaitable[T]],
    *targets: str,
    now: datetime = NOON,
    pace: Pace = Pace.FAST,
) -> tuple[T | CannotSee, tuple[Contact, ...]]:
    granted = Authorisation(
        targets=targets or ("127.0.0.1",),
        valid_from=NOON - HOUR,
        valid_until=NOON + HOUR,
        approved_by="Test, nobody's manager",
        contact="nobody",
    )

    async def go() -> tuple[T | CannotSee, tuple[Contact, ...]]:
        out = Gate(granted if targets else None, pace, lambda: now)
        try:
            return await use(out), out.contacts
        except CannotSee as blind:
            return blind, out.contacts
        finally:
            await out.close()

    return asyncio.run(go())


def asked(question: Question, host: str = "127.0.0.1", seconds: float = 5) -> Reply:
    answer, _ = through_gate(
        lambda out: out.ask(LOOK, host, question, Deadline(seconds)), "127.0.0.0/8", "::1"
    )
    assert isinstance(answer, dict), answer
    (reply,) = answer.values()
    return reply


def question(
    port: int,
    *,
    patience: float = 0.3,
    tries: int = 1,
    any_port: bool = False,
    settles: Callable[[bytes], bool] | None = bool,
) -> Question:
    return Question(
        port=port,
        datagram=b"who is there?",
        patience=patience,
        tries=tries,
        any_port=any_port,
        settles=settles,
    )


def unused_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
        door.bind(("127.0.0.1", 0))
        port: int = door.getsockname()[1]
        return port


@pytest.mark.parametrize("tries", [1, 3])
def test_silence_is_silence_however_often_it_is_asked(tries: int) -> None:
    with answering(silent) as server:
        reply = asked(question(server.port, tries=tries))
    assert reply == Reply(came=Came.SILENT, sent=tries)
    assert server.heard == [b"who is there?"] * tries


@pytest.mark.parametrize("any_port", [False, True])
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_where_nobody_listens_the_host_refuses(host: str, any_port: bool) -> None:  # noqa: FBT001 - a case
    began = time.monotonic()
    reply = asked(question(unused_port(), any_port=any_port, patience=5), host)
    assert reply == Reply(came=Came.REFUSED, sent=1)
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_the_first_datagram_ends_the_waiting(host: str) -> None:
    with answering(saying(b"me", b"and me"), host) as server:
        began = time.monotonic()
        reply = asked(question(server.port, patience=5), host)
    assert reply == Reply(came=Came.ANSWERED, answers=(b"me",), sent=1, datagrams=1, received=2)
    assert time.monotonic() - began < 2


def test_a_lost_datagram_is_sent_again() -> None:
    def second_time(door: socket.socket, _: bytes, asker: Asker) -> None:
        if len(server.heard) == 2:
            door.sendto(b"me", asker)

    with answering(second_time) as server:
        reply = asked(question(server.port, tries=3))
    assert (reply.came, reply.sent, reply.answers) == (Came.ANSWERED, 2, (b"me",))


def test_what_does_not_settle_is_passed_over_until_the_right_answer_comes() -> None:
    with answering(saying(b"wrong", b"wrong too", b"right")) as server:
        reply = asked(question(server.port, patience=5, settles=lambda datagram: datagram == b"right"))
    assert reply.answers == (b"wrong", b"wrong too", b"right")


def test_without_an_end_all_that_comes_in_time_is_counted() -> None:
    with answering(saying(*[b"x" * 1000] * 10)) as server:
        reply = asked(question(server.port, settles=None))
    assert (reply.datagrams, reply.received) == (10, 10_000)
    assert sum(map(len, reply.answers)) == MOST_KEPT


def test_a_flood_has_an_end() -> None:
    def flood(door: socket.socket, _: bytes, asker: Asker) -> None:
        door.settimeout(1)
        until = time.monotonic() + 1.5
        while time.monotonic() < until:
            door.sendto(b"x" * 100, asker)

    with answering(flood) as server:
        began = time.monotonic()
        reply = asked(question(server.port, settles=lambda _: False, patience=10))
        spent = time.monotonic() - began
    assert reply.datagrams <= MOST_DATAGRAMS
    assert sum(map(len, reply.answers)) <= MOST_KEPT
    assert spent < 3


def test_the_largest_datagram_there_is_is_counted_and_cut_off() -> None:
    with answering(saying(b"x" * 65_507)) as server:
        reply = asked(question(server.port))
    assert (reply.received, [len(one) for one in reply.answers]) == (65_507, [MOST_KEPT])


@pytest.mark.parametrize("other", ["another port", "another address"])
def test_an_answer_from_elsewhere_is_no_answer(other: str) -> None:
    def elsewhere(_door: socket.socket, _datagram: bytes, asker: Asker) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as third:
            third.bind(("127.0.0.1" if other == "another port" else "127.0.0.99", 0))
            third.sendto(b"me", asker)

    with answering(elsewhere) as server:
        told = asked(question(server.port, tries=2))
        from_any_port = asked(question(server.port, any_port=True))
    # Nor is it silence: somebody was moved to send it.
    assert told == Reply(came=Came.ELSEWHERE, sent=2)
    assert from_any_port.came is (Came.ANSWERED if other == "another port" else Came.ELSEWHERE)


def test_the_right_answer_is_heard_behind_one_from_elsewhere() -> None:
    def both(door: socket.socket, _datagram: bytes, asker: Asker) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as third:
            third.bind(("127.0.0.99", 0))
            third.sendto(b"not me", asker)
        door.sendto(b"me", asker)

    with answering(both) as server:
        reply = asked(question(server.port, patience=5))
    assert reply == Reply(came=Came.ANSWERED, answers=(b"me",), sent=1, datagrams=1, received=2)


def test_each_address_of_a_name_is_asked_and_its_own_answer_given(monkeypatch: pytest.MonkeyPatch) -> None:
    async def both(_host: str) -> tuple[Address, ...]:
        return ipaddress.ip_address("127.0.0.1"), ipaddress.ip_address("::1")

    monkeypatch.setattr(gate, "_resolve", both)
    with answering(saying(b"four")) as four, answering(saying(b"six"), "::1", four.port):
        answer, contacts = through_gate(
            lambda out: out.ask(LOOK, "shop.example", question(four.port), Deadline(5)), "shop.example"
        )
    assert isinstance(answer, dict)
    assert {str(address): reply.answers for address, reply in answer.items()} == {
        "127.0.0.1": (b"four",),
        "::1": (b"six",),
    }
    assert sorted(
        (one.address, one.ports, one.protocol, one.connections, one.outcome) for one in contacts
    ) == [
        ("127.0.0.1", str(four.port), "udp", 1, "answered"),
        ("::1", str(four.port), "udp", 1, "answered"),
    ]


@pytest.mark.parametrize(
    ("targets", "now", "reason"),
    [
        ((), NOON, Reason.OUT_OF_SCOPE),
        (("127.0.0.2",), NOON, Reason.OUT_OF_SCOPE),
        (("127.0.0.1",), NOON + 2 * HOUR, Reason.OUTSIDE_WINDOW),
    ],
)
def test_without_leave_nothing_is_sent(targets: tuple[str, ...], now: datetime, reason: Reason) -> None:
    with answering(silent) as server:
        answer, contacts = through_gate(
            lambda out: out.ask(LOOK, "127.0.0.1", question(server.port), Deadline(5)), *targets, now=now
        )
        time.sleep(0.1)
    assert isinstance(answer, CannotSee)
    assert answer.reason is reason
    assert server.heard == []
    assert sum(one.connections for one in contacts) == 0


def test_the_deadline_ends_the_waiting_and_what_was_sent_is_written_down() -> None:
    with answering(silent) as server:
        began = time.monotonic()
        answer, contacts = through_gate(
            lambda out: out.ask(LOOK, "127.0.0.1", question(server.port, patience=20), Deadline(0.3)),
            "127.0.0.1",
        )
    assert isinstance(answer, CannotSee)
    assert answer.reason is Reason.TIMED_OUT
    assert time.monotonic() - began < 2
    assert [(one.connections, one.outcome) for one in contacts] == [(1, "given up")]


def test_questions_to_one_host_keep_its_rate() -> None:
    async def many(out: Gate) -> None:
        one = question(server.port)
        await asyncio.gather(*(out.ask(LOOK, "127.0.0.1", one, Deadline(5)) for _ in range(26)))

    with answering(saying(b"me")) as server:
        began = time.monotonic()
        through_gate(many, "127.0.0.1", pace=Pace.GENTLE)
    assert len(server.heard) == 26
    assert time.monotonic() - began >= 0.45


def ask_what_is_dropped_and_what_is_unreachable() -> list[Any]:
    dropped = asked(question(53), "127.9.0.1")
    on_the_way = asked(question(53), "127.8.0.1")
    return [[dropped.came, dropped.sent], [on_the_way.came, on_the_way.sent]]


def test_what_something_on_the_way_says_is_no_word_of_the_host() -> None:
    told = apart(
        ask_what_is_dropped_and_what_is_unreachable,
        SILENT,
        "ip daddr 127.8.0.0/16 reject with icmp type host-unreachable",
    )
    assert told == [["silent", 1], ["silent", 1]]


def ask_without_a_way_there() -> list[Any]:
    reply = asked(question(53), "127.9.0.1")
    return [reply.came, reply.sent]


def test_where_no_way_leads_nothing_was_sent() -> None:
    no_way = "ip route add unreachable 127.9.0.1 table local"
    assert apart(ask_without_a_way_there, prepare=no_way) == ["silent", 0]
