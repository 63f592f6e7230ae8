import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from readiness_audit.model.target import Endpoint
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.tls import tls, tls_suites
from readiness_audit.probes.tls.preamble import PREAMBLES
from tests.looking import look_at
from tests.servers.certificates import make, names
from tests.servers.fake_tls import TLS12, accept, speaking
from tests.servers.hostile.plain import EVERYWHERE
from tests.servers.hostile.preambles import GO_AHEAD, OWN
from tests.servers.listener import Handler, listening

SECONDS = 1.0
SPARE = 1.5
ENOUGH = 10.0
"""For what can be said at once, on however busy a machine."""


def endpoint(port: int, protocol: str) -> Endpoint:
    return Endpoint(
        kind="endpoint",
        id="evil",
        host="127.0.0.1",
        port=port,
        protocol="tls",
        starttls=protocol,  # type: ignore[arg-type]  # the tests go through all of them
    )


def refusal(handler: Handler, protocol: str, seconds: float) -> tuple[CannotSee, float, int]:
    """Give why nothing was seen, after how many seconds and how many connections."""
    with listening(handler) as server:
        begun = time.monotonic()
        with pytest.raises(CannotSee) as blind:
            look_at(tls.PROBE, endpoint(server.port, protocol), seconds=seconds)
        return blind.value, time.monotonic() - begun, server.connections


@pytest.mark.parametrize("protocol", PREAMBLES)
def test_whatever_comes_before_tls_is_never_an_empty_list_of_versions(protocol: str) -> None:
    wrong = {**{name: server.serve for name, server in EVERYWHERE.items()}, **OWN[protocol]}
    with ThreadPoolExecutor(6) as pool:
        seen = pool.map(lambda name: refusal(wrong[name], protocol, SECONDS), wrong)
        results = dict(zip(wrong, seen, strict=True))
    late = {name: seconds for name, (_, seconds, _) in results.items() if seconds > SECONDS + SPARE}
    assert late == {}
    assert {name for name, (blind, _, _) in results.items() if not blind.detail.isprintable()} == set()
    assert max(connections for _, _, connections in results.values()) <= 12


@pytest.mark.parametrize("protocol", PREAMBLES)
def test_what_was_said_wrong_before_tls_is_told_with_the_protocol_it_was_asked_in(protocol: str) -> None:
    wrong = {name: handler for name, handler in OWN[protocol].items() if name != "silent after its greeting"}
    told = {name: refusal(handler, protocol, ENOUGH)[0].detail for name, handler in wrong.items()}
    assert {name for name, detail in told.items() if f"asked in {protocol}" not in detail} == set()


@pytest.mark.parametrize("protocol", GO_AHEAD)
def test_what_is_said_in_clear_behind_the_go_ahead_is_not_taken_for_tls(protocol: str) -> None:
    blind, _, _ = refusal(GO_AHEAD[protocol], protocol, ENOUGH)
    assert "speaks on in clear" in blind.detail


def test_a_server_that_stops_offering_tls_has_not_refused_the_versions_left() -> None:
    """Only what a handshake could have begun on tells of versions."""
    der = make("evil", extensions=[names("evil")]).der
    seen: list[int] = []

    def handle(connection: socket.socket, number: int) -> None:
        seen.append(number)
        if len(seen) not in {4, 5, 6}:
            OWN["pop3"]["no"](connection, number)
            return
        connection.sendall(b"+OK hi\r\n")
        connection.recv(4096)
        connection.sendall(b"+OK go\r\n")
        speaking({TLS12: accept(TLS12, der)}, accept(TLS12, der))(connection, number)

    with listening(handle) as server:
        facts = look_at(tls.PROBE, endpoint(server.port, "pop3"), seconds=3.0).facts
    states = [version.state for version in facts.versions]
    assert "accepted" in states
    assert "unclear" in states
    assert facts.unclear == states.count("unclear") >= 2


def test_suites_behind_a_preamble_that_is_refused_are_not_seen_either() -> None:
    with listening(OWN["smtp"]["nothing offered"]) as server, pytest.raises(CannotSee) as blind:
        look_at(tls_suites.PROBE, endpoint(server.port, "smtp"), seconds=3.0)
    assert "does not offer STARTTLS" in blind.value.detail
