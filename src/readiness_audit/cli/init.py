"""`readiness-audit init`: write a first system file."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TypeVar

import click

from readiness_audit.cli import options
from readiness_audit.cli.clock import now
from readiness_audit.cli.new_system import SYSTEM, Answers, files
from readiness_audit.cli.writing import write_new
from readiness_audit.errors import ContentError, FieldError
from readiness_audit.model import grammar
from readiness_audit.model.system import Stage, System, Trait
from readiness_audit.model.target import Endpoint, Host
from readiness_audit.model.texts import Language
from readiness_audit.rendering.safe import visible

T = TypeVar("T")

_ASKS = {
    "system": ("Id of the system (a-z, 0-9, '-')", "Kennung des Systems (a-z, 0-9, '-')"),
    "title": ("Its name, as people call it", "Sein Name, wie ihn alle kennen"),
    "owner": ("Who answers for it (name, role)", "Wer verantwortlich ist (Name, Rolle)"),
    "stage": ("Stage (pilot, rollout, operation)", "Stufe (pilot, rollout, operation)"),
    "go_live": (
        "Day it goes live (2026-12-31, empty: open)",
        "Tag der Inbetriebnahme (31.12.2026, leer: offen)",
    ),
    "internet-facing": ("Can it be reached from the internet?", "Ist es aus dem Internet erreichbar?"),
    "personal-data": ("Does it hold personal data?", "Enthält es personenbezogene Daten?"),
    "own-code": ("Is its code your own?", "Gehört selbst geschriebener Quelltext dazu?"),
    "database": ("Does it have a database of its own?", "Hat es eine eigene Datenbank?"),
    "endpoint": (
        "Host name of its web address, without https:// (empty: none)",
        "Rechnername der Webadresse, ohne https:// (leer: keine)",
    ),
    "hosts": (
        "Its computers, names or addresses between blanks or commas (empty: none)",
        "Seine Rechner, Namen oder Adressen durch Leerzeichen oder Komma getrennt (leer: keine)",
    ),
    "backup": (
        "Folder the backups are kept in, as an absolute path (empty: not here)",
        "Ordner der Sicherungen als absoluter Pfad (leer: nicht hier)",
    ),
}
_WRONG = {
    "system": (
        "please a-z, 0-9, '.', '_' and '-' only, at most 64 characters",
        "bitte nur a-z, 0-9, '.', '_' und '-', höchstens 64 Zeichen",
    ),
    "title": ("please one line of printable text", "bitte eine Zeile Text"),
    "owner": ("please one line of printable text", "bitte eine Zeile Text"),
    "stage": (
        "please pilot (a few try it), rollout (everybody gets it) or operation (it runs)",
        "bitte pilot (Pilotbetrieb), rollout (Einführung) oder operation (Regelbetrieb)",
    ),
    "go_live": (
        "please a day there is, as 2026-12-31 or 31.12.2026",
        "bitte ein Tag, den es gibt, als 2026-12-31 oder 31.12.2026",
    ),
    "endpoint": (
        "please a name or address only, such as portal.example.org, without port and path",
        "bitte nur ein Name oder eine Adresse wie portal.example.org, ohne Port und Pfad",
    ),
    "hosts": (
        "please names or addresses only, such as app-1.example.org 192.0.2.5",
        "bitte nur Namen oder Adressen wie app-1.example.org 192.0.2.5",
    ),
    "backup": (
        "please a path from the root, such as /srv/backups, without '.' and '..'",
        "bitte ein Pfad ab der Wurzel wie /srv/backups, ohne '.' und '..'",
    ),
    "yes-no": ("please y or n", "bitte j oder n"),
}
_YES_NO = ("[y/N]", "[j/N]")
_ANSWERS = {
    "": False,
    **dict.fromkeys(("n", "no", "nein"), False),
    **dict.fromkeys(("y", "yes", "j", "ja"), True),
}
_DEFAULTS = {
    "system": ("my-system", "mein-system"),
    "title": ("My system", "Mein System"),
    "owner": ("Erika Mustermann, sales", "Erika Mustermann, Vertrieb"),
}
_NEXT = (
    "Next: fill in {file} and the registers beside it, then: readiness-audit doctor {file}",
    "Als Nächstes {file} und die Register daneben ausfüllen, dann: readiness-audit doctor {file}",
)
_ASKED_TRAITS = (Trait.INTERNET_FACING, Trait.PERSONAL_DATA, Trait.OWN_CODE, Trait.DATABASE)
_HTTPS = 443


@click.command()
@click.argument("path", type=click.Path(file_okay=False, path_type=Path), default=".")
@click.option("--defaults", is_flag=True, help="Ask nothing; write a file to be filled in.")
@click.option(
    "--from-nmap", "nmap", type=click.Path(path_type=Path), metavar="FILE", help="Take hosts from nmap's XML."
)
@click.option(
    "--from-inventory",
    "inventory",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Take hosts from an Ansible inventory (INI or YAML).",
)
@options.lang
def command(
    path: Path,
    defaults: bool,
    nmap: Path | None,
    inventory: Path | None,
    language: Language,
) -> None:
    """
    Write a first system file.

    Into the folder PATH come system.yaml with its explanations, its schema for editors, and
    evidence/ with an empty register of every type. Nothing that is there is replaced.
    """
    from readiness_audit.content.hosts import hosts_from_inventory, hosts_from_nmap
    from readiness_audit.content.shape import shape
    from readiness_audit.content.yaml_tree import parse_yaml

    hosts = (
        *(hosts_from_nmap(nmap) if nmap else ()),
        *(hosts_from_inventory(inventory) if inventory else ()),
    )
    asker = _Asker(language, asks=not defaults)
    if asker.asks and not sys.stdin.isatty():
        raise click.UsageError("nobody can be asked here: say --defaults, and fill the file in afterwards")
    today = now().date()
    answers = asker.answers(hosts)
    made = {path / name: data for name, data in files(answers, language, today).items()}
    # What is written must be what we ourselves would accept.
    shape(parse_yaml(made[path / SYSTEM], path / SYSTEM), System)
    write_new(made)
    for name in made:
        click.echo(visible(str(name)))
    told = _NEXT[language is Language.DE].replace("{file}", str(path / SYSTEM))
    click.echo(visible(told), err=True)


class _Asker:
    """Asks a person, or takes the defaults."""

    def __init__(self, language: Language, *, asks: bool) -> None:
        self._language = language
        self.asks = asks

    def answers(self, hosts: tuple[Host, ...]) -> Answers:
        """Ask for everything that was not imported."""
        system = self._ask("system", self._default("system"), _name)
        title = self._ask("title", self._default("title"), _line)
        owner = self._ask("owner", self._default("owner"), _line)
        stage = self._ask("stage", Stage.PILOT.value, Stage)
        go_live = self._ask("go_live", "", _day)
        traits = tuple(trait for trait in _ASKED_TRAITS if self._confirm(trait))
        endpoint = self._ask("endpoint", "", _endpoint)
        return Answers(
            system=system,
            title=title,
            owner=owner,
            stage=stage,
            go_live=go_live,
            traits=traits,
            hosts=hosts or self._ask("hosts", "", _hosts),
            endpoints=(endpoint,) if endpoint else (),
            backup=self._ask("backup", "", _folder),
        )

    def _default(self, key: str) -> str:
        return _DEFAULTS[key][self._language is Language.DE]

    def _ask(self, key: str, default: str, read: Callable[[str], T]) -> T:
        if not self.asks:
            return read(default)
        return self._asked(self._say(_ASKS[key]), key, default, read)

    def _confirm(self, trait: Trait) -> bool:
        if not self.asks:
            return False
        question = f"{self._say(_ASKS[trait])} {self._say(_YES_NO)}"
        return self._asked(question, "yes-no", "", _yes_or_no)

    def _asked(self, question: str, key: str, default: str, read: Callable[[str], T]) -> T:
        while True:
            given: str = click.prompt(question, default=default, show_default=bool(default), err=True)
            try:
                return read(given.strip())
            except (ValueError, ContentError):
                click.echo(f"  {self._say(_WRONG[key])}", err=True)

    def _say(self, said: tuple[str, str]) -> str:
        return said[self._language is Language.DE]


def _yes_or_no(given: str) -> bool:
    if given.casefold() not in _ANSWERS:
        raise ValueError(given)
    return _ANSWERS[given.casefold()]


def _name(given: str) -> str:
    grammar.check_name("system", given)
    return given


def _line(given: str) -> str:
    grammar.check_line("text", given)
    return given


def _day(given: str) -> date | None:
    if german := re.fullmatch(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})", given, re.ASCII):
        day, month, year = map(int, german.groups())
        return date(year, month, day)
    if given and not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", given, re.ASCII):
        raise FieldError("go_live", f"{given!r} is not a day such as 2026-12-31")
    return date.fromisoformat(given) if given else None


def _endpoint(given: str) -> Endpoint | None:
    # People paste what stands in the browser.
    host = given.removeprefix("https://").removesuffix("/")
    return Endpoint(kind="endpoint", id="web", host=host, port=_HTTPS, protocol="https") if host else None


def _hosts(given: str) -> tuple[Host, ...]:
    return tuple(
        Host(kind="host", id=f"host-{number}", host=name)
        for number, name in enumerate(given.replace(",", " ").split(), 1)
    )


def _folder(given: str) -> str | None:
    if given:
        grammar.check_absolute("path", given)
    return given or None
