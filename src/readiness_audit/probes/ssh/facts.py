"""What can be seen of an SSH server by somebody who does not log in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SshAlgorithm:
    """One algorithm the server offers."""

    kind: str
    """`kex`, `host-key`, `cipher`, `mac` or `compression`."""

    name: str
    """As it stands in the protocol: `curve25519-sha256`."""

    direction: str
    """`both`, or `to-server` or `to-client` where the two lists of a kind differ."""

    place: int
    """In the server's own order, counted from 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SshHostKey:
    """One key of the server, or why it was not shown."""

    type: str
    """`ssh-ed25519`, `ecdsa-sha2-nistp256`, `ssh-rsa`, ...; of a type we do not know, its algorithm."""

    algorithms: tuple[str, ...]
    """The algorithms for signatures that are offered with it."""

    seen: bool
    """Whether the key was shown. That the server holds the private key was not proved by this look."""

    bits: int | None
    """Its size."""

    fingerprint: str | None
    """SHA-256, as `ssh-keygen -l` writes it."""

    problem: str | None
    """Why it was not seen, in one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SshFacts:
    """What an SSH server says to somebody who does not log in."""

    address: str | None
    """Where it was looked at, of all the addresses its name stands for; None in records that do not tell."""

    banner: str
    """The line it introduces itself with; what cannot be printed is shown as `\\x1b`."""

    banner_clean: bool
    """Whether that line holds nothing but what RFC 4253 allows."""

    protocol: str
    """`2.0`, `1.99` (which stands for both 1 and 2), or `1.5` and the like."""

    software: str
    """Its name and version in its own words: `OpenSSH_9.2p1`; nothing checks them."""

    comment: str | None
    """What follows the software, often the edition of the distribution."""

    lines_before: int
    """Lines it sent before it introduced itself."""

    lists_seen: bool
    """Whether its algorithms are known; not so where it speaks SSH 1 alone."""

    algorithms: tuple[SshAlgorithm, ...]
    """Every algorithm it offers, kind by kind in its own order; without marks such as strict KEX."""

    kex_methods: int
    """How many key exchanges it offers."""

    host_key_algorithms: int
    """How many algorithms for host keys it offers."""

    ciphers: int
    """How many ciphers it offers, in either direction."""

    macs: int
    """How many message authentication codes it offers, in either direction."""

    strict_kex: bool
    """Whether it offers strict key exchange, the remedy against Terrapin (CVE-2023-48795)."""

    terrapin_ciphers: tuple[str, ...]
    """Ciphers it offers that Terrapin can be used against where a side lacks strict key exchange."""

    group_exchange: str
    """`not-offered`; `seen`; or `not-seen` where the server offers to agree on a group but named none."""

    smallest_group: int | None
    """Bits of the group it names to somebody who would take 1,024 (RFC 4419); None where it named none."""

    group_problem: str | None
    """Why it named none, in one line."""

    host_keys: tuple[SshHostKey, ...]
    """One entry for each type of key it offers, seen or not."""

    host_keys_unseen: int
    """How many of them were not shown."""

    login: str
    """`seen`; `anybody` where a user who does not exist is let in; or `not-seen`."""

    login_methods: tuple[str, ...]
    """Ways to log in offered to a user who does not exist; says nothing unless `login` is `seen`."""

    login_user: str | None
    """The made-up name that was asked about, once, without key or password."""

    login_problem: str | None
    """Why the ways to log in were not seen, in one line."""
