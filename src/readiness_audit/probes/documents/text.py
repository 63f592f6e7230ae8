"""Bring text from files into one form, and count its words."""

from __future__ import annotations

import re
import unicodedata

_KEPT = "\n\t"
_LINE_ENDS = str.maketrans(dict.fromkeys("\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029", "\n"))
# Typesetters join letters into one character, which would hide them from every comparison.
_LIGATURES = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"},
)
_BLANKS = re.compile(r"[^\S\n]+")
_NUMBER = re.compile(
    r"(?:(?:Kapitel|Abschnitt|Chapter|Section|§)\s*)?(?:\d{1,3}(?:\.\d{1,3}){0,8}\.?|[IVX]{1,6}\.|[A-Z]\.(?:\d{1,3}\.?){0,8})"
    r"[:)]?\s+",
    re.IGNORECASE,
)


def clean(text: str) -> str:
    """
    Give the text in Unicode NFC, without control and invisible characters, blanks run together.

    Line ends become newlines; every line is stripped. What nobody sees on paper (zero-width
    characters, text direction marks, soft hyphens) is gone, so that it cannot hide a word.
    """
    text = text.replace("\r\n", "\n").translate(_LINE_ENDS).translate(_LIGATURES)
    unseen = {
        letter
        for letter in set(text)
        if letter not in _KEPT and unicodedata.category(letter) in {"Cc", "Cf", "Cs"}
    }
    if unseen:
        text = text.translate(dict.fromkeys(map(ord, unseen)))
    text = unicodedata.normalize("NFC", _BLANKS.sub(" ", text))
    return "\n".join(line.strip() for line in text.split("\n"))


def one_line(text: str, longest: int) -> str:
    """Give cleaned text on one line of at most `longest` characters, the last one a mark where it was cut."""
    line = " ".join(clean(text[: longest * 8]).split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def count_words(text: str) -> int:
    """Count the groups of characters between blanks that hold at least one letter or digit, in any script."""
    return sum(1 for group in text.split() if any(map(str.isalnum, group)))


def without_number(title: str) -> str:
    """Give a heading without its chapter number, in lower case, so that headings can be compared."""
    return _NUMBER.sub("", title, count=1).strip(" :.-\u2013").lower()


def squeezed(text: str) -> str:
    """Give only the letters and digits, in lower case, for comparing lines that were set differently."""
    return "".join(filter(str.isalnum, text)).lower()
