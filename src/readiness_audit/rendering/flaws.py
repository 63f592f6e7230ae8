"""Name the cells, dates and statements of a piece of evidence that keep checks from being answered."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from readiness_audit.model.evidence import Look, Observed, Plain
from readiness_audit.model.verdict import Verdict
from readiness_audit.rendering.reading import Reading, shortened

LONGEST_CELL = 60
"""Characters of a cell that are shown."""

LONGEST_PORTS = 200

_LISTS = {
    "unreadable": ("row", "column", "text", "expected"),
    "incomplete": ("row", "column"),
}
_ASKED = re.compile(r"s\.check == '([a-z0-9_.]+)'", re.ASCII)
_STATEMENT = ("row", "check", "missing")


def flaws(reading: Reading, asked: Iterable[tuple[Verdict, Look]]) -> tuple[tuple[str, str], ...]:
    """Give each flaw that keeps a check from its answer, once, with the target it is in."""
    found: dict[tuple[str, str], None] = {}
    unsaid: dict[str, dict[str, None]] = {}
    lacking: dict[str, dict[str, None]] = {}
    for verdict, look in asked:
        _, evidence = reading.evidence.get(look, (0, None))
        if not isinstance(evidence, Observed):
            continue
        for told in _told(reading, evidence.facts):
            found[look.target, told] = None
        if _says_nothing_on(_statement_for(verdict), evidence.facts):
            unsaid.setdefault(look.target, {})[_statement_for(verdict)] = None
        for column in _lacking(verdict, evidence.facts):
            lacking.setdefault(look.target, {})[column] = None
    for target, checks in unsaid.items():
        found[target, reading.words.say("flaw.unsaid", checks=", ".join(checks))] = None
    for target, columns in lacking.items():
        found[
            target, reading.words.say("flaw.columns", columns=", ".join(map(reading.words.column, columns)))
        ] = None
    return tuple(found)


def says_nothing(reading: Reading, verdicts: Iterable[Verdict]) -> bool:
    """Say whether these are about a statement that nobody has made."""
    for verdict in verdicts:
        for look in reading.looks.get((verdict.check, verdict.target), ()):
            _, evidence = reading.evidence.get(look, (0, None))
            if isinstance(evidence, Observed) and _says_nothing_on(_statement_for(verdict), evidence.facts):
                return True
    return False


def unasked(reading: Reading) -> tuple[str, ...]:
    """Give the ids that statements are made on and that no check of the policy has, each once."""
    found: dict[str, None] = {}
    for _, evidence in reading.evidence.values():
        if isinstance(evidence, Observed) and evidence.look.probe == "attestation":
            for entry in (
                *_entries(evidence.facts.get("statements")),
                *_entries(evidence.facts.get("incomplete")),
            ):
                name = str(entry.get("check") or "")
                if name and name not in reading.checks:
                    found[shortened(name, LONGEST_CELL)] = None
    return tuple(found)


def _told(reading: Reading, facts: Mapping[str, Plain]) -> Iterator[str]:
    words = reading.words
    if facts.get("row_count") == 0:
        yield words.say("flaw.no-row")
    if "snapshots" in facts and facts.get("good") == 0:
        yield words.say("flaw.no-backup")
    for name, keys in _LISTS.items():
        for entry in _entries(facts.get(name)):
            if values := _values(reading, entry, keys):
                yield words.say(f"flaw.{name}", **values)
            elif values := _values(reading, entry, _STATEMENT):
                yield words.say("flaw.statement", **values)
    dates = facts.get("unreadable_dates")
    for date in dates if isinstance(dates, list | tuple) else ():
        yield words.say("flaw.date", text=shortened(str(date), LONGEST_CELL))
    if isinstance(ports := facts.get("standing_out"), list | tuple) and ports:
        yield words.say("flaw.standing-out", ports=shortened(", ".join(map(str, ports)), LONGEST_PORTS))


def _statement_for(verdict: Verdict) -> str:
    """Give the id a statement must have for this check: some checks ask about another one's."""
    asked = _ASKED.search(verdict.detail)
    return asked[1] if asked else verdict.check


def _says_nothing_on(check: str, facts: Mapping[str, Plain]) -> bool:
    """Say whether these are statements of persons, and none of them is on this check."""
    if "statements" not in facts:
        return False
    entries = (*_entries(facts["statements"]), *_entries(facts.get("incomplete")))
    return all(entry.get("check") != check for entry in entries)


def _lacking(verdict: Verdict, facts: Mapping[str, Plain]) -> Iterator[str]:
    """Give the columns a register has not, as far as the check asks for them."""
    missing = facts.get("missing_columns")
    for column in missing if isinstance(missing, list | tuple) else ():
        if f"'{column}' in " in verdict.detail:
            yield str(column)


def _entries(listed: Plain) -> Iterator[Mapping[str, Plain]]:
    # A record may be from another version: what has another shape is passed over, not stumbled on.
    for entry in listed if isinstance(listed, list | tuple) else ():
        if isinstance(entry, Mapping):
            yield entry


def _values(reading: Reading, entry: Mapping[str, Plain], keys: tuple[str, ...]) -> dict[str, str]:
    if not all(key in entry for key in keys):
        return {}
    values: dict[str, str] = {}
    for key in keys:
        value = entry[key]
        text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
        if key == "column":
            values[key] = reading.words.column(text)
            continue
        values[key] = reading.words.heard.said(shortened(text, LONGEST_CELL) if key == "text" else text)
    return values
