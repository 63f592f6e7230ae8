"""Whether two names are one person's: two pairs of eyes must be four."""

from __future__ import annotations

import re
import unicodedata

_NOT_LETTERS = re.compile(r"[\W\d_]+")
_BESIDE = re.compile(r"\([^()]*\)|<[^<>]*>|\[[^\[\]]*\]")
"""What some write after a name: a function, an address."""

_TITLES = frozenset(
    {
        *("dipl", "dr", "frau", "herr", "ing", "med", "mr", "mrs", "ms", "prof", "rer", "nat", "phil", "jur"),
        *("ba", "bsc", "habil", "llm", "ma", "mag", "mba", "msc", "phd", "pol", "sc"),
    }
)
_NOBODY = frozenset({"nn", "tba", "tbd", "todo", "unbekannt", "unknown"})
_LOOK_ALIKE = str.maketrans(
    # Cyrillic, then Greek; capitals first, since some look like another letter than the small ones.
    "АВЕЅІЈКМНОРСТУХӀавеѕіјкмнорстухһӏԁԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧαβεζηικμνορτυχωıɑɡ",
    "ABESIJKMHOPCTYXIabesijkmhopctyxhldqwABEZHIKMNOPTYXabeznikmvoptuxwiag",
)
# Letters and marks that nobody sees, and which are no control characters: fillers and joiners.
_UNSEEN = re.compile("[\u115f\u1160\u17b4\u17b5\u3164\uffa0]")
_SPELT_OUT = re.compile("(?<=[aou])e")
"""An umlaut may be written with an e, or have lost its dots."""


def same_person(one: str, other: str) -> bool:
    """
    Say whether two names may be one person's, whom nobody could tell apart by them.

    "Dr. Anna Meier", "meier, anna", "Anna B. Meier", "A. Meier" and "Anna Meier (CISO)" are one; so are
    names that only look alike, in letters of another alphabet or with letters that nobody sees.
    """
    if who(one) == who(other):
        return True
    few, many = sorted((_words(one), _words(other)), key=len)
    return _among(few, many) and _is_name(few) and _is_name(many)


def who(person: str) -> frozenset[str]:
    """Give what is left of a name without case, titles, marks, and the order of its parts."""
    words = _folded(person.replace("-", " "))
    full = {word for word in words if len(word) > 1}
    # An initial between two names tells nobody apart; one instead of a name may.
    return frozenset(full if len(full) > 1 else words)


def nobody(person: str) -> str | None:
    """Say why a text is no person's name; none where it may be one."""
    words = who(person)
    if not _is_name(words) or "".join(words) in _NOBODY:
        return f"{person!r} names nobody: write a person's name"
    if any(len(alphabets) > 1 and "LATIN" in alphabets for alphabets in map(_alphabets, person.split())):
        return f"{person!r} mixes letters of two alphabets that look alike: write it in one"
    return None


def says_something(text: str) -> bool:
    """Say whether a reason holds words, and not only dots, blanks, or letters that nobody sees."""
    return _is_name(who(text))


def _words(person: str) -> frozenset[str]:
    # A name of two parts is one word here: Anna Meier-Schulz need not be Anna Meier.
    return frozenset(_folded(re.sub(r"(?<=\w)-(?=\w)", "", person)))


def _folded(person: str) -> set[str]:
    bare = _BESIDE.sub(" ", unicodedata.normalize("NFKC", person))
    plain = unicodedata.normalize("NFKD", bare if bare.strip() else person).translate(_LOOK_ALIKE).casefold()
    seen = "".join(char for char in _UNSEEN.sub("", plain) if not unicodedata.combining(char))
    seen = "".join(char for char in seen if unicodedata.category(char) not in {"Mn", "Me", "Lm"})
    words = {_SPELT_OUT.sub("", word) for word in _NOT_LETTERS.split(seen)} - {""}
    return words - _TITLES or words


def _is_name(words: frozenset[str]) -> bool:
    # One ideograph is a word.
    return any(len(word) > 1 or word >= "\u2e80" for word in words)


def _alphabets(word: str) -> set[str]:
    letters = (char for char in unicodedata.normalize("NFKC", word) if char.isalpha())
    return {unicodedata.name(char, "?").partition(" ")[0] for char in letters}


def _among(few: frozenset[str], many: frozenset[str]) -> bool:
    """Say whether every word, or its initial, stands among the others."""
    return all(any(word == other or word == other[0] or other == word[0] for other in many) for word in few)
