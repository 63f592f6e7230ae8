"""What people agreed, as a report tells it: exceptions in force, and how every agreement stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from readiness_audit.model.governance import IN_FORCE, Kind, Refusal, Standing, Waiver
from readiness_audit.model.seal import Seal, SealFault
from readiness_audit.rendering.grounds import condition_number
from readiness_audit.rendering.reading import Reading
from readiness_audit.rendering.story_agreements import Agreement, Exemption, Sign
from readiness_audit.rendering.words import Words

SHOWN = 16
"""Digits of the id of a key: as many as nobody finds a second key for by trying."""

_MARKS: Mapping[str, Sign] = {"active": "pass", "expiring": "partial"}


def waived(reading: Reading, spots: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Say which of these results, by check and target, are waived: until when, by whom, on what."""
    words = reading.words
    found: dict[str, list[str]] = defaultdict(list)
    every = list(dict.fromkeys(spots))
    for spot in every:
        if each := reading.waived.get(spot):
            day = words.day(each.until)
            told = words.say("say.waived", day=day, by=each.approved_by, waiver=each.waiver)
            found[told].append(reading.target(spot[1]))
    if len(every) == 1:
        return tuple(found)
    return tuple(
        words.say("say.waived-on", told=told, targets=", ".join(dict.fromkeys(targets)))
        for told, targets in found.items()
    )


def exemptions(reading: Reading) -> tuple[Exemption, ...]:
    """Give the exceptions in force, with all that was said for them."""
    words, found = reading.words, []
    for standing in reading.record.decision.standings:
        waiver = waiver_of(reading, standing)
        if waiver is None or standing.state not in IN_FORCE or standing.last_day is None:
            continue
        check = reading.checks.get(waiver.check)
        found.append(
            Exemption(
                number=waiver.id,
                check=waiver.check,
                title=words.text(check.title) if check else waiver.check,
                target=waiver.target,
                reason=waiver.reason,
                risk=risk(reading, waiver),
                compensation=waiver.compensation,
                requested_by=waiver.requested_by,
                approved_by=standing.approved_by,
                until=words.day(standing.last_day),
            )
        )
    return tuple(found)


def agreements(reading: Reading) -> tuple[Agreement, ...]:
    """Give how every condition and exception stands, those without effect included, and why."""
    words = reading.words
    numbers = {
        (condition.check, condition.target): condition_number(number)
        for number, condition in enumerate(reading.record.decision.conditions, 1)
    }
    return tuple(
        Agreement(
            name=f"{words.say(f'agreed.{standing.kind}')} {_number(standing, numbers)}".rstrip(),
            check=standing.check,
            target=standing.target,
            mark=_MARKS.get(standing.state, "none"),
            state=words.say(f"state.{standing.state}"),
            why=why(reading, standing),
            detail=standing.detail,
            until=words.day(standing.last_day) if standing.last_day else "",
            approved_by=standing.approved_by,
            signed=signed_with(words, standing.seals),
        )
        for standing in reading.record.decision.standings
    )


def why(reading: Reading, standing: Standing) -> str:
    """Say why an entry has no effect; nothing where it has, or where its state says all."""
    words = reading.words
    if standing.refusal is None:
        return ""
    told = words.say(f"refusal.{standing.refusal}")
    if standing.refusal is Refusal.UNREADABLE and standing.line is not None:
        return words.say("say.in-line", told=told, line=str(standing.line))
    return told


def signed_with(words: Words, seals: Iterable[Seal]) -> str:
    """Say with which keys something is signed, and whose they are."""
    # Of a signature that does not hold, nobody can say whose it is; another person's key is one that does.
    told = {None: "made", SealFault.ANOTHERS_KEY: "made"}
    lines = [
        words.say(f"seal.{told.get(seal.fault, 'claimed')}", id=seal.key[:SHOWN], name=seal.name)
        for seal in seals
    ]
    return " ".join(dict.fromkeys(lines))


def waiver_of(reading: Reading, standing: Standing) -> Waiver | None:
    """Give the waiver a standing is about, as people wrote it."""
    if standing.kind is not Kind.WAIVER:
        return None
    told = (standing.id, standing.check, standing.target)
    every = reading.record.governance.waivers
    return next((each for each in every if (each.id, each.check, each.target) == told), None)


def risk(reading: Reading, waiver: Waiver) -> str:
    """Say how likely and how bad what is borne would be."""
    say = reading.words.say
    return say(
        "say.risk",
        likelihood=say(f"level.{waiver.risk.likelihood}"),
        impact=say(f"level.{waiver.risk.impact}"),
    )


def _number(standing: Standing, numbers: Mapping[tuple[str, str], str]) -> str:
    if standing.kind is Kind.CONDITION and standing.state in IN_FORCE:
        return numbers.get((standing.check, standing.target), "")
    return standing.id
