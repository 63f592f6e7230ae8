"""The Markdown report reads as it was meant, whatever stands in the evidence."""

from __future__ import annotations

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from readiness_audit.model.texts import Language
from readiness_audit.rendering import render
from tests.records import a_record
from tests.rendering import hostile

READER = MarkdownIt("gfm-like", {"linkify": False, "html": True})


def tokens_of(text: str) -> list[Token]:
    found = []
    for token in READER.parse(text):
        found += [token, *(token.children or [])]
    return found


@pytest.mark.parametrize("language", list(Language))
def test_hostile_evidence_changes_nothing_about_the_shape(language: Language) -> None:
    calm = render(a_record(saying="nginx"), "markdown", language)
    hostile_one = render(hostile.hostile_record(), "markdown", language)
    kinds = [token.type for token in tokens_of(hostile_one)]
    assert not {"html_inline", "html_block", "link_open", "image", "s_open", "em_open"} & set(kinds)
    headings = [token.type for token in tokens_of(calm)].count("heading_open")
    assert kinds.count("heading_open") == headings
    # Two more: the exceptions in force, and how every agreement stands.
    tables = [token.type for token in tokens_of(calm)].count("table_open") + 2
    assert kinds.count("table_open") == tables
    assert hostile.shows_nothing_hidden(hostile_one)


def test_nothing_a_program_makes_links_of_stands_outside_code() -> None:
    texts = [
        token.content
        for token in tokens_of(render(hostile.hostile_record(), "markdown", Language.EN))
        if token.type == "text"
    ]
    assert not [text for text in texts if "http://" in text or "www." in text or "mallory@" in text]


@pytest.mark.parametrize("language", list(Language))
def test_every_row_of_every_table_has_the_cells_of_its_head(language: Language) -> None:
    width, rows = 0, 0
    for line in render(a_record(targets=60, checks=2), "markdown", language).splitlines():
        if not line.startswith("|"):
            width = 0
            continue
        cells = line.replace("\\|", "").count("|")
        width = width or cells
        assert cells == width, line
        rows += 1
    assert rows > 100


def test_a_fleet_stays_readable() -> None:
    assert len(render(a_record(targets=1000, checks=50), "markdown", Language.EN)) < 500_000
