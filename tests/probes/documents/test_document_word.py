"""What is seen of a DOCX document, made by python-docx and by hand."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from readiness_audit.model.evidence import Reason
from readiness_audit.probes.reach.blind import CannotSee
from tests.probes.documents.made import part_of, seen, with_part, word_file

MAIN = "word/document.xml"


def _write_plan(document: Any) -> None:  # noqa: ANN401 - python-docx's factory has no type of its own
    document.add_paragraph("Datensicherungsplan", style="Title")
    table = document.add_table(rows=0, cols=2)
    for key, value in (
        ("Version", "1.2"),
        ("Status", "Freigegeben"),
        ("Freigegeben von", "Erika Muster"),
        ("Freigegeben am", "3. Mai 2026"),
        ("Geprüft am", "bald"),
    ):
        cells = table.add_row().cells
        cells[0].text, cells[1].text = key, value
    document.add_heading("Zweck", level=1)
    document.add_paragraph("Dieser Plan gilt für alle Systeme der Kasse.")
    document.add_heading("Umfang", level=2)
    document.add_paragraph("Text folgt", style="List Bullet")
    document.add_heading("Wiederherstellung", level=1)
    grid = document.add_table(rows=2, cols=3)
    for cell, text in zip(grid._cells, ("Dienst", "RPO", "RTO", "Kasse", "24 h", "TBD"), strict=True):
        cell.text = text
    document.core_properties.author = "Max Beispiel"
    document.core_properties.created = datetime(2026, 4, 1, 8, tzinfo=UTC)
    document.core_properties.modified = datetime(2026, 5, 2, 8, tzinfo=UTC)


def _empty(document: Any) -> None:  # noqa: ANN401 - as above
    document.add_paragraph(" ")


@pytest.mark.parametrize(
    ("name", "reason", "said"),
    [
        ("an empty document", Reason.EMPTY, "no words"),
        ("a spreadsheet", Reason.UNREADABLE, "damaged"),
        ("a plain archive", Reason.UNREADABLE, "not a DOCX"),
        ("half of it", Reason.UNREADABLE, "damaged"),
        ("an old Word file", Reason.UNREADABLE, "old or encrypted"),
    ],
)
def test_it_says_so_when_there_is_no_text_to_read(
    tmp_path: Path, name: str, reason: Reason, said: str
) -> None:
    plan = word_file(_write_plan)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("hello.txt", "hello")
    types = part_of(plan, "[Content_Types].xml").replace(
        b"wordprocessingml.document.main", b"spreadsheetml.sheet.main"
    )
    files = {
        "an empty document": word_file(_empty),
        "a spreadsheet": with_part(plan, "[Content_Types].xml", types),
        "a plain archive": archive.getvalue(),
        "half of it": plan[: len(plan) // 2],
        "an old Word file": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512),
    }

    with pytest.raises(CannotSee) as blind:
        seen(tmp_path, "plan.docx", files[name])

    assert blind.value.reason is reason
    assert said in blind.value.detail


def test_sections_words_and_gaps_are_those_a_reader_counts(tmp_path: Path) -> None:
    facts = seen(tmp_path, "plan.docx", word_file(_write_plan))

    assert (facts.format, facts.name_fits, facts.sections_by, facts.pages) == ("docx", True, "styles", None)
    assert [(each.title, each.level, each.path, each.words) for each in facts.sections] == [
        ("Zweck", 1, "Zweck", 8),
        ("Umfang", 2, "Zweck > Umfang", 2),
        ("Wiederherstellung", 1, "Wiederherstellung", 7),
    ]
    assert [each.words_with_below for each in facts.sections] == [10, 2, 7]
    assert facts.words_before_sections == 1 + 2 + 2 + 4 + 5 + 3
    assert facts.words == facts.words_before_sections + 17 + 3
    assert [(gap.text, gap.section) for gap in facts.placeholders] == [
        ("Text folgt", "Zweck > Umfang"),
        ("TBD", "Wiederherstellung"),
    ]


def test_what_the_document_says_about_itself_is_told(tmp_path: Path) -> None:
    facts = seen(tmp_path, "plan.docx", word_file(_write_plan))

    assert (facts.title, facts.version, facts.status) == ("Datensicherungsplan", "1.2", "freigegeben")
    assert (facts.approved_by, facts.approved_on) == ("Erika Muster", "2026-05-03")
    assert (facts.author, facts.created, facts.modified_in_file) == (
        "Max Beispiel",
        "2026-04-01",
        "2026-05-02",
    )
    assert facts.reviewed_on is None
    assert facts.unreadable_dates == ("Geprüft am: bald",)


def test_a_docx_under_the_name_of_a_markdown_file_is_told(tmp_path: Path) -> None:
    facts = seen(tmp_path, "plan.md", word_file(_write_plan))

    assert (facts.format, facts.name_fits) == ("docx", False)


def test_headings_are_found_in_a_word_that_speaks_german(tmp_path: Path) -> None:
    plan = word_file(_write_plan)
    for name in (MAIN, "word/styles.xml"):
        plan = with_part(plan, name, part_of(plan, name).replace(b'"Heading1"', b'"berschrift1"'))

    facts = seen(tmp_path, "plan.docx", plan)

    assert [each.title for each in facts.sections] == ["Zweck", "Umfang", "Wiederherstellung"]


def test_a_style_of_ones_own_with_an_outline_level_makes_headings(tmp_path: Path) -> None:
    paragraph = (
        b'<w:p><w:pPr><w:outlineLvl w:val="0"/></w:pPr><w:r><w:t>Eigene</w:t></w:r></w:p>'
        b"<w:p><w:r><w:t>drei kurze Worte</w:t></w:r></w:p>"
    )

    facts = seen(tmp_path, "plan.docx", _with_body(paragraph))

    assert [(each.title, each.words) for each in facts.sections] == [("Eigene", 3)]


def test_inserted_text_and_content_controls_count_and_deleted_text_does_not(tmp_path: Path) -> None:
    body = (
        b"<w:p><w:r><w:t>eins </w:t></w:r><w:ins><w:r><w:t>zwei</w:t></w:r></w:ins>"
        b"<w:del><w:r><w:delText>TODO weg</w:delText></w:r></w:del></w:p>"
        b"<w:sdt><w:sdtContent><w:p><w:r><w:t>Version: 3.1</w:t></w:r></w:p></w:sdtContent></w:sdt>"
        b'<w:sdt><w:sdtContent><w:p><w:pPr><w:pStyle w:val="TOC1"/></w:pPr>'
        b"<w:r><w:t>Zweck 3</w:t></w:r></w:p></w:sdtContent></w:sdt>"
        b"<w:p><w:r><w:pict><w:txbxContent><w:p><w:r><w:t>Kasten TBD</w:t></w:r></w:p>"
        b"</w:txbxContent></w:pict></w:r></w:p>"
    )
    styles = part_of(word_file(_empty), "word/styles.xml").replace(
        b"</w:styles>",
        b'<w:style w:type="paragraph" w:styleId="TOC1"><w:name w:val="toc 1"/></w:style></w:styles>',
    )

    facts = seen(tmp_path, "plan.docx", with_part(_with_body(body), "word/styles.xml", styles))

    assert facts.words == 2 + 2 + 2
    assert facts.version == "3.1"
    assert [gap.text for gap in facts.placeholders] == ["TBD"]


def test_styles_that_stand_on_each_other_in_a_circle_end(tmp_path: Path) -> None:
    circle = (
        b'<w:style w:type="paragraph" w:styleId="A"><w:name w:val="a"/><w:basedOn w:val="B"/></w:style>'
        b'<w:style w:type="paragraph" w:styleId="B"><w:name w:val="b"/><w:basedOn w:val="A"/></w:style>'
        b"</w:styles>"
    )
    plan = _with_body(b'<w:p><w:pPr><w:pStyle w:val="A"/></w:pPr><w:r><w:t>zwei Worte</w:t></w:r></w:p>')
    styles = part_of(plan, "word/styles.xml").replace(b"</w:styles>", circle)

    assert seen(tmp_path, "plan.docx", with_part(plan, "word/styles.xml", styles)).words == 2


def _with_body(body: bytes) -> bytes:
    plan = word_file(_empty)
    xml = part_of(plan, MAIN)
    return with_part(plan, MAIN, xml.replace(b"<w:sectPr", body + b"<w:sectPr", 1))
