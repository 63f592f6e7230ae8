import ssl
import subprocess
import warnings
from dataclasses import replace
from pathlib import Path

import pytest

from readiness_audit.model.evidence import Reason
from readiness_audit.model.target import Endpoint
from readiness_audit.probes.probe import Seen
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.web.http import PROBE, HttpFacts
from tests.looking import look_at, loopback_only
from tests.servers.certificates import NOW, authority, make, names, write
from tests.servers.hostile.http import OK, saying
from tests.servers.listener import free_port, listening
from tests.servers.programs import nginx
from tests.servers.python_tls import context_for, tls_server

ROOT = authority()
LEAF = make("localhost", ROOT, [names("localhost")])


def look(
    port: int, protocol: str = "http", *called: str, path: str = "/", seconds: float = 4.0
) -> Seen[HttpFacts]:
    target = Endpoint(
        kind="endpoint",
        id="shop",
        host="localhost",
        port=port,
        protocol=protocol,  # type: ignore[arg-type]  # the tests say http and https
        names=called,
        path=path,
    )
    return look_at(PROBE, target, seconds=seconds)


def redirect_to(location: str, *called: str) -> HttpFacts:
    answer = f"HTTP/1.1 301 Moved\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()
    with listening(saying(answer)) as server:
        return look(server.port, "http", *called).facts


@pytest.mark.parametrize("protocol", ["http", "https"])
def test_where_nothing_listens_it_says_refused(protocol: str) -> None:
    with pytest.raises(CannotSee) as blind:
        look(free_port(), protocol)
    assert blind.value.reason is Reason.REFUSED


def test_https_where_plain_http_is_spoken_is_not_readable() -> None:
    with listening(saying(OK + b"\r\n")) as server, pytest.raises(CannotSee) as blind:
        look(server.port, "https", seconds=1)
    assert blind.value.reason in {Reason.UNREADABLE, Reason.TIMED_OUT}


def test_nginx_is_seen_as_openssl_sees_it(tmp_path: Path) -> None:
    plain, secure = free_port(), free_port()
    write(tmp_path / "server.pem", LEAF)
    (tmp_path / "index.html").write_text("<title>hello</title>")
    servers = f"""
    server {{ listen 127.0.0.1:{plain}; return 301 https://localhost:{secure}$request_uri; }}
    server {{
        listen 127.0.0.1:{secure} ssl;
        ssl_certificate {tmp_path}/server.pem; ssl_certificate_key {tmp_path}/server.pem;
        root {tmp_path};
        add_header Strict-Transport-Security "max-age=31536000; includeSubDomains" always;
        add_header X-Content-Type-Options nosniff always;
        add_header Set-Cookie "sid=secret; Path=/; Secure; HttpOnly; SameSite=Lax" always;
    }}"""
    with nginx(tmp_path, [plain, secure], servers):
        http, https = look(plain, path="/a?b=c").facts, look(secure, "https").facts
        command = ["openssl", "s_client", "-quiet", "-connect", f"127.0.0.1:{secure}"]
        asked = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        told = subprocess.run(command, input=asked, capture_output=True, check=False).stdout.decode()
    assert (http.scheme, http.status) == ("http", 301)
    assert http.redirect is not None
    assert (http.redirect.scheme, http.redirect.host, http.redirect.port) == ("https", "localhost", secure)
    assert (http.redirect.same_host, http.redirect.permanent, http.redirect.problem) == (True, True, None)
    assert http.hsts is None
    head = told.partition("\r\n\r\n")[0].split("\r\n")
    assert head[0] == f"{https.http_version} {https.status} OK"
    assert [header.name for header in https.headers] == [line.partition(":")[0].lower() for line in head[1:]]
    kept = {header.name: header.value for header in https.headers}
    for line in head[1:]:
        name, _, value = line.partition(": ")
        if name.lower() not in {"set-cookie", "date"}:
            assert kept[name.lower()] == value
    assert https.server == kept["server"]
    assert https.content_type == "text/html"
    assert https.body_size == len("<title>hello</title>")
    assert https.hsts is not None
    assert (https.hsts.valid, https.hsts.max_age, https.hsts.include_subdomains) == (True, 31536000, True)
    assert [(one.name, one.secure, one.http_only, one.same_site) for one in https.cookies] == [
        ("sid", True, True, "Lax")
    ]
    assert kept["set-cookie"] == "sid=[redacted]; path=/; Secure; HttpOnly; samesite=Lax"


def test_the_request_says_who_asks_and_for_what(tmp_path: Path) -> None:
    heard: list[bytes] = []

    def answer(connection: ssl.SSLSocket) -> None:
        heard.append(connection.recv(4096))
        connection.sendall(OK + b"Content-Length: 0\r\n\r\n")

    context = context_for(write(tmp_path / "server.pem", LEAF))
    with tls_server(lambda _: context, answer) as server:
        look(server.port, "https", "shop.example", path="/a/b?c=d")
    lines = heard[0].decode().split("\r\n")
    assert lines[0] == "GET /a/b?c=d HTTP/1.1"
    assert lines[1:-2] == [
        f"Host: shop.example:{server.port}",
        "User-Agent: readiness-audit/0.1.0",
        "Accept: */*",
        "Accept-Encoding: identity",
        "Connection: close",
    ]


@pytest.mark.parametrize("version", list(ssl.TLSVersion)[2:6])
def test_old_versions_of_tls_are_spoken_too(version: ssl.TLSVersion, tmp_path: Path) -> None:
    context = context_for(write(tmp_path / "server.pem", LEAF))
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = version

    def answer(connection: ssl.SSLSocket) -> None:
        # Hanging up on a request that was not read would reset the connection.
        connection.recv(4096)
        connection.sendall(OK + b"\r\nhello")

    with tls_server(lambda _: context, answer) as server:
        facts = look(server.port, "https").facts
    assert (facts.status, facts.body_size) == (200, 5)


def test_a_client_certificate_that_is_asked_for_is_told(tmp_path: Path) -> None:
    context = context_for(write(tmp_path / "server.pem", LEAF))
    context.verify_mode = ssl.CERT_REQUIRED
    with (
        tls_server(lambda _: context, lambda connection: connection.sendall(OK)) as server,
        pytest.raises(CannotSee) as blind,
    ):
        look(server.port, "https")
    # The alert and our request may pass each other on the way; either way nothing was seen.
    assert blind.value.reason in {Reason.REFUSED, Reason.UNREACHABLE}
    assert "None" not in blind.value.detail


@pytest.mark.parametrize(
    ("location", "scheme", "host", "same_host"),
    [
        ("/login", "http", "localhost", True),
        ("login", "http", "localhost", True),
        ("", "http", "localhost", True),
        ("https://localhost/", "https", "localhost", True),
        ("HTTPS://LOCALHOST/", "https", "localhost", True),
        ("https://localhost./", "https", "localhost.", True),
        ("//localhost/", "http", "localhost", True),
        ("https://evil.example/", "https", "evil.example", False),
        ("//evil.example/", "http", "evil.example", False),
        ("/\\evil.example/", "http", "evil.example", False),
        ("\\\\evil.example/", "http", "evil.example", False),
        ("https:\\\\evil.example", "https", "evil.example", False),
        ("https://localhost@evil.example/", "https", "evil.example", False),
        ("https://localhost.evil.example/", "https", "localhost.evil.example", False),
        ("https://[::1]/", "https", "::1", False),
    ],
)
def test_where_a_redirect_leads_is_told(location: str, scheme: str, host: str, same_host: bool) -> None:  # noqa: FBT001 - columns of a table
    redirect = redirect_to(location).redirect
    assert redirect is not None
    assert (redirect.scheme, redirect.host, redirect.same_host) == (scheme, host, same_host)
    assert redirect.problem is None


@pytest.mark.parametrize(
    "location",
    [
        "///evil.example/",
        "https:///evil.example/",
        "https:evil.example",
        "https://[::1/",
        "https://x:99999999/",
        "https://x:abc/",
        "javascript:alert(1)",
        "https://",
        "/a\r\nLocation: /b",
    ],
)
def test_a_redirect_nobody_can_follow_leads_nowhere(location: str) -> None:
    redirect = redirect_to(location).redirect
    assert redirect is not None
    assert redirect.problem
    assert (redirect.scheme, redirect.host, redirect.same_host) == (None, None, False)


def test_a_redirect_without_location_says_so() -> None:
    with listening(saying(b"HTTP/1.1 302 Found\r\n\r\n")) as server:
        redirect = look(server.port).facts.redirect
    assert redirect is not None
    assert redirect.problem == "there is no Location header"


def test_other_declared_names_are_told_apart_from_strangers() -> None:
    redirect = redirect_to("https://www.example/", "example", "www.example").redirect
    assert redirect is not None
    assert (redirect.same_host, redirect.declared_host) == (False, True)


def test_headers_keep_their_order_and_their_doubles() -> None:
    with listening(saying(OK + b"B: 1\r\na: 2\r\nB: 3\r\nUmlaut: \xe4\r\nEmpty:\r\n\r\n")) as server:
        facts = look(server.port).facts
    assert [(header.name, header.value) for header in facts.headers] == [
        ("b", "1"),
        ("a", "2"),
        ("b", "3"),
        ("umlaut", "\xe4"),
        ("empty", ""),
    ]
    assert facts.header_count == 5
    assert (facts.server, facts.content_type, facts.hsts, facts.redirect) == (None,) * 4
    assert facts.cookies == ()


def test_it_is_for_web_endpoints_only() -> None:
    def endpoint(protocol: str) -> Endpoint:
        return Endpoint(kind="endpoint", id="e", host="localhost", port=1, protocol=protocol)  # type: ignore[arg-type]  # a list of protocols is easier to read than three calls

    assert [PROBE.can_see(endpoint(protocol)) for protocol in ("https", "tls", "http")] == [True, False, True]


def test_without_an_authorisation_nothing_is_sent() -> None:
    with listening(lambda _, __: None) as server:
        target = Endpoint(kind="endpoint", id="e", host="127.0.0.1", port=server.port, protocol="https")
        elsewhere = replace(loopback_only(NOW), targets=("192.0.2.0/24",))
        with pytest.raises(CannotSee) as blind:
            look_at(PROBE, target, authorisation=elsewhere, now=NOW)
    assert blind.value.reason is Reason.OUT_OF_SCOPE
    assert server.connections == 0


def test_policies_of_headers_and_page_are_taken_together(tmp_path: Path) -> None:
    page = """<head><meta http-equiv="Content-Security-Policy"
    content="object-src 'none'; frame-ancestors 'none'">
    <script src="http://cdn.example/a.js"></script></head>"""
    (tmp_path / "index.html").write_text(page)
    port = free_port()
    servers = f"""server {{
        listen 127.0.0.1:{port}; root {tmp_path}; types {{ text/html html; }}
        add_header Content-Security-Policy "script-src 'self', base-uri 'none'";
        add_header Content-Security-Policy-Report-Only "form-action 'self'";
    }}"""
    with nginx(tmp_path, [port], servers):
        facts = look(port).facts
    assert facts.csp is not None
    assert [(policy.place, policy.enforced) for policy in facts.csp.policies] == [
        ("header", True),
        ("header", True),
        ("header", False),
        ("meta", True),
    ]
    assert (facts.csp.inline_scripts, facts.csp.no_plugins, facts.csp.base_uri) == (False, True, True)
    assert (facts.csp.frame_ancestors, facts.csp.form_action) == (False, False)
    assert facts.page is not None
    assert (facts.page.plain_active, facts.page.meta_policies) == (1, 1)


def test_without_a_policy_and_without_a_page_there_is_neither() -> None:
    with listening(saying(OK + b"Content-Type: application/json\r\n\r\n{}")) as server:
        facts = look(server.port).facts
    assert (facts.csp, facts.page) == (None, None)


def test_a_policy_of_a_megabyte_in_a_header_is_no_answer() -> None:
    flood = OK + b"Content-Security-Policy: " + b"a " * 500_000 + b"\r\n\r\n"
    with listening(saying(flood)) as server, pytest.raises(CannotSee) as blind:
        look(server.port)
    assert blind.value.reason is Reason.TOO_LARGE


def test_a_page_that_is_not_utf_8_is_read_all_the_same() -> None:
    page = (
        b"Content-Type: text/html; charset=utf-8\r\n\r\n\xff\xe4<script src=http://a.example/\xff></script>"
    )
    with listening(saying(OK + page)) as server:
        facts = look(server.port).facts
    assert facts.page is not None
    assert facts.page.scripts == 1
