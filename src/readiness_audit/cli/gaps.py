"""What keeps checks from being answered, said once each, with the checks that wait for it."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping

from readiness_audit.model.plan import Plan, Step
from readiness_audit.model.system import System
from readiness_audit.model.texts import Language
from readiness_audit.rendering.declaring import Lack, lack_in
from readiness_audit.rendering.words import Words, fill, words_in

_WORDS = {
    "lacks": ("Not declared: {what}", "Nicht angegeben: {what}"),
    "several": (
        "Declared more than once, one is needed: {what}",
        "Mehrfach angegeben, gebraucht wird eines: {what}",
    ),
    "one": ("1 check", "1 Prüfung"),
    "many": ("{n} checks", "{n} Prüfungen"),
    "now": ("{now} of them at this stage", "{now} davon in dieser Stufe"),
    "later": ("at later stages only", "erst in späteren Stufen"),
    "unasked": (
        "Declared, but no check asks for it: {targets}. No trait calls for it, or its type is misspelt.",
        "Angegeben, aber ungefragt: {targets}. Kein Merkmal verlangt es, oder der Typ stimmt nicht.",
    ),
}
_WIDTH = 100

Say = Callable[[str], str]


def gaps(made: Plan, system: System, language: Language, whys: Mapping[str, str]) -> Iterator[str]:
    """
    Write what is not declared, with the line to add, and what stands in the way of looks.

    `whys` says the latter, by the look's id. What most of this stage's checks wait for comes first.
    """
    words = words_in(language, "UTC")
    steps = tuple(made.steps)
    told = [*_undeclared(steps, words, system), *_in_the_way(steps, whys)]
    told.sort(key=lambda gap: (-sum(step.counts for step in gap[1]), -len(gap[1])))
    for lines, waiting in told:
        yield from (f"  {line}" if at == 0 else f"    {line}" for at, line in enumerate(lines))
        yield from _waiting(waiting, language)


def unasked(made: Plan, system: System, language: Language) -> str:
    """Name targets no check asks for, as one whose type is misspelt; nothing where there is none."""
    asked = {look.target for look in made.looks}
    named = [target.id for target in system.targets if target.id not in asked]
    return fill(_say("unasked", language), {"targets": ", ".join(named)}) if named else ""


def _undeclared(
    steps: Iterable[Step], words: Words, system: System
) -> Iterator[tuple[list[str], list[Step]]]:
    known: list[tuple[Lack, list[Step]]] = []
    unknown: dict[str, list[Step]] = {}
    for step in steps:
        if not step.lacks:
            continue
        lack = lack_in(step.lacks)
        if lack is None:
            unknown.setdefault(step.lacks, []).append(step)
            continue
        for at, (other, waiting) in enumerate(known):
            joined = other if other == lack else other.joined(lack)
            if joined is not None:
                known[at] = (joined, [*waiting, step])
                break
        else:
            known.append((lack, [step]))
    for lack, waiting in known:
        key = "several" if lack.several else "lacks"
        line = lack.line(system.targets)
        yield (
            [fill(_say(key, words.language), {"what": lack.said(words)}), *([line] if line else [])],
            waiting,
        )
    for what, waiting in unknown.items():
        yield [fill(_say("lacks", words.language), {"what": what})], waiting


def _in_the_way(steps: Iterable[Step], whys: Mapping[str, str]) -> Iterator[tuple[list[str], list[Step]]]:
    found: dict[str, list[Step]] = {}
    for step in steps:
        if why := "; ".join(whys[look.id] for look in step.looks if look.id in whys):
            found.setdefault(why, []).append(step)
    for why, waiting in found.items():
        yield [why], waiting


def _waiting(steps: list[Step], language: Language) -> Iterator[str]:
    names = list(dict.fromkeys(step.check for step in steps))
    now = len({step.check for step in steps if step.counts})
    count = fill(_say("one" if len(names) == 1 else "many", language), {"n": str(len(names))})
    if now < len(names):
        count += ", " + fill(_say("now" if now else "later", language), {"now": str(now)})
    for line in textwrap.wrap(f"{count}: {', '.join(names)}", _WIDTH - 4, break_on_hyphens=False):
        yield f"    {line}"


def _say(key: str, language: Language) -> str:
    return _WORDS[key][language is Language.DE]
