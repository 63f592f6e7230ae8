"""`readiness-audit waive`: ask for an exception, approve, extend and revoke it."""

from __future__ import annotations

import fnmatch
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from readiness_audit.cli import agreeing, options
from readiness_audit.cli.agreeing import said
from readiness_audit.errors import PlanError
from readiness_audit.model.check import Check
from readiness_audit.model.evidence import Plain
from readiness_audit.model.governance import (
    IN_FORCE,
    Approval,
    Level,
    Refusal,
    Revocation,
    Risk,
    Role,
    Standing,
    State,
    Unreadable,
    Waiver,
)
from readiness_audit.model.plain import to_plain
from readiness_audit.model.standing import Yardstick, approval_fault, waiver_standing
from readiness_audit.model.texts import Language
from readiness_audit.rendering.safe import json_text, visible
from readiness_audit.rendering.words import words_in

_KEY = "waivers"
_NUMBERED = re.compile(r"W-([0-9]{1,6})", re.ASCII)
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
) -> None:
    """Ask for an exception from CHECK on TARGET. It has no effect until it is approved."""
    desk = _Desk.opened(system, policy, content, language, on)

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
    desk.refuse_nonsense(waiver)
    plain = _written(waiver, "signature", "approvals", "revoked")
    agreeing.append(desk.file, _KEY, plain)
    desk.tell("requested", waiver.id)


def _approval(function: Callable[..., None]) -> Callable[..., None]:
    for option in (
        agreeing.day,
        click.option("--until", "until", required=True, callback=agreeing.read_day, help="Its last day."),
        click.option("--role", type=click.Choice([role.value for role in Role]), required=True),
        click.option("--by", "approver", required=True, help="Who approves; not who asked for it."),
        click.argument("name", metavar="ID"),
        options.lang,
        options.content,
        options.policy,
        agreeing.system,
    ):
        function = option(function)
    return function


@command.command()
@_approval
def approve(
    system: Path,
    policy: str,
    content: tuple[Path, ...],
    language: Language,
    name: str,
    approver: str,
    role: str,
    until: date,
    on: date | datetime | None,
) -> None:
    """Approve the exception ID. For a blocker, only management can."""
    desk = _Desk.opened(system, policy, content, language, on)
    desk.approve(name, approver, Role(role), until, again=False)
    desk.tell("approved", name)


@command.command()
@_approval
def extend(
    system: Path,
    policy: str,
    content: tuple[Path, ...],
    language: Language,
    name: str,
    approver: str,
    role: str,
    until: date,
    on: date | datetime | None,
) -> None:
    """Approve the exception ID anew, for a longer time. The policy says how often that may be."""
    desk = _Desk.opened(system, policy, content, language, on)
    desk.approve(name, approver, Role(role), until, again=True)
    desk.tell("extended", name)


@command.command()
@agreeing.system
@options.policy
@options.content
@options.lang
@click.argument("name", metavar="ID")
@click.option("--by", "revoker", required=True, help="Who takes it back.")
@click.option("--reason", required=True, help="Why.")
@agreeing.day
def revoke(
    system: Path,
    policy: str,
    content: tuple[Path, ...],
    language: Language,
    name: str,
    revoker: str,
    reason: str,
    on: date | datetime | None,
) -> None:
    """Take the exception ID back: from that day on it has no effect."""
    desk = _Desk.opened(system, policy, content, language, on)
    waiver = desk.find(name)
    if waiver.revoked is not None:
        raise PlanError(said("is-revoked", language, id=name))
    revoked = agreeing.formed(lambda: Revocation(by=revoker, on=desk.on, reason=reason))
    agreeing.insert(desk.file, _KEY, name, "revoked", _written(revoked), listed=False)
    desk.tell("revoked", name)


@command.command(name="list")
@agreeing.system
@options.policy
@options.content
@options.lang
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
@agreeing.day
def list_waivers(
    system: Path,
    policy: str,
    content: tuple[Path, ...],
    language: Language,
    format_: str,
    on: date | datetime | None,
) -> None:
    """List every exception and how it stands today; whether it matches something, a run tells."""
    desk = _Desk.opened(system, policy, content, language, on)
    standings = [desk.standing(waiver) for waiver in desk.waivers]
    standings += [agreeing.unreadable(entry) for entry in desk.unreadable]
    if format_ == "json":
        plain = json.dumps(to_plain(tuple(standings)), ensure_ascii=False, indent=2, sort_keys=True)
        click.echo(json_text(plain))
        return
    for standing in standings:
        click.echo(visible(agreeing.told(standing, language)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Desk:
    """What exceptions of one system are held against."""

    file: Path
    waivers: tuple[Waiver, ...]
    unreadable: tuple[Unreadable, ...]
    checks: Mapping[str, Check]
    """Those of the policy, by every name they have or had."""

    targets: tuple[str, ...]
    never_waivable: frozenset[str]
    by: Yardstick
    on: date
    language: Language

    @classmethod
    def opened(
        cls,
        system: Path,
        policy: str,
        content: tuple[Path, ...],
        language: Language,
        on: date | datetime | None,
    ) -> _Desk:
        from readiness_audit.cli.clock import now
        from readiness_audit.cli.loading import load_content, load_subject, policy_in_force, senses
        from readiness_audit.content.governance import WAIVERS
        from readiness_audit.stages.plan import plan

        subject = load_subject(system)
        in_force = policy_in_force(policy, load_content(content))
        known = senses()
        planned = plan(subject.system, in_force, known.probes, known.views)
        today = now().astimezone(ZoneInfo(in_force.rule.zone)).date()
        agreed = subject.governance
        return cls(
            file=system.resolve().parent / (subject.system.waivers or WAIVERS),
            waivers=agreed.waivers,
            unreadable=tuple(each for each in agreed.unreadable if each.kind == "waiver"),
            checks={name: check for check in in_force.checks for name in (*check.aliases, check.id)},
            targets=tuple(target.id for target in subject.system.targets),
            never_waivable=frozenset(planned.never_waivable),
            by=Yardstick(rule=in_force.rule, today=today, unproved=frozenset(agreed.unproved)),
            on=agreeing.chosen(on, today, in_force.rule.zone, language),
            language=language,
        )

    def next_id(self) -> str:
        names = [*(each.id for each in self.waivers), *(each.name for each in self.unreadable)]
        numbers = [int(found[1]) for name in names if (found := _NUMBERED.fullmatch(name))]
        return f"W-{max(numbers, default=0) + 1}"

    def refuse_nonsense(self, waiver: Waiver) -> None:
        """Refuse at once what could never have an effect."""
        language = self.language
        taken = {*(each.id for each in self.waivers), *(each.name for each in self.unreadable)}
        if waiver.id in taken:
            raise PlanError(said("taken", language, id=waiver.id))
        check = self.checks.get(waiver.check)
        if check is None:
            raise PlanError(agreeing.no_check(waiver.check, self.checks, language))
        if check.id in self.never_waivable:
            raise PlanError(self._refused(waiver, Refusal.NEVER_WAIVABLE))
        if not any(fnmatch.fnmatchcase(name, waiver.target) for name in ("", *self.targets)):
            targets = ", ".join(self.targets)
            raise PlanError(said("no-target", language, target=waiver.target, known=targets))

    def find(self, name: str) -> Waiver:
        for waiver in self.waivers:
            if waiver.id == name:
                return waiver
        known = ", ".join(each.id for each in self.waivers) or "-"
        raise PlanError(said("no-waiver", self.language, id=name, known=known))

    def approve(self, name: str, approver: str, role: Role, until: date, *, again: bool) -> None:
        """Write an approval down, or refuse what would have no effect."""
        waiver = self.find(name)
        if again is not bool(waiver.approvals):
            raise PlanError(said("extend" if waiver.approvals else "approve", self.language, id=name))
        approval = agreeing.formed(
            lambda: Approval(approved_by=approver, role=role, granted=self.on, expires=until)
        )
        check = self.checks.get(waiver.check)
        severity = check.severity if check else None
        fault = approval_fault(waiver, len(waiver.approvals), approval, severity, self.by)
        standing = self.standing(replace(waiver, approvals=(*waiver.approvals, approval)))
        if fault or standing.refusal:
            raise PlanError(self._refused(waiver, fault or standing.refusal))
        if until < self.by.today or standing.state not in IN_FORCE:
            raise PlanError(said("over", self.language, day=str(until)))
        agreeing.insert(self.file, _KEY, name, "approvals", _written(approval, "signature"), listed=True)

    def standing(self, waiver: Waiver) -> Standing:
        """Say how one stands, as if something open were there for it."""
        check = self.checks.get(waiver.check)
        never = check is not None and check.id in self.never_waivable
        severity = check.severity if check else None
        standing = waiver_standing(waiver, severity, self.by, covers=1, never=never)
        if check is None and standing.state in IN_FORCE:
            return replace(standing, state=State.IDLE)
        return standing

    def _refused(self, waiver: Waiver, refusal: Refusal | None) -> str:
        words = words_in(self.language, self.by.rule.zone)
        return said("refused", self.language, id=waiver.id, why=words.say(f"refusal.{refusal}"))

    def tell(self, key: str, name: str) -> None:
        click.echo(visible(said(key, self.language, id=name, file=str(self.file))))


def _written(noun: object, *without: str) -> dict[str, Plain]:
    plain = to_plain(noun)
    return {k: v for k, v in plain.items() if k not in without} if isinstance(plain, dict) else {}
