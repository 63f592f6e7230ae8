"""Find the headings of a text that does not mark them: by bookmarks, by type, or by the shape of lines."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from readiness_audit.probes.documents.text import squeezed

_NUMBERED = re.compile(r"(?P<number>\d{1,2}(?:\.\d{1,2}){0,5})\.?\s+(?P<title>[^\W\d_].*)")
_CONTENTS = re.compile(r".*(?:\. ?){4,}\d{1,4}")
_LONGEST = 120
_LONGEST_NUMBERED = 80
_SHORT, _FEW_WORDS = 60, 8
_CLEARLY_LARGER = 1.1
_MOST_LINES = 3
_LEAST_LETTERS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a page."""

    text: str
    page: int
    """Counted from 0."""

    size: float
    """Of most of its letters, in points."""

    heavy: bool
    """Whether most of its letters are bold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bookmark:
    """One entry of a document's outline."""

    title: str
    level: int
    page: int | None
    """Where it leads, counted from 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A heading, and which lines are its own."""

    title: str
    level: int
    start: int
    """Its first line; where `count` is 0, the line it stands before."""

    count: int


def find_headings(lines: Sequence[Line], bookmarks: Sequence[Bookmark]) -> tuple[list[Heading], str]:
    """
    Give the headings in order, and how they were found: `outline`, `type`, `numbered-lines` or `short-lines`.

    The first of these ways that finds any is taken. Lines of a table of contents are no headings.
    """
    if bookmarks:
        return _by_bookmarks(lines, bookmarks), "outline"
    able = [_is_able(line.text) for line in lines]
    if found := _by_type(lines, able):
        return found, "type"
    if found := _numbered(lines, able):
        return found, "numbered-lines"
    return _short(lines, able), "short-lines"


def body_type(lines: Iterable[Line]) -> float:
    """Give the type size, in points, in which most of the text is set."""
    letters: Counter[float] = Counter()
    for line in lines:
        letters[line.size] += len(line.text)
    return letters.most_common(1)[0][0] if letters else 0.0


def is_contents_line(text: str) -> bool:
    """Say whether a line is an entry of a table of contents, with dots that lead to a page number."""
    return _CONTENTS.fullmatch(text) is not None


def _by_bookmarks(lines: Sequence[Line], bookmarks: Sequence[Bookmark]) -> list[Heading]:
    first_of_page: dict[int, int] = {}
    for number, line in enumerate(lines):
        first_of_page.setdefault(line.page, number)
    bare = [squeezed(line.text) for line in lines]
    found: list[Heading] = []
    here = 0
    for bookmark in bookmarks:
        first = here if bookmark.page is None else max(here, first_of_page.get(bookmark.page, here))
        start, count = _place(bare, squeezed(bookmark.title), first, _end_of(lines, first))
        found.append(Heading(title=bookmark.title, level=bookmark.level, start=start, count=count))
        here = start + count
    return found


def _end_of(lines: Sequence[Line], first: int) -> int:
    """Give the end of the page after the one that `first` is on."""
    end = first
    while end < len(lines) and lines[end].page <= lines[first].page + 1:
        end += 1
    return end


def _place(bare: Sequence[str], title: str, first: int, end: int) -> tuple[int, int]:
    for start in range(first, end):
        joined = ""
        for count, piece in enumerate(bare[start : start + _MOST_LINES], start=1):
            joined += piece
            # The number may be in the line and not in the bookmark, or the other way round.
            if (
                joined
                and title
                and (joined == title or joined.lstrip("0123456789") == title.lstrip("0123456789"))
            ):
                return start, count
            if len(joined) > len(title) + _LEAST_LETTERS:
                break
    return first, 0


def _is_able(text: str) -> bool:
    return (
        len(text) <= _LONGEST
        and sum(map(str.isalpha, text)) >= _LEAST_LETTERS
        and not text.endswith((".", ",", ";", ":", "-"))
        and not is_contents_line(text)
    )


def _by_type(lines: Sequence[Line], able: Sequence[bool]) -> list[Heading]:
    looks: Counter[tuple[float, bool]] = Counter()
    for line in lines:
        looks[line.size, line.heavy] += len(line.text)
    if len(looks) < 2:  # noqa: PLR2004 - all in one type: nothing stands out
        return []
    (body, body_is_heavy), _ = looks.most_common(1)[0]

    def stands_out(line: Line) -> bool:
        larger = line.size >= body * _CLEARLY_LARGER
        heavier = line.heavy and not body_is_heavy and line.size >= body
        return larger or (heavier and ": " not in line.text)

    picked = [number for number, line in enumerate(lines) if able[number] and stands_out(line)]
    ranks = sorted({lines[number].size for number in picked}, reverse=True)
    found: list[Heading] = []
    for number in picked:
        line = lines[number]
        match = _NUMBERED.fullmatch(line.text)
        level = match["number"].count(".") + 1 if match else ranks.index(line.size) + 1
        before = found[-1] if found else None
        if before and match is None and _goes_on(before, lines, number):
            found[-1] = Heading(
                title=f"{before.title} {line.text}",
                level=before.level,
                start=before.start,
                count=before.count + 1,
            )
        else:
            found.append(Heading(title=line.text, level=level, start=number, count=1))
    return found


def _goes_on(before: Heading, lines: Sequence[Line], number: int) -> bool:
    """Say whether a line is the rest of a heading that was too long for one line."""
    last = lines[number - 1]
    return (
        before.start + before.count == number
        and before.count < _MOST_LINES
        and (last.size, last.heavy, last.page)
        == (lines[number].size, lines[number].heavy, lines[number].page)
        and len(last.text) > _SHORT // 2
    )


def _numbered(lines: Sequence[Line], able: Sequence[bool]) -> list[Heading]:
    found: list[Heading] = []
    for number, line in enumerate(lines):
        match = (
            _NUMBERED.fullmatch(line.text) if able[number] and len(line.text) <= _LONGEST_NUMBERED else None
        )
        if match and match["title"][0].isupper():
            found.append(
                Heading(title=line.text, level=match["number"].count(".") + 1, start=number, count=1)
            )
    return found


def _short(lines: Sequence[Line], able: Sequence[bool]) -> list[Heading]:
    found: list[Heading] = []
    for number, line in enumerate(lines[:-1]):
        text = line.text
        before_ends = number == 0 or lines[number - 1].text.endswith((".", "!", "?", ":"))
        if (
            able[number]
            and len(text) <= _SHORT
            and len(text.split()) <= _FEW_WORDS
            and text[0].isupper()
            and ": " not in text
            and before_ends
            and len(lines[number + 1].text) > len(text)
        ):
            found.append(Heading(title=text, level=1, start=number, count=1))
    return found
