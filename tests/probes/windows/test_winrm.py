import re
import socket
import subprocess
import time
from pathlib import Path

import pytest

from readiness_audit.model.evidence import Reason
from readiness_audit.model.target import Endpoint
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.windows.winrm import PROBE, WinrmFacts, methods_in
from tests.looking import look_at
from tests.servers.certificates import make, names, write
from tests.servers.fake_winrm import AS_WINDOWS_COMES, WITH_BASIC, demanding
from tests.servers.hostile.http import NO_ANSWER, saying
from tests.servers.hostile.plain import EVERYWHERE
from tests.servers.listener import Handler, free_port, listening
from tests.servers.programs import nginx
from tests.servers.python_tls import both_ways, context_for


def look(port: int, *, seconds: float = 3.0) -> WinrmFacts:
    target = Endpoint(
        kind="endpoint", id="it", host="127.0.0.1", port=port, protocol="winrm", names=("localhost",)
    )
    return look_at(PROBE, target, seconds=seconds).facts


def told_by_curl(url: str) -> list[str]:
    command = ["curl", "-sk", "-o", "/dev/null", "-D", "-", "-X", "POST", "-H", "Content-Length: 0", url]
    head = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    return [offer.lower() for offer in re.findall(r"(?im)^www-authenticate: (\w+)", head)]


def test_where_nothing_listens_it_says_refused() -> None:
    with pytest.raises(CannotSee) as blind:
        look(free_port())
    assert blind.value.reason is Reason.REFUSED


@pytest.mark.parametrize("name", [*EVERYWHERE, *NO_ANSWER])
def test_nonsense_and_silence_are_no_winrm(name: str) -> None:
    hostile = EVERYWHERE.get(name) or NO_ANSWER[name]
    began = time.monotonic()
    with listening(hostile.serve) as server, pytest.raises(CannotSee):
        look(server.port, seconds=0.5)
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nhi",
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://127.13.13.13/wsman\r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_another_web_server_is_no_winrm(answer: bytes) -> None:
    with listening(saying(answer)) as server, pytest.raises(CannotSee) as blind:
        look(server.port, seconds=0.8)
    assert "does not speak WinRM" in blind.value.detail


@pytest.mark.parametrize(
    ("handler", "methods", "basic"),
    [
        (AS_WINDOWS_COMES, ("negotiate", "kerberos"), False),
        (WITH_BASIC, ("negotiate", "kerberos", "basic"), True),
        (demanding('Negotiate, Basic realm="a, b", CredSSP'), ("negotiate", "basic", "credssp"), True),
    ],
)
def test_the_ways_to_log_in_are_those_curl_is_offered(
    handler: Handler,
    methods: tuple[str, ...],
    basic: bool,  # noqa: FBT001 - a case
) -> None:
    with listening(handler) as server:
        facts = look(server.port)
        if len(methods) != 3 or "credssp" not in methods:
            assert told_by_curl(f"http://127.0.0.1:{server.port}/wsman") == list(methods)
    assert (facts.methods, facts.basic, facts.login) == (methods, basic, "asked")
    assert (facts.tls_first, facts.method_count, facts.unreadable) == (False, len(methods), 0)
    assert facts.server == "Microsoft-HTTPAPI/2.0"


def test_a_real_web_server_in_its_place_is_seen_in_clear_and_within_tls(tmp_path: Path) -> None:
    leaf = write(tmp_path / "leaf.pem", make("localhost", extensions=[names("localhost")]))
    clear, hidden = free_port(), free_port()
    (tmp_path / "users").write_text("nobody:{PLAIN}x\n")
    where = f'location /wsman {{ auth_basic "WSMAN"; auth_basic_user_file {tmp_path}/users; }}'
    secure = f"ssl_certificate {leaf}; ssl_certificate_key {leaf};"
    servers = f"server {{ listen 127.0.0.1:{clear}; {where} }}"
    servers += f"server {{ listen 127.0.0.1:{hidden} ssl; {secure} {where} }}"
    with nginx(tmp_path, [clear, hidden], servers):
        for port, scheme, tls_first in ((clear, "http", False), (hidden, "https", True)):
            facts = look(port)
            assert list(facts.methods) == told_by_curl(f"{scheme}://127.0.0.1:{port}/wsman") == ["basic"]
            assert (facts.tls_first, facts.login) == (tls_first, "asked")


def test_one_empty_request_is_sent_and_no_log_in_is_tried() -> None:
    heard: list[bytes] = []

    def note(connection: socket.socket, number: int) -> None:
        heard.append(connection.recv(4096, socket.MSG_PEEK))
        AS_WINDOWS_COMES(connection, number)

    with listening(note) as server:
        look(server.port)
    (request,) = heard
    assert request.startswith(b"POST /wsman HTTP/1.1\r\n")
    assert b"Content-Length: 0\r\n" in request
    assert request.endswith(b"\r\n\r\n")
    assert b"authorization" not in request.lower()


def test_within_tls_it_is_windows_all_the_same(tmp_path: Path) -> None:
    context = context_for(write(tmp_path / "leaf.pem", make("localhost", extensions=[names("localhost")])))

    def within(connection: socket.socket, number: int) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            WITH_BASIC(secured, number)

    with listening(within) as server:
        facts = look(server.port)
    assert (facts.tls_first, facts.basic) == (True, True)


@pytest.mark.parametrize(
    ("offer", "methods"),
    [
        ("Negotiate", ["negotiate"]),
        ("Negotiate YIIabc==", ["negotiate"]),
        ('Digest realm="x, Basic", nonce="a\\"b", qop="auth,auth-int"', ["digest"]),
        ('Basic realm="WSMAN", Kerberos', ["basic", "kerberos"]),
        ("BASIC", ["basic"]),
        ("", []),
        ("\x1b[31mBasic", [None]),
        ("<script>", [None]),
        ("a" * 41, [None]),
    ],
)
def test_offers_are_read_to_the_letter(offer: str, methods: list[str | None]) -> None:
    assert list(methods_in(offer)) == methods


def test_too_many_offers_are_told_as_unreadable() -> None:
    with listening(demanding(*(f"M{number}" for number in range(50)))) as server:
        facts = look(server.port)
    assert (len(facts.methods), facts.method_count, facts.unreadable) == (20, 50, 30)


def test_hanging_up_once_on_what_is_said_in_clear_is_not_tls_alone(tmp_path: Path) -> None:
    context = context_for(write(tmp_path / "leaf.pem", make("localhost", extensions=[names("localhost")])))
    with listening(both_ways(context, WITH_BASIC, deaf_to=1)) as server:
        facts = look(server.port)
    assert (facts.tls_first, facts.basic) == (False, True)
