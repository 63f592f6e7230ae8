"""MTA-STS: fetched from the declared server only, with a certificate senders accept, read to the letter."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from readiness_audit.errors import FieldError
from readiness_audit.model.grammar import host_and_port
from readiness_audit.model.target import Domain
from readiness_audit.probes.naming.maildomain import PROBE, MailFacts
from readiness_audit.probes.naming.sts_policy import StsPolicy, read_policy
from tests.looking import look_at
from tests.probes.web.webs import answer, answering
from tests.servers.bind import named, zone_text
from tests.servers.certificates import NOW, Made, authority, make, names, write
from tests.servers.hostile.http import OK, endless
from tests.servers.listener import Handler, free_port, listening
from tests.servers.python_tls import context_for, tls_server

HOST = "mta-sts.mail.example"
GOOD = "version: STSv1\nmode: enforce\nmx: *.mail.example\nmax_age: 604800\n"
ROOT = authority("Sender Root")
LEAF = make(HOST, ROOT, [names(HOST)])
ZONE = """
@ IN MX 10 mx1
@ IN MX 20 deep.mx2
_mta-sts IN TXT "v=STSv1; id=20260101T000000;"
_mta-sts.odd IN TXT "v=STSv1; id=2026-01-01"
odd IN MX 10 mx1
"""


@pytest.fixture(scope="module")
def resolver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    zones = {"mail.example": zone_text("mail.example", ZONE)}
    with named(tmp_path_factory.mktemp("bind") / "a", zones) as port:
        yield port


@pytest.fixture(autouse=True)
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "root.pem").write_bytes(ROOT.pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "root.pem"))


def domain(resolver: int, mta_sts: str | None, name: str = "mail.example") -> Domain:
    return Domain(kind="domain", id="shop", name=name, resolvers=(f"127.0.0.1:{resolver}",), mta_sts=mta_sts)


def seen(resolver: int, port: int) -> MailFacts:
    return look_at(PROBE, domain(resolver, f"127.0.0.1:{port}")).facts


def served(resolver: int, folder: Path, handler: Handler, leaf: Made = LEAF) -> StsPolicy:
    context = context_for(write(folder / "server.pem", leaf))

    def talk(connection: ssl.SSLSocket) -> None:
        handler(connection, 0)

    with tls_server(lambda _: context, talk) as server:
        return seen(resolver, server.port).mta_sts_policy


def test_where_it_is_not_declared_nobody_is_asked(resolver: int) -> None:
    facts = look_at(PROBE, domain(resolver, None)).facts
    assert facts.mta_sts_policy == StsPolicy(
        state="not-looked-at", problem=None, mode=None, max_age=None, mx=(), uncovered=()
    )


def test_where_nothing_listens_it_was_not_seen(resolver: int) -> None:
    facts = seen(resolver, free_port())
    assert (facts.mta_sts_policy.state, facts.mta_sts_state) == ("not-seen", "found")
    assert "refuses" in (facts.mta_sts_policy.problem or "")


def test_what_speaks_no_tls_was_not_seen(resolver: int) -> None:
    with listening(answering(lambda *_: answer(GOOD))) as server:
        policy = seen(resolver, server.port).mta_sts_policy
    assert policy.state == "not-seen"


def test_a_policy_is_fetched_by_its_own_name(resolver: int, tmp_path: Path) -> None:
    asked: list[tuple[str, str]] = []

    def handle(first: str, headers: dict[str, str]) -> bytes:
        asked.append((first, headers["host"].partition(":")[0]))
        return answer(GOOD, kind="text/plain; charset=utf-8")

    policy = served(resolver, tmp_path, answering(handle))
    assert asked == [("GET /.well-known/mta-sts.txt HTTP/1.1", HOST)]
    assert (policy.state, policy.problem) == ("found", None)
    assert (policy.mode, policy.max_age, policy.mx) == ("enforce", 604800, ("*.mail.example",))
    # A star stands for one label: deep.mx2.mail.example has one more.
    assert policy.uncovered == ("deep.mx2.mail.example",)


@pytest.mark.parametrize(
    ("leaf", "word"),
    [
        (make("other.example", ROOT, [names("other.example")]), "not for"),
        (make(HOST, ROOT), "not for"),
        (make(HOST, extensions=[names(HOST)]), ""),
        (make(HOST, authority("Stranger"), [names(HOST)]), ""),
        (
            make(HOST, ROOT, [names(HOST)], begins=NOW - timedelta(9), ends=NOW - timedelta(1)),
            "not valid now",
        ),
        (make(HOST, ROOT, [names("*.example")]), "not for"),
    ],
    ids=["other", "no-names", "self-signed", "unknown-authority", "expired", "star-too-high"],
)
def test_a_certificate_senders_refuse_is_no_policy(
    resolver: int, tmp_path: Path, leaf: Made, word: str
) -> None:
    policy = served(resolver, tmp_path, answering(lambda *_: answer(GOOD)), leaf)
    assert policy.state == "untrusted"
    assert word in (policy.problem or "")
    assert policy.problem


@pytest.mark.parametrize(
    ("handler", "state"),
    [
        (answering(lambda *_: answer("no", "404 Not Found")), "absent"),
        # Section 3.3: a redirect must not be followed.
        (answering(lambda *_: answer("", "301 Moved", f"Location: https://{HOST}/policy")), "absent"),
        (answering(lambda *_: answer("", "503 Busy")), "not-seen"),
        (answering(lambda *_: answer("", "429 Too Many Requests")), "not-seen"),
        (answering(lambda *_: answer(GOOD, kind="text/html")), "broken"),
        (answering(lambda *_: answer("")), "broken"),
        (endless(OK + b"Content-Type: text/plain\r\n\r\n", b"mx: a.example\n"), "not-seen"),
        (
            answering(lambda *_: OK + b"Content-Length: 999\r\nConnection: close\r\n\r\n" + GOOD.encode()),
            "not-seen",
        ),
    ],
    ids=["404", "redirect", "503", "429", "html", "empty", "endless", "cut-off"],
)
def test_other_answers_are_no_policy(resolver: int, tmp_path: Path, handler: Handler, state: str) -> None:
    policy = served(resolver, tmp_path, handler)
    assert (policy.state, policy.mode, policy.mx) == (state, None, ())
    assert policy.problem


@pytest.mark.parametrize(
    ("section", "text", "expected"),
    [
        ("3.2: lines end in LF", GOOD, ("enforce", 604800, ("*.mail.example",))),
        ("3.2: or in CRLF", GOOD.replace("\n", "\r\n"), ("enforce", 604800, ("*.mail.example",))),
        ("3.2: the last need not end", GOOD.rstrip(), ("enforce", 604800, ("*.mail.example",))),
        (
            "3.2: in any order",
            "max_age:1\nmx:a.example\nmode:testing\nversion:STSv1",
            ("testing", 1, ("a.example",)),
        ),
        ("3.2: blanks around values", "version: \tSTSv1 \nmode:none\nmax_age:  0\t", ("none", 0, ())),
        (
            "3.2: unknown fields are passed over",
            GOOD + "x-y.z_1: ö ä\n",
            ("enforce", 604800, ("*.mail.example",)),
        ),
        (
            "3.2: of what comes twice the first counts",
            GOOD + "mode: none\n",
            ("enforce", 604800, ("*.mail.example",)),
        ),
        (
            "3.2: mx comes as often as there are servers",
            GOOD + "mx: mx1.example\n",
            ("enforce", 604800, ("*.mail.example", "mx1.example")),
        ),
        ("3.2: none needs no mx", "version: STSv1\nmode: none\nmax_age: 86400\n", ("none", 86400, ())),
        (
            "3.2: a year and no more",
            GOOD.replace("604800", "31557600"),
            ("enforce", 31557600, ("*.mail.example",)),
        ),
    ],
)
def test_a_policy_is_read(section: str, text: str, expected: tuple[str, int, tuple[str, ...]]) -> None:
    policy = read_policy(text.encode(), [])
    assert policy.state == "found", section
    assert (policy.mode, policy.max_age, policy.mx) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "hello",
        GOOD + "\n\n",
        "\n" + GOOD,
        GOOD.replace("STSv1", "STSv2"),
        GOOD.replace("STSv1", "stsv1"),
        GOOD.replace("version", "Version"),
        GOOD.replace("version: STSv1\n", ""),
        GOOD.replace("enforce", "Enforce"),
        GOOD.replace("enforce", "strict"),
        GOOD.replace("mode: enforce\n", ""),
        GOOD.replace("max_age: 604800\n", ""),
        GOOD.replace("604800", "a week"),
        GOOD.replace("604800", "-1"),
        GOOD.replace("604800", "1.5"),
        GOOD.replace("604800", "31557601"),
        GOOD.replace("604800", "00000604800"),
        GOOD.replace("mx: *.mail.example\n", ""),
        GOOD.replace("*.mail.example", "*.*.example"),
        GOOD.replace("*.mail.example", "*mail.example"),
        GOOD.replace("*.mail.example", "mx1.example, mx2.example"),
        GOOD.replace("*.mail.example", "mx_1.example"),
        GOOD.replace("mode:", "mode ="),
        GOOD.replace("mode:", " mode:"),
        GOOD.replace("enforce", ""),
        GOOD.replace("\n", "\r"),
        "\ufeff" + GOOD,
    ],
)
def test_what_is_not_to_the_letter_is_none(text: str) -> None:
    policy = read_policy(text.encode(), [])
    assert (policy.state, policy.mode) == ("broken", None)
    assert policy.problem


def test_what_is_not_utf_8_is_none() -> None:
    assert read_policy(GOOD.encode() + b"x: \xff\n", []).state == "broken"


@pytest.mark.parametrize(
    ("pattern", "host", "covered"),
    [
        # Section 4.1: as for certificates, and a star for the left-most label alone.
        ("mx1.example", "mx1.example", True),
        ("MX1.Example", "mx1.EXAMPLE.", True),
        ("mx1.example", "mx2.example", False),
        ("*.example", "mx1.example", True),
        ("*.example", "a.mx1.example", False),
        ("*.example", "example", False),
        ("*.example", "mx1.example.org", False),
    ],
)
def test_which_servers_a_policy_names(pattern: str, host: str, covered: bool) -> None:  # noqa: FBT001 - columns
    policy = read_policy(GOOD.replace("*.mail.example", pattern).encode(), [host])
    assert policy.uncovered == (() if covered else (host,))


def test_an_id_that_is_none_breaks_the_record(resolver: int) -> None:
    facts = look_at(PROBE, domain(resolver, None, "odd.mail.example")).facts
    assert (facts.mta_sts_state, facts.mta_sts_id) == ("broken", None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mta-sts.mail.example", ("mta-sts.mail.example", 443)),
        ("192.0.2.7", ("192.0.2.7", 443)),
        ("192.0.2.7:8443", ("192.0.2.7", 8443)),
        ("[2001:db8::7]:8443", ("2001:db8::7", 8443)),
    ],
)
def test_it_is_declared_by_name_or_address(text: str, expected: tuple[str, int]) -> None:
    assert host_and_port("mta_sts", domain(53, text).mta_sts or "", 443) == expected


@pytest.mark.parametrize(
    "text", ["", "-x", "a b", "https://mta-sts.mail.example", "192.0.2.7:99999", "a.example:1"]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(FieldError):
        domain(53, text)
