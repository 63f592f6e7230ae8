"""Tell a record as a story for people. Nothing is decided here: what is said stands in the record."""

from __future__ import annotations

from readiness_audit.model.evidence import Observed
from readiness_audit.model.policy import Rule
from readiness_audit.model.record import Record
from readiness_audit.model.release import Release
from readiness_audit.model.system import Authorisation
from readiness_audit.rendering import annexes, summary
from readiness_audit.rendering.agreements import agreements, exemptions
from readiness_audit.rendering.causes import causes
from readiness_audit.rendering.findings import check_rows, findings, references
from readiness_audit.rendering.flaws import unasked
from readiness_audit.rendering.grounds import grounds, steps
from readiness_audit.rendering.joined import joined_notices
from readiness_audit.rendering.reading import Reading, opened
from readiness_audit.rendering.released import released
from readiness_audit.rendering.story import Ground, Pair, Story
from readiness_audit.rendering.words import Words

FIRST_NAMES = 8
"""Ids that a notice names, before the rest is counted."""


def tell(record: Record, words: Words, sha256: str | None = None, release: Release | None = None) -> Story:
    """
    Tell `record` in the language of `words`.

    `sha256` is the record file's own, so that a reader can hold the report against it; `release`
    is how its release stands, where sign-offs were handed over.
    Raises `ReportError` where the record contradicts itself.
    """
    reading = opened(record, words)
    agreed = annexes.conditions(reading, record.decision.conditions)
    found = findings(reading, agreed)
    unanswered = causes(reading, agreed)
    plan = annexes.measures(reading, found, unanswered, agreed)
    stands = released(record, release, words)
    main = grounds(reading, found, unanswered, agreed)
    if stands.over:
        main = tuple(Ground(title=told, note="", message="", number="") for told in stands.reasons)
    rows = check_rows(reading, counting=True)
    standing = _status(words, record, release)
    return Story(
        language=str(words.language),
        system=record.system.title,
        stage=words.say(f"stage.{record.system.stage}"),
        run=record.origin.run,
        date=words.day(record.decision.judged_at.astimezone(words.zone)),
        status=standing,
        complete=record.origin.complete,
        notices=_notices(reading),
        headline=summary.headline(reading),
        released=stands,
        figures=summary.figures(reading),
        grounds=main,
        steps=steps(reading, plan, main, unanswered, release),
        points=summary.points(reading),
        control=_control(reading, sha256, standing),
        mandate=_mandate(reading),
        targets=annexes.targets(reading),
        criteria=criteria(reading.record.policy.rule, reading.words),
        changed=annexes.changed(reading),
        left_out=annexes.left_out(reading),
        method=_method(reading),
        looks=annexes.looks(reading),
        matrix=summary.matrix(reading),
        findings=found,
        positives=tuple(row for row in rows if row.mark == "pass"),
        conditions=agreed,
        exemptions=exemptions(reading),
        waived=words.counted("say.of-which-waived", waived)
        if (waived := record.decision.tally.waived)
        else "",
        agreements=agreements(reading),
        measures=plan,
        causes=unanswered,
        aside=annexes.set_aside(reading),
        previews=check_rows(reading, counting=False),
        agreeing=_agreeing(reading),
        evidence=annexes.evidence(reading, found),
        contacts=annexes.contacts(reading),
        checks=rows,
        references=references(reading, rows),
        made_by=words.say("say.made-by", tool=record.origin.tool, run=record.origin.run),
    )


def _status(words: Words, record: Record, release: Release | None) -> str:
    if not record.origin.complete:
        return words.say("cover.status.incomplete")
    return words.say(f"cover.status.{release.state}" if release else "cover.status.open")


def _pairs(words: Words, *given: tuple[str, str]) -> tuple[Pair, ...]:
    return tuple(Pair(label=words.say(f"label.{key}"), value=value) for key, value in given)


def _control(reading: Reading, sha256: str | None, standing: str) -> tuple[Pair, ...]:
    record, words = reading.record, reading.words
    origin, decision = record.origin, record.decision
    again = (("judged-from", origin.judged_from),) if origin.judged_from else ()
    return _pairs(
        words,
        ("run", origin.run),
        *again,
        ("status", standing),
        ("classification", words.say("cover.classification")),
        ("period", _span(words, record)),
        ("judged-at", words.moment(decision.judged_at)),
        ("valid-until", summary.headline(reading).valid_until),
        ("policy", f"{words.text(record.policy.title)} ({record.policy.policy})"),
        ("edition", record.policy.edition),
        ("tool", origin.tool),
        ("schema", str(record.schema)),
        ("sha256", sha256 or words.say("label.no-sha256")),
    )


def _notices(reading: Reading) -> tuple[str, ...]:
    origin, words = reading.record.origin, reading.words
    told = [] if origin.complete else [words.say("say.incomplete")]
    if origin.resumes:
        told.append(words.say("say.resumes", run=origin.resumes))
    if origin.judged_from:
        told.append(words.say("say.judged-again", run=origin.judged_from))
    told += joined_notices(reading.record, words)
    if names := unasked(reading):
        more = len(names) - FIRST_NAMES
        shown = ", ".join(names[:FIRST_NAMES])
        shown += f" {words.counted('say.and-more', more)}" if more > 0 else ""
        told.append(words.say("say.unasked-statements", checks=shown))
    return tuple(told)


def _span(words: Words, record: Record) -> str:
    start, end = record.origin.started_at, record.origin.finished_at
    return f"{words.moment(start)} {words.say('say.to')} {words.moment(end)}"


def _mandate(reading: Reading) -> tuple[Pair, ...]:
    system, words = reading.record.system, reading.words
    needs = [
        f"{words.say(f'label.{name}')}: {words.say(f'need.{getattr(system.protection, name)}')}"
        for name in ("confidentiality", "integrity", "availability")
    ]
    return _pairs(
        words,
        ("system", system.title),
        ("system-id", system.system),
        ("owner", system.owner),
        ("stage", words.say(f"stage.{system.stage}")),
        ("go-live", words.day(system.go_live) if system.go_live else words.say("say.unknown")),
        ("protection", ", ".join(needs)),
        (
            "traits",
            ", ".join(
                words.say("form.trait", name=trait, told=words.say(f"trait.{trait}"))
                for trait in system.traits
            )
            or words.say("say.nothing-declared"),
        ),
        ("authorisation", _authorised(words, system.authorisation)),
    )


def _authorised(words: Words, given: Authorisation | None) -> str:
    if given is None:
        return words.say("label.not-authorised")
    return words.say(
        "label.authorised",
        targets=", ".join(given.targets),
        start=words.moment(given.valid_from),
        end=words.moment(given.valid_until),
        approver=given.approved_by,
        contact=given.contact,
    )


def criteria(rule: Rule, words: Words) -> tuple[Pair, ...]:
    """Say every number of a policy's rule, and who has to sign."""
    shown = {
        "conditions_at_most": words.number(rule.conditions_at_most),
        "condition_days_at_most": words.number(rule.condition_days_at_most),
        "waiver_days_at_most": words.number(rule.waiver_days_at_most),
        "waiver_days_blocker": words.number(rule.waiver_days_blocker),
        "waiver_extensions_at_most": words.number(rule.waiver_extensions_at_most),
        "waiver_gap_days": words.number(rule.waiver_gap_days),
        "expiring_days": words.number(rule.expiring_days),
        "coverage_for_go": words.ratio(rule.coverage_for_go),
        "coverage_at_least": words.ratio(rule.coverage_at_least),
        "months_valid": words.number(rule.months_valid),
        "months_valid_conditional": words.number(rule.months_valid_conditional),
        "months_valid_pilot": words.number(rule.months_valid_pilot),
        "zone": rule.zone,
        "sign_offs": "; ".join(
            words.say(f"needed.{role.needed}", role=words.text(role.title)) for role in rule.sign_offs
        ),
        "sign_off_days_at_most": words.number(rule.sign_off_days_at_most),
        "signatures": words.say(f"signatures.{rule.signatures}"),
    }
    return tuple(Pair(label=words.say(f"criteria.{name}"), value=value) for name, value in shown.items())


def _method(reading: Reading) -> tuple[str, ...]:
    record, words = reading.record, reading.words
    tools = {piece.tool for piece in record.evidence if isinstance(piece, Observed)}
    vantages = {place for piece in record.evidence for place in reading.vantages(piece)}
    # A place that is told with its network need not be told without.
    if len(vantages) > 1:
        vantages.discard(record.origin.looked_from)
    told = [
        words.say("say.method"),
        *_notices(reading),
        f"{words.say('label.tools')}: {', '.join(sorted(tools)) or words.say('say.none')}.",
        f"{words.say('label.vantage')}: {', '.join(sorted(vantages)) or record.origin.looked_from}.",
        words.say("say.sampling"),
        words.say("say.automated"),
        words.say("say.limits"),
        words.say("say.one-record"),
    ]
    return tuple(told)


def _agreeing(reading: Reading) -> tuple[Pair, ...]:
    say = reading.words.say
    return tuple(
        Pair(
            label=f"{say(f'rule-name.{hit.rule}')} ({say(f'result.{hit.result}')})",
            value=summary.rule_sentence(reading, hit.rule, len(hit.behind)),
        )
        for hit in reading.record.decision.agreeing
    )
