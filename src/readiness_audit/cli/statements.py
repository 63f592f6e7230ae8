"""Statements: on which checks they are made, and which of these do not exist."""

from __future__ import annotations

import asyncio
import difflib
from collections.abc import Iterable

from readiness_audit.cli.loading import Subject
from readiness_audit.model.check import Catalogue
from readiness_audit.model.target import Attestations
from readiness_audit.model.texts import Language
from readiness_audit.probes.documents.statements import LARGEST_FILE, read_statements
from readiness_audit.probes.reach.apart import read_apart
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.deadline import Deadline
from readiness_audit.probes.reach.folder import Folder
from readiness_audit.rendering.words import fill

_SECONDS = 10.0
_WORDS = {
    "idle": (
        "{target} has a statement on {check}, which is no check there is{meant}",
        "{target} enthält eine Erklärung zu {check}; eine solche Prüfung gibt es nicht{meant}",
    ),
    "meant": ("; did you mean {close}?", "; gemeint ist vielleicht {close}"),
}


def idle_statements(subject: Subject, catalogue: Catalogue, language: Language) -> tuple[str, ...]:
    """Name each statement on a check that does not exist; files that cannot be read are told elsewhere."""
    german = language is Language.DE
    told: dict[str, None] = {}
    for target in subject.system.targets:
        if not isinstance(target, Attestations):
            continue
        for name in _named(subject, target):
            if name in catalogue:
                continue
            close = difflib.get_close_matches(name, catalogue, n=1)
            meant = fill(_WORDS["meant"][german], {"close": close[0]}) if close else ""
            told[fill(_WORDS["idle"][german], {"target": target.id, "check": name, "meant": meant})] = None
    return tuple(told)


def stated(subject: Subject) -> frozenset[str]:
    """Give the checks that somebody has made a statement on, whatever it is worth."""
    files = [target for target in subject.system.targets if isinstance(target, Attestations)]
    return frozenset(name for target in files for name in _named(subject, target))


def _named(subject: Subject, target: Attestations) -> Iterable[str]:
    try:
        data = Folder(subject.folder).read(target.file, LARGEST_FILE).data
        entries = asyncio.run(read_apart(read_statements, data, Deadline(_SECONDS)))
    except CannotSee:
        return ()
    named: dict[str, None] = {}
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, list) and isinstance(entry[1], dict) and entry[1].get("check"):
            named[str(entry[1]["check"])] = None
    return named
