import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from readiness_audit.probes.tls.flaw_facts import TlsFlaw
from tests.probes.tls.flaws_seen import LEAF, at_once, flaw, look
from tests.servers.certificates import write
from tests.servers.fake_tls import SSL3, accept, message, record, speaking
from tests.servers.listener import Handler, listening
from tests.servers.programs import gnutls_serv
from tests.servers.unfinished_tls import (
    ALERT,
    HANDSHAKE,
    HEARTBEAT,
    HEARTBEATS,
    UNEXPECTED,
    answering,
    unfinished,
)

ECDHE = 0xC02F
CURVE = message(12, b"\x03\x00\x17\x41" + bytes(65) + b"\x04\x01\x00\x04" + bytes(4))
RESPONSE = record(HEARTBEAT, b"\x02\x00\x00" + bytes(16))


def beating(talk: Callable[[socket.socket], None], extensions: bytes = HEARTBEATS) -> Handler:
    """Offer heartbeats, and fresh keys alone, so that nobody tries anything else for long."""
    return unfinished(LEAF.der, talk, extensions=extensions, suites=[ECDHE], before_the_end=[CURVE])


HEARTBEAT_ANSWERS = {
    "mute": ((), "unclear"),
    "hangs up": ((None,), "unclear"),
    "hangs up on what follows": ((b"", None), "unclear"),
    "garbage": ((b"HTTP/1.1 400 Bad Request\r\n\r\n",), "unclear"),
    "garbage after it": ((b"", b"HTTP/1.1 400 Bad Request\r\n\r\n"), "unclear"),
    "a message of the handshake": ((record(HANDSHAKE, message(20, bytes(12))),), "unclear"),
    "data": ((record(23, b"hello"),), "unclear"),
    "a request of its own": ((record(HEARTBEAT, b"\x01\x00\x00" + bytes(16)),), "unclear"),
    "a heartbeat of nothing": ((record(HEARTBEAT, b""),), "unclear"),
    "a warning": ((record(ALERT, b"\x01\x0a"),), "unclear"),
    "an alert of nothing": ((record(ALERT, b""),), "unclear"),
    "records without end": ((record(HANDSHAKE, b"") * 1000,), "unclear"),
    "a record of 64 KiB": ((b"\x18\x03\x03\xff\xff" + bytes(100),), "unclear"),
    "ends the handshake": ((UNEXPECTED,), "absent"),
    "ignores it": ((b"", UNEXPECTED), "absent"),
    "answers at once": ((RESPONSE,), "present"),
    "answers after a while": ((b"", RESPONSE + UNEXPECTED), "present"),
    "answers after something else": ((b"", record(ALERT, b"\x01\x0a") + RESPONSE), "present"),
}


@pytest.fixture(scope="module")
def beaten() -> dict[str, TlsFlaw]:
    handlers = {name: beating(answering(*answers)) for name, (answers, _) in HEARTBEAT_ANSWERS.items()}
    return {name: flaw(facts, "heartbleed") for name, (facts, _) in at_once(handlers).items()}


@pytest.mark.parametrize("name", HEARTBEAT_ANSWERS)
def test_a_heartbeat_that_has_to_be_ignored_is_answered_or_not(name: str, beaten: dict[str, TlsFlaw]) -> None:
    found, (_, state) = beaten[name], HEARTBEAT_ANSWERS[name]
    assert found.state == state, found.told_by
    assert found.told_by.isprintable()


def test_no_memory_is_asked_for() -> None:
    """RFC 6520: a type, how many bytes are to be sent back, those bytes, and at least 16 of padding."""
    sent: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        sent.append(connection.recv(4096))
        connection.sendall(UNEXPECTED)

    with listening(beating(talk)) as server:
        look(server.port)
    assert [data for data in sent if data[:1] == bytes([HEARTBEAT])] == [bytes.fromhex("180303 0003 01 0000")]


@pytest.mark.parametrize("mode", ["02", "00"])
def test_who_wants_no_heartbeats_is_sent_none(mode: str) -> None:
    sent: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        sent.append(connection.recv(4096))

    with listening(beating(talk, bytes.fromhex(f"000f0001{mode}"))) as server:
        facts = look(server.port)
    assert flaw(facts, "heartbleed").state == "not-looked-at"
    assert facts.not_looked_at == 1
    assert not [data for data in sent if data[:1] == bytes([HEARTBEAT])]


def test_where_heartbeats_cannot_be_offered_it_is_unclear() -> None:
    with listening(speaking({SSL3: accept(SSL3, LEAF.der)})) as server:
        assert flaw(look(server.port), "heartbleed").state == "unclear"


def test_gnutls_takes_no_heartbeat_in_a_handshake(tmp_path: Path) -> None:
    leaf = write(tmp_path / "leaf.pem", LEAF)
    with gnutls_serv(leaf, "--heartbeat", "--priority", "LEGACY:-VERS-TLS1.3") as port:
        found = flaw(look(port, seconds=30.0), "heartbleed")
    assert found.state == "absent"
    assert "unexpected_message" in found.told_by
