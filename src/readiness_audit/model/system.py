"""What is about to go live, as its people declare it."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from readiness_audit.errors import FieldError
from readiness_audit.model import grammar
from readiness_audit.model.target import Endpoint, Host, Target
from readiness_audit.model.vantage import RestrictedPaths, RestrictedPorts, VantagePoint

_BESIDE = "inside the folder of this file"


class Stage(StrEnum):
    """How far the introduction has come; each stage is a gate of its own."""

    PILOT = "pilot"
    ROLLOUT = "rollout"
    OPERATION = "operation"

    def reached_at(self, current: Stage) -> bool:
        """Say whether what counts from this stage on counts at `current`."""
        order = list(Stage)
        return order.index(self) <= order.index(current)


class Need(StrEnum):
    """How much protection something needs (BSI: Schutzbedarf)."""

    NORMAL = "normal"
    HIGH = "high"
    VERY_HIGH = "very-high"


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """The protection need, by basic value."""

    confidentiality: Need = Need.NORMAL
    integrity: Need = Need.NORMAL
    availability: Need = Need.NORMAL


class Trait(StrEnum):
    """What a system is like, as far as it decides which checks apply."""

    DATABASE = "database"
    HOST_ACCESS = "host-access"
    INTERNET_FACING = "internet-facing"
    MAIL_DOMAIN = "mail-domain"
    OWN_CODE = "own-code"
    OWN_DOMAIN = "own-domain"
    OWN_MAIL_SERVER = "own-mail-server"
    OWN_NAME_SERVER = "own-name-server"
    PERSONAL_DATA = "personal-data"
    PROCESSOR = "processor"
    PUBLIC_SITE = "public-site"
    WEB_ADMINISTRATION = "web-administration"
    WINDOWS_SERVICES = "windows-services"
    NO_BACKUP = "no-backup"
    NO_DOMAIN = "no-domain"
    NO_IPV6 = "no-ipv6"
    NO_LDAP = "no-ldap"
    NO_RDP = "no-rdp"
    NO_SMB = "no-smb"
    NO_SSH = "no-ssh"
    NO_TLS = "no-tls"
    NO_WEB = "no-web"
    NO_WINRM = "no-winrm"


class Pace(StrEnum):
    """How hard the network face is looked at."""

    GENTLE = "gentle"
    NORMAL = "normal"
    FAST = "fast"


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorisation:
    """Who allowed active looking, at what, and when. Without it no packet is sent."""

    targets: tuple[str, ...]
    """Host names, addresses and networks (CIDR) that may be touched."""

    valid_from: datetime
    """With a zone; a look before it sends nothing."""

    valid_until: datetime
    approved_by: str
    """Name and role; not the person who runs the audit."""

    contact: str
    """Who is called when something goes wrong."""

    staff_informed: bool = False
    default_credentials: tuple[str, ...] = ()
    """
    Ids of web endpoints at which the passwords that makers ship may be tried; that happens only in a
    run that is asked for it, with --default-credentials.
    """

    def __post_init__(self) -> None:
        if not self.targets:
            raise FieldError("targets", "name at least one host, address or network")
        for text in self.targets:
            if "/" not in text:
                grammar.check_host("targets", text)
                continue
            try:
                ipaddress.ip_network(text)
            except ValueError as error:
                raise FieldError("targets", f"{text!r} is not a network: {error}") from None
        for field, moment in (("valid_from", self.valid_from), ("valid_until", self.valid_until)):
            if moment.tzinfo is None:
                raise FieldError(field, "needs a zone, for example 2026-12-01T08:00:00+01:00")
        if self.valid_until <= self.valid_from:
            raise FieldError("valid_until", "ends before it begins")
        grammar.check_line("approved_by", self.approved_by)
        grammar.check_line("contact", self.contact)


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """What is about to go live."""

    system: str
    """Its id: stable, since its history hangs on it."""

    title: str
    owner: str
    """Name and role of the person who answers for it."""

    stage: Stage
    go_live: date | None = None
    protection: Protection = Protection()
    traits: tuple[Trait, ...] = ()
    evidence: str = "evidence"
    """Folder beside this file that everything is read from."""

    pace: Pace = Pace.NORMAL
    authorisation: Authorisation | None = None
    vantage_points: tuple[VantagePoint, ...] = ()
    """Every place it is looked at from, in one run after the other."""

    vantage: str | None = None
    """The vantage point a run looks from, unless `--from` names another."""

    conditions: str | None = None
    """File beside this one with the conditions that were agreed for open points; else conditions.yaml."""

    waivers: str | None = None
    """File beside this one with the exceptions that were asked for; else waivers.yaml."""

    sign_offs: str | None = None
    """File beside this one with the sign-offs; by default `sign-offs.yaml`."""

    targets: tuple[Target, ...]

    def __post_init__(self) -> None:
        grammar.check_name("system", self.system)
        grammar.check_line("title", self.title)
        grammar.check_line("owner", self.owner)
        grammar.check_relative("evidence", self.evidence, _BESIDE)
        for name in ("conditions", "waivers", "sign_offs"):
            if (file := getattr(self, name)) is not None:
                grammar.check_relative(name, file, _BESIDE)
        if not self.targets:
            raise FieldError("targets", "name at least one target: an audit of nothing decides nothing")
        seen: set[str] = set()
        for number, target in enumerate(self.targets):
            if target.id in seen:
                told = f"two targets are called {target.id!r}; give this one another name"
                raise FieldError(f"targets.{number}.id", told)
            seen.add(target.id)
        self._check_vantage_points()
        self._check_administration()
        self._check_brought()
        self._check_logins()
        if sum(target.kind == "attestations" for target in self.targets) > 1:
            raise FieldError("targets", "keep all attestations in one file, so that none is overlooked")

    def _check_brought(self) -> None:
        brought: dict[str, str] = {}
        for number, target in enumerate(self.targets):
            files = target.access.files if isinstance(target, Host) and target.access is not None else ()
            for name in files:
                if name in brought:
                    told = f"{name} was brought from {brought[name]}, and says nothing of another host"
                    raise FieldError(f"targets.{number}.access", told)
                brought[name] = target.id

    def _check_administration(self) -> None:
        asks = {Trait.HOST_ACCESS, Trait.WINDOWS_SERVICES, Trait.WEB_ADMINISTRATION}
        if Trait.NO_SSH not in self.traits or asks & set(self.traits):
            return
        for number, target in enumerate(self.targets):
            if isinstance(target, Endpoint) and target.restricted:
                told = "nothing asks for this with 'no-ssh' alone: add 'web-administration' to the traits"
                raise FieldError(f"targets.{number}.restricted", told)

    def _check_logins(self) -> None:
        named = self.authorisation.default_credentials if self.authorisation is not None else ()
        webs = {
            target.id
            for target in self.targets
            if target.kind == "endpoint" and target.protocol in {"http", "https"}
        }
        for name in named:
            if name not in webs:
                told = f"{name!r} is no endpoint of this file with protocol http or https"
                raise FieldError("authorisation.default_credentials", told)

    def _check_vantage_points(self) -> None:
        known = [point.name for point in self.vantage_points]
        told = f"declared vantage points: {', '.join(known) or 'none'}"
        for number, name in enumerate(known):
            if name in known[:number]:
                raise FieldError(f"vantage_points.{number}.name", f"two are called {name!r}")
        if self.vantage is not None and self.vantage not in known:
            raise FieldError("vantage", f"there is no vantage point called {self.vantage!r}; {told}")
        for number, target in enumerate(self.targets):
            restricted: Sequence[RestrictedPorts | RestrictedPaths] = ()
            if isinstance(target, Host | Endpoint):
                restricted = target.restricted
            for at, one in enumerate(restricted):
                if unknown := set(one.open_from) - set(known):
                    place = f"targets.{number}.restricted.{at}.open_from"
                    raise FieldError(place, f"there is no vantage point called {min(unknown)!r}; {told}")

    @property
    def here(self) -> VantagePoint | None:
        """The vantage point it is looked at from, where that is said."""
        return next((point for point in self.vantage_points if point.name == self.vantage), None)
