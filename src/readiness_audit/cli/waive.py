"""`readiness-audit waive`: ask for an exception, approve, extend and revoke it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import click

from readiness_audit.cli import agreeing, options
from readiness_audit.cli import pen as pens
from readiness_audit.cli.agreeing import said
from readiness_audit.cli.desk import KEY, Desk, written
from readiness_audit.errors import PlanError
from readiness_audit.model.governance import (
    Level,
    Revocation,
    Risk,
    Role,
    Waiver,
)
from readiness_audit.model.plain import to_plain
from readiness_audit.model.texts import Language
from readiness_audit.rendering.safe import json_text, visible

_LEVELS = click.Choice([level.value for level in Level])


@click.group()
def command() -> None:
    """
    Ask for an exception, approve, extend and revoke it.

    Exceptions stand in waivers.yaml beside the system file, to be reviewed like it; what you wrote
    there stays as it is. None has an effect until somebody else than who asked for it has approved
    it. Nobody is asked anything: what is not said as an option is not written.
    """


@command.command()
@agreeing.system
@options.policy
@options.content
@options.lang
@click.option("--check", "check", required=True, help="Id of the check, as the report names it.")
@click.option("--target", required=True, help="Id of the target, or a pattern such as 'web*'.")
@click.option("--reason", required=True, help="Why the point cannot be mended now.")
@click.option("--likelihood", type=_LEVELS, required=True, help="How often harm is expected.")
@click.option("--impact", type=_LEVELS, required=True, help="How much it would harm.")
@click.option("--compensation", required=True, help="What makes the risk bearable meanwhile.")
@click.option("--by", "requester", required=True, help="Who asks for it.")
@click.option("--id", "name", help="Its id; by default the next of W-1, W-2, ...")
@agreeing.day
@pens.options
@options.home
def request(
    system: Path,
    policy: str,
    content: tuple[Path, ...],
    language: Language,
    check: str,
    target: str,
    reason: str,
    likelihood: str,
    impact: str,
    compensation: str,
    requester: str,
    name: str | None,
    on: date | datetime | None,
    key: str | None,
    passphrase: str | None,
    home: Path | None,
) -> None:
    """Ask for an exception from CHECK on TARGET. It has no effect until it is approved."""
    desk = Desk.opened(system, policy, content, language, on, home)
    pen = pens.pen(key, passphrase, home, desk.system, language)

    def ask() -> Waiver:
        return Waiver(
            id=name or desk.next_id(),
            check=check,
            target=target,
            reason=reason,
            risk=Risk(likelihood=Level(likelihood), impact=Level(impact)),
            compensation=compensation,
            requested_by=requester,
            requested_on=desk.on,
        )

    waiver = agreeing.formed(ask)
    desk.refuse_nonsense(waiver, signed=pen is not None)
    if pen is not None:
        signature, _ = pen.sign(waiver, lambda made: replace(waiver, signature=made))
        waiver = replace(waiver, signature=signature)
    agreeing.append(desk.file, KEY, written(waiver, "approvals", "revoked"))
    desk.tell("requested", waiver.id)


def _approving(called: str, told: str, *, again: bool) -> None:
    """Make the command that approves, for the first time or once more."""

    @command.command(name=called, help=told)
    @agreeing.system
    @options.policy
    @options.content
    @options.lang
    @click.argument("name", metavar="ID")
    @click.option("--by", "approver", required=True, help="Who approves; not who asked for it.")
    @click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
    @click.option("--until", "until", required=True, callback=agreeing.read_day, help="Its last day.")
    @agreeing.day
    @pens.options
    @options.home
    def approving(
        system: Path,
        policy: str,
        content: tuple[Path, ...],
        language: Language,
        name: str,
        approver: str,
        role: str,
        until: date,
        on: date | datetime | None,
        key: str | None,
        passphrase: str | None,
        home: Path | None,
    ) -> None:
        desk = Desk.opened(system, policy, content, language, on, home)
        pen = pens.pen(key, passphrase, home, desk.system, language)
        desk.approve(name, approver, Role(role), until, pen, again=again)
        desk.tell("extended" if again else "approved", name)


_approving("approve", "Approve the exception ID. For a blocker, only management can.", again=False)
_approving(
    "extend",
    "Approve the exception ID anew, for a longer time. The policy says how often that may be.",
    again=True,
)


@command.command()
@agreeing.system
@options.policy
@options.content
@options.lang
@click.argument("name", metavar="ID")
@click.option("--by", "revoker", required=True, help="Who takes it back.")
@click.option("--reason", required=True, help="Why.")
@agreeing.day
@options.home
def revoke(
    system: Path,
    policy: str,
    content: tuple[Path, ...],
    language: Language,
    name: str,
    revoker: str,
    reason: str,
    on: date | datetime | None,
    home: Path | None,
) -> None:
    """Take the exception ID back: from that day on it has no effect."""
    desk = Desk.opened(system, policy, content, language, on, home)
    waiver = desk.find(name)
    if waiver.revoked is not None:
        raise PlanError(said("is-revoked", language, id=name))
    revoked = agreeing.formed(lambda: Revocation(by=revoker, on=desk.on, reason=reason))
    agreeing.insert(desk.file, KEY, name, "revoked", written(revoked), listed=False)
    desk.tell("revoked", name)


@command.command(name="list")
@agreeing.system
@options.policy
@options.content
@options.lang
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
@agreeing.day
@options.home
def list_waivers(
    system: Path,
    policy: str,
    content: tuple[Path, ...],
    language: Language,
    format_: str,
    on: date | datetime | None,
    home: Path | None,
) -> None:
    """List every exception and how it stands today; whether it matches something, a run tells."""
    desk = Desk.opened(system, policy, content, language, on, home)
    standings = [desk.standing(waiver) for waiver in desk.waivers]
    standings += [agreeing.unreadable(entry) for entry in desk.unreadable]
    if format_ == "json":
        plain = json.dumps(to_plain(tuple(standings)), ensure_ascii=False, indent=2, sort_keys=True)
        click.echo(json_text(plain))
        return
    for standing in standings:
        click.echo(visible(agreeing.told(standing, language)))
