"""See what an SSH server offers before anybody logs in: versions, algorithms, its keys, and the ways in."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from readiness_audit.model.evidence import Reason
from readiness_audit.model.grammar import Address
from readiness_audit.model.target import Endpoint
from readiness_audit.probes.network.wire import Garbled
from readiness_audit.probes.probe import Probe, Seen
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.deadline import Deadline
from readiness_audit.probes.reach.reach import Reach
from readiness_audit.probes.reach.stream import Stream
from readiness_audit.probes.ssh.exchange import GROUP_EXCHANGE, see_host_key, see_smallest_group
from readiness_audit.probes.ssh.facts import SshAlgorithm, SshFacts, SshHostKey
from readiness_audit.probes.ssh.keys import FAMILIES, PublicKey
from readiness_audit.probes.ssh.login import Ways, ways_in
from readiness_audit.probes.ssh.wire import (
    KEXINIT,
    MARKS,
    STRICT,
    Conversation,
    Introduction,
    Lists,
    read_lists,
    shown,
)

MOST_KEYS = 9
"""Types of host keys; each costs one connection."""

AT_ONCE = 3
"""Connections to one server, with that of the client: small devices take no more than five."""

_CHACHA = "chacha20-poly1305@openssh.com"

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gathered:
    """What was brought together over several connections."""

    address: str
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

    One connection for each type of host key and one for the group, and one of the `ssh` client, a
    few of them at a time. Raises `CannotSee` where nothing there speaks SSH or its algorithms cannot
    be read.
    """
    try:
        async with await reach.gate.connect(reach.look, target.host, target.port, reach.deadline) as stream:
            talk = Conversation(stream)
            who = await talk.introduce()
            if who.protocol.startswith("1.") and who.protocol != "1.99":
                problem = "it speaks SSH 1 alone"
                return Seen(
                    facts=_facts(who, _Gathered(address=str(stream.address), login_problem=problem)),
                    excerpts=_excerpts(who, b""),
                )
            raw = await talk.hear(KEXINIT)
            lists = read_lists(raw)
            more = _More(target, reach, lists, (stream, talk))
            async with asyncio.TaskGroup() as beside:
                # The client takes longest, so it begins.
                asked = beside.create_task(more.ways_in(stream.address))
                keys = [
                    beside.create_task(more.host_key(number, family, names))
                    for number, (family, names) in enumerate(_families(lists))
                ]
                named = beside.create_task(more.smallest_group())
    except Garbled as error:
        raise CannotSee(Reason.UNREADABLE, str(error)) from None
    ways, login_problem = asked.result()
    group, bits, group_problem = named.result()
    gathered = _Gathered(
        address=str(stream.address),
        lists=lists,
        keys=tuple(key.result() for key in keys),
        group=group,
        bits=bits,
        group_problem=group_problem,
        ways=ways,
        login_problem=login_problem,
    )
    return Seen(facts=_facts(who, gathered), excerpts=_excerpts(who, raw))


class _More:
    """Asks a server for the rest, once its lists are known, over a few connections at a time."""

    def __init__(
        self, target: Endpoint, reach: Reach, lists: Lists, first: tuple[Stream, Conversation]
    ) -> None:
        """`first` is the connection that the lists came over; whoever comes first goes on with it."""
        self._target = target
        self._reach = reach
        self._lists = lists
        self._first: tuple[Stream, Conversation] | None = first
        self._places = asyncio.Semaphore(AT_ONCE)

    async def ways_in(self, address: Address) -> tuple[Ways | None, str | None]:
        async with self._places:
            return await _tried(
                ways_in(self._target, self._reach, address, self._lists), self._reach.deadline
            )

    async def host_key(self, number: int, family: str, names: Sequence[str]) -> SshHostKey:
        key: PublicKey | None = None
        problem: str | None = "a type of key that we cannot read"
        if number >= MOST_KEYS:
            problem = f"more than {MOST_KEYS} types of keys are offered"
        elif family in FAMILIES.values():
            key, problem = await self._asked(partial(see_host_key, algorithm=names[0]))
        return SshHostKey(
            type=family,
            algorithms=tuple(names),
            seen=key is not None,
            bits=None if key is None else key.bits,
            fingerprint=None if key is None else key.fingerprint,
            problem=problem,
        )

    async def smallest_group(self) -> tuple[str, int | None, str | None]:
        if not any(name in self._lists.kex for name in GROUP_EXCHANGE):
            return "not-offered", None, None
        bits, problem = await self._asked(see_smallest_group)
        return ("not-seen" if bits is None else "seen"), bits, problem

    async def _asked(
        self, what: Callable[[Conversation, Lists], Awaitable[T]]
    ) -> tuple[T | None, str | None]:
        async with self._places:
            first, self._first = self._first, None
            return await _tried(self._over(first, what), _share(self._reach))

    async def _over(
        self,
        first: tuple[Stream, Conversation] | None,
        what: Callable[[Conversation, Lists], Awaitable[T]],
    ) -> T:
        if first is not None:
            stream, talk = first
            async with stream:
                return await what(talk, self._lists)
        reach, target = self._reach, self._target
        async with await reach.gate.connect(reach.look, target.host, target.port, reach.deadline) as stream:
            talk = Conversation(stream)
            await talk.introduce()
            return await what(talk, read_lists(await talk.hear(KEXINIT)))


def _families(lists: Lists) -> Iterable[tuple[str, list[str]]]:
    """Give each type of key with the algorithms that go with it."""
    families: dict[str, list[str]] = {}
    for name in dict.fromkeys(lists.host_key):
        families.setdefault(FAMILIES.get(name, name), []).append(name)
    return families.items()


def _share(reach: Reach) -> Deadline:
    # One connection that is kept waiting must not cost what the others could still show.
    return reach.deadline.part(reach.deadline.left() / 3)


async def _tried(asking: Awaitable[T], deadline: Deadline) -> tuple[T | None, str | None]:
    try:
        async with deadline.timeout():
            return await asking, None
    except TimeoutError:
        return None, "it did not answer in time"
    except Garbled as error:
        return None, str(error)
    except CannotSee as blind:
        return None, blind.detail


def _facts(who: Introduction, gathered: _Gathered) -> SshFacts:
    lists, ways = gathered.lists, gathered.ways
    algorithms = () if lists is None else tuple(_algorithms(lists))
    login = "not-seen" if ways is None else "anybody" if ways.anybody else "seen"
    return SshFacts(
        address=gathered.address,
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
        strict_kex=lists is not None and STRICT in lists.kex,
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
    kex = tuple(name for name in lists.kex if name not in MARKS)
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
