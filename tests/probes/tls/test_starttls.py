import contextlib
import imaplib
import poplib
import smtplib
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from readiness_audit.model.target import Endpoint
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.tls.preamble import PREAMBLES
from readiness_audit.probes.tls.starttls import PROBE, StarttlsFacts
from tests.looking import look_at
from tests.servers.certificates import authority, make, names, write
from tests.servers.databases import postgres
from tests.servers.hostile.plain import EVERYWHERE
from tests.servers.hostile.preambles import GO_AHEAD, OWN, saying
from tests.servers.listener import Handler, free_port, listening
from tests.servers.mail import dovecot, prosody, vsftpd
from tests.servers.postfix import postfix
from tests.servers.windows import slapd

ROOT = authority()
LEAF = make("localhost", ROOT, [names("localhost")], key=rsa.generate_private_key(65537, 2048))
STRANGER = "127.0.0.2"
"""Where Dovecot does not take us for itself."""

SASL = "smtpd_sasl_auth_enable=yes\nsmtpd_sasl_type=dovecot\nsmtpd_sasl_path={auth}\n"


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    write(tmp_path / "leaf.pem", LEAF)
    return tmp_path / "leaf.pem"


def see(port: int, protocol: str, *, host: str = "127.0.0.1", seconds: float = 8.0) -> StarttlsFacts:
    target = Endpoint(
        kind="endpoint",
        id="mail",
        host=host,
        port=port,
        protocol="tls",
        names=("localhost",),
        starttls=protocol,  # type: ignore[arg-type]  # the tests go through all of them
    )
    return look_at(PROBE, target, seconds=seconds).facts


def by_poplib(port: int) -> dict[str, list[str]]:
    client = poplib.POP3(STRANGER, port)
    try:
        return client.capa()
    finally:
        client.close()


def told(facts: StarttlsFacts) -> tuple[str, str, tuple[str, ...]]:
    return facts.offered, facts.log_in, facts.log_in_methods


@pytest.mark.parametrize("protocol", PREAMBLES)
def test_it_says_so_when_nothing_answers(protocol: str) -> None:
    with pytest.raises(CannotSee):
        see(free_port(), protocol)


def test_dovecot_that_requires_tls_offers_no_log_in_before_as_imaplib_and_poplib_see_too(
    certificate: Path,
) -> None:
    with dovecot(certificate, "ssl = required\ndisable_plaintext_auth = yes") as ports:
        with imaplib.IMAP4(STRANGER, ports.imap) as imap:
            words = imap.capabilities
        capa = by_poplib(ports.pop3)
        by_imap, by_pop3 = see(ports.imap, "imap", host=STRANGER), see(ports.pop3, "pop3", host=STRANGER)
    assert "LOGINDISABLED" in words
    assert not {"USER"} & set(capa)
    assert told(by_imap) == told(by_pop3) == ("offered", "not-offered", ())
    assert by_imap.offered_answer == "a handshake of TLSv1.3"


def test_dovecot_that_takes_passwords_in_clear_says_so(certificate: Path) -> None:
    settings = "ssl = yes\ndisable_plaintext_auth = no\nauth_mechanisms = plain login"
    with dovecot(certificate, settings) as ports:
        with imaplib.IMAP4(STRANGER, ports.imap) as imap:
            words = imap.capabilities
        capa = by_poplib(ports.pop3)
        by_imap, by_pop3 = see(ports.imap, "imap", host=STRANGER), see(ports.pop3, "pop3", host=STRANGER)
    assert {"AUTH=PLAIN", "AUTH=LOGIN"} <= set(words)
    assert capa["SASL"] == ["PLAIN", "LOGIN"]
    assert told(by_imap) == ("offered", "offered", ("LOGIN", "PLAIN"))
    assert told(by_pop3) == ("offered", "offered", ("USER", "PLAIN", "LOGIN"))


def test_dovecot_without_tls_refuses_it(certificate: Path) -> None:
    with dovecot(certificate, "ssl = no") as ports:
        facts = see(ports.imap, "imap")
    assert facts.offered == "refused"


@pytest.mark.parametrize(
    ("only_in_tls", "state", "methods"), [("no", "offered", ("PLAIN",)), ("yes", "not-offered", ())]
)
def test_postfix_as_smtplib_sees_it(
    certificate: Path, only_in_tls: str, state: str, methods: tuple[str, ...]
) -> None:
    with contextlib.ExitStack() as stack:
        auth = free_port()
        listener = f"service auth {{\n inet_listener {{\n port = {auth}\n }}\n}}\nauth_mechanisms = plain"
        stack.enter_context(dovecot(certificate, listener))
        settings = f"smtpd_tls_chain_files={certificate}\nsmtpd_tls_security_level=may\n"
        settings += SASL.format(auth=f"inet:127.0.0.1:{auth}") + f"smtpd_tls_auth_only={only_in_tls}"
        port = stack.enter_context(postfix(settings))
        with smtplib.SMTP("127.0.0.1", port) as client:
            client.ehlo()
            assert ("auth" in client.esmtp_features) == (state == "offered")
        facts = see(port, "smtp")
    assert told(facts) == ("offered", state, methods)


@pytest.mark.parametrize(("forced", "state"), [("YES", "not-offered"), ("NO", "offered")])
def test_vsftpd_as_a_hand_at_the_keyboard_sees_it(certificate: Path, forced: str, state: str) -> None:
    with vsftpd(certificate, f"force_local_logins_ssl={forced}") as port:
        with socket.create_connection(("127.0.0.1", port)) as client, client.makefile("rwb") as lines:
            lines.readline()
            lines.write(b"USER somebody\r\n")
            lines.flush()
            code = lines.readline()[:3]
        facts = see(port, "ftp")
    assert code == (b"331" if state == "offered" else b"530")
    assert (facts.offered, facts.log_in) == ("offered", state)


def test_an_ftp_server_that_knows_its_users_has_not_said_that_it_waits_for_tls() -> None:
    with listening(saying(b"220 hi\r\n", b"530 Permission denied.\r\n")) as server:
        facts = see(server.port, "ftp")
    assert told(facts) == ("refused", "unclear", ())


@pytest.mark.parametrize(
    ("options", "answer", "state"),
    [
        (["security ssf=128"], 13, "not-offered"),
        (["security simple_bind=128"], 13, "unclear"),
        ([], 49, "unclear"),
    ],
    ids=["everything", "binds", "nothing"],
)
def test_slapd_tells_strangers_only_where_it_wants_tls_for_everything(
    certificate: Path, options: list[str], answer: int, state: str
) -> None:
    with slapd(certificate.parent, *options, certificate=certificate) as port:
        command = ["ldapwhoami", "-x", "-H", f"ldap://127.0.0.1:{port}"]
        command += ["-D", "cn=nobody,dc=example,dc=org", "-w", "nothing"]
        by_ldapwhoami = subprocess.run(command, capture_output=True, check=False).returncode
        facts = see(port, "ldap")
    assert by_ldapwhoami == answer
    assert (facts.offered, facts.log_in) == ("offered", state)


@pytest.mark.parametrize(("required", "state"), [("true", "not-offered"), ("false", "offered")])
def test_prosody_lists_ways_to_log_in_only_where_it_takes_them(
    certificate: Path, required: str, state: str
) -> None:
    settings = f"c2s_require_encryption = {required}; allow_unencrypted_plain_auth = true;"
    with prosody(certificate.parent, certificate, settings) as port:
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(
                b"<stream:stream to='localhost' version='1.0' xmlns='jabber:client'"
                b" xmlns:stream='http://etherx.jabber.org/streams'>"
            )
            text = b""
            while b"</stream:features>" not in text:
                text += client.recv(4096)
        facts = see(port, "xmpp")
    assert (b"<mechanism>PLAIN</mechanism>" in text) == (state == "offered")
    assert (facts.offered, facts.log_in) == ("offered", state)
    assert ("PLAIN" in facts.log_in_methods) == (state == "offered")


def test_databases_are_asked_for_tls_alone(certificate: Path) -> None:
    with postgres(certificate) as with_tls, listening(OWN["mysql"]["no TLS"]) as without:
        first, second = see(with_tls.port, "postgresql"), see(without.port, "mysql")
    assert told(first) == ("offered", "not-asked", ())
    assert told(second) == ("refused", "not-asked", ())


@pytest.mark.parametrize("protocol", PREAMBLES)
def test_a_hostile_server_is_never_fine(protocol: str) -> None:
    wrong = {**{name: server.serve for name, server in EVERYWHERE.items()}, **OWN[protocol]}
    if protocol in GO_AHEAD:
        wrong["speaks on"] = GO_AHEAD[protocol]

    def answer(handler: Handler) -> tuple[str, str]:
        with listening(handler) as server:
            try:
                facts = see(server.port, protocol, seconds=1.0)
            except CannotSee as blind:
                return "blind", blind.detail
            return facts.offered, facts.offered_answer + facts.log_in_answer

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(answer, wrong.values()))
    assert {state for state, _ in answers} <= {"blind", "refused", "unclear"}
    assert all(said.isprintable() for _, said in answers)


def test_a_capability_that_no_terminal_should_see_is_not_passed_on() -> None:
    def talk(connection: socket.socket, _: int) -> None:
        connection.sendall(b"220 hi\r\n")
        connection.recv(4096)
        connection.sendall(b"250-x\r\n250 AUTH PLAIN \x1b]0;owned\x07\r\n")
        connection.recv(4096)

    with listening(talk) as server:
        facts = see(server.port, "smtp")
    assert told(facts) == ("refused", "offered", ("PLAIN",))
    assert facts.log_in_answer.isprintable()
