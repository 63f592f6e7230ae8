"""What is seen of a document."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One heading and what stands under it."""

    title: str
    """As it is written, with its number."""

    name: str
    """The title without its number, in lower case: what checks compare."""

    level: int
    """1 for the highest; at most 9."""

    path: str
    """The titles from the highest level down to this one, joined with ' > '."""

    words: int
    """Under this heading, up to the next heading of any level."""

    words_with_below: int
    """The same with all its subsections, without their titles."""

    placeholders: int
    """In this section's own text and title."""

    placeholders_with_below: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Placeholder:
    """One place where something is still to be written."""

    text: str
    """What stands there: `TODO`, `wird noch ergänzt`, `<Name>`."""

    section: str
    """Path of the section it stands in; empty before the first heading."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A key and its value: a line such as `RPO: 24 h`, or a table row of two cells."""

    key: str
    """As written."""

    name: str
    """The key in lower case, without gender endings: what checks compare."""

    value: str
    """As written; empty where nothing stands there."""

    filled: bool
    """False where the value is blank, a dash or a placeholder."""

    section: str
    """Path of the section it stands in; empty before the first heading."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFacts:
    """What one document holds: texts in Unicode NFC without invisible characters, days as YYYY-MM-DD."""

    type: str
    """What it is, as the system file declares: `backup-plan`."""

    file: str
    sha256: str
    size: int
    """Bytes."""

    file_modified: str
    """When the file was last changed, as its file system says; copying a file may change it."""

    format: str
    """`markdown`, `docx` or `pdf`, told by the content."""

    name_fits: bool
    """Whether the file's name ends in what its content is."""

    pages: int | None
    """Of a PDF; other formats have none of their own."""

    pages_without_text: int | None
    """Pages of a PDF that are pictures or blank."""

    words: int
    """Groups of characters between blanks with at least one letter or digit, headings included."""

    words_before_sections: int
    """Of these, before the first heading."""

    sections: tuple[Section, ...]
    """Every heading, in order."""

    section_count: int
    sections_by: str
    """
    How headings were found: `headings` (Markdown), `styles` (DOCX), and for a PDF `outline` (its
    bookmarks), `type` (larger or bold lines), `numbered-lines`, `short-lines`, the last three being
    guesses of rising weakness; `none` where there are no headings.
    """

    placeholders: tuple[Placeholder, ...]
    """The first 200. Code is not searched, and comments only for TODO, FIXME, TBD and XXX."""

    placeholder_count: int
    """All of them."""

    entries: tuple[Entry, ...]
    """Keys and values anywhere in the document, the first 500."""

    entry_count: int
    """All of them."""

    title: str | None
    version: str | None
    status: str | None
    """In lower case: `freigegeben`, `approved`, `entwurf`."""

    owner: str | None
    author: str | None
    approved_by: str | None
    approved_on: str | None
    reviewed_by: str | None
    reviewed_on: str | None
    as_of: str | None
    """The day the text describes (German: Stand)."""

    valid_until: str | None
    next_review_on: str | None
    exercised_on: str | None
    """The last exercise, rehearsal or test the document names in its head."""

    created: str | None
    modified_in_file: str | None
    """What the file itself says about its last change, in its text or its properties."""

    contradictions: tuple[str, ...]
    """Which of the fields above it states twice with different values; the earlier day is taken."""

    unreadable_dates: tuple[str, ...]
    """Keys and values where a day was expected and none could be read."""
