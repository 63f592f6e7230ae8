"""A small application with a log-in form, a token against forged requests, and manners a test can choose."""

from __future__ import annotations

import html
import secrets
import socket
import threading
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from tests.probes.web.webs import answer

FORM = """<!doctype html><html><head><title>Zabbix: monitoring</title></head><body>{message}
<form action="index.php" method="post"><input type=hidden name=_csrf value={token}>
<input type=text name=name value={name}><input type=password name=password>
<input type=checkbox name=autologin><button type=submit name=enter value="Sign in">Sign in</button></form>
</body></html>"""
WRONG = "<p>Incorrect user name or password or account is temporarily blocked.</p>"


@dataclass
class Application:
    """Answers at `/`: a form; sent with the right password it leads to `/inside`."""

    password: str
    by_redirect: bool = False
    """Whether a refusal leads back to the form, with its message there."""

    message: str = WRONG
    locks_after: int | None = None
    locked: bytes = answer("slow down", "429 Too Many Requests", "Retry-After: 600")
    welcomes_all: bool = False
    forgets: bool = False
    """Whether it turns down every form that is sent, whoever may log in."""

    stock: bytes | None = None
    """What it says to a form that it turns down; its message in a new form otherwise."""

    tries: list[str] = field(default_factory=list)
    """Names of the accounts that were tried, in order."""

    tokens: dict[str, str] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    forged: int = 0
    """Requests without a token that was given out, and not used before."""

    def handle(self, connection: socket.socket, number: int) -> None:
        del number
        held = b""
        while b"\r\n\r\n" not in held:
            piece = connection.recv(4096)
            if not piece:
                return
            held += piece
        head, _empty, body = held.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        while len(body) < int(headers.get("content-length", "0")):
            body += connection.recv(4096)
        with self.lock:
            connection.sendall(self._answer(first.split()[0], first.split()[1], headers, body.decode()))

    def _answer(self, method: str, path: str, headers: dict[str, str], body: str) -> bytes:
        session = headers.get("cookie", "").partition("sid=")[2].partition(";")[0]
        if method == "GET" and path == "/inside" and session == "inside":
            return self._page("<p>Welcome</p>")
        if method == "GET":
            return self.form(WRONG if path.endswith("?wrong") else "", "")
        return self._log_in(session, body)

    def _log_in(self, session: str, body: str) -> bytes:
        if self.forgets:
            return self.form(self.message, "") if self.stock is None else self.stock
        sent = {name: values[0] for name, values in parse_qs(body, keep_blank_values=True).items()}
        if self.tokens.pop(session, None) != sent.get("_csrf") or sent.get("enter") != "Sign in":
            self.forged += 1
            return self.form("<p>Forged.</p>", "")
        self.tries.append(sent["name"])
        if self.locks_after is not None and len(self.tries) > self.locks_after:
            return self.locked
        if self.welcomes_all or (sent["name"], sent["password"]) == ("Admin", self.password):
            return answer("", "302 Found", "Location: /inside", "Set-Cookie: sid=inside; HttpOnly")
        if self.by_redirect:
            return answer("", "302 Found", "Location: /?wrong")
        return self.form(self.message, sent["name"])

    def form(self, message: str, name: str) -> bytes:
        session, token = secrets.token_hex(8), secrets.token_hex(8)
        self.tokens[session] = token
        page = FORM.format(message=message, token=token, name=html.escape(name) or '""')
        return self._page(page, f"Set-Cookie: sid={session}; HttpOnly")

    @staticmethod
    def _page(page: str, *headers: str) -> bytes:
        return answer(page, "200 OK", *headers, kind="text/html; charset=utf-8")
