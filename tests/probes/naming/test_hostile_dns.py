import base64
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from readiness_audit.model.target import Domain, NameServer
from readiness_audit.probes.naming import domain, maildomain, nameserver
from readiness_audit.probes.naming.domain import DomainFacts
from readiness_audit.probes.naming.maildomain import MailFacts
from readiness_audit.probes.probe import Probe
from readiness_audit.probes.reach.blind import CannotSee
from tests.looking import look_at
from tests.servers.hostile.dns import (
    BAD_SPF,
    DNSKEY,
    NO_ANSWER,
    NOTHING_TO_SEE,
    SOA,
    A,
    Asked,
    message,
    record,
    serving,
    slow,
    take,
    wrong_number,
)
from tests.servers.hostile.dns import (
    name as name_of,
)
from tests.servers.limiting import the_first
from tests.servers.listener import Handler, listening

F = TypeVar("F")
SECONDS = 0.6
SPARE = 0.5


def target(port: int) -> Domain:
    resolver = f"127.0.0.1:{port}"
    return Domain(
        kind="domain",
        id="evil",
        name="evil.test",
        resolvers=(resolver,),
        validating_resolver=resolver,
        dkim_selectors=("s1",),
    )


def looked(handler: Handler) -> tuple[DomainFacts | CannotSee, MailFacts | CannotSee, float]:
    """Send both probes to a server; give what they saw, or why not, and the seconds of the slower one."""
    names = timed(domain.PROBE, handler)
    mail = timed(maildomain.PROBE, handler)
    return names[0], mail[0], max(names[1], mail[1])


def timed(probe: Probe[Domain, F], handler: Handler) -> tuple[F | CannotSee, float]:
    with listening(handler) as server:
        begun = time.monotonic()
        try:
            found: F | CannotSee = look_at(probe, target(server.port), seconds=SECONDS).facts
        except CannotSee as blind:
            found = blind
        return found, time.monotonic() - begun


def no_good_word_in(names: DomainFacts | CannotSee, mail: MailFacts | CannotSee) -> bool:
    if not isinstance(names, CannotSee):
        # That there is an alias may be believed; nothing may be of where it leads.
        states = {one.state for one in names.sets if one.kind != "CNAME"}
        assert states == {"not-seen"}
        assert names.dnssec.state == "not-seen"
        assert names.caa_state == "not-seen"
        assert names.unseen >= len(names.sets)
    if not isinstance(mail, CannotSee):
        assert mail.spf.state == mail.dmarc.state == mail.dkim[0].state == mail.mx_state == "not-seen"
        assert mail.mta_sts_state == mail.tls_reports_state == "not-seen"
    return True


@pytest.mark.parametrize("name", NOTHING_TO_SEE)
def test_of_a_lying_answer_nothing_is_believed(name: str) -> None:
    names, mail, seconds = looked(NOTHING_TO_SEE[name].serve)
    assert seconds < SECONDS + SPARE
    assert no_good_word_in(names, mail)


@pytest.mark.parametrize("name", NO_ANSWER)
def test_who_does_not_answer_is_not_waited_for(name: str) -> None:
    names, mail, seconds = looked(NO_ANSWER[name].serve)
    assert seconds < SECONDS + SPARE
    assert isinstance(names, CannotSee)
    assert isinstance(mail, CannotSee)
    assert names.detail.isprintable()


def test_a_slow_server_is_heard_as_far_as_time_allows() -> None:
    names, mail, seconds = looked(slow)
    assert seconds < SECONDS + SPARE
    assert isinstance(names, DomainFacts)
    assert isinstance(mail, MailFacts)
    assert {one.state for one in names.sets} <= {"no-data", "not-seen"}
    assert names.unseen > 0
    assert mail.spf.state in {"absent", "not-seen"}


@pytest.mark.parametrize("name", BAD_SPF)
def test_an_spf_record_that_goes_on_and_on_is_given_up(name: str) -> None:
    hostile = BAD_SPF[name]
    _, mail, seconds = looked(hostile.serve)
    assert seconds < SECONDS + SPARE
    assert isinstance(mail, MailFacts)
    assert mail.spf.state == hostile.reason
    assert mail.spf.lookups <= 41


def test_the_right_answer_is_waited_for_behind_a_wrong_one() -> None:
    def stray_first(connection: socket.socket, _: int) -> None:
        while (asked := take(connection)) is not None:
            for data in (wrong_number(asked), message(asked, record(A, b"\xc0\0\2\7"))):
                connection.sendall(len(data).to_bytes(2, "big") + data)

    names, _, _ = looked(stray_first)
    assert isinstance(names, DomainFacts)
    (four,) = [one for one in names.sets if one.kind == "A"]
    assert four.values == ("192.0.2.7",)


@pytest.mark.parametrize("name", [*NO_ANSWER, *NOTHING_TO_SEE])
def test_no_lying_server_counts_as_restricted(name: str) -> None:
    hostile = NO_ANSWER[name] if name in NO_ANSWER else NOTHING_TO_SEE[name]
    with listening(hostile.serve) as server:
        begun = time.monotonic()
        ours = NameServer(
            kind="nameserver", id="ns", host="127.0.0.1", port=server.port, zones=("evil.test",)
        )
        try:
            facts = look_at(nameserver.PROBE, ours, seconds=SECONDS).facts
        except CannotSee:
            facts = None
        assert time.monotonic() - begun < SECONDS + SPARE
    assert facts is None or facts.serving == 0


AXFR = 252
HALF = b"\xff\xff" + b"\0" * 400
START = name_of(b"a", b"test") * 2 + bytes(20)


def answering(axfr: Callable[[socket.socket, Asked], bool]) -> Handler:
    """Serve a zone, and do with questions for its transfer what a test says; False hangs up."""

    def talk(connection: socket.socket, _: int) -> None:
        while (asked := take(connection)) is not None:
            if asked.kind == AXFR:
                if not axfr(connection, asked):
                    return
                continue
            own = asked.kind == SOA
            data = message(asked, record(SOA, START), flags=0x8400) if own else message(asked, flags=0x8005)
            connection.sendall(len(data).to_bytes(2, "big") + data)

    return talk


def hands_over_half(connection: socket.socket, _: Asked) -> bool:
    connection.sendall(HALF)
    return False


@pytest.mark.parametrize(
    ("serve", "state"),
    [
        (answering(lambda *_: False), "refused"),
        (answering(hands_over_half), "not-seen"),
        (the_first(3, answering(lambda *_: True)), "not-seen"),
        (the_first(4, answering(lambda *_: False)), "not-seen"),
    ],
    ids=["hangs up on it", "breaks off half way", "hangs up on who asks often", "on who asks more often"],
)
def test_hanging_up_on_a_transfer_and_nothing_else_refuses_it(serve: Handler, state: str) -> None:
    with listening(serve) as server:
        ours = NameServer(
            kind="nameserver", id="ns", host="127.0.0.1", port=server.port, zones=("evil.test",)
        )
        facts = look_at(nameserver.PROBE, ours, seconds=SECONDS * 4).facts
    assert (facts.serving, facts.recursion) == (1, "refused")
    assert [zone.transfer for zone in facts.zones] == [state]


def test_keys_of_one_number_are_not_all_tried(tmp_path: Path) -> None:
    """KeyTrap: each of 400 pairs of key and signature would cost some milliseconds, one after the other."""
    # Swapping two of its words leaves the sum that a key's number is (RFC 4034, appendix B).
    words = [bytes([0x80 | place, place]) for place in range(1, 128)]
    bodies = [b"".join((b"\x80\x01", *words[:at], *words[at:][::-1], b"\x80\x01")) for at in range(0, 60, 3)]
    keys = [struct.pack("!HBB", 257, 3, 8) + b"\x03\x01\x00\x01" + body for body in bodies]
    (tmp_path / "anchor.txt").write_text(
        "".join(f"evil.test. DNSKEY 257 3 8 {base64.b64encode(key[4:]).decode()}\n" for key in keys)
    )
    number = (sum(int.from_bytes(keys[0][at : at + 2]) for at in range(0, len(keys[0]), 2))) % 0xFFFF
    zone, now = name_of(b"evil", b"test"), int(time.time())
    head = struct.pack("!HBBIIIH", DNSKEY, 8, 2, 60, now + 9999, now - 9999, number)
    signatures = [head + zone + bytes([0x40, at]) * 128 for at in range(20)]

    def reply(asked: Asked) -> bytes:
        if asked.kind == DNSKEY:
            made = [record(46, one) for one in signatures]
            return message(asked, *(record(DNSKEY, key) for key in keys), *made)
        return message(asked, record(SOA, START)) if asked.kind == SOA else message(asked)

    with listening(serving(reply)) as server:
        ours = replace(target(server.port), validating_resolver=None, trust_anchor="anchor.txt")
        chain = look_at(domain.PROBE, ours, evidence=tmp_path).facts.dnssec
    assert (chain.state, chain.problem) == (
        "not-seen",
        "DNSKEY of evil.test has signatures that many keys may have made",
    )
