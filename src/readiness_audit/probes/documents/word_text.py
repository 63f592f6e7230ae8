"""Read DOCX (ISO/IEC 29500, WordprocessingML) into parts. Runs in a child process."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from readiness_audit.errors import MissingExtraError
from readiness_audit.model.evidence import Plain, Reason
from readiness_audit.probes.documents.parts import Collected, Kind, Reading
from readiness_audit.probes.documents.summary import summarise
from readiness_audit.probes.reach.blind import CannotSee

if TYPE_CHECKING:
    from docx.document import Document

MOST_UNPACKED = 200 * 2**20
MOST_XML = 50 * 2**20
MOST_ENTRIES = 5_000
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_BREAKS = {f"{_W}tab": "\t", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"}
_WIDE = (b"\xff\xfe", b"\xfe\xff", b"\x00")
# Word's outline level for body text.
_BODY_LEVEL = 9


def read_docx(data: bytes) -> Plain:
    """
    Give what a DOCX file holds, as `summarise` tells it; to be called through `read_apart`.

    Headings are paragraphs whose style has an outline level, in any language of Word. Tables of
    contents, headers, footers, foot notes and deleted text are left out; text boxes, content
    controls and inserted text are in. Raises `CannotSee`.
    """
    try:
        _check_archive(data)
        return summarise(_read(data))
    except CannotSee:
        raise
    except Exception as error:  # noqa: BLE001 - a reader of hostile files may raise anything
        raise CannotSee(Reason.UNREADABLE, f"the DOCX file is damaged: {type(error).__name__}") from None


def _check_archive(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > MOST_UNPACKED:
                raise CannotSee(
                    Reason.TOO_LARGE, f"unpacks to more than {MOST_UNPACKED} bytes or {MOST_ENTRIES} files"
                )
            names = [entry.filename for entry in entries]
            if "[Content_Types].xml" not in names:
                raise CannotSee(Reason.UNREADABLE, "a ZIP archive, but not a DOCX file")
            if len(set(names)) != len(names):
                raise CannotSee(Reason.UNREADABLE, "the DOCX file holds two parts of the same name")
            for entry in entries:
                if entry.filename.lower().endswith((".xml", ".rels")):
                    _check_xml(archive, entry)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError) as error:
        raise CannotSee(Reason.UNREADABLE, f"the DOCX file is damaged: {type(error).__name__}") from None


def _check_xml(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    if entry.file_size > MOST_XML:
        raise CannotSee(Reason.TOO_LARGE, f"a part unpacks to more than {MOST_XML} bytes")
    content = archive.read(entry)
    # No office program writes these; they are how XML is made to explode or to fetch other files.
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content or content.startswith(_WIDE):
        raise CannotSee(
            Reason.UNREADABLE, "the DOCX file holds an XML document type, which no office program writes"
        )


def _read(data: bytes) -> Reading:
    try:
        import docx  # noqa: PLC0415 - an extra, and only the child process that reads DOCX pays for it
    except ImportError:
        raise CannotSee(Reason.TOOL_MISSING, str(MissingExtraError("python-docx", "documents"))) from None
    document: Document = docx.Document(io.BytesIO(data))
    collected = Collected()
    styles = _Styles(document)
    for paragraph, row in _pieces(document.element.body):
        if row is not None:
            collected.add_row([(text, text) for text in _cells(row)])
            continue
        style = _value(paragraph.find(f"{_W}pPr/{_W}pStyle"))
        if styles.is_contents(style):
            continue
        level = styles.level(paragraph, style)
        kind = Kind.TEXT if level is None else Kind.HEADING
        collected.add(kind, _text(paragraph), level=level or 0)
    return Reading(
        parts=tuple(collected.parts), sections_by="styles", properties=_properties(document, styles)
    )


def _pieces(body: Any) -> Iterator[tuple[Any, Any]]:  # noqa: ANN401 - elements of a library without types
    """Give paragraphs outside tables and rows of outermost tables, in the order of the text."""
    stack = list(reversed(body))
    while stack:
        element = stack.pop()
        if element.tag == f"{_W}p":
            yield element, None
            # A text box stands inside a paragraph, with paragraphs of its own.
            stack.extend(
                reversed([box for box in element.iter(f"{_W}txbxContent") if not _is_fallback(box, element)])
            )
        elif element.tag == f"{_W}tr":
            yield None, element
        elif element.tag != _FALLBACK:
            stack.extend(reversed(element))


def _is_fallback(box: Any, paragraph: Any) -> bool:  # noqa: ANN401 - elements of a library without types
    # Also a box within a box: it is met when the outer one is taken apart.
    for above in box.iterancestors():
        if above is paragraph:
            return False
        if above.tag in {_FALLBACK, f"{_W}txbxContent"}:
            return True
    return False


def _text(element: Any) -> str:  # noqa: ANN401 - elements of a library without types
    """Give the text of a paragraph without the text boxes that hang on it."""
    told: list[str] = []
    stack = list(reversed(element))
    while stack:
        part = stack.pop()
        if part.tag == f"{_W}t":
            told.append(part.text or "")
        elif part.tag in _BREAKS:
            told.append(_BREAKS[part.tag])
        elif part.tag not in {_FALLBACK, f"{_W}txbxContent", f"{_W}pPr", f"{_W}rPr"}:
            stack.extend(reversed(part))
    return "".join(told)


def _cells(row: Any) -> list[str]:  # noqa: ANN401 - elements of a library without types
    return [
        "\n".join(_text(paragraph) for paragraph in cell.iter(f"{_W}p"))
        for cell in row.iter(f"{_W}tc")
        if next(cell.iterancestors(f"{_W}tr"), None) is row
    ]


class _Styles:
    """What a paragraph's style says about its place in the document."""

    def __init__(self, document: Document) -> None:
        self._named: dict[str, tuple[str, int | None, str]] = {}
        self.title = ""
        for style in document.styles.element.iter(f"{_W}style"):
            key = style.get(f"{_W}styleId") or ""
            name = _value(style.find(f"{_W}name")).lower()
            outline = _level(_value(style.find(f"{_W}pPr/{_W}outlineLvl")))
            self._named[key] = (name, outline, _value(style.find(f"{_W}basedOn")))

    def level(self, paragraph: Any, style: str) -> int | None:  # noqa: ANN401 - elements of a library without types
        """Give the heading level, 1 to 9, or None for body text."""
        own = _value(paragraph.find(f"{_W}pPr/{_W}outlineLvl"))
        if own:
            return _heading(_level(own))
        seen: set[str] = set()
        while style in self._named and style not in seen:
            seen.add(style)
            name, outline, below = self._named[style]
            if outline is not None:
                return _heading(outline)
            word, _, number = name.partition(" ")
            if word == "heading" and number in set("123456789"):
                return int(number)
            style = below
        return None

    def is_contents(self, style: str) -> bool:
        """Say whether the style is that of a table of contents, figures or tables."""
        name = self._named.get(style, ("", None, ""))[0]
        return name.startswith("toc ") or name == "table of figures"

    def is_title(self, style: str) -> bool:
        """Say whether the style is that of the document's title."""
        return self._named.get(style, ("", None, ""))[0] == "title"


def _properties(document: Document, styles: _Styles) -> dict[str, str]:
    core = document.core_properties
    found: dict[str, str | datetime | None] = {
        "title": next(
            (
                text
                for paragraph in document.element.body.iter(f"{_W}p")
                if styles.is_title(_value(paragraph.find(f"{_W}pPr/{_W}pStyle")))
                and (text := _text(paragraph))
            ),
            core.title,
        ),
        "author": core.author,
        "version": core.version,
        "status": core.content_status.lower(),
        "created": core.created,
        "modified_in_file": core.modified,
    }
    return {
        name: value.date().isoformat() if isinstance(value, datetime) else value
        for name, value in found.items()
        if value
    }


def _value(element: Any) -> str:  # noqa: ANN401 - elements of a library without types
    return "" if element is None else (element.get(f"{_W}val") or "")


def _level(text: str) -> int | None:
    return int(text) if text in set("0123456789") else None


def _heading(outline: int | None) -> int | None:
    return None if outline is None or outline >= _BODY_LEVEL else outline + 1
