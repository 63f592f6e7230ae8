"""What of a host is tried from outside, and how one gets to see it from inside."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from readiness_audit.errors import FieldError
from readiness_audit.model import grammar

_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@\\-]{0,63}", re.ASCII)
_FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}", re.ASCII)
_PUBLIC_KEY = re.compile(r"(ssh|ecdsa)-[a-z0-9-]{3,40} [A-Za-z0-9+/]{20,16000}={0,2}( .*)?", re.ASCII)


class PortSet(StrEnum):
    """Which ports of a host are tried, besides the declared ones."""

    DECLARED = "declared"
    COMMON = "common"
    ALL = "all"


class UdpPortSet(StrEnum):
    """Which UDP ports of a host are tried: none at all, or about sixty and the declared ones."""

    NONE = "none"
    COMMON = "common"


class Naming(StrEnum):
    """How far nmap, where it is installed, goes to say what is behind an open port."""

    TABLE = "table"
    VERSIONS = "versions"
    SCRIPTS = "scripts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How a host is seen from inside, where one script reads and changes nothing."""

    by: Literal["files", "local", "ssh"]
    """`local`: this machine is the host; `ssh`: log in to it; `files`: read what was brought from there."""

    user: str | None = None
    """With `ssh`: the account that logs in."""

    port: int = 22
    """With `ssh`: where it listens."""

    key: str | None = None
    """With `ssh`: where the private key is kept, never the key: env:NAME, file:/PATH or command:..."""

    host_keys: tuple[str, ...] = ()
    """With `ssh`: the host's keys as SHA256:... or as public keys; without a right one nobody logs in."""

    sudo: bool = False
    """Whether the script runs through `sudo -n`; what only root may read is not seen otherwise."""

    report: str | None = None
    """With `files`: what the script printed there, as a file in the evidence folder."""

    sshd: str | None = None
    """With `files`, instead of a report: the output of `sshd -T`."""

    sshd_config: str | None = None
    """With `sshd`: its configuration files, as `tail -v -n +1` prints them."""

    authorized_keys: str | None = None
    """With `files`, instead of a report: all files of authorised keys, as `tail -v -n +1` prints them."""

    public_keys: str | None = None
    """With these: the host's own public keys, as `tail -v -n +1` prints them, to tell whose they are."""

    @property
    def files(self) -> tuple[str, ...]:
        """Everything that was brought from the host, as paths in the evidence folder."""
        return tuple(self._named().values())

    def _named(self) -> dict[str, str]:
        files = {
            "report": self.report,
            "sshd": self.sshd,
            "sshd_config": self.sshd_config,
            "authorized_keys": self.authorized_keys,
            "public_keys": self.public_keys,
        }
        return {field: file for field, file in files.items() if file is not None}

    def __post_init__(self) -> None:
        named = self._named()
        for field, file in named.items():
            if self.by != "files":
                raise FieldError(field, f"goes with by: files, not with by: {self.by}")
            grammar.check_relative(field, file)
        if self.by == "files":
            self._check_files(named)
        if self.by == "ssh":
            self._check_login()
        elif self.user is not None or self.key is not None or self.host_keys:
            raise FieldError("by", "user, key and host_keys go with by: ssh")
        grammar.check_port("port", self.port)

    def _check_files(self, named: dict[str, str]) -> None:
        if not named:
            raise FieldError("by", "name what was brought from there: a report, or sshd and authorized_keys")
        if "report" in named and len(named) > 1:
            raise FieldError("report", "holds everything; leave the other files out")
        if "sshd_config" in named and "sshd" not in named:
            raise FieldError("sshd_config", "goes with sshd, the output of sshd -T")
        if "report" not in named and "public_keys" not in named:
            told = "bring its public keys too, as public_keys: nothing else tells whose files these are"
            raise FieldError("by", told)
        if not named.keys() - {"public_keys"}:
            raise FieldError("public_keys", "only tells whose the other files are; bring sshd as well")
        if self.sudo:
            raise FieldError("sudo", "goes with by: local or by: ssh; files are only read")

    def _check_login(self) -> None:
        if self.user is None or not _USER.fullmatch(self.user):
            raise FieldError("user" if self.user else "by", "name the user to log in as, such as audit")
        if self.key is None:
            raise FieldError("by", "say where the private key is kept, as key: env:NAME or key: file:/PATH")
        grammar.check_secret("key", self.key)
        if not self.host_keys:
            told = "give the host's keys as host_keys: [SHA256:...]: a key nobody vouched for is not trusted"
            raise FieldError("by", told)
        for text in self.host_keys:
            if not _FINGERPRINT.fullmatch(text) and not _PUBLIC_KEY.fullmatch(text):
                told = "is neither SHA256: with 43 characters, as ssh-keygen -lf writes it, nor a public key"
                raise FieldError("host_keys", f"{text[:60]!r} {told}")
