"""The report of one host, copied for another one, and held beside what SSH servers show: real OpenSSH."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from readiness_audit.audit import audit, judge_again
from readiness_audit.cli.loading import load_content, senses
from readiness_audit.model.evidence import Observed
from readiness_audit.model.host import Access
from readiness_audit.model.record import Origin, Record
from readiness_audit.model.system import Stage, System, Trait
from readiness_audit.model.target import Endpoint, Host, Target
from readiness_audit.probes.host.seeing import script
from tests.looking import loopback_only
from tests.servers.inside import furnish, inside
from tests.servers.sshd import make_keys, sshd
from tests.systems import asking

ASKED = ("ssh.config.allowlist", "ssh.authorized_keys.strength", "ssh.protocol.version")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run the script on a host, and copy what it says under a second name."""
    folder = tmp_path_factory.mktemp("evidence")
    furnish(folder, "AllowUsers audit")
    done = subprocess.run(inside(folder, "sh", "-s"), input=script(), check=True, capture_output=True)
    (folder / "app-1.txt").write_bytes(done.stdout)
    shutil.copy(folder / "app-1.txt", folder / "app-2.txt")
    return folder


@pytest.fixture
def own(made: Path) -> Iterator[int]:
    with sshd(made / "ssh", made, using=("ssh_host_ed25519_key",)) as port:
        yield port


def host(id_: str, address: str) -> Host:
    return Host(kind="host", id=id_, host=address, access=Access(by="files", report=f"{id_}.txt"))


def audited(folder: Path, *targets: Target) -> Record:
    system = System(
        system="two",
        title="Two hosts",
        owner="Nobody",
        stage=Stage.ROLLOUT,
        traits=(Trait.HOST_ACCESS,),
        authorisation=loopback_only(datetime.now(UTC)),
        targets=targets,
    )
    known = load_content([]).checks
    policy = asking(*(known[name].check for name in ASKED))

    def origin(at: datetime, complete: bool) -> Origin:  # noqa: FBT001 - as the pipeline calls it
        return Origin(
            run="r", tool="test", started_at=at, finished_at=at, looked_from="here", complete=complete
        )

    record = asyncio.run(audit(system, policy, senses(), folder, lambda: datetime.now(UTC), origin)).record
    again = judge_again(record, policy, senses(), record.decision.judged_at, record.origin)
    assert again.verdicts == record.verdicts
    return record


def told(record: Record) -> dict[tuple[str, str], str]:
    return {
        (one.check, one.target): f"{one.outcome}: {one.reason}" if one.reason else one.outcome
        for one in record.verdicts
    }


def test_one_host_alone_is_judged(made: Path) -> None:
    verdicts = told(audited(made, host("app-1", "127.0.0.1")))
    assert verdicts["ssh.config.allowlist", "app-1"] == "pass"
    assert verdicts["ssh.authorized_keys.strength", "app-1"] == "pass"


def test_a_copy_under_another_name_is_no_second_host(made: Path) -> None:
    record = audited(made, host("app-1", "127.0.0.1"), host("app-2", "127.0.0.2"))
    verdicts = told(record)
    for check in ASKED[:2]:
        for target in ("app-1", "app-2"):
            assert verdicts[check, target] == "not_assessed: other-machine"
    (one,) = [each for each in record.verdicts if (each.check, each.target) == (ASKED[0], "app-1")]
    assert one.detail.startswith("the same machine was seen as app-2: both have the host key SHA256:")
    kept = {each.look.id: each for each in record.evidence}
    assert isinstance(kept["sshd:app-1"], Observed), "the record must keep what was seen"


def test_two_targets_at_one_address_are_judged(made: Path) -> None:
    verdicts = told(audited(made, host("app-1", "127.0.0.1"), host("app-2", "127.0.0.1")))
    assert verdicts["ssh.config.allowlist", "app-1"] == verdicts["ssh.config.allowlist", "app-2"] == "pass"


def test_its_own_server_agrees(made: Path, own: int) -> None:
    door = Endpoint(kind="endpoint", id="door", host="127.0.0.1", port=own, protocol="ssh")
    verdicts = told(audited(made, host("app-1", "127.0.0.1"), door))
    assert (verdicts[ASKED[0], "app-1"], verdicts[ASKED[2], "door"]) == ("pass", "pass")


def test_another_server_at_the_address_does_not(made: Path, tmp_path: Path) -> None:
    make_keys(tmp_path, "ed25519")
    with sshd(tmp_path, tmp_path) as port:
        door = Endpoint(kind="endpoint", id="door", host="127.0.0.1", port=port, protocol="ssh")
        record = audited(made, host("app-1", "127.0.0.1"), door)
    assert told(record)[ASKED[0], "app-1"] == "not_assessed: other-machine"
    assert told(record)[ASKED[2], "door"] == "pass"
