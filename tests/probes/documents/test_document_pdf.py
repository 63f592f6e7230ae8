"""What is seen of a PDF document: set by groff, checked by pdftotext, changed by qpdf, or made by hand."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from readiness_audit.model.evidence import Reason
from readiness_audit.probes.documents.text import count_words
from readiness_audit.probes.reach.blind import CannotSee
from tests.probes.documents.made import (
    FONT,
    PAGE,
    as_poppler_reads,
    lines_of_type,
    pdf_of,
    pdf_with_page,
    seen,
    set_by_groff,
    stream,
)

PLAN = """\
.TL
Notfallplan
.LP
Version: 1.2
.br
Status: freigegeben
.br
Freigegeben von Erika Muster
.br
Freigegeben am 3. Mai 2026
.br
Stand 01.05.2026
.NH 1
Zweck und Geltung
.LP
Dieser Plan beschreibt den Anlauf der Kasse nach einem Ausfall.
Er gilt für alle Standorte, und er ist verbindlich.
.NH 2
Kontakte
.LP
Die Nummer der Leitstelle ist noch offen.
.NH 1
Anlauf
.LP
Zuerst startet die Datenbank.
"""


@pytest.fixture(scope="module")
def plan() -> bytes:
    return set_by_groff(PLAN)


@pytest.mark.parametrize(
    ("name", "reason", "said"),
    [
        ("a picture", Reason.EMPTY, "no text layer"),
        ("no pages", Reason.EMPTY, "no pages"),
        ("half of it", Reason.UNREADABLE, "damaged"),
        ("only a head", Reason.UNREADABLE, "damaged"),
        ("with a password", Reason.UNREADABLE, "needs a password"),
    ],
)
def test_it_says_so_when_there_is_no_text_to_read(
    tmp_path: Path, plan: bytes, name: str, reason: Reason, said: str
) -> None:
    files = {
        "a picture": pdf_with_page(stream(b"10 10 200 200 re f")),
        "no pages": pdf_of([b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [] /Count 0 >>"]),
        "half of it": plan[:300],
        "only a head": b"%PDF-1.7\n",
        "with a password": _by_qpdf(plan, tmp_path, "--encrypt", "geheim", "geheimer", "256", "--"),
    }

    with pytest.raises(CannotSee) as blind:
        seen(tmp_path, "plan.pdf", files[name])

    assert blind.value.reason is reason
    assert said in blind.value.detail


def test_a_file_that_opens_without_a_password_is_read(tmp_path: Path, plan: bytes) -> None:
    locked = _by_qpdf(plan, tmp_path, "--encrypt", "", "geheimer", "256", "--extract=n", "--")

    assert seen(tmp_path, "plan.pdf", locked).words == seen(tmp_path, "open.pdf", plan).words


def test_sections_are_found_by_their_type(tmp_path: Path, plan: bytes) -> None:
    facts = seen(tmp_path, "plan.pdf", plan)

    assert (facts.format, facts.name_fits, facts.sections_by) == ("pdf", True, "type")
    assert (facts.pages, facts.pages_without_text) == (1, 0)
    assert [(each.name, each.level, each.words) for each in facts.sections] == [
        ("notfallplan", 1, 2 + 2 + 4 + 5 + 2),
        ("zweck und geltung", 1, 19),
        ("kontakte", 2, 7),
        ("anlauf", 1, 4),
    ]
    assert facts.sections[2].path == "1. Zweck und Geltung > 1.1. Kontakte"
    assert [(gap.text, gap.section) for gap in facts.placeholders] == [("noch offen", facts.sections[2].path)]


def test_poppler_counts_the_same_words(tmp_path: Path, plan: bytes) -> None:
    names = [chr(97 + number // 20) + chr(97 + number % 20) for number in range(400)]
    long = set_by_groff(PLAN + "".join(f"Satz {name} mit fünf Wörtern, Größe 5 €.\n" for name in names))

    assert seen(tmp_path, "plan.pdf", plan).words == count_words(as_poppler_reads(plan))
    # The page number stands on three further pages, and counts once.
    assert seen(tmp_path, "long.pdf", long).words == count_words(as_poppler_reads(long)) - 2


def test_what_the_document_says_about_itself_is_told_without_colons_too(tmp_path: Path, plan: bytes) -> None:
    facts = seen(tmp_path, "plan.pdf", plan)

    assert (facts.version, facts.status) == ("1.2", "freigegeben")
    assert (facts.approved_by, facts.approved_on) == ("Erika Muster", "2026-05-03")
    assert facts.as_of == "2026-05-01"


def test_a_pdf_under_the_name_of_a_markdown_file_is_told(tmp_path: Path, plan: bytes) -> None:
    facts = seen(tmp_path, "plan.md", plan)

    assert (facts.format, facts.name_fits) == ("pdf", False)


def test_bookmarks_are_taken_where_there_are_any(tmp_path: Path) -> None:
    page = lines_of_type([("Zweck", 11), ("Ein Satz hier.", 11), ("2 Ablauf", 11), ("Zwei Worte", 11)])
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /Outlines 6 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        PAGE,
        page,
        FONT,
        b"<< /Type /Outlines /First 7 0 R /Last 8 0 R /Count 2 >>",
        b"<< /Title (Zweck) /Parent 6 0 R /Next 8 0 R /Dest [3 0 R /Fit] /First 9 0 R /Last 9 0 R >>",
        b"<< /Title (Ablauf) /Parent 6 0 R /Prev 7 0 R /Dest [3 0 R /Fit] >>",
        b"<< /Title (Nirgends) /Parent 7 0 R /Dest [99 0 R /Fit] >>",
    ]

    facts = seen(tmp_path, "plan.pdf", pdf_of(objects))

    assert facts.sections_by == "outline"
    assert [(each.title, each.level, each.path, each.words) for each in facts.sections] == [
        ("Zweck", 1, "Zweck", 0),
        ("Nirgends", 2, "Zweck > Nirgends", 3),
        ("Ablauf", 1, "Ablauf", 2),
    ]


@pytest.mark.parametrize(
    ("lines", "way", "titles"),
    [
        (["1 Zweck", "Dieser Text ist lang genug.", "1.1 Umfang", "Noch ein Satz.", "2. Ablauf", "Ende."],
         "numbered-lines", ["1 Zweck", "1.1 Umfang", "2. Ablauf"]),
        (["Zweck", "Dieser Text ist lang genug.", "Ablauf", "Noch ein langer Satz dazu."],
         "short-lines", ["Zweck", "Ablauf"]),
        (["Dieser Text hat keine Gliederung, nur Saetze.", "Noch einer."], "none", []),
        (["Inhalt . . . . . . . . . 3", "1 Zweck ........... 4", "1 Zweck", "Ein Satz dazu."],
         "numbered-lines", ["1 Zweck"]),
    ],
)  # fmt: skip
def test_it_tells_how_sections_were_guessed(
    tmp_path: Path, lines: list[str], way: str, titles: list[str]
) -> None:
    facts = seen(tmp_path, "plan.pdf", pdf_with_page(lines_of_type([(line, 11) for line in lines])))

    assert facts.sections_by == way
    assert [each.title for each in facts.sections] == titles


def test_running_titles_and_page_numbers_count_once(tmp_path: Path) -> None:
    pages = "".join(f".bp\nEin Satz mit genau sieben Worten hier {word}.\n" for word in ("a", "b", "c", "d"))
    pdf = set_by_groff(".ds CH Notfallplan Kasse intern\n.ds CF Seite \\\\n[PN]\n.LP\nAnfang\n" + pages)

    facts = seen(tmp_path, "plan.pdf", pdf)

    assert facts.pages == 5
    # Both titles once, on the first page that has them.
    assert facts.words == 3 + 2 + 1 + 4 * 8


def test_numbered_chapters_at_the_top_of_pages_are_no_running_titles(tmp_path: Path) -> None:
    chapter = ".bp\n.ps 20\nSchritt {}\n.br\n.ps 10\nDer {}. Schritt: jemand meldet {}.\n"
    said = "".join(chapter.format(number, number, "ABCDE"[number - 1]) for number in range(1, 6))

    facts = seen(tmp_path, "plan.pdf", set_by_groff(".LP\nAnfang der Reihe\n" + said))

    assert [each.title for each in facts.sections] == [f"Schritt {number}" for number in range(1, 6)]


def _by_qpdf(pdf: bytes, folder: Path, *arguments: str) -> bytes:
    (folder / "in.pdf").write_bytes(pdf)
    subprocess.run(["qpdf", "in.pdf", *arguments, "out.pdf"], cwd=folder, check=True, timeout=30)
    return (folder / "out.pdf").read_bytes()
