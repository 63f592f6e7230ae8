from datetime import UTC, datetime
from pathlib import Path

import pytest

from readiness_audit.model.evidence import Reason
from readiness_audit.model.target import Endpoint
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.web.security_txt import (
    PROBE,
    SecurityTxt,
    SecurityTxtFacts,
    read_security_txt,
)
from tests.probes.web.webs import answer, answering, ask, site
from tests.servers.listener import free_port, listening

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
GOOD = """# Our security address
Contact: mailto:security@shop.example
contact: https://shop.example/report
Contact: tel:+49-30-1234567
Expires: 2026-12-31T23:00:00.000Z
Encryption: openpgp4fpr:5f2de5521c63a801ab59ccb603d49de44b29100f
Preferred-Languages: de, en
Canonical: https://shop.example/.well-known/security.txt
Policy: https://shop.example/disclosure
"""


def read(text: str | bytes) -> SecurityTxt:
    return read_security_txt(text.encode() if isinstance(text, str) else text, NOW)


def look(port: int) -> SecurityTxtFacts:
    # The reading is the same over TLS, where alone checks ask for it.
    return ask(PROBE, port).facts


def test_where_nothing_listens_it_says_refused() -> None:
    with pytest.raises(CannotSee) as blind:
        look(free_port())
    assert blind.value.reason is Reason.REFUSED


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "<html>", b"\xff\xfe\0"])
def test_an_empty_or_foreign_file_has_neither_contact_nor_end(text: str | bytes) -> None:
    found = read(text)
    assert (found.contacts, found.expires, found.days_valid) == ((), None, None)
    assert "there is no Contact that can be used" in found.problems
    assert "Expires is missing" in found.problems


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_good_file_is_read_whole(newline: str) -> None:
    assert read(GOOD.replace("\n", newline)) == SecurityTxt(
        contacts=("mailto:security@shop.example", "https://shop.example/report", "tel:+49-30-1234567"),
        expires="2026-12-31T23:00:00Z",
        days_valid=199,
        canonical=("https://shop.example/.well-known/security.txt",),
        languages=("de", "en"),
        has_policy=True,
        has_encryption=True,
        signed=False,
        problems=(),
    )


def test_a_signed_file_is_read_inside_its_signature() -> None:
    signed = (
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n"
        f"{GOOD}- - ----\n-----BEGIN PGP SIGNATURE-----\n\niQIz\n-----END PGP SIGNATURE-----\n"
    )
    found = read(signed)
    assert (found.signed, len(found.contacts)) == (True, 3)
    assert found.problems == ("line 10 is neither a field nor a comment",)
    broken = read(signed.partition("-----END")[0])
    assert not broken.signed
    assert "its signature does not end" in broken.problems


@pytest.mark.parametrize(
    ("section", "line", "problem"),
    [
        ("2.5.3", "Contact: security@shop.example", "Contact is not a full address"),
        ("2.5.3", "Contact: http://shop.example/", "Contact leads to a plain connection"),
        ("2.5.3", "Contact: +49 30 1234", "Contact is not a full address"),
        ("2.5.2", "Canonical: /.well-known/security.txt", "Canonical is not a full address"),
        ("2.5.4", "Encryption: http://shop.example/key", "Encryption leads to a plain connection"),
        ("2.5.5", "Expires: 2027-01-01T00:00:00Z", "Expires is there more than once"),
        ("2.5.8", "Preferred-Languages: fr", "Preferred-Languages is there more than once"),
        ("4", "no colon here", "line 10 is neither a field nor a comment"),
        ("4", "Policy:", "line 10 is neither a field nor a comment"),
        ("4", " Contact: mailto:a@b.example", "line 10 is neither a field nor a comment"),
    ],
)
def test_departures_from_the_rules_are_told(section: str, line: str, problem: str) -> None:
    assert any(told.startswith(problem) for told in read(f"{GOOD}{line}\n").problems), section


@pytest.mark.parametrize(
    ("value", "expires", "days"),
    [
        ("2026-06-15T12:00:00Z", "2026-06-15T12:00:00Z", 0),
        ("2026-06-15T11:59:59z", "2026-06-15T11:59:59Z", -1),
        ("2027-06-15T14:00:00+02:00", "2027-06-15T12:00:00Z", 365),
        ("2026-12-31", None, None),
        ("2026-12-31T23:00:00", None, None),
        ("2026-13-31T23:00:00Z", None, None),
        ("2026-02-30T23:00:00Z", None, None),
        ("Thu, 31 Dec 2026 18:37:07 -0800", None, None),
        ("0001-01-01T00:00:00+14:00", None, None),
    ],
)
def test_the_end_is_a_moment_with_zone(value: str, expires: str | None, days: int | None) -> None:
    found = read(f"Contact: mailto:a@shop.example\nExpires: {value}\n")
    assert (found.expires, found.days_valid) == (expires, days)
    assert bool(found.problems) == (expires is None)


def test_unknown_fields_are_passed_over() -> None:
    # Section 2.4: extensions must not hurt.
    assert read(f"{GOOD}Hiring: https://shop.example/jobs\nX-Colour: blue\n").problems == ()


def test_it_is_found_where_it_belongs(tmp_path: Path) -> None:
    with site(tmp_path, {".well-known/security.txt": GOOD}, "types { text/plain txt; }") as port:
        facts = look(port)
    assert (facts.status, facts.path, facts.plain_text) == (200, "/.well-known/security.txt", True)
    assert facts.file is not None
    assert len(facts.file.contacts) == 3
    # The file names another address than the one it came from here.
    assert not facts.canonical_matches


def test_without_a_canonical_address_any_place_is_right(tmp_path: Path) -> None:
    text = GOOD.replace("Canonical", "X-Canonical")
    with site(tmp_path, {".well-known/security.txt": text}) as port:
        assert look(port).canonical_matches


def test_the_old_place_is_told_apart(tmp_path: Path) -> None:
    with site(tmp_path, {"security.txt": GOOD}) as port:
        facts = look(port)
    assert (facts.status, facts.path) == (404, "/security.txt")


def test_where_there_is_none_nothing_is_found(tmp_path: Path) -> None:
    with site(tmp_path, {"index.html": "hello"}) as port:
        facts = look(port)
    assert (facts.status, facts.path, facts.file, facts.canonical_matches) == (404, None, None, False)


def test_a_start_page_for_any_path_is_no_file() -> None:
    with listening(answering(lambda *_: answer(GOOD, kind="text/html"))) as server:
        assert look(server.port).file is None


def test_a_redirect_is_told_and_not_taken() -> None:
    lure = answer("", "301 Moved", "Location: https://www.example/security.txt?a=geheim")
    with listening(answering(lambda *_: lure)) as server:
        facts = look(server.port)
    assert (facts.status, facts.file) == (301, None)
    assert facts.location == "https://www.example/security.txt?[redacted]"


@pytest.mark.parametrize("status", ["500 Oops", "503 Busy", "429 Slow down"])
def test_a_server_out_of_order_tells_nothing(status: str) -> None:
    with listening(answering(lambda *_: answer(GOOD, status))) as server, pytest.raises(CannotSee):
        look(server.port)


def test_a_huge_file_is_read_in_part() -> None:
    with listening(answering(lambda *_: answer(GOOD + "x" * 10_000_000))) as server:
        facts = look(server.port)
    assert facts.file is not None
    assert len(facts.file.contacts) == 3


def test_checks_ask_for_it_over_https_only() -> None:
    def endpoint(protocol: str) -> Endpoint:
        return Endpoint(kind="endpoint", id="e", host="localhost", port=1, protocol=protocol)  # type: ignore[arg-type]  # a list of protocols is easier to read than three calls

    assert [PROBE.can_see(endpoint(protocol)) for protocol in ("https", "tls", "http")] == [
        True,
        False,
        False,
    ]
