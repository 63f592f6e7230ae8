import contextlib
import hashlib
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from readiness_audit.errors import FieldError
from readiness_audit.model.evidence import Reason
from readiness_audit.model.target import Endpoint
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.tls import tls, tls_suites
from readiness_audit.probes.tls.preamble import PREAMBLES
from tests.looking import look_at
from tests.servers.by_openssl import OPTIONS
from tests.servers.certificates import authority, make, names, write
from tests.servers.databases import mariadb, postgres
from tests.servers.listener import free_port
from tests.servers.mail import dovecot, prosody, vsftpd
from tests.servers.postfix import postfix
from tests.servers.windows import slapd, xrdp

ROOT = authority()
LEAF = make("localhost", ROOT, [names("localhost")], key=rsa.generate_private_key(65537, 2048))
PROTOCOLS = tuple(PREAMBLES)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    write(tmp_path / "leaf.pem", LEAF)
    return tmp_path / "leaf.pem"


def endpoint(port: int, starttls: str | None) -> Endpoint:
    return Endpoint(
        kind="endpoint",
        id="mail",
        host="127.0.0.1",
        port=port,
        protocol="tls",
        names=("localhost",),
        starttls=starttls,  # type: ignore[arg-type]  # the tests go through all of them
    )


def see(port: int, starttls: str, *, seconds: float = 8.0) -> tls.TlsFacts:
    return look_at(tls.PROBE, endpoint(port, starttls), seconds=seconds).facts


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_it_says_so_when_nothing_answers(protocol: str) -> None:
    with pytest.raises(CannotSee) as versions:
        see(free_port(), protocol, seconds=2.0)
    with pytest.raises(CannotSee) as suites:
        look_at(tls_suites.PROBE, endpoint(free_port(), protocol), seconds=2.0)
    assert versions.value.reason is suites.value.reason is Reason.REFUSED


def test_a_preamble_belongs_to_protocol_tls() -> None:
    with pytest.raises(FieldError, match="goes with protocol: tls"):
        Endpoint(kind="endpoint", id="mail", host="h", port=25, protocol="smtp", starttls="smtp")


@contextlib.contextmanager
def serving(protocol: str, certificate: Path) -> Iterator[int]:
    """Run the real server of a protocol, with TLS 1.2 and 1.3 and whatever else it comes with."""
    with contextlib.ExitStack() as stack:
        folder = certificate.parent
        match protocol:
            case "smtp":
                settings = f"smtpd_tls_chain_files={certificate}\nsmtpd_tls_security_level=may"
                yield stack.enter_context(postfix(settings))
            case "imap":
                yield stack.enter_context(dovecot(certificate)).imap
            case "pop3":
                yield stack.enter_context(dovecot(certificate)).pop3
            case "ldap":
                yield stack.enter_context(slapd(folder, certificate=certificate))
            case "ftp":
                yield stack.enter_context(vsftpd(certificate))
            case "postgresql":
                yield stack.enter_context(postgres(certificate)).port
            case "mysql":
                yield stack.enter_context(mariadb(certificate)).port
            case "xmpp":
                yield stack.enter_context(prosody(folder, certificate))
            case _:
                yield stack.enter_context(xrdp(folder, "tls", certificate))


def by_openssl(port: int, protocol: str, *options: str) -> bytes:
    """Give the leaf that `openssl s_client -starttls` is shown; nothing where no handshake comes about."""
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-servername", "localhost", *options]
    command += ["-cipher", "ALL:@SECLEVEL=0", "-starttls", {"postgresql": "postgres"}.get(protocol, protocol)]
    if protocol == "xmpp":
        command += ["-xmpphost", "localhost"]
    done = subprocess.run(command, input=b"", capture_output=True, check=False)
    text = done.stdout.decode()
    begin, end = text.find("-----BEGIN"), text.find("-----END CERTIFICATE-----")
    if begin < 0 or "New, (NONE)" in text:
        return b""
    return ssl.PEM_cert_to_DER_cert(text[begin : end + 26])


@pytest.mark.parametrize("protocol", [protocol for protocol in PROTOCOLS if protocol != "rdp"])
def test_behind_the_preamble_is_what_openssl_sees_behind_it(protocol: str, certificate: Path) -> None:
    with serving(protocol, certificate) as port:
        facts = see(port, protocol)
        told = {name: by_openssl(port, protocol, option) for name, option in OPTIONS.items()}
    accepted = {version.name for version in facts.versions if version.state == "accepted"}
    assert facts.starttls == protocol
    assert facts.unclear == 0
    assert accepted == {name for name, leaf in told.items() if leaf}
    assert {leaf for leaf in told.values() if leaf} == {LEAF.der}
    assert [one.sha256 for one in facts.certificates] == [hashlib.sha256(LEAF.der).hexdigest()]
    assert facts.names[0].matches


def test_behind_that_of_a_remote_desktop_is_what_it_was_told_to_speak(certificate: Path) -> None:
    with serving("rdp", certificate) as port:
        facts = see(port, "rdp")
    assert [version.name for version in facts.versions if version.state == "accepted"] == [
        "TLSv1.2",
        "TLSv1.3",
    ]
    assert [one.sha256 for one in facts.certificates] == [hashlib.sha256(LEAF.der).hexdigest()]


def test_every_suite_behind_a_preamble_is_found(certificate: Path) -> None:
    with serving("smtp", certificate) as port:
        facts = look_at(tls_suites.PROBE, endpoint(port, "smtp")).facts
    assert facts.starttls == "smtp"
    assert facts.finished
    assert {suite.version for suite in facts.suites} >= {"TLSv1.2", "TLSv1.3"}
