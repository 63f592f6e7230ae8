"""Whether two names are one person's: two pairs of eyes must be four."""

from __future__ import annotations

import re
import unicodedata

_NOT_IN_NAMES = re.compile(r"[\s,;.]+")
_TITLES = frozenset(
    {"dipl", "dr", "frau", "herr", "ing", "med", "mr", "mrs", "ms", "prof", "rer", "nat", "phil", "jur"}
)


def same_person(one: str, other: str) -> bool:
    """
    Say whether two names are one person's, but for case, titles and the order of the names.

    "Dr. Anna Meier" and "meier, anna" are one.
    """
    return who(one) == who(other)


def who(person: str) -> frozenset[str]:
    """Give what is left of a name without case, titles, and the order of its parts."""
    words = _NOT_IN_NAMES.split(unicodedata.normalize("NFKC", person).casefold())
    return frozenset(words) - _TITLES - {""} or frozenset(words)
