from pathlib import Path

import pytest

from readiness_audit.model.evidence import Reason
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.web.legal_pages import PROBE, LegalPage, LegalPagesFacts
from tests.probes.web.webs import answer, answering, ask, site
from tests.servers.listener import free_port, listening

IMPRINT = (
    "<h1>Impressum</h1><p>Beispiel GmbH, Musterweg 1, 12345 Musterstadt"
    "<p>Telefon: 030 1234567, info@b.example"
)
PRIVACY = "<h1>Datenschutz</h1><p>Verantwortlich: Beispiel GmbH. <a href=mailto:d@b.example>Mail</a>"
START = "<a href=/impressum.html>Impressum</a> <a href='datenschutz.html'>Datenschutzerklärung</a>"


def look(port: int) -> LegalPagesFacts:
    return ask(PROBE, port).facts


def rows(facts: LegalPagesFacts) -> tuple[LegalPage, LegalPage]:
    imprint, privacy = facts.pages
    assert (imprint.kind, privacy.kind) == ("imprint", "privacy")
    return imprint, privacy


def test_where_nothing_listens_it_says_refused() -> None:
    with pytest.raises(CannotSee) as blind:
        look(free_port())
    assert blind.value.reason is Reason.REFUSED


@pytest.mark.parametrize(
    "said",
    [
        answer("x", "503 Busy", kind="text/html"),
        answer("{}", kind="application/json"),
        answer("", "302 Found", "Location: https://elsewhere.example/"),
        answer("", "302 Found", "Location: /"),
    ],
)
def test_without_a_start_page_nothing_is_seen(said: bytes) -> None:
    with listening(answering(lambda *_: said)) as server, pytest.raises(CannotSee):
        look(server.port)


def test_a_start_page_without_links_has_neither() -> None:
    with listening(answering(lambda *_: answer("<p>Hallo", kind="text/html"))) as server:
        facts = look(server.port)
    assert (facts.links, facts.scripts) == (0, 0)
    assert [(page.link, page.status, page.seen) for page in rows(facts)] == [(None, None, True)] * 2


def test_both_are_found_and_read(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "index.html": START,
        "impressum.html": IMPRINT,
        "datenschutz.html": PRIVACY,
    }
    with site(tmp_path, files, "types { text/html html; } charset utf-8;") as port:
        imprint, privacy = rows(look(port))
    assert (imprint.link, imprint.status, privacy.link, privacy.status) == (
        "Impressum",
        200,
        "Datenschutzerklärung",
        200,
    )
    assert (imprint.has_mail, imprint.has_phone, imprint.has_postal_address) == (True, True, True)
    assert (privacy.has_mail, privacy.has_phone, privacy.has_postal_address) == (True, False, False)
    assert (imprint.names_responsible, privacy.names_responsible) == (True, True)


def test_a_page_that_is_gone_is_told(tmp_path: Path) -> None:
    with site(tmp_path, {"index.html": START}, "types { text/html html; }") as port:
        imprint, privacy = rows(look(port))
    assert [(page.status, page.seen) for page in (imprint, privacy)] == [(404, True)] * 2


def test_a_link_elsewhere_is_not_followed() -> None:
    with listening(answering(lambda *_: answer(IMPRINT, kind="text/html"))) as trap:
        start = (
            f"<a href=http://shop.example:{trap.port}/>Impressum</a><a href=https://b.example/p>Privacy</a>"
        )
        with listening(answering(lambda *_: answer(start, kind="text/html"))) as server:
            imprint, privacy = rows(look(server.port))
    assert trap.connections == 0
    assert [(page.elsewhere, page.seen, page.status) for page in (imprint, privacy)] == [
        (True, False, None)
    ] * 2


def test_many_links_are_followed_twice_at_most() -> None:
    asked: list[str] = []

    def tell(line: str, _: dict[str, str]) -> bytes:
        asked.append(line)
        links = "".join(f"<a href=/{number}>Impressum</a>" for number in range(10_000))
        return answer(links, kind="text/html") if " / " in line else answer("", "404 Not Found")

    with listening(answering(tell)) as server:
        look(server.port)
    assert len(asked) == 3
