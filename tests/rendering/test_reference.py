"""The reference pages: made from what they tell of, and inert whatever somebody wrote into a check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import pytest
from markdown_it import MarkdownIt

from readiness_audit.model.texts import Language, Texts
from readiness_audit.rendering.reference import Source, check_page, command_line_page, facts_page
from readiness_audit.rendering.sentences import sentences_of
from tests.record_checks import a_check

HOSTILE = "<script>alert(1)</script> | ``` ![x](http://x) </code>"


@dataclass(frozen=True)
class _Column:
    means: Texts


@dataclass(frozen=True, slots=True, kw_only=True)
class _Leaf:
    """A leaf."""

    name: str
    """What it is called; may hold a | sign."""

    size: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trunk:
    """What every tree has."""

    height: int
    """Metres."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tree(_Trunk):
    """What a tree holds."""

    leaves: tuple[_Leaf, ...]
    owner: Annotated[str | None, _Column(means=Texts(en="Whose it is.", de="Wem er gehört."))]
    """A name."""


def test_sentences_are_found_where_they_stand_inherited_and_in_annotations() -> None:
    assert sentences_of(_Tree) == {"height": "Metres.", "owner": "Whose it is. A name."}
    assert sentences_of(_Leaf) == {"name": "What it is called; may hold a | sign."}


def test_facts_are_told_with_all_that_is_inside_them() -> None:
    page = facts_page([Source(name="tree", about="What a tree holds.", asks="a garden", sees=_Tree)])
    assert "| `leaves` | `list of _Leaf` |  |" in page
    assert "| `size` | `number?` |  |" in page
    assert "may hold a \\| sign" in page
    assert page.count("**_Leaf**") == 1


@pytest.mark.parametrize("language", list(Language))
def test_no_markup_of_a_check_is_obeyed(language: Language) -> None:
    check = a_check("own.check", (HOSTILE[:40], HOSTILE[:40]), parameters={"word": HOSTILE})
    page = check_page(check, [], language)
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(page)
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_a_page_names_who_asks_it_and_says_so_where_nobody_does() -> None:
    check = a_check("own.check", ("One", "Eins"))
    assert "- `mine`" in check_page(check, ["`mine`"], Language.EN)
    assert "No policy" in check_page(check, [], Language.EN)


def test_help_and_exit_statuses_are_quoted_as_they_are() -> None:
    page = command_line_page({"tool run": "Usage: tool run\n  a | b"}, [(3, "NO | GO")])
    assert "```text\nUsage: tool run\n  a | b\n```" in page
    assert "| `3` | NO \\| GO |" in page
