"""JUDGE: hold evidence against checks. Pure, and repeatable for ever from the evidence alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from readiness_audit.expressions.question import Answer, Binder, Bound, Moment, Question
from readiness_audit.model.check import Check
from readiness_audit.model.evidence import Evidence, Look, Missing, Observed, Plain, Reason
from readiness_audit.model.plain import to_plain
from readiness_audit.model.plan import Plan, SetAside, Step
from readiness_audit.model.policy import InForce
from readiness_audit.model.verdict import Outcome, Verdict
from readiness_audit.probes.probe import AnyProbe
from readiness_audit.views.view import AnyView, CannotJoin, Takes

FUTURE_ALLOWED = timedelta(minutes=5)
"""How far a look's clock may be ahead of ours before its evidence counts for nothing."""

EVIDENCE_LASTS = timedelta(days=1)
"""
How long before the time of judging a look may have been taken for its checks to pass.

Facts count from the run they were seen in: a backup that was an hour old then may be a year old now.
"""


def judge(
    plan: Plan,
    evidence: Iterable[Evidence],
    policy: InForce,
    probes: Mapping[str, AnyProbe],
    views: Mapping[str, AnyView],
    at: datetime,
) -> tuple[Verdict, ...]:
    """
    Give one verdict for every step of the plan and one for every check set aside, in its order.

    `at` is the moment of judging, with a zone. A look without evidence, or with evidence from
    the future, leaves its checks not assessed, and what would pass on evidence of long ago is
    stale; nothing passes by accident.
    """
    judging = _Judging({item.look: item for item in evidence}, policy, probes, views, at)
    given: dict[int, Verdict] = {}
    # Grouped, so that facts are bound once per look and not once per check.
    groups: dict[tuple[str, tuple[Look, ...]], list[int]] = defaultdict(list)
    for number, step in enumerate(plan.steps):
        source = judging.checks[step.check].source
        groups[source, step.looks].append(number)
    for (source, looks), numbers in groups.items():
        ready, blind = judging.ready(source, looks)
        for number in numbers:
            given[number] = judging.verdict(plan.steps[number], ready, blind)
    judged = contradicted([given[number] for number in range(len(plan.steps))], judging.checks)
    return (*judged, *(_set_aside(aside) for aside in plan.set_aside))


class _Judging:
    """What stays the same over all steps: compiled checks, the moment, the evidence."""

    def __init__(
        self,
        evidence: Mapping[Look, Evidence],
        policy: InForce,
        probes: Mapping[str, AnyProbe],
        views: Mapping[str, AnyView],
        at: datetime,
    ) -> None:
        self._evidence = evidence
        self._views = views
        self._latest = at + FUTURE_ALLOWED
        earliest = at - EVIDENCE_LASTS
        self._old = {look: seen.taken_at for look, seen in evidence.items() if seen.taken_at < earliest}
        self.checks: dict[str, Check] = {check.id: check for check in policy.checks}
        self._questions = {check.id: Question(check) for check in policy.checks}
        today = at.astimezone(ZoneInfo(policy.rule.zone)).date().isoformat()
        moment = Moment(now=at.astimezone(UTC).isoformat().replace("+00:00", "Z"), today=today)
        facts = {name: probe.sees for name, probe in probes.items()}
        facts |= {name: view.sees for name, view in views.items()}
        by_source: dict[str, list[Question]] = defaultdict(list)
        for check in policy.checks:
            by_source[check.source].append(self._questions[check.id])
        self._binders = {
            source: Binder(questions, moment, facts.get(source)) for source, questions in by_source.items()
        }

    def ready(self, source: str, looks: tuple[Look, ...]) -> tuple[Bound | Answer, Answer | None]:
        """
        Bind what the looks brought home, or give the one answer all their checks get.

        The second is what a look said that showed nothing, and that the view can do without.
        """
        if not looks:
            return _unknown(Reason.NO_TARGET, ""), None
        view = self._views.get(source)
        if view is not None:
            return self._joined(source, view, looks)
        seen = self._seen(looks[0])
        return seen if isinstance(seen, Answer) else self._binders[source].bind(seen), None

    def _joined(
        self, source: str, view: AnyView, looks: tuple[Look, ...]
    ) -> tuple[Bound | Answer, Answer | None]:
        by_role: dict[str, Mapping[str, Plain]] = {}
        blind: Answer | None = None
        for number, need in enumerate(view.needs_from(looks[0].probe)):
            mine = [look for look in looks[1:] if look.probe == need.probe] if number else [looks[0]]
            answers = {look.target: self._seen(look) for look in mine}
            if need.takes is Takes.EVERY:
                by_role[need.role] = {
                    target: None if isinstance(seen, Answer) else dict(seen)
                    for target, seen in answers.items()
                }
                continue
            for seen in answers.values():
                if not isinstance(seen, Answer):
                    by_role[need.role] = seen
                elif need.takes is Takes.IF_ANY:
                    blind = blind or seen
                else:
                    return seen, None
        if not by_role:
            return blind or _unknown(Reason.NO_TARGET, ""), None
        try:
            joined = to_plain(view.join(by_role))
        except CannotJoin as apart:
            return _unknown(apart.reason, apart.detail), None
        return self._binders[source].bind(joined if isinstance(joined, dict) else {}), blind

    def _seen(self, look: Look) -> Mapping[str, Plain] | Answer:
        match self._evidence.get(look):
            case Observed(facts=seen, taken_at=taken) if taken <= self._latest:
                return seen
            case Observed(taken_at=taken):
                told = f"{look.id} claims to have looked at {taken.isoformat()}, after the time of judging"
                return _unknown(Reason.FROM_THE_FUTURE, told)
            case Missing(reason=reason, detail=detail):
                return _unknown(reason, detail)
            case None:
                return _unknown(Reason.INTERRUPTED, f"{look.id} was not taken")

    def verdict(self, step: Step, ready: Bound | Answer, blind: Answer | None) -> Verdict:
        """Give the verdict of one step; where the rest is not enough, `blind` says what was missing."""
        answer = ready if isinstance(ready, Answer) else self._questions[step.check].answer(ready)
        if answer.outcome is Outcome.NOT_ASSESSED and blind is not None:
            answer = blind
        old = next((look for look in step.looks if look in self._old), None) if self._old else None
        if old is not None and answer.outcome is Outcome.PASS:
            told = f"{old.id} was looked at on {self._old[old]:%Y-%m-%d}, too long before the time of judging"
            answer = replace(answer, outcome=Outcome.STALE, detail=told)
        return Verdict(
            check=step.check,
            target=step.target,
            outcome=answer.outcome,
            counts=step.counts,
            reason=answer.reason,
            detail=answer.detail or step.lacks,
            subjects=answer.subjects,
            count=answer.count,
            values=answer.values,
        )


def contradicted(verdicts: Sequence[Verdict], checks: Mapping[str, Check]) -> list[Verdict]:
    """
    Let what somebody states fall where what was looked at says otherwise, or could not be judged.

    The second, since hiding what contradicts a statement must not make it stand. Where nothing is
    declared to look at, there is nothing to hold against it.
    """
    against: dict[str, Verdict] = {}
    for verdict in verdicts:
        stands = verdict.outcome is Outcome.PASS or verdict.reason is Reason.NO_TARGET
        # Of several targets, one that fails is the plainest to tell.
        if not stands and (verdict.outcome is Outcome.FAIL or verdict.check not in against):
            against[verdict.check] = verdict
    return [
        _fallen(verdict, against, checks[verdict.check].contradicted_by)
        if verdict.outcome is Outcome.PASS and checks[verdict.check].contradicted_by
        else verdict
        for verdict in verdicts
    ]


def _fallen(verdict: Verdict, against: Mapping[str, Verdict], by: Iterable[str]) -> Verdict:
    other = next((against[name] for name in by if name in against), None)
    if other is None:
        return verdict
    said = f"{other.check} on {other.target}: {other.outcome}"
    return replace(verdict, outcome=Outcome.NOT_ASSESSED, reason=Reason.CONTRADICTED, detail=said)


def _unknown(reason: Reason, detail: str) -> Answer:
    return Answer(outcome=Outcome.NOT_ASSESSED, reason=reason, detail=detail)


def _set_aside(aside: SetAside) -> Verdict:
    return Verdict(
        check=aside.check,
        target="",
        outcome=Outcome.NOT_APPLICABLE,
        counts=aside.counts,
        detail=aside.because,
    )
