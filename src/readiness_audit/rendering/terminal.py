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
from readiness_audit.model.release import Release
from readiness_audit.model.texts import Language
from readiness_audit.rendering.reading import shortened
from readiness_audit.rendering.safe import visible
from readiness_audit.rendering.story import Cause, Finding, Story
from readiness_audit.rendering.story_release import Mark
from readiness_audit.rendering.telling import tell
from readiness_audit.rendering.words import Words, words_in

NARROWEST, WIDEST = 50, 120
INDENT = 4
"""Columns that the text of an entry is set in by, and may lose to its line ends."""

FIRST_OPEN = 12
"""Findings and points that are told; a terminal is no place for hundreds."""

FIRST_AGREED = 12
"""Conditions and exceptions that are told."""

FIRST_MESSAGES = 3
"""What is quoted for one cause."""

FIRST_CHECKS = 4
"""Checks that are named for one cause."""

_SIGNS: Mapping[Mark, str] = {
    "pass": "✓",
    "partial": "◐",
    "fail": "✗",
    "incomplete": "?",
    "open": "?",
    "aside": "-",
    "none": "·",
}
_COLOURS: Mapping[Mark, str] = {
    "pass": "green",
    "partial": "yellow",
    "fail": "red",
    "incomplete": "magenta",
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
    record: Record,
    language: Language,
    *,
    screen: Screen = PLAIN,
    sha256: str | None = None,
    release: Release | None = None,
) -> str:
    """Write the report on `record` for a screen. No markup, colour or link in evidence is obeyed."""
    words = words_in(language, record.policy.rule.zone)
    story = tell(record, words, sha256, release)
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
    for part in _parts(story, words, screen.width - INDENT):
        console.print(part)
    return "\n".join(line.rstrip() for line in page.getvalue().split("\n"))


def _line(text: str, style: str = "") -> Text:
    return Text(visible(text), style=style)


def _parts(story: Story, words: Words, width: int) -> Iterable[RenderableType]:
    for notice in story.notices:
        yield _line(f"! {notice}", "bold" if story.complete else "bold red")
    yield _answer(story)
    yield from _numbered(
        words.say("section.reasons"),
        [
            (ground.title, [ground.number], [line for line in (ground.message, ground.note) if line])
            for ground in story.grounds
        ],
    )
    yield from _numbered(
        words.say("section.next"),
        [(step.text, step.numbers, [step.snippet] if step.snippet else []) for step in story.steps],
    )
    yield from _points(story, words)
    every: tuple[Finding | Cause, ...] = (*story.findings, *story.causes)
    weighty = [item for severity in ("blocker", "major") for item in every if item.severity == severity]
    if weighty:
        yield Text()
        yield Rule(_line(words.say("say.open-points"), "bold"), align="left", characters="─", style="dim")
        for item in weighty[:FIRST_OPEN]:
            yield _finding(item, words, width) if isinstance(item, Finding) else _cause(item, words, width)
    if hidden := len(every) - len(weighty[:FIRST_OPEN]):
        yield Text()
        yield _line(words.counted("say.further-points", hidden))
    yield from _agreements(story, words)
    yield from _sums(story, words)


def _answer(story: Story) -> RenderableType:
    over = story.released.over
    mark = _RESULT_SIGNS[story.headline.result]
    if over or story.released.beside:
        mark = story.released.mark
    told = over or story.headline.word + (f" ({story.released.beside})" if story.released.beside else "")
    head = (f"{_SIGNS[mark]} {visible(told)}\n", f"bold {_COLOURS[mark]}")
    if over:
        body = Text.assemble(head, visible(story.released.line))
    else:
        body = Text.assemble(
            head,
            f"{visible(story.headline.rule)}\n",
            f"{visible(story.headline.said)} {visible(story.headline.recommends)}",
            (f"\n{_SIGNS[story.released.mark]} {visible(story.released.line)}", "bold")
            if story.released.line
            else "",
        )
    title = _line(f"{story.system} · {story.stage}")
    return Panel(body, title=title, title_align="left", border_style=_COLOURS[mark], padding=(0, 1))


def _numbered(
    title: str, rows: Iterable[tuple[str, Iterable[str], Iterable[str]]]
) -> Iterable[RenderableType]:
    yield Text()
    yield _line(title, "bold")
    table = Table.grid(padding=(0, 1))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(ratio=1, overflow="fold")
    for number, (text, references, notes) in enumerate(rows, 1):
        shown = _line(text)
        if named := ", ".join(filter(None, references)):
            shown.append(f" [{visible(named)}]", "dim")
        for note in notes:
            shown.append(f"\n{visible(note)}", "dim")
        table.add_row(f"{number}.", shown)
    yield Padding(table, (0, 0, 0, 1))


def _points(story: Story, words: Words) -> Iterable[RenderableType]:
    yield Text()
    yield _line(words.say("section.points"), "bold")
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", no_wrap=True, min_width=2)
    table.add_column()
    table.add_column()
    for point in story.points:
        status = _line(f"{_SIGNS[point.mark]} {point.status}", _COLOURS[point.mark])
        if point.told:
            status.append(f" ({point.told})", "dim")
        table.add_row(str(point.number), _line(point.name), status)
    yield Padding(table, (0, 0, 0, 1))


def _finding(item: Finding, words: Words, width: int) -> RenderableType:
    seen = item.seen[0]
    on = item.targets if len(item.seen) > 1 or seen.more_targets else ", ".join(seen.targets)
    return _entry(
        f"{_SIGNS['fail']} {item.number}",
        words.say("say.not-met", title=item.title),
        [
            ("", f"{item.severity_word} · {item.check} · {on}", "dim"),
            *(("◷", told, "") for told in item.waived),
            ("", shortened(seen.short, 3 * width), ""),
            ("→", shortened(item.what, 2 * width), ""),
        ],
    )


def _cause(item: Cause, words: Words, width: int) -> RenderableType:
    named = ", ".join(check.check for check in item.checks[:FIRST_CHECKS])
    more = " …" if len(item.checks) > FIRST_CHECKS else ""
    # What is told of several targets alike says little without their names; those stand in the report.
    # What a register or a statement lacks is seldom in the one the title names: it is told with its place.
    quotes = [
        f"{message.target}: {message.quote}"
        if message.target and item.messages_are == "lacking"
        else message.quote
        for message in item.messages
        if _of_one(item) or item.messages_are == "lacking"
    ]
    return _entry(
        f"{_SIGNS['open']} {item.number}",
        item.title,
        [
            ("", f"{item.severity_word} ({words.say('label.when-not-met')})", "dim"),
            *(("◷", told, "") for told in item.waived),
            *(("", shortened(quote, 2 * width), "") for quote in quotes[:FIRST_MESSAGES]),
            ("", f"{item.follows}: {named}{more}", ""),
            ("→", shortened(item.remedy, 2 * width), ""),
            ("", item.snippet, ""),
        ],
    )


def _of_one(item: Cause) -> bool:
    return len(item.messages) == 1 or not any(message.target for message in item.messages)


def _agreements(story: Story, words: Words) -> Iterable[RenderableType]:
    if not story.agreements:
        return
    yield Text()
    yield _line(words.say("say.standings"), "bold")
    table = Table.grid(padding=(0, 2))
    table.add_column()
    table.add_column(ratio=1, overflow="fold")
    for item in story.agreements[:FIRST_AGREED]:
        about = f"{item.check} ({item.target})" if item.check else ""
        until = f"{words.say('say.to')} {item.until}" if item.until else ""
        told = _line(f"{_SIGNS[item.mark]} {item.state}", _COLOURS[item.mark])
        if item.why:
            told.append(f": {visible(item.why)}")
        for note in (" · ".join(filter(None, (about, until))), item.signed, item.detail):
            if note:
                told.append(f"\n{visible(note)}", "dim")
        table.add_row(_line(item.name), told)
    yield Padding(table, (0, 0, 0, 1))
    if (hidden := len(story.agreements) - FIRST_AGREED) > 0:
        yield _line(words.counted("say.more-rows", hidden))


def _entry(number: str, title: str, lines: Iterable[tuple[str, str, str]]) -> RenderableType:
    head = Table.grid(padding=(0, 1))
    head.add_column(no_wrap=True, style="bold")
    head.add_column(ratio=1, style="bold", overflow="fold")
    head.add_row(_line(number), _line(title))
    body = Table.grid(padding=(0, 1))
    body.add_column(no_wrap=True, min_width=1)
    body.add_column(ratio=1, overflow="fold")
    for sign, text, style in lines:
        if text:
            body.add_row(sign, _line(text, style))
    return Padding(Group(head, body), (1, 0, 0, 0))


def _sums(story: Story, words: Words) -> Iterable[RenderableType]:
    yield Text()
    counts = zip(story.matrix.columns, story.matrix.total, strict=True)
    yield _line(" · ".join(f"{name} {words.number(count)}" for name, count in counts))
    figures = {pair.label: pair.value for pair in story.figures}
    if story.waived:
        yield _line(story.waived)
    coverage = words.say("label.coverage")
    yield _line(
        f"{coverage}: {figures[coverage]} · {words.say('label.valid-until')}: {story.headline.valid_until}"
    )
    yield _line(f"{words.say('label.run')}: {story.run}", "dim")
    yield _line(words.say("say.all-of-it", run=story.run), "dim")
    if story.released.line:
        for note in story.released.notes:
            yield _line(note, "dim")
    yield _line(words.say("say.a-person-decides-short"), "dim")
