import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from readiness_audit.model.target import NameServer
from readiness_audit.probes.naming.nameserver import PROBE, NameServerFacts
from readiness_audit.probes.reach.blind import CannotSee
from tests.looking import look_at
from tests.servers.bind import dig, named, status, zone_text
from tests.servers.listener import free_port, listening

ZONES = {"shop.example": zone_text("shop.example", "@ IN A 192.0.2.5")}
CLOSED = "recursion no; allow-transfer { none; }; version none;"
OPEN = 'recursion yes; allow-recursion { any; }; allow-transfer { any; }; version "9.9.1"; '


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with named(tmp_path_factory.mktemp("bind") / "a", ZONES, options=CLOSED) as port:
        yield port


@pytest.fixture(scope="module")
def wide_open(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    # Its forwarder is a closed port, so that it goes nowhere when it recurses.
    beside = f"dnssec-validation no; forward only; forwarders {{ 127.0.0.1 port {free_port()}; }};"
    with named(tmp_path_factory.mktemp("bind") / "a", ZONES, options=OPEN + beside) as port:
        yield port


def seen(port: int, *zones: str) -> NameServerFacts:
    target = NameServer(
        kind="nameserver", id="ns", host="127.0.0.1", port=port, zones=zones or ("shop.example",)
    )
    return look_at(PROBE, target).facts


def test_it_says_so_when_nothing_answers() -> None:
    with pytest.raises(CannotSee):
        seen(free_port())


def greeting(connection: socket.socket, _: int) -> None:
    connection.sendall(b"220 mail.example ESMTP\r\n" * 3)


def test_it_says_so_when_what_answers_is_no_name_server() -> None:
    with listening(greeting) as server, pytest.raises(CannotSee):
        seen(server.port)


def test_a_closed_server_refuses_both_as_dig_sees_too(closed: int) -> None:
    assert dig(closed, "shop.example", "AXFR") == []
    assert status(closed, "example.com", "A") == "REFUSED qr rd"
    facts = seen(closed)
    (zone,) = facts.zones
    assert (zone.name, zone.serves, zone.transfer, zone.problem) == (
        "shop.example",
        "yes",
        "refused",
        "REFUSED",
    )
    assert (facts.serving, facts.recursion, facts.recursion_said, facts.version) == (
        1,
        "refused",
        "REFUSED",
        None,
    )


def test_an_open_server_hands_over_the_zone_and_offers_to_ask_others(wide_open: int) -> None:
    assert len(dig(wide_open, "shop.example", "AXFR")) > 4
    assert "ra" in status(wide_open, "shop.example", "SOA").split()
    facts = seen(wide_open, "Shop.Example.")
    assert [(zone.serves, zone.transfer) for zone in facts.zones] == [("yes", "open")]
    assert facts.recursion == "open"
    assert facts.version == "9.9.1"


def test_one_that_asks_others_in_vain_offers_it_all_the_same(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        port = silent.getsockname()[1]
        beside = f"dnssec-validation no; forward only; forwarders {{ 127.0.0.1 port {port}; }};"
        with named(tmp_path / "a", ZONES, options=OPEN + beside) as asked:
            facts = seen(asked)
    assert (facts.recursion, facts.recursion_said) == ("open", "")


def test_a_zone_it_does_not_serve_is_told(closed: int) -> None:
    facts = seen(closed, "shop.example", "else.example")
    assert [(zone.serves, zone.transfer) for zone in facts.zones] == [("yes", "refused"), ("no", "refused")]
    assert facts.serving == 1
