import contextlib
import smtplib
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from readiness_audit.model.target import Endpoint
from readiness_audit.probes.mail.smtp import PROBE, SmtpFacts
from readiness_audit.probes.reach.blind import CannotSee
from tests.looking import look_at
from tests.servers.certificates import authority, make, names, write
from tests.servers.hostile.smtp import NO_ANSWER
from tests.servers.listener import Listener, free_port, listening
from tests.servers.postfix import postfix

CLOSED = "mynetworks = 192.0.2.0/24\nsmtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination"
OPEN = "mynetworks = 127.0.0.0/8\nsmtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination"
WORDS = {"EHLO", "HELO", "MAIL", "RCPT", "RSET", "QUIT"}


def seen(port: int, *names: str, seconds: float = 10.0) -> SmtpFacts:
    target = Endpoint(kind="endpoint", id="mail", host="127.0.0.1", port=port, protocol="smtp", names=names)
    return look_at(PROBE, target, seconds=seconds).facts


@contextlib.contextmanager
def saying(**answers: str) -> Iterator[tuple[Listener, list[str]]]:
    """Run a mail server that answers each word as told, 250 otherwise, and writes down all it is sent."""
    heard: list[str] = []

    def talk(connection: socket.socket, _: int) -> None:
        with connection.makefile("rwb") as lines:
            lines.write(answers.get("banner", "220 mail.shop.example ESMTP").encode() + b"\r\n")
            lines.flush()
            for line in lines:
                heard.append(line.decode().rstrip("\r\n"))
                word = heard[-1][:4].upper()
                lines.write(answers.get(word.lower(), "250 2.0.0 Ok").encode() + b"\r\n")
                lines.flush()
                if word == "QUIT":
                    return

    with listening(talk) as server:
        yield server, heard


def test_it_says_so_when_nothing_answers() -> None:
    with pytest.raises(CannotSee):
        seen(free_port())


@pytest.mark.parametrize("banner", ["554 5.7.1 go away", "421 too busy", "HTTP/1.1 400 Bad", "250 hello"])
def test_what_does_not_talk_to_us_is_not_seen_or_tried(banner: str) -> None:
    with saying(banner=banner) as (server, heard), pytest.raises(CannotSee):
        seen(server.port)
    assert heard == []


def test_a_postfix_that_relays_for_nobody_refuses_as_smtplib_sees_too() -> None:
    with postfix(CLOSED) as port:
        with smtplib.SMTP("127.0.0.1", port) as client:
            client.ehlo()
            offered = {name.upper() for name in client.esmtp_features}
            client.mail("a@example.com")
            code, _ = client.rcpt("b@example.net")
        facts = seen(port, "mail.shop.example")
    assert code == 554
    assert [(one.way, one.state, one.code) for one in facts.relay] == [
        ("stranger", "refused", 554),
        ("no-sender", "refused", 554),
        ("own-sender", "refused", 554),
    ]
    assert facts.relay_tries == 3
    assert set(facts.capabilities) == offered
    assert (facts.ehlo, facts.starttls) == (True, False)
    assert facts.banner == "mail.shop.example ESMTP Postfix"


def test_a_postfix_that_trusts_our_network_is_an_open_relay_from_here() -> None:
    with postfix(OPEN) as port:
        facts = seen(port)
    assert [(one.way, one.state) for one in facts.relay] == [
        ("stranger", "accepted"),
        ("no-sender", "accepted"),
    ]


def test_no_mail_is_ever_sent_not_even_where_everything_is_accepted() -> None:
    with saying() as (server, heard):
        facts = seen(server.port, "shop.example")
        assert server.connections == 4
    assert {one.state for one in facts.relay} == {"accepted"}
    assert {line.split()[0] for line in heard} == WORDS - {"HELO"}
    assert heard.count("RSET") == heard.count("QUIT") == 4
    assert all("example" in line for line in heard if line.startswith(("MAIL", "RCPT")) and "<>" not in line)
    for number, line in enumerate(heard):
        if line.startswith("RCPT"):
            assert heard[number + 1 : number + 3] == ["RSET", "QUIT"]


@pytest.mark.parametrize(
    ("answers", "state"),
    [
        ({"rcpt": "550 5.7.1 Unable to relay"}, "refused"),
        ({"rcpt": "530 5.7.0 Authentication required"}, "refused"),
        ({"mail": "530 5.7.0 Authentication required"}, "refused"),
        ({"rcpt": "503 5.5.1 authenticate first"}, "refused"),
        ({"rcpt": "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)"}, "refused"),
        ({"rcpt": "550 relay not permitted for a client host on no list"}, "refused"),
        # It wants TLS first, and has none: what it makes of mails for others is not known.
        ({"mail": "530 5.7.0 Must issue a STARTTLS command first", "star": "454 no"}, "not-seen"),
        # Postfix, Exchange and Exim put off to RCPT what they have against whoever asks.
        (
            {"rcpt": "554 5.7.1 Service unavailable; Client host [192.0.2.7] blocked using zen.example"},
            "unclear",
        ),
        ({"rcpt": "550 5.7.1 <audit.example.org>: Helo command rejected: Access denied"}, "unclear"),
        ({"rcpt": "554 5.7.1 <unknown[192.0.2.7]>: Client host rejected: Access denied"}, "unclear"),
        ({"rcpt": "550 5.7.23 SPF validation failed"}, "unclear"),
        ({"rcpt": "550-Your reputation is poor\r\n550 go away"}, "unclear"),
        ({"rcpt": "503 5.5.1 Error: need MAIL command"}, "unclear"),
        ({"rcpt": "501 5.5.4 Syntax"}, "unclear"),
        ({"rcpt": "450 4.7.1 greylisted"}, "unclear"),
        ({"mail": "451 later"}, "unclear"),
        ({"rcpt": "556 5.1.10 Domain example.net does not accept mail (nullMX)"}, "unclear"),
        ({"mail": "550 5.7.27 Sender address rejected"}, "sender-refused"),
        ({"rcpt": "354 go ahead"}, "not-seen"),
        ({"rcpt": "yes"}, "not-seen"),
        ({"rcpt": "251 will forward"}, "accepted"),
    ],
)
def test_only_a_refusal_of_relaying_is_one(answers: dict[str, str], state: str) -> None:
    with saying(**answers) as (server, heard):
        facts = seen(server.port)
    assert {one.state for one in facts.relay} == {state}
    assert {line.split()[0] for line in heard} <= WORDS


@pytest.mark.parametrize(
    ("relay", "state"), [(OPEN, "accepted"), (CLOSED, "refused")], ids=["open", "closed"]
)
def test_a_postfix_that_wants_tls_first_is_asked_within_it(relay: str, state: str, tmp_path: Path) -> None:
    leaf = tmp_path / "leaf.pem"
    write(leaf, make("localhost", authority(), [names("localhost")]))
    tls = f"smtpd_tls_security_level = encrypt\nsmtpd_tls_cert_file = {leaf}\nsmtpd_tls_key_file = {leaf}"
    with postfix(f"{relay}\n{tls}") as port:
        facts = seen(port)
    assert {one.state for one in facts.relay} == {state}


def test_what_it_offers_is_told() -> None:
    hello = "250-mail.shop.example\r\n250-STARTTLS\r\n250-AUTH PLAIN LOGIN\r\n250-<script>\r\n250 SIZE 1000"
    with saying(ehlo=hello) as (server, _):
        facts = seen(server.port)
    assert facts.capabilities == ("STARTTLS", "AUTH", "SIZE")
    assert (facts.starttls, facts.auth_in_clear) == (True, ("PLAIN", "LOGIN"))


def test_a_server_without_extensions_is_greeted_the_old_way() -> None:
    with saying(ehlo="502 what", rcpt="550 no") as (server, heard):
        facts = seen(server.port)
    assert (facts.ehlo, facts.capabilities) == (False, ())
    assert {one.state for one in facts.relay} == {"refused"}
    assert sum(line.startswith("HELO") for line in heard) == 2


def test_control_characters_of_a_banner_are_shown_and_not_obeyed() -> None:
    with saying(banner="220 \x1b]0;owned\x07 mail") as (server, _):
        facts = seen(server.port)
    assert facts.banner == "\\x1b]0;owned\\x07 mail"


@pytest.mark.parametrize("name", NO_ANSWER)
def test_a_hostile_server_costs_its_own_look_and_no_more(name: str) -> None:
    hostile = NO_ANSWER[name]
    with listening(hostile.serve) as server:
        begun = time.monotonic()
        with pytest.raises(CannotSee) as blind:
            seen(server.port, seconds=1.0)
        assert time.monotonic() - begun < 1.5
    assert blind.value.detail.isprintable()
    assert hostile.reason in {"", blind.value.reason}
