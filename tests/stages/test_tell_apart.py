"""One machine is not seen as two hosts, nor as one that shows other keys over the network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from readiness_audit.model.evidence import Contact, Evidence, Look, Missing, Observed, Plain, Reason
from readiness_audit.model.facts import hollow
from readiness_audit.model.host import Access
from readiness_audit.model.plain import to_plain
from readiness_audit.model.system import System
from readiness_audit.model.target import Endpoint, Host, Target
from readiness_audit.probes.built_in import BUILT_IN
from readiness_audit.probes.host.seeing import WAYS_IN
from readiness_audit.stages.tell_apart import SERVERS, tell_apart
from tests.systems import HOUSE

AT = datetime(2026, 6, 15, 12, tzinfo=UTC)
KEY, OTHER = "SHA256:" + 43 * "a", "SHA256:" + 43 * "b"
ID = 64 * "1"
INSIDE = tuple(name for name, probe in BUILT_IN.items() if probe.only == WAYS_IN)


def host(id_: str, address: str) -> Host:
    return Host(kind="host", id=id_, host=address, access=Access(by="files", report=f"{id_}.txt"))


def server(id_: str, address: str, port: int = 22) -> Endpoint:
    return Endpoint(kind="endpoint", id=id_, host=address, port=port, protocol="ssh")


def system(*targets: Target) -> System:
    return replace(HOUSE, targets=targets)


def inside(
    target: str, *keys: str, machine_id: str | None = None, by: str = "files", probe: str = "sshd"
) -> Observed:
    machine: dict[str, Plain] = {"name": target, "machine_id": machine_id, "host_keys": list(keys)}
    facts: dict[str, Plain] = {"seen_by": by, "machine": machine}
    return Observed(look=Look(probe=probe, target=target), taken_at=AT, tool="t", facts=facts)


def shown(target: str, *keys: str) -> Observed:
    listed: list[Plain] = [{"type": "ssh-ed25519", "fingerprint": key} for key in keys]
    look = Look(probe=SERVERS, target=target)
    return Observed(look=look, taken_at=AT, tool="t", facts={"host_keys": listed})


def silent(target: str) -> Missing:
    look = Look(probe=SERVERS, target=target)
    return Missing(look=look, taken_at=AT, reason=Reason.TIMED_OUT, detail="silent")


def contact(name: str, address: str) -> Contact:
    return Contact(
        look="x",
        at=AT,
        host=name,
        address=address,
        ports="22",
        protocol="tcp",
        connections=1,
        outcome="connected",
    )


def doubted(evidence: Sequence[Evidence], about: System, *contacts: Contact) -> dict[str, str]:
    """Give what is said of each look that counts no longer; all others must be as they were."""
    told = tell_apart(evidence, about, contacts)
    assert len(told) == len(evidence)
    changed = {}
    for before, after in zip(evidence, told, strict=True):
        if after != before:
            assert isinstance(after, Missing)
            assert (after.look, after.taken_at, after.reason) == (
                before.look,
                before.taken_at,
                Reason.OTHER_MACHINE,
            )
            changed[after.look.id] = after.detail
    return changed


A, B = host("a", "a.example.org"), host("b", "b.example.org")


@pytest.mark.parametrize(
    ("keys", "ids", "mark"),
    [
        ((KEY,), (None, None), f"the host key {KEY}"),
        ((KEY,), (ID, 64 * "2"), f"the host key {KEY}"),
        ((), (ID, ID), "the machine id with the hash 1111111111111111"),
    ],
)
def test_one_machine_is_not_two_hosts(
    keys: tuple[str, ...], ids: tuple[str | None, str | None], mark: str
) -> None:
    evidence = (
        inside("a", *keys, machine_id=ids[0]),
        inside("a", *keys, machine_id=ids[0], probe="authorized-keys"),
        inside("b", *keys, OTHER, machine_id=ids[1]),
    )
    assert doubted(evidence, system(A, B)) == {
        "sshd:a": f"the same machine was seen as b: both have {mark}",
        "authorized-keys:a": f"the same machine was seen as b: both have {mark}",
        "sshd:b": f"the same machine was seen as a: both have {mark}",
    }


def test_two_machines_are_two_hosts() -> None:
    evidence = (inside("a", KEY, machine_id=ID), inside("b", OTHER, machine_id=64 * "2"))
    assert doubted(evidence, system(A, B)) == {}


def test_two_targets_at_one_address_may_be_one_machine() -> None:
    evidence = (inside("a", KEY), inside("b", KEY))
    assert doubted(evidence, system(A, host("b", "A.Example.org"))) == {}


def test_a_third_one_elsewhere_is_told_all_the_same() -> None:
    evidence = (inside("a", KEY), inside("b", KEY), inside("c", KEY))
    same = system(A, host("b", "a.example.org"), host("c", "c.example.org"))
    told = doubted(evidence, same)
    assert {look: why.partition(":")[0] for look, why in told.items()} == {
        "sshd:a": "the same machine was seen as c",
        "sshd:b": "the same machine was seen as c",
        "sshd:c": "the same machine was seen as a",
    }


@pytest.mark.parametrize("by", ["files", "local"])
def test_a_server_that_shows_other_keys_is_another_machine(by: str) -> None:
    told = {"sshd:a": "door shows no host key of the machine that was seen from inside"}
    there = system(A, server("door", "a.example.org"))
    assert doubted((inside("a", KEY, by=by), shown("door", OTHER)), there) == told
    assert doubted((inside("a", KEY, by=by), shown("door", OTHER, KEY)), there) == {}


def test_a_server_that_showed_nothing_leaves_it_open() -> None:
    told = {"sshd:a": "door showed no host key, so nothing tells that the same machine was seen from inside"}
    there = system(A, server("door", "a.example.org"))
    assert doubted((inside("a", KEY), silent("door")), there) == told
    assert doubted((inside("a", KEY), shown("door")), there) == told


def test_whoever_logged_in_was_shown_a_declared_key() -> None:
    evidence = (inside("a", KEY, by="ssh"), shown("door", OTHER))
    assert doubted(evidence, system(A, server("door", "a.example.org"))) == {}


def test_a_second_server_at_the_address_may_be_somebody_elses() -> None:
    there = system(A, server("door", "a.example.org"), server("git", "a.example.org", 2222))
    assert doubted((inside("a", KEY), shown("door", KEY), shown("git", OTHER)), there) == {}
    assert doubted((inside("a", KEY), silent("door"), shown("git", OTHER)), there) != {}


def test_a_server_elsewhere_says_nothing() -> None:
    there = system(A, server("door", "b.example.org"))
    assert doubted((inside("a", KEY), shown("door", OTHER)), there) == {}
    assert doubted((inside("a", KEY),), system(A, server("door", "a.example.org"))) == {}


def test_a_name_and_its_address_are_one_place() -> None:
    there = system(A, server("door", "192.0.2.7"))
    evidence = (inside("a", KEY), shown("door", OTHER))
    assert doubted(evidence, there) == {}
    assert list(doubted(evidence, there, contact("a.example.org", "192.0.2.7"))) == ["sshd:a"]


def test_what_records_hold_does_no_harm() -> None:
    said: list[Plain] = [None, "a", [], {}, {"host_keys": 7, "machine_id": 3}, {"host_keys": [None, {}]}]
    for machine in said:
        facts: dict[str, Plain] = {"machine": machine}
        evidence = tuple(
            Observed(look=Look(probe="sshd", target=id_), taken_at=AT, tool="t", facts=facts) for id_ in "ab"
        )
        assert doubted(evidence, system(A, B)) == {}


def test_every_look_inside_says_which_machine_it_was() -> None:
    assert INSIDE
    for name in INSIDE:
        facts = to_plain(hollow(BUILT_IN[name].sees))
        assert isinstance(facts, dict)
        assert set(facts) >= {"machine", "seen_by"}, name
