"""Tell whether a release is in force, who signed it, and what is missing. Nothing is weighed here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta

from readiness_audit.model.decision import Result
from readiness_audit.model.record import Record
from readiness_audit.model.release import Cause, Deviation, Flaw, Release, State, Weighed, Why
from readiness_audit.model.seal import Seal
from readiness_audit.model.sign_off import SignOff
from readiness_audit.rendering.agreements import signed_with
from readiness_audit.rendering.story_release import Mark, Released, Signed
from readiness_audit.rendering.words import Words

_DAY = timedelta(days=1)
_MARKS: Mapping[State, Mark] = {
    State.IN_FORCE: "pass",
    State.NOT_YET: "partial",
    State.LAPSED: "fail",
    State.REFUSED: "fail",
}


def released(record: Record, release: Release | None, words: Words) -> Released:
    """Tell how the release stands; where no sign-offs were handed over, say so and leave room for them."""
    if release is None:
        roles = record.policy.rule.sign_offs
        return Released(
            state="unknown",
            mark="none",
            line="",
            over="",
            beside="",
            reasons=(),
            notes=(words.say("release.not-given"),),
            rows=tuple(
                _empty(words.say(f"needed.{role.needed}", role=words.text(role.title))) for role in roles
            ),
        )
    titles = {role.role: words.text(role.title) for role in record.policy.rule.sign_offs}
    over = _is_over(release)
    return Released(
        state=str(release.state),
        # In force against the rules is no plain yes.
        mark="partial"
        if release.against_the_rules and release.state is State.IN_FORCE
        else _MARKS[release.state],
        line="" if _only_by_rule(release) else release_line(record, release, words),
        over=words.say(f"cover.status.{release.state}") if over else "",
        beside=_beside(release, words),
        reasons=tuple(cause_sentence(cause, titles, words) for cause in _weighty(release)) if over else (),
        notes=(
            words.say("release.as-of", day=words.day(release.as_of)),
            # What the line says already is not said again.
            *(cause_sentence(cause, titles, words) for cause in _unsaid(release)),
            *_deviations(release, titles, words),
            *_others(release, words),
        ),
        rows=tuple(_rows(release, titles, words)),
    )


def _is_over(release: Release) -> bool:
    """Say whether the rules would allow what is not, or no more, released."""
    allowed = release.rule_result in {Result.GO, Result.CONDITIONAL}
    return allowed and release.state in {State.LAPSED, State.REFUSED}


def _beside(release: Release, words: Words) -> str:
    if release.state is State.NOT_YET:
        return words.say("release.beside.not-yet")
    if release.state is State.IN_FORCE and (
        release.against_the_rules or release.result is not release.rule_result
    ):
        return words.say("release.beside.otherwise", result=words.say(f"result.{release.result}"))
    return ""


def _only_by_rule(release: Release) -> bool:
    """Say whether there is nothing to tell but the rule result, which every report begins with."""
    return (
        release.state is State.REFUSED
        and all(cause.why in {Why.RULE_SAYS_NO, Why.SIGN_OFF_MISSING} for cause in release.causes)
        and all(item.flaw is Flaw.OTHER_RECORD for item in release.sign_offs)
    )


def release_line(record: Record, release: Release, words: Words) -> str:
    """Say it in one line: `GO by rule, but not in force: sign-off of ISB missing`."""
    titles = {role.role: words.text(role.title) for role in record.policy.rule.sign_offs}
    rule_result = words.say(f"result.{release.rule_result}")
    match release.state:
        case State.IN_FORCE:
            return _in_force(release, rule_result, words)
        case State.NOT_YET:
            missing = [words.text(deciding.role.title) for deciding in release.missing]
            what = words.counted("release.missing", len(missing), roles=", ".join(missing))
        case State.LAPSED:
            since = words.day(release.lapsed_since) if release.lapsed_since else words.say("say.unknown")
            return words.say(
                "release.lapsed", result=rule_result, since=since, what=_why(release, titles, words)
            )
        case State.REFUSED:
            what = _why(release, titles, words)
            if not any(cause.why is Why.PERSON_SAYS_NO for cause in release.causes):
                return words.say("release.refused-by-rule", result=rule_result, what=what)
            if release.rule_result not in {Result.GO, Result.CONDITIONAL}:
                return words.say("release.refused-as-well", result=rule_result, what=what)
    return words.say(f"release.{release.state}", result=rule_result, what=what)


def _why(release: Release, titles: Mapping[str, str], words: Words) -> str:
    return " ".join(cause_sentence(cause, titles, words) for cause in _weighty(release))


def _weighty(release: Release) -> list[Cause]:
    """Leave out who has not signed yet: it matters no more."""
    return [cause for cause in release.causes if cause.why is not Why.SIGN_OFF_MISSING]


def _unsaid(release: Release) -> list[Cause]:
    """Give the causes that the line does not tell with what is wrong."""
    return [cause for cause in release.causes if cause.flaw is not None and cause.why is Why.SIGN_OFF_MISSING]


def _in_force(release: Release, rule_result: str, words: Words) -> str:
    since = words.day(release.in_force_since) if release.in_force_since else words.say("say.unknown")
    until = words.day(release.valid_until) if release.valid_until else words.say("say.unknown")
    key = "in-force"
    if release.against_the_rules:
        key = "against"
    elif release.result is not release.rule_result:
        key = "stricter"
    return words.say(
        f"release.{key}",
        rule=rule_result,
        result=words.say(f"result.{release.result}"),
        since=since,
        until=until,
    )


def cause_sentence(cause: Cause, titles: Mapping[str, str], words: Words) -> str:
    """Say one reason why a release is not in force; `titles` are those of roles, by id."""
    told = words.say(
        f"release-cause.{cause.why}",
        role=titles.get(cause.role, cause.role),
        person=cause.person,
        check=cause.check,
        target=cause.target or words.say("release.whole-system"),
        waiver=cause.waiver,
        run=cause.run,
        since=words.day(cause.since) if cause.since else "",
        last=words.day(cause.since - _DAY) if cause.since else "",
    )
    if cause.flaw is None:
        return told
    if cause.flaw is Flaw.TAKEN_OUT:
        return f"{told} {words.say('release.taken-out')}"
    return f"{told} {words.say('release.does-not-count', flaw=words.say(f'flaw.{cause.flaw}'))}"


def _deviations(release: Release, titles: Mapping[str, str], words: Words) -> Iterable[str]:
    for deciding in release.roles:
        given = deciding.given
        if given is not None and deciding.deviation is not Deviation.NONE:
            yield words.say(
                f"release.deviation-{deciding.deviation}",
                rule=words.say(f"result.{release.rule_result}"),
                person=given.person,
                role=titles.get(given.role, given.role),
                choice=words.say(f"choice.{given.decision}"),
                reason=given.reason or given.comment or words.say("say.unknown"),
            )


def _others(release: Release, words: Words) -> Iterable[str]:
    elsewhere = sum(item.flaw is Flaw.OTHER_RECORD for item in release.sign_offs)
    if elsewhere:
        yield words.counted("release.elsewhere", elsewhere)
    for line in release.unusable:
        yield words.say("release.unusable", entry=line)


def _rows(release: Release, titles: Mapping[str, str], words: Words) -> Iterable[Signed]:
    seals = {item.sign_off: item.seal for item in release.sign_offs}
    for deciding in release.roles:
        title, given = words.text(deciding.role.title), deciding.given
        yield _empty(title) if given is None else _given(title, given, "", seals.get(given), words)
    counted = {deciding.given for deciding in release.roles}
    for item in release.sign_offs:
        if item.sign_off not in counted and item.flaw is not Flaw.OTHER_RECORD:
            yield _other(item, titles, words)


def _other(item: Weighed, titles: Mapping[str, str], words: Words) -> Signed:
    role = titles.get(item.sign_off.role, item.sign_off.role)
    flaw = words.say("release.no-effect", flaw=words.say(f"flaw.{item.flaw}")) if item.flaw else ""
    if item.flaw is Flaw.TAKEN_OUT:
        flaw = words.say("release.taken-out")
    return _given(role, item.sign_off, flaw, item.seal, words)


def _given(role: str, given: SignOff, flaw: str, seal: Seal | None, words: Words) -> Signed:
    key = signed_with(words, [seal]) if seal else ""
    return Signed(
        role=role,
        person=given.person,
        decision=words.say(f"choice.{given.decision}"),
        date=words.day(given.date),
        remark=" ".join(filter(None, (flaw, given.comment, key))),
    )


def _empty(role: str) -> Signed:
    return Signed(role=role, person="", decision="", date="", remark="")
