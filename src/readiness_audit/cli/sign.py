"""`readiness-audit sign`: decide about exactly one record, in one role."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import NoReturn
from zoneinfo import ZoneInfo

import click

from readiness_audit.cli import options, records, releases
from readiness_audit.cli import pen as pens
from readiness_audit.cli.agreeing import said
from readiness_audit.cli.clock import now
from readiness_audit.errors import FieldError
from readiness_audit.ledger.beside import change
from readiness_audit.ledger.folder import Kept
from readiness_audit.ledger.home import records_home
from readiness_audit.model.persons import nobody, same_person
from readiness_audit.model.release import Flaw, Release
from readiness_audit.model.sign_off import Choice, SignOff
from readiness_audit.model.texts import Language
from readiness_audit.rendering.released import release_line
from readiness_audit.rendering.safe import visible
from readiness_audit.rendering.words import Words, fill, words_in

_HARMLESS = frozenset({Flaw.REPLACED, Flaw.NOT_NEEDED})
"""It does not count now, and may yet: somebody else may take theirs back."""

_WORDS = {
    "signed": ("signed: {person}, {role}: {choice}", "unterzeichnet: {person}, {role}: {choice}"),
    "record": (
        "record: run {run}, {result}, SHA-256 {hash}",
        "Ergebnisdatei: Lauf {run}, {result}, SHA-256 {hash}",
    ),
    "file": ("written to: {file}", "geschrieben in: {file}"),
    "hash": (
        "this record has the SHA-256 {hash}, not {given}: what was read is another record",
        "diese Ergebnisdatei hat die SHA-256-Summe {hash}, nicht {given}: Gelesen wurde eine andere",
    ),
    "role": (
        "the policy {policy} has no role '{role}'; it has: {known}",
        "die Richtlinie {policy} kennt die Rolle '{role}' nicht; sie kennt: {known}",
    ),
    "second-role": (
        "{person} has already signed this record as {other}: no person signs in two roles",
        "{person} hat diese Ergebnisdatei bereits als {other} unterzeichnet: keine Person in zwei Rollen",
    ),
    "no-reason": (
        "the rule result is {result}: whoever releases against it gives the reason in writing, with --reason",
        "das Regelergebnis ist {result}: Wer dagegen freigibt, begründet das schriftlich, mit --reason",
    ),
    "too-early": (
        "too early to count: {system} goes live on {day}; sign from {first} on, {most} days before",
        "zählt noch nicht: {system} geht am {day} in Betrieb; unterzeichnen ab {first}, {most} Tage davor",
    ),
    "no-effect": ("this sign-off would not count: {flaw}", "diese Unterschrift würde nicht zählen: {flaw}"),
    "interrupted": (
        "run {run} was interrupted: nothing can be released on it",
        "Lauf {run} wurde abgebrochen: Darauf gestützt kann nichts freigegeben werden",
    ),
}


@click.command()
@records.argument
@click.option("--role", required=True, help="Role you decide in: `policies show` lists those that must sign.")
@click.option("--person", required=True, metavar="NAME", help="Your full name.")
@click.option(
    "--decision",
    required=True,
    type=click.Choice([str(choice) for choice in Choice]),
    help="Release as the rules say, release with conditions, or no release.",
)
@click.option("--comment", help="A remark for the report.")
@click.option("--reason", help="Why you release against the rule result; printed in the report.")
@click.option("--sha256", "read", metavar="HEX", help="Of the record you have read, as its report prints it.")
@pens.options
@releases.system_option
@options.lang
@options.home
def command(
    record: Path,
    role: str,
    person: str,
    decision: str,
    comment: str | None,
    reason: str | None,
    read: str | None,
    key: str | None,
    passphrase: str | None,
    system_file: Path | None,
    language: Language,
    home: Path | None,
) -> None:
    """
    Decide about exactly one record, in one role.

    RECORD is the folder of a run, or the id of a kept one. An entry bound to the record's SHA-256 is
    added to `sign-offs.yaml` beside the system file. A decision that would not count is refused: a
    second role, a release against the rules without a reason, too long before going live.
    """
    kept = records.opened(record, home)
    system, rule = kept.record.system.system, kept.record.policy.rule
    words = words_in(language, rule.zone)
    if read is not None and read.strip().lower().removeprefix("sha256:") != kept.sha256:
        _refuse(words, "hash", hash=kept.sha256, given=read)
    base = home or records_home(os.environ)
    handed = releases.handed_over(base, system, system_file)
    if handed is None:
        raise click.UsageError(visible(said("no-file", language, system=system)))
    at = now()
    try:
        mine = SignOff(
            role=role,
            person=person,
            date=_today(at, rule.zone),
            decision=Choice(decision),
            record_sha256=kept.sha256,
            run=kept.record.origin.run,
            reason=reason,
            comment=comment,
        )
    except FieldError as error:
        raise click.UsageError(visible(f"--{error.field}: {error.problem}")) from None
    if mine.decision is not Choice.NO and (told := nobody(person)):
        raise click.UsageError(visible(f"--person: {told}"))
    _check(mine, kept, handed, words)
    pen, seal = pens.pen(key, passphrase, home, system, language), None
    if pen is not None:
        unsigned = mine
        signature, seal = pen.sign(unsigned, lambda made: replace(unsigned, signature=made))
        mine = replace(unsigned, signature=signature)
    stands = releases.release_of(kept.record, kept.sha256, handed.with_one_more(mine, seal), at)
    _check_weight(mine, stands, words)

    from readiness_audit.content.sign_offs import with_sign_off
    from readiness_audit.content.yaml_tree import LARGEST_TEXT

    change(handed.file, lambda raw: with_sign_off(raw, mine, handed.file), LARGEST_TEXT)
    releases.note_no(base, system, [mine])
    titles = {each.role: words.text(each.title) for each in rule.sign_offs}
    result = words.say(f"result.{kept.record.decision.result}")
    choice = words.say(f"choice.{mine.decision}")
    for line in (
        _say(words, "signed", person=person, role=f"{titles[role]} ({role})", choice=choice),
        _say(words, "record", run=mine.run, result=result, hash=kept.sha256),
        _say(words, "file", file=str(handed.file)),
        release_line(kept.record, stands, words),
    ):
        click.echo(visible(line))


def _today(at: datetime, zone: str) -> date:
    return at.astimezone(ZoneInfo(zone)).date()


def _check(mine: SignOff, kept: Kept, handed: releases.HandedOver, words: Words) -> None:
    """Refuse what has nothing to do with the other sign-offs, and a person's second role."""
    policy = kept.record.policy
    known = [role.role for role in policy.rule.sign_offs]
    if mine.role not in known:
        _refuse(words, "role", policy=policy.policy, role=mine.role, known=", ".join(known))
    if not kept.record.origin.complete:
        _refuse(words, "interrupted", run=mine.run)
    _check_day(mine, kept, words)
    for each in handed.sign_offs:
        bound = each.record_sha256 == mine.record_sha256 and each.role in known
        if bound and each.role != mine.role and same_person(each.person, mine.person):
            _refuse(words, "second-role", person=mine.person, other=each.role)


def _check_day(mine: SignOff, kept: Kept, words: Words) -> None:
    """Say from which day on a sign-off counts; a no is heard on any day."""
    system, most = kept.record.system, kept.record.policy.rule.sign_off_days_at_most
    if system.go_live is None or mine.decision is Choice.NO:
        return
    first = date.fromordinal(system.go_live.toordinal() - most)
    if mine.date < first:
        days = {"day": words.day(system.go_live), "first": words.day(first)}
        _refuse(words, "too-early", system=system.title, most=str(most), **days)


def _check_weight(mine: SignOff, stands: Release, words: Words) -> None:
    """Refuse what would not count; a no is heard in any case."""
    flaw = next(item.flaw for item in stands.sign_offs if item.sign_off == mine)
    if flaw is None or flaw in _HARMLESS or mine.decision is Choice.NO:
        return
    if flaw is Flaw.NO_REASON:
        _refuse(words, "no-reason", result=words.say(f"result.{stands.rule_result}"))
    _refuse(words, "no-effect", flaw=words.say(f"flaw.{flaw}"))


def _refuse(words: Words, key: str, **values: str) -> NoReturn:
    raise click.UsageError(visible(_say(words, key, **values)))


def _say(words: Words, key: str, **values: str) -> str:
    return fill(_WORDS[key][words.language is Language.DE], values)
