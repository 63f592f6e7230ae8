"""Tell which machine was seen from inside, so that one is not taken for two."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from readiness_audit.probes.host.key_lines import NoKey, read_line
from readiness_audit.probes.host.report import READ, Section

MOST_KEYS = 64
_HASH = re.compile(r"[0-9a-f]{64}")
_LONGEST_NAME = 253


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What tells one machine from another, in its own words."""

    name: str | None
    """What it calls itself (`uname -n`); None in files that were brought without the script."""

    machine_id: str | None
    """SHA-256 of its machine id, with a word of ours before it; None where it has none or does not tell."""

    host_keys: tuple[str, ...]
    """Fingerprints of its SSH server's public keys (SHA-256, as `ssh-keygen -l` writes them)."""


def read_machine(sections: Iterable[Section]) -> Machine:
    """Give what the sections of a report tell about the machine."""
    said = list(sections)
    return Machine(
        name=next((_shown(line) for line in _lines(said, "name") if line), None),
        machine_id=next((line for line in _lines(said, "machine-id") if _HASH.fullmatch(line)), None),
        host_keys=tuple(dict.fromkeys(_fingerprints(_lines(said, "host-key"))))[:MOST_KEYS],
    )


def _lines(sections: Iterable[Section], name: str) -> Iterator[str]:
    for section in sections:
        if section.name == name and section.status == READ:
            yield from section.lines


def _fingerprints(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        try:
            one = read_line(line)
        except NoKey:
            continue
        if one is not None:
            yield one.key.fingerprint


def _shown(name: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in name)[:_LONGEST_NAME]
