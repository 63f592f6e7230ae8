"""What is kept of Set-Cookie; what it comes to stands in `vectors/cookies.yaml`."""

import pytest

from readiness_audit.probes.web.cookies import redacted


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("a=SECRET; Path=/; Secure", "a=[redacted]; path=/; Secure"),
        ("SECRET", "[redacted]"),
        ("=SECRET", "[redacted]"),
        ("a=SECRET; SECRET", "a=[redacted]; [redacted]"),
        ("a=SECRET; b=SECRET; HttpOnly", "a=[redacted]; [redacted]; HttpOnly"),
        ("a=b=SECRET", "a=[redacted]"),
        ("a=SECRET; Secure=SECRET", "a=[redacted]; Secure"),
    ],
)
def test_the_value_is_never_kept(value: str, kept: str) -> None:
    assert redacted(value) == kept
