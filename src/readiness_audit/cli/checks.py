"""`readiness-audit checks`: list, show, lint and test checks."""

from __future__ import annotations

from pathlib import Path

import click

from readiness_audit.cli import options
from readiness_audit.cli.loading import load_content, located, senses
from readiness_audit.errors import ContentError, PlanError
from readiness_audit.model.texts import Language
from readiness_audit.rendering.safe import visible, visible_block


@click.group()
def command() -> None:
    """List, show, lint and test checks."""


@command.command(name="list")
@options.content
@click.option("--probe", metavar="NAME", help="Only those that ask this probe or view, such as attestation.")
@options.lang
def list_checks(content: tuple[Path, ...], probe: str | None, language: Language) -> None:
    """List every check: id, severity, stage, point and title."""
    for name, check in sorted(load_content(content).catalogue.items()):
        if probe is not None and probe not in {check.probe, check.view}:
            continue
        title = check.title.said(language)
        click.echo(visible(f"{name:<32} {check.severity:<8} {check.stage:<10} {check.point:>2}  {title}"))


@command.command(name="show")
@options.content
@options.lang
@click.argument("check")
def show_check(content: tuple[Path, ...], language: Language, check: str) -> None:
    """Show CHECK: what it asks, why, how to see for yourself, how to fix it, and its cases."""
    from readiness_audit.cli.explain import explained

    click.echo(visible_block(explained(check, load_content(content), language)), nl=False)


@command.command(name="lint")
@options.content
def lint_checks(content: tuple[Path, ...]) -> None:
    """Examine every check: keys, texts, and the names and types in its expressions."""
    from readiness_audit.stages.prove import Prover

    prover = Prover(senses().probes, senses().views)
    checks = load_content(content).checks
    problems = [problem for read in checks.values() for problem in located(read, prover.examine(read.check))]
    if problems:
        raise ContentError(problems)
    click.echo(f"checks: {len(checks)}, no fault")


@command.command(name="test")
@options.content
@click.argument("check", required=False)
def test_checks(content: tuple[Path, ...], check: str | None) -> None:
    """Hold every check, or CHECK, to its own cases, and withdraw its evidence."""
    from readiness_audit.stages.prove import Prover

    prover = Prover(senses().probes, senses().views)
    checks = load_content(content).checks
    if check is not None and check not in checks:
        raise PlanError(f"there is no check called {check!r}")
    chosen = [read for name, read in checks.items() if check in {None, name}]
    problems = []
    for read in chosen:
        faults = prover.examine(read.check) or prover.prove(read.check)
        problems += located(read, faults)
    if problems:
        raise ContentError(problems)
    cases = sum(len(read.check.cases) for read in chosen)
    click.echo(
        f"checks: {len(chosen)}, cases: {cases}, evidence withdrawn: {len(chosen)} times; all as they say"
    )
