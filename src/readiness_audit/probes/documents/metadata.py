"""Read what a document says about itself: version, status, who answers for it, who approved it and when."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from readiness_audit.probes.documents.dates import read_day, split_day
from readiness_audit.probes.documents.keys import DAY_BESIDE, DAYS, FIELD_OF, PERSONS, TOGETHER
from readiness_audit.probes.documents.placeholders import is_gap
from readiness_audit.probes.documents.text import one_line

LONGEST_VALUE = 300
LONGEST_KEY = 60
_MOST_KEY_WORDS = 7

_GENDER = re.compile(r"(?:[:*/_]-?(?:in|innen|r|n)|\((?:in|innen|r|n)\))\b\)?")
_VERSION = re.compile(r"v?\d{1,6}(?:\.\d{1,6}){0,4}[a-z]?", re.ASCII | re.IGNORECASE)
_LONGEST_BARE = 80


@dataclass(slots=True)
class Metadata:
    """What was found so far."""

    values: dict[str, str] = field(default_factory=dict)
    contradictions: list[str] = field(default_factory=list)
    unreadable_dates: list[str] = field(default_factory=list)

    def take(self, key: str, value: str) -> bool:
        """Take a key and its value as they are written; say whether the key is one of ours."""
        name = known_key(key)
        folded = fold_key(key)
        if name is None and folded not in TOGETHER:
            return False
        if is_gap(value):
            return True
        text = one_line(value, LONGEST_VALUE)
        if name is None:
            by, on = TOGETHER[folded]
            who, day = split_day(text)
            self._set(on, day)
            self._set(by, None if is_gap(who) else who)
        elif name in DAYS:
            day = split_day(text)[1]
            if day is None and not (name == "as_of" and self._is_a_version(text)):
                self.unreadable_dates.append(one_line(f"{key}: {value}", LONGEST_VALUE))
            self._set(name, day)
        else:
            self._take_text(name, text)
        return True

    def fill(self, properties: Mapping[str, str]) -> None:
        """Take from the file's own properties what the document does not say itself."""
        for name, value in properties.items():
            if name in self.values or is_gap(value):
                continue
            day = read_day(value)
            if name in DAYS and day is None:
                self.unreadable_dates.append(one_line(f"{name}: {value}", LONGEST_VALUE))
            else:
                self.values[name] = day if name in DAYS and day else one_line(value, LONGEST_VALUE)

    def _take_text(self, name: str, text: str) -> None:
        if name in DAY_BESIDE:
            rest, day = split_day(text)
            if rest and not is_gap(rest):
                text = rest
                self._set(DAY_BESIDE[name], day)
        self._set(name, text.lower() if name == "status" else text)

    def _is_a_version(self, text: str) -> bool:
        if _VERSION.fullmatch(text) is None:
            return False
        self._set("version", text)
        return True

    def _set(self, name: str, value: str | None) -> None:
        if value is None:
            return
        before = self.values.setdefault(name, value)
        if before != value:
            if name not in self.contradictions:
                self.contradictions.append(name)
            if name in DAYS:
                # Of two days the earlier one promises less.
                self.values[name] = min(before, value)


def fold_key(key: str) -> str:
    """Give a key the way it is compared."""
    return " ".join(_GENDER.sub("", key.lower()).replace("_", " ").replace("-", " ").strip(" .:*#").split())


def known_key(key: str) -> str | None:
    """Say which of our fields a written key stands for, or None."""
    return FIELD_OF.get(fold_key(key))


def pairs(lines: Iterable[str]) -> list[tuple[str, str]]:
    """Give the keys and values of lines such as `Version: 1.2`; a value may be blank."""
    found = []
    for line in lines:
        key, colon, value = line.partition(": ")
        if not colon and line.endswith(":"):
            key, colon = line[:-1], ":"
        key = key.strip(" *•-\u2013")
        if colon and _is_key(key):
            found.append((key, one_line(value, LONGEST_VALUE)))
    return found


def bare_pair(line: str) -> tuple[str, str] | None:
    """
    Read a key and value without a colon between them, as table rows come out of a PDF.

    Only keys we know, and only where the value is of the kind that belongs to the key, so that
    "Status quo der Systeme" does not become a status.
    """
    words = line.split()
    if len(line) > _LONGEST_BARE:
        return None
    for count in range(min(4, len(words) - 1), 0, -1):
        key, value = " ".join(words[:count]), " ".join(words[count:])
        name = known_key(key)
        if name in DAYS and split_day(value)[1]:
            return key, value
        if name == "version" and _VERSION.fullmatch(words[count]):
            return key, value
        if name in PERSONS and not value.endswith((".", ",", ";")):
            return key, value
    return None


def _is_key(key: str) -> bool:
    return 0 < len(key) <= LONGEST_KEY and key[0].isalpha() and len(key.split()) <= _MOST_KEY_WORDS
