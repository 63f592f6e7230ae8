"""
TELL APART: what was seen inside one machine counts for one host.

A report can be copied under another name, and the audit can run on another machine than the one
that is declared. Each look inside says which machine it was; here those are held beside one
another, and beside the keys that SSH servers showed over the network.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from readiness_audit.model.evidence import Contact, Evidence, Look, Missing, Observed, Plain, Reason
from readiness_audit.model.system import System
from readiness_audit.model.target import Endpoint, Host

SERVERS = "ssh"
"""The probe that sees the host keys of a server over the network."""


@dataclass(slots=True)
class _Inside:
    """What the looks inside one host say about its machine."""

    host_keys: set[str] = field(default_factory=set)
    marks: dict[str, None] = field(default_factory=dict)
    proved: bool = True
    """Whether every look came through a login to which the host showed a declared key."""


def tell_apart(
    evidence: Iterable[Evidence], system: System, contacts: Iterable[Contact]
) -> tuple[Evidence, ...]:
    """
    Give the evidence to judge by: where it is not certain which machine a look inside saw, none.

    Two hosts that are declared with the same address may be one machine. `contacts` tell which
    addresses names stood for.
    """
    seen = tuple(evidence)
    hosts = {target.id: target for target in system.targets if isinstance(target, Host)}
    inside: dict[str, _Inside] = defaultdict(_Inside)
    for one in seen:
        if isinstance(one, Observed) and one.look.target in hosts and (machine := _machine(one)) is not None:
            _add(inside[one.look.target], machine, one.facts)
    if not inside:
        return seen
    doubts = dict(_seen_twice(inside, hosts))
    for target, why in _shown_otherwise(inside, hosts, system, seen, contacts):
        doubts.setdefault(target, why)
    return tuple(
        Missing(
            look=one.look,
            taken_at=one.taken_at,
            reason=Reason.OTHER_MACHINE,
            detail=doubts[one.look.target],
        )
        if isinstance(one, Observed) and one.look.target in doubts and _machine(one) is not None
        else one
        for one in seen
    )


def _machine(one: Observed) -> Mapping[str, Plain] | None:
    machine = one.facts.get("machine")
    return machine if isinstance(machine, dict) else None


def _add(inside: _Inside, machine: Mapping[str, Plain], facts: Mapping[str, Plain]) -> None:
    keys = machine.get("host_keys")
    for key in keys if isinstance(keys, list | tuple) else ():
        if isinstance(key, str):
            inside.host_keys.add(key)
            inside.marks[f"the host key {key}"] = None
    if isinstance(id_ := machine.get("machine_id"), str):
        inside.marks[f"the machine id with the hash {id_[:16]}"] = None
    inside.proved = inside.proved and facts.get("seen_by") == "ssh"


def _seen_twice(inside: Mapping[str, _Inside], hosts: Mapping[str, Host]) -> Iterator[tuple[str, str]]:
    holders: dict[str, list[str]] = defaultdict(list)
    for target, about in inside.items():
        for mark in about.marks:
            holders[mark].append(target)
    for target, about in inside.items():
        address = hosts[target].host.casefold()
        for mark in about.marks:
            other = next((o for o in holders[mark] if hosts[o].host.casefold() != address), None)
            if other is not None:
                yield target, f"the same machine was seen as {other}: both have {mark}"
                break


def _shown_otherwise(
    inside: Mapping[str, _Inside],
    hosts: Mapping[str, Host],
    system: System,
    evidence: Sequence[Evidence],
    contacts: Iterable[Contact],
) -> Iterator[tuple[str, str]]:
    """Find hosts at whose address SSH servers show other keys, or might."""
    looks = {one.look: one for one in evidence if one.look.probe == SERVERS}
    servers = [
        (target, looks[look])
        for target in system.targets
        if isinstance(target, Endpoint) and (look := Look(probe=SERVERS, target=target.id)) in looks
    ]
    if not servers:
        return
    places: dict[str, set[str]] = defaultdict(set)
    for contact in contacts:
        places[contact.host.casefold()].add(contact.address)
    at: dict[str, list[tuple[str, Evidence]]] = defaultdict(list)
    for server, one in servers:
        name = server.host.casefold()
        for place in {name} | places[name]:
            at[place].append((server.id, one))
    for target, about in inside.items():
        name = hosts[target].host.casefold()
        # Of several servers at one address, one may be somebody else's: in a container, behind a port.
        beside = {id_: one for place in {name} | places[name] for id_, one in at.get(place, ())}
        shown = {id_: _shown(one) for id_, one in beside.items()}
        if about.proved or not shown or any(keys & about.host_keys for keys in shown.values()):
            continue
        silent = sorted(id_ for id_, keys in shown.items() if not keys)
        if silent:
            told = "showed no host key, so nothing tells that the same machine was seen from inside"
            yield target, f"{silent[0]} {told}"
        else:
            yield target, f"{min(shown)} shows no host key of the machine that was seen from inside"


def _shown(one: Evidence) -> set[str]:
    keys = one.facts.get("host_keys") if isinstance(one, Observed) else None
    return {
        print_
        for key in (keys if isinstance(keys, list | tuple) else ())
        if isinstance(key, dict) and isinstance(print_ := key.get("fingerprint"), str)
    }
