import subprocess
import time
from pathlib import Path

import pytest

from readiness_audit.model.evidence import Reason
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.web.leaks import TRACES, traces_in
from readiness_audit.probes.web.responses import PROBE, WebResponsesFacts
from tests.probes.web.webs import NOT_FOUND, answer, answering, ask, curl, site
from tests.servers.hostile.http import NO_ANSWER, OK, bomb, endless
from tests.servers.listener import free_port, listening


def look(port: int, path: str = "/", seconds: float = 5.0) -> WebResponsesFacts:
    return ask(PROBE, port, path=path, seconds=seconds).facts


def test_where_nothing_listens_it_says_refused() -> None:
    with pytest.raises(CannotSee) as blind:
        look(free_port())
    assert blind.value.reason is Reason.REFUSED


@pytest.mark.parametrize("name", ["close-at-once", "ssh", "http-0.9"])
def test_what_is_no_answer_shows_nothing(name: str) -> None:
    with listening(NO_ANSWER[name].serve) as server, pytest.raises(CannotSee):
        look(server.port, seconds=1.5)


def test_nginx_is_seen_as_curl_sees_it(tmp_path: Path) -> None:
    config = "location = /away { return 302 https://elsewhere.example/?ticket=geheim; }"
    with site(tmp_path, {"index.html": "<title>hello</title>"}, config) as port:
        facts, away = look(port), look(port, "/away")
        malformed = curl(port, "/%c0%ae%c0%ae/%zz")[0]
        traced = curl(port, "/", "-X", "TRACE")[0]
        options = curl(port, "/", "-X", "OPTIONS")[0]
    assert [(error.request, error.status, error.traces) for error in facts.errors] == [
        ("unknown-path", 404, ()),
        ("malformed-address", malformed, ()),
    ]
    assert (facts.trace_status, facts.trace_echoes, facts.options_status) == (traced, False, options)
    assert [(one.origin, one.allowed, one.credentials) for one in facts.origins] == [
        ("foreign", "none", False),
        ("null", "none", False),
    ]
    assert (facts.compression_seen, facts.compression) == (True, None)
    assert (facts.errors_seen, facts.origins_seen, facts.way_ends) == (2, 2, "answer")
    assert [(hop.status, hop.location) for hop in facts.hops] == [(200, None)]
    assert away.way_ends == "elsewhere"
    assert [hop.location for hop in away.hops] == ["https://elsewhere.example/?[redacted]"]


def test_compression_is_told_as_curl_hears_it(tmp_path: Path) -> None:
    config = "gzip on; gzip_types text/html; gzip_min_length 1; gzip_http_version 1.0;"
    with site(tmp_path, {"index.html": "<title>hello</title>" * 50}, config) as port:
        facts = look(port)
        words = ["curl", "-sI", "-X", "GET", "-H", "Accept-Encoding: gzip", f"http://127.0.0.1:{port}/"]
        heard = subprocess.run(words, capture_output=True, text=True, check=True).stdout.lower()
    assert "content-encoding: gzip" in heard
    assert facts.compression == "gzip"


@pytest.mark.parametrize("value", ["identity", "", "x" * 500])
def test_what_is_no_compression_is_told_as_it_is(value: str) -> None:
    told = answer("hello", "200 OK", f"Content-Encoding: {value}")
    with listening(answering(lambda _line, _headers: told)) as server:
        facts = look(server.port)
    assert facts.compression in {None, "x" * 40}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("python-traceback", "Traceback (most recent call last):\n  File"),
        ("django-debug", "you have <code>DEBUG = True</code> in your"),
        ("werkzeug-debugger", "<title>KeyError // Werkzeug Debugger</title>"),
        ("java-stack", "\tat de.beispiel.Portal.lade(Portal.java:88)\n"),
        ("java-exception", "<p><b>Type</b> java.lang.NullPointerException"),
        ("spring-whitelabel", "<h1>Whitelabel Error Page</h1>"),
        ("php-error", "<b>Fatal error</b>:  Uncaught Error in /srv/x.php on line 3"),
        ("php-stack", "#0 /srv/portal/index.php(31): lade()"),
        ("laravel-debug", "Whoops, looks like something went wrong."),
        ("symfony-debug", "<!-- Symfony Exception -->"),
        ("rails-debug", "<h1>Routing Error</h1>"),
        ("ruby-stack", "app/models/user.rb:12:in `find'"),
        ("aspnet-error", "<h1>Server Error in '/' Application.</h1>"),
        ("aspnet-debug", "An unhandled exception occurred while processing the request."),
        ("dotnet-stack", "   at Portal.Seite.Lade(String name) in C:\\src\\Seite.cs:line 12"),
        ("node-stack", "at Object.<anonymous> (/srv/app/index.js:10:5)"),
        ("go-stack", "goroutine 7 [running]:"),
        ("perl-error", "died at /srv/cgi/x.pl line 3."),
        ("sql-error", "You have an error in your SQL syntax; check"),
        ("sql-error", "ORA-00942: table or view does not exist"),
        ("file-path", "File not found: /var/www/portal/index.php"),
        ("file-path", "could not read C:\\inetpub\\wwwroot\\web.config"),
    ],
)
def test_traces_are_known_by_name(name: str, text: str) -> None:
    assert name in traces_in(text.encode())


@pytest.mark.parametrize(
    "text",
    [
        "<html><h1>404 Not Found</h1><hr><center>nginx</center></html>",
        "<p>Diese Seite gibt es nicht. Fehlernummer 4f1c-88. Zurück zur <a href='/home/'>Startseite</a>",
        "The requested URL /var was not found on this server.",
        "Error 500: something went wrong on line of business. Call us at 030 12345",
        "<script src='/opt-in/app.js'></script><a href='https://example/srv/a.html'>x</a>",
        "",
    ],
)
def test_a_plain_error_page_bears_no_trace(text: str) -> None:
    assert traces_in(text.encode()) == ()


def test_looking_for_traces_takes_no_time_on_hostile_pages() -> None:
    for piece in (b"a", b" at ", b"java.", b"#0 ", b"/var/www/", b"\n", b" ", b"\tat a.b("):
        body = piece * (65536 // len(piece))
        begun = time.monotonic()
        traces_in(body)
        assert time.monotonic() - begun < 1.0, piece
    assert len(TRACES) == 20


def test_a_debug_page_is_told_and_its_content_is_not_kept() -> None:
    def tell(line: str, _: dict[str, str]) -> bytes:
        if line.startswith("GET / "):
            return answer("hello")
        return answer("Traceback (most recent call last):\n geheim-4711", "500 Oops")

    with listening(answering(tell)) as server:
        seen = ask(PROBE, server.port)
    assert [error.traces for error in seen.facts.errors] == [("python-traceback",), ("python-traceback",)]
    assert "geheim" not in str(seen)


def test_a_trace_that_is_echoed_is_noticed() -> None:
    def tell(line: str, headers: dict[str, str]) -> bytes:
        if line.startswith("TRACE"):
            return answer(f"{line}\r\nX-Trace: {headers['x-trace']}\r\n", kind="message/http")
        if line.startswith("OPTIONS"):
            return answer("", "200 OK", "Allow: GET, head", "Allow: TRACE")
        return NOT_FOUND

    with listening(answering(tell)) as server:
        facts = look(server.port)
    assert (facts.trace_status, facts.trace_echoes) == (200, True)
    assert facts.methods == ("GET", "HEAD", "TRACE")


@pytest.mark.parametrize(
    ("headers", "allowed", "credentials"),
    [
        ((), "none", False),
        (("Access-Control-Allow-Origin: *",), "any", False),
        (("Access-Control-Allow-Origin: {origin}", "Access-Control-Allow-Credentials: true"), "same", True),
        (("Access-Control-Allow-Origin: {origin}", "Access-Control-Allow-Credentials: TRUE"), "same", False),
        (("Access-Control-Allow-Origin: https://partner.example",), "other", False),
        (("Access-Control-Allow-Origin: *", "Access-Control-Allow-Origin: *"), "none", False),
    ],
)
def test_who_may_read_is_told(headers: tuple[str, ...], allowed: str, credentials: bool) -> None:  # noqa: FBT001 - columns of a table
    def tell(_: str, asked: dict[str, str]) -> bytes:
        return answer("x", "200 OK", *(line.format(origin=asked.get("origin", "-")) for line in headers))

    with listening(answering(tell)) as server:
        facts = look(server.port)
    assert {(one.allowed, one.credentials) for one in facts.origins} == {(allowed, credentials)}


@pytest.mark.parametrize(
    ("locations", "ends", "hops"),
    [
        ({"/": "/a", "/a": "b", "/b": None}, "answer", 3),
        ({"/": "/a", "/a": "/"}, "loop", 2),
        ({"/": "/"}, "loop", 1),
        ({"/": "//other.example/"}, "elsewhere", 1),
        ({"/": "https://shop.example/"}, "elsewhere", 1),
        ({"/": "http://[::1/"}, "astray", 1),
        ({"/": "/\u00e4"}, "astray", 1),
        ({"/": "http://{here}/a", "/a": None}, "answer", 2),
        ({f"/{'a' * number}": f"/{'a' * (number + 1)}" for number in range(20)}, "too-long", 8),
    ],
)
def test_the_way_to_a_page_is_followed_at_this_endpoint_only(
    locations: dict[str, str | None], ends: str, hops: int
) -> None:
    here = ""

    def tell(line: str, _: dict[str, str]) -> bytes:
        location = locations.get(line.split(" ")[1])
        if location is None:
            return answer("x")
        whole = location.replace("{here}", here)
        return answer("", "302 Found", f"Location: {whole}").replace("\u00e4".encode(), b"\xe4")

    with listening(answering(tell)) as server:
        here = f"shop.example:{server.port}"
        facts = look(server.port)
    assert (facts.way_ends, len(facts.hops)) == (ends, hops)


def test_a_lure_to_another_port_is_not_taken() -> None:
    with listening(answering(lambda *_: answer("x"))) as trap:
        lure = answer("", "302 Found", f"Location: http://shop.example:{trap.port}/")
        with listening(answering(lambda *_: lure)) as server:
            facts = look(server.port)
    assert trap.connections == 0
    assert facts.way_ends == "elsewhere"


def test_it_asks_no_more_than_sixteen_things() -> None:
    with listening(answering(lambda *_: NOT_FOUND)) as server:
        facts = look(server.port)
    assert facts.requests <= 16
    assert facts.connections == server.connections == 1


def test_an_endless_error_page_is_looked_at_as_far_as_it_goes() -> None:
    with listening(endless(OK + b"\r\n", b"goroutine 1 [running]\n" * 50)) as server:
        facts = look(server.port)
    assert facts.errors[0].traces == ("go-stack",)
    assert (facts.errors[0].size, facts.errors_seen) == (2**20, 0)


@pytest.mark.parametrize("name", ["endless", "bomb", "cut-off"])
def test_what_did_not_end_was_not_seen(name: str) -> None:
    handlers = {
        "endless": endless(OK + b"\r\n", b"a" * 1000),
        "bomb": bomb(),
        "cut-off": answering(lambda *_: OK + b"Content-Length: 99\r\nConnection: close\r\n\r\nabc"),
    }
    with listening(handlers[name]) as server:
        facts = look(server.port)
    assert facts.errors_seen == 0
    assert all(error.trouble for error in facts.errors)


def test_a_large_error_page_that_ends_was_seen() -> None:
    page = answer("x" * 900_000, "404 Not Found", kind="text/html")
    with listening(answering(lambda *_: page)) as server:
        facts = look(server.port)
    assert (facts.errors_seen, [error.trouble for error in facts.errors]) == (2, [None, None])
