"""What exceptions of one system are held against, before anything about them is written down."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from readiness_audit.cli import agreeing
from readiness_audit.cli.agreeing import said
from readiness_audit.cli.pen import Pen
from readiness_audit.errors import PlanError
from readiness_audit.model.check import Check
from readiness_audit.model.evidence import Plain
from readiness_audit.model.extensions import Granted
from readiness_audit.model.governance import (
    IN_FORCE,
    Approval,
    Refusal,
    Role,
    Standing,
    State,
    Unreadable,
    Waiver,
)
from readiness_audit.model.plain import to_plain
from readiness_audit.model.signed import approval_of, seals_of
from readiness_audit.model.standing import Yardstick, approval_fault, waiver_standing
from readiness_audit.model.texts import Language
from readiness_audit.rendering.safe import visible
from readiness_audit.rendering.words import words_in

KEY = "waivers"
_NUMBERED = re.compile(r"W-([0-9]{1,6})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What exceptions of one system are held against."""

    system: str
    """Its id."""

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
        home: Path | None,
    ) -> Desk:
        """Read all of it. Raises `ContentError` and `PlanError`."""
        from readiness_audit.cli.clock import now
        from readiness_audit.cli.loading import load_content, load_subject, policy_in_force, senses
        from readiness_audit.content.governance import WAIVERS
        from readiness_audit.stages.plan import plan

        subject = load_subject(system, home)
        in_force = policy_in_force(policy, load_content(content))
        known = senses()
        planned = plan(subject.system, in_force, known.probes, known.views)
        today = now().astimezone(ZoneInfo(in_force.rule.zone)).date()
        agreed = subject.governance
        return cls(
            system=subject.system.system,
            file=system.resolve().parent / (subject.system.waivers or WAIVERS),
            waivers=agreed.waivers,
            unreadable=tuple(each for each in agreed.unreadable if each.kind == "waiver"),
            checks={name: check for check in in_force.checks for name in (*check.aliases, check.id)},
            targets=tuple(target.id for target in subject.system.targets),
            never_waivable=frozenset(planned.never_waivable),
            by=Yardstick(
                rule=in_force.rule,
                today=today,
                seals=seals_of(agreed),
                granted=Granted(
                    waivers=agreed.waivers,
                    called={name: check.id for check in in_force.checks for name in check.aliases},
                    targets=("", *(target.id for target in subject.system.targets)),
                ),
            ),
            on=agreeing.chosen(on, today, in_force.rule.zone, language),
            language=language,
        )

    def next_id(self) -> str:
        """Give the next of W-1, W-2, ..."""
        names = [*(each.id for each in self.waivers), *(each.name for each in self.unreadable)]
        numbers = [int(found[1]) for name in names if (found := _NUMBERED.fullmatch(name))]
        return f"W-{max(numbers, default=0) + 1}"

    def refuse_nonsense(self, waiver: Waiver, *, signed: bool) -> None:
        """Refuse at once what could never have an effect; `signed` where it is about to be."""
        language = self.language
        taken = {*(each.id for each in self.waivers), *(each.name for each in self.unreadable)}
        if waiver.id in taken:
            raise PlanError(said("taken", language, id=waiver.id))
        check = self.checks.get(waiver.check)
        if check is None:
            raise PlanError(agreeing.no_check(waiver.check, self.checks, language))
        if check.id in self.never_waivable:
            raise PlanError(self._refused(waiver, Refusal.NEVER_WAIVABLE))
        if not signed and (refusals := self.by.seal_refusal(waiver)):
            raise PlanError(self._refused(waiver, next(iter(refusals))))
        if not any(fnmatch.fnmatchcase(name, waiver.target) for name in ("", *self.targets)):
            targets = ", ".join(self.targets)
            raise PlanError(said("no-target", language, target=waiver.target, known=targets))

    def find(self, name: str) -> Waiver:
        """Give the exception of this id. Raises `PlanError`."""
        for waiver in self.waivers:
            if waiver.id == name:
                return waiver
        known = ", ".join(each.id for each in self.waivers) or "-"
        raise PlanError(said("no-waiver", self.language, id=name, known=known))

    def approve(
        self, name: str, approver: str, role: Role, until: date, pen: Pen | None, *, again: bool
    ) -> None:
        """Write an approval down, signed where there is a pen, or refuse what would have no effect."""
        waiver = self.find(name)
        if again is not bool(waiver.approvals):
            raise PlanError(said("extend" if waiver.approvals else "approve", self.language, id=name))
        approval = agreeing.formed(
            lambda: Approval(approved_by=approver, role=role, granted=self.on, expires=until)
        )
        desk = self
        if pen is not None:
            unsigned = approval
            signature, seal = pen.sign(
                approval_of(waiver, unsigned),
                lambda made: approval_of(waiver, replace(unsigned, signature=made)),
            )
            approval = replace(unsigned, signature=signature)
            seals = {**self.by.seals, approval_of(waiver, approval): seal}
            desk = replace(self, by=replace(self.by, seals=seals))
        check = self.checks.get(waiver.check)
        severity = check.severity if check else None
        fault = approval_fault(waiver, len(waiver.approvals), approval, severity, desk.by)
        standing = desk.standing(replace(waiver, approvals=(*waiver.approvals, approval)))
        if fault or standing.refusal:
            told = self._refused(waiver, fault or standing.refusal)
            raise PlanError(f"{told} ({standing.detail})" if standing.detail else told)
        if until < self.by.today or standing.state not in IN_FORCE:
            raise PlanError(said("over", self.language, day=str(until)))
        agreeing.insert(self.file, KEY, name, "approvals", written(approval), listed=True)

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
        """Say what was done."""
        click.echo(visible(said(key, self.language, id=name, file=str(self.file))))


def written(noun: object, *without: str) -> dict[str, Plain]:
    """Give an entry as it is written: without what is not there, and without these fields."""
    plain = to_plain(noun)
    return (
        {k: v for k, v in plain.items() if k not in without and v is not None}
        if isinstance(plain, dict)
        else {}
    )
