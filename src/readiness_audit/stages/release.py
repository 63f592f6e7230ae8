"""
RELEASE: say whether a release is in force, from the rule result, the persons' sign-offs and the clock.

The rule result of the record stays what it is. Persons may be stricter freely; they release what the
rules do not only with a written reason and only together. What was in force lapses by itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from readiness_audit.model.decision import Result
from readiness_audit.model.persons import same_person, says_something, who
from readiness_audit.model.policy import Signatures
from readiness_audit.model.record import Record
from readiness_audit.model.release import (
    Cause,
    Deciding,
    Deviation,
    Flaw,
    Release,
    State,
    Weighed,
    Why,
)
from readiness_audit.model.seal import Seal, seal_fault
from readiness_audit.model.sign_off import Choice, Needed, Role, SignOff
from readiness_audit.model.system import Trait
from readiness_audit.model.validity import last_valid_day
from readiness_audit.stages.regression import regressions

NO_SEALS: Mapping[SignOff, Seal] = MappingProxyType({})
_RELEASED = frozenset({Result.GO, Result.CONDITIONAL})
_STRICTEST_LAST = [Choice.YES, Choice.CONDITIONAL, Choice.NO]


def release(
    record: Record,
    sha256: str,
    sign_offs: Sequence[SignOff],
    at: datetime,
    later: Iterable[Record] = (),
    *,
    unusable: Sequence[str] = (),
    seals: Mapping[SignOff, Seal] = NO_SEALS,
    gone: Collection[SignOff] = (),
) -> Release:
    """
    Say how the release stands that `record` is about, as of `at`.

    `sha256` is the record file's own: a sign-off counts for exactly that record. `later` are the
    finished runs of the same system and policy after it, the newest first; `unusable` are entries
    nobody could read, `seals` what was proved of signatures, `gone` those of the sign-offs that were
    taken out of their file. Days begin and end in the policy's time
    zone, and last days are inclusive.

    One person counts for one role. A further no, one sign-off less, or a later day never make it better.
    """
    decision, rule = record.decision, record.policy.rule
    zone = ZoneInfo(rule.zone)
    today, judged = at.astimezone(zone).date(), decision.judged_at.astimezone(zone).date()
    by_rule = decision.result in _RELEASED
    weighing = _Weighing(record, sha256, judged, today, seals, gone)
    sign_offs = [each for each in sign_offs if each not in gone or each.record_sha256 == sha256]
    weighed = weighing.weigh(sign_offs)
    roles = _deciding(_needed(record, exception=bool(decision.waived) or not by_rule), weighed, weighing)
    counted = tuple(deciding.given for deciding in roles if deciding.given is not None)
    complete = len(counted) == len(roles)
    voices = [each.decision for each, flaw in weighed.items() if flaw is None]
    result = _together(decision.result, voices, complete=complete)
    refusals = [*weighing.noes(sign_offs), *_refused_by_rule(record, released=result in _RELEASED)]
    valid_until = None if refusals else _valid_until(record, result, judged)
    lapses = [] if refusals else _lapses(record, valid_until, today)
    if not refusals:
        lapses += regressions(record, later, zone)
    missing = _missing(roles)
    if refusals:
        state = State.REFUSED
    elif lapses:
        state = State.LAPSED
    else:
        state = State.NOT_YET if missing else State.IN_FORCE
    return Release(
        state=state,
        rule_result=decision.result,
        result=Result.NO_GO if any(cause.why is Why.PERSON_SAYS_NO for cause in refusals) else result,
        causes=(*refusals, *lapses, *missing),
        roles=roles,
        sign_offs=_with_places(weighed, roles, seals),
        unusable=tuple(unusable),
        as_of=today,
        in_force_since=max((each.date for each in counted), default=None)
        if complete and not refusals
        else None,
        valid_until=valid_until,
    )


class _Weighing:
    """What is asked of each sign-off of one record."""

    def __init__(
        self,
        record: Record,
        sha256: str,
        judged: date,
        today: date,
        seals: Mapping[SignOff, Seal],
        gone: Collection[SignOff],
    ) -> None:
        self.seals = seals
        self.gone = gone
        self.rule = record.policy.rule
        self.roles = {role.role: role for role in self.rule.sign_offs}
        self.rule_result = record.decision.result
        self.by_rule = self.rule_result in _RELEASED
        self.sha256, self.judged, self.today = sha256, judged, today
        rests_on = {each.waiver for each in record.decision.waived}
        self.requested_by = [each.requested_by for each in record.governance.waivers if each.id in rests_on]
        go_live = record.system.go_live
        days = timedelta(days=self.rule.sign_off_days_at_most)
        self.earliest = go_live - days if go_live is not None else None

    def weigh(self, sign_offs: Iterable[SignOff]) -> dict[SignOff, Flaw | None]:
        """Give every sign-off with what is wrong with it by itself, in an order that is always the same."""
        known = sorted(set(sign_offs), key=_place)
        last = self.last_words(known)
        return {each: self._flaw(each, last) for each in known}

    def last_words(self, sign_offs: Iterable[SignOff]) -> set[SignOff]:
        """Give what each person said last in each role; of two on one day, the stricter one."""
        said: dict[tuple[frozenset[str], str], SignOff] = {}
        for each in sorted(sign_offs, key=_place):
            # A yes without its reason, or what its person did not prove, takes back nothing that they said.
            empty = each.decision is Choice.YES and self._unexplained(each)
            heard = each.decision is Choice.NO or not (empty or self._seal_flaw(each))
            if heard and each.record_sha256 == self.sha256 and each.date <= self.today:
                said[who(each.person), each.role] = each
        return set(said.values())

    def noes(self, sign_offs: Iterable[SignOff]) -> list[Cause]:
        """Give who says no: whatever else is wrong with it, a no about this very record is heard."""
        return [
            Cause(
                why=Why.PERSON_SAYS_NO,
                since=each.date,
                role=each.role,
                person=each.person,
                flaw=Flaw.TAKEN_OUT if each in self.gone else None,
            )
            for each in sorted(self.last_words(sign_offs), key=_place)
            if each.decision is Choice.NO and each.role in self.roles
        ]

    def deviation(self, choice: Choice) -> Deviation:
        """Hold a decision to release against the rule result."""
        if not self.by_rule:
            return Deviation.UP
        stricter = choice is Choice.CONDITIONAL and self.rule_result is Result.GO
        return Deviation.DOWN if stricter else Deviation.NONE

    def _seal_flaw(self, each: SignOff) -> dict[Flaw, bool]:
        required = self.rule.signatures is Signatures.REQUIRED
        fault = seal_fault(self.seals.get(each), signed=each.signature is not None, required=required)
        return {} if fault is None else {Flaw(fault): True}

    def _unexplained(self, each: SignOff) -> bool:
        """Say whether it releases against the rules and does not say why."""
        return not self.by_rule and each.decision is not Choice.NO and not says_something(each.reason or "")

    def _flaw(self, each: SignOff, last: set[SignOff]) -> Flaw | None:
        role = self.roles.get(each.role)
        asked = any(same_person(each.person, person) for person in self.requested_by)
        flaws = {
            Flaw.OTHER_RECORD: each.record_sha256 != self.sha256,
            Flaw.UNKNOWN_ROLE: role is None,
            Flaw.FROM_THE_FUTURE: each.date > self.today,
            **self._seal_flaw(each),
            Flaw.NO_REASON: self._unexplained(each),
            Flaw.SUPERSEDED: each not in last,
            Flaw.TAKEN_OUT: each in self.gone,
            Flaw.BEFORE_THE_RECORD: each.date < self.judged,
            Flaw.TOO_EARLY: self.earliest is not None and each.date < self.earliest,
            Flaw.REQUESTED_IT: role is not None and role.needed is Needed.EXCEPTION and asked,
        }
        return next((flaw for flaw, has in flaws.items() if has), None)


def _place(each: SignOff) -> tuple[date, int, str, str, str]:
    strictness = _STRICTEST_LAST.index(each.decision)
    return each.date, strictness, each.role, each.person, repr(each)


def _needed(record: Record, *, exception: bool) -> list[Role]:
    applies = {
        Needed.ALWAYS: True,
        Needed.PERSONAL_DATA: Trait.PERSONAL_DATA in record.system.traits,
        Needed.EXCEPTION: exception,
    }
    return [role for role in record.policy.rule.sign_offs if applies[role.needed]]


def _deciding(
    needed: Sequence[Role], weighed: Mapping[SignOff, Flaw | None], weighing: _Weighing
) -> tuple[Deciding, ...]:
    """Find a person of their own for as many roles as can be."""
    usable = [each for each, flaw in weighed.items() if flaw is None and each.decision is not Choice.NO]
    by_role = {role.role: [each for each in usable if each.role == role.role] for role in needed}
    taken: dict[frozenset[str], SignOff] = {}

    def seat(role: str, tried: set[frozenset[str]]) -> bool:
        # Whoever is needed here moves to the other role they signed, where somebody else can stand in.
        for each in by_role[role]:
            person = who(each.person)
            if person in tried:
                continue
            tried.add(person)
            if person not in taken or seat(taken[person].role, tried):
                taken[person] = each
                return True
        return False

    for role in needed:
        seat(role.role, set())
    given: dict[str, SignOff] = {}
    for role in needed:
        mine = next((each for each in taken.values() if each.role == role.role), None)
        # Names that differ may still be one person's: A. Meier beside Anna Meier.
        if mine is not None and not any(same_person(mine.person, each.person) for each in given.values()):
            given[role.role] = mine
    return tuple(_one(role, given.get(role.role), weighed, weighing) for role in needed)


def _one(
    role: Role, given: SignOff | None, weighed: Mapping[SignOff, Flaw | None], weighing: _Weighing
) -> Deciding:
    if given is not None:
        return Deciding(role=role, given=given, deviation=weighing.deviation(given.decision))
    mine = [(each, flaw) for each, flaw in weighed.items() if each.role == role.role]
    if not mine:
        return Deciding(role=role, given=None)
    newest, flaw = mine[-1]
    # What has no flaw of its own and is no no is missing because its person counts elsewhere.
    elsewhere = Flaw.SECOND_ROLE if newest.decision is not Choice.NO else None
    return Deciding(role=role, given=None, flaw=flaw or elsewhere)


def _with_places(
    weighed: Mapping[SignOff, Flaw | None], roles: Iterable[Deciding], seals: Mapping[SignOff, Seal]
) -> tuple[Weighed, ...]:
    """Say of every sign-off why it does not count, also where somebody else's counts instead."""
    seated = {deciding.role.role: deciding.given for deciding in roles}

    def flaw_of(each: SignOff, own: Flaw | None) -> Flaw | None:
        if own is not None or each.decision is Choice.NO or each == seated.get(each.role):
            return own
        if each.role not in seated:
            return Flaw.NOT_NEEDED
        return Flaw.SECOND_ROLE if seated[each.role] is None else Flaw.REPLACED

    told = [
        Weighed(sign_off=each, flaw=flaw_of(each, own), seal=seals.get(each)) for each, own in weighed.items()
    ]
    return tuple(
        sorted(told, key=lambda item: (item.sign_off.role, item.sign_off.person, item.sign_off.date))
    )


def _together(rule_result: Result, choices: Sequence[Choice], *, complete: bool) -> Result:
    """Give what is released: never more than the rules give, but where everybody goes against them."""
    if rule_result not in _RELEASED and not complete:
        return rule_result
    if rule_result is Result.CONDITIONAL or Choice.CONDITIONAL in choices:
        return Result.CONDITIONAL
    return Result.GO


def _refused_by_rule(record: Record, *, released: bool) -> list[Cause]:
    if not record.origin.complete:
        return [Cause(why=Why.RUN_INTERRUPTED, run=record.origin.run)]
    return [] if released else [Cause(why=Why.RULE_SAYS_NO)]


def _missing(roles: Iterable[Deciding]) -> list[Cause]:
    return [
        Cause(why=Why.SIGN_OFF_MISSING, role=deciding.role.role, flaw=deciding.flaw)
        for deciding in roles
        if deciding.given is None
    ]


def _valid_until(record: Record, result: Result, judged: date) -> date | None:
    decision = record.decision
    if result is decision.result:
        return decision.valid_until
    # Against the rules or stricter than them: never longer than a release with conditions.
    shorter = last_valid_day(Result.CONDITIONAL, record.system.stage, record.policy.rule, judged)
    days = [day for day in (decision.valid_until, shorter) if day is not None]
    return min(days, default=None)


def _lapses(record: Record, valid_until: date | None, today: date) -> list[Cause]:
    day = timedelta(days=1)
    found: list[Cause] = []
    if valid_until is not None and today > valid_until:
        found.append(Cause(why=Why.VALIDITY_OVER, since=valid_until + day))
    found += [
        Cause(
            why=Why.CONDITION_OVERDUE,
            since=condition.due + day,
            check=condition.check,
            target=condition.target,
            person=condition.owner,
        )
        for condition in record.decision.conditions
        if today > condition.due
    ]
    found += [
        Cause(
            why=Why.WAIVER_OVER,
            since=waived.until + day,
            check=waived.check,
            target=waived.target,
            waiver=waived.waiver,
        )
        for waived in record.decision.waived
        if today > waived.until
    ]
    return found
