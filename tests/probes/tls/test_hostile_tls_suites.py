import socket
import time
from collections.abc import Callable

import pytest

from readiness_audit.model.evidence import Reason
from readiness_audit.model.target import Endpoint
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.tls.suites_seen import SuitesFacts
from readiness_audit.probes.tls.tls_suites import PROBE
from tests.looking import look_at
from tests.servers.certificates import make, names
from tests.servers.choosing_tls import Manner, choosing, read_hello
from tests.servers.fake_tls import TLS10, TLS12, TLS13, alert, keep_silent, record, server_hello, speaking
from tests.servers.hostile.tls import NOT_TLS, WITHOUT_CERTIFICATE, always
from tests.servers.limiting import at_most, every_other, the_first
from tests.servers.listener import Handler, free_port, listening

SECONDS = 1.0
SPARE = 0.5
DER = make("evil", extensions=[names("evil")]).der
GOOD = choosing({TLS12: Manner([0x009C, 0x009D])}, DER)


def look(port: int) -> SuitesFacts:
    target = Endpoint(kind="endpoint", id="evil", host="127.0.0.1", port=port, protocol="tls")
    return look_at(PROBE, target, seconds=SECONDS).facts


def test_where_nothing_listens_it_says_refused() -> None:
    with pytest.raises(CannotSee) as blind:
        look(free_port())
    assert blind.value.reason is Reason.REFUSED


@pytest.mark.parametrize("name", NOT_TLS)
def test_a_server_that_shows_nothing_is_never_an_empty_list_of_suites(name: str) -> None:
    with listening(NOT_TLS[name].serve) as server:
        begun = time.monotonic()
        with pytest.raises(CannotSee) as blind:
            look(server.port)
        assert time.monotonic() - begun < SECONDS + SPARE
    assert blind.value.reason in {Reason.UNREADABLE, Reason.TIMED_OUT, Reason.REFUSED, Reason.UNREACHABLE}
    assert "\n" not in blind.value.detail
    assert blind.value.detail.isprintable()
    assert server.connections <= 20


def test_one_answer_for_every_question_is_a_contradiction_and_not_a_fact() -> None:
    with listening(always(record(22, server_hello(TLS12, 0x009C)))) as server:
        facts = look(server.port)
    assert {(suite.version, suite.code) for suite in facts.suites} <= {("TLSv1.2", 0x009C)}
    assert not facts.finished
    assert len(facts.contradictions) >= 1
    assert "chose TLS_RSA_WITH_AES_128_GCM_SHA256" in " ".join(facts.contradictions)


@pytest.mark.parametrize("suite", [0x1301, 0xFAFA, 0x00FF])
def test_a_suite_that_was_never_offered_is_no_fact(suite: int) -> None:
    with (
        listening(speaking({}, lambda peer: peer.sendall(record(22, server_hello(TLS12, suite))))) as server,
        pytest.raises(CannotSee, match="contradicts itself"),
    ):
        look(server.port)


@pytest.mark.parametrize("name", WITHOUT_CERTIFICATE)
def test_what_follows_the_hello_cannot_hold_the_look_up(name: str) -> None:
    with listening(WITHOUT_CERTIFICATE[name].serve) as server:
        begun = time.monotonic()
        facts = look(server.port)
        assert time.monotonic() - begun < SECONDS + SPARE
    assert [suite.version for suite in facts.suites] in (["TLSv1.2"], ["TLSv1.3"])
    assert not facts.finished
    assert server.connections <= facts.suite_count + 20


def after(count: int, then: Handler) -> Handler:
    """Behave for some connections of TLS 1.2, and then no longer."""
    seen: list[int] = []

    def handle(connection: socket.socket, number: int) -> None:
        hello = connection.recv(4096, socket.MSG_PEEK)
        if len(hello) > 11 and hello[9:11] == b"\x03\x03" and b"\x00\x2b\x00\x03\x02\x03\x04" not in hello:
            seen.append(number)
        (GOOD if len(seen) <= count else then)(connection, number)

    return handle


@pytest.mark.parametrize(
    "then",
    [
        lambda peer, _: keep_silent(peer),
        always(b"HTTP/1.0 400 Bad Request\r\n\r\n"),
        always(record(22, b"\x0b\x00\x00\x00")),
        always(record(22, server_hello(0x0304, 0x1301))),
    ],
    ids=["silent", "another protocol", "certificate first", "another version"],
)
def test_what_was_not_finished_is_said_and_what_was_seen_stays(then: Handler) -> None:
    with listening(after(1, then)) as server:
        begun = time.monotonic()
        facts = look(server.port)
        assert time.monotonic() - begun < SECONDS + SPARE
    assert [suite.code for suite in facts.suites] == [0x009C]
    assert not facts.finished
    assert facts.unfinished[0].startswith("TLSv1.2: ")
    assert not facts.versions[4].finished


def test_hanging_up_on_what_is_left_is_the_end() -> None:
    def handle(peer: socket.socket, number: int) -> None:
        hello = peer.recv(4096, socket.MSG_PEEK)
        if b"\x00\x9c" in hello[:600] or b"\x00\x9d" in hello[:600]:
            GOOD(peer, number)
            return
        read_hello(peer)
        peer.shutdown(socket.SHUT_WR)

    with listening(handle) as server:
        facts = look(server.port)
    assert [suite.code for suite in facts.suites] == [0x009C, 0x009D]
    assert facts.finished


@pytest.mark.parametrize("most", range(7, 9))
def test_hanging_up_on_whoever_asks_often_is_no_end(most: int) -> None:
    with listening(the_first(most, GOOD)) as server:
        facts = look(server.port)
    assert not facts.finished
    assert facts.unfinished


@pytest.mark.parametrize(
    "guard", [lambda serve: at_most(1, serve), lambda serve: at_most(2, serve), every_other]
)
def test_hanging_up_on_whoever_asks_much_at_once_is_no_refusal(guard: Callable[[Handler], Handler]) -> None:
    both = {TLS10: Manner([0x002F]), TLS12: Manner([0x009C, 0x009D])}
    with listening(guard(choosing(both, DER))) as server:
        try:
            facts = look(server.port)
        except CannotSee:
            return
    assert not facts.finished or {suite.code for suite in facts.suites} == {0x002F, 0x009C, 0x009D}


def test_a_server_that_cannot_bear_a_long_hello_is_looked_through_in_part() -> None:
    def handle(peer: socket.socket, number: int) -> None:
        if len(peer.recv(4096, socket.MSG_PEEK)) < 512:
            GOOD(peer, number)
        else:
            alert(50)(peer)
            peer.shutdown(socket.SHUT_WR)
            keep_silent(peer)

    with listening(handle) as server:
        facts = look(server.port)
    assert [suite.code for suite in facts.suites] == [0x009C, 0x009D]
    assert not facts.finished
    assert "long hello" in facts.unfinished[0]


def test_a_key_exchange_that_cannot_be_read_is_told_with_its_suite() -> None:
    bad = Manner([0xC02F], keys=b"\x03\x00")
    with listening(choosing({TLS12: bad}, DER)) as server:
        facts = look(server.port)
    assert [(suite.code, suite.group) for suite in facts.suites] == [(0xC02F, None)]
    assert facts.suites[0].trouble
    assert not facts.groups_finished


def test_a_group_that_was_not_offered_is_a_contradiction() -> None:
    def handle(peer: socket.socket, _: int) -> None:
        hello = read_hello(peer)
        if hello.version != TLS13:
            alert(70)(peer)
            return
        extensions = bytes.fromhex("002b00020304003300020000")
        retry = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
        peer.sendall(record(22, server_hello(TLS12, 0x1301, extensions, retry)))

    with listening(handle) as server, pytest.raises(CannotSee, match="group 0x0000"):
        look(server.port)


def test_more_suites_than_connections_allow_are_told_as_unfinished() -> None:
    """A server that needs many offers per suite is left, after 20 more connections than it shows suites."""

    def handle(peer: socket.socket, _: int) -> None:
        hello = read_hello(peer)
        suite = next((suite for suite in hello.suites if suite != 0x00FF), 0)
        chosen = record(22, server_hello(hello.version, suite)) if hello.version < TLS13 else b""
        peer.sendall(chosen)
        peer.shutdown(socket.SHUT_WR)

    with listening(handle) as server:
        facts = look(server.port)
    assert not facts.finished
    assert facts.connections <= facts.suite_count + 20
    assert server.connections == facts.connections
