"""Make spreadsheets, Word files and PDFs from plain text, so that the examples stay readable."""

from __future__ import annotations

import csv
import io
import textwrap
from datetime import datetime

import docx
import xlsxwriter

_DAY = "%d.%m.%Y"
_LINES_ON_A_PAGE = 44
_COLUMNS = 88


def xlsx_of(text: str) -> bytes:
    """Make a spreadsheet from CSV with `;`; days and numbers become cells of their kind."""
    kept = io.BytesIO()
    book = xlsxwriter.Workbook(kept, {"in_memory": True})
    sheet = book.add_worksheet("Tabelle1")
    head, day = book.add_format({"bold": True}), book.add_format({"num_format": "dd.mm.yyyy"})
    for row, cells in enumerate(csv.reader(io.StringIO(text), delimiter=";")):
        for column, cell in enumerate(cells):
            if row == 0:
                sheet.write_string(row, column, cell, head)
            elif (moment := _as_day(cell)) is not None:
                sheet.write_datetime(row, column, moment, day)
            elif cell.isdecimal():
                sheet.write_number(row, column, int(cell))
            elif cell:
                sheet.write_string(row, column, cell)
    book.close()
    return kept.getvalue()


def docx_of(text: str) -> bytes:
    """Make a Word file from headings (`#`), list items (`- `) and paragraphs."""
    document = docx.Document()
    for block in text.split("\n\n"):
        lines = block.strip().splitlines()
        for line in lines if block.lstrip().startswith(("#", "- ")) else [" ".join(lines)]:
            marks, _, title = line.partition(" ")
            if marks and not marks.strip("#"):
                document.add_heading(title, level=len(marks))
            elif line.startswith("- "):
                document.add_paragraph(line[2:], style="List Bullet")
            elif line:
                document.add_paragraph(line)
    kept = io.BytesIO()
    document.save(kept)
    return kept.getvalue()


def pdf_of(text: str) -> bytes:
    """Make a PDF of plain pages; lines that begin with `#` are set larger."""
    lines: list[tuple[str, int]] = []
    for line in text.splitlines():
        size = 15 if line.startswith("#") else 10
        lines.extend((part, size) for part in textwrap.wrap(line.lstrip("# "), _COLUMNS) or [""])
    pages = [lines[start : start + _LINES_ON_A_PAGE] for start in range(0, len(lines), _LINES_ON_A_PAGE)]
    numbers = range(4, 4 + 2 * len(pages), 2)
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: b"<< /Type /Pages /Count %d /Kids [%s] >>"
        % (len(pages), b" ".join(b"%d 0 R" % number for number in numbers)),
        3: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    }
    for number, page in zip(numbers, pages, strict=True):
        objects[number] = (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R"
            b" /Resources << /Font << /F 3 0 R >> >> >>" % (number + 1)
        )
        content = _set(page)
        objects[number + 1] = b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content)
    return _file_of(objects)


def _set(page: list[tuple[str, int]]) -> bytes:
    told, height = [b"BT"], 790
    for line, size in page:
        escaped = line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)").encode("cp1252")
        told.append(b"/F %d Tf 1 0 0 1 60 %d Tm (%s) Tj" % (size, height, escaped))
        height -= 17
    return b"\n".join([*told, b"ET"])


def _file_of(objects: dict[int, bytes]) -> bytes:
    written = bytearray(b"%PDF-1.7\n")
    places = []
    for number in sorted(objects):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, objects[number])
    table = len(written)
    written += b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1)
    for place in places:
        written += b"%010d 00000 n \n" % place
    written += b"trailer\n<< /Size %d /Root 1 0 R >>\n" % (len(places) + 1)
    written += b"startxref\n%d\n%%%%EOF\n" % table
    return bytes(written)


def _as_day(cell: str) -> datetime | None:
    try:
        return datetime.strptime(cell, _DAY)  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return None
