"""`readiness-audit diff`: say what changed between two records, and why."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import click

from readiness_audit.cli import options, records
from readiness_audit.model.decision import Behind
from readiness_audit.model.difference import Cause, Change, Difference, Edit, Side, Transition
from readiness_audit.model.plain import to_plain
from readiness_audit.model.texts import Language
from readiness_audit.rendering.safe import json_text, visible
from readiness_audit.rendering.why_changed import why_changed
from readiness_audit.rendering.words import Words, fill, words_in
from readiness_audit.stages.compare import compare

_WORDS = {
    "because": ("because: {rule}", "weil: {rule}"),
    "came": ("now behind the decision: {what}", "nun für die Entscheidung maßgeblich: {what}"),
    "went": ("no longer behind it: {what}", "nicht mehr maßgeblich: {what}"),
    "interrupted": (
        "note: run {run} was interrupted, so what it did not reach is not assessed",
        "Hinweis: Lauf {run} wurde abgebrochen; was er nicht erreicht hat, ist nicht geprüft",
    ),
    "edits": ("Changed by people", "Von Personen geändert"),
    "edit": ("{area} {of}{what}: {before} -> {after}", "{area} {of}{what}: {before} -> {after}"),
    "absent": ("(not there)", "(nicht vorhanden)"),
    "preview": ("preview", "Vorschau"),
    # Not "system": that is the name of a cause below, whose words it would then bear.
    "whole": ("the whole system", "das ganze System"),
    "nothing": ("Nothing that is open has changed.", "Nichts Offenes hat sich geändert."),
    Change.NEWLY_FAILING: ("Newly not met", "Neu nicht erfüllt"),
    Change.STILL_FAILING: ("Still not met", "Weiterhin nicht erfüllt"),
    Change.FIXED: ("Fixed", "Behoben"),
    Change.NEWLY_NOT_ASSESSED: ("Newly not assessed", "Neu nicht geprüft"),
    Change.STILL_NOT_ASSESSED: ("Still not assessed", "Weiterhin nicht geprüft"),
    Change.NEWLY_ASSESSED: ("Newly assessed and met", "Neu geprüft und erfüllt"),
    Change.SET_ASIDE: ("Set aside", "Nun entbehrlich"),
    Change.APPEARED: ("Asked for the first time", "Erstmals gefragt"),
    Change.DISAPPEARED: ("No longer asked", "Nicht mehr gefragt"),
    Cause.WORLD: ("the world changed", "die Lage hat sich geändert"),
    Cause.CHECK: ("the check changed", "die Prüfung wurde geändert"),
    Cause.POLICY: ("the policy changed", "die Richtlinie wurde geändert"),
    Cause.SYSTEM: ("the system file changed", "die Systemdatei wurde geändert"),
    Cause.TOOL: ("the tool changed", "das Werkzeug hat gewechselt"),
    Cause.TIME: ("time went by", "Zeit ist vergangen"),
}
_AREAS = {
    Cause.CHECK: ("check", "Prüfung"),
    Cause.POLICY: ("policy", "Richtlinie"),
    Cause.CONDITION: ("condition", "Auflage"),
    Cause.WAIVER: ("exception", "Ausnahme"),
    Cause.SYSTEM: ("system file", "Systemdatei"),
    Cause.TOOL: ("tool", "Werkzeug"),
}


@click.command()
@click.argument("before", metavar="A", type=click.Path(path_type=Path))
@click.argument("after", metavar="B", type=click.Path(path_type=Path))
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
@options.lang
@options.home
def command(before: Path, after: Path, format_: str, language: Language, home: Path | None) -> None:
    """
    Say what changed between two records, and why.

    A and B are folders of runs, or ids of kept ones, of one system; A is the older. What the
    world changed is kept apart from what people changed: policy, checks, system file, tool.
    """
    old, new = records.opened(before, home).record, records.opened(after, home).record
    difference = compare(old, new)
    sentence = why_changed(old, new, difference, language)
    if format_ == "json":
        plain = to_plain(difference)
        told = {**plain, "sentence": sentence} if isinstance(plain, dict) else plain
        click.echo(json_text(json.dumps(told, ensure_ascii=False, indent=2, sort_keys=True)))
        return
    for line in _told(difference, sentence, words_in(language, new.policy.rule.zone)):
        click.echo(visible(line))


def _say(words: Words, key: str, **values: str) -> str:
    return fill(_WORDS[key][words.language is Language.DE], values)


def _told(difference: Difference, sentence: str, words: Words) -> list[str]:
    before, after = difference.before, difference.after
    lines = [
        sentence,
        "  " + _say(words, "because", rule=words.say(f"rule-name.{after.rule}")),
        *_behind("came", difference.came, words),
        *_behind("went", difference.went, words),
        *("  " + _say(words, "interrupted", run=side.run) for side in _interrupted(before, after)),
    ]
    if not difference.transitions:
        lines += ["", _say(words, "nothing")]
    for change in Change:
        alike = [transition for transition in difference.transitions if transition.change is change]
        if alike:
            lines += ["", f"{_say(words, change)}: {len(alike)}"]
            lines += [_transition(transition, words) for transition in alike]
    # A new target brings a field of every kind; what it leaves empty nobody has changed.
    if edits := [edit for edit in difference.edits if {edit.before, edit.after} != {None, "[]"}]:
        lines += ["", f"{_say(words, 'edits')}: {len(edits)}"]
        lines += [_edit(edit, words) for edit in edits]
    return lines


def _interrupted(*sides: Side) -> list[Side]:
    return [side for side in sides if not side.complete]


def _behind(key: str, verdicts: Iterable[Behind], words: Words) -> list[str]:
    return [
        "  " + _say(words, key, what=f"{verdict.check} ({verdict.target or _say(words, 'whole')})")
        for verdict in verdicts
    ]


def _transition(transition: Transition, words: Words) -> str:
    parts = [transition.check, transition.target or _say(words, "whole")]
    if transition.subject:
        parts.append(transition.subject)
    notes = [words.say(f"severity.{transition.severity}")]
    if transition.change is Change.APPEARED and transition.after is not None:
        notes.append(words.say(f"outcome.{transition.after}"))
    if not transition.counts:
        notes.append(_say(words, "preview"))
    notes += [_say(words, cause) for cause in transition.causes]
    return f"  {'  '.join(parts)}  ({', '.join(notes)})"


def _edit(edit: Edit, words: Words) -> str:
    area = _AREAS[edit.area][words.language is Language.DE] if edit.area in _AREAS else str(edit.area)
    return "  " + _say(
        words,
        "edit",
        area=area,
        of=f"{edit.of} " if edit.of else "",
        what=words.heard.said(edit.what),
        before=_say(words, "absent") if edit.before is None else words.heard.said(edit.before),
        after=_say(words, "absent") if edit.after is None else words.heard.said(edit.after),
    )
