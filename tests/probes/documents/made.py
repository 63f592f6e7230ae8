"""Documents made for the tests: by groff, by python-docx, or byte by byte."""

from __future__ import annotations

import io
import subprocess
import zipfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import docx

from readiness_audit.model.target import Document
from readiness_audit.probes.documents.document import PROBE
from readiness_audit.probes.documents.facts import DocumentFacts
from tests.looking import look_at

PAGE = (
    b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
    b" /Resources << /Font << /F 5 0 R >> >> >>"
)
"""A page that is object 3, with its content in object 4 and its font in object 5."""

FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"


def seen(folder: Path, name: str, data: bytes | str, *, seconds: float = 10.0) -> DocumentFacts:
    """Write a file and look at it."""
    (folder / name).write_bytes(data.encode() if isinstance(data, str) else data)
    return look(folder, name, seconds=seconds)


def look(folder: Path, name: str, *, seconds: float = 10.0) -> DocumentFacts:
    """Look at a file that is there, or not."""
    target = Document(kind="document", id="d", type="runbook", file=name)
    return look_at(PROBE, target, evidence=folder, seconds=seconds).facts


def set_by_groff(text: str) -> bytes:
    """Set text with groff's ms macros as PDF, without kerning, hyphenation and a date."""
    plain = ".kern 0\n.nh\n.ds DY\n.ds LF\n.ds CF\n.ds RF\n" + text
    done = subprocess.run(
        ["groff", "-ms", "-Tpdf", "-Kutf8"], input=plain.encode(), capture_output=True, check=True, timeout=30
    )
    return done.stdout


def as_poppler_reads(pdf: bytes) -> str:
    """Give the text of a PDF as pdftotext reads it."""
    done = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True, timeout=30)
    return done.stdout.decode()


def word_file(write: Callable[[Any], None]) -> bytes:
    """Make a DOCX file with python-docx."""
    document = docx.Document()
    write(document)
    kept = io.BytesIO()
    document.save(kept)
    return kept.getvalue()


def with_part(archive: bytes, name: str, content: bytes) -> bytes:
    """Give a ZIP archive with one of its files replaced or added."""
    kept = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            if entry.filename != name:
                new.writestr(entry, old.read(entry))
        new.writestr(name, content)
    return kept.getvalue()


def part_of(archive: bytes, name: str) -> bytes:
    """Give one file of a ZIP archive."""
    with zipfile.ZipFile(io.BytesIO(archive)) as old:
        return old.read(name)


def pdf_of(objects: Sequence[bytes], root: int = 1) -> bytes:
    """Put numbered objects, the first being number 1, into a PDF file with a right cross-reference table."""
    written = bytearray(b"%PDF-1.7\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(written)
    written += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for place in places:
        written += b"%010d 00000 n \n" % place
    written += b"trailer\n<< /Size %d /Root %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        root,
        table,
    )
    return bytes(written)


def stream(content: bytes, *, packed: bool = False) -> bytes:
    """Give a PDF stream object."""
    kept = zlib.compress(content, 9) if packed else content
    how = b" /Filter /FlateDecode" if packed else b""
    return b"<< /Length %d%s >>\nstream\n%s\nendstream" % (len(kept), how, kept)


def pdf_with_page(content: bytes) -> bytes:
    """Give a PDF of one page with that content stream object and the font /F."""
    return pdf_of(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            PAGE,
            content,
            FONT,
        ]
    )


def lines_of_type(lines: Sequence[tuple[str, int]]) -> bytes:
    """Give a content stream with one line of text below the other, each with its size in points."""
    told = ["BT"]
    height = 800
    for text, size in lines:
        told.append(f"/F {size} Tf 1 0 0 1 60 {height} Tm ({text}) Tj")
        height -= 24
    return stream("\n".join([*told, "ET"]).encode("cp1252"))
