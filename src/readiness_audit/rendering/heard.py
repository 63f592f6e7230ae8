"""
Say in the reader's language what probes say in English.

A record holds what a probe said in one language, so that it is the same record for everybody.
`reports/words/heard.<language>.json` has the sentences probes are known to say, with
{placeholders} for what differs. What stands in no such list stays as it was said.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}", re.ASCII)
_BEFORE = ": "
"""Between the file a probe speaks about and what it says."""

_COMMA = ", "
_DEEPEST = 2
"""Sentences within sentences that are looked for."""

_MOST_ANSWERED = 4096

LONGEST = 1000
"""Characters of a sentence that is compared; what is longer is a program's own output."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """The sentences of one language that stand for those of probes."""

    plain: Mapping[str, str]
    """Sentences without a placeholder, by the English one."""

    patterns: tuple[tuple[tuple[str, ...], re.Pattern[str], str], ...]
    """What must stand in the English sentence, how it is read, and what is said instead."""

    answered: dict[str, str] = field(default_factory=dict, compare=False, repr=False)
    """What was asked for already: a thousand targets say the same few sentences."""

    def said(self, text: str) -> str:
        """Give a probe's sentence in this language; one that nobody knows stays as it is."""
        if text not in self.answered:
            if len(self.answered) >= _MOST_ANSWERED:
                self.answered.clear()
            self.answered[text] = self._said(text, _DEEPEST)
        return self.answered[text]

    def listed(self, text: str) -> str:
        """Give what stands between commas piece by piece, as far as the whole is no sentence."""
        whole = self.said(text)
        if whole != text or len(text) > LONGEST:
            return whole
        return _COMMA.join(self.said(piece) for piece in text.split(_COMMA))

    def _said(self, text: str, deep: int) -> str:
        if not text or len(text) > LONGEST:
            return text
        known = self._known(text, deep)
        if known is not None:
            return known
        # A file's name may hold the sign itself: the first that leaves a known sentence behind it counts.
        at = text.find(_BEFORE)
        while at >= 0:
            known = self._known(text[at + len(_BEFORE) :], deep)
            if known is not None:
                return text[: at + len(_BEFORE)] + known
            at = text.find(_BEFORE, at + 1)
        return text

    def _known(self, text: str, deep: int) -> str | None:
        if text in self.plain:
            return self.plain[text]
        if " " not in text:
            return None
        for pieces, pattern, instead in self.patterns:
            if all(piece in text for piece in pieces):
                found = pattern.fullmatch(text)
                if found is not None:
                    return _filled(instead, self._within(found.groupdict(), deep))
        return None

    def _within(self, values: Mapping[str, str], deep: int) -> Mapping[str, str]:
        """Say what one sentence quotes of another; a single word is a name, and stays."""
        if not deep:
            return values
        return {
            name: self._said(value, deep - 1) if " " in value else value for name, value in values.items()
        }


UNHEARD = Heard(plain={}, patterns=())
"""For English, in which probes speak."""


def heard_as(sentences: Mapping[str, str]) -> Heard:
    """Read what stands for each sentence of a probe, by the English one with its placeholders."""
    plain = {english: said for english, said in sentences.items() if not _PLACEHOLDER.search(english)}
    patterns = [_pattern(english, said) for english, said in sentences.items() if english not in plain]
    # The most exact one first, so that a loose one takes nothing from it.
    patterns.sort(key=lambda found: -sum(map(len, found[0])))
    return Heard(plain=plain, patterns=tuple(patterns))


def _filled(sentence: str, values: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), sentence)


def _pattern(english: str, said: str) -> tuple[tuple[str, ...], re.Pattern[str], str]:
    parts = _PLACEHOLDER.split(english)
    fixed, names = parts[::2], parts[1::2]
    read = re.escape(fixed[0])
    for name, after in zip(names, fixed[1:], strict=True):
        read += f"(?P<{name}>.+?){re.escape(after)}"
    return tuple(piece for piece in fixed if piece), re.compile(read, re.DOTALL), said
