"""
What a column of a register is: one declaration, read by the reader and by the empty forms.

A row dataclass carries a `Column` beside the type of each field that is a column, as
`due: Annotated[str | None, column("Due", "Frist", kind=Kind.DATE, ...)]`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, get_args, get_origin, get_type_hints

from readiness_audit.model.texts import Texts

_NOT_A_WORD = re.compile(r"[\W_]+")
_IN_BRACKETS = re.compile(r"\([^()]*\)\s*\*?\s*\Z")


class Kind(StrEnum):
    """What stands in a column's cells."""

    TEXT = "text"
    WORDS = "words"
    """Several words in one cell, between `,`, `;`, `|` or line ends."""

    DATE = "date"
    NUMBER = "number"
    YES_NO = "yes/no"
    CHOICE = "choice"
    KEY = "key"
    """A public SSH key, by its SHA-256 fingerprint or written out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column as people know it."""

    head: Texts
    """What an empty form writes above it."""

    also: tuple[str, ...] = ()
    """Further names it goes by."""

    kind: Kind = Kind.TEXT
    required: bool = False
    """Whether the file must have it, and every row something in it."""

    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The words facts use -> other ways to write them, in both languages."""

    means: Texts


def column(
    en: str,
    de: str,
    *also: str,
    means: tuple[str, str],
    kind: Kind = Kind.TEXT,
    required: bool = False,
    choices: Mapping[str, tuple[str, ...]] | None = None,
) -> Column:
    """Declare a column by its English and German header; `means` is what it is for, in English and German."""
    return Column(
        head=Texts(en=en, de=de),
        also=also,
        kind=Kind.CHOICE if choices else kind,
        required=required,
        choices=choices or {},
        means=Texts(en=means[0], de=means[1]),
    )


def columns_of(row: type) -> dict[str, Column]:
    """Give the columns of a row dataclass by field name, in the order they are declared."""
    return {
        name: told
        for name, hint in get_type_hints(row, include_extras=True).items()
        if get_origin(hint) is Annotated
        for told in get_args(hint)[1:]
        if isinstance(told, Column)
    }


def names_of(columns: Mapping[str, Column]) -> dict[str, str]:
    """Give field names by everything a header may say for them, folded."""
    return {
        folded(said): name
        for name, told in columns.items()
        for said in (name, told.head.en, told.head.de, *told.also)
    }


def folded(text: str) -> str:
    """
    Reduce a header or a word to what counts when two are compared.

    Case, spaces, hyphens, underscores, dots, other marks and a last remark in round brackets do
    not count; an umlaut is the same as its two letters.
    """
    plain = unicodedata.normalize("NFKC", _IN_BRACKETS.sub("", text)).casefold()
    for umlaut, letters in (("ä", "ae"), ("ö", "oe"), ("ü", "ue")):
        plain = plain.replace(umlaut, letters)
    return _NOT_A_WORD.sub("", plain)
