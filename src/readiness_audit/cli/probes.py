"""`readiness-audit probes`: list probes and views, and show what they see."""

from __future__ import annotations

import click

from readiness_audit.cli.references import sources
from readiness_audit.errors import PlanError
from readiness_audit.rendering.reference import source_section


@click.group()
def command() -> None:
    """List probes and views, and show what they see."""


@command.command(name="list")
def list_probes() -> None:
    """List every probe and view: its name, what it asks, and what it sees."""
    for name, source in sources().items():
        click.echo(f"{name:<24} {source.about} ({source.asks.replace('`', '')})")


@command.command(name="show")
@click.argument("probe")
def show_probe(probe: str) -> None:
    """Show every fact that PROBE, a probe or view, brings back, for those who write checks."""
    known = sources()
    if probe not in known:
        raise PlanError(f"there is no probe or view called {probe!r}; known: {', '.join(known)}")
    click.echo(source_section(known[probe]))
