"""`readiness-audit policies`: list and show policies."""

from __future__ import annotations

from pathlib import Path

import click

from readiness_audit.cli import options
from readiness_audit.cli.loading import load_content
from readiness_audit.model.policy import InForce
from readiness_audit.model.texts import Language
from readiness_audit.rendering.safe import visible
from readiness_audit.rendering.telling import criteria
from readiness_audit.rendering.words import Words, words_in
from readiness_audit.stages.resolve import resolve

_WORDS = {
    "checks": ("Checks", "Prüfungen"),
    "changed": ("Differs from the checks' own defaults", "Weicht von den Vorgaben der Prüfungen ab"),
    "left": ("Does without", "Verzichtet auf"),
    "rule": ("The decision", "Die Entscheidung"),
    "extends": ("extends", "erweitert"),
}


@click.group()
def command() -> None:
    """List and show policies."""


@command.command(name="list")
@options.content
@options.lang
def list_policies(content: tuple[Path, ...], language: Language) -> None:
    """List every policy: id, edition, how many checks it asks, and title."""
    loaded = load_content(content)
    for name, policy in sorted(loaded.policies.items()):
        asked = len(resolve(name, loaded.policies, loaded.catalogue).checks)
        title = policy.title.said(language)
        click.echo(visible(f"{name:<24} {policy.edition:<12} {asked:>4}  {title}"))


@command.command(name="show")
@options.content
@options.lang
@click.argument("policy")
def show_policy(content: tuple[Path, ...], language: Language, policy: str) -> None:
    """Show POLICY worked out: every check it asks, what it changes and why, and its rule."""
    loaded = load_content(content)
    in_force = resolve(policy, loaded.policies, loaded.catalogue)
    words = words_in(language, "UTC")
    written = loaded.policies[policy]
    lines = [f"{policy}@{in_force.edition}: {in_force.title.said(language)}"]
    if written.extends:
        lines.append(f"{_say(words, 'extends')} {written.extends}")
    lines += ["", " ".join(written.why.said(language).split()), "", *_told(in_force, words)]
    for line in lines:
        click.echo(visible(line))


def _say(words: Words, key: str) -> str:
    return _WORDS[key][words.language is Language.DE]


def _told(in_force: InForce, words: Words) -> list[str]:
    lines = [f"{_say(words, 'checks')}: {len(in_force.checks)}"]
    for check in in_force.checks:
        title = words.text(check.title)
        lines.append(f"  {check.id:<32} {check.severity:<8} {check.stage:<10} {check.point:>2}  {title}")
    if in_force.changed:
        lines += ["", f"{_say(words, 'changed')}: {len(in_force.changed)}"]
        lines += [
            f"  {each.check}: {each.what} {each.default} -> {each.now}: {' '.join(each.because.split())}"
            for each in in_force.changed
        ]
    if in_force.left_out:
        lines += ["", f"{_say(words, 'left')}: {len(in_force.left_out)}"]
        lines += [f"  {each.check}: {' '.join(each.because.split())}" for each in in_force.left_out]
    lines += ["", f"{_say(words, 'rule')}:"]
    lines += [f"  {each.label}: {each.value}" for each in criteria(in_force.rule, words)]
    return lines
