"""
Targets: the kinds of things that can be looked at.

A later kind is one more class here and one more line in `KINDS`. What a field
means is written under it; the editor schema and the guide are made from that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, TypeAlias

from readiness_audit.errors import FieldError
from readiness_audit.model import grammar


class Vantage(StrEnum):
    """Where the looking is done from, seen from the target."""

    INTERNET = "internet"
    OFFICE = "office"
    MANAGEMENT = "management"
    LOCAL = "local"


class PortSet(StrEnum):
    """Which ports of a host are tried, besides the declared ones."""

    DECLARED = "declared"
    COMMON = "common"
    ALL = "all"


class RegisterType(StrEnum):
    """What the rows of a register are about."""

    ACCESS_MATRIX = "access-matrix"
    ACCOUNTS = "accounts"
    BUDGET = "budget"
    COMMUNICATION = "communication"
    DEFECTS = "defects"
    FEEDBACK = "feedback"
    MILESTONES = "milestones"
    PERSONS = "persons"
    REQUIREMENTS = "requirements"
    RESTORES = "restores"
    RISKS = "risks"
    TRAINING = "training"


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """A computer in the network."""

    kind: Literal["host"]
    id: str
    host: str
    """Name or address."""

    open_ports: tuple[str, ...] = ()
    """Ports that are meant to be reachable, as 443/tcp or 8000-8010/tcp."""

    ports: PortSet = PortSet.COMMON
    """Which ports to try besides the declared ones."""

    vantage: Vantage = Vantage.OFFICE
    """Where this audit looks at the host from."""

    def __post_init__(self) -> None:
        grammar.check_name("id", self.id)
        grammar.check_host("host", self.host)
        for port in self.open_ports:
            grammar.port_range("open_ports", port)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A service on one port."""

    kind: Literal["endpoint"]
    id: str
    host: str
    """Name or address to connect to."""

    port: int
    protocol: Literal[
        "https",
        "http",
        "tls",
        "elasticsearch",
        "ldap",
        "memcached",
        "mongodb",
        "mysql",
        "postgresql",
        "rdp",
        "redis",
        "smb",
    ]
    names: tuple[str, ...] = ()
    """Names the service is called by; empty means: by its host."""

    path: str = "/"
    """Where an HTTP request goes."""

    trusted_cas: str | None = None
    """PEM file in the evidence folder: authorities that may vouch for it, besides those of the machine."""

    def __post_init__(self) -> None:
        grammar.check_name("id", self.id)
        grammar.check_host("host", self.host)
        grammar.check_port("port", self.port)
        for name in self.names:
            grammar.check_host("names", name)
        if (
            not self.path.startswith("/")
            or not self.path.isascii()
            or not self.path.isprintable()
            or " " in self.path
        ):
            raise FieldError("path", "must begin with '/' and hold neither spaces nor control characters")
        if self.trusted_cas is not None:
            grammar.check_relative("trusted_cas", self.trusted_cas)


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A place backups are kept in."""

    kind: Literal["backup"]
    id: str
    tool: Literal["directory", "restic"]
    path: str
    """Absolute path of the folder or the local repository."""

    password: str | None = None
    """Where the repository's password is kept: env:NAME, file:/PATH or command:..."""

    pattern: str = "*"
    """Which entries of the folder are backups, as a file-name pattern."""

    def __post_init__(self) -> None:
        grammar.check_name("id", self.id)
        grammar.check_absolute("path", self.path)
        if "/" in self.pattern or not self.pattern.isprintable() or not self.pattern:
            raise FieldError("pattern", "must be a file-name pattern such as *.tar.zst, without '/'")
        if self.tool == "restic" and self.password is None:
            raise FieldError(
                "password",
                "restic needs to be told where the password is kept: env:NAME, file:/PATH or command:...",
            )
        if self.password is not None:
            grammar.check_secret("password", self.password)


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """A table that people keep: CSV, XLSX or YAML."""

    kind: Literal["register"]
    id: str
    type: RegisterType
    file: str
    """Path in the evidence folder."""

    sheet: str | None = None
    """Name of the worksheet; without it, the first one."""

    def __post_init__(self) -> None:
        grammar.check_name("id", self.id)
        grammar.check_relative("file", self.file)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A text that people keep: Markdown, DOCX or PDF."""

    kind: Literal["document"]
    id: str
    type: str
    """What it is: runbook, backup-plan, rollback-plan, test-plan, ... A check says which type it asks for."""

    file: str
    """Path in the evidence folder."""

    def __post_init__(self) -> None:
        grammar.check_name("id", self.id)
        grammar.check_name("type", self.type)
        grammar.check_relative("file", self.file)


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """The output of a tool that tested or measured something."""

    kind: Literal["results"]
    id: str
    format: Literal["junit", "coverage"]
    """JUnit XML; coverage in Cobertura XML or coverage.py JSON."""

    file: str
    """Path in the evidence folder."""

    def __post_init__(self) -> None:
        grammar.check_name("id", self.id)
        grammar.check_relative("file", self.file)


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """The source code of the release: a folder to look through now, or what bandit found in it before."""

    kind: Literal["code"]
    id: str
    path: str | None = None
    """Absolute path of the folder."""

    results: str | None = None
    """Instead of a path: bandit's JSON, in the evidence folder."""

    def __post_init__(self) -> None:
        grammar.check_name("id", self.id)
        if (self.path is None) == (self.results is None):
            raise FieldError("path", "give either the path of the code or the results file of bandit")
        if self.path is not None:
            grammar.check_absolute("path", self.path)
        if self.results is not None:
            grammar.check_relative("results", self.results)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attestations:
    """A file of statements by named persons."""

    kind: Literal["attestations"]
    id: str
    file: str
    """Path in the evidence folder."""

    def __post_init__(self) -> None:
        grammar.check_name("id", self.id)
        grammar.check_relative("file", self.file)


Target: TypeAlias = Host | Endpoint | Backup | Register | Document | Results | Code | Attestations

KINDS: Mapping[str, type[Target]] = {
    "attestations": Attestations,
    "backup": Backup,
    "code": Code,
    "document": Document,
    "endpoint": Endpoint,
    "host": Host,
    "register": Register,
    "results": Results,
}
