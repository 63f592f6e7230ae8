"""Whatever the bytes are, a document is read or refused: nothing else comes out of its reader."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readiness_audit.probes.documents.document import kind_of
from readiness_audit.probes.documents.markdown_text import read_markdown
from readiness_audit.probes.documents.pdf_text import read_pdf
from readiness_audit.probes.documents.word_text import read_docx
from readiness_audit.probes.reach.blind import CannotSee
from tests.probes.documents.made import lines_of_type, part_of, pdf_with_page, with_part, word_file

MAIN = "word/document.xml"


@pytest.fixture(scope="module")
def letter() -> bytes:
    return word_file(lambda document: document.add_paragraph("Ein Satz mit fünf Wörtern."))


def test_what_is_cut_off_anywhere_shows_nothing_false(letter: bytes) -> None:
    pdf = pdf_with_page(lines_of_type([("Ein Satz mit fuenf Worten.", 11)]))

    for reader, whole, words in ((read_docx, letter, 5), (read_pdf, pdf, 5)):
        for end in range(0, len(whole) - 1, max(1, len(whole) // 25)):
            try:
                found = reader(whole[:end])
            except CannotSee:
                continue
            assert isinstance(found, dict)
            assert found["words"] in {0, words}


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400), st.sampled_from([b"", b"%PDF-1.7\n", b"PK\x03\x04", b"---\n", b"# T\n"]))
def test_garbage_is_read_or_refused_and_nothing_else(data: bytes, head: bytes) -> None:
    _read_or_refuse(head + data)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=400))
def test_any_text_is_read_or_refused_and_nothing_else(text: str) -> None:
    _read_or_refuse(text.encode())


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(min_value=0, max_value=2**32))
def test_changed_bytes_are_read_or_refused_and_nothing_else(letter: bytes, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - a seed that can be repeated
    pdf = pdf_with_page(lines_of_type([("1 Zweck", 14), ("Ein Satz mit Worten.", 11)]))
    body = bytearray(part_of(letter, MAIN))
    for data in (
        bytearray(letter),
        bytearray(pdf),
        bytearray(b"---\nversion: 1\n---\n# T\n|a|b|\n|-|-|\n|c|d|\n"),
    ):
        for _ in range(dice.randint(1, 8)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        _read_or_refuse(bytes(data))
    body[dice.randrange(len(body))] = dice.randrange(256)
    _read_or_refuse(with_part(letter, MAIN, bytes(body)))


def _read_or_refuse(data: bytes) -> None:
    readers = {"markdown": read_markdown, "docx": read_docx, "pdf": read_pdf}
    said = ""
    try:
        readers[kind_of(data)](data)
    except CannotSee as blind:
        said = blind.detail

    assert not said or said.isprintable()
