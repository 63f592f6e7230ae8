"""What a reader finds in a document, in the order it stands there, whatever the file format."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from readiness_audit.model.evidence import Reason
from readiness_audit.probes.documents.text import clean
from readiness_audit.probes.reach.blind import CannotSee

MOST_TEXT = 5_000_000
"""Characters of text in one document."""

MOST_SECTIONS = 2_000
MOST_PAGES = 2_000
DEEPEST_LEVEL = 9


class Kind(Enum):
    """What a part of a document is."""

    HEADING = auto()
    TEXT = auto()
    """A paragraph, list item or run of lines."""

    ROW = auto()
    """One row of a table."""

    CODE = auto()
    """Commands and listings: counted as words, but `<host>` in a command is not a gap in the text."""

    HIDDEN = auto()
    """A comment that is not shown: no words, but a TODO in it is still one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One piece of a document; its text is clean."""

    kind: Kind
    text: str
    searched: str = ""
    """The text in which placeholders are looked for."""

    level: int = 0
    cells: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A whole document as its reader gives it."""

    parts: tuple[Part, ...]
    sections_by: str
    stated: tuple[tuple[str, str], ...] = ()
    """Keys and values of a front matter."""

    properties: Mapping[str, str] = field(default_factory=dict)
    """Title, author, version, status, created and modified_in_file as the file's own properties say."""

    pages: int | None = None
    pages_without_text: int | None = None


class Collected:
    """Gathers parts up to the limits."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.parts: list[Part] = []
        self._room = MOST_TEXT
        self._sections = 0

    def add(self, kind: Kind, text: str, *, searched: str | None = None, level: int = 0) -> None:
        """Take one part; what is blank is left out. Raises `CannotSee` where it becomes too much."""
        self._take(len(text))
        tidy = clean(text).strip("\n")
        if not tidy:
            return
        if kind is Kind.HEADING:
            self._sections += 1
            if self._sections > MOST_SECTIONS:
                raise CannotSee(Reason.TOO_LARGE, f"more than {MOST_SECTIONS} headings")
            tidy = " ".join(tidy.split())
        looked_in = "" if kind is Kind.CODE else tidy if searched is None else clean(searched)
        self.parts.append(
            Part(kind=kind, text=tidy, searched=looked_in, level=max(1, min(level, DEEPEST_LEVEL)))
        )

    def add_row(self, cells: Iterable[tuple[str, str]]) -> None:
        """Take one row of a table, each cell as its text and what of it is searched for placeholders."""
        found = [(clean(text).strip("\n"), clean(searched)) for text, searched in cells]
        texts = tuple(text for text, _ in found)
        whole = "\n".join(texts)
        self._take(len(whole))
        if whole.strip():
            searched = "\n".join(searched for _, searched in found)
            self.parts.append(Part(kind=Kind.ROW, text=whole, searched=searched, cells=texts))

    def _take(self, count: int) -> None:
        self._room -= count
        if self._room < 0:
            raise CannotSee(Reason.TOO_LARGE, f"more than {MOST_TEXT} characters of text")
