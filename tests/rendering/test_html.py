"""The HTML report is one file that runs nothing, fetches nothing and can be read without colours."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType

import pytest

from readiness_audit.model.record import Record
from readiness_audit.model.texts import Language
from readiness_audit.model.verdict import Outcome
from readiness_audit.rendering import render
from tests.records import a_record, released, with_verdicts
from tests.rendering import browser, hostile

VOID = frozenset({"meta", "br"})
ALLOWED = frozenset(
    """
    html head meta title style body svg symbol circle path use div header p h1 h2 h3 dl dt dd main
    section b ol li strong span a nav table thead tbody tfoot tr th td caption article ul details
    summary code pre footer br
    """.split()  # noqa: SIM905 - one name a line would be a page
)
ATTRIBUTES = frozenset(
    """
    lang charset http-equiv content name class id href scope colspan aria-hidden aria-label aria-labelledby
    viewbox cx cy r d fill stroke stroke-width stroke-dasharray
    """.split()  # noqa: SIM905 - one name a line would be a page
)


class Reader(HTMLParser):
    """Reads a report with a parser that is not ours, and writes down what it is made of."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.open: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == []
    return reader


RECORDS = MappingProxyType(
    {
        "no-go": a_record(),
        "go": released(a_record()),
        "hostile": hostile.hostile_record(),
        "cut short": replace(a_record(), origin=replace(a_record().origin, complete=False)),
    }
)


@pytest.fixture(params=[(name, language) for name in RECORDS for language in Language], ids=str)
def report(request: pytest.FixtureRequest) -> str:
    name, language = request.param
    return render(RECORDS[name], "html", language, sha256="ab" * 32)


def test_it_is_made_of_nothing_but_harmless_parts(report: str) -> None:
    reader = read(report)
    assert set(reader.tags) <= ALLOWED
    assert {name for _, name, _ in reader.attributes} <= ATTRIBUTES
    assert hostile.shows_nothing_hidden(report)


def test_every_address_in_it_is_a_place_in_it(report: str) -> None:
    reader = read(report)
    places = {value for _, name, value in reader.attributes if name == "id"}
    links = [value for _, name, value in reader.attributes if name == "href"]
    assert links
    assert {link.removeprefix("#") for link in links} <= places
    assert all(link.startswith("#") for link in links)
    ids = [value for _, name, value in reader.attributes if name == "id"]
    assert len(ids) == len(set(ids))


def test_its_policy_allows_its_own_style_and_nothing_else(report: str) -> None:
    [style] = re.findall(r"<style>(.*?)</style>", report, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    [policy] = [value for tag, name, value in read(report).attributes if (tag, name) == ("meta", "content")][
        :1
    ]
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert "url(" not in style
    assert "@import" not in style
    assert report.index("Content-Security-Policy") < report.index("<style>")


@pytest.mark.parametrize("language", list(Language))
def test_hostile_texts_are_shown_as_they_are(language: Language) -> None:
    record = RECORDS["hostile"]
    shown = read(render(record, "html", language)).text
    for text in hostile.TEXTS[:8]:
        assert hostile_as_shown(text) in shown


def hostile_as_shown(text: str) -> str:
    return "".join(
        f"\\x{ord(sign):02x}" if ord(sign) < 32 or ord(sign) in range(127, 160) else sign for sign in text
    )


def test_no_sign_stands_without_its_word(report: str) -> None:
    signs = re.findall(r'<svg class="mark[^>]*>.*?</svg>(.*?)(?=<svg|</tr>|</li>|</p>)', report, re.DOTALL)
    assert len(signs) > 10
    for after in signs:
        assert re.search("[a-z]{3}", re.sub("<[^>]*>", "", after))


def test_it_says_its_language_and_its_tables_have_heads(report: str) -> None:
    reader = read(report)
    assert ("html", "lang") in {(tag, name) for tag, name, _ in reader.attributes}
    heads = [value for tag, name, value in reader.attributes if (tag, name) == ("th", "scope")]
    assert reader.tags.count("th") == len(heads)
    assert reader.tags.count("h1") == 1
    levels = [int(tag[1]) for tag in reader.tags if re.fullmatch(r"h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_colours_are_strong_enough_to_read() -> None:
    style = render(a_record(), "html", Language.EN)
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6});", style))
    on = {
        "paper": ("ink", "soft", "accent", "go", "conditional", "no-go", "inconclusive"),
        "pale": ("ink", "soft"),
        "go-pale": ("ink", "go"),
        "conditional-pale": ("ink", "conditional"),
        "no-go-pale": ("ink", "no-go"),
        "inconclusive-pale": ("ink", "inconclusive"),
    }
    for ground, name in ((ground, name) for ground, names in on.items() for name in names):
        assert contrast(colours[name], colours[ground]) >= 4.5, (name, ground)


def contrast(one: str, other: str) -> float:
    """Work out the contrast of two colours as WCAG 2.2 defines it."""
    first, second = sorted((luminance(one), luminance(other)), reverse=True)
    return (first + 0.05) / (second + 0.05)


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_a_thousand_targets_and_fifty_checks_stay_small() -> None:
    assert len(render(a_record(targets=1000, checks=50), "html", Language.DE)) < 500_000


def test_ten_thousand_failures_that_all_differ_stay_small() -> None:
    record = everything_fails(a_record(targets=200, checks=50))
    assert len(render(record, "html", Language.EN)) < 1_500_000


def everything_fails(record: Record) -> Record:
    many = [
        replace(
            old,
            outcome=Outcome.FAIL,
            reason=None,
            subjects=tuple(f"{old.target} offender {n}" for n in range(200)),
            count=100_000,
        )
        for old in record.verdicts
        if old.outcome in {Outcome.PASS, Outcome.FAIL, Outcome.NOT_ASSESSED}
    ]
    return with_verdicts(record, *many)


def test_a_browser_runs_nothing_and_asks_for_nothing(tmp_path: Path) -> None:
    with browser.trap() as (address, hits):
        loud = tmp_path / "loud.html"
        loud.write_text(f"<title>quiet</title><script>document.title='owned'</script><img src='{address}/i'>")
        assert "<title>owned</title>" in browser.opened(loud)
        assert hits == ["/i"], "the trap must notice a page that asks"
        hits.clear()

        saying = html.unescape(hostile.ALL).replace("http://trap.example", address)
        record = a_record(saying=saying)
        for language in Language:
            page = tmp_path / f"report.{language}.html"
            page.write_text(render(record, "html", language), encoding="utf-8")
            shown = browser.opened(page)
            assert "<title>owned</title>" not in shown
            assert "<script" not in shown
        assert hits == []


def test_a_browser_prints_what_is_folded_away(tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    page.write_text(render(everything_fails(a_record()), "html", Language.EN), encoding="utf-8")
    printed = browser.printed(page)
    assert "portal offender 30" in " ".join(printed.split())
    assert "Page 1 of" in printed
    assert "Confidential" in printed
