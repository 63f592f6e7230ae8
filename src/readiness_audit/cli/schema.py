"""`readiness-audit schema`: print the JSON Schema of a file, for editors."""

from __future__ import annotations

import json

import click

from readiness_audit.cli.schemas import KINDS, schema_of


@click.command()
@click.argument("kind", type=click.Choice(sorted(KINDS)))
def command(kind: str) -> None:
    """
    Print the JSON Schema of a file, for editors.

    Save it, and name it in the first line of your file:
    `# yaml-language-server: $schema=system.schema.json`.
    """
    click.echo(json.dumps(schema_of(kind), indent=2, ensure_ascii=False))
