"""`readiness-audit doctor`: say what is missing here, and what cannot be assessed because of it."""

from __future__ import annotations

import os
import platform
import tempfile
import zoneinfo
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from readiness_audit import __version__
from readiness_audit.cli import options
from readiness_audit.cli.clock import now
from readiness_audit.cli.exits import Exit
from readiness_audit.cli.loading import load_content, load_subject, policy_in_force, senses
from readiness_audit.ledger.home import records_home
from readiness_audit.model.check import Catalogue
from readiness_audit.model.policy import InForce
from readiness_audit.model.texts import Language
from readiness_audit.rendering.safe import visible
from readiness_audit.rendering.words import fill

if TYPE_CHECKING:
    from readiness_audit.cli.parts import Found

_WORDS = {
    "there": ("ok", "vorhanden"),
    "missing": ("missing", "fehlt"),
    "broken": ("BROKEN", "DEFEKT"),
    "without": ("needed for {what}; to install: {get}", "nötig für {what}; installieren: {get}"),
    "udp": (
        "nmap can try UDP ports from here (udp_ports of a host)",
        "nmap kann von hier UDP-Ports versuchen (udp_ports eines Rechners)",
    ),
    "no-udp": (
        "raw sockets for nmap (needed for udp_ports of a host; run as root, or grant CAP_NET_RAW)",
        "Raw-Sockets für nmap (nötig für udp_ports eines Rechners; als root oder mit CAP_NET_RAW)",
    ),
    "zones": ("time zone data", "Zeitzonendaten"),
    "no-zone": (
        "{zone} is not known: install the package tzdata",
        "{zone} ist nicht bekannt: das Paket tzdata installieren",
    ),
    "home": ("records are kept in {path}", "Ergebnisse werden in {path} aufbewahrt"),
    "no-home": (
        "{path} cannot be written: {problem}; change its owner, or set READINESS_AUDIT_HOME",
        "{path} ist nicht beschreibbar: {problem}; Besitz ändern oder READINESS_AUDIT_HOME setzen",
    ),
    "content": (
        "checks: {checks}, policies: {policies}, no fault in {policy}",
        "Prüfungen: {checks}, Richtlinien: {policies}, {policy} ohne Fehler",
    ),
    "all": (
        "Nothing that can be seen without looking keeps {system} from being assessed.",
        "Soweit ohne Erhebung zu sehen, steht der Prüfung von {system} nichts im Weg.",
    ),
    "cannot": (
        "Cannot be assessed for {system} as things stand: {n} of {all} checks on their targets",
        "Nach jetzigem Stand für {system} nicht prüfbar: {n} von {all} Prüfungen an ihren Zielen",
    ),
}


@click.command()
@click.argument("system", required=False, type=click.Path(dir_okay=False, path_type=Path))
@options.policy
@options.content
@options.home
@options.lang
@click.pass_context
def command(
    ctx: click.Context,
    system: Path | None,
    policy: str,
    content: tuple[Path, ...],
    home: Path | None,
    language: Language,
) -> None:
    """
    Say what is missing here, and what cannot be assessed because of it.

    With SYSTEM (a system file), also which of its checks. Nothing is sent. Ends with 1 where
    something is broken; what is only missing is no fault.
    """
    doctor = _Doctor(language)
    parts = doctor.look_round(home or records_home(os.environ))
    loaded = load_content(content)
    in_force = policy_in_force(policy, loaded)
    doctor.say(
        "there", "content", checks=str(len(loaded.checks)), policies=str(len(loaded.policies)), policy=policy
    )
    if system is not None:
        doctor.look_at_system(system, in_force, parts, loaded.catalogue)
    ctx.exit(Exit.TOOL_FAILED if doctor.broken else Exit.RELEASED)


class _Doctor:
    """Says what it sees, line by line, and remembers whether something is broken."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self.broken = False

    def say(self, state: str, key: str, **values: str) -> None:
        self._line(state, fill(self._word(key), values))

    def look_round(self, home: Path) -> Mapping[str, Found]:
        """Look at this machine, and give the optional parts by name."""
        from readiness_audit.cli.parts import PARTS, found
        from readiness_audit.probes.reach.process import find_program
        from readiness_audit.probes.reach.raw_sockets import may_open_raw_sockets

        self._line("there", f"readiness-audit {__version__}")
        self._line("there", f"Python {platform.python_version()} ({platform.system()} {platform.machine()})")
        self._zones("Europe/Berlin")
        self._home(home)
        parts = {part.name: found(part) for part in PARTS}
        for each in parts.values():
            self._part(each)
        if parts["nmap"].version:
            able = may_open_raw_sockets(find_program("nmap"))
            self.say("there" if able else "missing", "udp" if able else "no-udp")
        return parts

    def look_at_system(
        self, path: Path, policy: InForce, parts: Mapping[str, Found], catalogue: Catalogue
    ) -> None:
        """Say which checks cannot be assessed for a system, and why."""
        from readiness_audit.cli.gaps import gaps, unasked
        from readiness_audit.cli.obstacles import obstacles
        from readiness_audit.cli.statements import idle_statements
        from readiness_audit.stages.plan import plan

        subject = load_subject(path)
        made = plan(subject.system, policy, senses().probes, senses().views)
        in_the_way = obstacles(subject, made, parts, now())
        whys = {look: f"{look.id}: {told.said(self._language)}" for look, told in in_the_way.items()}
        by_look = {look.id: why for look, why in whys.items()}
        lost = sum(bool(step.lacks or any(look in whys for look in step.looks)) for step in made.steps)
        name = subject.system.system
        if told := unasked(made, subject.system, self._language):
            click.echo(visible(told))
        for idle in idle_statements(subject, catalogue, self._language):
            click.echo(visible(idle))
        if not lost:
            click.echo(visible(fill(self._word("all"), {"system": name})))
            return
        values = {"system": name, "n": str(lost), "all": str(len(made.steps))}
        click.echo(fill(self._word("cannot"), values))
        for line in gaps(made, subject.system, self._language, by_look):
            click.echo(visible(line))

    def _zones(self, zone: str) -> None:
        try:
            zoneinfo.ZoneInfo(zone)
        except (zoneinfo.ZoneInfoNotFoundError, OSError):
            self.say("broken", "no-zone", zone=zone)
        else:
            self.say("there", "zones")

    def _home(self, home: Path) -> None:
        # The nearest folder that is there decides: the rest is made when the first record is kept.
        nearest = next(folder for folder in (home, *home.parents) if folder.exists())
        try:
            with tempfile.TemporaryFile(dir=nearest):
                self.say("there", "home", path=str(home))
        except OSError as error:
            self.say("broken", "no-home", path=str(nearest), problem=error.strerror or str(error))

    def _part(self, each: Found) -> None:
        part = each.part
        if each.version:
            self._line("there", f"{part.name} {each.version}")
            return
        what = part.needed_for.said(self._language)
        without = fill(self._word("without"), {"what": what, "get": part.get})
        problem = f": {each.problem}" if each.problem else ""
        self._line("broken" if each.problem else "missing", f"{part.name}{problem} ({without})")

    def _line(self, state: str, text: str) -> None:
        self.broken = self.broken or state == "broken"
        click.echo(visible(f"{self._word(state):<10}{text}"))

    def _word(self, key: str) -> str:
        return _WORDS[key][self._language is Language.DE]
