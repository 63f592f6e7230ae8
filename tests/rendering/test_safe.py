"""Each encoder makes hostile text inert and still lets it be read."""

from __future__ import annotations

import json
import unicodedata

import pytest
from markdown_it import MarkdownIt

from readiness_audit.rendering import safe
from tests.rendering import hostile

COMMONMARK = MarkdownIt("gfm-like", {"linkify": False, "html": True})


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31m", r"\x1b[31m"),
        ("a\nb\tc", r"a\x0ab\x09c"),
        ("\x7f\x9b", r"\x7f\x9b"),
        ("\u202eabc", r"\u202eabc"),
        ("zero\u200bwidth", r"zero\u200bwidth"),
        ("\u2028\u2029", r"\u2028\u2029"),
        ("\U000e0041", r"\U000e0041"),
        ("\ud800", r"\ud800"),
        ("fa\ufe0fil", r"fa\ufe0fil"),
        ("f\u0336a\u0336", r"f\u0336a\u0336"),
        ("no\u20e0", r"no\u20e0"),
        ("e\u0301\u0323\u0301\u0301", "e\u0301\u0323\\u0301\\u0301"),
        ("z.\u202fB. a\xa0\xa0\u2003b", "z.\u202fB. a\xa0\\xa0\\u2003b"),
        ("Nguye\u0302\u0303n", "Nguye\u0302\u0303n"),
        ("Größe 日本 é 🙂", "Größe 日本 é 🙂"),
    ],
)
def test_what_cannot_be_seen_is_written_out(text: str, shown: str) -> None:
    assert safe.visible(text) == shown


def test_every_control_and_format_character_of_unicode_is_written_out() -> None:
    hidden = [
        chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) in {"Cc", "Zl", "Zp", "Cs"}
    ]
    formats = [chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) == "Cf"]
    # Signs that belong to numbers and words of Arabic, Syriac, Kaithi and hieroglyphs can be seen.
    seen = {sign for sign in formats if sign == safe.visible(sign)}
    assert all(safe.visible(sign) != sign for sign in hidden)
    assert {unicodedata.name(sign).split()[0] for sign in seen} <= {
        "ARABIC",
        "SYRIAC",
        "KAITHI",
        "EGYPTIAN",
        "SHORTHAND",
    }


def test_a_block_keeps_its_lines_and_loses_its_tabs() -> None:
    assert safe.visible_block("a\r\n\tb\x1b") == "a\n    b\\x1b"


@pytest.mark.parametrize("text", [":white_check_mark:", "a:x:b", ":+1:", "`:ok:"])
def test_no_name_of_a_little_picture_becomes_one(text: str) -> None:
    """GitHub's emoji stand in code nowhere, and a colon that is written out begins none."""
    written = safe.markdown(text)
    assert written == f"`{text}`" or "\\x3a" in written


def test_times_and_addresses_are_no_little_pictures() -> None:
    assert safe.markdown("12:30:00 2001:db8:1::7 sha256:ab:cd:") == "12:30:00 2001:db8:1::7 sha256:ab:cd:"


@pytest.mark.parametrize("text", hostile.TEXTS)
def test_markdown_shows_a_hostile_text_as_it_is(text: str) -> None:
    for written in (
        f"{safe.markdown(text)}",
        f"- {safe.markdown(text)}",
        f"text **{safe.markdown(text)}** text",
    ):
        tokens = COMMONMARK.parse(written)
        inside = [child for token in tokens for child in token.children or []]
        kinds = {token.type for token in (*tokens, *inside)}
        containers = {"paragraph", "bullet_list", "list_item", "strong"}
        allowed = {f"{name}_{end}" for name in containers for end in ("open", "close")}
        allowed |= {"inline", "text", "code_inline", "text_special"}
        assert kinds <= allowed, (written, kinds - allowed)
        plain = "".join(token.content for token in inside)
        assert safe.visible(text).strip(" ") in plain or "\\x" in plain


@pytest.mark.parametrize("text", hostile.TEXTS)
def test_a_table_row_keeps_its_cells(text: str) -> None:
    tokens = COMMONMARK.parse(f"| a | b |\n|---|---|\n| {safe.markdown(text)} | end |\n")
    assert [token.type for token in tokens].count("td_open") == 2
    assert not {"html_inline", "link_open", "image"} & {
        child.type for token in tokens for child in token.children or []
    }


@pytest.mark.parametrize(
    "word", ["http://x.example/", "www.x.example", "a@b.example", "mailto:a", "XMPP:a@b"]
)
def test_nothing_that_programs_turn_into_links_stands_outside_code(word: str) -> None:
    assert safe.markdown(f"see {word} there") == f"see `{word}` there"
    broken = safe.markdown(f"`{word}|")
    assert "://" not in broken
    assert "@" not in broken
    assert "www." not in broken.lower()


def test_a_fence_cannot_be_closed_from_inside() -> None:
    block = safe.markdown_block("a\n````\n# heading\n<b>\x1b")
    [token] = COMMONMARK.parse(block)
    assert (token.type, token.content) == ("fence", "a\n````\n# heading\n<b>\\x1b\n")


@pytest.mark.parametrize(
    "text", ['"; } body { background: url(http://x) } a { content: "', "</style>", "a\\b\n"]
)
def test_a_stylesheet_string_cannot_be_left(text: str) -> None:
    encoded = safe.css_string(text)
    assert encoded.startswith('"')
    assert encoded.endswith('"')
    assert not set('"<>;{}()/\n') & set(encoded[1:-1])


@pytest.mark.parametrize("text", hostile.TEXTS)
def test_json_says_the_same_and_shows_nothing_hidden(text: str) -> None:
    written = safe.json_text(json.dumps({"text": text}, ensure_ascii=False))
    assert json.loads(written) == {"text": text}
    assert hostile.shows_nothing_hidden(written)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("(never tcp://).", "(never `tcp://`)."),
        ("https://portal.example/a(b)", "`https://portal.example/a(b)`"),
        ("mailto:", "`mailto`:"),
    ],
)
def test_what_ends_a_sentence_is_no_part_of_an_address(text: str, shown: str) -> None:
    assert safe.markdown(text) == shown
