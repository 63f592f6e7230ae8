"""`readiness-audit accept`: turn open major deviations of a run into conditions."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from readiness_audit.cli import agreeing, options, records, releases
from readiness_audit.cli import pen as pens
from readiness_audit.cli.agreeing import said
from readiness_audit.cli.pen import Pen
from readiness_audit.errors import PlanError
from readiness_audit.ledger.home import records_home, remembered_system_file
from readiness_audit.model.check import Severity
from readiness_audit.model.governance import IN_FORCE, Condition
from readiness_audit.model.plain import to_plain
from readiness_audit.model.record import Record
from readiness_audit.model.seal import Seal
from readiness_audit.model.signed import seals_of
from readiness_audit.model.standing import Yardstick, condition_standing
from readiness_audit.model.texts import Language
from readiness_audit.model.verdict import Outcome
from readiness_audit.rendering.safe import visible
from readiness_audit.rendering.words import words_in

_NAMED = 20
_OPEN = frozenset({Outcome.FAIL, Outcome.NOT_ASSESSED, Outcome.STALE})


@click.command()
@records.argument
@releases.system_option
@click.option("--owner", required=True, help="Who mends it.")
@click.option("--due", required=True, callback=agreeing.read_day, help="By which day, that day included.")
@click.option("--approved-by", "approver", required=True, help="Who agrees; not the owner.")
@click.option("--check", "checks", multiple=True, help="Only this check; may be repeated.")
@click.option("--target", "targets", multiple=True, help="Only on this target; may be repeated.")
@click.option("--demand", help="What has to be done; by default, what the check itself recommends.")
@pens.options
@options.lang
@options.home
def command(
    record: Path,
    system_file: Path | None,
    owner: str,
    due: date,
    approver: str,
    checks: tuple[str, ...],
    targets: tuple[str, ...],
    demand: str | None,
    key: str | None,
    passphrase: str | None,
    language: Language,
    home: Path | None,
) -> None:
    """
    Turn open major deviations of a run into conditions.

    RECORD is the folder of a run, or the id of a kept one. The conditions are written into
    conditions.yaml beside the system file, for the next run to go by; what you wrote there stays as
    it is. A blocker cannot be settled so, and what would have no effect is refused.
    """
    from readiness_audit.cli.clock import now
    from readiness_audit.cli.loading import load_subject
    from readiness_audit.content.governance import CONDITIONS

    kept = records.opened(record, home).record
    base = home or records_home(os.environ)
    system = system_file or remembered_system_file(base, kept.system.system)
    if system is None:
        raise PlanError(said("no-file", language, system=kept.system.system))
    subject = load_subject(system, home)
    if subject.system.system != kept.system.system:
        names = {"record": kept.system.system, "system": subject.system.system}
        raise PlanError(said("another", language, file=str(system), **names))
    rule = kept.policy.rule
    pen = pens.pen(key, passphrase, home, subject.system.system, language)
    today = now().astimezone(ZoneInfo(rule.zone)).date()
    by = Yardstick(rule=rule, today=today, seals=seals_of(subject.governance))
    file = system.resolve().parent / (subject.system.conditions or CONDITIONS)
    every = _majors(kept)
    if len(every) > rule.conditions_at_most:
        shown = [f"{check} ({target})" if target else check for check, target in every[:_NAMED]]
        told = ", ".join(shown) + (" ..." if len(every) > _NAMED else "")
        most = str(rule.conditions_at_most)
        raise PlanError(said("too-many", language, n=str(len(every)), most=most, open=told))
    wanted = [
        (check, target)
        for check, target in every
        if (not checks or check in checks) and (not targets or target in targets)
    ]
    named = f" ({', '.join((*checks, *targets))})" if checks or targets else ""
    if not wanted:
        raise PlanError(said("no-major", language, named=named))
    there = {
        (known.check, known.target)
        for known in subject.governance.conditions
        if condition_standing(known, Severity.MAJOR, by, covers=1).state in IN_FORCE
    }
    made = [
        _condition(kept, spot, owner, due, approver, demand, language) for spot in wanted if spot not in there
    ]
    if not made:
        raise PlanError(said("settled", language, file=str(file)))
    if pen is not None:
        signed = [_signed(condition, pen) for condition in made]
        made = [condition for condition, _ in signed]
        by = replace(by, seals={**by.seals, **dict(signed)})
    for condition in made:
        _refuse_nonsense(condition, by, language)
    plain = [to_plain(condition) for condition in made]
    entries = [
        {k: v for k, v in entry.items() if v is not None} for entry in plain if isinstance(entry, dict)
    ]
    agreeing.append(file, "conditions", *entries)
    for condition in made:
        about = f"{condition.check} ({condition.target or '-'})"
        click.echo(visible(f"{about}: {condition.demand} {condition.owner}, {condition.due}"))
    click.echo(visible(said("accepted", language, n=str(len(made)), file=str(file))), err=True)


def _majors(record: Record) -> list[tuple[str, str]]:
    """Give check and target of everything rated major that is open and not waived."""
    majors = {check.id for check in record.policy.checks if check.severity is Severity.MAJOR}
    waived = {(each.check, each.target) for each in record.decision.waived}
    return [
        (verdict.check, verdict.target)
        for verdict in record.verdicts
        if verdict.counts and verdict.outcome in _OPEN and verdict.check in majors
        if (verdict.check, verdict.target) not in waived
    ]


def _condition(
    record: Record,
    spot: tuple[str, str],
    owner: str,
    due: date,
    approver: str,
    demand: str | None,
    language: Language,
) -> Condition:
    from readiness_audit.rendering.reading import first_line

    check = next(check for check in record.policy.checks if check.id == spot[0])
    return agreeing.formed(
        lambda: Condition(
            check=spot[0],
            target=spot[1],
            owner=owner,
            due=due,
            approved_by=approver,
            demand=demand or first_line(check.fix.said(language)),
        )
    )


def _signed(condition: Condition, pen: Pen) -> tuple[Condition, Seal]:
    signature, seal = pen.sign(condition, lambda made: replace(condition, signature=made))
    return replace(condition, signature=signature), seal


def _refuse_nonsense(condition: Condition, by: Yardstick, language: Language) -> None:
    standing = condition_standing(condition, Severity.MAJOR, by, covers=1)
    if standing.state in IN_FORCE:
        return
    words = words_in(language, by.rule.zone)
    why = words.say(f"refusal.{standing.refusal}") if standing.refusal else words.say("state.expired")
    about = {"check": condition.check, "target": condition.target or words.say("say.whole-system")}
    raise PlanError(said("condition-refused", language, why=why, **about))
