"""What a domain or a name server is declared with is refused before anything is sent, where it is wrong."""

import pytest

from readiness_audit.errors import FieldError, MissingExtraError
from readiness_audit.model.grammar import address_and_port
from readiness_audit.model.target import Domain, NameServer
from readiness_audit.probes.naming.domain import PROBE
from tests.looking import look_at


def domain(**fields: object) -> Domain:
    given: dict[str, object] = {
        "kind": "domain",
        "id": "d",
        "name": "shop.example",
        "resolvers": ("192.0.2.53",),
    }
    return Domain(**(given | fields))  # type: ignore[arg-type]  # wrong fields are what is tried


@pytest.mark.parametrize(
    ("text", "address", "port"),
    [
        ("192.0.2.53", "192.0.2.53", 53),
        ("192.0.2.53:5353", "192.0.2.53", 5353),
        ("2001:db8::53", "2001:db8::53", 53),
        ("[2001:db8::53]:5353", "2001:db8::53", 5353),
        ("::ffff:192.0.2.53", "192.0.2.53", 53),
    ],
)
def test_a_resolver_is_an_address_and_may_have_a_port(text: str, address: str, port: int) -> None:
    found, number = address_and_port("resolvers", text, 53)
    assert (str(found), number) == (address, port)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "dns.example",
        "dns.example:53",
        "192.0.2.53:0",
        "192.0.2.53:65536",
        "192.0.2.53:5353:1",
        "192.0.2.300",
        "[192.0.2.53]:x",
        "-192.0.2.53",
        "192.0.2.53 ",
        "fe80::1%eth0",
        "https://192.0.2.53",
        "\u0661\u0669\u0662.0.2.53:53",
    ],
)
def test_whatever_else_is_no_resolver(text: str) -> None:
    with pytest.raises(FieldError):
        domain(resolvers=(text,))


@pytest.mark.parametrize(
    "fields",
    [
        {"resolvers": ()},
        {"resolvers": ("192.0.2.53", "192.0.2.53:53")},
        {"name": ""},
        {"name": "192.0.2.1"},
        {"name": "sh op.example"},
        {"name": "-x.example"},
        {"name": "a..example"},
        {"name": "x" * 64 + ".example"},
        {"name": "m\u00fcller.example"},
        {"addresses": ("shop.example",)},
        {"authorities": ("lets encrypt",)},
        {"validating_resolver": "192.0.2.54"},
        {"trust_anchor": "../anchor"},
        {"dkim_selectors": ("*",)},
    ],
)
def test_a_domain_is_refused_where_a_field_is_wrong(fields: dict[str, object]) -> None:
    with pytest.raises(FieldError):
        domain(**fields)


@pytest.mark.parametrize("zones", [(), ("",), ("192.0.2.1",)])
def test_a_name_server_needs_zones(zones: tuple[str, ...]) -> None:
    with pytest.raises(FieldError):
        NameServer(kind="nameserver", id="ns", host="192.0.2.1", zones=zones)


def test_without_the_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "dns.message", None)
    with pytest.raises(MissingExtraError, match=r"readiness-audit\[dns\]"):
        look_at(PROBE, domain())
