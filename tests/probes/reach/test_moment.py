"""Moments from elsewhere: read strictly, written in one way, and never believed when they lie ahead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness_audit.model.evidence import Reason
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.moment import from_seconds, read_moment, whole_days, written

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        None, "", "yesterday", "2026-03-10", "10.03.2026 12:00", "2026-13-01T00:00:00",
        "2026-02-30T00:00:00Z", "2026-03-10T25:00:00Z", "0000-00-00T00:00:00", "2026-W11-2T00:00:00",
        "٢٠٢٦-03-10T00:00:00", "1773144000", "2026-03-10T10:00:00Z\n", "0001-01-01T00:00:00+14:00",
        "NaN", "9" * 10_000,
    ],
)  # fmt: skip
def test_what_is_no_moment_is_none(text: str | None) -> None:
    assert read_moment(text, NOW) is None


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-03-09T10:00:00Z", "2026-03-09T10:00:00Z"),
        ("2026-03-09T10:00:00", "2026-03-09T10:00:00Z"),
        ("2026-03-09T10:00", "2026-03-09T10:00:00Z"),
        ("2026-03-09 10:00:00.123456789+01:00", "2026-03-09T09:00:00Z"),
        ("2026-03-09T10:00:00,5-0530", "2026-03-09T15:30:00Z"),
        ("2026-03-10T12:04:00Z", "2026-03-10T12:00:00Z"),  # clocks differ a little
        ("2026-03-11T01:00:00", "2026-03-10T12:00:00Z"),  # local time in Auckland, without saying so
    ],
)
def test_moments_are_written_in_one_way(text: str, meant: str) -> None:
    found = read_moment(text, NOW)
    assert found is not None
    assert written(found) == meant


@pytest.mark.parametrize("text", ["2026-03-10T12:06:00Z", "2026-03-11T03:00:00", "9999-12-31T23:59:59Z"])
def test_what_has_not_come_yet_is_not_evidence(text: str) -> None:
    with pytest.raises(CannotSee) as caught:
        read_moment(text, NOW)
    assert caught.value.reason is Reason.FROM_THE_FUTURE


@given(st.text(max_size=40))
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        found = read_moment(text, NOW)
    except CannotSee:
        return
    assert found is None or found <= NOW


def test_seconds_since_1970_have_bounds() -> None:
    assert from_seconds(0, NOW) == datetime(1970, 1, 1, tzinfo=UTC)
    assert from_seconds(1e300, NOW) is None
    with pytest.raises(CannotSee):
        from_seconds(4e9, NOW)


def test_days_are_counted_whole_and_early_years_are_padded() -> None:
    assert whole_days(NOW - timedelta(hours=47), NOW) == 1
    assert whole_days(NOW + timedelta(minutes=1), NOW) == 0
    zone = timezone(timedelta(hours=2))
    assert written(datetime(203, 1, 1, 1, 0, tzinfo=zone)) == "0202-12-31T23:00:00Z"
