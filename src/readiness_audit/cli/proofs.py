"""Say in sentences what was proved of a record, and what could not be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from readiness_audit.model.evidence import Plain
from readiness_audit.model.texts import Language
from readiness_audit.rendering.words import fill, words_in

if TYPE_CHECKING:
    from readiness_audit.ledger.lineage import Lineage
    from readiness_audit.ledger.proof import Proof

_WORDS = {
    "signed": (
        "It was signed with a key that you named or trust: {key}.",
        "Unterschrieben wurde mit einem Schlüssel, den Sie genannt haben oder dem Sie vertrauen: {key}.",
    ),
    "files": (
        "Its files ({count}) are those that were signed: none was changed, left out or added.",
        "Die Dateien ({count}) sind die signierten: Keine ist verändert, keine fehlt, keine kam dazu.",
    ),
    "says": (
        "It is run {run} of {system}, made by {tool}; its answer is {result}, judged as of {at}.",
        "Es ist Lauf {run} von {system}, erstellt von {tool}; das Ergebnis lautet {result}, Stand {at}.",
    ),
    "first": ("It is the first of its chain.", "Es ist das erste Glied seiner Kette."),
    "follows": (
        "It is number {sequence} of its chain and follows the manifest {previous}.",
        "Es ist Glied {sequence} seiner Kette und folgt auf das Verzeichnis (manifest.json) {previous}.",
    ),
    "chain": (
        "The history up to number {sequence} (run {run}) is whole: nothing was changed, removed or put in.",
        "Die Historie bis Glied {sequence} (Lauf {run}) ist lückenlos: nichts verändert, entfernt, ergänzt.",
    ),
    "head": (
        "The record that you had noted is part of the history: {head}.",
        "Die Ergebnisdatei, die Sie sich notiert hatten, gehört zur Historie: {head}.",
    ),
    "judged": (
        "Judged again from its evidence, it comes to the same bytes: the answer follows from it.",
        "Die erneute Bewertung der Nachweise ergibt dieselben Bytes: Das Ergebnis folgt aus ihnen.",
    ),
    "report": (
        "The report {name} is what this record says, byte for byte.",
        "Der Bericht {name} gibt die Ergebnisdatei Byte für Byte wieder.",
    ),
    "stamped": (
        "The signature was there at {at}: an authority that you trust stamped it.",
        "Die Signatur gab es am {at}: Ein Zeitstempeldienst, dem Sie vertrauen, hat das bestätigt.",
    ),
    "not key": (
        "That the key is theirs: you said so by naming or trusting it.",
        "Dass der Schlüssel dieser Person gehört: Das haben Sie bestätigt (--key, keys trust).",
    ),
    "not revoked": (
        "That the key was never revoked: no list was given with --revoked, and yours does not name it.",
        "Dass der Schlüssel nie widerrufen wurde: --revoked nannte keine Liste, und Ihre nennt ihn nicht.",
    ),
    "not time": (
        "When it was signed: {at} is what the signer's clock said.",
        "Wann signiert wurde: {at} ist die Angabe der signierenden Stelle.",
    ),
    "not stamped": (
        "That it was stamped: there is a time stamp, and no authority was named with --authority.",
        "Den Zeitstempel: Es gibt einen, aber --authority nannte keine Stelle, der Sie vertrauen.",
    ),
    "not truth": (
        "That the evidence is true: a signature shows who vouches for it, not what the systems were like.",
        "Dass die Nachweise wahr sind: Eine Signatur zeigt, wer dafür einsteht, nicht, wie es wirklich war.",
    ),
    "not end": (
        "That nothing is missing at its end: only a manifest's hash kept elsewhere shows that (--head).",
        "Dass am Ende nichts fehlt: Das zeigt nur eine anderswo verwahrte Prüfsumme (--head).",
    ),
    "not chain": (
        "That no record before or after it was left out: --chain looks at that, where the others are.",
        "Dass davor und danach kein Lauf fehlt: Das prüft --chain, wo die anderen liegen.",
    ),
    "not before": (
        "Records ({count}) of before records were chained: nobody vouches for them.",
        "Läufe ({count}) aus der Zeit vor der Verkettung: Für sie steht niemand ein.",
    ),
    "not pruned": (
        "What deleted records ({count}) said: their place in the chain is left, and what they held is gone.",
        "Was gelöschte Läufe ({count}) besagten: Ihr Platz in der Kette ist belegt, ihr Inhalt fehlt.",
    ),
    "not held back": (
        "What the excerpts ({count}) held that were not handed over; their hashes are known.",
        "Was in den nicht übergebenen Auszügen ({count}) stand; ihre Prüfsummen sind bekannt.",
    ),
    "not rebuilt": (
        "That the answer follows from the evidence, and that reports say the same: --rebuild looks at that.",
        "Dass das Ergebnis aus den Nachweisen folgt und Berichte dasselbe sagen: Das prüft --rebuild.",
    ),
    "not beside": (
        "What lies beside the record in the zip and no signature of the record covers: {names}.",
        "Was in der ZIP-Datei neben der Ergebnisdatei liegt und ihre Signatur nicht abdeckt: {names}.",
    ),
    "incomplete": (
        "The run was interrupted: the record holds what was known until then.",
        "Der Lauf wurde abgebrochen: Die Ergebnisdatei enthält, was bis dahin bekannt war.",
    ),
}
_HEADS = {
    "proved": ("PROVED: run {run} of {system}", "BEWIESEN: Lauf {run} von {system}"),
    "refused": ("NOT PROVED", "NICHT BEWIESEN"),
    "shown": ("Shown", "Gezeigt"),
    "open": ("Not shown", "Nicht gezeigt"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """Everything that came of verifying one record."""

    proof: Proof
    lineage: Lineage | None = None
    head: str | None = None
    rebuilt: bool = False
    """Whether judging again gave the same."""

    reports: tuple[str, ...] = ()
    """Reports that are what the record says."""

    beside: tuple[str, ...] = ()
    """Files in a zip that were not looked into."""

    stamped_at: datetime | None = None
    listed: bool = False
    """Whether a list of revoked keys was given."""


def told(found: Findings, language: Language) -> str:
    """Give the answer as text."""
    proof = found.proof
    lines = ["✓ " + _said(_HEADS["proved"], language, run=proof.run, system=proof.system), ""]
    result = words_in(language, "UTC").say(f"result.{proof.result}")
    for head, sentences in (("shown", _shown(found)), ("open", _open(found))):
        lines.append(_said(_HEADS[head], language) + ":")
        lines += [
            f"  - {_said(_WORDS[key], language, **{**values, 'result': result})}" for key, values in sentences
        ]
        lines.append("")
    return "\n".join(lines)


def refused(reason: str, language: Language) -> str:
    """Give the answer where it is no."""
    return f"✗ {_said(_HEADS['refused'], language)}: {reason}\n"


def machine(found: Findings) -> dict[str, Plain]:
    """Give the answer for programs."""
    proof, lineage = found.proof, found.lineage
    return {
        "proved": True,
        "run": proof.run,
        "system": proof.system,
        "result": proof.result,
        "judged_at": _moment(proof.judged_at),
        "complete": proof.complete,
        "key": proof.by.keyid,
        "record_sha256": proof.record_sha256,
        "manifest_sha256": proof.manifest_sha256,
        "sequence": proof.sequence,
        "previous": proof.previous,
        "files": proof.files,
        "held_back": list(proof.held_back),
        "chain": None
        if lineage is None
        else {"newest": lineage.newest.run, "length": lineage.newest.manifest.sequence, "head": found.head},
        "rebuilt": found.rebuilt,
        "reports": list(found.reports),
        "not_covered": list(found.beside),
        "stamped_at": _moment(found.stamped_at) if found.stamped_at else None,
        "shown": [key for key, _ in _shown(found)],
        "not_shown": [key.removeprefix("not ") for key, _ in _open(found)],
    }


def _shown(found: Findings) -> Iterator[tuple[str, Mapping[str, str]]]:
    proof = found.proof
    key = f"{proof.by.name} ({proof.by.keyid})" if proof.by.name else proof.by.keyid
    yield "signed", {"key": key}
    yield "files", {"count": str(proof.files)}
    at = _moment(proof.judged_at)
    yield "says", {"run": proof.run, "system": proof.system, "tool": proof.tool, "at": at}
    if proof.previous is None:
        yield "first", {}
    else:
        yield "follows", {"sequence": str(proof.sequence), "previous": proof.previous}
    if found.lineage is not None:
        newest = found.lineage.newest
        yield "chain", {"sequence": str(newest.manifest.sequence), "run": newest.run}
        if found.head is not None:
            yield "head", {"head": found.head}
    if found.rebuilt:
        yield "judged", {}
    for name in found.reports:
        yield "report", {"name": name}
    if found.stamped_at is not None:
        yield "stamped", {"at": _moment(found.stamped_at)}


def _open(found: Findings) -> Iterator[tuple[str, Mapping[str, str]]]:
    yield "not truth", {}
    yield "not key", {}
    if not found.listed:
        yield "not revoked", {}
    if found.stamped_at is None:
        yield "not time", {"at": _moment(found.proof.judged_at)}
        if found.proof.stamped:
            yield "not stamped", {}
    yield from _open_around(found)
    if not found.proof.complete:
        yield "incomplete", {}


def _open_around(found: Findings) -> Iterator[tuple[str, Mapping[str, str]]]:
    if found.lineage is None:
        yield "not chain", {}
    elif found.head is None:
        yield "not end", {}
    if found.lineage is not None and found.lineage.before:
        yield "not before", {"count": str(found.lineage.before)}
    if found.lineage is not None and found.lineage.pruned:
        yield "not pruned", {"count": str(found.lineage.pruned)}
    if found.proof.held_back:
        yield "not held back", {"count": str(len(found.proof.held_back))}
    if not found.rebuilt:
        yield "not rebuilt", {}
    if found.beside:
        yield "not beside", {"names": ", ".join(found.beside)}


def _said(words: tuple[str, str], language: Language, **values: str) -> str:
    return fill(words[language is Language.DE], values)


def _moment(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
