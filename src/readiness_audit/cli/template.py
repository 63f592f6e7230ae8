"""`readiness-audit template`: write an empty register to fill in."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from readiness_audit.cli import options
from readiness_audit.cli.skeletons import SKELETONS, skeleton
from readiness_audit.cli.writing import write_new
from readiness_audit.model.register_type import RegisterType
from readiness_audit.model.texts import Language

HOST_SCRIPT = "host-script"
NAMES = sorted([*(register.value for register in RegisterType), *SKELETONS, HOST_SCRIPT])
_FORMATS = ("csv", "xlsx", "yaml")


@click.command()
@click.argument("register", type=click.Choice(NAMES), metavar="TYPE")
@click.option(
    "--format",
    "format_",
    type=click.Choice(_FORMATS),
    help="By default, what the ending of --out says; else YAML for statements and agreements, and CSV.",
)
@click.option(
    "--out", type=click.Path(path_type=Path), help="Write this new file instead of to standard output."
)
@options.lang
def command(register: str, format_: str | None, out: Path | None, language: Language) -> None:
    """
    Write an empty register to fill in.

    TYPE is attestations, conditions, waivers, or a type of register in the system file, such as
    accounts, persons and risks; a wrong one is answered with the list. host-script is the script
    that reads a host from inside, to be run there by hand: sudo sh host.sh > host.txt

    Its columns are those the checks read, with their meaning and an example above the header,
    where they are no evidence. CSV is made for the spreadsheet program of the language: with
    `;` in German. XLSX offers the words to choose from.
    """
    chosen = _format(register, format_, out)
    data = _host_script() if register == HOST_SCRIPT else made(register, chosen, language)
    if out is not None:
        write_new({out: data})
        click.echo(f"written: {out}", err=True)
    elif chosen == "xlsx" and sys.stdout.isatty():
        raise click.UsageError("a spreadsheet is nothing to look at in a terminal: name a file with --out")
    else:
        click.echo(data, nl=False)


def _host_script() -> bytes:
    from readiness_audit.probes.host.seeing import script

    return script()


def made(register: str, format_: str, language: Language) -> bytes:
    """Give an empty register in a format."""
    if register in SKELETONS:
        return skeleton(register, language)
    from readiness_audit.cli.forms import form_of
    from readiness_audit.rendering.spreadsheet import csv_form, xlsx_form

    form = form_of(RegisterType(register), language)
    return xlsx_form(form, language) if format_ == "xlsx" else csv_form(form, language)


def _format(register: str, format_: str | None, out: Path | None) -> str:
    only = "yaml" if register in SKELETONS else None
    if register == HOST_SCRIPT:
        if format_:
            raise click.UsageError("the script for hosts has one form only: leave --format out")
        return "sh"
    ending = out.suffix.removeprefix(".").casefold() if out is not None else ""
    chosen = format_ or (ending if ending in _FORMATS else only or "csv")
    if only and chosen != only:
        raise click.UsageError(f"{register} are written as YAML: leave --format out, or say --format yaml")
    if not only and chosen == "yaml":
        raise click.UsageError("a register is written as csv or xlsx")
    return chosen
