"""See a host from inside, once a run, whatever number of probes ask: here, over SSH, or from files."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from readiness_audit.model.evidence import Reason
from readiness_audit.model.host import Access
from readiness_audit.model.target import Host
from readiness_audit.probes.host.login import run_there
from readiness_audit.probes.host.machine import Machine, read_machine
from readiness_audit.probes.host.report import (
    FIRST_LINE,
    LARGEST_REPORT,
    READ,
    Section,
    read_listing,
    read_report,
    the,
)
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.folder import File
from readiness_audit.probes.reach.moment import read_moment, written
from readiness_audit.probes.reach.process import find_program, run
from readiness_audit.probes.reach.reach import Reach

WAYS_IN = {"access_by": ("files", "local", "ssh")}
"""Which hosts can be seen from inside: those that say how."""

_SHELL = ("/bin/sh", "-s")
_SUDO = ("sudo", "-n", "--")
_IN_A_HOME = re.compile(r".*/([^/]+)/[.]ssh/[^/]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """What was seen of a host."""

    by: str
    """`local`, `ssh` or `files`."""

    sections: tuple[Section, ...]
    machine: Machine
    modified_at: str | None
    """Of files, when the oldest was written, in UTC; None where the host itself was looked at."""


def script() -> bytes:
    """Give what is run on a host."""
    return Path(__file__).with_name("look.sh").read_bytes()


async def see_inside(target: Host, reach: Reach) -> Inside:
    """
    Give what the script saw on a host, in this run or when the declared files were made.

    Raises `CannotSee` where the host cannot be seen, or what was printed is no whole report.
    """
    access = target.access
    if access is None:
        raise CannotSee(Reason.NO_TARGET, "it is not declared how the host is seen from inside")
    return await reach.once.get(("inside", target), lambda: _see(target.host, access, reach))


async def _see(host: str, access: Access, reach: Reach) -> Inside:
    if access.by == "files":
        return _brought(access, reach)
    command = (*_SUDO, *_SHELL) if access.sudo else _SHELL
    if access.by == "ssh":
        errand = await run_there(host, access, " ".join(command), script(), LARGEST_REPORT, reach)
        said, status, complaint = b"".join(errand.stdout), errand.status, errand.complaint()
    else:
        arguments = [find_program(command[0]), *command[1:]]
        done = await run(arguments, reach.deadline, stdin=script(), most_output=LARGEST_REPORT)
        said, status, complaint = done.stdout, done.status, done.complaint()
    if FIRST_LINE.encode() not in said and complaint:
        reason = Reason.DENIED if access.sudo else Reason.TOOL_FAILED
        raise CannotSee(reason, f"the script did not run (exit status {status}): {complaint}")
    sections = read_report(said)
    return Inside(by=access.by, sections=sections, machine=read_machine(sections), modified_at=None)


def _brought(access: Access, reach: Reach) -> Inside:
    if access.report is not None:
        file = reach.evidence.read(access.report, LARGEST_REPORT)
        sections = read_report(file.data)
        made = read_moment("".join(the(sections, "time").lines), reach.started)
        if made is None:
            raise CannotSee(Reason.UNREADABLE, "the report of the host does not say when it was made")
        return _from_files(sections, min(made, file.modified))
    gathered: list[Section] = []
    moments: list[datetime] = []
    readers: tuple[tuple[str | None, Callable[[File], list[Section]]], ...] = (
        (access.sshd, _options),
        (access.sshd_config, _configuration),
        (access.authorized_keys, _keys),
        (access.public_keys, _public_keys),
    )
    for name, reader in readers:
        if name is not None:
            file = reach.evidence.read(name, LARGEST_REPORT)
            gathered += reader(file)
            moments.append(file.modified)
    return _from_files(tuple(gathered), min(moments))


def _from_files(sections: tuple[Section, ...], made: datetime) -> Inside:
    machine = read_machine(sections)
    if not machine.host_keys and machine.machine_id is None:
        told = "what was brought does not tell of which machine it is: no host key and no machine id"
        raise CannotSee(Reason.OTHER_MACHINE, told)
    return Inside(by="files", sections=sections, machine=machine, modified_at=written(made))


def _options(file: File) -> list[Section]:
    lines = file.data.decode("utf-8", "replace").replace("\r\n", "\n").split("\n")
    return [Section(name="sshd", lines=tuple(line for line in lines if line))]


def _configuration(file: File) -> list[Section]:
    return [
        Section(name="sshd-config", subject=path or file.name, lines=lines, status=READ)
        for path, lines in read_listing(file.data)
    ]


def _public_keys(file: File) -> list[Section]:
    # Nothing hangs on what their files are called, so that the plain keys will do as well.
    return [
        Section(name="host-key", subject=path or file.name, lines=lines)
        for path, lines in read_listing(file.data)
    ]


def _keys(file: File) -> list[Section]:
    found: list[Section] = []
    for path, lines in read_listing(file.data):
        if path is None:
            told = f"{file.name}: no line ==> FILE <== says whose keys these are; use tail -v -n +1"
            raise CannotSee(Reason.UNREADABLE, told)
        # A home is called as its account; elsewhere, such as in /etc/ssh/keys, the file itself is.
        home = _IN_A_HOME.fullmatch(path)
        account = home[1] if home else path.rpartition("/")[2]
        found.append(Section(name="authorized-keys", subject=f"{account} {path}", lines=lines))
    return found
