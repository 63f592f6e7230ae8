"""
Find what somebody meant to write later.

One table of marks, phrases and template tokens in English and German. Each is a whole word
or phrase; phrases that also stand in finished prose ("Daraus folgt, dass", "noch offene Punkte",
"Tickets, die noch offen sind") count only where the clause ends after them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

LONGEST_SHOWN = 80


class Where(Enum):
    """Where a rule's words must stand to be a placeholder."""

    ANYWHERE = auto()
    """Also in comments that are not shown."""

    SHOWN = auto()
    """Anywhere in the text that is shown."""

    CLAUSE = auto()
    """Where a clause ends after them: at a mark, at the end, or where the next line begins anew."""

    ALONE = auto()
    """Only as a whole line, list item or table cell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One way of leaving a gap."""

    language: str
    """`en`, `de`, or `any`."""

    where: Where
    pattern: re.Pattern[str]


_CLAUSE_ENDS = (
    r"(?=\s{0,3}(?:\Z|[.,;:!?)\]}»“”\"…])"
    r"|\s{0,3}\n\s{0,3}(?-i:[A-ZÄÖÜ0-9•*\u2013-]))"
)
# What stands between the square brackets of a template.
_ASKED_FOR = (
    r"(?:name|vorname|nachname|datum|date|ort|place|firma|unternehmen|company|organi[sz]ation|version|titel|title"
    r"|text|beschreibung|description|rolle|role|telefon|telefonnummer|phone|e-mail|abteilung|department|system"
    r"|systemname|adresse|address|unterschrift|signature|projekt|project|produkt|product|hier|here|insert|enter"
    r"|your|ihre?|bitte|please|platzhalter|placeholder|beispiel|example|tt\.mm\.jjjj|yyyy-mm-dd)"
)
# "Wie folgt", "Daraus folgt" and "Es folgt" begin something; "Text folgt", "Kontakte folgen noch" do not.
_BEGINS = (
    r"(?!(?:also|damit|danach|dann|darauf|daraus|dem|der|es|hierauf|hieraus|ihm|jetzt|nun|so|was|wie"
    r"|woraus)\b)"
)
_PUT_OFF = r"folg(?:t|en)(?: noch| später| demnächst| in kürze)?"
_LATER = r"w(?:ird|erden)(?: (?:noch|später|bald|demnächst|in kürze))*"


def _rule(language: str, where: Where, pattern: str, *, exact_case: bool = False) -> Rule:
    whole = pattern + _CLAUSE_ENDS if where is Where.CLAUSE else pattern
    return Rule(language=language, where=where, pattern=re.compile(whole, 0 if exact_case else re.IGNORECASE))


RULES: tuple[Rule, ...] = (
    _rule("any", Where.ANYWHERE, r"(?<![\w-])(?:TODO|FIXME)(?!\w|-\w)", exact_case=True),
    _rule("any", Where.ANYWHERE, r"(?<![\w-])(?:todo|to-do|fixme):"),
    _rule("any", Where.ANYWHERE, r"(?<![\w.-])(?:tbd|tba|tbc|t\.b\.[dac]\.)(?!\w|-\w)"),
    _rule("any", Where.ANYWHERE, r"(?<![\w.-])x{3,12}(?![\w-]|\.\w)"),
    _rule("any", Where.SHOWN, r"\?{3,12}"),
    _rule("any", Where.SHOWN, r"\blorem ipsum\b|\bdolor sit amet\b"),
    # One word over and over fills a page and says nothing; cells of a table stand on lines of their own.
    _rule("any", Where.SHOWN, r"\b([^\W\d_]{2,30})(?: \1\b){4,}"),
    _rule("any", Where.SHOWN, r"\{\{[^{}\n]{0,80}\}\}"),
    _rule(
        "any",
        Where.SHOWN,
        r"(?<![\w<])<(?![^<>\n]{0,60}(?:://|\w\.\w))[^\W\d_][^<>@=\n]{0,60}(?<![\s-])>(?!>)",
    ),
    _rule("any", Where.SHOWN, r"(?<![\w\]!])\[" + _ASKED_FOR + r"(?:[ :,/.…-][^\[\]\n]{0,80})?\](?!\()"),
    _rule("any", Where.ALONE, r"\[ ?(?:\.{2,5}|…) ?\]|\.{3,12}|…|_{3,99}"),
    _rule("en", Where.ALONE, r"YYYY-MM-DD|DD[./]MM[./]YYYY|MM/DD/YYYY"),
    _rule(
        "en",
        Where.ALONE,
        r"placeholder(?: text)?|coming soon|work in progress|to do|insert text here|fill in",
    ),
    _rule(
        "en", Where.CLAUSE, r"\bto be (?:defined|determined|decided|done|added|completed|announced|confirmed)"
    ),
    _rule("en", Where.SHOWN, r"\b(?:will follow|to follow)(?: (?:later|soon|shortly))?(?=\))"),
    _rule("de", Where.ALONE, r"TT\.MM\.(?:JJJJ|YYYY)"),
    _rule("de", Where.ALONE, r"platzhalter(?:text)?|blindtext|mustertext|beispieltext|in arbeit"),
    _rule(
        "de", Where.SHOWN, r"\[[^\[\]\n]{1,80} (?:angeben|ausfüllen|einfügen|einsetzen|eintragen|ergänzen)\]"
    ),
    _rule("de", Where.SHOWN, r"\bN\. ?N\.(?!\w)", exact_case=True),
    _rule("de", Where.ALONE, _BEGINS + r"(?:[^\W\d_]+[ -]){0,3}" + _PUT_OFF + r"\s?(?:\.{1,3}|…|!)?"),
    _rule("de", Where.SHOWN, r"(?<=[(\[„\"»])(?:wird |text |inhalt )?" + _PUT_OFF + r"(?=[)\]“”\"«])"),
    _rule("de", Where.CLAUSE, r"\bfolg(?:t|en) (?:noch|in kürze|demnächst)"),
    _rule(
        "de",
        Where.CLAUSE,
        r"\b" + _LATER + r" (?:ergänzt|nachgereicht|nachgetragen|nachgeliefert|ausgefüllt)",
    ),
    _rule("de", Where.CLAUSE, r"\b(?:noch|zu) (?:zu )?ergänzen"),
    _rule(
        "de", Where.CLAUSE, r"\bnoch zu (?:klären|definieren|bestimmen|erstellen|beschreiben|benennen|prüfen)"
    ),
    _rule("de", Where.CLAUSE, r"\bnoch (?:festzulegen|auszufüllen|einzutragen|nachzutragen|abzustimmen)"),
    _rule("de", Where.CLAUSE, r"\bnoch offen"),
    _rule("de", Where.CLAUSE, r"\bnoch nicht (?:festgelegt|definiert|geklärt|benannt|bekannt|bestimmt)"),
)

_TRIM = " \t*•·\u2013-\"'„“”»«()"
_LONGEST_ALONE = 120
_NOTHING = frozenset({"n/a", "na", "none", "null", "k. a", "k.a", "offen", "unbekannt", "unknown"})


def find_placeholders(text: str, *, shown: bool = True) -> tuple[str, ...]:
    """
    Give every placeholder in a clean text, in order, none counted twice.

    `shown` is False for comments: only marks such as TODO count there.
    """
    taken: list[tuple[int, int]] = []
    for start, end in sorted(_matches(text, shown=shown), key=lambda span: (span[0], -span[1])):
        if not taken or start >= taken[-1][1]:
            taken.append((start, end))
    return tuple(" ".join(text[start:end].split())[:LONGEST_SHOWN] for start, end in taken)


def is_gap(value: str) -> bool:
    """Say whether a value is none: blank, a dash, `n/a`, or nothing but a placeholder."""
    bare = value.strip(_TRIM + "./:")
    if not bare or bare.lower() in _NOTHING:
        return True
    whole = value.strip(_TRIM)
    last = len(whole.rstrip(" ."))
    return any(start == 0 and end >= last for start, end in _matches(whole, shown=True))


def _matches(text: str, *, shown: bool) -> Iterator[tuple[int, int]]:
    for rule in RULES:
        if rule.where is Where.ALONE:
            if shown:
                yield from _alone(rule.pattern, text)
        elif shown or rule.where is Where.ANYWHERE:
            for match in rule.pattern.finditer(text):
                yield match.span()


def _alone(pattern: re.Pattern[str], text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for line in text.split("\n"):
        if len(line) <= _LONGEST_ALONE:
            bare = line.strip(_TRIM)
            # "Stand: TT.MM.JJJJ" leaves the value open as much as a line of its own does.
            _, colon, value = bare.rpartition(": ")
            for candidate in (bare, value) if colon else (bare,):
                if candidate and pattern.fullmatch(candidate):
                    at = start + line.rindex(candidate)
                    yield at, at + len(candidate)
                    break
        start += len(line) + 1
