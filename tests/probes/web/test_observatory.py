"""
What our checks say where MDN's HTTP Observatory says something, of a server that answers as vectors say.

Its verdicts stand in `vectors/observatory.yaml`, as its own tests give them; where ours
differ, the vector must say why.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from typing import Any

import pytest

from readiness_audit.content.files import load_checks
from readiness_audit.expressions.question import Answer, Binder, Moment, Question
from readiness_audit.model.plain import to_plain
from readiness_audit.model.verdict import Outcome
from readiness_audit.probes.web import http, responses
from readiness_audit.shipped import shipped
from tests.probes.web.vectors import rule, vectors
from tests.probes.web.webs import answer, answering, ask
from tests.servers.certificates import make, names, write
from tests.servers.listener import Listener, listening
from tests.servers.python_tls import context_for, tls_server

CHECKS = load_checks([shipped("checks")])
ALSO = "; base-uri 'none'; frame-ancestors 'none'"
"""What every policy of the vectors has as well."""

HEADERS = {
    "hsts": "Strict-Transport-Security",
    "no_sniff": "X-Content-Type-Options",
    "referrer": "Referrer-Policy",
    "resources": "Cross-Origin-Resource-Policy",
}


class Says:
    """What the server answers next; `ECHO` stands for the origin that asks."""

    def __init__(self) -> None:
        self.page: str = ""
        self.kind: str = "text/html; charset=utf-8"
        self.status: str = "200 OK"
        self.headers: list[tuple[str, str]] = []

    def answer(self, _: str, asked: dict[str, str]) -> bytes:
        origin = asked.get("origin", "")
        lines = [f"{name}: {value.replace('ECHO', origin)}" for name, value in self.headers]
        return answer(self.page, self.status, *lines, kind=self.kind)


@pytest.fixture(scope="module")
def says() -> Says:
    return Says()


@pytest.fixture(scope="module")
def secure(says: Says, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listener]:
    context = context_for(
        write(
            tmp_path_factory.mktemp("site") / "server.pem",
            make("shop.example", extensions=[names("shop.example")]),
        )
    )

    def talk(connection: ssl.SSLSocket) -> None:
        answering(says.answer)(connection, 0)

    with tls_server(lambda _: context, talk) as server:
        yield server


@pytest.fixture(scope="module")
def plain(says: Says) -> Iterator[Listener]:
    with listening(answering(says.answer)) as server:
        yield server


def serve(says: Says, *headers: tuple[str, str], page: str = "<p>x", **different: str) -> None:
    says.headers, says.page = list(headers), page
    says.status = different.get("status", "200 OK")
    says.kind = different.get("kind", "text/html; charset=utf-8")


def judged(check: str, facts: object) -> Answer:
    question = Question(CHECKS[check].check)
    plain = to_plain(facts)
    assert isinstance(plain, dict)
    return question.answer(Binder([question], Moment(now="", today=""), None).bind(plain))


def fits(vector: Any, ours: object) -> bool:  # noqa: ANN401 - from a file
    """Say whether ours is as written down, and explained where the Observatory's differs."""
    agree = (vector["observatory"] == "pass") == (vector["ours"] in ("pass", []))
    return bool(ours == vector["ours"]) and agree != ("why" in vector)


@pytest.mark.parametrize("vector", vectors("observatory", "csp"), ids=rule)
def test_policies(vector: Any, says: Says, secure: Listener) -> None:  # noqa: ANN401 - from a file
    policy = ", ".join(each + ALSO for each in vector["policy"].split(", "))
    serve(says, ("Content-Security-Policy", policy))
    told = judged("web.csp", ask(http.PROBE, secure.port, "https").facts)
    assert told.outcome in {Outcome.PASS, Outcome.FAIL}
    assert fits(vector, list(told.subjects))


@pytest.mark.parametrize("vector", vectors("observatory", "cookies"), ids=rule)
def test_cookies(vector: Any, says: Says, secure: Listener) -> None:  # noqa: ANN401 - from a file
    serve(says, *(("Set-Cookie", cookie) for cookie in vector["cookies"]))
    told = judged("web.cookies.flags", ask(http.PROBE, secure.port, "https").facts)
    assert fits(vector, told.outcome)


@pytest.mark.parametrize(
    ("topic", "vector"),
    [(topic, vector) for topic in HEADERS for vector in vectors("observatory", topic)],
    ids=lambda value: value if isinstance(value, str) else rule(value),
)
def test_single_headers(topic: str, vector: Any, says: Says, secure: Listener) -> None:  # noqa: ANN401 - from a file
    name = HEADERS[topic]
    serve(says, *((name, value) for value in vector["values"]))
    facts = ask(http.PROBE, secure.port, "https").facts
    if topic == "hsts":
        ours = str(judged("web.hsts", facts).outcome)
    else:
        check = "web.headers.isolation" if topic == "resources" else "web.headers.baseline"
        ours = "fail" if name.lower() in judged(check, facts).subjects else "pass"
    assert fits(vector, ours)


@pytest.mark.parametrize("vector", vectors("observatory", "frames"), ids=rule)
def test_frames(vector: Any, says: Says, secure: Listener) -> None:  # noqa: ANN401 - from a file
    names = {"options": "X-Frame-Options", "policy": "Content-Security-Policy"}
    serve(says, *((name, vector[key]) for key, name in names.items() if key in vector))
    facts = ask(http.PROBE, secure.port, "https").facts
    assert fits(vector, "fail" if facts.framed_by == "anybody" else "pass")


@pytest.mark.parametrize("vector", vectors("observatory", "scripts"), ids=rule)
def test_scripts(vector: Any, says: Says, secure: Listener) -> None:  # noqa: ANN401 - from a file
    serve(says, page=vector["page"], kind=vector.get("type", "text/html; charset=utf-8"))
    told = judged("web.scripts.integrity", ask(http.PROBE, secure.port, "https").facts)
    assert fits(vector, told.outcome)


@pytest.mark.parametrize("vector", vectors("observatory", "redirection"), ids=rule)
def test_redirection(vector: Any, says: Says, plain: Listener) -> None:  # noqa: ANN401 - from a file
    headers = [("Location", vector["location"])] if "location" in vector else []
    serve(says, *headers, status=vector["status"])
    told = judged("web.https.only", ask(http.PROBE, plain.port).facts)
    assert fits(vector, told.outcome)


@pytest.mark.parametrize("vector", vectors("observatory", "origins"), ids=rule)
def test_origins(vector: Any, says: Says, plain: Listener) -> None:  # noqa: ANN401 - from a file
    serve(says, *vector["headers"].items())
    told = judged("web.cors.origins", ask(responses.PROBE, plain.port).facts)
    assert fits(vector, told.outcome)
