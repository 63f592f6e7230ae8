"""What ssh-audit says of a server, from the JSON it prints, held against the lists that we read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from readiness_audit.model.evidence import Plain, Reason
from readiness_audit.probes.network.intake import printable
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.strict_json import read_json
from readiness_audit.probes.ssh.wire import MARKS, MOST_NAMES, Lists

FAIL, WARN, INFO = "fail", "warn", "info"
_LEVELS = {FAIL, WARN, INFO}

MOST_REASONS = 20
MOST_NOTES = 50
LONGEST_TEXT = 600

_NOT_ITS = "ssh-audit's answer is not as ssh-audit writes it"

_KINDS = {"kex": "kex", "key": "host-key", "enc": "cipher", "mac": "mac"}
"""Its names for our kinds; of ciphers and codes it tells those from the server to the client."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedAlgorithm:
    """One algorithm, and what ssh-audit thinks of it."""

    kind: str
    """`kex`, `host-key`, `cipher` or `mac`."""

    name: str
    """As it stands in the protocol: `curve25519-sha256`."""

    level: str
    """The worst it says of it: `fail`, `warn` or, where it objects to nothing, `info`."""

    reasons: tuple[str, ...]
    """Why it is `fail` or `warn`, in its own words; empty with `info`."""

    bits: int | None
    """Of the host key, or of the smallest group; None where it tells none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SshAuditFacts:
    """What ssh-audit found at an SSH server."""

    address: str
    """Where both it and we looked."""

    version: str
    """Of ssh-audit: each edition has opinions of its own."""

    algorithms: tuple[JudgedAlgorithm, ...]
    """What the server offers, in its order; without marks such as strict KEX."""

    failed: int
    """How many it calls `fail`."""

    warned: int
    """How many it calls `warn`."""

    differing: tuple[str, ...]
    """
    Algorithms that only one of the two of us was shown, or that are offered for what comes from the client
    alone, of which it says nothing: `mac hmac-md5`.
    """

    notes: tuple[str, ...]
    """What it says of the server as a whole, such as on Terrapin (CVE-2023-48795)."""


def read_second(data: bytes, place: str, lists: Lists, version: str) -> SshAuditFacts:
    """
    Read the JSON of ssh-audit about `place`, its `ADDRESS:PORT`, and compare it with our reading.

    Raises `CannotSee`: not its JSON, about another server, or without one of the four lists.
    """
    match read_json(data, "ssh-audit's answer"):
        case {"target": str(target), "additional_notes": [*notes], **told}:
            pass
        case _:
            raise _odd(_NOT_ITS)
    if target != place:
        raise _odd(f"ssh-audit's answer is not about {place}")
    found = tuple(each for key, kind in _KINDS.items() for each in _judged(told.get(key), kind))
    differing = _offered(lists) ^ {(one.kind, one.name) for one in found}
    algorithms = tuple(one for one in found if one.name not in MARKS)
    return SshAuditFacts(
        address=place.rpartition(":")[0],
        version=version,
        algorithms=algorithms,
        failed=sum(one.level == FAIL for one in algorithms),
        warned=sum(one.level == WARN for one in algorithms),
        differing=tuple(f"{kind} {name}" for kind, name in sorted(differing)),
        notes=tuple(_line(note) for note in notes[:MOST_NOTES]),
    )


def _offered(lists: Lists) -> set[tuple[str, str]]:
    # Of either direction: what it does not tell of, it did not judge.
    ciphers = lists.cipher_to_client + lists.cipher_to_server
    macs = lists.mac_to_client + lists.mac_to_server
    ours = (lists.kex, lists.host_key, ciphers, macs)
    return {(kind, name) for kind, names in zip(_KINDS.values(), ours, strict=True) for name in names}


def _judged(listed: object, kind: str) -> Iterator[JudgedAlgorithm]:
    if not isinstance(listed, list) or len(listed) > MOST_NAMES:
        raise _odd(f"ssh-audit's answer has no list of {kind}, or more than {MOST_NAMES} of it")
    for each in listed:
        match each:
            case {"algorithm": str(name), "notes": dict(notes), **rest} if notes.keys() <= _LEVELS:
                level = next((one for one in (FAIL, WARN) if notes.get(one)), INFO)
                reasons = notes[level] if level != INFO else []
            case _:
                raise _odd(_NOT_ITS)
        bits = rest.get("keysize")
        if not isinstance(reasons, list) or not (bits is None or type(bits) is int):
            raise _odd(_NOT_ITS)
        yield JudgedAlgorithm(
            kind=kind,
            name=_line(name),
            level=level,
            reasons=tuple(_line(reason) for reason in reasons[:MOST_REASONS]),
            bits=bits or None,
        )


def _line(said: Plain) -> str:
    if not isinstance(said, str):
        raise _odd(_NOT_ITS)
    return printable(said.encode("utf-8", "replace"), LONGEST_TEXT)


def _odd(said: str) -> CannotSee:
    return CannotSee(Reason.UNREADABLE, said)
