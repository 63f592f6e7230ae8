"""Canonical bytes: the same record is the same bytes, and nothing else is read."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as some

from readiness_audit.errors import RecordError
from readiness_audit.ledger.canonical import (
    DEEPEST_FACTS,
    canonical,
    record_bytes,
    record_from,
    strict,
)
from readiness_audit.model.evidence import Observed, Plain
from readiness_audit.model.plain import to_plain
from readiness_audit.model.record import SCHEMA, Record
from tests.records import a_record

NUMBERS = some.integers(min_value=-(2**53) + 1, max_value=2**53 - 1) | some.floats(
    allow_nan=False, allow_infinity=False
)
TEXT = some.text(some.characters(exclude_categories=["Cs"]))
DATA = some.recursive(
    some.none() | some.booleans() | NUMBERS | TEXT,
    lambda inside: some.lists(inside) | some.dictionaries(TEXT, inside),
)


def with_facts(facts: Any) -> Record:  # noqa: ANN401 - also facts that no probe could bring
    record = a_record()
    first = next(piece for piece in record.evidence if isinstance(piece, Observed))
    rest = tuple(piece for piece in record.evidence if piece is not first)
    return replace(record, evidence=(replace(first, facts=facts), *rest))


def nested(levels: int) -> Plain:
    inner: Plain = 1
    for _ in range(levels):
        inner = [inner]
    return inner


class TestReadingBack:
    def test_a_record_comes_back_as_it_was(self) -> None:
        record = a_record(targets=60, checks=2)
        assert record_from(record_bytes(record)) == record

    def test_and_as_the_same_bytes(self) -> None:
        data = record_bytes(a_record(saying='\u202e"\\\x1b[31m\x00\U0001f600ß\ufffd'))
        assert record_bytes(record_from(data)) == data

    def test_hash_seed_locale_and_time_zone_do_not_matter(self) -> None:
        program = (
            "import hashlib; from tests.records import a_record;"
            "from readiness_audit.ledger.canonical import record_bytes;"
            "print(hashlib.sha256(record_bytes(a_record())).hexdigest())"
        )
        places = (("0", "UTC", "C"), ("1", "Pacific/Kiritimati", "tr_TR.UTF-8"))
        running = [
            subprocess.Popen(
                [sys.executable, "-c", program],
                stdout=subprocess.PIPE,
                env={"PYTHONHASHSEED": seed, "TZ": zone, "LANG": language, "PYTHONPATH": "."},
            )
            for seed, zone, language in places
        ]
        said = {process.communicate()[0] for process in running}
        assert len(said) == 1
        assert len(said.pop().strip()) == 64

    @pytest.mark.parametrize("number", [1.0, -0.0, 1e-05, 5e-324, 1e15, 0.1, 123456.789, 9007199254740991])
    def test_odd_numbers_among_the_facts_are_kept_as_rfc_8785_writes_them(self, number: float) -> None:
        record = with_facts({"number": number})
        data = record_bytes(record)
        assert data == rfc8785.dumps(to_plain(record))
        assert record_from(data) == record


class TestTheQuickWayIsTheStandard:
    @settings(deadline=None)  # other work on the machine is not what is tested
    @given(DATA)
    def test_it_writes_what_rfc8785_writes_or_nothing(self, data: Plain) -> None:
        try:
            written = canonical(data)
        except RecordError:
            # Whole floats above 2**53 are written as whole numbers, which cannot be read again.
            assert any(abs(number) >= 2**53 for number in numbers_in(json.loads(rfc8785.dumps(data))))
        else:
            assert written == rfc8785.dumps(data)
            assert canonical(strict(written, len(written))) == written

    @pytest.mark.parametrize(
        "text", ["[1.0]", ":1.0,", ',1e-05]"', "\ud7ff", "\ue000", "\U00010000", "\x7f", "\x1f", "\u2028"]
    )
    def test_not_even_with_keys_and_texts_that_look_like_numbers(self, text: str) -> None:
        data: Plain = {text: text, "\ue000": [text, 1], "\U00010000": 2, "é": 1.5, "e": -0.25}
        assert canonical(data) == rfc8785.dumps(data)

    def test_a_thousand_targets_are_written_by_it_and_are_the_standard_s_bytes(self) -> None:
        record = a_record(targets=200, checks=5)
        assert record_bytes(record) == rfc8785.dumps(to_plain(record))


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("data", "said"),
        [
            (b'{"a":1,"a":2}', "'a' is there twice"),
            (b'{"b":{"a":1,"a":1}}', "'a' is there twice"),
            (b'{"a":NaN}', "NaN"),
            (b'{"a":-Infinity}', "Infinity"),
            (b'{"a":1e999}', "not JSON"),
            (b'{"a":9007199254740993}', "exactly|exceeds"),
            (b'{"a":1.0}', "canonical form"),
            (b'{"b":1,"a":2}', "canonical form"),
            (b'{"a": 1}', "canonical form"),
            (b'{"a":1}\n', "canonical form"),
            (b'{"a":"\\u0061"}', "canonical form"),
            (b'{"a":"\\ud800"}', "not JSON|UTF"),
            (b'{"a":"\xff"}', "UTF-8"),
            ('{"a":1}'.encode("utf-16"), "UTF-8|JSON"),
            (b'\xef\xbb\xbf{"a":1}', "JSON"),
            (b'{"a":1', "JSON"),
            (b"", "JSON"),
            (b"[" * 100_000 + b"]" * 100_000, "nested too deeply"),
            (b'{"a":' + b"1" * 5000 + b"}", "JSON"),
            (b'{"a":1}' + b" " * 1000, "larger than"),
        ],
        ids=range(20),
    )
    def test_what_we_would_not_have_written(self, data: bytes, said: str) -> None:
        with pytest.raises(RecordError, match=said):
            strict(data, 1000 if data.endswith(b" ") else 10**6)

    @pytest.mark.parametrize("schema", [SCHEMA + 1, 10**9])
    def test_a_newer_schema_before_anything_else_is_looked_at(self, schema: int) -> None:
        with pytest.raises(
            RecordError, match=f"schema {schema} and this version reads schemas up to {SCHEMA}"
        ):
            record_from(canonical({"schema": schema, "something": "new"}))

    @pytest.mark.parametrize("plain", [{}, {"schema": "1"}, {"schema": True}, {"schema": 0}, [], 1, None])
    def test_what_is_no_record(self, plain: Any) -> None:  # noqa: ANN401 - JSON of any kind
        with pytest.raises(RecordError, match="one of ours"):
            record_from(canonical(plain))

    def test_a_field_too_many(self) -> None:
        plain = to_plain(a_record())
        assert isinstance(plain, dict)
        with pytest.raises(RecordError, match="surprise"):
            record_from(canonical({**plain, "surprise": 1}))

    @pytest.mark.parametrize(
        "facts", [{"a": float("nan")}, {"a": 2**53}, {"a": 1e17}, {"a": "\ud800"}, {"a": b"x"}]
    )
    def test_facts_that_json_cannot_hold(self, facts: Any) -> None:  # noqa: ANN401 - not facts at all
        with pytest.raises((RecordError, TypeError)):
            record_bytes(with_facts(facts))

    def test_facts_nested_too_deeply_when_written(self) -> None:
        record_bytes(with_facts({"a": nested(DEEPEST_FACTS - 2)}))
        for levels in (DEEPEST_FACTS + 1, 900):
            with pytest.raises(RecordError, match="nested"):
                record_bytes(with_facts({"a": nested(levels)}))

    def test_and_when_read(self) -> None:
        plain = json.loads(record_bytes(a_record()))
        plain["evidence"][0]["facts"] = {"a": nested(200)}
        with pytest.raises(RecordError, match="nested deeper than 64 levels"):
            record_from(canonical(plain))


def numbers_in(data: Any) -> list[float]:  # noqa: ANN401 - JSON of any kind
    if isinstance(data, dict):
        return [number for item in data.values() for number in numbers_in(item)]
    if isinstance(data, list):
        return [number for item in data for number in numbers_in(item)]
    return [data] if isinstance(data, int | float) else []
