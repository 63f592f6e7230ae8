"""
See how the SSH server of a host is set up, as it says itself (`sshd -T`).

That tells what holds for everybody. What a `Match` block changes for some is read from the
configuration files, and stands beside it.
"""

from __future__ import annotations

import fnmatch
import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from readiness_audit.model.evidence import Reason
from readiness_audit.model.target import Host
from readiness_audit.probes.host.machine import Machine
from readiness_audit.probes.host.report import READ, Section, the
from readiness_audit.probes.host.seeing import WAYS_IN, Inside, see_inside
from readiness_audit.probes.probe import Probe, Seen
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.reach import Reach

FEWEST = 20
"""Options below which something is not the output of `sshd -T`; the oldest servers print over sixty."""

MOST = 2_000
_LINE = re.compile(r"([a-z][a-z0-9]{1,60})(?: (.*))?")
_CONFIG = re.compile(r"([A-Za-z][A-Za-z0-9]{1,60})(?:[ \t]*=[ \t]*|[ \t]+|$)(.*)")
_TIME = re.compile(r"(?:[0-9]{1,9}[smhdwSMHDW]?){1,5}")
_PART = re.compile(r"([0-9]+)([a-z]?)")
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_ALGORITHMS = r"(?:ciphers|macs|(?:gssapi)?kexalgorithms|hostkeyalgorithms|pubkey\w+|casignaturealgorithms)"
_OWN = re.compile(rf" -f| -o ?(?!{_ALGORITHMS}\b)", re.IGNORECASE)
"""What makes a server's settings others than `sshd -T` says; some systems name algorithms this way."""

_LONGEST_VALUE = 4_000
_ONE_ARGUMENT = frozenset(
    {
        "permitrootlogin",
        "permitemptypasswords",
        "x11forwarding",
        "maxauthtries",
        "logingracetime",
        "clientaliveinterval",
        "passwordauthentication",
        "kbdinteractiveauthentication",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SshdOption:
    """One option and what it is set to; an option that lists things stands here once for each line."""

    name: str
    """As OpenSSH names it, in small letters: `permitrootlogin`."""

    value: str
    """In the server's words; what `setenv` sets is not kept."""

    number: int | None
    """The value as a whole number; of a time, in seconds."""

    within: str | None
    """The condition of the `Match` block it stands in, such as `User backup`; None for everybody's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SshdFacts:
    """How the server is set up."""

    seen_by: str
    """`local`, `ssh` or `files`: whether the host was looked at now, or what was brought from it."""

    modified_at: str | None
    """Of files, when the oldest was made, in UTC; None where the host itself was looked at."""

    machine: Machine
    """Which machine was seen; what the same machine showed for another host too counts for neither."""

    options: tuple[SshdOption, ...]
    """What holds for everybody as `sshd -T` prints it, then what stands in `Match` blocks."""

    option_count: int
    """How many hold for everybody."""

    matches_known: bool
    """Whether all configuration files were read, so that options in `Match` blocks are among these."""

    match_blocks: int
    """`Match` blocks that were read."""

    own_options: int | None
    """
    Running servers that were started with settings of their own (`-f`; `-o`, but for algorithms), of
    which `sshd -T` knows nothing; None where running programs could not be listed.
    """


async def look(target: Host, reach: Reach) -> Seen[SshdFacts]:
    """
    Read what `sshd -T` prints, and the configuration files for their `Match` blocks.

    Raises `CannotSee` where the host cannot be seen from inside, or its server does not tell.
    """
    inside = await see_inside(target, reach)
    if inside.by == "files" and all(section.name != "sshd" for section in inside.sections):
        raise CannotSee(Reason.NOT_FOUND, "no file with the output of sshd -T is declared")
    told = the(inside.sections, "sshd")
    _check(told)
    options = [_option(line) for line in told.lines]
    blocks, matched, known = _matched(inside)
    options += matched
    if len(options) > MOST:
        raise CannotSee(Reason.TOO_LARGE, f"the server has more than {MOST} options")
    kept = "\n".join(line for line in told.lines if not line.startswith("setenv "))
    return Seen(
        facts=SshdFacts(
            seen_by=inside.by,
            modified_at=inside.modified_at,
            machine=inside.machine,
            options=tuple(options),
            option_count=len(options) - len(matched),
            matches_known=known,
            match_blocks=blocks,
            own_options=_own_options(inside),
        ),
        excerpts=(("sshd -T", kept.encode("utf-8", "replace")),),
    )


def _check(told: Section) -> None:
    if told.status == "missing":
        raise CannotSee(Reason.NOT_FOUND, "the host has no program sshd where it is usually kept")
    if told.status != READ:
        said = "".join(letter if letter.isprintable() else "?" for letter in told.complaint)
        detail = f"sshd -T ended with exit status {told.status}: {said}"
        raise CannotSee(Reason.DENIED if "no hostkeys" in said else Reason.TOOL_FAILED, detail)
    if len(told.lines) < FEWEST or not all(map(_LINE.fullmatch, told.lines)):
        raise CannotSee(Reason.UNREADABLE, "this is not what sshd -T prints")


def _option(line: str) -> SshdOption:
    name, _, value = line.partition(" ")
    return _made(name, value, None)


def _made(name: str, value: str, within: str | None) -> SshdOption:
    shown = "".join(letter if letter.isprintable() else "?" for letter in value)
    return SshdOption(
        name=name,
        value="[redacted]" if name == "setenv" else shown[:_LONGEST_VALUE],
        number=_number(value),
        within=within,
    )


def _number(value: str) -> int | None:
    if not value.isascii() or not _TIME.fullmatch(value):
        return None
    return sum(int(part[1]) * _SECONDS[part[2].lower()] for part in _PART.finditer(value.lower()))


def _matched(inside: Inside) -> tuple[int, list[SshdOption], bool]:
    files = [section for section in inside.sections if section.name.startswith("sshd-config")]
    known = bool(files) and all(file.status == READ and file.name == "sshd-config" for file in files)
    # The script follows every Include itself; of files that were brought, each must be among them.
    paths = None if any(each.name == "time" for each in inside.sections) else [f.subject for f in files]
    found: list[SshdOption] = []
    blocks = 0
    for file in files:
        within: str | None = None
        for name, value in _settings(file):
            if name == "match":
                within, blocks = value, blocks + 1
            elif name == "include":
                # What is included under a condition holds under it too, and files are read one by one.
                known = known and within is None and (paths is None or _are_there(value, paths))
            elif not name:
                known = False
            elif within is not None:
                found.append(_made(name, value, within))
    return blocks, found, known


def _settings(file: Section) -> Iterator[tuple[str, str]]:
    for line in (raw.strip(" \t") for raw in file.lines):
        setting = _CONFIG.fullmatch(line)
        if setting is None:
            if line and not line.startswith("#"):
                yield "", line
        else:
            name, value = setting[1].lower(), setting[2].strip(' \t"')
            # In our time a remark may follow a value; only where it cannot be part of one is it cut off.
            yield name, re.split(r'["\s]', value)[0].lower() if name in _ONE_ARGUMENT else value


def _are_there(patterns: str, paths: Sequence[str]) -> bool:
    whole = [posixpath.join("/etc/ssh", pattern.strip('"')) for pattern in patterns.split()]
    return all(any(fnmatch.fnmatchcase(path, pattern) for path in paths) for pattern in whole)


def _own_options(inside: Inside) -> int | None:
    for section in inside.sections:
        if section.name == "daemons" and section.status == READ:
            return sum(bool(_OWN.search(line.partition("[listener]")[0])) for line in section.lines)
    return None


PROBE = Probe(
    name="sshd",
    looks_at=Host,
    sees=SshdFacts,
    look=look,
    only=WAYS_IN,
    network=True,
)
