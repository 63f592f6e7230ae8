"""Turn the parts of a document into facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from readiness_audit.model.evidence import Plain
from readiness_audit.probes.documents.keys import ABOUT_THE_DOCUMENT, KEYS
from readiness_audit.probes.documents.metadata import (
    Metadata,
    bare_pair,
    fold_key,
    pairs,
)
from readiness_audit.probes.documents.parts import Kind, Part, Reading
from readiness_audit.probes.documents.placeholders import find_placeholders, is_gap
from readiness_audit.probes.documents.text import count_words, one_line, without_number

MOST_SHOWN_PLACEHOLDERS = 200
MOST_SHOWN_ENTRIES = 500
_MOST_UNREADABLE = 50
_LONGEST_TITLE = 200
_LONGEST_PATH = 600
_PAIR = 2


@dataclass(slots=True)
class _Section:
    title: str
    level: int
    path: str
    above: tuple[int, ...]
    words: int = 0
    words_with_below: int = 0
    placeholders: int = 0
    placeholders_with_below: int = 0


class _Summary:
    def __init__(self) -> None:
        self.sections: list[_Section] = []
        self.placeholders: list[tuple[str, str]] = []
        self.entries: list[tuple[str, str, str]] = []
        self.metadata = Metadata()
        self.words = 0
        self.words_before_sections = 0

    def take(self, part: Part) -> None:
        if part.kind is Kind.HEADING:
            self._open(part)
        section = self.sections[-1] if self.sections else None
        path = section.path if section else ""
        found = find_placeholders(part.searched, shown=part.kind is not Kind.HIDDEN)
        self.placeholders.extend((text, path) for text in found)
        words = 0 if part.kind is Kind.HIDDEN else count_words(part.text)
        self.words += words
        if section is None:
            self.words_before_sections += words
        else:
            section.placeholders += len(found)
            section.words += 0 if part.kind is Kind.HEADING else words
        if part.kind in {Kind.TEXT, Kind.ROW}:
            self._take_pairs(part, path)

    def _open(self, part: Part) -> None:
        above: tuple[int, ...] = ()
        if self.sections:
            last = len(self.sections) - 1
            above = (*self.sections[last].above, last)
            while above and self.sections[above[-1]].level >= part.level:
                above = above[:-1]
        title = one_line(part.text, _LONGEST_TITLE)
        path = f"{self.sections[above[-1]].path} > {title}" if above else title
        self.sections.append(_Section(title=title, level=part.level, path=path[:_LONGEST_PATH], above=above))

    def _take_pairs(self, part: Part, path: str) -> None:
        about_the_document = self._is_about_the_document()
        if part.kind is Kind.ROW and len(part.cells) == _PAIR:
            found = [(one_line(part.cells[0].rstrip(": "), 120), one_line(part.cells[1], 300))]
        elif part.kind is Kind.ROW:
            found = [pair for cell in part.cells for pair in pairs(cell.split("\n"))]
        else:
            lines = part.text.split("\n")
            found = pairs(lines)
            if about_the_document:
                found.extend(pair for line in lines if ": " not in line and (pair := bare_pair(line)))
        for key, value in found:
            if not key:
                continue
            self.entries.append((key, value, path))
            if about_the_document:
                self.metadata.take(key, value)

    def _is_about_the_document(self) -> bool:
        # Before or under the first heading, which is the title, or in a section of its own.
        if len(self.sections) <= 1:
            return True
        return without_number(self.sections[-1].title) in ABOUT_THE_DOCUMENT


def summarise(reading: Reading) -> dict[str, Plain]:
    """Give the fields of `DocumentFacts` that come from the document's content, as plain data."""
    summary = _Summary()
    for key, value in reading.stated:
        summary.metadata.take(key, value)
        summary.placeholders.extend((text, "") for text in find_placeholders(value))
    for part in reading.parts:
        summary.take(part)
    _add_up(summary.sections)
    metadata = summary.metadata
    metadata.fill(reading.properties)
    first = summary.sections[0] if summary.sections else None
    # A numbered first heading is a chapter, not the title.
    if first and first.level == 1 and without_number(first.title) == first.title.lower():
        metadata.values.setdefault("title", first.title)
    return {
        "pages": reading.pages,
        "pages_without_text": reading.pages_without_text,
        "words": summary.words,
        "words_before_sections": summary.words_before_sections,
        "sections": [_told(section) for section in summary.sections],
        "section_count": len(summary.sections),
        "sections_by": reading.sections_by if summary.sections else "none",
        "placeholders": [
            {"text": text, "section": path} for text, path in summary.placeholders[:MOST_SHOWN_PLACEHOLDERS]
        ],
        "placeholder_count": len(summary.placeholders),
        "entries": _entries(summary.entries),
        "entry_count": len(summary.entries),
        **{name: metadata.values.get(name) for name in KEYS},
        "contradictions": list(metadata.contradictions),
        "unreadable_dates": list(metadata.unreadable_dates[:_MOST_UNREADABLE]),
    }


def _add_up(sections: Sequence[_Section]) -> None:
    for section in sections:
        section.words_with_below += section.words
        section.placeholders_with_below += section.placeholders
        for above in section.above:
            sections[above].words_with_below += section.words
            sections[above].placeholders_with_below += section.placeholders


def _told(section: _Section) -> dict[str, Plain]:
    return {
        "title": section.title,
        "name": without_number(section.title),
        "level": section.level,
        "path": section.path,
        "words": section.words,
        "words_with_below": section.words_with_below,
        "placeholders": section.placeholders,
        "placeholders_with_below": section.placeholders_with_below,
    }


def _entries(found: Sequence[tuple[str, str, str]]) -> list[Plain]:
    return [
        {"key": key, "name": fold_key(key), "value": value, "filled": not is_gap(value), "section": path}
        for key, value, path in found[:MOST_SHOWN_ENTRIES]
    ]
