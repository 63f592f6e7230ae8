"""That a zone is unsigned, proved by the zone above; a resolver in between withholds what it likes."""

import contextlib
import socket
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import dns.message
import dns.name
import dns.rdatatype
import pytest

from readiness_audit.model.target import Domain
from readiness_audit.probes.naming.domain import PROBE
from readiness_audit.probes.naming.signatures import Chain
from tests.looking import look_at
from tests.servers.bind import named, signed, zone_text
from tests.servers.hostile.dns import take
from tests.servers.listener import listening

DELEGATED = "{0} IN NS ns1.{0}\n{0} IN NS ns2.{0}\nns1.{0} IN A 192.0.2.1\nns2.{0} IN A 192.0.2.2\n"
DENIALS = {"nsec": (), "nsec3": ("-3", "ab12", "-H", "1"), "opt-out": ("-3", "-", "-H", "0", "-A")}

Withheld = Callable[[dns.message.Message], None]


@pytest.fixture(scope="module", params=DENIALS)
def served(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, int]]:
    """A signed zone with one signed and two unsigned zones below it, one of them two labels down."""
    folder = tmp_path_factory.mktemp("denial")
    good, ds = signed(folder / "good", "good.example", zone_text("good.example", "@ IN A 192.0.2.5"))
    below = DELEGATED.format("good") + ds + DELEGATED.format("plain") + DELEGATED.format("deep.er")
    top, anchor = signed(folder / "top", "example", zone_text("example", below), *DENIALS[request.param])
    (folder / "anchor.txt").write_text(anchor)
    zones = {"example": top, "good.example": good}
    zones |= {name: zone_text(name, "@ IN A 192.0.2.7") for name in ("plain.example", "deep.er.example")}
    with named(folder / "named", zones) as port:
        yield folder, port


@contextlib.contextmanager
def withholding(port: int, withhold: Withheld) -> Iterator[int]:
    """Pass every question on to the server at `port`, and its answer back without what is withheld."""

    def relay(connection: socket.socket, _: int) -> None:
        while (asked := take(connection)) is not None:
            name, _ = dns.name.from_wire(asked.name, 0)
            query = dns.message.make_query(name, dns.rdatatype.RdataType.make(asked.kind), want_dnssec=True)
            with socket.create_connection(("127.0.0.1", port)) as onward:
                data = query.to_wire()
                onward.sendall(struct.pack("!H", len(data)) + data)
                size = struct.unpack("!H", onward.recv(2, socket.MSG_WAITALL))[0]
                answer = dns.message.from_wire(onward.recv(size, socket.MSG_WAITALL))
            withhold(answer)
            answer.id = int.from_bytes(asked.number)
            data = answer.to_wire()
            connection.sendall(struct.pack("!H", len(data)) + data)

    with listening(relay) as server:
        yield server.port


def ds(answer: dns.message.Message) -> None:
    """Withhold DS records and their signatures, as if there were none."""
    kinds = {dns.rdatatype.DS}
    answer.answer = [one for one in answer.answer if one.rdtype not in kinds and one.covers not in kinds]


def ds_and_proofs(answer: dns.message.Message) -> None:
    ds(answer)
    kinds = {dns.rdatatype.NSEC, dns.rdatatype.NSEC3}
    answer.authority = [
        one for one in answer.authority if one.rdtype not in kinds and one.covers not in kinds
    ]


def nothing(_: dns.message.Message) -> None:
    """Withhold nothing."""


def chain(folder: Path, port: int, name: str, withhold: Withheld) -> Chain:
    with withholding(port, withhold) as relay:
        target = Domain(
            kind="domain",
            id="shop",
            name=name,
            resolvers=(f"127.0.0.1:{relay}",),
            trust_anchor="anchor.txt",
        )
        return look_at(PROBE, target, evidence=folder).facts.dnssec


@pytest.mark.parametrize("name", ["plain.example", "deep.er.example"])
def test_an_unsigned_zone_is_proved_to_be_one(served: tuple[Path, int], name: str) -> None:
    told = chain(*served, name, nothing)
    assert (told.state, told.proved_by) == ("unsigned", "trust-anchor")


@pytest.mark.parametrize("withhold", [ds, ds_and_proofs])
def test_a_signed_zone_whose_ds_is_withheld_is_not_taken_for_an_unsigned_one(
    served: tuple[Path, int], withhold: Withheld
) -> None:
    assert chain(*served, "good.example", nothing).state == "validates"
    told = chain(*served, "good.example", withhold)
    assert (told.state, told.proved_by) == ("not-proved", None)
    assert "nor a proof" in (told.problem or "")


def test_an_unsigned_zone_without_its_proof_is_not_proved(served: tuple[Path, int]) -> None:
    assert chain(*served, "plain.example", ds_and_proofs).state == "not-proved"


def test_the_proof_for_another_zone_proves_nothing(served: tuple[Path, int]) -> None:
    folder, port = served
    query = dns.message.make_query("plain.example", "DS", want_dnssec=True)
    with socket.create_connection(("127.0.0.1", port)) as onward:
        data = query.to_wire()
        onward.sendall(struct.pack("!H", len(data)) + data)
        size = struct.unpack("!H", onward.recv(2, socket.MSG_WAITALL))[0]
        foreign = dns.message.from_wire(onward.recv(size, socket.MSG_WAITALL)).authority

    def swapped(answer: dns.message.Message) -> None:
        if answer.question[0].rdtype == dns.rdatatype.DS:
            ds(answer)
            answer.authority = foreign

    told = chain(folder, port, "good.example", swapped)
    assert told.state == "not-proved"
