import time
from html.parser import HTMLParser

import pytest

from readiness_audit.probes.web.markup import decoded, pieces
from readiness_audit.probes.web.page import PageRead, read_page

ADDRESS = "https://shop.example/a/"


def read(text: str) -> PageRead:
    return read_page(text, ADDRESS)


class Oracle(HTMLParser):
    """The standard library's reading of the same page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given: dict[str, str] = {}
        for name, value in attrs:
            given.setdefault(name, value or "")
        self.tags.append((tag, given))


@pytest.mark.parametrize(
    "text", ["", "plain text", "<", "<>", "< a>", "<a", '<a href="x', "<!--", "</", "<!"]
)
def test_where_there_is_no_whole_tag_there_is_none(text: str) -> None:
    found = read(text)
    assert (found.facts.links, found.facts.scripts, found.links, found.policies) == (0, 0, (), ())


@pytest.mark.parametrize(
    "text",
    [
        "<p>a<B>b</B><br/><img src=x alt='y z' data-a=\"1>2\">",
        "<a HREF='/x?a=1&amp;b=2'>x</a><input disabled value=>",
        "<script>if (a<b) document.write('<a href=x>')</script><a href=y>",
        "<style>a:before{content:'<b>'}</style><i>",
        "<!-- <a href=x> --><b><!doctype html><?php x ?><i>",
        "<a href=x href=y>",
    ],
)
def test_tags_are_those_the_standard_library_sees(text: str) -> None:
    oracle = Oracle()
    oracle.feed(text)
    oracle.close()
    assert [(piece.name, dict(piece.given)) for piece in pieces(text) if piece.name and not piece.ends] == (
        oracle.tags
    )


@pytest.mark.parametrize(
    ("text", "use"),
    [
        ("<script src=http://cdn.example/a.js></script>", "active"),
        ("<link rel='stylesheet' href=http://cdn.example/a.css>", "active"),
        ("<iframe src='HTTP://cdn.example/'></iframe>", "active"),
        ("<object data=http://cdn.example/a></object>", "active"),
        ("<style>@import url(http://cdn.example/a.css);</style>", "active"),
        ("<img src=' http://cdn.example/a.png'>", "passive"),
        ("<img srcset='a.png 1x, http://cdn.example/b.png 2x'>", "passive"),
        ("<video poster=http://cdn.example/a.png>", "passive"),
        ("<link rel=icon href=http://cdn.example/a.ico>", "passive"),
        ("<p style='background: url(http://cdn.example/a.png)'>", "passive"),
        ("<form action=http://shop.example/login>", "form"),
        ("<button formaction=http://shop.example/login>", "form"),
        ("<script src='ht\ntp://cdn.example/a.js'></script>", "active"),
        ("<script src='http:\\\\cdn.example/a.js'></script>", "active"),
        ("<base href=http://cdn.example/><script src=a.js></script>", "active"),
    ],
)
def test_what_goes_over_a_plain_connection_is_told(text: str, use: str) -> None:
    facts = read(text).facts
    assert [plain.use for plain in facts.plain] == [use]
    assert (facts.plain_active, facts.plain_passive, facts.plain_forms) == (
        use == "active",
        use == "passive",
        use == "form",
    )


@pytest.mark.parametrize(
    "text",
    [
        "<a href=http://other.example/>x</a>",
        "<script src=//cdn.example/a.js></script><img src=/a.png><form action=''>",
        "<!-- <script src=http://cdn.example/a.js></script> -->",
        "<script>var a = '<img src=http://x.example/>'</script>",
        "<link rel=canonical href=http://shop.example/>",
        "<img data-src=http://a.example/>",
    ],
)
def test_what_does_not_is_not(text: str) -> None:
    assert read(text).facts.plain == ()


def test_scripts_of_others_are_counted() -> None:
    facts = read(
        "<script src=a.js></script><script>1</script><script src=https://cdn.example/a.js></script>"
        "<script src=https://cdn.example/b.js integrity=sha384-x></script>"
    ).facts
    assert (facts.scripts, facts.inline_scripts, facts.unverified_scripts) == (4, 1, 1)
    assert facts.foreign_scripts == ("cdn.example",)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("<meta http-equiv=Content-Security-Policy content=\"img-src 'self'\">", 1),
        ("<html><head><title>x</title><meta http-equiv=content-security-policy content=a></head>", 1),
        ("<body><meta http-equiv=Content-Security-Policy content=a>", 0),
        ("<p><meta http-equiv=Content-Security-Policy content=a>", 0),
        ("text <meta http-equiv=Content-Security-Policy content=a>", 0),
        ("<meta http-equiv=Content-Security-Policy-Report-Only content=a>", 0),
        ("<!-- <meta http-equiv=Content-Security-Policy content=a> -->", 0),
    ],
)
def test_policies_count_in_the_head_only(text: str, count: int) -> None:
    assert read(text).facts.meta_policies == count


def test_links_have_their_text_and_full_address() -> None:
    found = read("<a href=../b?c=1>Zum <b>Impressum</b></a><a name=x>no</a><a href='/d'><img alt=Logo></a>")
    assert [(link.text, link.address) for link in found.links] == [
        ("Zum Impressum", "https://shop.example/b?c=1"),
        ("Logo", "https://shop.example/d"),
    ]


def test_ten_thousand_links_are_two_thousand_and_secrets_are_not_told() -> None:
    assert read("<a href=/x>y</a>" * 10_000).facts.links == 2000
    told = read("<script src='http://u:geheim@cdn.example/a.js?t=geheim'></script>").facts.plain
    assert "geheim" not in str(told)


@pytest.mark.parametrize(
    "piece",
    [
        "<a ",
        "<a href=",
        "<!--",
        "<script>",
        "<a b='",
        "</",
        "&#",
        "<style>@import ",
        "<a href=x>",
        "url(",
        "=",
    ],
)
def test_hostile_pages_cost_their_length_and_no_more(piece: str) -> None:
    text = (piece * (2**20 // len(piece)))[: 2**20]
    begun = time.monotonic()
    read(text)
    read("<p title=" + text)
    assert time.monotonic() - begun < 4.0


def test_text_is_read_in_its_own_letters() -> None:
    assert decoded("ä".encode(), None) == "ä"
    assert decoded(b"\xe4", "text/html; charset=ISO-8859-1") == "ä"
    assert decoded(b"\xe4\xff", "text/html; charset=zlib") == "\ufffd\ufffd"
    assert read("<a href=x>&#" + "9" * 5000 + ";</a>").facts.links == 1
