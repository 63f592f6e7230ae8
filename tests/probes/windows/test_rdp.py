import re
import struct
import subprocess
from pathlib import Path

import pytest

from readiness_audit.model.evidence import Reason
from readiness_audit.model.target import Endpoint
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.windows.rdp import PROBE, RdpFacts
from tests.looking import look_at
from tests.servers.certificates import make, names, write
from tests.servers.fake_rdp import confirming, failing, old, windows
from tests.servers.listener import Handler, free_port, listening
from tests.servers.windows import xrdp

SERVER = make("localhost", extensions=[names("localhost")])


def look(port: int) -> RdpFacts:
    target = Endpoint(kind="endpoint", id="desk", host="127.0.0.1", port=port, protocol="rdp")
    return look_at(PROBE, target, seconds=5).facts


def states(facts: RdpFacts) -> dict[str, str]:
    return {layer.name: layer.state for layer in facts.layers}


def told_by_nmap(port: int) -> dict[str, bool]:
    done = subprocess.run(
        ["nmap", "-n", "-Pn", "-sT", "-p", str(port), "--script", "+rdp-enum-encryption", "127.0.0.1"],
        capture_output=True,
        text=True,
        check=True,
    )
    return {name: said == "SUCCESS" for name, said in re.findall(r"\|[_ ]\s*([\w() ]+): (\w+)", done.stdout)}


def test_where_nothing_listens_it_says_refused() -> None:
    with pytest.raises(CannotSee) as blind:
        look(free_port())
    assert blind.value.reason is Reason.REFUSED


@pytest.mark.parametrize(
    ("layer", "accepted"), [("rdp", {"standard"}), ("tls", {"tls"}), ("negotiate", {"standard", "tls"})]
)
def test_xrdp_accepts_the_layers_it_is_set_up_for(layer: str, accepted: set[str], tmp_path: Path) -> None:
    with xrdp(tmp_path, layer, write(tmp_path / "server.pem", SERVER)) as port:
        facts = look(port)
    assert {name for name, state in states(facts).items() if state == "accepted"} == accepted
    assert facts.unclear == 0
    assert not facts.nla_required


def test_nmap_sees_the_same_layers_of_an_xrdp_that_negotiates(tmp_path: Path) -> None:
    with xrdp(tmp_path, "negotiate", write(tmp_path / "server.pem", SERVER)) as port:
        facts = look(port)
        told = told_by_nmap(port)
    # nmap also takes the server's choice of another layer for a yes to the one it asked for.
    assert told["Native RDP"]
    assert told["SSL"]
    assert {name for name, state in states(facts).items() if state == "accepted"} == {"standard", "tls"}


def test_a_server_that_demands_network_level_authentication_is_seen_to() -> None:
    with listening(windows(nla_only=True)) as server:
        facts = look(server.port)
    assert states(facts) == {
        "standard": "refused",
        "tls": "refused",
        "credssp": "accepted",
        "rdstls": "refused",
        "credssp-ex": "accepted",
    }
    assert facts.nla_required
    assert facts.accepted == 2


def test_a_server_older_than_the_negotiation_knows_the_standard_layer_alone() -> None:
    with listening(old) as server:
        facts = look(server.port)
    assert states(facts)["standard"] == "accepted"
    assert facts.accepted == 1


@pytest.mark.parametrize(
    ("handler", "said"),
    [(failing(3), "the server has no certificate"), (failing(99), "failure 99")],
    ids=["no certificate", "unknown"],
)
def test_a_refusal_says_why(handler: Handler, said: str) -> None:
    with listening(handler) as server:
        facts = look(server.port)
    assert (facts.accepted, facts.unclear) == (0, 0)
    assert {layer.answer for layer in facts.layers} == {said}


def test_a_choice_that_was_not_offered_is_no_answer() -> None:
    with (
        listening(confirming(struct.pack("<BBHI", 2, 0, 8, 16))) as server,
        pytest.raises(CannotSee) as blind,
    ):
        look(server.port)
    assert blind.value.reason is Reason.UNREADABLE
