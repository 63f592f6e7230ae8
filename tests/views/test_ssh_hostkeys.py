"""Host keys of several servers side by side: real OpenSSH, some of which come from one image."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

import pytest

from readiness_audit.content.files import load_checks
from readiness_audit.model.evidence import Evidence, Missing, Observed, Reason
from readiness_audit.model.facts import hollow
from readiness_audit.model.system import Stage, System
from readiness_audit.model.target import Endpoint
from readiness_audit.model.verdict import Outcome, Verdict
from readiness_audit.probes.built_in import BUILT_IN
from readiness_audit.probes.ssh.facts import SshFacts
from readiness_audit.shipped import shipped
from readiness_audit.stages.collect import collect
from readiness_audit.stages.judge import judge
from readiness_audit.stages.plan import plan
from readiness_audit.views import VIEWS
from tests.looking import loopback_only
from tests.servers.listener import free_port
from tests.servers.sshd import fingerprints, make_keys, sshd
from tests.systems import asking

NOW = datetime.now(UTC)
POLICY = asking(load_checks([shipped("checks")])["ssh.hostkeys.shared"].check)


@dataclasses.dataclass(frozen=True)
class Seen:
    system: System
    evidence: tuple[Evidence, ...]
    shared: str
    """What ssh-keygen says of the key two servers have."""


def verdicts(seen: Seen, *without: str, at: datetime = NOW) -> Mapping[str, Verdict]:
    """Judge with some looks gone missing."""
    made = plan(seen.system, POLICY, BUILT_IN, VIEWS)
    evidence = [
        Missing(look=one.look, taken_at=one.taken_at, reason=Reason.TIMED_OUT, detail="silent")
        if one.look.target in without
        else one
        for one in seen.evidence
    ]
    return {each.target: each for each in judge(made, evidence, POLICY, BUILT_IN, VIEWS, at)}


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    folder = tmp_path_factory.mktemp("servers")
    image, other = folder / "image", folder / "other"
    for path, names in ((image, ("ed25519", "ecdsa")), (other, ("ecdsa", "rsa"))):
        path.mkdir()
        make_keys(path, *names)
    with (
        sshd(image, folder, using=("ed25519",)) as one,
        sshd(image, folder, "ListenAddress 127.0.0.2", using=("ed25519", "ecdsa")) as two,
        sshd(other, folder, "ListenAddress 127.0.0.3", using=("ecdsa", "rsa")) as three,
        sshd(image, folder, using=("ed25519",)) as again,
    ):
        places = {"one": ("127.0.0.1", one), "two": ("127.0.0.2", two), "three": ("127.0.0.3", three)}
        places["again"] = ("127.0.0.1", again)
        system = System(
            system="servers",
            title="Servers",
            owner="Nobody",
            stage=Stage.OPERATION,
            authorisation=loopback_only(NOW),
            targets=tuple(
                Endpoint(kind="endpoint", id=name, host=host, port=port, protocol="ssh")
                for name, (host, port) in places.items()
            ),
        )
        made = plan(system, POLICY, BUILT_IN, VIEWS)
        collected = asyncio.run(collect(made.looks, system, BUILT_IN, folder, lambda: NOW))
        ((_, shared),) = fingerprints(image, "ed25519")
        yield Seen(system, collected.evidence, shared)


def test_each_look_is_planned_once(seen: Seen) -> None:
    made = plan(seen.system, POLICY, BUILT_IN, VIEWS)
    assert [look.target for look in made.looks] == ["one", "two", "three", "again"]
    assert [len(step.looks) for step in made.steps] == [5, 5, 5, 5]


def test_a_key_that_two_hosts_have_is_named_with_both(seen: Seen) -> None:
    told = verdicts(seen)
    assert {name: (one.outcome, one.subjects) for name, one in told.items()} == {
        "one": (Outcome.FAIL, (f"ssh-ed25519 {seen.shared} (two)",)),
        "two": (
            Outcome.FAIL,
            (f"ssh-ed25519 {seen.shared} (again)", f"ssh-ed25519 {seen.shared} (one)"),
        ),
        "three": (Outcome.PASS, ()),
        "again": (Outcome.FAIL, (f"ssh-ed25519 {seen.shared} (two)",)),
    }


def test_two_servers_at_one_address_are_one_host(seen: Seen) -> None:
    told = verdicts(seen, "two")
    assert told["one"].outcome is Outcome.NOT_ASSESSED
    system = dataclasses.replace(seen.system, targets=(seen.system.targets[0], seen.system.targets[3]))
    alone = verdicts(dataclasses.replace(seen, system=system))
    assert {one.outcome for one in alone.values()} == {Outcome.PASS}


def test_nobody_passes_while_another_server_was_not_seen(seen: Seen) -> None:
    told = verdicts(seen, "three")
    assert {name: one.outcome for name, one in told.items()} == {
        "one": Outcome.FAIL,
        "two": Outcome.FAIL,
        "three": Outcome.NOT_ASSESSED,
        "again": Outcome.FAIL,
    }
    assert told["three"].reason is Reason.TIMED_OUT
    assert verdicts(seen, "one", "again")["three"].outcome is Outcome.NOT_ASSESSED


def test_old_looks_of_others_make_it_stale(seen: Seen) -> None:
    assert verdicts(seen, at=NOW + timedelta(days=3))["three"].outcome is Outcome.STALE


def test_a_look_from_the_future_is_none(seen: Seen) -> None:
    evidence = tuple(
        dataclasses.replace(one, taken_at=NOW + timedelta(days=1)) if one.look.target == "one" else one
        for one in seen.evidence
    )
    told = verdicts(dataclasses.replace(seen, evidence=evidence))
    assert told["three"].outcome is Outcome.NOT_ASSESSED


def test_records_that_do_not_tell_the_address_pass_nobody(seen: Seen) -> None:
    evidence = tuple(
        dataclasses.replace(one, facts={**one.facts, "address": None})
        for one in seen.evidence
        if isinstance(one, Observed)
    )
    told = verdicts(dataclasses.replace(seen, evidence=evidence))
    assert {one.outcome for one in told.values()} == {Outcome.NOT_ASSESSED}


def test_nothing_joined_is_nothing_seen() -> None:
    facts = VIEWS["ssh-hostkeys"].join({"server": hollow(SshFacts), "servers": {"a": None, "b": 1}})
    assert (facts.key_count, facts.shared, facts.servers, facts.servers_unseen) == (0, (), 0, ("a", "b"))


def test_a_server_that_is_not_there_keeps_the_only_one_from_passing(seen: Seen) -> None:
    gone = Endpoint(kind="endpoint", id="gone", host="127.0.0.9", port=free_port(), protocol="ssh")
    system = dataclasses.replace(seen.system, targets=(seen.system.targets[2], gone))
    assert verdicts(dataclasses.replace(seen, system=system))["three"].outcome is Outcome.NOT_ASSESSED
