"""Real services on loopback: a portal over HTTPS and HTTP, and ports that nobody meant to open."""

from __future__ import annotations

import contextlib
import socketserver
import ssl
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from demonstration.old_tls import answer_by_hand, old_context, openssl_still_can

_PATIENCE = 15
_HEADERS_OF_A_CAREFUL_PORTAL = {
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "Content-Security-Policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_HTML = "text/html; charset=utf-8"
_HEAD = """<!doctype html>
<html lang="de"><meta charset="utf-8"><title>Auftragsportal der Beispiel GmbH</title>
"""
_LOGIN = """<h1>Auftragsportal</h1>
<form method="post" action="/anmelden">
<label>Benutzername <input name="name" autocomplete="username"></label>
<label>Passwort <input name="passwort" type="password" autocomplete="current-password"></label>
<button>Anmelden</button></form>
"""
_LEGAL_LINKS = '<p><a href="/impressum">Impressum</a> <a href="/datenschutz">Datenschutz</a></p>\n'
_IMPRINT = """<h1>Impressum</h1>
<p>Beispiel GmbH, Musterweg 1, 12345 Musterstadt. Vertreten durch die Geschäftsführung.</p>
<p>Telefon: 030 1234567, <a href="mailto:info@beispiel-gmbh.example">info@beispiel-gmbh.example</a></p>
"""
_PRIVACY = """<h1>Datenschutzerklärung</h1>
<p>Verantwortlich ist die Beispiel GmbH, Musterweg 1, 12345 Musterstadt.</p>
<p>Datenschutzbeauftragte: <a href="mailto:datenschutz@beispiel-gmbh.example">Mail</a></p>
"""
_STATISTICS = '<script src="http://statistik.beispiel-gmbh.example/zaehler.js"></script>\n'
_UNCAUGHT = """<b>Fatal error</b>: Uncaught PDOException: SQLSTATE[42S02]: Base table or view not found in
/var/www/portal/src/Seiten.php on line 88
Stack trace:
#0 /var/www/portal/index.php(31): Seiten->lade('')
"""


@dataclass(frozen=True)
class Answer:
    """What a web server answers to every request."""

    status: int
    headers: Mapping[str, str]
    server: str
    """Its Server header."""

    body: str
    pages: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Other paths, with type and content of what they answer."""

    unknown: str | None = None
    """What paths that are not there answer with status 404; None where every path answers the same."""

    def to(self, path: str) -> tuple[int, str, str]:
        """Give status, type and content of the answer to a path."""
        if path in self.pages:
            return (200, *self.pages[path])
        if path == "/" or self.unknown is None:
            return self.status, _HTML, self.body
        return 404, _HTML, self.unknown


CARELESS = Answer(
    status=200,
    headers={"Set-Cookie": "PORTALSESSION=4f1c9b; Path=/", "X-Powered-By": "PHP/7.4.3"},
    server="Apache/2.4.29 (Ubuntu)",
    body=_HEAD + _STATISTICS + _LOGIN,
    pages={
        "/.git/HEAD": ("application/octet-stream", "ref: refs/heads/master\n"),
        "/.env": ("text/plain", "APP_ENV=production\nDB_USER=portal\nDB_PASSWORD=nur-ein-beispiel\n"),
    },
    unknown=_UNCAUGHT,
)


def careful(address: str, now: datetime) -> Answer:
    """Answer as a portal should that is reached at `address`, which has no slash at its end."""
    ends = f"{now + timedelta(180):%Y-%m-%dT%H:%M:%SZ}"
    security = (
        f"Contact: mailto:sicherheit@beispiel-gmbh.example\nExpires: {ends}\n"
        f"Preferred-Languages: de, en\nCanonical: {address}/.well-known/security.txt\n"
    )
    return Answer(
        status=200,
        headers={
            **_HEADERS_OF_A_CAREFUL_PORTAL,
            "Set-Cookie": "__Host-portal=8c21e7; Path=/; Secure; HttpOnly; SameSite=Lax",
        },
        server="portal",
        body=_HEAD + _LOGIN + _LEGAL_LINKS,
        pages={
            "/.well-known/security.txt": ("text/plain; charset=utf-8", security),
            "/impressum": (_HTML, _HEAD + _IMPRINT),
            "/datenschutz": (_HTML, _HEAD + _PRIVACY),
        },
        unknown=_HEAD + "<h1>Diese Seite gibt es nicht</h1>\n",
    )


def sent_to(address: str) -> Answer:
    """Answer with a lasting redirect to `address`."""
    return Answer(status=301, headers={"Location": address}, server="portal", body="")


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], answer: Answer | None, tls: Tls | None) -> None:
        self.answer = answer
        self.tls = tls
        super().__init__(address, _Web if answer else _Database)

    def finish_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as it is declared
        # In the thread of this connection: a client that says nothing must not hold up the others.
        request.settimeout(_PATIENCE)
        if self.tls is None:
            super().finish_request(request, client_address)
        elif not (self.tls.by_hand and answer_by_hand(request, self.tls.certificate)):
            with self.tls.context.wrap_socket(request, server_side=True) as secured:
                super().finish_request(secured, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as it is declared
        # Whoever looks at versions hangs up in the middle: that is no error of this server.
        del request, client_address


class _Web(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "portal"
    sys_version = ""

    def do_GET(self) -> None:
        assert isinstance(self.server, _Server)  # noqa: S101 - for the type checker
        answer = self.server.answer
        assert answer is not None  # noqa: S101 - for the type checker
        status, kind, text = answer.to(self.path)
        body = text.encode()
        self.send_response_only(status)
        self.send_header("Server", answer.server)
        self.send_header("Date", self.date_time_string())
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401 - as it is declared
        del format, args


class _Database(socketserver.BaseRequestHandler):
    """Says what a Redis without a password says."""

    def handle(self) -> None:
        while data := self.request.recv(1024):
            self.request.sendall(b"+PONG\r\n" if b"PING" in data.upper() else b"-ERR unknown command\r\n")


@dataclass(frozen=True)
class Tls:
    """How a server speaks TLS."""

    context: ssl.SSLContext
    certificate: Path
    by_hand: bool = False
    """Whether old versions are answered without OpenSSL, which no longer can."""


def neglected(certificate: Path) -> Tls:
    """Accept everything from TLS 1.0 to 1.2."""
    context = old_context(certificate)
    return Tls(context, certificate, by_hand=not openssl_still_can(context))


def well_kept(certificate: Path) -> Tls:
    """Accept TLS 1.2 and 1.3, with forward secrecy only, over a curve that the BSI names."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE+AESGCM")
    context.set_ecdh_curve("prime256v1")
    context.load_cert_chain(certificate)
    return Tls(context, certificate)


@dataclass(frozen=True)
class Service:
    """One port, and what answers there."""

    port: int
    answer: Answer | None
    """None for a service that is no web server."""

    tls: Tls | None = None


@contextlib.contextmanager
def serving(address: str, *services: Service) -> Iterator[None]:
    """Run services as long as the context lasts; afterwards none of their ports is open."""
    with contextlib.ExitStack() as stack:
        for service in services:
            server = stack.enter_context(_Server((address, service.port), service.answer, service.tls))
            thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
            thread.start()
            stack.callback(thread.join)
            stack.callback(server.shutdown)
        yield
