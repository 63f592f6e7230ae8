"""The optional parts of the tool: what each is needed for, and whether it is there and runs."""

from __future__ import annotations

import asyncio
import importlib.metadata
import re
from collections.abc import Callable
from dataclasses import dataclass

from readiness_audit.model.target import (
    Backup,
    Code,
    Document,
    Domain,
    Endpoint,
    Host,
    NameServer,
    Register,
    Target,
)
from readiness_audit.model.texts import Texts
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.deadline import Deadline
from readiness_audit.probes.reach.process import find_program, run

SECONDS = 5.0
"""What a program may take to say its version."""

_VERSION = re.compile(r"[0-9]+(\.[0-9a-z]+)+", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One optional part."""

    name: str
    get: str
    """What to type to install it."""

    needed_for: Texts
    needed_by: Callable[[Target], bool]
    """Whether this target cannot be looked at without it."""

    probes: frozenset[str] = frozenset()
    """The only probes that look with it at such a target; empty for all that do."""

    program: tuple[str, ...] = ()
    """How it is asked for its version, where it is a program; else it is a library."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was found of a part."""

    part: Part
    version: str
    """Empty where it is not there or does not run."""

    problem: str
    """Why it does not run, in one line; empty where it does, or is not there."""


def _nothing(_: Target) -> bool:
    return False


INSIDE = frozenset({"authorized-keys", "sshd"})
"""Probes that see a host from inside."""

PARTS = (
    Part(
        name="restic",
        get="apt install restic",
        needed_for=Texts(en="looking into restic repositories", de="den Blick in restic-Repositorien"),
        needed_by=lambda target: isinstance(target, Backup) and target.tool == "restic",
        program=("restic", "version"),
    ),
    Part(
        name="nmap",
        get="apt install nmap",
        needed_for=Texts(
            en="services on open ports with their versions, and UDP ports (TCP ports are tried without)",
            de="Dienste an offenen Ports mit Versionen und UDP-Ports (TCP-Ports werden auch ohne geprüft)",
        ),
        needed_by=_nothing,
        program=("nmap", "--version"),
    ),
    Part(
        name="ssh",
        get="apt install openssh-client",
        needed_for=Texts(
            en="the ways to log in over SSH (all else about SSH is seen without it)",
            de="die Anmeldeverfahren per SSH (alles andere an SSH wird auch ohne gesehen)",
        ),
        needed_by=_nothing,
        program=("ssh", "-V"),
    ),
    Part(
        name="python-nmap",
        get="pip install 'readiness-audit[nmap]'",
        needed_for=Texts(en="reading what nmap found", de="das Lesen von nmap-Ergebnissen"),
        needed_by=lambda target: isinstance(target, Host) and target.scan is not None,
    ),
    Part(
        name="dnspython",
        get="pip install 'readiness-audit[dns]'",
        needed_for=Texts(en="asking resolvers and name servers", de="Fragen an Resolver und Nameserver"),
        needed_by=lambda target: isinstance(target, Domain | NameServer),
    ),
    Part(
        name="pyopenssl",
        get="pip install 'readiness-audit[tls]'",
        needed_for=Texts(
            en="trying a second TLS handshake within a connection, and the certificate's status",
            de="den Versuch eines zweiten TLS-Handshakes in einer Verbindung und den Zertifikatsstatus",
        ),
        needed_by=lambda target: isinstance(target, Endpoint) and target.protocol in {"https", "tls"},
        probes=frozenset({"tls-sessions"}),
    ),
    Part(
        name="ssh-audit",
        get="pip install 'readiness-audit[ssh]'",
        needed_for=Texts(
            en="a second opinion on SSH servers (second_opinion of an endpoint)",
            de="eine zweite Meinung zu SSH-Servern (second_opinion eines Endpunkts)",
        ),
        needed_by=lambda target: isinstance(target, Endpoint) and target.second_opinion == "ssh-audit",
        probes=frozenset({"ssh-audit"}),
    ),
    Part(
        name="asyncssh",
        get="pip install 'readiness-audit[host]'",
        needed_for=Texts(en="logging in to hosts over SSH", de="die Anmeldung an Rechnern per SSH"),
        needed_by=lambda target: isinstance(target, Host) and target.access_by == "ssh",
        probes=INSIDE,
    ),
    Part(
        name="bandit",
        get="pip install 'readiness-audit[code]'",
        needed_for=Texts(en="looking through Python code", de="die Durchsicht von Python-Quelltext"),
        needed_by=lambda target: isinstance(target, Code),
    ),
    Part(
        name="pypdf",
        get="pip install 'readiness-audit[documents]'",
        needed_for=Texts(en="reading PDF documents", de="das Lesen von PDF-Dokumenten"),
        needed_by=lambda target: isinstance(target, Document) and target.file.casefold().endswith(".pdf"),
    ),
    Part(
        name="python-docx",
        get="pip install 'readiness-audit[documents]'",
        needed_for=Texts(en="reading Word documents (.docx)", de="das Lesen von Word-Dokumenten (.docx)"),
        needed_by=lambda target: isinstance(target, Document) and target.file.casefold().endswith(".docx"),
    ),
    Part(
        name="python-calamine",
        get="pip install 'readiness-audit[spreadsheets]'",
        needed_for=Texts(en="reading spreadsheets (.xlsx)", de="das Lesen von Tabellen (.xlsx)"),
        needed_by=lambda target: (
            isinstance(target, Register) and target.file.casefold().endswith((".xlsx", ".xlsm"))
        ),
    ),
    Part(
        name="xlsxwriter",
        get="pip install 'readiness-audit[spreadsheets]'",
        needed_for=Texts(en="writing empty registers as XLSX", de="das Schreiben leerer Register als XLSX"),
        needed_by=_nothing,
    ),
)


def found(part: Part) -> Found:
    """Look for a part; a program is asked for its version, which may take `SECONDS`."""
    return _program(part) if part.program else _library(part)


def _library(part: Part) -> Found:
    try:
        version = importlib.metadata.version(part.name)
    except importlib.metadata.PackageNotFoundError:
        version = ""
    return Found(part=part, version=version, problem="")


def _program(part: Part) -> Found:
    try:
        program = find_program(part.program[0])
    except CannotSee:
        return Found(part=part, version="", problem="")
    try:
        done = asyncio.run(run([program, *part.program[1:]], Deadline(SECONDS), most_output=2**16))
    except CannotSee as blind:
        return Found(part=part, version="", problem=blind.detail)
    # OpenSSH says its version where others complain.
    told = _VERSION.search((done.stdout or done.stderr).decode("utf-8", "replace"))
    if done.status != 0 or told is None:
        return Found(part=part, version="", problem=f"{program}: {done.complaint()}")
    return Found(part=part, version=told[0], problem="")
