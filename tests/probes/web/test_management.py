"""Paths of administration as strangers find them: real nginx servers, and answers that may be either."""

import contextlib
import ipaddress
import secrets
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from readiness_audit.model.evidence import Reason
from readiness_audit.model.grammar import Address
from readiness_audit.model.system import Authorisation
from readiness_audit.model.target import Endpoint
from readiness_audit.model.vantage import MOST_PATHS, RestrictedPaths
from readiness_audit.probes.reach import gate
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.web.management import PROBE, ManagementPath, WebManagementFacts
from tests.looking import look_at, loopback_only
from tests.probes.web.webs import NOT_FOUND, answer, answering, curl, site
from tests.servers.hostile.entry import CANARY, TRAP
from tests.servers.hostile.http import NO_ANSWER, ODD_BODY
from tests.servers.hostile.web import ILL, LURES, TALKATIVE
from tests.servers.listener import free_port, listening
from tests.servers.programs import nginx

FORM = (
    "<!doctype html><title>Log in</title><form method=post><input name=u><input type=PassWord name=p></form>"
)
BASTION = ("bastion",)


def look(
    port: int,
    *paths: str,
    host: str = "127.0.0.1",
    seconds: float = 10.0,
    authorisation: Authorisation | None = None,
) -> WebManagementFacts:
    restricted = (RestrictedPaths(service="management", paths=paths, open_from=BASTION),) if paths else ()
    target = Endpoint(
        kind="endpoint",
        id="shop",
        host=host,
        port=port,
        protocol="http",
        names=("shop.example",),
        restricted=restricted,
    )
    return look_at(PROBE, target, seconds=seconds, authorisation=authorisation).facts


def row(port: int, path: str = "/admin") -> ManagementPath:
    (found,) = look(port, path).paths
    return found


@contextlib.contextmanager
def saying(**answers: bytes | str) -> Iterator[int]:
    """Answer /admin, /login and so on with what is given; all else with what is given as `other`."""
    made = {
        f"/{name}": answer(said, kind="text/html") if isinstance(said, str) else said
        for name, said in answers.items()
    }

    def answers_to(first: str, _: dict[str, str]) -> bytes:
        path = first.split(" ")[1].partition("?")[0]
        return made.get(path, made.get("/other", NOT_FOUND))

    with listening(answering(answers_to)) as server:
        yield server.port


def moved(to: str, status: str = "302 Found") -> bytes:
    return answer("", status, f"Location: {to}")


def test_where_nothing_listens_it_says_refused() -> None:
    with pytest.raises(CannotSee) as blind:
        look(free_port(), "/admin")
    assert blind.value.reason is Reason.REFUSED


def test_without_declared_paths_nothing_is_asked() -> None:
    with listening(answering(lambda _, __: NOT_FOUND)) as server:
        with pytest.raises(CannotSee) as blind:
            look(server.port)
        assert server.connections == 0
    assert blind.value.reason is Reason.EMPTY


def test_nginx_shows_open_refused_and_absent_paths_for_what_they_are(tmp_path: Path) -> None:
    files = {"admin/index.html": FORM, "manager/index.html": "hello", "index.html": "start"}
    config = """
      location /basic/ { auth_basic "x"; auth_basic_user_file /dev/null; }
      location /manager/ { allow 127.0.0.2; deny all; }
      location /hidden/ { allow 127.0.0.2; deny all; error_page 403 =404 /404.html; }
      location /gone { return 410; }
      location /broken { return 500; }
      location /post { return 405; }
    """
    asked = (
        "/admin",
        "/admin/",
        "/manager/",
        "/basic/",
        "/hidden/",
        "/nowhere.php",
        "/gone",
        "/broken",
        "/post",
    )
    with site(tmp_path, {**files, "hidden/index.html": FORM}, config) as port:
        facts = look(port, *asked)
        statuses = {path: curl(port, path)[0] for path in asked}
    assert {one.path: one.state for one in facts.paths} == {
        "/admin": "open",
        "/admin/": "open",
        "/manager/": "refused",
        "/basic/": "refused",
        "/hidden/": "absent",
        "/nowhere.php": "absent",
        "/gone": "absent",
        "/broken": "unclear",
        "/post": "unclear",
    }
    assert {one.path: one.status for one in facts.paths} == {**statuses, "/admin": 200}
    assert (facts.asked, facts.told, facts.addresses) == (9, 7, ("127.0.0.1",))
    assert facts.paths[0].leads_to == "/admin/"
    assert facts.paths[0].asks_for_password
    assert facts.paths[7].trouble == "the server answers with status 500"
    assert {one.open_from for one in facts.paths} == {BASTION}


def test_an_apology_with_status_200_is_neither_open_nor_hidden(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "index.html": "<h1>Sorry, there is no such page</h1>",
        "real": "Tomcat manager",
    }
    with site(tmp_path, files, "location / { try_files $uri /index.html; }") as port:
        facts = look(port, "/admin", "/real", "/admin.php", "/a/b/c/")
        assert curl(port, "/admin")[0] == 200
    assert [one.state for one in facts.paths] == ["alike", "open", "alike", "alike"]
    assert facts.told == 1


def test_an_apology_that_names_what_was_asked_for_and_the_time_is_the_same_one() -> None:
    def apologise(first: str, _: dict[str, str]) -> bytes:
        path = first.split(" ")[1]
        ticket = secrets.token_urlsafe(24)
        said = (
            f"<p>No {path} here, ask the administrator.<p>{time.time_ns()}<input type=hidden value={ticket}>"
        )
        return answer(said, kind="text/html")

    with listening(answering(apologise)) as server:
        found = look(server.port, "/admin", "/wp-admin/", "/a.php?b=c")
    assert [one.state for one in found.paths] == ["alike"] * 3


def test_apologies_that_differ_in_words_prove_nothing() -> None:
    words = ["sorry", "alas", "pity", "oh no", "regret", "never mind", "what now", "no way"]
    count = iter(range(100))
    with listening(answering(lambda _, __: answer(words[next(count) % 8], kind="text/html"))) as server:
        found = row(server.port)
    assert (found.state, found.trouble) == (
        "unclear",
        "paths that cannot exist are answered differently each time",
    )


def test_a_form_to_log_in_with_is_open_though_apologies_differ() -> None:
    count = iter(range(100))

    def either(first: str, _: dict[str, str]) -> bytes:
        said = FORM if first.startswith("GET /admin ") else "x" * next(count)
        return answer(said, kind="text/html")

    with listening(answering(either)) as server:
        assert row(server.port).state == "open"


@pytest.mark.parametrize("status", ["404 Not Found", "410 Gone", "403 Forbidden", "401 Unauthorized"])
def test_a_form_to_log_in_with_is_open_whatever_the_status_says(status: str) -> None:
    with saying(admin=answer(FORM, status, kind="text/html")) as port:
        found = row(port)
    assert (found.state, found.asks_for_password) == ("open", True)


@pytest.mark.parametrize(("status", "state"), [("404 Not Found", "alike"), ("403 Forbidden", "refused")])
def test_a_form_that_stands_on_every_page_says_nothing_of_this_one(status: str, state: str) -> None:
    page = answer(FORM, status, kind="text/html")
    with saying(admin=page, other=answer(FORM, "404 Not Found", kind="text/html")) as port:
        assert row(port).state == state


def test_a_redirect_to_a_form_is_open() -> None:
    with saying(admin=moved("/session/new?next=/admin"), **{"session/new": FORM}) as port:
        found = row(port)
    assert (found.state, found.status, found.asks_for_password) == ("open", 200, True)
    assert found.leads_to == "/session/new?[redacted]"


def test_a_redirect_to_a_place_called_login_is_open_though_a_script_makes_its_form() -> None:
    with saying(admin=moved("login"), login="<div id=app></div>") as port:
        assert row(port).state == "open"


def test_where_everything_leads_to_the_form_people_can_log_in() -> None:
    with saying(other=moved("/login"), login=FORM) as port:
        assert row(port).state == "open"


def test_a_redirect_to_the_start_page_may_be_either() -> None:
    with saying(admin=moved("/"), **{"": "Welcome"}) as port:
        found = row(port)
    assert (found.state, found.leads_to) == ("alike", "/")


@pytest.mark.parametrize(
    ("to", "state"),
    [
        ("https://shop.example/admin", "elsewhere"),
        (f"http://{TRAP}/admin", "elsewhere"),
        (f"//{TRAP}/", "elsewhere"),
        (f"\\\\{TRAP}/", "elsewhere"),
        ("/admin", "unclear"),
        ("javascript:alert(1)", "unclear"),
        ("http://[::1/", "unclear"),
        ("/missing", "unclear"),
        ("/admin/missing", "absent"),
    ],
)
def test_a_redirect_is_gone_after_only_within_the_endpoint(to: str, state: str) -> None:
    with saying(admin=moved(to)) as port:
        assert row(port).state == state


def test_a_redirect_with_two_goals_leads_nowhere() -> None:
    with saying(admin=answer("", "302 Found", "Location: /", "Location: /login")) as port:
        assert row(port).state == "unclear"


@pytest.mark.parametrize(("status", "times"), [("403 Forbidden", 1), ("404 Not Found", 2)])
def test_each_path_is_asked_for_once_and_what_is_not_there_once_more(status: str, times: int) -> None:
    asked: list[str] = []

    def note(first: str, _: dict[str, str]) -> bytes:
        asked.append(first)
        return answer("", status)

    paths = [f"/admin-{number}" for number in range(MOST_PATHS)]
    with listening(answering(note)) as server:
        facts = look(server.port, *paths)
        assert server.connections <= 5 * times
    assert sorted(asked) == sorted(times * [f"GET {path} HTTP/1.1" for path in paths])
    assert [one.path for one in facts.paths] == paths
    assert facts.told == MOST_PATHS


@pytest.mark.parametrize(
    ("later", "state"),
    [
        (answer(FORM, kind="text/html"), "open"),
        (answer("", "403 Forbidden"), "unclear"),
        (answer("", "500 Oops"), "unclear"),
        (b"SSH-2.0\r\n", "unclear"),
    ],
)
def test_what_is_not_there_to_the_first_who_asks_alone_is_not_absent(later: bytes, state: str) -> None:
    asked: list[str] = []

    def turn(first: str, _: dict[str, str]) -> bytes:
        asked.append(path := first.split(" ")[1])
        return NOT_FOUND if path != "/admin" or asked.count("/admin") == 1 else later

    with listening(answering(turn)) as server:
        found = row(server.port)
    assert found.state == state
    assert (found.trouble is None) == (state == "open")


def test_one_path_that_gets_no_answer_does_not_cost_the_others() -> None:
    with saying(odd=b"SSH-2.0\r\n", admin="hello") as port:
        facts = look(port, "/admin", "/odd", "/nothing")
    assert [one.state for one in facts.paths] == ["open", "unclear", "absent"]
    assert facts.paths[1].status is None
    assert "is not HTTP" in (facts.paths[1].trouble or "")


async def both(_host: str) -> tuple[Address, ...]:
    """Resolve a name as this machine would, were it known by both of its addresses."""
    return ipaddress.ip_address("127.0.0.1"), ipaddress.ip_address("::1")


def test_what_one_address_hides_and_the_other_shows_is_told_of_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "_resolve", both)
    (tmp_path / "admin").write_text(FORM)
    port = free_port()
    six = f"server {{ listen [::1]:{port}; root {tmp_path}; }}"
    four = f"server {{ listen 127.0.0.1:{port}; return 404; }}"
    with nginx(tmp_path, [port], four + six):
        facts = look(port, "/admin", host="localhost")
    assert [(one.address, one.state) for one in facts.paths] == [("127.0.0.1", "absent"), ("::1", "open")]
    with nginx(tmp_path, [port], four):
        facts = look(port, "/admin", host="localhost")
    assert [(one.address, one.state) for one in facts.paths] == [("127.0.0.1", "absent"), ("::1", "unclear")]


def test_an_address_the_authorisation_leaves_out_is_not_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "_resolve", both)
    now = datetime.now(UTC)
    granted = replace(loopback_only(now), targets=("127.0.0.1",))
    with site(tmp_path, {}) as port:
        facts = look(port, "/admin", host="localhost", authorisation=granted)
    assert [(one.address, one.state) for one in facts.paths] == [("127.0.0.1", "absent"), ("::1", "unclear")]
    assert facts.addresses == ("127.0.0.1", "::1")


@pytest.mark.parametrize("name", ["mute", "close-at-once", "ssh", "endless-header", "drip-head"])
def test_what_is_no_answer_shows_nothing(name: str) -> None:
    with listening(NO_ANSWER[name].serve) as server, pytest.raises(CannotSee):
        look(server.port, "/admin", "/manager", seconds=1.5)


@pytest.mark.parametrize("name", [*ODD_BODY, *LURES, *ILL, *TALKATIVE])
def test_no_hostile_server_looks_as_if_it_hid_anything(name: str) -> None:
    server = {**ODD_BODY, **LURES, **ILL, **TALKATIVE}[name]
    with listening(server.serve) as served:
        try:
            facts = look(served.port, "/admin", seconds=1.5)
        except CannotSee:
            return
    assert facts.paths[0].state in {"alike", "elsewhere", "open", "unclear"}
    assert CANARY not in str(asdict(facts))
