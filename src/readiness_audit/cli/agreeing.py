"""What the commands that write agreements down share: days, files, and what they say."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

import click

from readiness_audit.cli.clock import read_when
from readiness_audit.errors import FieldError, PlanError
from readiness_audit.model.evidence import Plain
from readiness_audit.model.governance import Refusal, Standing, State, Unreadable, nameless
from readiness_audit.model.texts import Language
from readiness_audit.rendering.agreements import signed_with
from readiness_audit.rendering.words import fill, words_in

T = TypeVar("T")

_WORDS = {
    "requested": (
        "{id} is asked for, in {file}; it has no effect until somebody else approves it.",
        "{id} ist beantragt, in {file}; ohne Genehmigung durch eine andere Person bleibt es ohne Wirkung.",
    ),
    "approved": ("{id} is approved, in {file}.", "{id} ist genehmigt, in {file}."),
    "extended": ("{id} is extended, in {file}.", "{id} ist verlängert, in {file}."),
    "revoked": ("{id} is revoked, in {file}.", "{id} ist widerrufen, in {file}."),
    "accepted": ("conditions written down: {n}, in {file}", "eingetragene Auflagen: {n}, in {file}"),
    "refused": ("{id} would have no effect: {why}", "{id} wäre ohne Wirkung: {why}"),
    "over": (
        "this would be over already: its last day, {day}, has passed",
        "das wäre schon vorbei: Der letzte Tag, {day}, ist vergangen",
    ),
    "taken": (
        "there is an exception {id} already; give this one another id",
        "eine Ausnahmegenehmigung {id} gibt es schon; bitte eine andere Kennung wählen",
    ),
    "is-revoked": ("{id} is revoked already", "{id} ist bereits widerrufen"),
    "no-check": (
        "the policy asks no check called {check}{meant}",
        "die Richtlinie fragt keine Prüfung namens {check}{meant}",
    ),
    "meant": ("; did you mean {close}?", "; gemeint ist vielleicht {close}"),
    "no-target": (
        "{target} is none of the targets of this system: {known}",
        "{target} ist keines der Ziele dieses Systems: {known}",
    ),
    "no-waiver": (
        "there is no exception {id} that can be read; known: {known}",
        "eine lesbare Ausnahmegenehmigung {id} gibt es nicht; bekannt: {known}",
    ),
    "extend": (
        "{id} is approved already; say `waive extend` to approve it for longer",
        "{id} ist bereits genehmigt; für länger gilt `waive extend`",
    ),
    "approve": (
        "{id} was never approved, so there is nothing to extend; say `waive approve`",
        "{id} wurde nie genehmigt, zu verlängern ist daher nichts; zuerst gilt `waive approve`",
    ),
    "future": (
        "{day} is still to come: what is agreed is written down on the day it is",
        "{day} liegt in der Zukunft: Vereinbart wird an dem Tag, an dem es eingetragen wird",
    ),
    "no-major": (
        "nothing that is rated major is open in this record{named}; there is nothing to accept",
        "in diesem Lauf ist keine Abweichung offen{named}; zu vereinbaren ist nichts",
    ),
    "too-many": (
        "{n} major deviations are open, the policy allows {most} conditions; mend some of these: {open}",
        "{n} Abweichungen sind offen, die Richtlinie lässt {most} Auflagen zu; zuerst beheben: {open}",
    ),
    "settled": (
        "every one of them has its condition already, in {file}",
        "jede davon hat bereits ihre Auflage, in {file}",
    ),
    "another": (
        "this is a record of {record}, and {file} describes {system}; name its system file with --system",
        "dies ist ein Lauf von {record}, und {file} beschreibt {system}; bitte --system angeben",
    ),
    "no-file": (
        "nobody knows where the system file of {system} lies: name it with --system",
        "wo die Systemdatei von {system} liegt, ist nicht bekannt: mit --system angeben",
    ),
    "condition-refused": ("{check} ({target}): {why}", "{check} ({target}): {why}"),
}

system = click.option(
    "--system",
    "system",
    type=click.Path(dir_okay=False, path_type=Path),
    default="system.yaml",
    show_default=True,
    help="The system file it is about.",
)
day = click.option(
    "--on", "on", callback=read_when, metavar="DAY", help="The day it was said; by default, today."
)


def said(key: str, language: Language, **values: str) -> str:
    """Say something in the user's language."""
    return fill(_WORDS[key][language is Language.DE], values)


def read_day(ctx: click.Context, param: click.Parameter, given: str | None) -> date | None:
    """Read a day such as 2026-12-31."""
    when = read_when(ctx, param, given)
    if isinstance(when, datetime):
        raise click.BadParameter("write a day such as 2026-12-31")
    return when


def chosen(on: date | datetime | None, today: date, zone: str, language: Language) -> date:
    """Give the day something was said: never one that is still to come."""
    given = on.astimezone(ZoneInfo(zone)).date() if isinstance(on, datetime) else on or today
    if given > today:
        raise PlanError(said("future", language, day=str(given)))
    return given


def formed(make: Callable[[], T]) -> T:
    """Build an entry from what was said. Raises `PlanError` naming what is wrong."""
    try:
        made = make()
    except FieldError as error:
        raise PlanError(f"{error.field}: {error.problem}") from None
    if told := nameless(made):
        raise PlanError(told)
    return made


def no_check(name: str, known: Iterable[str], language: Language) -> str:
    """Say that there is no such check, and which one may be meant."""
    close = difflib.get_close_matches(name, list(known), n=1)
    meant = said("meant", language, close=close[0]) if close else ""
    return said("no-check", language, check=name, meant=meant)


def told(standing: Standing, language: Language) -> str:
    """Say in one line how an entry stands."""
    words = words_in(language, "UTC")
    parts = [standing.id, f"{standing.check} ({standing.target})" if standing.check else ""]
    state = words.say(f"state.{standing.state}")
    if standing.refusal is not None:
        state = f"{state}: {words.say(f'refusal.{standing.refusal}')}"
    until = f"{words.say('say.to')} {words.day(standing.last_day)}" if standing.last_day else ""
    signed = signed_with(words, standing.seals)
    return "  ".join(filter(None, (*parts, state, until, standing.approved_by, signed, standing.detail)))


def unreadable(entry: Unreadable) -> Standing:
    """Give how an entry stands that is none."""
    return Standing(
        kind=entry.kind,
        id=entry.name,
        check="",
        target="",
        state=State.REFUSED,
        refusal=Refusal.UNREADABLE,
        detail=entry.problem,
        line=entry.line,
    )


def append(file: Path, key: str, *entries: Mapping[str, Plain]) -> None:
    """Write entries at the end of a file, all or none; nothing else in it changes."""
    from readiness_audit.cli.writing import rewrite
    from readiness_audit.content.appending import with_entry
    from readiness_audit.content.yaml_tree import LARGEST_TEXT

    def add(raw: bytes) -> bytes:
        for entry in entries:
            raw = with_entry(raw, file, key, entry)
        return raw

    rewrite(file, add, LARGEST_TEXT)


def insert(file: Path, key: str, name: str, field: str, value: Mapping[str, Plain], *, listed: bool) -> None:
    """Write a field into the entry of this id; nothing else in the file changes."""
    from readiness_audit.cli.writing import rewrite
    from readiness_audit.content.appending import with_field
    from readiness_audit.content.governance import items_of
    from readiness_audit.content.yaml_tree import LARGEST_TEXT, parse_yaml

    def add(raw: bytes) -> bytes:
        found = items_of(parse_yaml(raw, file), key)
        items = found[1] if found else []
        ids = [(item.pairs or {}).get("id") for item in items]
        number = next((at for at, pair in enumerate(ids) if pair and pair[1].text == name), len(items))
        return with_field(raw, file, key, number, field, value, listed=listed)

    rewrite(file, add, LARGEST_TEXT)
