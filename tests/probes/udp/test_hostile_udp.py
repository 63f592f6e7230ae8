from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from readiness_audit.model.target import Host
from readiness_audit.probes.network import ber
from readiness_audit.probes.network.wire import Garbled
from readiness_audit.probes.udp import ntp, small_services, snmp
from readiness_audit.probes.udp.inquiry import Inquiry, Told
from readiness_audit.probes.udp.udp import PROBE
from tests.doors import open_door
from tests.looking import look_at
from tests.servers.datagrams import answering, saying
from tests.servers.hostile.udp import HOSTILE, PORTS
from tests.silence import apart

NTPSEC = bytes.fromhex(
    "d6820000c016000000000026"
    "76657273696f6e3d226e747064206e74707365632d312e322e32222c0d0a636c6b5f77616e6465723d302e"
)
"""The head and a part of what ntpsec 1.2.2 answers to mode 6; its sequence number is put in."""


def asking(name: str) -> Inquiry:
    every = (*small_services.inquiries(), *ntp.inquiries(), *snmp.inquiries())
    (inquiry,) = (one for one in every if one.name == name)
    return inquiry


def look_at_all() -> dict[str, Any]:
    def one(number: int) -> list[Any]:
        address = f"127.0.62.{number + 1}"
        began = time.monotonic()
        facts = look_at(PROBE, Host(kind="host", id="box", host=address)).facts
        spent = time.monotonic() - began
        rows = {row.question: (row.state, row.granted, row.words) for row in facts.answers}
        inert = all(row.words is None or row.words.isprintable() for row in facts.answers)
        return [rows, facts.unclear, facts.silent, inert, spent]

    with contextlib.ExitStack() as stack:
        for number, hostile in enumerate(HOSTILE.values()):
            stack.enter_context(open_door(f"127.0.62.{number + 1}", 443))
            for port in PORTS:
                stack.enter_context(answering(hostile.serve, f"127.0.62.{number + 1}", port))
        with ThreadPoolExecutor(len(HOSTILE)) as pool:
            return dict(zip(HOSTILE, pool.map(one, range(len(HOSTILE))), strict=True))


def test_no_hostile_answer_is_taken_for_an_answer_or_for_silence() -> None:
    for name, (rows, unclear, silent, inert, spent) in apart(look_at_all).items():
        assert inert
        assert silent == 0
        assert spent < 9, name
        states = {question: row[0] for question, row in rows.items()}
        if name == "other-address":
            assert set(states.values()) == {"elsewhere"}, name
            assert unclear == len(states)
            continue
        assert not any(row[1] for row in rows.values()), (name, rows)
        # Whoever floods is too busy to answer every question; that one was not answered is seen all the same.
        assert set(states.values()) - ({"silent"} if name == "flood" else set()) == {"garbled"}, (name, rows)
        assert unclear == sum(state == "garbled" for state in states.values())


def response(inquiry: Inquiry, **other: bytes) -> bytes:
    """Put together by hand what an agent answers: the question, as a response, with a value."""
    message = ber.Elements(inquiry.datagram).inside(ber.SEQUENCE)
    version, community = message.next(ber.INTEGER), message.next(ber.OCTETS)
    request = message.inside(0xA0).next(ber.INTEGER)
    name = bytes.fromhex("06082b06010201010100")
    value = other.get("value", b"\x04\x03box")
    variable = b"\x30" + bytes([len(name + value)]) + name + value
    body = (
        b"\x02" + bytes([len(request)]) + other.get("request", request)
        + b"\x02\x01\x00\x02\x01\x00\x30" + bytes([len(variable)]) + variable
    )  # fmt: skip
    whole = (
        b"\x02\x01" + other.get("version", version)
        + b"\x04" + bytes([len(other.get("community", community))]) + other.get("community", community)
        + other.get("tag", b"\xa2") + bytes([len(body)]) + body
    )  # fmt: skip
    return b"\x30" + bytes([len(whole)]) + whole


def test_a_response_put_together_by_hand_is_read() -> None:
    inquiry = asking("snmp-v2c-public")
    assert inquiry.read(response(inquiry)) == Told(granted=True, words="box")
    assert inquiry.read(response(inquiry, value=b"\x80\x00")) == Told(granted=True)
    assert inquiry.read(response(inquiry, value=b"\x04\x05\x1b[31m")).words == "?[31m"


@pytest.mark.parametrize(
    "change",
    [
        {"version": b"\x00"},
        {"community": b"private"},
        {"request": b"\x01"},
        {"tag": b"\xa8"},
        {"value": b"\x04\x7fbox"},
        {"value": b"\x1f\x03box"},
        {"value": b"\x04\x84\xff\xff\xff\xff"},
        {"value": b"\x04\x03box\x05\x00"},
    ],
)
def test_a_response_to_something_else_is_not_taken(change: dict[str, bytes]) -> None:
    inquiry = asking("snmp-v2c-public")
    with pytest.raises(Garbled):
        inquiry.read(response(inquiry, **change))


def test_what_a_real_time_server_said_is_read() -> None:
    inquiry = asking("ntp-readvar")
    answer = NTPSEC[:2] + inquiry.datagram[2:4] + NTPSEC[4:]
    assert inquiry.read(answer) == Told(granted=True, words="ntpd ntpsec-1.2.2")
    with pytest.raises(Garbled):
        inquiry.read(NTPSEC[:2] + bytes(byte ^ 1 for byte in inquiry.datagram[2:4]) + NTPSEC[4:])


def kiss(inquiry: Inquiry) -> bytes:
    return b"\xe4\x00\x00\xe8" + bytes(8) + b"RATE" + bytes(8) + inquiry.datagram[40:48] + bytes(16)


def served(inquiry: Inquiry) -> bytes:
    return b"\x24\x02\x00\xe8" + bytes(20) + inquiry.datagram[40:48] + bytes(16)


def monlist(_inquiry: Inquiry) -> bytes:
    return bytes.fromhex("d700032a") + b"\x00\x02\x00\x48" + bytes(144)


def monlist_refused(_inquiry: Inquiry) -> bytes:
    return bytes.fromhex("9700032a70000000")


def answer_to_dns(flags: bytes) -> Callable[[Inquiry], bytes]:
    return lambda inquiry: (
        inquiry.datagram[:2] + flags + b"\x00\x01\x00\x00\x00\x00\x00\x00" + inquiry.datagram[12:]
    )


def device(_inquiry: Inquiry) -> bytes:
    return b"HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\nSERVER: Box/1 UPnP/1.0 \x1b[31m\r\n\r\n"


@pytest.mark.parametrize(
    ("name", "answer", "told"),
    [
        ("ntp-time", served, Told(granted=True, words="stratum 2")),
        ("ntp-time", kiss, Told(granted=False, words="kiss of death: RATE")),
        ("ntp-monlist", monlist, Told(granted=True, words="2 entries in the first datagram")),
        ("ntp-monlist", monlist_refused, Told(granted=False, words="error 7")),
        (
            "dns-recursion",
            answer_to_dns(b"\x81\x82"),
            Told(granted=True, words="SERVFAIL, recursion available, 0 answers"),
        ),
        (
            "dns-recursion",
            answer_to_dns(b"\x81\x85"),
            Told(granted=False, words="REFUSED, recursion available, 0 answers"),
        ),
        (
            "dns-recursion",
            answer_to_dns(b"\x81\x00"),
            Told(granted=False, words="NOERROR, recursion not available, 0 answers"),
        ),
        ("ssdp-search", device, Told(granted=True, words="Box/1 UPnP/1.0 ?[31m")),
    ],
)
def test_answers_put_together_by_hand_are_read(
    name: str, answer: Callable[[Inquiry], bytes], told: Told
) -> None:
    inquiry = asking(name)
    assert inquiry.read(answer(inquiry)) == told


@pytest.mark.parametrize("length", range(8))
def test_a_number_is_written_as_the_encoding_rules_ask(length: int) -> None:
    value = 0x7F << 8 * length
    assert ber.Elements(ber.write_integer(value)).integer() == value


def test_every_question_is_small_and_asks_anew_each_time() -> None:
    first = {
        one.name: one.datagram for one in small_services.inquiries() + ntp.inquiries() + snmp.inquiries()
    }
    again = {
        one.name: one.datagram for one in small_services.inquiries() + ntp.inquiries() + snmp.inquiries()
    }
    assert max(map(len, first.values())) < 100
    same = {name for name in first if first[name] == again[name]}
    assert same == {"ssdp-search", "ntp-monlist"}


def refuse_and_grant() -> list[Any]:
    answers = saying(monlist_refused(asking("ntp-monlist")), monlist(asking("ntp-monlist")))
    with open_door("127.0.62.1", 443), answering(answers, "127.0.62.1", 123):
        facts = look_at(PROBE, Host(kind="host", id="box", host="127.0.62.1")).facts
    (row,) = (row for row in facts.answers if row.question == "ntp-monlist")
    return [row.state, row.granted, row.datagrams_in]


def test_a_refusal_before_what_is_granted_is_none() -> None:
    assert apart(refuse_and_grant) == ["answered", True, 2]
