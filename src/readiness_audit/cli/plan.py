"""`readiness-audit plan`: show what a run would look at and ask; nothing is sent."""

from __future__ import annotations

from pathlib import Path

import click

from readiness_audit.cli import options
from readiness_audit.cli.loading import load_content, load_subject, policy_in_force, senses
from readiness_audit.model.plan import Plan
from readiness_audit.model.system import System
from readiness_audit.model.texts import Language
from readiness_audit.rendering.safe import visible

_WORDS = {
    "looks": ("Looks", "Erhebungen"),
    "network": ("in the network", "im Netz"),
    "passwords": ("only with run --default-credentials", "nur mit run --default-credentials"),
    "nothing": ("nothing", "nichts"),
    "checks": ("Checks", "Prüfungen"),
    "previews": ("of them previews of later stages", "davon Vorschau auf spätere Stufen"),
    "preview": ("preview", "Vorschau"),
    "cannot": ("Cannot be assessed here", "Hier nicht prüfbar"),
    "aside": ("Set aside", "Entbehrlich"),
    "applies": ("behind each, where it applies", "dahinter jeweils, wann die Prüfung gilt"),
    "scope": ("Authorised", "Prüfgenehmigung"),
    "granted": ("{targets} from {start} until {end}", "{targets} von {start} bis {end}"),
    "none": ("none: no packet is sent", "keine: es wird kein Paket gesendet"),
}


@click.command()
@options.system
@options.policy
@options.content
@options.lang
def command(system: Path, policy: str, content: tuple[Path, ...], language: Language) -> None:
    """
    Show what a run would look at and ask; nothing is sent.

    SYSTEM is a system file. Nothing is opened or started either. What cannot be assessed because
    nothing is declared for it, and what is set aside and why, is listed as well.
    """
    from readiness_audit.stages.plan import plan

    subject = load_subject(system)
    in_force = policy_in_force(policy, load_content(content))
    made = plan(subject.system, in_force, senses().probes, senses().views)
    for line in _told(made, subject.system, language, in_force.rule.zone):
        click.echo(visible(line))


def _told(made: Plan, system: System, language: Language, zone: str) -> list[str]:
    from readiness_audit.cli.gaps import gaps, unasked
    from readiness_audit.rendering.plainly import set_aside_by
    from readiness_audit.rendering.words import fill, words_in

    def say(key: str) -> str:
        return _WORDS[key][language is Language.DE]

    words = words_in(language, zone)
    granted = system.authorisation
    scope = say("none")
    if granted:
        start, end = words.moment(granted.valid_from), words.moment(granted.valid_until)
        scope = fill(say("granted"), {"targets": ", ".join(granted.targets), "start": start, "end": end})
    lines = [f"{say('scope')}: {scope}", f"{say('looks')}: {len(made.looks)}"]
    for look in made.looks:
        where = f" ({say('network')})" if senses().probes[look.probe].network else ""
        where += f" ({say('passwords')})" if senses().probes[look.probe].tries_passwords else ""
        lines.append(f"  {look.id}{where}")
    asked = [step for step in made.steps if not step.lacks]
    lacking = [step for step in made.steps if step.lacks]
    previews = sum(not step.counts for step in asked)
    lines.append(f"{say('checks')}: {len(asked)} ({previews} {say('previews')})")
    preview = f" ({say('preview')})"
    lines += [f"  {step.check}  {step.target}{'' if step.counts else preview}" for step in asked]
    lines.append(f"{say('cannot')}: {len(lacking)}")
    lines += gaps(made, system, language, {})
    if told := unasked(made, system, language):
        lines.append(told)
    lines.append(f"{say('aside')}: {len(made.set_aside)} ({say('applies')})")
    lines += [f"  {aside.check}  {set_aside_by(aside.because, words)}" for aside in made.set_aside]
    return lines
