import pytest

from readiness_audit.probes.tls.hello import Version, client_hello
from readiness_audit.probes.tls.suites import SUITES, SUITES_13, suite_name


@pytest.mark.parametrize("version", list(Version)[2:])
@pytest.mark.parametrize("compact", [False, True])
def test_no_hello_has_the_length_that_load_balancers_hang_on(version: Version, compact: bool) -> None:  # noqa: FBT001 - a column of a table
    for length in range(1, 250):
        hello = client_hello(version, "n" * length, compact=compact)
        assert not 256 <= len(hello) - 5 <= 511
        assert int.from_bytes(hello[3:5]) == len(hello) - 5


def test_a_list_of_suites_can_be_asked_for() -> None:
    hello = client_hello(Version.TLS12, None, [0xC02F])
    assert hello[44:50] == bytes.fromhex("0004c02f00ff")


def test_ssl_3_knows_no_extensions() -> None:
    assert client_hello(Version.SSL3, "www.example").endswith(b"\x00\xff\x01\x00")


def test_suites_are_named_once_and_broken_ones_come_last() -> None:
    names = [*SUITES.values(), *SUITES_13.values()]
    assert len(set(names)) == len(names) == 217
    assert "NULL" not in "".join(names[:100])
    assert suite_name(0xFAFA) == "0xFAFA"
