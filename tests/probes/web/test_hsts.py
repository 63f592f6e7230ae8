import pytest

from readiness_audit.probes.web.hsts import Hsts, read_hsts


def read(*values: str, over_https: bool = True) -> Hsts:
    found = read_hsts(values, over_https=over_https)
    assert found is not None
    return found


def test_without_the_header_there_is_nothing() -> None:
    assert read_hsts([], over_https=True) is None


@pytest.mark.parametrize(
    ("value", "age", "subdomains", "preload"),
    [
        ("max-age=31536000", 31536000, False, False),
        ("max-age=31536000 ; includeSubDomains", 31536000, True, False),
        ('max-age="31536000"', 31536000, False, False),
        ("MAX-AGE=1;INCLUDESUBDOMAINS;PRELOAD", 1, True, True),
        ("includeSubDomains; max-age=63072000; preload", 63072000, True, True),
        ("max-age=0", 0, False, False),
        (" ; ;max-age=5; ", 5, False, False),
        ("max-age = 5", 5, False, False),
        ('max-age=5; unknown="a;b=c"', 5, False, False),
        ('max-age=5; unknown="a\\"b"', 5, False, False),
        ('max-age="5" ; includeSubDomains', 5, True, False),
        ("\tmax-age=5\t;\tincludeSubDomains", 5, True, False),
        ("max-age=5; preload=yes; unknown", 5, False, True),
        ('max-age="\\5"', 5, False, False),
        ("max-age=" + "9" * 30, 2**53 - 1, False, False),
    ],
)
def test_these_are_taken_to_heart(value: str, age: int, subdomains: bool, preload: bool) -> None:  # noqa: FBT001 - columns of a table
    found = read(value)
    assert (found.valid, found.problem) == (True, None)
    assert (found.max_age, found.include_subdomains, found.preload) == (age, subdomains, preload)


@pytest.mark.parametrize(
    "value",
    [
        "",
        ";",
        "includeSubDomains",
        "max-age",
        "max-age=",
        "max-age=abc",
        "max-age=-1",
        "max-age=+1",
        "max-age=1.5",
        "max-age=1_000",
        "max-age=1 000",
        'max-age=" 1"',
        "max-age=\u0663\u0663",
        "max-age=0x10",
        "max-age=1; max-age=2",
        "max-age=1; includeSubDomains; includesubdomains",
        "max-age=1, max-age=2",
        "max-age=1; includeSubDomains=true",
        'max-age=1; x="unfinished',
        "max-age=1; b@d",
        "max-age=1;" * 100,
        "max-age=" + "9" * 101,
        "= 5",
    ],
)
def test_these_are_ignored_by_clients(value: str) -> None:
    found = read(value)
    assert not found.valid
    assert found.problem


def test_the_first_header_counts() -> None:
    assert (read("max-age=1", "max-age=2").max_age, read("max-age=1", "max-age=2").count) == (1, 2)
    assert not read("nonsense", "max-age=2").valid


def test_over_plain_http_it_is_ignored() -> None:
    found = read("max-age=31536000", over_https=False)
    assert not found.valid
    assert found.max_age == 31536000
