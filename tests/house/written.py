"""The pages that people wrote: every Markdown file but the generated reference and the golden reports."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = (".", "checks", "policies", "docs", "docs/guides", "docs/decisions")
PAGES = sorted(path for folder in FOLDERS for path in (ROOT / folder).glob("*.md"))
GUIDES = [path for path in PAGES if path.parent.name == "guides"]

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`([^`\n]+)`")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A fenced block of a page."""

    page: Path
    kind: str
    text: str
    line: int


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def blocks(page: Path, kind: str) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    return [
        Block(page=page, kind=kind, text=match[2], line=text.count("\n", 0, match.start()) + 1)
        for match in _FENCE.finditer(text)
        if match[1] == kind
    ]


def prose(page: Path) -> str:
    """Give a page without its fenced blocks."""
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


def in_backticks(page: Path) -> list[str]:
    return _INLINE.findall(prose(page))


def commands(page: Path) -> Iterator[str]:
    """Give every line a reader would type: in blocks for a shell, and in backticks."""
    for block in blocks(page, "sh"):
        yield from (line for line in block.text.splitlines() if line.strip())
    yield from (word for word in in_backticks(page) if word.startswith(("readiness-audit ", "make ")))
