import socket
import time
from typing import Any

import pytest

from readiness_audit.model.target import Endpoint
from readiness_audit.probes.built_in import BUILT_IN
from readiness_audit.probes.reach.blind import CannotSee
from tests.looking import look_at
from tests.servers.hostile.plain import WRONG, after_a_word, mute
from tests.servers.listener import Handler, listening

SECONDS = 0.6
SPARE = 0.7


def look(protocol: str, port: int) -> Any:  # noqa: ANN401 - facts of several types
    target = Endpoint(kind="endpoint", id="evil", host="127.0.0.1", port=port, protocol=protocol)  # type: ignore[arg-type]  # the names are those of the field
    probe = BUILT_IN[protocol if protocol in BUILT_IN else "database"]
    return look_at(probe, target, seconds=SECONDS).facts


@pytest.mark.parametrize(
    ("protocol", "handler"),
    [(protocol, handler) for protocol, _, handler in WRONG],
    ids=[f"{protocol}: {name}" for protocol, name, _ in WRONG],
)
def test_nonsense_and_silence_are_never_an_answer(protocol: str, handler: Handler) -> None:
    with listening(handler) as server:
        begun = time.monotonic()
        with pytest.raises(CannotSee) as blind:
            look(protocol, server.port)
        assert time.monotonic() - begun < SECONDS + SPARE
    assert blind.value.detail
    assert blind.value.detail.isprintable()
    assert len(blind.value.detail) < 400
    assert server.connections <= 10


@pytest.mark.parametrize("protocol", ["smb", "rdp", "ldap", "postgresql", "mysql", "redis"])
def test_silence_is_told_as_silence(protocol: str) -> None:
    with listening(mute) as server, pytest.raises(CannotSee) as blind:
        look(protocol, server.port)
    assert blind.value.reason == "timed-out"


def test_silence_to_one_version_is_no_refusal() -> None:
    chosen = b"\x03\x00\x00\x13\x0e\xd0\x00\x00\x00\x00\x00\x02\x00\x08\x00\x02\x00\x00\x00"

    def handle(connection: socket.socket, number: int) -> None:
        (after_a_word(chosen) if number == 2 else mute)(connection, number)

    with listening(handle) as server:
        facts = look("rdp", server.port)
    states = [layer.state for layer in facts.layers]
    assert states.count("unclear") >= 3
    assert "refused" not in states
