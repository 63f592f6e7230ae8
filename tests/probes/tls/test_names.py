import ipaddress

import pytest

from readiness_audit.probes.tls.names import San, matching


@pytest.mark.parametrize("name", ["www.example.org", "192.0.2.1", "2001:db8::1"])
def test_a_certificate_without_names_is_for_nobody(name: str) -> None:
    assert matching(name, San()) is None


@pytest.mark.parametrize(
    ("name", "entry"),
    [
        ("www.example.org", "www.example.org"),
        ("WWW.example.ORG", "www.EXAMPLE.org"),
        ("www.example.org.", "www.example.org"),
        ("www.example.org", "*.example.org"),
        ("xn--mller-kva.example.org", "*.example.org"),
        ("localhost", "localhost"),
        ("_x.example.org", "_x.example.org"),
    ],
)
def test_these_names_are_matched(name: str, entry: str) -> None:
    assert matching(name, San(dns=("other.example", entry))) == entry


@pytest.mark.parametrize(
    ("name", "entry"),
    [
        ("example.org", "*.example.org"),
        ("a.b.example.org", "*.example.org"),
        ("www.example.org", "w*.example.org"),
        ("www.example.org", "*w.example.org"),
        ("www.example.org", "www.*.org"),
        ("www.example.org", "*.*.org"),
        ("example.org", "*.org"),
        ("example", "*"),
        ("www.example.org", "*"),
        ("www.example.org", "www.example.org."),
        ("www.example.org", ".example.org"),
        ("www.example.org", "example.org"),
        ("www.example.org", ""),
        ("\u0131.example.org", "I.example.org"),
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.1", "*.0.2.1"),
    ],
)
def test_these_names_are_not_matched(name: str, entry: str) -> None:
    assert matching(name, San(dns=(entry,))) is None


@pytest.mark.parametrize("name", ["2001:db8::1", "2001:0DB8:0::0001"])
def test_an_address_is_matched_by_value(name: str) -> None:
    assert matching(name, San(addresses=(ipaddress.ip_address("2001:db8::1"),))) == "2001:db8::1"


def test_an_address_entry_stands_for_no_name() -> None:
    assert matching("192.0.2.1.example", San(addresses=(ipaddress.ip_address("192.0.2.1"),))) is None
