"""
Bring together what commands work with: content that was read and examined, probes, views.

All of that is heavy, and so it is imported when it is asked for: whoever wants help, or presses
the completion key, should not wait for it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from readiness_audit.errors import ContentError, Place, Problem
from readiness_audit.model.check import Catalogue, Check
from readiness_audit.model.governance import Governance
from readiness_audit.model.policy import InForce, Policies
from readiness_audit.model.system import System
from readiness_audit.shipped import shipped
from readiness_audit.stages.resolve import resolve

if TYPE_CHECKING:
    from readiness_audit.audit import Senses
    from readiness_audit.content.files import ReadCheck
    from readiness_audit.expressions.examine import Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """Every check and policy, ours and the user's."""

    checks: Mapping[str, ReadCheck]
    policies: Policies

    @property
    def catalogue(self) -> Catalogue:
        """The checks by id."""
        return {name: read.check for name, read in self.checks.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A system file that was read, and what stands beside it."""

    system: System
    folder: Path
    """The evidence folder."""

    governance: Governance
    """What people agreed: waivers and conditions."""


@cache
def senses() -> Senses:
    """Give every probe and view."""
    from readiness_audit.audit import Senses
    from readiness_audit.probes.built_in import BUILT_IN
    from readiness_audit.views import VIEWS

    return Senses(probes=BUILT_IN, views=VIEWS)


def load_content(folders: Sequence[Path]) -> Content:
    """Read ours and the content of `folders`. Raises `ContentError` with every problem found."""
    from readiness_audit.content.files import load_checks, load_policies

    if problems := [problem for folder in folders for problem in _overlooked(folder)]:
        raise ContentError(problems)
    checks = load_checks([shipped("checks"), *(folder / "checks" for folder in folders)])
    policies = load_policies([shipped("policies"), *(folder / "policies" for folder in folders)])
    return Content(checks=checks, policies=policies)


def _overlooked(folder: Path) -> Iterator[Problem]:
    """Give what somebody put into a content folder where nothing looks for it, and would wait for in vain."""

    def stray(path: Path, told: str) -> Problem:
        return Problem(message=told, place=Place(path=path, line=1, column=1))

    if not any((folder / kind).is_dir() for kind in ("checks", "policies", "reports")):
        yield stray(folder, "holds neither checks/, policies/ nor reports/: name the folder they are in")
    for path in sorted((folder / "checks").glob("*.y*ml")):
        yield stray(path, "a check belongs in a folder named after its family: checks/<family>/<name>.yaml")
    for pattern in ("checks/*/*.yml", "policies/*.yml"):
        for path in sorted(folder.glob(pattern)):
            yield stray(path, "is not looked at: let its name end in .yaml")


def policy_in_force(name: str, content: Content) -> InForce:
    """
    Work a policy out, and examine its checks before anything else: expressions, names and types.

    Raises `PlanError`, and `ContentError` with place and caret for every faulty expression, and for
    every check that would pass, with the parameters this policy gives it, when nothing was seen.
    """
    from readiness_audit.stages.prove import Prover

    in_force = resolve(name, content.policies, content.catalogue)
    prover = Prover(senses().probes, senses().views)
    asked = [content.checks[check.id] for check in in_force.checks]
    if problems := [problem for read in asked for problem in located(read, prover.examine(read.check))]:
        raise ContentError(problems)
    for read, check in zip(asked, in_force.checks, strict=True):
        if not _is_proved(read, check):
            problems += located(read, prover.withdraw(check))
    if problems:
        raise ContentError(problems)
    return in_force


def _is_proved(read: ReadCheck, check: Check) -> bool:
    """Say whether it is one of ours with its own parameters: those were proved before they were shipped."""
    ours = read.place("id").path.is_relative_to(shipped("checks"))
    return ours and check.parameters == read.check.parameters


def located(read: ReadCheck, faults: Iterable[Fault]) -> list[Problem]:
    """Say where in its file each fault of a check stands."""
    return [
        Problem(
            message=f"{read.check.id}: {fault.key}: {fault.message}",
            place=read.place(fault.key, fault.line, fault.column),
        )
        for fault in faults
    ]


def load_subject(path: Path, home: Path | None = None) -> Subject:
    """
    Read a system file and what people agreed beside it, and check its signatures by the keys in `home`.

    Raises `ContentError`, and `SigningKeyError` where something is signed and the keys cannot be read.
    """
    from readiness_audit.content.files import load_system
    from readiness_audit.content.governance import load_governance
    from readiness_audit.model.signed import bearers, signature_of

    system = load_system(path)
    beside = path.resolve().parent
    governance = load_governance(beside, system)
    # Most have signed nothing, and should not wait for what checks signatures.
    if any(signature_of(each.of) is not None for each in bearers(governance)):
        from readiness_audit.ledger.entries import sealed
        from readiness_audit.ledger.home import records_home
        from readiness_audit.ledger.keyring import store_of

        store = store_of(home or records_home(os.environ))
        governance = replace(governance, seals=sealed(governance, system.system, store))
    return Subject(system=system, folder=beside / system.evidence, governance=governance)
