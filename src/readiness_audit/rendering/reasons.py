"""Tell how a record came to its decision: the rules in order, and all that is behind them."""

from __future__ import annotations

from collections.abc import Sequence

from readiness_audit.model.decision import Behind, Hit, RuleName
from readiness_audit.model.governance import IN_FORCE, Condition, Standing
from readiness_audit.model.record import Record
from readiness_audit.model.release import Release
from readiness_audit.model.texts import Language
from readiness_audit.model.verdict import Outcome, Verdict
from readiness_audit.rendering.agreements import risk, signed_with, waived, waiver_of, why
from readiness_audit.rendering.reading import Reading, opened
from readiness_audit.rendering.released import release_line, released
from readiness_audit.rendering.summary import headline, rule_sentence
from readiness_audit.rendering.words import Words, fill, words_in

_WORDS = {
    "of": (
        "Run {run} of {system}, judged on {day} by {policy}@{edition}",
        "Lauf {run} von {system}, bewertet am {day} nach {policy}@{edition}",
    ),
    "again": (
        "It judges what run {run} saw; nothing was looked at anew.",
        "Er bewertet, was Lauf {run} gesehen hat; es wurde nichts neu erhoben.",
    ),
    "interrupted": (
        "The run was interrupted: what it did not reach is not assessed.",
        "Der Lauf wurde abgebrochen: Was er nicht erreicht hat, ist nicht geprüft.",
    ),
    "order": (
        "The rules are asked in a fixed order, and the first that applies decides.",
        "Die Regeln werden in fester Reihenfolge gefragt; die erste zutreffende entscheidet.",
    ),
    "passed-over": ("{n}. {rule}: does not apply.", "{n}. {rule}: trifft nicht zu."),
    "decides": ("{n}. {rule}: applies, and decides.", "{n}. {rule}: trifft zu und entscheidet."),
    "agrees": ("{n}. {rule}: applies as well.", "{n}. {rule}: trifft ebenfalls zu."),
    "behind": ("What is behind it:", "Dahinter stehen:"),
    "nothing": ("Nothing is open behind it.", "Dahinter steht nichts Offenes."),
    "conditions": ("Conditions in force:", "Wirksame Auflagen:"),
    "waivers": ("Exceptions in force:", "Wirksame Ausnahmegenehmigungen:"),
    "idle": ("Conditions and exceptions without effect:", "Auflagen und Ausnahmen ohne Wirkung:"),
    "agreed": ("{kind} {name}: {state}.", "{kind} {name}: {state}."),
    "agreed-why": ("{kind} {name}: {state}, since: {why}.", "{kind} {name}: {state}, denn: {why}."),
    "condition": (
        "{check} ({target}): {demand} Responsible is {owner}, due by {due}; {approver} has agreed.",
        "{check} ({target}): {demand} Verantwortlich ist {owner}, Frist {due}; zugestimmt hat {approver}.",
    ),
    "waiver": (
        "{id} lets {check} ({target}) be borne until {until}: {reason}",
        "{id} lässt {check} ({target}) bis {until} zu: {reason}",
    ),
    "waiver-risk": (
        "The risk is taken on with {risk}. Meanwhile: {compensation}",
        "Das Restrisiko ist übernommen: {risk}. Bis dahin: {compensation}",
    ),
    "waiver-by": (
        "Asked for by {requester} on {day}, approved by {approver}; results it covers: {covers}.",
        "Beantragt durch {requester} am {day}, genehmigt durch {approver}; betroffene Ergebnisse: {covers}.",
    ),
    "valid": (
        "The release is valid until {day}, that day included.",
        "Die Freigabe gilt bis einschließlich {day}.",
    ),
    "invalid": ("Nothing is released.", "Nichts ist freigegeben."),
}


def reasons(record: Record, language: Language, release: Release | None = None) -> str:
    """
    Write the way to the decision as sentences, and how the release stands where that was worked out.

    Raises `ReportError` for a self-contradicting record.
    """
    words = words_in(language, record.policy.rule.zone)
    reading = opened(record, words)
    answer = headline(reading)
    decision, origin = record.decision, record.origin
    where = _say(
        words,
        "of",
        run=origin.run,
        system=record.system.system,
        day=words.moment(decision.judged_at),
        policy=record.policy.policy,
        edition=record.policy.edition,
    )
    lines = [answer.word, answer.said, "", where]
    if origin.judged_from:
        lines.append(_say(words, "again", run=origin.judged_from))
    if not origin.complete:
        lines.append(_say(words, "interrupted"))
    lines += ["", _say(words, "order"), *_rules(reading)]
    lines += _listed(words, "conditions", [_condition(reading, each) for each in decision.conditions])
    standings = decision.standings
    lines += _listed(
        words, "waivers", [_waiver(reading, each) for each in standings if each.state in IN_FORCE]
    )
    lines += _listed(
        words, "idle", [_without(reading, each) for each in standings if each.state not in IN_FORCE]
    )
    until = decision.valid_until
    lines += ["", _say(words, "valid", day=words.day(until)) if until else _say(words, "invalid")]
    if release is not None:
        told = released(record, release, words)
        lines += ["", release_line(record, release, words), *(f"  - {note}" for note in told.notes)]
    return "\n".join(lines) + "\n"


def _say(words: Words, key: str, **values: str) -> str:
    return fill(_WORDS[key][words.language is Language.DE], values)


def _rules(reading: Reading) -> list[str]:
    words, decision = reading.words, reading.record.decision
    applies = {hit.rule: hit for hit in decision.agreeing}
    lines: list[str] = []
    for number, rule in enumerate(RuleName, 1):
        hit = decision.deciding if rule is decision.deciding.rule else applies.get(rule)
        key = "passed-over" if hit is None else "decides" if hit is decision.deciding else "agrees"
        lines.append(_say(words, key, n=str(number), rule=words.say(f"rule-name.{rule}")))
        if hit is not None:
            lines.append(f"   {rule_sentence(reading, rule, len(hit.behind))}")
        if hit is decision.deciding:
            lines += _behind(reading, hit)
    return lines


def _behind(reading: Reading, hit: Hit) -> list[str]:
    if not hit.behind:
        return [f"   {_say(reading.words, 'nothing')}"]
    verdicts = {(verdict.check, verdict.target): verdict for verdict in reading.record.verdicts}
    lines = [f"   {_say(reading.words, 'behind')}"]
    for behind in hit.behind:
        lines += _reason(reading, behind, verdicts.get((behind.check, behind.target)))
    return lines


def _reason(reading: Reading, behind: Behind, verdict: Verdict | None) -> list[str]:
    words, check = reading.words, reading.check(behind.check)
    target = reading.target(behind.target)
    severity = words.say(f"severity.{check.severity}")
    lines = [f"   - {words.text(check.title)} [{check.id}, {severity}]"]
    if verdict is None:
        return [*lines, f"     {target}"]
    outcome = words.say(f"outcome.{verdict.outcome}")
    if verdict.outcome is Outcome.FAIL:
        said = reading.finding(verdict)
    else:
        reason = words.say(f"reason.{verdict.reason}") if verdict.reason else ""
        said = "; ".join(filter(None, (reason, reading.told(verdict))))
    lines.append(f"     {target}: {outcome}{': ' if said else ''}{said}")
    lines += [f"     {told}" for told in waived(reading, [(behind.check, behind.target)])]
    proofs = ", ".join(proof.number + " " + proof.told for proof in reading.proofs(verdict))
    return [*lines, f"     {proofs}"] if proofs else lines


def _listed(words: Words, key: str, entries: Sequence[list[str]]) -> list[str]:
    entries = [entry for entry in entries if entry]
    lines = [
        f"    {line}" if number else f"  - {line}" for entry in entries for number, line in enumerate(entry)
    ]
    return ["", _say(words, key), *lines] if lines else []


def _condition(reading: Reading, condition: Condition) -> list[str]:
    words = reading.words
    told = _say(
        words,
        "condition",
        check=condition.check,
        target=reading.target(condition.target),
        demand=_ended(condition.demand),
        owner=condition.owner,
        due=words.day(condition.due),
        approver=condition.approved_by,
    )
    return [told]


def _waiver(reading: Reading, standing: Standing) -> list[str]:
    words, waiver = reading.words, waiver_of(reading, standing)
    if waiver is None or standing.last_day is None:
        return []
    return [
        _say(
            words,
            "waiver",
            id=waiver.id,
            check=waiver.check,
            target=waiver.target,
            until=words.day(standing.last_day),
            reason=_ended(waiver.reason),
        ),
        _say(words, "waiver-risk", risk=risk(reading, waiver), compensation=_ended(waiver.compensation)),
        _say(
            words,
            "waiver-by",
            requester=waiver.requested_by,
            day=words.day(waiver.requested_on),
            approver=standing.approved_by,
            covers=words.number(standing.covers),
        ),
        *filter(None, [signed_with(words, standing.seals)]),
    ]


def _without(reading: Reading, standing: Standing) -> list[str]:
    words, reason = reading.words, why(reading, standing)
    about = f"{standing.check} ({reading.target(standing.target)})" if standing.check else ""
    told = _say(
        words,
        "agreed-why" if reason else "agreed",
        kind=words.say(f"agreed.{standing.kind}"),
        name=" ".join(filter(None, (standing.id, about))),
        state=words.say(f"state.{standing.state}"),
        why=reason,
    )
    return [told, *filter(None, (signed_with(words, standing.seals), standing.detail))]


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."
