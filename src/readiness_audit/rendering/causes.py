"""Why checks could not be answered: one point for each cause, however many checks wait for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, replace

from readiness_audit.model.check import Check
from readiness_audit.model.evidence import Look, Missing, Reason
from readiness_audit.model.verdict import Outcome, Verdict
from readiness_audit.rendering.agreements import waived
from readiness_audit.rendering.declaring import Lack, lack_in
from readiness_audit.rendering.flaws import flaws, says_nothing
from readiness_audit.rendering.reading import UNSEEN, Reading, first_line, weight
from readiness_audit.rendering.story import Blocked, Cause, Condition, Message

FIRST_TARGETS = 8
"""Targets that are named for one message, before the rest is counted."""

FIRST_MESSAGES = 8
"""Different messages that are quoted for one cause."""

MOST_CHECKS = 60
"""Checks that are named for one cause."""

MOST_CAUSES = 60
"""More than anybody reads: beyond, all targets with the same reason are taken together."""

_OWN = frozenset({Reason.NOT_ASSESSABLE, None})
"""Reasons that each check has for itself, as it asks for something else of what was seen."""

_PASSWORDS = "web-credentials"
"""The probe that needs a leave of its own, besides the authorisation."""

_TOOLS = frozenset({Reason.TOOL_MISSING, Reason.TOOL_FAILED})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """Verdicts that are open for one cause, each with the target nothing was seen of."""

    reason: Reason | None
    """None where the evidence is too old."""

    open: tuple[tuple[Verdict, str], ...]
    lack: Lack | None = None


def causes(reading: Reading, conditions: Iterable[Condition]) -> tuple[Cause, ...]:
    """Give every cause with its checks: the weightiest first, then the one most results wait for."""
    settled: dict[tuple[str, str], list[str]] = defaultdict(list)
    for condition in conditions:
        settled[condition.check, condition.target].append(condition.number)
    groups = _few(_alike(_declarable(_grouped(reading))))
    order = sorted(groups, key=lambda group: (_heaviest(reading, group), -len(group.open)))
    return tuple(_Telling(reading, group).cause(f"P-{at:03}", settled) for at, group in enumerate(order, 1))


def _grouped(reading: Reading) -> list[_Group]:
    found: dict[tuple[Hashable, ...], list[tuple[Verdict, str]]] = defaultdict(list)
    for verdict in reading.record.verdicts:
        if not verdict.counts or verdict.outcome not in UNSEEN:
            continue
        reason = verdict.reason if verdict.outcome is Outcome.NOT_ASSESSED else None
        target = _unseen(reading, verdict)
        source: Hashable = target
        if reason in _TOOLS or reason is Reason.NO_TARGET:
            source = verdict.detail
        elif reason is Reason.BROKEN_EXPRESSION:
            source = verdict.check
        elif reason is Reason.INTERRUPTED:
            source = ""
        found[reason, source].append((verdict, target))
    return [
        _Group(
            reason=group[0][0].reason if group[0][0].outcome is Outcome.NOT_ASSESSED else None,
            open=tuple(group),
            lack=lack_in(group[0][0].detail) if group[0][0].reason is Reason.NO_TARGET else None,
        )
        for group in found.values()
    ]


def _unseen(reading: Reading, verdict: Verdict) -> str:
    """Say which target nothing was seen of: a check that joins several looks may be about another one."""
    looks: tuple[Look, ...] = reading.looks.get((verdict.check, verdict.target), ())
    for look in looks:
        _, evidence = reading.evidence.get(look, (0, None))
        if isinstance(evidence, Missing) and evidence.reason is verdict.reason:
            return look.target
    return verdict.target


def _declarable(groups: Iterable[_Group]) -> list[_Group]:
    """Take together what one further target in the system file would settle."""
    result: list[_Group] = []
    for group in groups:
        for at, other in enumerate(result):
            joined = other.lack.joined(group.lack) if other.lack and group.lack else None
            if joined is not None:
                result[at] = replace(other, open=(*other.open, *group.open), lack=joined)
                break
        else:
            result.append(group)
    return result


def _alike(groups: Iterable[_Group]) -> list[_Group]:
    """Take targets together that the same checks wait for, for the same reason: a fleet's silent nodes."""
    found: dict[tuple[Hashable, ...], list[_Group]] = defaultdict(list)
    for group in groups:
        checks = frozenset(verdict.check for verdict, _ in group.open)
        found[group.reason, checks, _alone(group)].append(group)
    return [_together(alike) for alike in found.values()]


def _few(groups: list[_Group]) -> list[_Group]:
    if len(groups) <= MOST_CAUSES:
        return groups
    found: dict[tuple[Hashable, ...], list[_Group]] = defaultdict(list)
    for group in groups:
        found[group.reason, _alone(group)].append(group)
    return [_together(alike) for alike in found.values()]


def _alone(group: _Group) -> int:
    """Keep apart what has its own remedy each; there are never more of these than there are checks."""
    return id(group) if group.reason in _TOOLS or group.reason is Reason.NO_TARGET else 0


def _together(groups: list[_Group]) -> _Group:
    if len(groups) == 1:
        return groups[0]
    return _Group(reason=groups[0].reason, open=tuple(item for group in groups for item in group.open))


def _heaviest(reading: Reading, group: _Group) -> int:
    return min(weight(reading.check(verdict.check)) for verdict, _ in group.open)[0]


class _Telling:
    """Tells one cause."""

    def __init__(self, reading: Reading, group: _Group) -> None:
        self._reading = reading
        self._words = reading.words
        self._group = group
        self._targets = tuple(dict.fromkeys(target for _, target in group.open))
        checks = {verdict.check: reading.check(verdict.check) for verdict, _ in group.open}
        self._checks = sorted(checks.values(), key=weight)
        self._of: dict[str, list[Verdict]] = defaultdict(list)
        for verdict, _ in group.open:
            self._of[verdict.check].append(verdict)
        self._what = group.lack.said(reading.words) if group.lack else ""
        self._quote = reading.told(group.open[0][0])
        self._key = self._reason_key()

    def _reason_key(self) -> str:
        reason, lack = self._group.reason, self._group.lack
        if reason is Reason.NO_TARGET:
            return "undeclared" if lack is None else "several" if lack.several else "no-target"
        if reason is Reason.OUT_OF_SCOPE and all(
            self._asks_for_passwords(verdict) for verdict, _ in self._group.open
        ):
            return "passwords-untried"
        if reason is Reason.INTERRUPTED and self._reading.record.origin.complete:
            return "not-taken"
        return str(reason or "stale")

    def _asks_for_passwords(self, verdict: Verdict) -> bool:
        looks = self._reading.looks.get((verdict.check, verdict.target), ())
        return any(look.probe == _PASSWORDS for look in looks)

    def cause(self, number: str, settled: Mapping[tuple[str, str], list[str]]) -> Cause:
        """Tell it under its number."""
        words, group, first = self._words, self._group, self._checks[0]
        asked = tuple((verdict.check, verdict.target) for verdict, _ in group.open)
        remedy = words.say(f"remedy.{self._key}", what=self._what)
        hidden = len(self._checks) - MOST_CHECKS
        said = self._said()
        lacking = self._flaws()
        messages, more = lacking or (((), "") if said else self._messages())
        sentences = self._key == "not-assessable" and all(
            self._reading.needs(verdicts[-1]) for verdicts in self._of.values()
        )
        return Cause(
            number=number,
            severity=str(first.severity),
            severity_word=words.say(f"severity.{first.severity}"),
            outcome=words.say("outcome.not_assessed" if group.reason else "outcome.stale"),
            title=self._title(),
            messages=messages,
            messages_are="lacking" if lacking else "needed" if sentences else "message",
            more_messages=more,
            follows=self._follows(),
            checks=tuple(
                self._blocked(check, said.get(check.id, "")) for check in self._checks[:MOST_CHECKS]
            ),
            more_checks=words.counted("say.and-more", hidden) if hidden > 0 else "",
            remedy=remedy,
            step=self._step(remedy),
            snippet=group.lack.line(self._reading.record.system.targets) if group.lack else "",
            conditions=tuple(dict.fromkeys(name for pair in asked for name in settled.get(pair, ()))),
            waived=waived(self._reading, asked),
            asked=asked,
        )

    def _blocked(self, check: Check, told: str) -> Blocked:
        words = self._words
        mine = self._of[check.id]
        needs = bool(self._reading.needs(mine[-1]))
        # Where nobody has said anything yet, what to do is to do it, and then to say so.
        unsaid = needs and says_nothing(self._reading, mine)
        return Blocked(
            check=check.id,
            title=words.text(check.title),
            severity=str(check.severity),
            severity_word=words.say(f"severity.{check.severity}"),
            quote="" if needs else told,
            needs=told if needs and not unsaid else "",
            what=first_line(words.text(check.fix))
            if self._group.reason in _OWN and (unsaid or not needs)
            else "",
        )

    def _said(self) -> Mapping[str, str]:
        """Give what was said of each check, where it was not the same of all."""
        if self._group.reason not in _OWN:
            return {}
        told = {name: self._reading.told(verdicts[-1]) for name, verdicts in self._of.items()}
        return {} if len(set(told.values())) == 1 else told

    def _title(self) -> str:
        words = self._words
        match self._key:
            case "interrupted" | "not-taken" | "no-target" | "several" | "undeclared":
                return words.say(f"cause.{self._key}", what=self._what, quote=self._quote)
            case "tool-missing" | "tool-failed":
                said = words.say("cause.tool", reason=words.say(f"reason.{self._key}"), quote=self._quote)
                return said[:1].upper() + said[1:]
            case _:
                return words.say("cause.at", where=self._where(), reason=words.say(f"reason.{self._key}"))

    def _where(self) -> str:
        if self._group.reason is Reason.BROKEN_EXPRESSION:
            return ", ".join(check.id for check in self._checks[:FIRST_TARGETS])
        place = self._reading.place(self._targets[0])
        more = len(self._targets) - 1
        return self._words.counted("cause.more-targets", more, where=place) if more else place

    def _step(self, remedy: str) -> str:
        match self._key:
            case "interrupted" | "not-taken" | "no-target" | "several":
                return remedy
            case "tool-missing" | "tool-failed" | "undeclared":
                return f"{remedy} {self._quote}"
            case _:
                return self._words.say("cause.step", where=self._where(), remedy=remedy)

    def _follows(self) -> str:
        words, results = self._words, len(self._group.open)
        told = words.counted("cause.follows", len(self._checks))
        if results == len(self._checks):
            return told
        return f"{told} ({words.say('cause.results', n=words.number(results))})"

    def _messages(self) -> tuple[tuple[Message, ...], str]:
        """Quote what was said, once each, with the targets it was said of."""
        if self._key in {"no-target", "several", "tool-missing", "tool-failed", "undeclared"}:
            return (), ""
        said: dict[str, dict[str, None]] = defaultdict(dict)
        for verdict, target in self._group.open:
            said[self._reading.told(verdict)][target] = None
        shown = list(said.items())[:FIRST_MESSAGES]
        hidden = len(said) - len(shown)
        named = len(self._targets) > 1
        messages = tuple(
            Message(
                target=self._named(list(targets)) if named else "",
                quote=told,
            )
            for told, targets in shown
            if told or named
        )
        return messages, self._words.counted("say.and-more", hidden) if hidden else ""

    def _flaws(self) -> tuple[tuple[Message, ...], str] | None:
        """Name what keeps evidence that was read from being judged, where it can be pointed at."""
        if self._group.reason is not Reason.NOT_ASSESSABLE:
            return None
        looks = self._reading.looks
        found = flaws(
            self._reading,
            (
                (verdict, look)
                for verdict, _ in self._group.open
                for look in looks.get((verdict.check, verdict.target), ())
            ),
        )
        if not found:
            return None
        several = len({target for target, _ in found}) > 1
        shown = tuple(
            Message(target=self._reading.target(target) if several else "", quote=told)
            for target, told in found[:FIRST_MESSAGES]
        )
        hidden = len(found) - len(shown)
        return shown, self._words.counted("say.and-more", hidden) if hidden else ""

    def _named(self, targets: list[str]) -> str:
        named = ", ".join(self._reading.target(target) for target in targets[:FIRST_TARGETS])
        more = len(targets) - FIRST_TARGETS
        return f"{named} {self._words.counted('say.and-more', more)}" if more > 0 else named
