"""Write a report for the terminal: the decision first, what blocks it, what to do next, the ten points."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import IO

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from readiness_audit.model.record import Record
from readiness_audit.model.texts import Language
from readiness_audit.rendering.safe import visible
from readiness_audit.rendering.story import Finding, Mark, Story, Unassessed
from readiness_audit.rendering.telling import tell
from readiness_audit.rendering.words import Words, words_in

NARROWEST, WIDEST = 50, 120
FIRST_OPEN = 12
"""Open points that are told in full; a terminal is no place for hundreds."""

_SIGNS: Mapping[Mark, str] = {
    "pass": "✓",
    "partial": "◐",
    "fail": "✗",
    "open": "?",
    "aside": "-",
    "none": "·",
}
_COLOURS: Mapping[Mark, str] = {
    "pass": "green",
    "partial": "yellow",
    "fail": "red",
    "open": "magenta",
    "aside": "dim",
    "none": "dim",
}
_RESULT_SIGNS: Mapping[str, Mark] = {
    "go": "pass",
    "conditional": "partial",
    "no-go": "fail",
    "inconclusive": "open",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """What a report is shown on."""

    width: int
    """Columns."""

    colour: bool


PLAIN = Screen(width=100, colour=False)
"""A file or a pipe."""


def screen_of(stream: IO[str], environment: Mapping[str, str]) -> Screen:
    """Say what `stream` can show: colours only on a terminal, and not where `NO_COLOR` is set."""
    if not stream.isatty():
        return PLAIN
    columns = shutil.get_terminal_size((PLAIN.width, 24)).columns
    plain = bool(environment.get("NO_COLOR")) or environment.get("TERM") == "dumb"
    return Screen(width=max(NARROWEST, min(columns, WIDEST)), colour=not plain)


def terminal_report(
    record: Record, language: Language, *, screen: Screen = PLAIN, sha256: str | None = None
) -> str:
    """Write the report on `record` for a screen. No markup, colour or link in evidence is obeyed."""
    words = words_in(language, record.policy.rule.zone)
    story = tell(record, words, sha256)
    page = io.StringIO()
    # The environment is kept out: the same record on the same screen gives the same text.
    console = Console(
        file=page,
        width=screen.width,
        force_terminal=screen.colour,
        color_system="standard" if screen.colour else None,
        no_color=not screen.colour,
        markup=False,
        emoji=False,
        highlight=False,
        legacy_windows=False,
        _environ={},
    )
    for part in _parts(story, words):
        console.print(part)
    return "\n".join(line.rstrip() for line in page.getvalue().split("\n"))


def _line(text: str, style: str = "") -> Text:
    return Text(visible(text), style=style)


def _parts(story: Story, words: Words) -> Iterable[RenderableType]:
    yield _answer(story)
    if not story.complete:
        yield _line(words.say("say.incomplete"), "bold red")
    yield from _numbered(
        words.say("section.reasons"), [(ground.title, ground.note, ground.number) for ground in story.grounds]
    )
    yield from _numbered(words.say("section.next"), [(step.text, "", step.number) for step in story.steps])
    yield from _points(story, words)
    every: tuple[Finding | Unassessed, ...] = (*story.findings, *story.unassessed)
    weighty = [item for severity in ("blocker", "major") for item in every if item.severity == severity]
    if weighty:
        yield Text()
        yield Rule(_line(words.say("say.open-points"), "bold"), align="left", characters="─", style="dim")
        for item in weighty[:FIRST_OPEN]:
            yield _finding(item, words) if isinstance(item, Finding) else _unassessed(item, words)
        if len(weighty) > FIRST_OPEN:
            yield _line(words.counted("say.and-more", len(weighty) - FIRST_OPEN))
    yield from _sums(story, words)


def _answer(story: Story) -> RenderableType:
    mark = _RESULT_SIGNS[story.headline.result]
    body = Text.assemble(
        (f"{_SIGNS[mark]} {visible(story.headline.word)}\n", f"bold {_COLOURS[mark]}"),
        f"{visible(story.headline.rule)}\n",
        f"{visible(story.headline.said)} {visible(story.headline.recommends)}",
    )
    title = _line(f"{story.system} · {story.stage}")
    return Panel(body, title=title, title_align="left", border_style=_COLOURS[mark], padding=(0, 1))


def _numbered(title: str, rows: Iterable[tuple[str, str, str]]) -> Iterable[RenderableType]:
    yield Text()
    yield _line(title, "bold")
    table = Table.grid(padding=(0, 1))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(ratio=1)
    for number, (text, note, reference) in enumerate(rows, 1):
        shown = _line(text)
        if reference:
            shown.append(f" [{visible(reference)}]", "dim")
        if note:
            shown.append(f"\n{visible(note)}", "dim")
        table.add_row(f"{number}.", shown)
    yield Padding(table, (0, 0, 0, 1))


def _points(story: Story, words: Words) -> Iterable[RenderableType]:
    yield Text()
    yield _line(words.say("section.points"), "bold")
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    for point in story.points:
        status = _line(f"{_SIGNS[point.mark]} {point.status}", _COLOURS[point.mark])
        table.add_row(str(point.number), _line(point.name), status, _line(point.told, "dim"))
    yield Padding(table, (0, 0, 0, 1))


def _finding(item: Finding, words: Words) -> RenderableType:
    rows = [(seen.sentence, f"{', '.join(seen.targets)} {seen.more_targets}") for seen in item.seen]
    told = [
        _line(f"{sentence} ({targets.strip()})", "bold" if at == 0 else "")
        for at, (sentence, targets) in enumerate(rows)
    ]
    if item.more_seen:
        told.append(_line(item.more_seen, "dim"))
    proofs = [proof for seen in item.seen for proof in seen.proofs][:2]
    fix = [line for block in item.fix for line in block.lines]
    return _entry(
        _head(item.number, words.say("say.not-met", title=item.title), item.severity_word, item.check),
        told,
        [
            (words.say("label.why"), [line for block in item.why for line in block.lines]),
            (words.say("label.fix"), fix),
            (words.say("label.see"), item.see.split("\n")),
            (words.say("label.evidence"), [f"{proof.number} {proof.told}" for proof in proofs]),
        ],
    )


def _unassessed(item: Unassessed, words: Words) -> RenderableType:
    key = "say.expired" if item.is_stale else "say.unanswered"
    details = [f"{detail.label}: {detail.value}" if detail.value else detail.label for detail in item.details]
    severity = f"{words.say('label.severity-if')}: {item.severity_word}"
    return _entry(
        _head(item.number, words.say(key, title=item.title), severity, item.check),
        [_line(item.reason, "bold")],
        [
            (words.say("label.details"), [*details, item.more] if item.more else details),
            (words.say("label.remedy"), [item.remedy]),
        ],
    )


def _head(number: str, title: str, severity: str, check: str) -> Text:
    return Text.assemble(
        (f"{visible(number)} {visible(title)}\n", "bold"),
        (f"      {visible(severity)} · {visible(check)}", "dim"),
    )


def _entry(head: Text, told: Iterable[Text], rows: Iterable[tuple[str, list[str]]]) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True, style="dim")
    table.add_column(ratio=1)
    for label, lines in rows:
        if lines:
            table.add_row(_line(label), Text("\n").join(_line(line) for line in lines))
    return Padding(
        Group(head, *(Padding(text, (0, 0, 0, 6)) for text in told), Padding(table, (0, 0, 0, 6))),
        (1, 0, 0, 0),
    )


def _sums(story: Story, words: Words) -> Iterable[RenderableType]:
    yield Text()
    counts = zip(story.matrix.columns, story.matrix.total, strict=True)
    yield _line(" · ".join(f"{name} {words.number(count)}" for name, count in counts))
    figures = {pair.label: pair.value for pair in story.figures}
    coverage = words.say("label.coverage")
    yield _line(
        f"{coverage}: {figures[coverage]} · {words.say('label.valid-until')}: {story.headline.valid_until}"
    )
    yield _line(f"{words.say('label.run')}: {story.run}", "dim")
    yield _line(words.say("say.a-person-decides-short"), "dim")
