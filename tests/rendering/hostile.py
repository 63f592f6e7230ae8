"""Texts that a target could choose in order to harm whoever reads the report."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from readiness_audit.model.evidence import Missing, Observed
from readiness_audit.model.governance import Governance, Kind, Refusal, Standing, State, Unreadable
from readiness_audit.model.record import Record
from readiness_audit.model.verdict import Outcome
from tests.governed import CONDITION, WAIVER
from tests.records import a_record

TEXTS = (
    "<script>document.title='owned'</script>",
    "<img src=http://trap.example/i onerror=document.title='owned'>",
    "</style><style>body{background:url(http://trap.example/c)}",
    "\"><svg onload=document.title='owned'>",
    "]]>",
    "--><b>bold</b>",
    "javascript:alert(1)",
    "\x1b[31mred\x1b[0m",
    "\x1b]8;;http://trap.example/\x1b\\link\x1b]8;;\x1b\\",
    "\x9b31mC1",
    "\x07bell",
    "abc\x08\x08\x08xyz",
    "a\rb",
    "line\nbreak",
    "para\u2029graph",
    "\u202eesrever\u202c",
    "\u2066isolate\u2069",
    "zero\u200bwidth\ufeff",
    "tag\U000e0041",
    "\ud800lone",
    "p\u0336a\u0336s\u0336s\u0336",
    "pile" + "\u0301" * 40,
    "wide\u2003\u2003\u2003\u2003away",
    "vari\ufe0fation",
    "=cmd|'/C calc'!A0",
    "@SUM(1+1)",
    "+1",
    "-2",
    "[link](http://trap.example/)",
    "![image](http://trap.example/i.png)",
    "<http://trap.example/auto>",
    "http://trap.example/bare",
    "www.trap.example",
    "mallory@trap.example",
    "# heading",
    "- item",
    "1. first",
    "    code",
    "```",
    "`tick`",
    "**bold**",
    "| cell |",
    "$x$",
    "[x]: http://trap.example/ref",
    "&lt;b&gt;",
    "[bold red]markup[/]",
    "[link=http://trap.example]x[/link]",
    ":white_check_mark:",
    "{{7*7}}",
    "{% for x in y %}",
    "{target}{count}",
    "\x00nul",
    "\x7fdel",
)
ALL = " ".join(TEXTS)

HIDDEN = frozenset("\x00\x07\x08\r\x1b\x7f\x9b\u2029\u202e\u202c\u2066\u2069\u200b\ufeff\U000e0041\ud800")
"""What may stand in no report as it is."""


def hostile_record() -> Record:
    """Give a record in which everything that a target or a tool can choose is hostile."""
    record = a_record(saying=ALL)
    verdicts = tuple(
        replace(
            verdict,
            subjects=TEXTS if verdict.outcome is Outcome.FAIL else (),
            count=len(TEXTS) if verdict.outcome is Outcome.FAIL else 0,
            detail=ALL if verdict.outcome is Outcome.NOT_ASSESSED else verdict.detail,
        )
        for verdict in record.verdicts
    )
    evidence = tuple(
        replace(piece, tool=ALL, excerpts=tuple(replace(excerpt, label=ALL) for excerpt in piece.excerpts))
        if isinstance(piece, Observed)
        else replace(piece, detail=ALL)
        for piece in record.evidence
    )
    assert any(isinstance(piece, Missing) for piece in evidence)
    contacts = tuple(replace(contact, host=ALL, outcome=ALL) for contact in record.contacts)
    origin = replace(record.origin, looked_from=ALL, tool=ALL)
    return replace(
        record,
        verdicts=verdicts,
        evidence=evidence,
        contacts=contacts,
        origin=origin,
        governance=HOSTILE,
        decision=replace(record.decision, standings=(*_standings(), *record.decision.standings)),
    )


PRINTABLE = " ".join(text for text in TEXTS if text.isprintable())
"""All that the people who write exceptions can choose; more is refused when it is read."""

HOSTILE = Governance(
    waivers=(replace(WAIVER, target=PRINTABLE[:200], reason=PRINTABLE, compensation=PRINTABLE),),
    conditions=(replace(CONDITION, demand=PRINTABLE[:500], owner=PRINTABLE[:500]),),
    unreadable=(Unreadable(kind=Kind.WAIVER, name=ALL, line=1, problem=ALL),),
)


def _standings() -> tuple[Standing, ...]:
    (waiver,) = HOSTILE.waivers
    in_force = Standing(
        kind=Kind.WAIVER,
        id=waiver.id,
        check=waiver.check,
        target=waiver.target,
        state=State.ACTIVE,
        last_day=date(2027, 1, 31),
        approved_by=ALL,
    )
    return (
        in_force,
        replace(in_force, id=ALL, state=State.REFUSED, refusal=Refusal.UNREADABLE, detail=ALL, line=1),
    )


def shows_nothing_hidden(text: str) -> bool:
    """Say whether a report is free of everything that works without being seen."""
    return not HIDDEN & set(text)
