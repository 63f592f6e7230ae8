"""Documents made to hurt their reader cost one look its budget at most, and never show anything false."""

from __future__ import annotations

import struct
import time
from pathlib import Path

import pytest

from readiness_audit.model.evidence import Reason
from readiness_audit.probes.reach.blind import CannotSee
from tests.probes.documents.made import (
    FONT,
    PAGE,
    lines_of_type,
    part_of,
    pdf_of,
    pdf_with_page,
    seen,
    stream,
    with_part,
    word_file,
)

MAIN = "word/document.xml"
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


@pytest.fixture(scope="module")
def letter() -> bytes:
    return word_file(lambda document: document.add_paragraph("Ein Satz mit fünf Wörtern."))


@pytest.mark.parametrize(
    "name", ["zip bomb", "large part", "entities", "outside entity", "utf-16", "deep", "twice"]
)
def test_a_docx_bomb_is_refused(tmp_path: Path, letter: bytes, name: str) -> None:
    lol = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    bodies = {
        "zip bomb": ("word/media/image.bin", bytes(201 * 2**20)),
        "large part": ("word/other.xml", bytes(51 * 2**20)),
        "entities": (MAIN, f'<!DOCTYPE d [<!ENTITY l0 "ha">{lol}]><d {W}>&l9;</d>'.encode()),
        "outside entity": (
            MAIN,
            f'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><d {W}>&x;</d>'.encode(),
        ),
        "utf-16": (MAIN, f'<!DOCTYPE d [<!ENTITY x "y">]><d {W}>&x;</d>'.encode("utf-16")),
        "deep": (MAIN, f"<w:document {W}>{'<w:p>' * 100_000}</w:document>".encode()),
    }
    data = _twice(letter, MAIN) if name == "twice" else with_part(letter, *bodies[name])

    with pytest.raises(CannotSee) as blind:
        seen(tmp_path, "letter.docx", data)

    assert blind.value.reason is (
        Reason.TOO_LARGE if name in {"zip bomb", "large part"} else Reason.UNREADABLE
    )


def test_an_archive_that_lies_about_its_size_is_refused(tmp_path: Path, letter: bytes) -> None:
    bomb = with_part(letter, "word/other.xml", bytes(51 * 2**20))
    at = bomb.rindex(b"PK\x01\x02", 0, bomb.rindex(b"word/other.xml"))
    lying = bomb[: at + 24] + struct.pack("<I", 100) + bomb[at + 28 :]

    with pytest.raises(CannotSee) as blind:
        seen(tmp_path, "letter.docx", lying)

    assert blind.value.reason is Reason.UNREADABLE


PAGES = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
CATALOG = b"<< /Type /Catalog /Pages 2 0 R >>"


BOMBS: dict[str, tuple[list[bytes], set[Reason]]] = {
    "kids in a circle": (
        [CATALOG, b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 2 >>"],
        {Reason.UNREADABLE, Reason.EMPTY},
    ),
    "circle over two": (
        [CATALOG, b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>", b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>"],
        {Reason.UNREADABLE, Reason.EMPTY},
    ),
    "two thousand million pages": (
        [CATALOG, b"<< /Type /Pages /Kids [] /Count 2000000000 >>"],
        {Reason.UNREADABLE, Reason.EMPTY, Reason.TOO_LARGE},
    ),
    "root is itself": ([b"1 0 R"], {Reason.UNREADABLE}),
    "deep": ([b"<< /Type /Catalog /Pages " + b"[" * 5000 + b">>"], {Reason.UNREADABLE}),
    "content is itself": ([CATALOG, PAGES, PAGE, b"4 0 R", FONT], {Reason.UNREADABLE, Reason.EMPTY}),
    "flate bomb": (
        [CATALOG, PAGES, PAGE, stream(bytes(120 * 2**20), packed=True), FONT],
        {Reason.UNREADABLE, Reason.EMPTY},
    ),
    "endless letters": (
        [CATALOG, PAGES, PAGE, stream(b"(a) Tj " * 3_000_000, packed=True), FONT],
        {Reason.UNREADABLE, Reason.EMPTY, Reason.TOO_LARGE, Reason.TIMED_OUT},
    ),
    "too many pages": (
        [
            CATALOG,
            b"<< /Type /Pages /Kids [" + b"3 0 R " * 2_001 + b"] /Count 2001 >>",
            PAGE,
            lines_of_type([("Seite", 11)]),
            FONT,
        ],
        {Reason.TOO_LARGE, Reason.UNREADABLE},
    ),
}


@pytest.mark.parametrize("name", sorted(BOMBS))
def test_a_pdf_bomb_is_refused_within_its_budget(tmp_path: Path, name: str) -> None:
    objects, reasons = BOMBS[name]
    began = time.monotonic()

    budget = 2.0 if Reason.TIMED_OUT in reasons else 10.0

    with pytest.raises(CannotSee) as blind:
        seen(tmp_path, "plan.pdf", pdf_of(objects), seconds=budget)

    assert blind.value.reason in reasons
    assert time.monotonic() - began < 15


def test_bookmarks_in_a_circle_do_not_hold_it_up(tmp_path: Path) -> None:
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /Outlines 6 0 R >>",
        PAGES,
        PAGE,
        lines_of_type([("Ein Satz hier.", 11)]),
        FONT,
        b"<< /Type /Outlines /First 7 0 R /Last 7 0 R /Count 1 >>",
        b"<< /Title (Zweck) /Parent 6 0 R /Next 7 0 R /First 6 0 R /Dest [3 0 R /Fit] >>",
    ]

    facts = seen(tmp_path, "plan.pdf", pdf_of(objects))

    assert facts.words >= 3


@pytest.mark.parametrize(
    "piece",
    [">", "- ", "![", "_*", "`", "<!--", "> 1. ", "|a"],
)
def test_markdown_nested_ten_thousand_deep_ends_in_words_or_in_a_reason(tmp_path: Path, piece: str) -> None:
    text = "Wort\n\n" + piece * (20_000 // len(piece)) + "\n\nWort\n"

    reason: Reason | None = None
    try:
        seen(tmp_path, "plan.md", text, seconds=8.0)
    except CannotSee as blind:
        reason = blind.reason

    assert reason in {None, Reason.UNREADABLE, Reason.TIMED_OUT}


def test_ten_thousand_headings_are_too_many_in_any_format(tmp_path: Path) -> None:
    heading = b'<w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr><w:r><w:t>Titel</w:t></w:r></w:p>'
    letter = word_file(lambda document: document.add_paragraph("Satz"))
    body = part_of(letter, MAIN).replace(b"<w:sectPr", heading * 10_000 + b"<w:sectPr", 1)
    pages = lines_of_type([(f"{number} Titel", 11) for number in range(1, 90)] * 24)

    for name, data in (
        ("plan.md", b"# Titel\n" * 10_000),
        ("plan.docx", with_part(letter, MAIN, body)),
        ("plan.pdf", pdf_with_page(pages)),
    ):
        with pytest.raises(CannotSee) as blind:
            seen(tmp_path, name, data)
        assert (blind.value.reason, "headings" in blind.value.detail) == (Reason.TOO_LARGE, True)


def _twice(archive: bytes, name: str) -> bytes:
    other = "word/documenT.xml"
    return with_part(archive, other, b"<x/>").replace(other.encode(), name.encode())
