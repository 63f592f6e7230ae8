"""JSON from elsewhere: what is ambiguous or out of bounds is refused, and nothing breaks the reader."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness_audit.model.evidence import Reason
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.strict_json import read_json


@pytest.mark.parametrize(
    "data",
    [
        b"", b" ", b"{", b'{"a": 1, "a": 2}', b'{"a": NaN}', b"[Infinity]", b"[-Infinity]", b"\xff\xfe1\x00",
        b'"\xff"', b"[1] [2]", b"9007199254740992", b"9" * 5000, b"[" * 100_000, b'{"a":' * 100_000,
        b"'a'", b"01",
    ],
)  # fmt: skip
def test_what_is_not_sound_is_refused(data: bytes) -> None:
    with pytest.raises(CannotSee) as caught:
        read_json(data, "x.json")
    assert caught.value.reason is Reason.UNREADABLE
    assert caught.value.detail.startswith("x.json is not sound JSON")


def test_many_tiny_pieces_are_not_taken_into_memory() -> None:
    with pytest.raises(CannotSee) as caught:
        read_json(b"[" + b"{}," * 3_000_000 + b"{}]")
    assert caught.value.reason is Reason.TOO_LARGE


def test_what_is_sound_is_read() -> None:
    assert read_json(b'\xef\xbb\xbf{"a": [1, -2.5, null, "\\u00e4", 9007199254740991]}') == {
        "a": [1, -2.5, None, "ä", 2**53 - 1]
    }


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    try:
        read_json(data)
    except CannotSee:
        return
