"""Which earlier exceptions one goes on from: an id of its own does not make it a first one."""

from __future__ import annotations

import fnmatch
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from readiness_audit.model.governance import Approval, Waiver


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """Every exception of a system, and what their checks and targets mean today."""

    waivers: tuple[Waiver, ...] = ()
    called: Mapping[str, str] = field(default_factory=dict)
    """Ids of checks, by the names of before."""

    targets: Collection[str] = ()
    """Ids of what there is; empty for a check without a target."""

    def continued(self, waiver: Waiver, approval: Approval, gap: int) -> tuple[str, ...]:
        """
        Give the ids of other exceptions that this approval goes on from, once for each approval.

        Those are about the same check and a common target, and fewer than `gap` days lie between one
        and the next. Where a pattern fits several targets, the one with the longest past counts.
        """
        others = [each for each in self.waivers if each.approvals and self._other(each, waiver)]
        if not others:
            return ()
        pasts = (
            tuple(_past([each for each in others if _fits(each, target)], waiver, approval, gap))
            for target in self.targets
            if _fits(waiver, target)
        )
        return max(pasts, key=lambda past: (len(past), past), default=())

    def _other(self, other: Waiver, waiver: Waiver) -> bool:
        same = self.called.get(other.check, other.check) == self.called.get(waiver.check, waiver.check)
        return same and other.id != waiver.id


def _fits(waiver: Waiver, target: str) -> bool:
    return fnmatch.fnmatchcase(target, waiver.target)


def _past(others: Iterable[Waiver], waiver: Waiver, approval: Approval, gap: int) -> Iterator[str]:
    begun = _order(waiver, approval)
    before = [
        (_end(each, one), one.granted, each.id)
        for each in (*others, waiver)
        for one in each.approvals
        if _order(each, one) < begun and _end(each, one) >= one.granted
    ]
    first = approval.granted
    # From the last that ended: behind the first gap that is long enough, all the others ended earlier.
    for end, granted, id_ in sorted(before, reverse=True):
        if (first - end).days >= gap:
            return
        first = min(first, granted)
        if id_ != waiver.id:
            yield id_


def _order(waiver: Waiver, approval: Approval) -> tuple[date, date, str, str]:
    return approval.granted, approval.expires, waiver.id, approval.approved_by


def _end(waiver: Waiver, approval: Approval) -> date:
    """Give its last day; before its first one where it was revoked by then, and never was in force."""
    if waiver.revoked is None:
        return approval.expires
    return min(approval.expires, waiver.revoked.on - timedelta(days=1))
