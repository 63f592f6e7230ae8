"""Makers' passwords: tried where asked for, never more than three times, and never told."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import time
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from readiness_audit.model.evidence import Look, Missing, Reason
from readiness_audit.model.system import Authorisation, Stage, System
from readiness_audit.model.target import Endpoint
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.web import credentials
from readiness_audit.probes.web.credentials import PROBE, WebCredentialsFacts
from readiness_audit.probes.web.makers import MOST_ACCOUNTS, MOST_PASSWORDS, makers
from readiness_audit.stages.collect import collect
from tests.looking import loopback_only
from tests.probes.web.login_app import WRONG, Application
from tests.probes.web.webs import answer, answering, ask, site
from tests.servers.hostile.http import OK
from tests.servers.listener import Handler, free_port, listening, wait_for_the_end

NAGIOS = 'WWW-Authenticate: Basic realm="Nagios Access"'
DENIED = answer("who are you?", "401 Unauthorized", NAGIOS)
STRONG = "correct horse battery staple"


@pytest.fixture(autouse=True)
def without_long_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "PAUSE", 0.02)


def look(port: int, seconds: float = 8.0) -> WebCredentialsFacts:
    seen = ask(PROBE, port, seconds=seconds)
    assert seen.excerpts == ()
    return seen.facts


def tried(server: Handler, seconds: float = 8.0) -> WebCredentialsFacts:
    with listening(server) as listener:
        return look(listener.port, seconds)


def said(facts: WebCredentialsFacts) -> list[tuple[str, int, bool, str]]:
    return [(one.account, one.number, one.made_up, one.outcome) for one in facts.attempts]


def test_where_nothing_listens_it_says_refused() -> None:
    with pytest.raises(CannotSee) as blind:
        look(free_port())
    assert blind.value.reason is Reason.REFUSED


@pytest.mark.parametrize(
    ("page", "told"),
    [
        (
            "<title>Our shop</title><form method=post><input name=u><input type=password name=p></form>",
            "list",
        ),
        ("<title>Nagios</title><p>Everything is fine", "no log-in was found"),
        ("<title>Nagios</title><title>Zabbix</title>", "list"),
        ("", "list"),
    ],
)
def test_without_a_known_product_or_a_log_in_nothing_is_tried(page: str, told: str) -> None:
    # The second is a server that answers 200 to everything.
    facts = tried(answering(lambda *_: answer(page, kind="text/html")))
    assert (facts.attempts, facts.refused, facts.accepted) == ((), 0, 0)
    assert told in (facts.trouble or "")


def nginx_with(folder: Path, password: str) -> str:
    command = ["openssl", "passwd", "-apr1", "-stdin"]
    digest = subprocess.run(command, input=password.encode(), capture_output=True, check=True).stdout.decode()
    (folder / "users").write_text(f"nagiosadmin:{digest}")
    return f'auth_basic "Nagios Access"; auth_basic_user_file {folder}/users;'


def test_nginx_refuses_what_was_changed(tmp_path: Path) -> None:
    with site(tmp_path, {"index.html": "inside"}, nginx_with(tmp_path, STRONG)) as port:
        facts = look(port)
    assert (facts.product, facts.login, facts.trouble) == ("Nagios", "basic", None)
    assert said(facts) == [
        ("nagiosadmin", 1, True, "refused"),
        ("nagiosadmin", 2, False, "refused"),
        ("nagiosadmin", 3, False, "refused"),
    ]
    assert [one.status for one in facts.attempts] == [401, 401, 401]
    assert (facts.shipped, facts.refused, facts.accepted) == (2, 2, 0)


def test_nginx_lets_in_whoever_has_the_makers_password(tmp_path: Path) -> None:
    with site(tmp_path, {"index.html": "inside"}, nginx_with(tmp_path, "nagiosadmin")) as port:
        facts = look(port)
    # The third attempt is made up again: what lets anybody in now and then proves nothing.
    assert said(facts) == [
        ("nagiosadmin", 1, True, "refused"),
        ("nagiosadmin", 2, False, "accepted"),
        ("nagiosadmin", 3, True, "refused"),
    ]
    assert (facts.accepted, facts.trouble) == (1, None)


def test_who_always_says_401_refuses() -> None:
    facts = tried(answering(lambda *_: DENIED))
    assert (facts.shipped, facts.refused, facts.accepted, facts.trouble) == (2, 2, 0, None)


def test_it_pauses_between_attempts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "PAUSE", 0.3)
    begun = time.monotonic()
    tried(answering(lambda *_: DENIED))
    assert time.monotonic() - begun >= 2 * 0.3


def test_who_lets_anything_in_proves_nothing() -> None:
    facts = tried(answering(lambda _, asked: answer("in") if "authorization" in asked else DENIED))
    assert said(facts) == [("nagiosadmin", 1, True, "unclear")]
    assert facts.accepted == 0
    assert facts.trouble == "a password that was made up is not plainly refused"


def test_who_changes_its_mind_proves_nothing() -> None:
    asked: list[str] = []

    def fickle(_: str, headers: dict[str, str]) -> bytes:
        asked.extend([headers["authorization"]] if "authorization" in headers else [])
        return answer("in") if len(asked) >= 2 else DENIED

    facts = tried(answering(fickle))
    assert (facts.accepted, facts.refused) == (0, 0)
    assert facts.trouble == "a password that was made up is refused one time and not the other"


@pytest.mark.parametrize("status", ["403 Forbidden", "500 Oops", "418 I'm a teapot"])
def test_neither_refusal_nor_welcome_is_not_told(status: str) -> None:
    attempts: list[str] = []

    def handle(_: str, headers: dict[str, str]) -> bytes:
        attempts.extend([headers["authorization"]] if "authorization" in headers else [])
        return answer("?", status) if len(attempts) >= 2 else DENIED

    facts = tried(answering(handle))
    assert said(facts)[-1] == ("nagiosadmin", 2, False, "unclear")
    assert facts.trouble is not None


@pytest.mark.parametrize(
    "enough", [answer("x", "429 Too Many Requests"), answer("x", "401 No", NAGIOS, "Retry-After: 60")]
)
def test_it_stops_where_the_server_has_enough(enough: bytes) -> None:
    attempts: list[str] = []

    def handle(_: str, headers: dict[str, str]) -> bytes:
        attempts.extend([headers["authorization"]] if "authorization" in headers else [])
        return enough if len(attempts) >= 2 else DENIED

    facts = tried(answering(handle))
    assert len(attempts) == 2
    assert facts.trouble == "the server says that it was enough, and no more was tried"


def test_who_drips_is_left_alone() -> None:
    def drip(connection: socket.socket, _: int) -> None:
        if b"Authorization" in connection.recv(4096):
            connection.sendall(OK)
            wait_for_the_end(connection)
        else:
            connection.sendall(DENIED)

    facts = tried(drip, seconds=3.0)
    assert facts.accepted == facts.refused == 0
    assert facts.trouble is not None


@pytest.mark.parametrize("by_redirect", [False, True])
def test_a_form_refuses_what_was_changed(by_redirect: bool) -> None:  # noqa: FBT001 - a column
    shop = Application(password=STRONG, by_redirect=by_redirect)
    facts = tried(shop.handle)
    assert (facts.product, facts.login, facts.trouble) == ("Zabbix", "form", None)
    assert said(facts) == [("Admin", 1, True, "refused"), ("Admin", 2, False, "refused")]
    assert (facts.shipped, facts.refused) == (1, 1)
    assert (shop.tries, shop.forged) == (["Admin", "Admin"], 0)


@pytest.mark.parametrize("by_redirect", [False, True])
def test_a_form_lets_in_whoever_has_the_makers_password(by_redirect: bool) -> None:  # noqa: FBT001 - a column
    shop = Application(password="zabbix", by_redirect=by_redirect)
    facts = tried(shop.handle)
    assert [outcome for *_, outcome in said(facts)] == ["refused", "accepted", "refused"]
    assert (facts.accepted, facts.trouble) == (1, None)
    assert len(shop.tries) == 3
    assert "zabbix" not in str(asdict(facts))


def test_a_form_that_says_nothing_proves_nothing() -> None:
    # Scripts may do the log-in: the same page, whatever was sent.
    facts = tried(Application(password=STRONG, message="").handle)
    assert said(facts) == [("Admin", 1, True, "unclear")]
    assert facts.trouble == "a password that was made up is not plainly refused"


def test_a_form_that_welcomes_everybody_proves_nothing() -> None:
    facts = tried(Application(password=STRONG, welcomes_all=True).handle)
    assert (facts.accepted, facts.trouble) == (0, "a password that was made up is not plainly refused")


@pytest.mark.parametrize("words", ["Too many attempts", "Zu viele Versuche", "Ihr Konto ist gesperrt"])
def test_a_form_that_locks_is_left_alone(words: str) -> None:
    shop = Application(password=STRONG, locks_after=1)
    shop.locked = shop.form(f"<p>{words}</p>", "Admin")
    facts = tried(shop.handle)
    assert (facts.refused, facts.accepted) == (0, 0)
    assert facts.trouble == "the server says that it was enough, and no more was tried"
    assert words not in WRONG


@pytest.mark.parametrize(
    "words",
    [
        "Forbidden: CSRF verification failed",
        "Your session has expired, please log in again.",
        "Invalid form authenticity token",
        "Please enable cookies to log in",
        "Log in needs JavaScript",
        "Die Sitzung ist abgelaufen.",
    ],
)
def test_a_form_that_was_turned_down_itself_refuses_no_password(words: str) -> None:
    facts = tried(Application(password="zabbix", message=f"<p>{words}</p>", forgets=True).handle)
    assert said(facts) == [("Admin", 1, True, "unclear")]
    assert facts.trouble == "a password that was made up is not plainly refused"


@pytest.mark.parametrize(
    ("page", "refused"),
    [("<h1>Forbidden</h1><p>nginx", 0), ("", 0), ("<p>The password is wrong", 1)],
)
def test_a_guard_that_forbids_every_form_refuses_no_password(page: str, refused: int) -> None:
    shop = Application(password="zabbix", forgets=True)
    shop.stock = answer(page, "403 Forbidden", kind="text/html")
    assert tried(shop.handle).refused == refused


def test_a_form_that_leads_elsewhere_is_not_sent() -> None:
    page = (
        "<title>Zabbix</title><form method=post action=https://elsewhere.example/>"
        "<input name=name><input type=password name=password></form>"
    )
    facts = tried(answering(lambda *_: answer(page, kind="text/html")))
    assert (facts.login, facts.attempts) == ("none", ())


def test_a_form_that_would_put_the_password_into_the_address_is_not_sent() -> None:
    page = "<title>Zabbix</title><form><input name=name><input type=password name=password></form>"
    facts = tried(answering(lambda *_: answer(page, kind="text/html")))
    assert (facts.login, facts.attempts) == ("none", ())


def test_the_list_keeps_to_its_bounds() -> None:
    known = makers()
    assert len(known.edition) == len("2026-11")
    assert all(product.page or product.realm for product in known.products)
    assert all(0 < len(product.accounts) <= MOST_ACCOUNTS for product in known.products)
    accounts = [account for product in known.products for account in product.accounts]
    assert all(0 < len(account.passwords) <= MOST_PASSWORDS for account in accounts)


def taken(granted: Authorisation, *, asked_for: bool) -> tuple[Missing | object, int, int]:
    with listening(answering(lambda *_: DENIED)) as listener:
        endpoint = Endpoint(kind="endpoint", id="web", host="127.0.0.1", port=listener.port, protocol="http")
        system = System(
            system="s",
            title="S",
            owner="O, owner",
            stage=Stage.PILOT,
            authorisation=granted,
            targets=(endpoint,),
        )
        looks = (Look(probe=PROBE.name, target="web"),)
        found = asyncio.run(
            collect(
                looks,
                system,
                {PROBE.name: PROBE},
                Path("/nonexistent"),
                lambda: datetime.now(UTC),
                try_passwords=asked_for,
            )
        )
        return found.evidence[0], listener.connections, len(found.contacts)


def test_without_the_flag_or_the_authorisation_nothing_is_sent() -> None:
    plain = loopback_only(datetime.now(UTC))
    named = replace(plain, default_credentials=("web",))
    for granted, asked_for, word in [(plain, True, "authorisation"), (named, False, "--default-credentials")]:
        found, connections, contacts = taken(granted, asked_for=asked_for)
        assert isinstance(found, Missing)
        assert (found.reason, connections, contacts) == (Reason.OUT_OF_SCOPE, 0, 0)
        assert word in found.detail


def test_with_both_it_is_tried() -> None:
    found, connections, _ = taken(
        replace(loopback_only(datetime.now(UTC)), default_credentials=("web",)), asked_for=True
    )
    assert not isinstance(found, Missing)
    assert connections == 4
