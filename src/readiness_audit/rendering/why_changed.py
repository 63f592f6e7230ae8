"""Say in one sentence why a decision is another one now: which checks, waivers, conditions, or whose edit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from readiness_audit.model.check import names_now
from readiness_audit.model.decision import Behind, RuleName
from readiness_audit.model.difference import Cause, Difference, Edit
from readiness_audit.model.record import Record
from readiness_audit.model.texts import Language
from readiness_audit.model.verdict import Outcome, Verdict
from readiness_audit.rendering.reading import Reading, opened
from readiness_audit.rendering.words import Words, fill, words_in

MOST_REASONS = 3
"""Reasons that are told in the sentence; the rest is counted."""

_WORDS = {
    "same": ("{system}: still {after}", "{system}: weiterhin {after}"),
    "changed": (
        "{system}: was {before} on {then}, is {after} on {now}",
        "{system}: war {before} am {then}, ist {after} am {now}",
    ),
    "because": ("{what} because {reasons}.", "{what}. Grund: {reasons}."),
    "besides": ("{what}; besides, {reasons}.", "{what}. Neu dabei: {reasons}."),
    "and": (" and ", " und "),
    "more.one": ("{n} more reason", "{n} weiterer Grund"),
    "more.many": ("{n} more reasons", "{n} weitere Gründe"),
    "fails": ("{check} is not met{on}{said}{why}", "{check} ist{on} nicht erfüllt{said}{why}"),
    "first": (
        "{check}, asked for the first time, is not met{on}{said}",
        "{check}, erstmals gefragt, ist{on} nicht erfüllt{said}",
    ),
    "unseen": ("{check} was not assessed{on}{said}{why}", "{check} wurde{on} nicht geprüft{said}{why}"),
    "waiver-expired": ("waiver {waiver} expired", "die Ausnahmegenehmigung {waiver} ist abgelaufen"),
    "waiver-gone": (
        "waiver {waiver} has no effect any more",
        "die Ausnahmegenehmigung {waiver} ist nicht mehr wirksam",
    ),
    "waived": (
        "waiver {waiver} covers {check}{on}",
        "die Ausnahmegenehmigung {waiver} deckt {check}{on}",
    ),
    "condition-due": (
        "the condition for {check}{on} fell due on {day}",
        "die Auflage zu {check}{on} war bis {day} zu erfüllen",
    ),
    "condition-gone": (
        "the condition for {check}{on} has no effect any more",
        "die Auflage zu {check}{on} ist nicht mehr wirksam",
    ),
    "settled": (
        "a condition was agreed for {check}{on}",
        "zu {check}{on} wurde eine Auflage vereinbart",
    ),
    "met": ("{check} is met{on}{why}", "{check} ist{on} erfüllt{why}"),
    "aside": ("{check} does not apply any more{why}", "{check} ist nun entbehrlich{why}"),
    "unasked": ("{check} is not asked any more", "{check} wird nicht mehr gefragt"),
    "preview": ("{check} does not count at this stage", "{check} zählt in dieser Stufe nicht"),
    "rated": ("{check} is rated {severity} now", "{check} ist nun als {severity} eingestuft"),
    "stage": ("the stage is {stage} now", "die Stufe ist nun {stage}"),
    "coverage": (
        "{now} of the applicable checks were answered instead of {then}",
        "{now} statt {then} der anwendbaren Prüfungen wurden beantwortet",
    ),
    "policy": ("the policy changed ({changed})", "die Richtlinie wurde geändert ({changed})"),
    "number": ("{what}: {before} -> {after}", "{what}: {before} -> {after}"),
    "on": (" on {target}", " an {target}"),
    Cause.CHECK: (", since the check was changed", ", weil die Prüfung geändert wurde"),
    Cause.SYSTEM: (", since the system file was changed", ", weil die Systemdatei geändert wurde"),
    Cause.TOOL: (
        ", as seen by another version or from another machine",
        ", gesehen mit anderer Version oder von anderem Rechner",
    ),
}
_OURS = (Cause.CHECK, Cause.SYSTEM, Cause.TOOL)
_COVERAGE = frozenset({RuleName.COVERAGE_TOO_LOW, RuleName.CONDITIONS_OR_COVERAGE})


def why_changed(old: Record, new: Record, difference: Difference, language: Language) -> str:
    """
    Write it as `was GO on 3 May, is NO-GO on 23 November because ... and waiver W-7 expired`.

    `difference` is that of the two records. Days are those of the newer policy's time zone.
    """
    words = words_in(language, new.policy.rule.zone)
    telling = _Telling(old, new, difference, words)
    before, after = difference.before, difference.after
    what = telling.say(
        "changed" if difference.decision_changed else "same",
        system=difference.system,
        before=words.say(f"result.{before.result}"),
        after=words.say(f"result.{after.result}"),
        then=words.day(before.judged_at.astimezone(words.zone).date()),
        now=words.day(after.judged_at.astimezone(words.zone).date()),
    )
    reasons = telling.reasons()
    if not reasons:
        return what
    return telling.say(
        "because" if difference.decision_changed else "besides", what=what, reasons=telling.joined(reasons)
    )


@dataclass(frozen=True, slots=True)
class _Side:
    """One record by identity, under the names checks have now."""

    verdicts: Mapping[tuple[str, str], Verdict]
    waivers: Mapping[tuple[str, str], str]
    conditions: Mapping[tuple[str, str], str]

    def verdict(self, behind: Behind) -> Verdict | None:
        return self.verdicts.get((behind.check, behind.target)) or self.verdicts.get((behind.check, ""))


def _side(record: Record, names: Mapping[str, str]) -> _Side:
    decision = record.decision

    def spot(check: str, target: str) -> tuple[str, str]:
        return names.get(check, check), target

    return _Side(
        {spot(each.check, each.target): each for each in record.verdicts},
        {spot(each.check, each.target): each.waiver for each in decision.waived},
        {spot(each.check, each.target): each.due.isoformat() for each in decision.conditions},
    )


class _Telling:
    """Tells reasons in one language."""

    def __init__(self, old: Record, new: Record, difference: Difference, words: Words) -> None:
        self.old, self.new, self.difference, self.words = old, new, difference, words
        self.then = _side(old, names_now(old.policy.checks, new.policy.checks))
        self.now = _side(new, {})
        self.reading: Reading = opened(new, words)
        self.today = new.decision.judged_at.astimezone(words.zone).date()

    def say(self, key: str, **values: str) -> str:
        return fill(_WORDS[key][self.words.language is Language.DE], values)

    def joined(self, reasons: list[str]) -> str:
        shown, hidden = reasons[:MOST_REASONS], len(reasons) - MOST_REASONS
        if hidden > 0:
            shown = [*shown, self.say("more.one" if hidden == 1 else "more.many", n=str(hidden))]
        return self.say("and").join(filter(None, (", ".join(shown[:-1]), shown[-1])))

    def reasons(self) -> list[str]:
        """Give what is behind the decision now, then what no longer is, then what people changed for all."""
        told = [self._came(behind) for behind in self.difference.came]
        # What is behind it now says enough, where the answer is no better than before.
        if not told:
            told = [self._went(behind) for behind in self.difference.went]
        if self.difference.decision_changed:
            told += self._overall()
            told = told or [*self._coverage(), *self._agreements()]
        return list(dict.fromkeys(told))

    def _came(self, behind: Behind) -> str:
        spot = (behind.check, behind.target)
        if (waiver := self.then.waivers.get(spot)) and spot not in self.now.waivers:
            return self._waiver_over(waiver)
        if (due := self.then.conditions.get(spot)) and spot not in self.now.conditions:
            return self._condition_over(behind, due)
        verdict = self.now.verdict(behind)
        return self._of("fails", behind, said="", why="") if verdict is None else self._open(behind, verdict)

    def _open(self, behind: Behind, verdict: Verdict) -> str:
        old = self.then.verdict(behind)
        if old is not None and old.outcome is verdict.outcome and (edited := self._weighed(behind)):
            return edited
        if verdict.outcome is not Outcome.FAIL:
            said = self.words.say(f"reason.{verdict.reason or 'stale'}")
            return self._of("unseen", behind, said=f" ({said})", why=self._why(behind))
        said = self.reading.finding(verdict).rstrip(".")
        key = "first" if old is None else "fails"
        return self._of(key, behind, said=f" ({said})" if said else "", why=self._why(behind))

    def _went(self, behind: Behind) -> str:
        spot = (behind.check, behind.target)
        if (waiver := self.now.waivers.get(spot)) and spot not in self.then.waivers:
            return self._of("waived", behind, waiver=waiver)
        if spot in self.now.conditions and spot not in self.then.conditions:
            return self._of("settled", behind)
        verdict = self.now.verdict(behind)
        if verdict is None or not verdict.counts:
            return self._of("preview" if verdict else "unasked", behind)
        if verdict.outcome in {Outcome.PASS, Outcome.NOT_APPLICABLE}:
            key = "met" if verdict.outcome is Outcome.PASS else "aside"
            return self._of(key, behind, why=self._why(behind))
        return self._weighed(behind) or self._open(behind, verdict)

    def _waiver_over(self, waiver: str) -> str:
        until = max(each.until for each in self.old.decision.waived if each.waiver == waiver)
        return self.say("waiver-expired" if self.today > until else "waiver-gone", waiver=waiver)

    def _condition_over(self, behind: Behind, due: str) -> str:
        if self.today.isoformat() > due:
            return self._of("condition-due", behind, day=self.words.quoted(due))
        return self._of("condition-gone", behind)

    def _weighed(self, behind: Behind) -> str:
        """Say what made an unchanged verdict weigh differently; nothing where nobody changed that."""
        for edit in self.difference.edits:
            if (edit.area, edit.of, edit.what) == (Cause.CHECK, behind.check, "severity") and edit.after:
                return self._of("rated", behind, severity=self.words.say(f"severity.{edit.after}"))
        for edit in self.difference.edits:
            if (edit.area, edit.of, edit.what) == (Cause.SYSTEM, "", "stage") and edit.after:
                return self.say("stage", stage=self.words.say(f"stage.{edit.after}"))
        return ""

    def _overall(self) -> list[str]:
        """Give the numbers of the policy that changed."""
        changed = [
            self.say("number", what=edit.what, before=edit.before or "-", after=edit.after or "-")
            for edit in self.difference.edits
            if _is_rule(edit)
        ]
        return [self.say("policy", changed=", ".join(changed))] if changed else []

    def _coverage(self) -> list[str]:
        before, after = self.difference.before, self.difference.after
        if not {before.rule, after.rule} & _COVERAGE or before.coverage == after.coverage:
            return []
        words = self.words
        return [self.say("coverage", now=words.ratio(after.coverage), then=words.ratio(before.coverage))]

    def _agreements(self) -> Iterable[str]:
        """Give conditions and waivers that came or went, where nothing else is behind the change."""
        for spot in sorted(self.then.conditions.keys() - self.now.conditions.keys()):
            yield self._condition_over(Behind(check=spot[0], target=spot[1]), self.then.conditions[spot])
        for spot in sorted(self.now.conditions.keys() - self.then.conditions.keys()):
            yield self._of("settled", Behind(check=spot[0], target=spot[1]))
        for waiver in sorted({*self.then.waivers.values()} - {*self.now.waivers.values()}):
            yield self._waiver_over(waiver)
        for spot in sorted(self.now.waivers.keys() - self.then.waivers.keys()):
            yield self._of("waived", Behind(check=spot[0], target=spot[1]), waiver=self.now.waivers[spot])

    def _why(self, behind: Behind) -> str:
        """Say whose change it is, where it is not the world's."""
        causes = {
            cause
            for each in self.difference.transitions
            if (each.check, each.target) == (behind.check, behind.target)
            for cause in each.causes
        }
        if Cause.WORLD in causes:
            return ""
        return next((self.say(cause) for cause in _OURS if cause in causes), "")

    def _of(self, key: str, behind: Behind, **values: str) -> str:
        on = self.say("on", target=behind.target) if behind.target else ""
        return self.say(key, check=behind.check, on=on, **values)


def _is_rule(edit: Edit) -> bool:
    return edit.area is Cause.POLICY and not edit.of and edit.what.startswith("rule.")
