import asyncio
import itertools
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from readiness_audit.probes.tls.flaw_facts import FlawsFacts
from readiness_audit.probes.tls.unfinished import HUNG_UP, SILENT, Heard
from readiness_audit.probes.tls.wrong_keys import Ask, compare
from tests.probes.tls.flaws_seen import KEY, LEAF, at_once, flaw, look
from tests.servers.certificates import authority, make, names, write
from tests.servers.choosing_tls import Manner, choosing, numbers
from tests.servers.fake_tls import TLS12, message, record
from tests.servers.listener import free_port, listening
from tests.servers.programs import gnutls_serv, nginx, s_server
from tests.servers.unfinished_tls import (
    ALERT,
    BAD_MAC,
    GONE,
    HANDSHAKE,
    RSA_AES,
    UNEXPECTED,
    Key,
    answering,
    unfinished,
    unwrapping,
)

REAL = make("localhost", authority(), [names("localhost")], key=rsa.generate_private_key(65537, 2048))
RSA_PSK, RSA_EXPORT = 0x0094, 0x0003
DECODE_ERROR = record(ALERT, b"\x02\x32")
WRAPPINGS = {"well", "no beginning", "no end", "no secret", "another version"}


def alike(said: bytes | None) -> Callable[[Key], bytes | None]:
    return lambda key: said if key.finished else None


def telling(well: bytes | None, wrongly: bytes | None) -> Callable[[Key], bytes | None]:
    """Betray what is wrapped well once the handshake ends."""
    return lambda key: (well if key.wrapping == "well" else wrongly) if key.finished else None


def telling_apart(wrapping: str) -> Callable[[Key], bytes | None]:
    """Betray one wrong way of wrapping alone."""
    return lambda key: (DECODE_ERROR if key.wrapping == wrapping else BAD_MAC) if key.finished else None


KEY_ANSWERS: dict[str, tuple[Callable[[Key], bytes | None], str]] = {
    "mute": (alike(None), "unclear"),
    "garbage": (alike(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "unclear"),
    "a message of the handshake": (alike(record(HANDSHAKE, message(20, bytes(12)))), "unclear"),
    "data": (alike(record(23, b"hello")), "unclear"),
    "a warning": (alike(record(ALERT, b"\x01\x14")), "unclear"),
    "an alert of nothing": (alike(record(ALERT, b"")), "unclear"),
    "records without end": (alike(record(HANDSHAKE, b"") * 1000), "unclear"),
    "a record of 64 KiB": (alike(b"\x15\x03\x03\xff\xff" + bytes(100)), "unclear"),
    "hangs up on any key": (lambda _: GONE, "unclear"),
    "refuses any key": (lambda _: DECODE_ERROR, "unclear"),
    "refuses alike": (alike(BAD_MAC), "absent"),
    "hangs up alike": (alike(GONE), "absent"),
    "now this way, now that": (
        lambda key: (BAD_MAC if key.number % 2 else DECODE_ERROR) if key.finished else None,
        "unclear",
    ),
    "otherwise once": (
        lambda key: (DECODE_ERROR if key.number == 3 else BAD_MAC) if key.finished else None,
        "unclear",
    ),
    "another alert": (telling(BAD_MAC, DECODE_ERROR), "present"),
    "an alert or hanging up": (telling(BAD_MAC, GONE), "present"),
    "an alert or silence": (telling(BAD_MAC, None), "present"),
    "one alert or two": (telling(BAD_MAC, BAD_MAC + BAD_MAC), "present"),
    "the version": (telling_apart("another version"), "present"),
    "the beginning": (telling_apart("no beginning"), "present"),
    "the end": (telling_apart("no end"), "present"),
    "the length": (telling_apart("no secret"), "present"),
    "before the handshake ends": (
        lambda key: BAD_MAC if key.finished else None if key.wrapping == "well" else GONE,
        "present",
    ),
}


@pytest.fixture(scope="module")
def sent() -> dict[str, tuple[FlawsFacts, int]]:
    return at_once({name: unwrapping(KEY, LEAF.der, answer) for name, (answer, _) in KEY_ANSWERS.items()})


@pytest.mark.parametrize("name", KEY_ANSWERS)
def test_what_a_key_is_answered_with_betrays_it_or_not(
    name: str, sent: dict[str, tuple[FlawsFacts, int]]
) -> None:
    (facts, connections), (_, state) = sent[name], KEY_ANSWERS[name]
    found = flaw(facts, "robot")
    assert facts.connections == connections
    assert found.state == state, found.told_by
    assert found.told_by.isprintable()


@pytest.mark.parametrize(("answer", "times"), [(alike(BAD_MAC), 1), (telling(BAD_MAC, GONE), 3)])
def test_each_wrapping_comes_once_and_three_times_where_it_matters(
    answer: Callable[[Key], bytes | None], times: int
) -> None:
    """The server tells the wrappings apart by itself, after PKCS #1 v1.5."""
    seen: list[Key] = []
    lock = threading.Lock()

    def noting(key: Key) -> bytes | None:
        with lock:
            seen.append(key)
        return answer(key)

    with listening(unwrapping(KEY, LEAF.der, noting)) as server:
        look(server.port)
    ended = sorted(key.wrapping for key in seen if key.finished)
    assert ended == sorted([*WRAPPINGS] * times)
    assert sorted(key.wrapping for key in seen if not key.finished) == sorted(WRAPPINGS)


def test_who_asks_for_a_certificate_gets_none_and_then_the_key() -> None:
    def answer(key: Key) -> bytes | None:
        if not key.certified:
            return UNEXPECTED
        return BAD_MAC if key.finished else None

    with listening(unwrapping(KEY, LEAF.der, answer, asks=True)) as server:
        assert flaw(look(server.port), "robot").state == "absent"


def test_who_hears_no_key_before_a_certificate_is_not_judged_by_it() -> None:
    request = message(13, bytes.fromhex("0101000204010000"))
    with listening(unfinished(LEAF.der, answering(DECODE_ERROR), before_the_end=[request])) as server:
        assert flaw(look(server.port), "robot").state == "unclear"


def test_a_certificate_without_a_key_to_wrap_for_leaves_it_unclear() -> None:
    """OpenSSL itself works with 16,384 bits at most."""
    huge = rsa.RSAPublicNumbers(65537, 2**19999 + 1).public_key()
    shown = {
        "no RSA key that can be read": [make("localhost").der, b"no certificate", LEAF.der[:-300]],
        "an RSA key of 20000 bits": [make("localhost", public=huge).der],
    }
    servers = {
        f"{number} {told_by}": unfinished(der, answering(UNEXPECTED))
        for told_by, ders in shown.items()
        for number, der in enumerate(ders)
    }
    for name, (facts, _) in at_once(servers).items():
        found = flaw(facts, "robot")
        assert found.state == "unclear"
        assert name[2:] in found.told_by


@pytest.mark.parametrize("suite", [RSA_PSK, RSA_EXPORT])
def test_other_ways_of_wrapping_a_key_are_not_looked_at(suite: int) -> None:
    keys = b"\x00\x00" if suite == RSA_PSK else b""
    with listening(choosing({TLS12: Manner([suite], keys=keys)}, LEAF.der)) as server:
        facts = look(server.port)
    assert flaw(facts, "robot").state == "not-looked-at"
    assert facts.not_looked_at == 1


def test_plain_rsa_is_tried_where_another_way_is_liked_better() -> None:
    honest = unwrapping(KEY, LEAF.der, alike(BAD_MAC))
    exporting = choosing({TLS12: Manner([RSA_EXPORT, RSA_AES])}, LEAF.der)

    def handle(connection: socket.socket, number: int) -> None:
        hello = connection.recv(2**14, socket.MSG_PEEK)
        # A record's head of 5, a message's of 4, the version, chance, and no session's name.
        at = 5 + 4 + 2 + 32 + 1
        suites = numbers(hello[at + 2 : at + 2 + int.from_bytes(hello[at : at + 2])])
        (exporting if RSA_EXPORT in suites else honest)(connection, number)

    with listening(handle) as server:
        assert flaw(look(server.port), "robot").state == "absent"


def taking_turns(servers: int, refusing: int) -> Ask:
    """Ask servers behind one address in turn; those whose bit is set hang up without an alert."""
    turns = itertools.count()
    alert = Heard(records=((ALERT, b"\x02\x14"),), end=HUNG_UP)

    async def ask(_: int, finished: bool) -> Heard:  # noqa: FBT001 - it is half of a question
        turn = next(turns) % servers
        if not finished:
            return Heard(records=(), end=SILENT)
        return Heard(records=(), end=HUNG_UP) if refusing >> turn & 1 else alert

    return ask


@pytest.mark.parametrize("servers", range(2, 8))
def test_servers_that_take_turns_are_not_one_that_lets_on(servers: int) -> None:
    for refusing in range(1, 2**servers - 1):
        state, _ = asyncio.run(compare(taking_turns(servers, refusing)))
        assert state != "present"


def test_the_look_is_over_in_time_whatever_keys_are_answered_with() -> None:
    begun = time.monotonic()
    with listening(unwrapping(KEY, LEAF.der, telling(None, DECODE_ERROR))) as server:
        facts = look(server.port, seconds=2.0)
        assert time.monotonic() - begun < 3.0
    assert flaw(facts, "robot").state in {"unclear", "present"}


@pytest.mark.parametrize("suite", ["AES128-SHA", "AES128-GCM-SHA256"])
def test_openssl_does_not_let_on(suite: str, tmp_path: Path) -> None:
    leaf = write(tmp_path / "leaf.pem", REAL)
    with s_server(leaf, "-tls1_2", "-cipher", f"{suite}:@SECLEVEL=0") as port:
        found = flaw(look(port, seconds=30.0), "robot")
    assert (found.state, found.told_by[-14:]) == ("absent", "bad_record_mac")


@pytest.mark.parametrize("verify", ["off", "optional", "on"])
def test_nginx_does_not_let_on(verify: str, tmp_path: Path) -> None:
    port, leaf = free_port(), write(tmp_path / "leaf.pem", REAL)
    server = (
        f"server {{ listen 127.0.0.1:{port} ssl; ssl_certificate {leaf}; ssl_certificate_key {leaf};"
        f"ssl_protocols TLSv1.2; ssl_ciphers AES128-SHA:@SECLEVEL=0;"
        f"ssl_client_certificate {leaf}; ssl_verify_client {verify}; }}"
    )
    with nginx(tmp_path, [port], server):
        assert flaw(look(port, seconds=30.0), "robot").state == "absent"


def test_gnutls_does_not_let_on(tmp_path: Path) -> None:
    leaf = write(tmp_path / "leaf.pem", REAL)
    with gnutls_serv(leaf, "--priority", "NORMAL:-KX-ALL:+RSA:-VERS-TLS1.3") as port:
        assert flaw(look(port, seconds=30.0), "robot").state == "absent"
