"""Bring together what the reference tells of: checks and who uses them, probes, views, commands."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

import readiness_audit.cli
from readiness_audit.cli.exits import Exit
from readiness_audit.cli.loading import Content, senses
from readiness_audit.errors import PlanError
from readiness_audit.model.texts import Language
from readiness_audit.rendering.reference import Source, check_page, command_line_page, facts_page
from readiness_audit.stages.resolve import resolve

if TYPE_CHECKING:
    from readiness_audit.probes.probe import AnyProbe
    from readiness_audit.views.view import AnyView

_WIDTH = 100
_EXITS: Mapping[Exit, str] = {
    Exit.RELEASED: "GO or GO WITH CONDITIONS (`--strict` makes the latter 3); or it did what it was asked",
    Exit.TOOL_FAILED: "the tool failed: disk full, output closed",
    Exit.USED_WRONGLY: "used wrongly: flags, a system, policy, check or record file",
    Exit.NO_GO: "NO-GO; of `status`, also a release that has lapsed",
    Exit.INCONCLUSIVE: "INCONCLUSIVE: nothing that blocks failed, but something that blocks was not assessed",
    Exit.INTERRUPTED: "interrupted; what is known is recorded, marked incomplete",
}


def sources() -> dict[str, Source]:
    """Give every probe, then every view, by name."""
    probes = {name: _of_probe(probe) for name, probe in sorted(senses().probes.items())}
    return probes | {name: _of_view(view) for name, view in sorted(senses().views.items())}


def used_by(content: Content) -> dict[str, list[str]]:
    """Give, for each check, the policies that ask it. A policy that cannot be worked out asks nothing."""
    found: dict[str, list[str]] = {name: [] for name in content.checks}
    for name, policy in sorted(content.policies.items()):
        try:
            in_force = resolve(name, content.policies, content.catalogue)
        except PlanError:
            continue
        for check in in_force.checks:
            found[check.id].append(f"`{policy.policy}`")
    return found


def pages(content: Content) -> dict[str, str]:
    """Give every page of `docs/reference/`, by its path in there."""
    users = used_by(content)
    made = {
        f"checks/{name}.md": check_page(read.check, users[name], Language.EN)
        for name, read in sorted(content.checks.items())
    }
    made["facts.md"] = facts_page(sources().values())
    made["command-line.md"] = command_line_page(
        _helps(), [(int(each), said) for each, said in _EXITS.items()]
    )
    return made


def _of_probe(probe: AnyProbe) -> Source:
    narrowed = [f"{name} {' or '.join(values)}" for name, values in probe.only.items()]
    kind = probe.looks_at.__name__.lower()
    asks = f"a target of kind `{kind}`" + (f" with {', '.join(narrowed)}" if narrowed else "")
    if probe.network:
        asks += ", in the network"
    return Source(name=probe.name, about=_about(probe.sees), asks=asks, sees=probe.sees)


def _of_view(view: AnyView) -> Source:
    ways = (", ".join(f"`{need.probe}`" for need in needs) for needs in view.ways())
    return Source(
        name=view.name, about=_about(view.sees), asks=f"what {', or '.join(ways)} saw", sees=view.sees
    )


def _about(facts: type) -> str:
    return " ".join(inspect.cleandoc(facts.__doc__ or "").split("\n\n")[0].split())


def _helps() -> dict[str, str]:
    """Give the help of every command as a terminal of 100 columns shows it, whatever terminal this is."""
    found: dict[str, str] = {}

    def walk(command: click.Command, context: click.Context) -> None:
        found[context.command_path] = command.get_help(context)
        if isinstance(command, click.Group):
            for name in command.list_commands(context):
                inner = command.get_command(context, name)
                if inner is not None:
                    walk(inner, _context(inner, name, context))

    top = readiness_audit.cli.command
    walk(top, _context(top, "readiness-audit", None))
    return found


def _context(command: click.Command, name: str, parent: click.Context | None) -> click.Context:
    return click.Context(
        command,
        parent=parent,
        info_name=name,
        terminal_width=_WIDTH,
        max_content_width=_WIDTH,
        **command.context_settings,
    )
