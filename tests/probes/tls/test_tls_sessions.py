import contextlib
import re
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest

from readiness_audit.model.evidence import Reason
from readiness_audit.model.target import Endpoint
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.tls.session_facts import SessionsFacts
from readiness_audit.probes.tls.tls_sessions import NOBODYS_PROTOCOL, PROBE
from tests.looking import look_at
from tests.servers.certificates import authority, make, names, write
from tests.servers.hostile.tls import NOT_TLS, WITHOUT_CERTIFICATE
from tests.servers.limiting import at_most, the_first
from tests.servers.listener import Handler, free_port, listening
from tests.servers.postfix import postfix
from tests.servers.programs import nginx, s_server
from tests.servers.python_tls import by_name, context_for, tls_server

ROOT = authority()


@pytest.fixture(scope="module")
def leaf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("tls") / "leaf.pem", make("localhost", ROOT, [names("localhost")]))


def look(
    port: int,
    protocol: Literal["https", "tls"] = "tls",
    *,
    seconds: float = 8.0,
    starttls: Literal["smtp"] | None = None,
) -> SessionsFacts:
    target = Endpoint(
        kind="endpoint",
        id="it",
        host="127.0.0.1",
        port=port,
        protocol=protocol,
        names=("localhost",),
        starttls=starttls,
    )
    return look_at(PROBE, target, seconds=seconds).facts


def s_client(port: int, *options: str, say: str = "", until: str) -> str:
    """Let openssl shake hands and be told something as if typed, and give what it shows."""
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-servername", "localhost", *options]
    # It shows a ticket of TLS 1.3 only if that came before it was told to leave: longer and longer is waited.
    for seconds in (0.3, 1, 3):
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as client:
            assert client.stdin is not None
            assert client.stdout is not None
            time.sleep(seconds)
            with contextlib.suppress(BrokenPipeError):
                client.stdin.write(say.encode())
                client.stdin.flush()
                time.sleep(seconds if say else 0)
                client.stdin.close()
            told = client.stdout.read().decode("utf-8", "replace")
        if until in told:
            return told
    raise AssertionError(told)


def lifetimes(text: str) -> set[int]:
    return {int(number) for number in re.findall(r"lifetime hint: (\d+)", text)}


def early(text: str) -> set[int]:
    return {int(number) for number in re.findall(r"Max Early Data: (\d+)", text)}


def test_where_nothing_listens_it_says_refused() -> None:
    with pytest.raises(CannotSee) as blind:
        look(free_port())
    assert blind.value.reason is Reason.REFUSED


@pytest.mark.parametrize("name", ["mute", "drip", "garbage", "alert-to-everything", "endless-warnings"])
def test_what_ends_no_handshake_shows_nothing(name: str) -> None:
    began = time.monotonic()
    with listening(NOT_TLS[name].serve) as server, pytest.raises(CannotSee):
        look(server.port, seconds=0.5)
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("name", ["only-retry", "silent-after-hello", "three-hundred"])
def test_nor_does_what_begins_one(name: str) -> None:
    with listening(WITHOUT_CERTIFICATE[name].serve) as server, pytest.raises(CannotSee):
        look(server.port, seconds=0.5)


@pytest.mark.parametrize(
    ("options", "renegotiation"), [((), "refused"), (("-client_renegotiation",), "accepted")]
)
def test_tickets_early_data_and_a_second_handshake_are_those_openssl_meets(
    options: tuple[str, ...], renegotiation: str, leaf: Path
) -> None:
    with s_server(leaf, "-www", *options) as port:
        facts = look(port)
        new = s_client(port, "-tls1_3", until="Max Early Data")
        wanted = "no renegotiation" if renegotiation == "refused" else "RENEGOTIATING\ndepth=0"
        old = s_client(port, "-tls1_2", say="R\n", until=wanted)
    assert {(one.version, one.lifetime) for one in facts.tickets} == {
        *(("TLSv1.3", seconds) for seconds in lifetimes(new)),
        *(("TLSv1.2", seconds) for seconds in lifetimes(old)),
    }
    assert {one.early_data for one in facts.tickets if one.version == "TLSv1.3"} == early(new)
    assert facts.early_data == ("yes" if early(new) - {0} else "no")
    assert facts.renegotiation == renegotiation
    assert "RENEGOTIATING" in old
    assert ("no renegotiation" in old) == (renegotiation == "refused")
    assert [(one.offered, one.state, one.listened) for one in facts.handshakes] == [
        ("TLSv1.3", "ended", True),
        ("older", "ended", True),
    ]
    assert facts.unclear == 0


def test_without_tickets_there_are_none(leaf: Path) -> None:
    with s_server(leaf, "-www", "-num_tickets", "0", "-no_ticket") as port:
        facts = look(port)
    assert (facts.ticket_count, facts.longest_lifetime, facts.early_data, facts.unclear) == (0, None, "no", 0)


@pytest.mark.parametrize(
    ("version", "early_data", "renegotiation"),
    [("-tls1_3", "no", "not_applicable"), ("-tls1_2", "not_applicable", "refused")],
)
def test_what_a_version_does_not_have_does_not_apply(
    version: str, early_data: str, renegotiation: str, leaf: Path
) -> None:
    with s_server(leaf, "-www", version) as port:
        facts = look(port)
    assert (facts.early_data, facts.renegotiation) == (early_data, renegotiation)
    assert sorted(one.state for one in facts.handshakes) == ["ended", "refused"]


def test_a_server_that_wants_a_certificate_of_ours_leaves_it_unclear(leaf: Path) -> None:
    with s_server(leaf, "-www", "-Verify", "1", "-verify_return_error") as port:
        facts = look(port)
    assert facts.early_data == "unclear"
    assert facts.unclear > 0


def test_nginx_is_seen_as_openssl_sees_it(leaf: Path, tmp_path: Path) -> None:
    port = free_port()
    server = (
        f"server {{ listen 127.0.0.1:{port} ssl http2; ssl_certificate {leaf}; ssl_certificate_key {leaf};"
        " ssl_protocols TLSv1.2 TLSv1.3; ssl_early_data on; ssl_session_timeout 3d; return 204; }"
    )
    with nginx(tmp_path, [port], server):
        facts = look(port, "https")
        new = s_client(port, "-tls1_3", until="Max Early Data: 16384")
        old = s_client(port, "-tls1_2", say="R\n", until="no renegotiation")
        chosen = {
            offered: re.findall(
                r"ALPN protocol: (\S+)", s_client(port, "-alpn", offered, until="ALPN protocol")
            )
            for offered in ("h2", "http/1.1")
        }
        s_client(port, "-alpn", NOBODYS_PROTOCOL, until="no application protocol")
    assert lifetimes(new) == lifetimes(old) == {259_200}
    assert {one.lifetime for one in facts.tickets} == {259_200}
    assert facts.longest_lifetime == 259_200
    assert (facts.early_data, early(new)) == ("yes", {16_384})
    assert facts.renegotiation == "refused"
    assert chosen == {"h2": ["h2"], "http/1.1": ["http/1.1"]}
    assert [(one.offered, one.state) for one in facts.protocols] == [
        ("h2", "chosen"),
        ("http/1.1", "chosen"),
        (NOBODYS_PROTOCOL, "refused"),
    ]
    assert {one.asked: one.state for one in facts.names} == {"none": "same", "unknown": "same"}
    assert facts.stapling == "no"


def test_a_postfix_is_seen_through_starttls(leaf: Path) -> None:
    with postfix(f"smtpd_tls_security_level = may\nsmtpd_tls_chain_files = {leaf}") as port:
        facts = look(port, starttls="smtp")
        new = s_client(port, "-starttls", "smtp", "-tls1_3", until="Max Early Data")
    assert {one.lifetime for one in facts.tickets if one.version == "TLSv1.3"} == lifetimes(new)
    assert (facts.starttls, facts.early_data, facts.renegotiation) == ("smtp", "no", "refused")


def test_other_names_are_met_with_the_same_certificate_another_or_a_refusal(
    leaf: Path, tmp_path: Path
) -> None:
    other = write(tmp_path / "other.pem", make("other.example", ROOT, [names("other.example")]))
    strict = by_name({"localhost": context_for(leaf)}, context_for(other))
    with tls_server(lambda _: strict) as server:
        refusing = {one.asked: one.state for one in look(server.port).names}
    assert refusing == {"none": "refused", "unknown": "refused"}
    with s_server(leaf, "-www", "-servername", "localhost", "-cert2", str(leaf), "-key2", str(leaf)) as port:
        assert {one.state for one in look(port).names} == {"same"}
    lenient = context_for(other)
    inner = context_for(leaf)

    def choose(connection: object, name: str | None, _: object) -> None:
        if name == "localhost":
            connection.context = inner  # type: ignore[attr-defined]  # typeshed takes either kind of connection

    lenient.sni_callback = choose
    with tls_server(lambda _: lenient) as server:
        assert {one.asked: one.state for one in look(server.port).names} == {
            "none": "other",
            "unknown": "other",
        }


def test_a_stapled_status_is_seen_in_the_newest_version_too(leaf: Path, tmp_path: Path) -> None:
    status = ocsp_response(tmp_path, leaf)
    for version in ("-tls1_3", "-tls1_2"):
        with s_server(leaf, "-www", version, "-status_file", str(status)) as port:
            s_client(port, "-status", until="OCSP Response Status: successful")
            assert look(port).stapling == "yes"


def ocsp_response(folder: Path, leaf: Path) -> Path:
    """Let openssl answer for the authority that the certificate is good."""
    root = write(folder / "root.pem", ROOT)
    request, response, index = folder / "request.der", folder / "response.der", folder / "index.txt"
    index.write_text("")
    ask = ["openssl", "ocsp", "-issuer", str(root), "-cert", str(leaf), "-reqout", str(request)]
    subprocess.run(ask, check=True, capture_output=True)
    answer = ["openssl", "ocsp", "-index", str(index), "-CA", str(root), "-rsigner", str(root)]
    answer += ["-reqin", str(request), "-respout", str(response), "-ndays", "1"]
    subprocess.run(answer, check=True, capture_output=True)
    return response


@pytest.mark.parametrize(("most", "answer"), [(99, "accepted"), (3, "refused")], ids=["never", "then"])
def test_hanging_up_on_a_second_handshake_refuses_it(most: int, answer: str, leaf: Path) -> None:
    """In TLS 1.2 a client sends three records of a handshake; the fourth begins another."""
    with (
        s_server(leaf, "-www", "-tls1_2", "-client_renegotiation") as port,
        listening(lambda client, _: hang_up_after(most, client, port)) as between,
    ):
        assert look(between.port).renegotiation == answer


def hang_up_after(most: int, client: socket.socket, port: int) -> None:
    """Stand between client and server, and hang up on the client's handshake records beyond `most`."""
    with socket.create_connection(("127.0.0.1", port)) as server:
        back = threading.Thread(target=pass_on, args=(server, client))
        back.start()
        shaken = 0
        while len(head := client.recv(5, socket.MSG_WAITALL)) == 5:
            shaken += head[0] == 22
            body = client.recv(int.from_bytes(head[3:]), socket.MSG_WAITALL)
            if shaken > most:
                break
            server.sendall(head + body)
        server.shutdown(socket.SHUT_RDWR)
        back.join()


def pass_on(source: socket.socket, to: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(2**14):
            to.sendall(data)
        to.shutdown(socket.SHUT_WR)


def test_hanging_up_after_any_handshake_refuses_nothing(leaf: Path) -> None:
    context = context_for(leaf, maximum_version=ssl.TLSVersion.TLSv1_2)
    with tls_server(lambda _: context, lambda _: None) as server:
        assert look(server.port).renegotiation == "unclear"


@pytest.mark.parametrize("guard", [lambda serve: the_first(1, serve), lambda serve: at_most(1, serve)])
def test_hanging_up_on_whoever_asks_often_refuses_no_version(
    guard: Callable[[Handler], Handler], leaf: Path
) -> None:
    with s_server(leaf, "-cipher", "ALL:@SECLEVEL=0") as real:

        def handle(client: socket.socket, _: int) -> None:
            hang_up_after(10**6, client, real)

        with listening(guard(handle)) as server:
            try:
                facts = look(server.port)
            except CannotSee:
                return
    assert "refused" not in {one.state for one in facts.handshakes}
    assert "not_applicable" not in {facts.early_data, facts.renegotiation}
