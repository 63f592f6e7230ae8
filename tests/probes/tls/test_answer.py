import asyncio
import ipaddress
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readiness_audit.probes.network.wire import Garbled
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.deadline import Deadline
from readiness_audit.probes.reach.stream import Stream
from readiness_audit.probes.tls.answer import Answer, State, hear
from readiness_audit.probes.tls.hello import Version
from tests.servers.fake_tls import certificate, record, server_hello, ssl2_hello

GOOD = record(22, server_hello(0x0303) + certificate(b"one", b"two"))


def heard(data: bytes, version: Version = Version.TLS12) -> Answer:
    async def listen() -> Answer:
        reader = asyncio.StreamReader()
        reader.feed_data(data)
        reader.feed_eof()
        nobody = cast("asyncio.StreamWriter", None)
        address = ipaddress.ip_address("127.0.0.1")
        return await hear(
            Stream(reader, nobody, Deadline(5), address=address, on_close=lambda: None), version
        )

    return asyncio.run(listen())


def test_an_empty_answer_is_none() -> None:
    with pytest.raises(CannotSee):
        heard(b"")


def test_a_good_answer_is_read() -> None:
    answer = heard(GOOD)
    assert (answer.state, answer.suite) == (State.ACCEPTED, "TLS_RSA_WITH_RC4_128_SHA")
    assert (answer.chain, answer.trouble) == ((b"one", b"two"), None)


@pytest.mark.parametrize("size", [1, 3, 7, 50])
def test_messages_may_be_cut_into_records_anywhere(size: int) -> None:
    whole = server_hello(0x0303) + certificate(b"one", b"two")
    cut = b"".join(record(22, whole[at : at + size]) for at in range(0, len(whole), size))
    assert heard(cut).chain == (b"one", b"two")


def test_a_warning_does_not_end_the_conversation() -> None:
    assert heard(record(21, b"\x01\x70") + GOOD).state is State.ACCEPTED
    assert heard(record(21, b"\x01\x70")).said == "alert unrecognized_name"


@settings(max_examples=500, deadline=None)
@given(
    st.sampled_from([GOOD, ssl2_hello(b"one"), record(21, b"\x02\x46")]),
    st.sampled_from(list(Version)),
    st.lists(st.tuples(st.integers(0, 200), st.integers(1, 255)), max_size=6),
    st.integers(0, 300),
)
def test_no_altered_answer_gets_out_of_hand(
    data: bytes, version: Version, changes: list[tuple[int, int]], end: int
) -> None:
    altered = bytearray(data)
    for place, byte in changes:
        altered[place % len(altered)] ^= byte
    try:
        answer = heard(bytes(altered[:end]), version)
    except (Garbled, CannotSee):
        return
    assert answer.state in {State.ACCEPTED, State.REFUSED}
    assert answer.said
