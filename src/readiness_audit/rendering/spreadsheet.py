"""
Write empty registers for people to fill in, as CSV and as XLSX. The only module that knows xlsxwriter.

Title, remarks, the meaning of each column and an example stand above the header, where every
reader of registers takes them for remarks: only what is filled in below is evidence.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from readiness_audit.errors import MissingExtraError
from readiness_audit.model.texts import Language

_LINES_CHECKED = 5000
"""Rows of a spreadsheet that offer a column's words to choose from."""

_WIDTHS = range(12, 40)
_MADE = datetime(2000, 1, 1, tzinfo=UTC)
"""The same form is the same bytes on every day."""

REQUIRED = " *"
"""Stands behind the header of a column that must be filled in; readers do not mind it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One column of an empty register."""

    head: str
    means: str
    example: str
    required: bool = False
    is_date: bool = False
    is_number: bool = False
    choices: tuple[str, ...] = ()
    """The words to choose from; empty where anything may stand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """An empty register."""

    title: str
    remarks: tuple[str, ...]
    example: str
    """What stands before the example, so that nobody takes it for an entry: `Example`."""

    fields: tuple[Field, ...]


def csv_form(form: Form, language: Language) -> bytes:
    """Write a form as CSV, in UTF-8 with its mark, as the spreadsheet programs of a language expect it."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";" if language is Language.DE else ",", lineterminator="\r\n")
    writer.writerows(_above(form))
    writer.writerow(_header(form))
    return out.getvalue().encode("utf-8-sig")


def xlsx_form(form: Form, language: Language) -> bytes:
    """Write a form as XLSX, with words to choose from. Raises `MissingExtraError` without xlsxwriter."""
    try:
        import xlsxwriter  # noqa: PLC0415 - an extra, and only needed here
    except ImportError:
        raise MissingExtraError("xlsxwriter", "spreadsheets") from None
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties({"title": form.title, "created": _MADE.replace(tzinfo=None)})
        sheet = book.add_worksheet(_sheet_name(form.title))
        remark = book.add_format(
            {"italic": True, "font_color": "#555555", "text_wrap": True, "valign": "top"}
        )
        head = book.add_format({"bold": True, "bg_color": "#DDE4EC", "bottom": 1})
        title = book.add_format({"bold": True, "font_size": 14})
        day = book.add_format({"num_format": "dd.mm.yyyy" if language is Language.DE else "yyyy-mm-dd"})
        text, number = book.add_format({"num_format": "@"}), book.add_format({})
        above = _above(form)
        for line, cells in enumerate(above):
            # A long remark must not make its row tall: only full rows wrap.
            style = title if line == 0 else remark if len(cells) > 1 else None
            for place, cell in enumerate(cells):
                sheet.write_string(line, place, cell, style)
        for place, field in enumerate(form.fields):
            width = max(_WIDTHS.start, min(len(field.head) + 4, _WIDTHS.stop))
            sheet.set_column(
                place, place, width, day if field.is_date else number if field.is_number else text
            )
            sheet.write_string(len(above), place, _header(form)[place], head)
            if field.choices:
                rule = {"validate": "list", "source": list(field.choices), "error_type": "warning"}
                sheet.data_validation(len(above) + 1, place, len(above) + _LINES_CHECKED, place, rule)
        sheet.freeze_panes(len(above) + 1, 0)
    return out.getvalue()


def _above(form: Form) -> list[Sequence[str]]:
    first, *others = (field.example for field in form.fields)
    return [
        [form.title],
        *([remark] for remark in form.remarks),
        [field.means for field in form.fields],
        [f"{form.example}: {first}", *others],
    ]


def _header(form: Form) -> list[str]:
    return [field.head + REQUIRED * field.required for field in form.fields]


def _sheet_name(title: str) -> str:
    # Spreadsheet programs allow 31 characters, and not all of them.
    return "".join(letter for letter in title if letter not in "[]:*?/\\")[:31].strip("' ") or "1"
