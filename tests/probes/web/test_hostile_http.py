import socket
import time
from dataclasses import asdict

import pytest

from readiness_audit.model.target import Endpoint
from readiness_audit.probes.probe import Seen
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.web.http import PROBE, HttpFacts
from tests.looking import look_at
from tests.servers.hostile.entry import CANARY
from tests.servers.hostile.http import NO_ANSWER, ODD_BODY, OK, bomb, saying, secretive
from tests.servers.listener import listening

SECONDS = 2.0
SPARE = 0.5


def look(port: int) -> Seen[HttpFacts]:
    target = Endpoint(kind="endpoint", id="evil", host="127.0.0.1", port=port, protocol="http")
    return look_at(PROBE, target, seconds=SECONDS)


@pytest.mark.parametrize("name", NO_ANSWER)
def test_what_is_no_whole_answer_is_no_answer(name: str) -> None:
    hostile = NO_ANSWER[name]
    with listening(hostile.serve) as server:
        begun = time.monotonic()
        with pytest.raises(CannotSee) as blind:
            look(server.port)
        assert time.monotonic() - begun < SECONDS + SPARE
    assert blind.value.reason == hostile.reason
    assert blind.value.detail.isprintable()
    assert server.connections == 1


@pytest.mark.parametrize("name", ODD_BODY)
def test_a_body_that_does_not_end_well_does_not_cost_the_head(name: str) -> None:
    with listening(ODD_BODY[name].serve) as server:
        begun = time.monotonic()
        facts = look(server.port).facts
        assert time.monotonic() - begun < SECONDS + SPARE
    assert facts.status == 200
    assert facts.body_truncated
    assert facts.body_size <= 2**20
    assert facts.body_problem is not None or facts.body_size == 2**20


def test_a_body_of_crumbs_is_given_up_before_it_costs_others_their_time() -> None:
    with listening(ODD_BODY["chunk-crumbs"].serve) as server:
        facts = look(server.port).facts
    assert facts.body_size == 10_001
    assert facts.body_problem == "the body comes in more pieces than anybody needs"


def test_a_packed_bomb_is_not_unpacked() -> None:
    with listening(bomb()) as server:
        facts = look(server.port).facts
    assert facts.body_size < 100_000
    assert not facts.body_truncated


@pytest.mark.parametrize(
    "location",
    [
        f"https://user:{CANARY}@x.example/a",
        f"https://{CANARY}@x.example/a",
        f"https://x.example/a?ticket={CANARY}",
        f"https://x.example/a#{CANARY}",
        f"https://x.example/a;jsessionid={CANARY}",
        f"//user:{CANARY}@x.example/",
        f"\\\\{CANARY}@x.example/",
        f"https:/user:{CANARY}@x.example/",
        f"https:{CANARY}@x.example/",
        f"https://user:{CANARY}{'x' * 5000}@x.example/",
        f"https://x.example/?{'x' * 50_000}&t={CANARY}",
        ":" * 60_000,
        f"/a?{CANARY}",
    ],
)
def test_secrets_stay_with_the_server(location: str) -> None:
    with listening(secretive(location)) as server:
        seen = look(server.port)
    assert CANARY not in str(asdict(seen.facts))
    assert all(CANARY.encode() not in excerpt for _, excerpt in seen.excerpts)
    assert [cookie.name for cookie in seen.facts.cookies] == ["sid", ""]
    assert seen.facts.cookie_count == 2


def test_a_redirect_is_a_fact_and_not_an_order() -> None:
    with listening(saying(OK + b"\r\n")) as trap:
        lure = f"HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:{trap.port}/\r\n\r\n".encode()
        with listening(saying(lure)) as server:
            facts = look(server.port).facts
    assert (trap.connections, server.connections) == (0, 2)
    assert facts.redirect is not None
    assert facts.redirect.port == trap.port


def test_a_redirect_to_itself_is_not_followed() -> None:
    with listening(saying(b"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n")) as server:
        facts = look(server.port).facts
    # Once, and once more whether it says so again.
    assert server.connections == 2
    assert facts.redirect is not None
    assert facts.redirect.same_host


def test_a_few_interim_answers_are_counted() -> None:
    with listening(saying(b"HTTP/1.1 100 Continue\r\n\r\n" * 3 + OK + b"\r\nhello")) as server:
        facts = look(server.port).facts
    assert (facts.interim, facts.status, facts.body_size) == (3, 200, 5)


@pytest.mark.parametrize("cut", range(1, 40, 3))
def test_how_an_answer_is_cut_into_packets_does_not_matter(cut: int) -> None:
    whole = OK + b"A: b\r\nC: d\r\n\r\nhello"

    def handle(connection: socket.socket, _: int) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.recv(4096)
        connection.sendall(whole[:cut])
        time.sleep(0.02)
        connection.sendall(whole[cut:])

    with listening(handle) as server:
        facts = look(server.port).facts
    assert [(header.name, header.value) for header in facts.headers] == [("a", "b"), ("c", "d")]
    assert facts.body_size == 5
