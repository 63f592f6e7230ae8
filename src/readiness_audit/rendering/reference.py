"""
Write the reference: a page for each check, one for all facts, one for the command line.

The pages in `docs/reference/` and what `explain`, `checks show` and `probes show` print are made
here, from the checks, the facts types and the commands themselves, so they cannot go stale.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from readiness_audit.model.check import Case, Check
from readiness_audit.model.facts import Kind, Shape, shapes
from readiness_audit.model.plain import to_plain
from readiness_audit.model.texts import Language
from readiness_audit.rendering.reading import prose
from readiness_audit.rendering.sentences import sentences_of
from readiness_audit.rendering.words import Words, words_in

_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_ABOUT_FACTS = """\
What each probe and view brings back, and so what the expressions of a check may speak about.
A field with `?` is `null` where the thing is absent in the world; what could not be seen is
never an empty value.
Days are `YYYY-MM-DD`, moments RFC 3339 in UTC."""
_EXPRESSIONS = (
    "applies_to",
    "selects",
    "assessable_when",
    "stale_when",
    "each",
    "violation_when",
    "subject",
    "passes_when",
    "never_waivable",
)
_USUAL = {"applies_to": "true", "selects": "true", "never_waivable": "false"}
"""What is not worth a line."""

_WORDS = {
    "asks": ("What it asks", "Was sie fragt"),
    "why": ("Why it matters", "Warum das wichtig ist"),
    "see": ("See for yourself", "Selbst nachsehen"),
    "fix": ("How to fix it", "So wird es behoben"),
    "passes": ("Passes when", "Erfüllt, wenn"),
    "cases": ("Worked cases", "Beispiele"),
    "used": ("Used by", "Verwendet von"),
    "maps": ("Maps to", "Bezug"),
    "finding": ("Where it is not met, the report says:", "Ist sie nicht erfüllt, steht im Bericht:"),
    "point": ("Success point", "Erfolgspunkt"),
    "severity": ("Severity", "Einstufung"),
    "stage": ("Counts from", "Zählt ab"),
    "probe": ("Looks through the probe", "Sieht durch die Sonde"),
    "view": ("Looks through the view", "Sieht durch die Zusammenschau"),
    "aliases": ("Was called", "Hieß früher"),
    "parameter": ("Parameter", "Parameter"),
    "value": ("Default", "Vorgabe"),
    "case": ("Case", "Fall"),
    "needs": (
        "What the evidence must show for it to be judged:",
        "Was der Nachweis zeigen muss, damit sich das beurteilen lässt:",
    ),
    "given": ("Seen", "Gesehen"),
    "with": ("with", "mit"),
    "expect": ("Comes out as", "Ergebnis"),
    "no-policy": (
        "No policy that comes with the tool asks it.",
        "Keine mitgelieferte Richtlinie fragt danach.",
    ),
    "no-maps": ("No framework.", "Kein Regelwerk."),
    "no-facts": ("nothing", "nichts"),
    "evidence": (
        "It gives evidence towards these; it never proves that one is fulfilled.",
        "Sie liefert Nachweise dazu; sie beweist nie, dass etwas davon erfüllt ist.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A probe or a view, as far as the reference tells of it."""

    name: str
    about: str
    """What it sees, in a sentence."""

    asks: str
    """The kind of target it looks at, or the probes it joins."""

    sees: type
    """Its facts type."""


def check_page(check: Check, used_by: Sequence[str], language: Language) -> str:
    """Write the page of a check in Markdown, in the order every check's page has."""
    words = words_in(language, "UTC")
    sections = (
        ("asks", _asks(check, words)),
        ("why", _prose(words.text(check.why))),
        ("see", _fenced(words.text(check.see_for_yourself), "text")),
        ("fix", _prose(words.text(check.fix))),
        ("passes", _passes(check, words)),
        ("cases", _cases(check, words)),
        ("used", _list(used_by) or _say(words, "no-policy")),
        ("maps", _maps(check, words)),
    )
    parts = [f"# {_inert(words.text(check.title))}", f"`{check.id}`"]
    for key, text in sections:
        parts += [f"## {_say(words, key)}", text]
    return "\n\n".join(parts) + "\n"


def facts_page(sources: Iterable[Source]) -> str:
    """Write what every probe and view sees, field by field, for those who write checks."""
    parts = [
        "# Facts",
        _ABOUT_FACTS,
    ]
    parts += [source_section(source) for source in sources]
    return "\n\n".join(parts) + "\n"


def source_section(source: Source) -> str:
    """Write what one probe or view sees: a table for its facts, and one for each group inside them."""
    parts = [f"## {source.name}", f"{_inert(source.about)}\n\nAsks: {source.asks}."]
    waiting, told = [source.sees], {source.sees}
    while waiting:
        kind = waiting.pop(0)
        sentences = sentences_of(kind)
        rows = [
            (f"`{name}`", f"`{_type(shape)}`", _cell(sentences.get(name, "")))
            for name, shape in shapes(kind).items()
        ]
        parts.append(f"**{kind.__name__}**\n\n{_table(('Field', 'Type', 'Meaning'), rows)}")
        inside = [shape.group for shape in shapes(kind).values() if shape.group is not None]
        for group in dict.fromkeys(inside):
            if group not in told:
                told.add(group)
                waiting.append(group)
    return "\n\n".join(parts)


def command_line_page(helps: Mapping[str, str], exits: Iterable[tuple[int, str]]) -> str:
    """Write the help of every command, and what each exit status means."""
    rows = [(f"`{status}`", _cell(meaning)) for status, meaning in exits]
    parts = [
        "# Command line",
        "The result goes to standard output, everything else to standard error.",
        "## Exit statuses",
        _table(("Status", "Meaning"), rows),
    ]
    for name, text in helps.items():
        parts += [f"## {name}", _fenced(text, "text")]
    return "\n\n".join(parts) + "\n"


def _say(words: Words, key: str) -> str:
    return _WORDS[key][words.language is Language.DE]


def _asks(check: Check, words: Words) -> str:
    lines = [
        f"{_say(words, 'point')}: {check.point}, {words.say(f'point.{check.point}')}",
        f"{_say(words, 'severity')}: {words.say(f'severity.{check.severity}')} (`{check.severity}`)",
        f"{_say(words, 'stage')}: {words.say(f'stage.{check.stage}')} (`{check.stage}`)",
        f"{_say(words, 'probe' if check.probe else 'view')}: `{check.source}`",
    ]
    if check.aliases:
        lines.append(f"{_say(words, 'aliases')}: {', '.join(f'`{name}`' for name in check.aliases)}")
    finding = " ".join(words.text(check.finding).split())
    return f"{_list(lines)}\n\n{_say(words, 'finding')}\n\n{_quoted(finding)}"


def _passes(check: Check, words: Words) -> str:
    lines = []
    for key in _EXPRESSIONS:
        text = getattr(check, key)
        if text is not None and _USUAL.get(key) != text:
            lines.append(f"{key}: {' '.join(text.split())}")
    if check.optional:
        lines.append("optional: true")
    if check.contradicted_by:
        lines.append(f"contradicted_by: {', '.join(check.contradicted_by)}")
    told = _fenced("\n".join(lines), "text")
    if check.must_show is not None:
        needs = " ".join(words.text(check.must_show).split())
        told = f"{_say(words, 'needs')}\n\n{_quoted(needs)}\n\n{told}"
    if not check.parameters:
        return told
    rows = [(f"`{name}`", _code(value)) for name, value in check.parameters.items()]
    return f"{told}\n\n{_table((_say(words, 'parameter'), _say(words, 'value')), rows)}"


def _cases(check: Check, words: Words) -> str:
    head = (_say(words, "case"), _say(words, "given"), _say(words, "expect"))
    return _table(head, [_case(case, words) for case in check.cases])


def _case(case: Case, words: Words) -> tuple[str, str, str]:
    given = _code(case.given) if case.given else _say(words, "no-facts")
    if case.parameters:
        given += f" {_say(words, 'with')} {_code(case.parameters)}"
    expect = f"{words.say(f'outcome.{case.expect}')} (`{case.expect}`)"
    if case.subjects:
        expect += f": {_cell(', '.join(case.subjects))}"
    return _cell(case.name), given, expect


def _maps(check: Check, words: Words) -> str:
    if not check.maps_to:
        return _say(words, "no-maps")
    lines = [
        f"{words.say(f'framework.{framework}')}: {', '.join(names)}"
        for framework, names in sorted(check.maps_to.items())
    ]
    return f"{_list(lines)}\n\n{_say(words, 'evidence')}"


def _type(shape: Shape) -> str:
    kind = shape.group.__name__ if shape.kind is Kind.GROUP and shape.group else shape.kind.value
    return f"list of {kind}" if shape.many else kind + "?" * shape.optional


def _prose(text: str) -> str:
    parts = []
    for block in prose(text):
        match block.kind:
            case "code":
                parts.append(_fenced("\n".join(block.lines), "text"))
            case "list":
                parts.append("\n".join(f"- {_inert(line)}" for line in block.lines))
            case "text":
                parts.append("\n".join(_inert(line) for line in block.lines))
    return "\n\n".join(parts)


def _inert(text: str) -> str:
    return _TAG.sub(r"\<", text)


def _quoted(text: str) -> str:
    return f"> {_inert(text)}"


def _list(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _fenced(text: str, kind: str) -> str:
    inside = text.strip("\n")
    longest = max((len(run) for run in re.findall("`+", inside)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{kind}\n{inside}\n{fence}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(text: str) -> str:
    return _inert(" ".join(text.split())).replace("|", "\\|")


def _code(value: object) -> str:
    told = json.dumps(to_plain(value), ensure_ascii=False).replace("`", "'").replace("|", "\\|")
    return f"`{told}`"
