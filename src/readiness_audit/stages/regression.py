"""REGRESSION: say what a released system met and newer runs have shown not to be met any more. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from readiness_audit.model.check import Check, Severity, names_now
from readiness_audit.model.record import Record
from readiness_audit.model.release import Cause, Why
from readiness_audit.model.verdict import Outcome, Verdict

_HEAVY = frozenset({Severity.BLOCKER, Severity.MAJOR})
_Spot = tuple[str, str]


def regressions(old: Record, later: Iterable[Record], zone: ZoneInfo) -> list[Cause]:
    """
    Give what fails after `old`, weighs a major deviation or more, and did not fail before.

    `later` are finished runs, the newest first; no more of them are taken than it needs. Of each check
    the newest run that could tell counts: only a pass of the same question takes a failure back, and
    neither what could not be seen, nor what is not asked any more, nor a question that asks for less.
    """
    weighing = _Weighing(old, zone)
    for new in later:
        # Whoever tries another policy asks something else.
        if (new.system.system, new.policy.policy) != (old.system.system, old.policy.policy):
            continue
        if new.decision.judged_at > old.decision.judged_at and not weighing.more_needed_after(new):
            break
    return sorted(weighing.found, key=lambda cause: (cause.check, cause.target))


class _Weighing:
    """What is still to be told of each check and target."""

    def __init__(self, old: Record, zone: ZoneInfo) -> None:
        self.found: list[Cause] = []
        self._old, self._zone = old, zone
        self._checks = {check.id: check for check in old.policy.checks}
        self._then = {(verdict.check, verdict.target): verdict for verdict in old.verdicts}
        self._asked = {verdict.check for verdict in old.verdicts}
        self._settled = {(each.check, each.target) for each in old.decision.conditions}
        self._settled |= {(each.check, each.target) for each in old.decision.waived}
        self._wanted: set[_Spot] | None = None
        self._passed: dict[_Spot, list[tuple[object, ...]]] = {}

    def more_needed_after(self, new: Record) -> bool:
        """Take one more run into account, and say whether an older one could still add to it."""
        names = names_now(self._old.policy.checks, new.policy.checks)
        was = {names.get(check, check): check for check in self._asked}
        checks = {check.id: check for check in new.policy.checks}
        seen = {(was.get(each.check, each.check), each.target): each for each in new.verdicts}
        if self._wanted is None:
            # What is asked for the first time was never met; a new target of an old question is a change.
            self._wanted = {
                spot for spot in self._then.keys() | seen.keys() if self._may_tell(spot, seen.get(spot))
            }
        for spot in sorted(self._wanted & seen.keys()):
            self._take(spot, seen[spot], checks[seen[spot].check], new)
        return bool(self._wanted)

    def _may_tell(self, spot: _Spot, verdict: Verdict | None) -> bool:
        then = self._then.get(spot, self._then.get((spot[0], "")))
        was = then.outcome if then is not None else None
        same = verdict is not None and verdict.outcome is Outcome.NOT_APPLICABLE and was is verdict.outcome
        return spot[0] in self._asked and spot not in self._settled and was is not Outcome.FAIL and not same

    def _take(self, spot: _Spot, verdict: Verdict, check: Check, new: Record) -> None:
        wanted = self._wanted if self._wanted is not None else set()
        question, before = _question(check), self._checks.get(spot[0])
        if verdict.outcome is Outcome.PASS:
            self._passed.setdefault(spot, []).append(question)
            if before is not None and question == _question(before):
                wanted.discard(spot)
        elif verdict.outcome is Outcome.FAIL:
            wanted.discard(spot)
            then = self._then.get(spot)
            heavy = check.severity in _HEAVY or (before is not None and before.severity in _HEAVY)
            counts = verdict.counts or (then is not None and then.counts)
            if heavy and counts and question not in self._passed.get(spot, []):
                self.found.append(
                    Cause(
                        why=Why.REGRESSION,
                        since=new.decision.judged_at.astimezone(self._zone).date(),
                        check=verdict.check,
                        target=verdict.target,
                        run=new.origin.run,
                    )
                )


def _question(check: Check) -> tuple[object, ...]:
    """Give what a check asks, without its texts and its weight."""
    asks = (check.source, check.applies_to, check.selects, check.assessable_when, check.stale_when)
    judges = (check.each, check.violation_when, check.passes_when)
    return (*asks, *judges, dict(check.parameters))
