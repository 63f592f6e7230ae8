"""Text for people, in both languages."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Language(StrEnum):
    """A language reports are written in."""

    EN = "en"
    DE = "de"


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """The same thing said in English and in German, each written for itself."""

    en: str
    de: str

    def said(self, language: Language) -> str:
        """Give the text in one language."""
        return self.de if language is Language.DE else self.en
