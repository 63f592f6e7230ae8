"""A record opened for reading: what belongs together can be found by what names it."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from readiness_audit.errors import ReportError
from readiness_audit.model.check import Check, Severity
from readiness_audit.model.decision import Waived
from readiness_audit.model.evidence import Evidence, Look, Observed
from readiness_audit.model.record import Record
from readiness_audit.model.target import Endpoint, Host, Target
from readiness_audit.model.verdict import NOT_TRUE, Outcome, Verdict
from readiness_audit.rendering.joined import joined_places
from readiness_audit.rendering.plainly import named, spoken
from readiness_audit.rendering.story import Block, Proof
from readiness_audit.rendering.story_release import Mark
from readiness_audit.rendering.words import Words, fill

FIRST_SUBJECTS = 8
"""Offenders that a sentence names."""

SHORT_SUBJECTS = 3
"""Offenders that a main reason names."""

UNSEEN = frozenset({Outcome.NOT_ASSESSED, Outcome.STALE})
"""Outcomes that answer nothing."""

LONGEST_LINE = 240
_WEIGHT = {severity: weight for weight, severity in enumerate(Severity)}
_LISTED = ("- ", "* ")
_LABEL = re.compile(r"[A-Za-z][\w./+-]*(?: [\w./+-]+){0,2}(?: \([^)]{1,40}\))?: ")
# Four letters before the full stop, so that no abbreviation ends a sentence.
_SENTENCE = re.compile(r".{30,238}?[\w)]{4}[.!?](?= |$)")
_AUTHORS_WIDTH = 100
"""Checks are written in lines of about this length."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A record, the words to tell it in, and its parts by name."""

    record: Record
    words: Words
    checks: Mapping[str, Check]
    targets: Mapping[str, Target]
    looks: Mapping[tuple[str, str], tuple[Look, ...]]
    """By check and target."""

    evidence: Mapping[Look, tuple[int, Evidence]]
    """With its number in the register, from 1."""

    waived: Mapping[tuple[str, str], Waived]
    """By check and target."""

    def check(self, name: str) -> Check:
        """Give the check a verdict is about."""
        if name not in self.checks:
            raise ReportError(f"the record has a verdict on {name!r}, which is not a check of its policy")
        return self.checks[name]

    def target(self, name: str) -> str:
        """Name a target in a sentence."""
        return name or self.words.say("say.whole-system")

    def finding(self, verdict: Verdict, first: int = FIRST_SUBJECTS) -> str:
        """Give the finding's sentence with what was observed, naming the `first` offenders."""
        check, words = self.check(verdict.check), self.words
        names = named(check, words.language)
        values = {name: spoken(value, words) for name, value in check.parameters.items()}
        values |= {name: words.quoted(value, names) for name, value in verdict.values.items()}
        shown = ", ".join(self.subjects(verdict, first))
        hidden = verdict.count - min(len(verdict.subjects), first)
        if verdict.subjects and hidden > 0:
            shown += " " + words.counted("say.and-more", hidden)
        values |= {
            "subjects": shown,
            "count": words.number(verdict.count),
            "target": self.target(verdict.target),
        }
        return fill(" ".join(words.text(check.finding).split()), values)

    def subjects(self, verdict: Verdict, most: int) -> tuple[str, ...]:
        """Give the first offenders; what a check names in both languages, in this one."""
        names = named(self.check(verdict.check), self.words.language)
        return tuple(
            shortened(names.get(subject) or self.words.heard.said(self.words.with_days(subject)))
            for subject in verdict.subjects[:most]
        )

    def place(self, name: str) -> str:
        """Name a target, and say where it is."""
        declared = self.targets.get(name)
        place = where(declared) if declared else ""
        return self.words.say("cause.where", target=name, place=place) if place else self.target(name)

    def quoted(self, detail: str) -> str:
        """Quote what a tool or a probe said about a look; a tool says so in English, whoever reads it."""
        said = self.words.heard.said(detail)
        return self.words.say("form.quote", text=shortened(said)) if detail else ""

    def told(self, verdict: Verdict) -> str:
        """
        Say why a verdict answers nothing: what the evidence must show, or what was said of the look.

        The record keeps the expression that did not hold; a check from before it had a sentence quotes it.
        """
        return self.needs(verdict) or self.quoted(verdict.detail)

    def needs(self, verdict: Verdict) -> str:
        """Say what the evidence must show for a verdict to be given; nothing where that is not the matter."""
        sentence = self.check(verdict.check).must_show
        if sentence is None or not verdict.detail.startswith(NOT_TRUE):
            return ""
        return " ".join(self.words.text(sentence).split())

    def parameters(self, check: Check) -> str:
        """Write the parameters of a check in one line."""
        return "; ".join(f"{name} = {self.words.value(value)}" for name, value in check.parameters.items())

    def proofs(self, verdict: Verdict) -> tuple[Proof, ...]:
        """Give the evidence a verdict rests on."""
        found = []
        for look in self.looks.get((verdict.check, verdict.target), ()):
            if look in self.evidence:
                number, evidence = self.evidence[look]
                found.append(Proof(number=evidence_number(number), told=self._told(evidence)))
        return tuple(found)

    def vantage(self, piece: Evidence) -> str:
        """Say from where a look was taken; what other runs saw was seen from where they looked."""
        return ", ".join(self.vantages(piece))

    def vantages(self, piece: Evidence) -> tuple[str, ...]:
        """Give each of the places."""
        return joined_places(piece, self.record, self.words) or (self._vantage(piece.look.target),)

    def _vantage(self, target: str) -> str:
        place = self.record.origin.looked_from
        declared = self.targets.get(target)
        here = self.record.system.here
        if isinstance(declared, Host) and (here is None or declared.scan is not None):
            return f"{place} ({self.words.say(f'vantage.{declared.vantage}')})"
        if here is not None and isinstance(declared, Host | Endpoint):
            return f"{place} ({here.name}, {self.words.say(f'vantage.{here.network}')})"
        return place

    def _told(self, evidence: Evidence) -> str:
        parts = [evidence.look.id, self.words.moment(evidence.taken_at)]
        if isinstance(evidence, Observed):
            parts.append(evidence.tool)
        else:
            parts.append(self.words.say(f"reason.{evidence.reason}"))
        return " · ".join((*parts, self.vantage(evidence)))


def weight(check: Check) -> tuple[int, str]:
    """Give what checks are sorted by: the most severe first, then by name."""
    return _WEIGHT[check.severity], check.id


def opened(record: Record, words: Words) -> Reading:
    """Open a record for reading."""
    return Reading(
        record=record,
        words=words,
        checks={check.id: check for check in record.policy.checks},
        targets={target.id: target for target in record.system.targets},
        looks={(step.check, step.target): step.looks for step in record.plan.steps},
        waived={(each.check, each.target): each for each in record.decision.waived},
        evidence={piece.look: (number, piece) for number, piece in enumerate(record.evidence, 1)},
    )


def evidence_number(number: int) -> str:
    """Write the number of a piece of evidence."""
    return f"N-{number:03}"


def where(target: Target) -> str:
    """Say where a target is: its host and port, its file or its path."""
    declared = {field.name: getattr(target, field.name) for field in dataclasses.fields(target)}
    if "host" in declared:
        host = f"[{declared['host']}]" if ":" in declared["host"] else declared["host"]
        return f"{host}:{declared['port']}" if "port" in declared else str(declared["host"])
    return str(declared.get("file") or declared.get("path") or "")


def status(outcomes: Mapping[Outcome, int], *, may_be_partial: bool = False) -> Mark:
    """
    Say which sign results get when they are shown together: the worst shows, none hides.

    Only a success point as a whole can be met in part; a check that fails anywhere is not met.
    Nothing is met while a part of it is open, however much of it passed.
    """
    passed, failed = outcomes.get(Outcome.PASS, 0), outcomes.get(Outcome.FAIL, 0)
    unseen = outcomes.get(Outcome.NOT_ASSESSED, 0) + outcomes.get(Outcome.STALE, 0)
    if failed:
        return "partial" if passed and may_be_partial else "fail"
    if unseen:
        return "incomplete" if passed else "open"
    if passed:
        return "pass"
    return "aside" if outcomes.get(Outcome.NOT_APPLICABLE, 0) else "none"


def prose(text: str) -> tuple[Block, ...]:
    """Take a text of a check apart into paragraphs, lists and lines of code."""
    blocks: list[Block] = []
    for paragraph in text.replace("\r\n", "\n").strip("\n").split("\n\n"):
        lines = [line for line in paragraph.split("\n") if line.strip()]
        if lines and all(line.startswith("    ") for line in lines):
            blocks.append(Block(kind="code", lines=tuple(line[4:] for line in lines)))
            continue
        blocks.extend(_flowing(lines))
    return tuple(blocks)


def first_line(text: str) -> str:
    """Give the first sentence of a text of a check, or its beginning where that is long."""
    blocks = prose(text)
    lines = blocks[0].lines if blocks else ("",)
    # A line that ends in a colon says nothing without the one below it.
    shown = " ".join(lines[:2]) if lines[0].endswith(":") else lines[0]
    if sentence := _SENTENCE.match(shown):
        return sentence[0]
    return shortened(shown)


def shortened(text: str, longest: int = LONGEST_LINE) -> str:
    """Give a text, or its beginning up to a word's end where it has more characters than `longest`."""
    if len(text) <= longest:
        return text
    return text[:longest].rsplit(" ", 1)[0] + " …"


def _flowing(lines: Iterable[str]) -> list[Block]:
    text: list[str] = []
    items: list[str] = []
    above = ""
    for line in lines:
        bare = line.strip()
        if bare.startswith(_LISTED):
            items.append(bare[2:])
        elif items:
            items[-1] += f" {bare}"
        elif text and not _begins_anew(text[-1], above, bare):
            text[-1] += f" {bare}"
        else:
            text.append(bare)
        above = bare
    blocks = [Block(kind="text", lines=tuple(text))] if text else []
    return [*blocks, Block(kind="list", lines=tuple(items))] if items else blocks


def _begins_anew(so_far: str, above: str, line: str) -> bool:
    """Say whether an author meant a line to begin here: `nginx: ...`, or after a sentence that left room."""
    ended = above.endswith((".", ":", ";"))
    if _LABEL.match(line):
        # In the middle of a sentence or a bracket, `ID: ...` is no label.
        return (ended or _LABEL.match(so_far) is not None) and so_far.count("(") <= so_far.count(")")
    return ended and len(above) + len(line.split(" ", 1)[0]) < _AUTHORS_WIDTH
