import select
import socket
import ssl
import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from readiness_audit.model.evidence import Reason
from readiness_audit.model.target import Endpoint
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.tls.flaw_facts import FlawsFacts
from readiness_audit.probes.tls.tickets import SESSION
from readiness_audit.probes.tls.tls_flaws import PROBE
from tests.looking import look_at
from tests.servers.certificates import authority, make, names, write
from tests.servers.choosing_tls import Manner, choosing, diffie_hellman, read_hello
from tests.servers.fake_tls import (
    SSL2,
    SSL3,
    TLS10,
    TLS12,
    accept,
    alert,
    certificate,
    message,
    record,
    say,
    server_hello,
    speaking,
    ssl2_hello,
)
from tests.servers.hostile.plain import EVERYWHERE
from tests.servers.hostile.tls import WITHOUT_CERTIFICATE
from tests.servers.limiting import at_most, the_first
from tests.servers.listener import Handler, free_port, listening
from tests.servers.programs import s_server

LEAF = make("localhost", authority(), [names("localhost")], key=rsa.generate_private_key(65537, 2048))
ALL = {
    "heartbleed",
    "ccs-injection",
    "ticketbleed",
    "robot",
    "drown",
    "poodle",
    "sweet32",
    "logjam",
    "freak",
    "crime",
}
ECDHE, RSA_AES, RSA_3DES, RSA_EXPORT, DHE_AES, DHE_EXPORT = 0xC02F, 0x002F, 0x000A, 0x0003, 0x0033, 0x0014
CURVE = b"\x03\x00\x17\x41" + bytes(65) + b"\x04\x01\x00\x04" + bytes(4)


def look(port: int, *, seconds: float = 8.0) -> FlawsFacts:
    target = Endpoint(kind="endpoint", id="shop", host="127.0.0.1", port=port, protocol="tls")
    return look_at(PROBE, target, seconds=seconds).facts


def states(facts: FlawsFacts, state: str) -> set[str]:
    assert {flaw.name for flaw in facts.flaws} == ALL
    assert len(facts.flaws) == len(ALL)
    return {flaw.name for flaw in facts.flaws if flaw.state == state}


def told(facts: FlawsFacts, name: str) -> str:
    return next(flaw.told_by for flaw in facts.flaws if flaw.name == name)


@pytest.fixture
def leaf(tmp_path: Path) -> Path:
    write(tmp_path / "leaf.pem", LEAF)
    return tmp_path / "leaf.pem"


def test_it_says_so_when_nothing_answers() -> None:
    with pytest.raises(CannotSee) as blind:
        look(free_port())
    assert blind.value.reason is Reason.REFUSED


@pytest.mark.parametrize("name", EVERYWHERE)
def test_what_speaks_no_tls_has_no_flaws_to_be_free_of(name: str) -> None:
    with listening(EVERYWHERE[name].serve) as server:
        begun = time.monotonic()
        with pytest.raises(CannotSee) as blind:
            look(server.port, seconds=0.5)
        assert time.monotonic() - begun < 1.0
    assert blind.value.detail.isprintable()


@pytest.mark.parametrize(
    "options",
    [("-cipher", "ECDHE"), ("-tls1_3",), ("-no_ticket", "-tls1_2", "-cipher", "ECDHE+AESGCM")],
    ids=["both versions", "newest alone", "no tickets"],
)
def test_a_current_server_with_fresh_keys_has_none_of_them(options: tuple[str, ...], leaf: Path) -> None:
    with s_server(leaf, *options) as port:
        facts = look(port)
    assert states(facts, "absent") == ALL
    assert (facts.present, facts.unclear, facts.not_looked_at) == (0, 0, 0)
    # DROWN is tried everywhere; whatever else needs TLS 1.2 is told as not tried where that is refused.
    assert facts.ruled_out == (len(ALL) - 1 if "-tls1_3" in options else 0)


def test_an_invitation_to_try_again_is_no_tls_13() -> None:
    """RFC 8446, section 4.1.4: it comes in clear, so that anybody can say it and never go on."""
    with listening(WITHOUT_CERTIFICATE["only-retry"].serve) as server:
        facts = look(server.port)
    assert states(facts, "unclear") == ALL - {"drown"}
    assert (facts.present, facts.ruled_out) == (0, 0)


def test_static_rsa_alone_is_no_flaw(leaf: Path) -> None:
    with s_server(leaf, "-cipher", "ALL:@SECLEVEL=0") as port:
        facts = look(port, seconds=30.0)
    assert states(facts, "absent") == ALL


def test_the_lifetime_of_a_ticket_is_the_one_openssl_is_told(leaf: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with s_server(leaf) as port:
        with socket.create_connection(("127.0.0.1", port)) as bare, context.wrap_socket(bare) as client:
            session = client.session
            assert session is not None
            hint = session.ticket_lifetime_hint
        facts = look(port)
    assert facts.ticket_lifetime == hint == 7200
    assert told(facts, "ticketbleed") == "to a session's name of 31 bytes it answers with 31"


def test_what_a_server_accepts_tells_of_its_flaws() -> None:
    manners = {
        SSL3: Manner([RSA_3DES], compression=1),
        TLS10: Manner([DHE_EXPORT, RSA_EXPORT, DHE_AES], keys=diffie_hellman(512)),
        TLS12: Manner([RSA_AES], extensions=bytes.fromhex("000f000101")),
    }
    with listening(choosing(manners, LEAF.der)) as server:
        facts = look(server.port)
    assert states(facts, "present") == {"poodle", "sweet32", "logjam", "freak", "crime"}
    # It hangs up whatever comes after its hello.
    assert states(facts, "unclear") == {"robot", "heartbleed", "ccs-injection"}
    assert facts.present == 5


def test_a_prime_that_is_too_short_is_logjam_without_export_too() -> None:
    manners = {TLS10: Manner([DHE_AES], keys=diffie_hellman(768))}
    with listening(choosing(manners, LEAF.der)) as server:
        facts = look(server.port)
    assert states(facts, "present") == {"logjam"}
    assert told(facts, "logjam") == "it agrees on keys over a prime of 768 bits"


def test_the_oldest_ssl_is_drown() -> None:
    both = {SSL2: say(ssl2_hello(LEAF.der, b"\x07\x00\xc0")), TLS12: accept(TLS12, LEAF.der)}
    with listening(speaking(both)) as server:
        facts = look(server.port)
    assert "drown" in states(facts, "present")


def waiting(*answers: bytes) -> Handler:
    """Show everything up to ServerHelloDone in TLS 1.2, then answer each message with the next of these."""
    parts = [server_hello(TLS12, ECDHE), certificate(LEAF.der), message(12, CURVE), message(14, b"")]
    flight = b"".join(record(22, part) for part in parts)

    def handle(connection: socket.socket, _: int) -> None:
        hello = read_hello(connection)
        if hello.version != TLS12 or ECDHE not in hello.suites:
            alert(70 if hello.version != TLS12 else 40)(connection)
            return
        connection.sendall(flight)
        for answer in answers:
            if not connection.recv(4096):
                return
            connection.sendall(answer)
        while connection.recv(4096):
            pass

    return handle


@pytest.mark.parametrize(
    ("answers", "state"),
    [
        ((record(21, b"\x02\x0a"),), "absent"),
        ((b"", record(21, b"\x02\x14")), "present"),
        ((b"", record(21, b"\x02\x15")), "present"),
        ((b"", record(21, b"\x02\x0a")), "absent"),
        ((), "unclear"),
        ((record(23, b"hello"),), "unclear"),
        ((record(22, message(20, b"")),), "unclear"),
        ((b"HTTP/1.1 400 Bad Request\r\n",), "unclear"),
        # Whoever takes the first may call the second, which it cannot read, anything.
        ((b"", record(21, b"\x02\x32")), "unclear"),
        ((b"", record(21, b"\x02\x28")), "unclear"),
        # The same to whatever comes is no word on this: as a stock answer, and as a warning and no end.
        ((record(21, b"\x02\x50"),), "unclear"),
        ((record(21, b"\x01\x70"),), "unclear"),
    ],
)
def test_an_early_change_of_ciphers_is_minded_or_not(answers: tuple[bytes, ...], state: str) -> None:
    with listening(waiting(*answers)) as server:
        facts = look(server.port)
    assert "ccs-injection" in states(facts, state)


@pytest.mark.parametrize(
    ("hangs_up", "state"),
    [({20}, "absent"), ({20, 22}, "unclear"), ({22}, "unclear")],
    ids=["on an early change alone", "on everything", "on the second alone"],
)
def test_hanging_up_on_an_early_change_and_nothing_else_is_minding_it(hangs_up: set[int], state: str) -> None:
    def handle(connection: socket.socket, _: int) -> None:
        parts = [server_hello(TLS12, ECDHE), certificate(LEAF.der), message(12, CURVE), message(14, b"")]
        hello = read_hello(connection)
        if hello.version != TLS12 or ECDHE not in hello.suites:
            alert(70)(connection)
            return
        connection.sendall(b"".join(record(22, part) for part in parts))
        # The second of two changes ends what hangs up on other things alone.
        heard = [connection.recv(4096)[:1]]
        if heard != [b"\x14"] or 20 not in hangs_up:
            heard.append(b"" if ord(heard[0] or b"\x16") in hangs_up else connection.recv(4096))

    with listening(handle) as server:
        facts = look(server.port)
    assert "ccs-injection" in states(facts, state)


@pytest.mark.parametrize("most", range(5, 14))
def test_hanging_up_on_whoever_asks_often_is_not_having_no_flaws(most: int) -> None:
    serve = choosing({SSL3: Manner([RSA_3DES]), TLS12: Manner([RSA_AES, RSA_3DES])}, LEAF.der)
    with listening(the_first(most, serve)) as server:
        try:
            facts = look(server.port)
        except CannotSee:
            return
    assert states(facts, "absent") == set()


@pytest.mark.parametrize("most", [1, 2, 3])
def test_hanging_up_on_whoever_asks_much_at_once_is_not_having_no_flaws(most: int) -> None:
    serve = choosing({SSL3: Manner([RSA_3DES]), TLS12: Manner([RSA_AES, RSA_3DES])}, LEAF.der)
    with listening(at_most(most, serve)) as server:
        try:
            facts = look(server.port)
        except CannotSee:
            return
    assert not {"poodle", "sweet32", "robot"} & states(facts, "absent")


@pytest.mark.parametrize(
    ("session", "state"), [(SESSION + b"x", "present"), (SESSION, "absent"), (b"y" * 32, "absent")]
)
def test_a_session_name_that_grew_is_ticketbleed(session: bytes, state: str, leaf: Path) -> None:
    """Beside a real server, which gives the ticket, stands one that answers whoever brings it back."""
    with s_server(leaf, "-tls1_2", "-cipher", "ECDHE") as real:

        def handle(connection: socket.socket, _: int) -> None:
            hello = connection.recv(2**14, socket.MSG_PEEK)
            if SESSION in hello:
                read_hello(connection)
                body = (
                    TLS12.to_bytes(2)
                    + bytes(32)
                    + bytes([len(session)])
                    + session
                    + ECDHE.to_bytes(2)
                    + b"\x00"
                )
                connection.sendall(record(22, message(2, body)))
                return
            with socket.create_connection(("127.0.0.1", real)) as other:
                _pass_on(connection, other)

        with listening(handle) as server:
            facts = look(server.port)
    assert "ticketbleed" in states(facts, state)


def _pass_on(one: socket.socket, other: socket.socket) -> None:
    while True:
        ready, _, _ = select.select([one, other], [], [], 10)
        for side in ready:
            data = side.recv(2**14)
            if not data:
                return
            (other if side is one else one).sendall(data)


def test_silence_on_a_version_leaves_what_needs_it_unclear() -> None:
    def handle(connection: socket.socket, _: int) -> None:
        hello = read_hello(connection)
        if hello.version == SSL3:
            connection.recv(4096)
            return
        {TLS12: accept(TLS12, LEAF.der)}.get(hello.version, alert(70))(connection)

    with listening(handle) as server:
        facts = look(server.port)
    assert {"poodle", "sweet32", "freak", "crime", "heartbleed"} <= states(facts, "unclear")
