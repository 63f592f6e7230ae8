"""
See what a document says: its sections, its gaps, and what it states about itself.

Read are Markdown (CommonMark with tables), DOCX and the text layer of PDF. What a file is, its
content says; its name only has to fit. Each file is read in a process of its own.
"""

from __future__ import annotations

from typing import Any, cast

from readiness_audit.model.evidence import Plain, Reason
from readiness_audit.model.target import Document
from readiness_audit.probes.documents.facts import DocumentFacts, Entry, Placeholder, Section
from readiness_audit.probes.documents.markdown_text import read_markdown
from readiness_audit.probes.documents.pdf_text import read_pdf
from readiness_audit.probes.documents.word_text import read_docx
from readiness_audit.probes.probe import Probe, Seen
from readiness_audit.probes.reach.apart import read_apart
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.moment import written
from readiness_audit.probes.reach.reach import Reach

_READERS = {"markdown": read_markdown, "docx": read_docx, "pdf": read_pdf}
_ENDINGS = {"markdown": (".md", ".markdown", ".txt"), "docx": (".docx", ".docm"), "pdf": (".pdf",)}
# Where a PDF begins: readers of PDF accept up to 1024 bytes before it.
_PDF_WITHIN = 1024
_HTML_WITHIN = 1024
_OTHERS = {
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "an old or encrypted Office file; save it as plain DOCX",
    b"{\\rtf": "an RTF file; save it as DOCX or PDF",
    b"\xff\xfe": "UTF-16 text; save it as UTF-8",
    b"\xfe\xff": "UTF-16 text; save it as UTF-8",
}


async def look_at_document(target: Document, reach: Reach) -> Seen[DocumentFacts]:
    """Read one document. Raises `CannotSee` where it is not there, not readable, too large, or textless."""
    file = reach.evidence.read(target.file)
    try:
        kind = kind_of(file.data)
        found = await read_apart(_READERS[kind], file.data, reach.deadline)
    except CannotSee as blind:
        raise CannotSee(blind.reason, f"{file.name}: {blind.detail}") from None
    told = _told(found)
    if told["words"] == 0:
        raise CannotSee(Reason.EMPTY, f"{file.name}: the document holds no words")
    facts = DocumentFacts(
        type=target.type,
        file=file.name,
        sha256=file.sha256,
        size=len(file.data),
        file_modified=written(file.modified),
        format=kind,
        name_fits=file.name.lower().endswith(_ENDINGS[kind]),
        **told,
    )
    return Seen(facts=facts, excerpts=((file.name, file.data),))


def kind_of(data: bytes) -> str:
    """Tell `markdown`, `docx` or `pdf` by the content. Raises `CannotSee` where it is none of them."""
    if b"%PDF-" in data[:_PDF_WITHIN]:
        return "pdf"
    if data.startswith(b"PK\x03\x04"):
        return "docx"
    for signature, what in _OTHERS.items():
        if data.startswith(signature):
            raise CannotSee(Reason.UNREADABLE, f"this is {what}")
    if b"\0" in data:
        raise CannotSee(Reason.UNREADABLE, "this is neither Markdown nor DOCX nor PDF")
    if data[:_HTML_WITHIN].lstrip().lower().startswith((b"<!doctype html", b"<html")):
        raise CannotSee(Reason.UNREADABLE, "this is an HTML page; save it as Markdown, DOCX or PDF")
    return "markdown"


def _told(found: Plain) -> dict[str, Any]:
    told = dict(cast("dict[str, Any]", found))
    told["sections"] = tuple(Section(**row) for row in told["sections"])
    told["placeholders"] = tuple(Placeholder(**row) for row in told["placeholders"])
    told["entries"] = tuple(Entry(**row) for row in told["entries"])
    told["contradictions"] = tuple(told["contradictions"])
    told["unreadable_dates"] = tuple(told["unreadable_dates"])
    return told


PROBE = Probe(name="document", looks_at=Document, sees=DocumentFacts, look=look_at_document, seconds=30.0)
