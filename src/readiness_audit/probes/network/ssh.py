"""See what an SSH server offers before anybody logs in: versions, algorithms, its keys, and the ways in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from readiness_audit.model.evidence import Reason
from readiness_audit.model.target import Endpoint
from readiness_audit.probes.network.ssh_exchange import GROUP_EXCHANGE, see_host_key, see_smallest_group
from readiness_audit.probes.network.ssh_keys import FAMILIES, PublicKey
from readiness_audit.probes.network.ssh_login import Ways, ways_in
from readiness_audit.probes.network.ssh_wire import (
    KEXINIT,
    Conversation,
    Introduction,
    Lists,
    read_lists,
    shown,
)
from readiness_audit.probes.network.wire import Garbled
from readiness_audit.probes.probe import Probe, Seen
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.reach import Reach

MOST_KEYS = 9
"""Types of host keys; each costs one connection, one after the other."""

_STRICT = "kex-strict-s-v00@openssh.com"
_MARKS = frozenset(
    {_STRICT, "kex-strict-c-v00@openssh.com", "ext-info-s", "ext-info-c", "kexguess2@matt.ucc.asn.au"}
)
"""What stands among the key exchanges to say something else."""
_CHACHA = "chacha20-poly1305@openssh.com"

T = TypeVar("T")


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gathered:
    lists: Lists | None = None
    keys: tuple[SshHostKey, ...] = ()
    group: str = "not-offered"
    bits: int | None = None
    group_problem: str | None = None
    ways: Ways | None = None
    login_problem: str | None = None


async def look(target: Endpoint, reach: Reach) -> Seen[SshFacts]:
    """
    Read versions and algorithms, be shown each host key, and ask for the ways to log in. Nobody logs in.

    Connections come one after the other: one for each type of host key, one for the group, one of
    the `ssh` client. Raises `CannotSee` where nothing there speaks SSH or its algorithms cannot be read.
    """
    try:
        async with await reach.gate.connect(reach.look, target.host, target.port, reach.deadline) as stream:
            talk, address = Conversation(stream), stream.address
            who = await talk.introduce()
            if who.protocol.startswith("1.") and who.protocol != "1.99":
                problem = "it speaks SSH 1 alone"
                return Seen(facts=_facts(who, _Gathered(login_problem=problem)), excerpts=_excerpts(who, b""))
            raw = await talk.hear(KEXINIT)
            lists = read_lists(raw)
    except Garbled as error:
        raise CannotSee(Reason.UNREADABLE, str(error)) from None
    keys = [key async for key in _host_keys(target, reach, lists)]
    group, bits, group_problem = "not-offered", None, None
    if any(name in lists.kex for name in GROUP_EXCHANGE):
        bits, group_problem = await _tried(_again(target, reach, see_smallest_group))
        group = "not-seen" if bits is None else "seen"
    ways, login_problem = await _tried(ways_in(target, reach, address, lists))
    gathered = _Gathered(
        lists=lists,
        keys=tuple(keys),
        group=group,
        bits=bits,
        group_problem=group_problem,
        ways=ways,
        login_problem=login_problem,
    )
    return Seen(facts=_facts(who, gathered), excerpts=_excerpts(who, raw))


async def _host_keys(target: Endpoint, reach: Reach, lists: Lists) -> AsyncIterator[SshHostKey]:
    families: dict[str, list[str]] = {}
    for name in dict.fromkeys(lists.host_key):
        families.setdefault(FAMILIES.get(name, name), []).append(name)
    for number, (family, names) in enumerate(families.items()):
        key: PublicKey | None = None
        problem: str | None = "a type of key that we cannot read"
        if number >= MOST_KEYS:
            problem = f"more than {MOST_KEYS} types of keys are offered"
        elif family in FAMILIES.values():
            key, problem = await _tried(_again(target, reach, partial(see_host_key, algorithm=names[0])))
        yield SshHostKey(
            type=family,
            algorithms=tuple(names),
            seen=key is not None,
            bits=None if key is None else key.bits,
            fingerprint=None if key is None else key.fingerprint,
            problem=problem,
        )


async def _again(target: Endpoint, reach: Reach, then: Callable[[Conversation, Lists], Awaitable[T]]) -> T:
    # One connection that is kept waiting must not cost what the others could still show.
    part = reach.deadline.part(reach.deadline.left() / 3)
    async with await reach.gate.connect(reach.look, target.host, target.port, part) as stream:
        talk = Conversation(stream)
        await talk.introduce()
        return await then(talk, read_lists(await talk.hear(KEXINIT)))


async def _tried(asking: Awaitable[T]) -> tuple[T | None, str | None]:
    try:
        return await asking, None
    except Garbled as error:
        return None, str(error)
    except CannotSee as blind:
        return None, blind.detail


def _facts(who: Introduction, gathered: _Gathered) -> SshFacts:
    lists, ways = gathered.lists, gathered.ways
    algorithms = () if lists is None else tuple(_algorithms(lists))
    login = "not-seen" if ways is None else "anybody" if ways.anybody else "seen"
    return SshFacts(
        banner=shown(who.line),
        banner_clean=who.clean,
        protocol=who.protocol,
        software=who.software,
        comment=who.comment,
        lines_before=who.before,
        lists_seen=lists is not None,
        algorithms=algorithms,
        kex_methods=_count(algorithms, "kex"),
        host_key_algorithms=_count(algorithms, "host-key"),
        ciphers=_count(algorithms, "cipher"),
        macs=_count(algorithms, "mac"),
        strict_kex=lists is not None and _STRICT in lists.kex,
        terrapin_ciphers=() if lists is None else _open_to_terrapin(lists),
        group_exchange=gathered.group,
        smallest_group=gathered.bits,
        group_problem=gathered.group_problem,
        host_keys=gathered.keys,
        host_keys_unseen=sum(not key.seen for key in gathered.keys),
        login=login,
        login_methods=() if ways is None else ways.methods,
        login_user=None if ways is None else ways.user,
        login_problem=gathered.login_problem,
    )


def _algorithms(lists: Lists) -> Iterator[SshAlgorithm]:
    kex = tuple(name for name in lists.kex if name not in _MARKS)
    yield from _listed("kex", "both", kex)
    yield from _listed("host-key", "both", lists.host_key)
    for kind, to_server, to_client in (
        ("cipher", lists.cipher_to_server, lists.cipher_to_client),
        ("mac", lists.mac_to_server, lists.mac_to_client),
        ("compression", lists.compression_to_server, lists.compression_to_client),
    ):
        if to_server == to_client:
            yield from _listed(kind, "both", to_server)
        else:
            yield from _listed(kind, "to-server", to_server)
            yield from _listed(kind, "to-client", to_client)


def _listed(kind: str, direction: str, names: Sequence[str]) -> Iterator[SshAlgorithm]:
    for place, name in enumerate(names, 1):
        yield SshAlgorithm(kind=kind, name=name, direction=direction, place=place)


def _count(algorithms: Sequence[SshAlgorithm], kind: str) -> int:
    return len({algorithm.name for algorithm in algorithms if algorithm.kind == kind})


def _open_to_terrapin(lists: Lists) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for ciphers, macs in (
        (lists.cipher_to_server, lists.mac_to_server),
        (lists.cipher_to_client, lists.mac_to_client),
    ):
        etm = any(name.endswith("-etm@openssh.com") for name in macs)
        for name in ciphers:
            if name == _CHACHA or (etm and "-cbc" in name):
                found[name] = None
    return tuple(found)


def _excerpts(who: Introduction, lists: bytes) -> tuple[tuple[str, bytes], ...]:
    told = (("version line", who.line), ("lists of algorithms", lists))
    return tuple((label, data) for label, data in told if data)


PROBE = Probe(
    name="ssh",
    looks_at=Endpoint,
    sees=SshFacts,
    look=look,
    only={"protocol": ("ssh",)},
    network=True,
)
