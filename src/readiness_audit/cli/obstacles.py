"""What stands in the way of looking at a target from here, as far as that can be seen without looking."""

from __future__ import annotations

import os
from collections.abc import Container, Iterator, Mapping, Sequence
from datetime import datetime

from readiness_audit.cli.loading import Subject, senses
from readiness_audit.cli.parts import INSIDE, Found
from readiness_audit.cli.statements import stated
from readiness_audit.model.evidence import Look
from readiness_audit.model.plan import Plan
from readiness_audit.model.system import System
from readiness_audit.model.target import Backup, Endpoint, Host, Target
from readiness_audit.model.texts import Texts
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.folder import Folder
from readiness_audit.probes.reach.process import find_program
from readiness_audit.probes.reach.raw_sockets import may_open_raw_sockets

PORTS = frozenset({"ports", "udp-ports"})
"""Probes that read a scan instead, where the host names one."""


def obstacles(subject: Subject, plan: Plan, parts: Mapping[str, Found], at: datetime) -> dict[Look, Texts]:
    """
    Give what stands in the way of each look of `plan` that cannot succeed here, in both languages.

    Nothing is sent, and no secret is fetched; files are opened and not read.
    """
    targets = {target.id: target for target in subject.system.targets}
    found: dict[Look, Texts] = {}
    for look in plan.looks:
        target = targets[look.target]
        # A scan that was made before is read, and what was brought from a host: nothing is sent for it.
        reads = isinstance(target, Host) and (
            target.scan is not None if look.probe in PORTS else look.probe in INSIDE and _is_near(target)
        )
        network = senses().probes[look.probe].network and not reads
        needed = [part for part in parts.values() if look.probe in (part.part.probes or {look.probe})]
        told = next(_of(target, subject, needed, at, network=network), None)
        if told is None and look.probe == "udp-ports" and not reads:
            told = next(_no_raw_sockets(parts["nmap"]), None)
        if told is None and look.probe == "revocation" and isinstance(target, Endpoint):
            folder = Folder(subject.folder)
            told = next((texts for path in target.revocation for texts in _unreadable(path, folder)), None)
        if told is not None:
            found[look] = told
    return found | _without_leave(subject, plan, found)


def _without_leave(subject: Subject, plan: Plan, known: Container[Look]) -> dict[Look, Texts]:
    """Give the looks that would try passwords, where nobody allows that or states what they would show."""
    granted = subject.system.authorisation
    named = granted.default_credentials if granted is not None else ()
    wanting = [
        (step.check, look)
        for step in plan.steps
        for look in step.looks
        if senses().probes[look.probe].tries_passwords and look not in known and look.target not in named
    ]
    said = stated(subject) if wanting else frozenset()
    told = Texts(
        en="no statement on it, and the authorisation does not name it under default_credentials",
        de="keine Erklärung dazu, und die Prüfgenehmigung nennt es nicht unter default_credentials",
    )
    return {look: told for check, look in wanting if check not in said}


def _is_near(host: Host) -> bool:
    return host.access_by in {"files", "local"}


def _of(
    target: Target, subject: Subject, needed: Sequence[Found], at: datetime, *, network: bool
) -> Iterator[Texts]:
    if network:
        yield from _not_authorised(subject.system, at)
    for each in needed:
        if not each.version and each.part.needed_by(target):
            name = each.part.name
            yield Texts(en=f"{name} is missing or does not run", de=f"{name} fehlt oder läuft nicht")
    for name in ("file", "trusted_cas", "trust_anchor", "scan"):
        if path := getattr(target, name, None):
            yield from _unreadable(path, Folder(subject.folder))
    path = getattr(target, "path", None)
    if not network and path and not os.access(path, os.R_OK | os.X_OK):
        yield Texts(
            en=f"{path} is not there or not readable", de=f"{path} ist nicht vorhanden oder nicht lesbar"
        )
    if isinstance(target, Backup) and target.password:
        kind, _, where = target.password.partition(":")
        if kind == "env" and not os.environ.get(where):
            yield Texts(en=f"the variable {where} is not set", de=f"die Variable {where} ist nicht gesetzt")
        elif kind == "file" and not os.access(where, os.R_OK):
            yield Texts(en=f"{where} is not readable", de=f"{where} ist nicht lesbar")


def _no_raw_sockets(nmap: Found) -> Iterator[Texts]:
    if not nmap.version:
        yield Texts(en="nmap is missing or does not run", de="nmap fehlt oder läuft nicht")
    elif not may_open_raw_sockets(find_program("nmap")):
        yield Texts(
            en="nmap may not open raw sockets here: run as root, or grant CAP_NET_RAW",
            de="nmap darf hier keine Raw-Sockets öffnen: als root ausführen oder CAP_NET_RAW gewähren",
        )


def _not_authorised(system: System, at: datetime) -> Iterator[Texts]:
    granted = system.authorisation
    if granted is None:
        yield Texts(
            en="no authorisation is declared, so no packet is sent",
            de="keine Prüfgenehmigung angegeben, es wird kein Paket gesendet",
        )
    elif at < granted.valid_from:
        day = granted.valid_from.date()
        yield Texts(
            en=f"the authorisation begins on {day}", de=f"die Prüfgenehmigung beginnt am {day:%d.%m.%Y}"
        )
    elif at > granted.valid_until:
        day = granted.valid_until.date()
        yield Texts(
            en=f"the authorisation ended on {day}", de=f"die Prüfgenehmigung endete am {day:%d.%m.%Y}"
        )


def _unreadable(name: str, folder: Folder) -> Iterator[Texts]:
    try:
        folder.beginning(name, 1)
    except CannotSee as blind:
        yield Texts(en=blind.detail, de=blind.detail)
