"""
Targets: the kinds of things that can be looked at.

A later kind is one more class and one line in `KINDS`; schema and guide tell what stands under fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from readiness_audit.errors import FieldError
from readiness_audit.model import grammar
from readiness_audit.model.host import Access, Naming, PortSet, UdpPortSet
from readiness_audit.model.protocols import BegunInClear, Spoken
from readiness_audit.model.register_type import RegisterType
from readiness_audit.model.vantage import (
    RestrictedPaths,
    RestrictedPorts,
    Vantage,
    check_apart,
    check_once,
)


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

    udp_ports: UdpPortSet = UdpPortSet.NONE
    """Which UDP ports nmap tries besides the declared ones, if any are: that takes root or CAP_NET_RAW."""

    vantage: Vantage = Vantage.OFFICE
    """Where this audit looks at the host from, unless the run itself says so."""

    restricted: tuple[RestrictedPorts, ...] = ()
    """Ports of administration and databases that are meant for some vantage points only."""

    naming: Naming = Naming.TABLE
    """How nmap names open ports: by their number, by talking to them, or with its safe scripts as well."""

    scan: str | None = None
    """Nmap's XML in the evidence folder: a scan made before, from the vantage, instead of a sweep now."""

    access: Access | None = None
    """How it is seen from inside; without it, it is not."""

    @property
    def access_by(self) -> str | None:
        """Say by which of `local`, `ssh` and `files` it is seen from inside, if at all."""
        return self.access.by if self.access is not None else None

    def __post_init__(self) -> None:
        grammar.check_name("id", self.id)
        grammar.check_host("host", self.host)
        for port in self.open_ports:
            grammar.port_range("open_ports", port)
        check_apart(self.open_ports, self.restricted)
        if self.scan is not None:
            grammar.check_relative("scan", self.scan)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A service on one port."""

    kind: Literal["endpoint"]
    id: str
    host: str
    """Name or address to connect to."""

    port: int
    protocol: Spoken
    names: tuple[str, ...] = ()
    """Names the service is called by; empty means: by its host."""

    path: str = "/"
    """Where an HTTP request goes."""

    trusted_cas: str | None = None
    """PEM file in the evidence folder: authorities that may vouch for it, besides those of the machine."""

    starttls: BegunInClear | None = None
    """With protocol tls: the protocol that asks for TLS on a connection that begins in clear."""

    scan: str | None = None
    """JSON of testssl.sh or sslyze in the evidence folder: flaws that can only be seen by trying them."""

    second_opinion: Literal["ssh-audit"] | None = None
    """With protocol ssh: the program that is asked what it thinks of the server, besides our own look."""

    revocation: tuple[str, ...] = ()
    """Revocation lists (CRL) and OCSP responses in the evidence folder, by its certificates' authorities."""

    revocation_hosts: tuple[str, ...] = ()
    """
    Hosts of responders and revocation lists that may be asked where its certificates point to them;
    the authorisation must cover them, too. Nobody else is ever asked.
    """

    restricted: tuple[RestrictedPaths, ...] = ()
    """With protocol https or http: paths of administration that are meant for some vantage points only."""

    def __post_init__(self) -> None:
        grammar.check_name("id", self.id)
        grammar.check_host("host", self.host)
        grammar.check_port("port", self.port)
        for name in self.names:
            grammar.check_host("names", name)
        if self.starttls is not None and self.protocol != "tls":
            raise FieldError("starttls", "goes with protocol: tls, for a service that begins in clear")
        if self.second_opinion is not None and self.protocol != "ssh":
            raise FieldError("second_opinion", "goes with protocol: ssh")
        grammar.check_request_path("path", self.path)
        if self.restricted and self.protocol not in {"http", "https"}:
            told = "names paths, and goes with protocol: https or http; ports are restricted at their host"
            raise FieldError("restricted", told)
        check_once(self.restricted)
        for host in self.revocation_hosts:
            grammar.check_host("revocation_hosts", host)
        files = (("trusted_cas", self.trusted_cas), ("scan", self.scan))
        for field, file in (*files, *(("revocation", file) for file in self.revocation)):
            if file is not None:
                grammar.check_relative(field, file)


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
            told = "restic needs to be told where the password is kept: env:NAME, file:/PATH or command:..."
            raise FieldError("password", told)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """A name in the DNS that we answer for, as the declared resolvers show it."""

    kind: Literal["domain"]
    id: str
    name: str
    """The name itself, such as shop.example.org; not one of its parents."""

    resolvers: tuple[str, ...]
    """Addresses that are asked over TCP, with a port where it is not 53; nobody else is ever asked."""

    addresses: tuple[str, ...] = ()
    """The IPv4 and IPv6 addresses the name is meant to have; empty means that none are held against it."""

    authorities: tuple[str, ...] = ()
    """Certificate authorities that issue for the name, as CAA records call them: letsencrypt.org."""

    validating_resolver: str | None = None
    """Which of the resolvers is known to validate DNSSEC over a way nobody can change; its word counts."""

    trust_anchor: str | None = None
    """File in the evidence folder with DS or DNSKEY records of a zone above, to validate from ourselves."""

    sends_mail: bool = False
    receives_mail: bool = False
    dkim_selectors: tuple[str, ...] = ()
    """The selectors mail is signed with: the word before ._domainkey."""

    mta_sts: str | None = None
    """Name or address (with a port, if not 443) of the server that is asked for the policy of MTA-STS."""

    def __post_init__(self) -> None:
        grammar.check_name("id", self.id)
        grammar.check_domain("name", self.name)
        if not self.resolvers:
            raise FieldError("resolvers", "name at least one resolver by its address; two can be compared")
        asked = {grammar.address_and_port("resolvers", text, grammar.DNS) for text in self.resolvers}
        if len(asked) < len(self.resolvers):
            raise FieldError("resolvers", "name each resolver once: two that are one agree on everything")
        for address in self.addresses:
            if grammar.literal_address(address) is None:
                raise FieldError("addresses", f"{address!r} is not an IPv4 or IPv6 address")
        if self.validating_resolver is not None and self.validating_resolver not in self.resolvers:
            raise FieldError("validating_resolver", "must be one of the resolvers, written the same way")
        if self.trust_anchor is not None:
            grammar.check_relative("trust_anchor", self.trust_anchor)
        for field, names in (("authorities", self.authorities), ("dkim_selectors", self.dkim_selectors)):
            for name in names:
                grammar.check_domain(field, name)
        if self.mta_sts is not None:
            grammar.host_and_port("mta_sts", self.mta_sts, grammar.HTTPS)


@dataclass(frozen=True, slots=True, kw_only=True)
class NameServer:
    """A name server that we run: it answers for its zones and for nothing else."""

    kind: Literal["nameserver"]
    id: str
    host: str
    """Name or address to connect to."""

    zones: tuple[str, ...]
    """The zones it answers for."""

    port: int = 53

    def __post_init__(self) -> None:
        grammar.check_name("id", self.id)
        grammar.check_host("host", self.host)
        grammar.check_port("port", self.port)
        if not self.zones:
            raise FieldError("zones", "name at least one zone it answers for")
        for zone in self.zones:
            grammar.check_domain("zones", zone)


Target: TypeAlias = (
    Host | Endpoint | Domain | NameServer | Backup | Register | Document | Results | Code | Attestations
)

KINDS: Mapping[str, type[Target]] = {
    "attestations": Attestations,
    "backup": Backup,
    "code": Code,
    "document": Document,
    "domain": Domain,
    "endpoint": Endpoint,
    "host": Host,
    "nameserver": NameServer,
    "register": Register,
    "results": Results,
}
