"""Say what changed between two records, and keep the world's part apart from everybody else's."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from readiness_audit.errors import RecordError
from readiness_audit.model.check import Check, names_now
from readiness_audit.model.decision import Behind, RuleName
from readiness_audit.model.difference import Cause, Change, Difference, Edit, Side, Transition
from readiness_audit.model.evidence import Evidence, Missing, Plain, Reason
from readiness_audit.model.governance import IN_FORCE, Kind, Standing, State
from readiness_audit.model.plain import to_plain
from readiness_audit.model.record import Record
from readiness_audit.model.verdict import Outcome, Verdict

_UNSEEN = frozenset({Outcome.NOT_ASSESSED, Outcome.STALE})
_OUR_FAULT = frozenset({Reason.TOOL_MISSING, Reason.TOOL_FAILED, Reason.BROKEN_PROBE, Reason.INTERRUPTED})

_ASKED = frozenset({
    "probe", "view", "applies_to", "selects", "optional", "parameters", "assessable_when", "stale_when",
    "each", "violation_when", "subject", "passes_when",
})  # fmt: skip
"""What of a check decides how it comes out; its texts and cases do not."""

_WEIGHED = frozenset({"severity", "stage", "point"})
"""What of a check decides what its verdict means."""

_DECLARED = frozenset({"stage", "traits", "protection", "evidence", "pace", "authorisation"})

_Key = tuple[str, str]


def compare(old: Record, new: Record) -> Difference:
    """
    Compare two records of one system.

    Points are the same where check, target and offender are; a check keeps its identity through
    its aliases. Raises `RecordError` for records of different systems.
    """
    if old.system.system != new.system.system:
        raise RecordError(
            f"these are records of two systems, {old.system.system} and {new.system.system}: "
            "compare two records of one"
        )
    before, after = _Looked(old, names_now(old.policy.checks, new.policy.checks)), _Looked(new, {})
    edits = tuple(sorted(_edits(before, after), key=_place_of))
    came = after.behind(new.decision.deciding.rule, but=before)
    went = before.behind(old.decision.deciding.rule, but=after)
    touched = {"", *(behind.check for behind in came + went), *(behind.target for behind in came + went)}
    return Difference(
        system=new.system.system,
        before=_side(old),
        after=_side(new),
        transitions=tuple(_transitions(before, after, edits)),
        edits=edits,
        came=came,
        went=went,
        deciding_edits=tuple(edit for edit in edits if edit.of in touched),
    )


class _Looked:
    """One record, by identity: its checks under the names they have in the newer record."""

    def __init__(self, record: Record, names: Mapping[str, str]) -> None:
        self.record = record
        self.names = names
        self.checks = {self.name(check.id): check for check in record.policy.checks}
        self.verdicts = {(self.name(verdict.check), verdict.target): verdict for verdict in record.verdicts}
        self.asked = {check for check, _ in self.verdicts}
        if strangers := self.asked - self.checks.keys():
            raise RecordError(
                f"run {record.origin.run} judges {min(strangers)}, which its policy does not ask"
            )
        self.targets = {target.id: target for target in record.system.targets}
        self.looks = {(self.name(step.check), step.target): step.looks for step in record.plan.steps}
        self.evidence = {piece.look: piece for piece in record.evidence}

    def name(self, check: str) -> str:
        return self.names.get(check, check)

    def verdict_on(self, key: _Key) -> Verdict | None:
        # A check without a target, or one set aside, has one verdict on nothing in particular.
        return self.verdicts.get(key) or self.verdicts.get((key[0], ""))

    def seen(self, key: _Key) -> tuple[Evidence | None, ...]:
        return tuple(self.evidence.get(look) for look in self.looks.get(key, ()))

    def behind(self, rule: RuleName, *, but: _Looked | None = None) -> tuple[Behind, ...]:
        decision = self.record.decision
        known = set(but.behind(rule)) if but is not None else set()
        every = [
            behind
            for hit in (decision.deciding, *decision.agreeing)
            if hit.rule is rule
            for behind in hit.behind
        ]
        renamed = [Behind(check=self.name(behind.check), target=behind.target) for behind in every]
        return tuple(behind for behind in renamed if behind not in known)


def _transitions(before: _Looked, after: _Looked, edits: tuple[Edit, ...]) -> Iterator[Transition]:
    edited = {(edit.area, edit.of) for edit in edits if not _only_weighs(edit)}
    for key in sorted(before.verdicts.keys() | after.verdicts.keys()):
        old, new = before.verdict_on(key), after.verdict_on(key)
        if not key[1] and (
            (old is None and key[0] in before.asked) or (new is None and key[0] in after.asked)
        ):
            continue  # told where the check has its targets
        change = _change(old, new)
        shown = new or old
        if change is None or shown is None:
            continue
        causes = _causes(key, before, after, edited)
        check = after.checks.get(key[0]) or before.checks[key[0]]
        for subject, moved in _by_subject(change, old, new):
            still = moved in {Change.STILL_FAILING, Change.STILL_NOT_ASSESSED}
            yield Transition(
                check=key[0],
                target=key[1],
                subject=subject,
                change=moved,
                before=old.outcome if old else None,
                after=new.outcome if new else None,
                severity=check.severity,
                counts=shown.counts,
                count_before=old.count if old else 0,
                count_after=new.count if new else 0,
                causes=() if still else causes,
            )


def _change(old: Verdict | None, new: Verdict | None) -> Change | None:
    if old is None or new is None:
        return Change.APPEARED if old is None else Change.DISAPPEARED
    then, now = old.outcome, new.outcome
    if now is Outcome.FAIL:
        change = Change.STILL_FAILING if then is Outcome.FAIL else Change.NEWLY_FAILING
    elif now in _UNSEEN:
        change = Change.STILL_NOT_ASSESSED if then in _UNSEEN else Change.NEWLY_NOT_ASSESSED
    elif now is then:
        return None
    elif now is Outcome.NOT_APPLICABLE:
        change = Change.SET_ASIDE
    else:
        change = Change.FIXED if then is Outcome.FAIL else Change.NEWLY_ASSESSED
    return change


def _by_subject(change: Change, old: Verdict | None, new: Verdict | None) -> list[tuple[str, Change]]:
    """Give each offender's own change; where not all are named, nothing can be said of a single one."""
    then = set(old.subjects) if old and old.outcome is Outcome.FAIL else set()
    now = set(new.subjects) if new and new.outcome is Outcome.FAIL else set()
    told = change in {Change.NEWLY_FAILING, Change.STILL_FAILING, Change.FIXED}
    whole = all(verdict is None or verdict.count <= len(verdict.subjects) for verdict in (old, new))
    if not told or not whole or (change is Change.STILL_FAILING and not (then and now)):
        return [("", change)]
    moved = dict.fromkeys(then - now, Change.FIXED)
    moved |= dict.fromkeys(now - then, Change.NEWLY_FAILING)
    moved |= dict.fromkeys(now & then, Change.STILL_FAILING)
    return sorted(moved.items()) or [("", change)]


def _causes(key: _Key, before: _Looked, after: _Looked, edited: set[tuple[Cause, str]]) -> tuple[Cause, ...]:
    check, target = key
    old, new = before.seen(key), after.seen(key)
    causes: set[Cause] = set()
    if check not in before.checks or check not in after.checks:
        return (Cause.POLICY,)
    if (Cause.CHECK, check) in edited:
        causes.add(Cause.CHECK)
    # What the system declares decides whether a check applies, and what may be looked at.
    unseen = not old or not new or any(piece is None or isinstance(piece, Missing) for piece in old + new)
    if (Cause.SYSTEM, target) in edited or (unseen and (Cause.SYSTEM, "") in edited):
        causes.add(Cause.SYSTEM)
    if old and new and [_what(piece) for piece in old] != [_what(piece) for piece in new]:
        reasons = {piece.reason for piece in old + new if isinstance(piece, Missing)}
        causes.add(Cause.TOOL if reasons & _OUR_FAULT else Cause.WORLD)
    if (Cause.TOOL, "") in edited and (not causes or Cause.WORLD in causes):
        causes.add(Cause.TOOL)
    return tuple(cause for cause in Cause if cause in causes) or (Cause.TIME,)


def _what(piece: Evidence | None) -> object:
    if piece is None or isinstance(piece, Missing):
        return piece.reason if piece else None
    return piece.facts


def _edits(before: _Looked, after: _Looked) -> Iterator[Edit]:
    old, new = before.record, after.record
    for check in sorted(before.checks.keys() | after.checks.keys()):
        then, now = before.checks.get(check), after.checks.get(check)
        if then is None or now is None:
            yield Edit(area=Cause.POLICY, of=check, what="asked", before=_id(then), after=_id(now))
        else:
            yield from _edited(Cause.CHECK, check, then, now, _ASKED | _WEIGHED)
    yield from _edited(Cause.POLICY, "", old.policy, new.policy, frozenset({"policy", "edition", "rule"}))
    yield from _edited(Cause.SYSTEM, "", old.system, new.system, _DECLARED)
    for target in sorted(before.targets.keys() | after.targets.keys()):
        yield from _edited(Cause.SYSTEM, target, before.targets.get(target), after.targets.get(target), None)
    yield from _edited(Cause.TOOL, "", old.origin, new.origin, frozenset({"tool", "looked_from"}))
    yield from _condition_edits(before, after)
    yield from _waiver_edits(before, after)


def _condition_edits(before: _Looked, after: _Looked) -> Iterator[Edit]:
    then, now = (
        {
            (side.name(condition.check), condition.target): f"{condition.owner}, due {condition.due}"
            for condition in side.record.decision.conditions
        }
        for side in (before, after)
    )
    for check, target in sorted(then.keys() | now.keys()):
        was, is_ = then.get((check, target)), now.get((check, target))
        if was != is_:
            what = f"condition on {target}" if target else "condition"
            yield Edit(area=Cause.CONDITION, of=check, what=what, before=was, after=is_)


def _waiver_edits(before: _Looked, after: _Looked) -> Iterator[Edit]:
    then, now = (
        {
            (side.name(standing.check), standing.id, standing.target): _stands(standing)
            for standing in side.record.decision.standings
            if standing.kind is Kind.WAIVER
        }
        for side in (before, after)
    )
    for check, name, target in sorted(then.keys() | now.keys()):
        was, is_ = then.get((check, name, target)), now.get((check, name, target))
        if was != is_:
            what = f"waiver {name} on {target}" if target else f"waiver {name}"
            yield Edit(area=Cause.WAIVER, of=check, what=what, before=was, after=is_)


def _stands(standing: Standing) -> str:
    if standing.state in IN_FORCE:
        return f"in force until {standing.last_day}, approved by {standing.approved_by}"
    if standing.state is State.EXPIRED:
        return f"expired after {standing.last_day}"
    return f"no effect: {standing.refusal}" if standing.refusal else "matches nothing that is open"


def _edited(area: Cause, of: str, old: object, new: object, only: frozenset[str] | None) -> Iterator[Edit]:
    then, now = _flat(old, only), _flat(new, only)
    for what in sorted(then.keys() | now.keys()):
        if then.get(what) != now.get(what):
            yield Edit(area=area, of=of, what=what, before=then.get(what), after=now.get(what))


def _flat(noun: object, only: frozenset[str] | None) -> dict[str, str]:
    """Give a noun's fields as text, those of what is inside it with a dot."""
    plain = to_plain(noun)
    flat: dict[str, str] = {}
    for name, value in plain.items() if isinstance(plain, dict) else ():
        if only is None or name in only:
            inside = value.items() if isinstance(value, dict) else [("", value)]
            flat |= {f"{name}.{below}" if below else name: _text(item) for below, item in inside}
    return {name: text for name, text in flat.items() if text}


def _text(value: Plain) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _only_weighs(edit: Edit) -> bool:
    return edit.area is Cause.CHECK and edit.what in _WEIGHED


def _id(check: Check | None) -> str | None:
    return check.id if check else None


def _place_of(edit: Edit) -> tuple[int, str, str]:
    return list(Cause).index(edit.area), edit.of, edit.what


def _side(record: Record) -> Side:
    decision = record.decision
    return Side(
        run=record.origin.run,
        tool=record.origin.tool,
        policy=record.policy.policy,
        edition=record.policy.edition,
        judged_at=decision.judged_at,
        complete=record.origin.complete,
        result=decision.result,
        rule=decision.deciding.rule,
        coverage=decision.tally.coverage,
        valid_until=decision.valid_until,
    )
