"""The reference in `docs/reference/` is what the checks, facts and commands of today say."""

from __future__ import annotations

from pathlib import Path

import pytest

from readiness_audit.cli.loading import load_content, senses
from readiness_audit.cli.references import pages, sources
from readiness_audit.model.facts import shapes
from readiness_audit.rendering.sentences import sentences_of

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
HOW = "the reference is not what the tree says: run `python scripts/reference.py` and commit the result"


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    return pages(load_content(()))


def test_there_is_a_page_for_everything_and_none_for_what_is_no_more(made: dict[str, str]) -> None:
    kept = {str(path.relative_to(REFERENCE)) for path in REFERENCE.glob("**/*.md")}
    assert kept == set(made), HOW


def test_every_page_says_what_the_tree_says(made: dict[str, str]) -> None:
    stale = [
        name
        for name, text in made.items()
        if (REFERENCE / name).is_file() and (REFERENCE / name).read_text(encoding="utf-8") != text
    ]
    assert stale == [], HOW


def test_a_page_has_the_headings_a_check_has(made: dict[str, str]) -> None:
    wanted = [
        "## What it asks",
        "## Why it matters",
        "## See for yourself",
        "## How to fix it",
        "## Passes when",
        "## Worked cases",
        "## Used by",
        "## Maps to",
    ]
    checks = [text for name, text in made.items() if name.startswith("checks/")]
    assert checks
    for text in checks:
        assert [line for line in text.splitlines() if line.startswith("## ")] == wanted


def test_every_probe_and_view_stands_on_the_page_of_facts(made: dict[str, str]) -> None:
    for name in (*senses().probes, *senses().views):
        assert f"\n## {name}\n" in made["facts.md"]


def test_every_facts_type_says_what_it_holds() -> None:
    for source in sources().values():
        kind = source.sees
        assert (kind.__doc__ or "").strip(), kind
        assert not (kind.__doc__ or "").startswith(f"{kind.__name__}("), kind
        assert sentences_of(kind).keys() <= shapes(kind).keys()
