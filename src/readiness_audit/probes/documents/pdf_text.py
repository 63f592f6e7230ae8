"""Read the text layer of PDF (ISO 32000) into parts. Runs in a child process."""

from __future__ import annotations

import io
import logging
import math
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from readiness_audit.errors import MissingExtraError
from readiness_audit.model.evidence import Plain, Reason
from readiness_audit.probes.documents.dates import read_pdf_day
from readiness_audit.probes.documents.headings import (
    Bookmark,
    Heading,
    Line,
    body_type,
    find_headings,
    is_contents_line,
)
from readiness_audit.probes.documents.parts import (
    DEEPEST_LEVEL,
    MOST_PAGES,
    MOST_SECTIONS,
    MOST_TEXT,
    Collected,
    Kind,
    Part,
    Reading,
)
from readiness_audit.probes.documents.summary import summarise
from readiness_audit.probes.documents.text import clean
from readiness_audit.probes.reach.blind import CannotSee

if TYPE_CHECKING:
    from pypdf import PageObject, PdfReader

_EDGE = 2
"""Lines at the top and at the bottom of a page that may be running titles."""


def read_pdf(data: bytes) -> Plain:
    """
    Give what a PDF file holds, as `summarise` tells it; to be called through `read_apart`.

    A file that opens without a password is read, whatever it asks its readers not to do.
    Raises `CannotSee`: damaged, needs a password, more than 2,000 pages, or without a text layer.
    """
    try:
        return summarise(_read(data))
    except CannotSee:
        raise
    except Exception as error:  # noqa: BLE001 - a reader of hostile files may raise anything
        raise CannotSee(Reason.UNREADABLE, f"the PDF file is damaged: {type(error).__name__}") from None


def _read(data: bytes) -> Reading:
    try:
        import pypdf  # noqa: PLC0415 - an extra, and only the child process that reads PDF pays for it
    except ImportError:
        raise CannotSee(Reason.TOOL_MISSING, str(MissingExtraError("pypdf", "documents"))) from None
    # What it has to say about a broken file is said by us, in one line.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL + 1)
    reader = pypdf.PdfReader(io.BytesIO(data))
    if reader.is_encrypted and not reader.decrypt(""):
        raise CannotSee(Reason.UNREADABLE, "the PDF file is encrypted and needs a password")
    count = len(reader.pages)
    if count > MOST_PAGES:
        raise CannotSee(Reason.TOO_LARGE, f"more than {MOST_PAGES} pages")
    if count == 0:
        raise CannotSee(Reason.EMPTY, "the PDF file has no pages")
    pages = _pages(reader)
    blank = sum(not page for page in pages)
    if blank == count:
        raise CannotSee(
            Reason.EMPTY, f"the PDF file has no text layer: its {count} pages are pictures or blank"
        )
    lines = _without_running_titles(pages)
    headings, sections_by = find_headings(lines, _bookmarks(reader))
    return Reading(
        parts=_parts(lines, headings),
        sections_by=sections_by,
        properties=_properties(reader),
        pages=count,
        pages_without_text=blank,
    )


def _pages(reader: PdfReader) -> list[list[Line]]:
    pages: list[list[Line]] = []
    room = MOST_TEXT
    for number, page in enumerate(reader.pages):
        lines = _lines(page, number)
        room -= sum(len(line.text) for line in lines)
        if room < 0:
            raise CannotSee(Reason.TOO_LARGE, f"more than {MOST_TEXT} characters of text")
        pages.append(lines)
    return pages


def _lines(page: PageObject, number: int) -> list[Line]:
    """Give the lines of a page, each with the type size and weight most of its letters have."""
    pieces: list[tuple[str, float, bool]] = []

    def visit(text: str, cm: list[float], tm: list[float], font: dict[str, Any] | None, size: float) -> None:
        if text:
            name = str((font or {}).get("/BaseFont", "")).lower()
            heavy = any(word in name for word in ("bold", "black", "heavy", "semibold", "-bd"))
            pieces.append((text, _size(size, tm, cm), heavy))

    page.extract_text(visitor_text=visit)
    lines: list[Line] = []
    text = ""
    looks: Counter[tuple[float, bool]] = Counter()
    for piece, size, heavy in [*pieces, ("\n", 0.0, False)]:
        first, *others = _with_newlines(piece).split("\n")
        text += first
        looks[size, heavy] += sum(map(str.isalnum, first))
        for other in others:
            _add(lines, text, looks, number)
            text = other
            looks = Counter({(size, heavy): sum(map(str.isalnum, other))})
    return lines


def _add(lines: list[Line], text: str, looks: Counter[tuple[float, bool]], page: int) -> None:
    tidy = " ".join(clean(text).split())
    if tidy:
        (size, heavy), _ = looks.most_common(1)[0]
        lines.append(Line(text=tidy, page=page, size=size, heavy=heavy))


def _with_newlines(text: str) -> str:
    """Give a piece of text with every kind of line end written as a newline."""
    return "\n".join(text.splitlines()) + ("\n" if text.endswith(("\n", "\r")) else "")


def _size(size: float, tm: list[float], cm: list[float]) -> float:
    scaled = float(size) * math.hypot(float(tm[1]), float(tm[3])) * math.hypot(float(cm[1]), float(cm[3]))
    return round(scaled, 1) if math.isfinite(scaled) else 0.0


def _without_running_titles(pages: Sequence[Sequence[Line]]) -> list[Line]:
    """Leave out what repeats at the top or bottom of half of the pages, after its first time there."""
    body = body_type(line for page in pages for line in page)
    edges: Counter[str] = Counter()
    for page in pages:
        edges.update({_shape(line, body) for line in (*page[:_EDGE], *page[-_EDGE:])})
    often = max(_EDGE + 1, len(pages) // 2)
    seen: set[str] = set()
    kept: list[Line] = []
    for page in pages:
        for place, line in enumerate(page):
            shape = _shape(line, body)
            if _EDGE <= place < len(page) - _EDGE or edges[shape] < often or shape not in seen:
                kept.append(line)
                seen.add(shape)
    return kept


def _shape(line: Line, body: float) -> str:
    # Page numbers differ from page to page; so do the numbers of chapters, which are set larger.
    if line.size > body:
        return line.text
    return "".join("#" if letter.isdigit() else letter for letter in line.text)


def _bookmarks(reader: PdfReader) -> list[Bookmark]:
    try:
        outline = reader.outline
    except Exception:  # noqa: BLE001 - a broken outline is no outline; the text is still there
        return []
    found: list[Bookmark] = []
    stack: list[tuple[Any, int]] = [(entry, 1) for entry in reversed(outline)]
    last = 1
    while stack:
        entry, level = stack.pop()
        if isinstance(entry, list):
            stack.extend((below, level + 1) for below in reversed(entry))
            continue
        last = min(level, DEEPEST_LEVEL)
        found.append(
            Bookmark(title=" ".join(clean(str(entry.title)).split()), level=last, page=_page(reader, entry))
        )
        if len(found) > MOST_SECTIONS:
            raise CannotSee(Reason.TOO_LARGE, f"more than {MOST_SECTIONS} bookmarks")
    return [bookmark for bookmark in found if bookmark.title]


def _page(reader: PdfReader, entry: Any) -> int | None:  # noqa: ANN401 - the library's outline is not typed
    try:
        return reader.get_destination_page_number(entry)
    except Exception:  # noqa: BLE001 - a bookmark that leads nowhere still names its section
        return None


def _parts(lines: Sequence[Line], headings: Sequence[Heading]) -> tuple[Part, ...]:
    collected = Collected()
    here = 0
    for heading in headings:
        collected.add(Kind.TEXT, _running(lines[here : heading.start]))
        collected.add(Kind.HEADING, heading.title, level=heading.level)
        here = heading.start + heading.count
    collected.add(Kind.TEXT, _running(lines[here:]))
    return tuple(collected.parts)


def _running(lines: Sequence[Line]) -> str:
    return "\n".join(line.text for line in lines if not is_contents_line(line.text))


def _properties(reader: PdfReader) -> dict[str, str]:
    try:
        info = reader.metadata
        found = (
            {
                "title": str(info.get("/Title") or ""),
                "author": str(info.get("/Author") or ""),
                "created": read_pdf_day(str(info.get("/CreationDate") or "")) or "",
                "modified_in_file": read_pdf_day(str(info.get("/ModDate") or "")) or "",
            }
            if info
            else {}
        )
    except Exception:  # noqa: BLE001 - broken properties are none; the text is still there
        return {}
    return {name: value for name, value in found.items() if value.strip()}
