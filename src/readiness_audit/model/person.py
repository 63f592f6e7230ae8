"""Tell whether two ways of writing a name mean one person."""

from __future__ import annotations

import re
import unicodedata

_NOT_IN_NAMES = re.compile(r"[\s,;.]+")
_TITLES = frozenset(
    {"dipl", "dr", "frau", "herr", "ing", "med", "mr", "mrs", "ms", "prof", "rer", "nat", "phil", "jur"}
)


def who(person: str) -> frozenset[str]:
    """Give what is left of a name without case, titles, and the order of its parts."""
    # "Dr. Anna Meier" and "Meier, Anna" are one person, and two pairs of eyes are not four.
    words = _NOT_IN_NAMES.split(unicodedata.normalize("NFKC", person).casefold())
    return frozenset(words) - _TITLES - {""} or frozenset(words)


def same_person(one: str, other: str) -> bool:
    """Say whether two names are one person's, but for case, titles and the order of the names."""
    return who(one) == who(other)
