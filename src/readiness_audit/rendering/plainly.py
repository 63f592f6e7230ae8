"""Say what a check holds for machines the way people read it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from readiness_audit.model.check import Check, Parameter
from readiness_audit.model.plan import UNDECLARED
from readiness_audit.model.texts import Language
from readiness_audit.rendering.declaring import lack_in
from readiness_audit.rendering.words import Words

LONGEST_VALUE = 60
"""Characters of a parameter that stand beside a criterion; what is longer stands in the annex."""

LONGEST_NAMES = 400
"""The same for names that people know, such as the parts of a document."""

_BOTH = " / "
"""Between the German and the English name of a part that documents must have."""

_ANY_OF = re.compile(r"traits\.exists\((\w+), *\1 in \[([^\[\]]*)\]\)")
_QUOTED = re.compile(r"'([^']*)'")
_WITHOUT = re.compile(r"!\('([a-z0-9-]+)' in traits\)")
_WITH = re.compile(r"'([a-z0-9-]+)' in traits")
_STAGE = re.compile(r"stage ([!=])= '([a-z]+)'")
_SET_ASIDE = re.compile(r"(.+) \(declared: ([^()]*)\)", re.DOTALL)
"""How the plan writes down why a check is set aside: its condition, and what the system declares."""

_PATTERN = re.compile(r"[\\^$|*?\[{]")
_COMMAND = re.compile(r"[|<>=\\$`]| -{1,2}\w")
_AUTHORS_WIDTH = 80
"""A longer line of a check's text was broken for its author's screen, not for its sense."""


def brief_parameters(check: Check, words: Words) -> str:
    """Write the parameters of a check that people can read, and say where the others stand."""
    shown, hidden = [], False
    for name, value in check.parameters.items():
        text = _brief(value, words)
        hidden = hidden or text is None
        if text:
            shown.append(f"{name} = {text}")
    return "; ".join([*shown, *([words.say("say.in-annex")] if hidden else [])])


def named(check: Check, language: Language) -> Mapping[str, str]:
    """Give the name in one language of what the check calls by its names in both."""
    return {name: half for value in check.parameters.values() for name, half in _names(value, language)}


def spoken(value: Parameter, words: Words) -> str:
    """Write a parameter in a sentence: what has a name is called by it, in the language of the words."""
    return ", ".join(half for _, half in _names(value, words.language)) or words.value(value)


def set_aside_by(reason: str, words: Words) -> str:
    """Say when a check applies, and which of the traits in that sentence the system declares."""
    if reason.startswith(UNDECLARED):
        lack = lack_in(what := reason.removeprefix(UNDECLARED))
        return words.say("applies.declared", what=what if lack is None else lack.said(words))
    found = _SET_ASIDE.fullmatch(reason)
    condition = found[1] if found else reason
    told = _applies(condition, words)
    if found is None:
        return told
    named = [trait for trait in found[2].split(", ") if f"'{trait}'" in condition]
    return words.say("say.aside-because", told=told, traits=", ".join(named) or words.say("say.none-of-them"))


def _applies(condition: str, words: Words) -> str:
    """Say a condition about traits and the stage in words; what else stands in it stays as it is."""
    alternatives = words.say("applies.or")
    told = _ANY_OF.sub(lambda found: f"({alternatives.join(_QUOTED.findall(found[2]))})", condition)
    told = _WITHOUT.sub(lambda found: words.say("applies.not", name=found[1]), told)
    told = _WITH.sub(lambda found: found[1], told)
    told = _STAGE.sub(
        lambda found: words.say(
            "applies.stage" if found[1] == "=" else "applies.other-stage", name=words.say(f"stage.{found[2]}")
        ),
        told,
    )
    return told.replace(" && ", words.say("applies.and")).replace(" || ", alternatives)


def unbroken(text: str) -> str:
    """Join the lines of sentences again, and leave commands as they are."""
    lines: list[str] = []
    for line in text.strip("\n").split("\n"):
        above = lines[-1] if lines else ""
        last = above.rpartition("\n")[2]
        if _is_prose(last) and line and not line.startswith(" ") and not _COMMAND.search(line):
            lines[-1] = f"{above} {line}"
        else:
            lines.append(line)
    return "\n".join(lines)


def _is_prose(line: str) -> bool:
    return (
        len(line) > _AUTHORS_WIDTH and not line.endswith((".", "!", "?", ":")) and not _COMMAND.search(line)
    )


def _brief(value: Parameter, words: Words) -> str | None:
    """Give the value in short, nothing where it is empty, and None where it is not for here."""
    if isinstance(value, list | tuple) and any(isinstance(item, Mapping) for item in value):
        told = ", ".join(half for _, half in _names(value, words.language))
        return told if 0 < len(told) <= LONGEST_NAMES else None
    text = words.value(value)
    return None if len(text) > LONGEST_VALUE or _PATTERN.search(text) else text


def _names(value: Parameter, language: Language) -> Iterator[tuple[str, str]]:
    for item in value if isinstance(value, list | tuple) else ():
        name = item.get("name") if isinstance(item, Mapping) else None
        if isinstance(name, str):
            german, both, english = name.partition(_BOTH)
            yield name, (german if language is Language.DE else english) if both else name
