"""What an endpoint showed of its TLS, beside the registers of certificates, persons and data flows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from readiness_audit.model.evidence import Plain
from readiness_audit.model.plain import to_plain
from readiness_audit.model.target import Endpoint
from readiness_audit.probes.tls.tls import PROBE
from readiness_audit.views import VIEWS
from tests.looking import look_at
from tests.servers.certificates import authority, make, names, told_by_openssl, write
from tests.servers.programs import s_server
from tests.views.joining import Strict, joined, recorded

ROOT = authority()
LEAF = make("shop.example", ROOT, [names("shop.example", "localhost")])
FINGERPRINT = told_by_openssl(LEAF.der, "-fingerprint", "-sha256").partition("=")[2]
SERIAL = told_by_openssl(LEAF.der, "-serial").partition("=")[2]
HEADER = "Zertifikat;Namen;Zuständig;CA;Erneuerung;Seriennummer;SHA-256"
FLOWS = "Von;Nach;Protokoll;Daten;TLS;Zertifikat geprüft"
PERSONS = """\
Personalnummer;Name;Status;Austritt
P1;Anna Arendt;aktiv;31.12.2026
P2;Bert Brandt;ausgeschieden;
"""


@dataclass(frozen=True)
class Shop:
    port: int
    seen: dict[str, Plain]
    """What a record keeps of a look at it."""

    unknown: dict[str, Plain]
    """The same, without its authority being declared."""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("shop")
    (folder / "root.pem").write_bytes(ROOT.pem)

    def look(cas: str | None) -> dict[str, Plain]:
        target = Endpoint(
            kind="endpoint", id="shop", host="localhost", port=port, protocol="tls", trusted_cas=cas
        )
        facts = look_at(PROBE, target, evidence=folder, seconds=4).facts
        found: dict[str, Plain] = json.loads(json.dumps(to_plain(facts)), object_hook=Strict)
        return found

    with s_server(write(folder / "leaf.pem", LEAF)) as port:
        yield Shop(port, look("root.pem"), look(None))


def registered(shop: Shop, folder: Path, *entries: str) -> Any:  # noqa: ANN401 - facts of a view; the tests say which
    register = recorded(folder, "certificates", "\n".join((HEADER, *entries)) + "\n")
    return VIEWS["certificates"].join({"tls": shop.seen, "certificates": register})


def served(shop: dict[str, Plain], folder: Path, *flows: str) -> Any:  # noqa: ANN401 - facts of a view; the tests say which
    register = recorded(folder, "data-flows", "\n".join((FLOWS, *flows)) + "\n")
    return VIEWS["flows"].join({"tls": shop, "flows": register})


def test_in_an_empty_register_nothing_is_found(shop: Shop, tmp_path: Path) -> None:
    facts = registered(shop, tmp_path)
    assert (facts.entries, facts.row_count, facts.chains_seen) == (0, 1, 1)
    assert (facts.rows[0].called, facts.rows[0].found_by, facts.rows[0].outdated) == (
        "shop.example",
        None,
        False,
    )


@pytest.mark.parametrize(
    ("entry", "found_by", "outdated"),
    [
        ("Webshop;;P1;CA;manuell;;{fingerprint}", "fingerprint", False),
        ("Webshop;;P1;CA;manuell;;sha256", None, False),
        ("Webshop;;P1;CA;manuell;0x{serial};", "serial", False),
        ("Webshop;;P1;CA;manuell;{spaced};", "serial", False),
        ("SHOP.example;;P1;CA;automatisch;;", "name", False),
        ("Webshop;www.shop.example, localhost;P1;CA;automatisch;;", "name", False),
        ("shop.example;;P1;CA;manuell;0B;", "name", True),
        ("shop.example;;P1;CA;manuell;;00:11", "name", True),
        ("*.example;;P1;CA;manuell;;", None, False),
        ("hop.example;;P1;CA;manuell;1;", None, False),
    ],
)
def test_a_certificate_is_found_by_what_openssl_says_of_it(
    shop: Shop, tmp_path: Path, entry: str, found_by: str | None, *, outdated: bool
) -> None:
    spaced = ":".join(SERIAL[place : place + 2] for place in range(0, len(SERIAL), 2)).lower()
    entry = entry.format(fingerprint=FINGERPRINT, serial=SERIAL, spaced=spaced)
    facts = registered(shop, tmp_path, "anderes.example;;P2;CA;manuell;;", entry)
    assert (facts.rows[0].found_by, facts.rows[0].outdated) == (found_by, outdated)
    assert facts.rows[0].entry_row == (3 if found_by else None)


def test_of_two_entries_of_a_name_the_right_one_is_taken(shop: Shop, tmp_path: Path) -> None:
    old, new = "shop.example;;P1;CA;manuell;0B;", f"shop.example;;P1;CA;manuell;{SERIAL};"
    facts = registered(shop, tmp_path, old, new)
    assert (facts.rows[0].found_by, facts.rows[0].entry_row, facts.rows[0].outdated) == ("serial", 3, False)


def test_without_flows_none_leads_anywhere(shop: Shop, tmp_path: Path) -> None:
    facts = served(shop.seen, tmp_path)
    assert (facts.flow_count, facts.row_count, facts.rows) == (0, 0, ())


def test_flows_lead_to_an_endpoint_by_its_id_or_its_name_and_port(shop: Shop, tmp_path: Path) -> None:
    facts = served(
        shop.seen,
        tmp_path,
        "Browser;Shop;https;personenbezogen;ja;ja",
        f"App;LOCALHOST:{shop.port};https;personenbezogen;ja;ja",
        "Berichte;localhost:1;https;personenbezogen;ja;ja",
        "Abgleich;localhost;postgresql;personenbezogen;ja;ja",
        "Kasse;shop2;https;intern;ja;nein",
    )
    assert (facts.flow_count, [flow.client for flow in facts.rows]) == (5, ["Browser", "App"])
    assert [(flow.verify, flow.verifiable) for flow in facts.rows] == [(True, True)] * 2


def test_a_name_and_the_usual_port_of_the_protocol_are_enough(shop: Shop, tmp_path: Path) -> None:
    usual = Strict(shop.seen, port=5432)
    assert served(usual, tmp_path, "App;localhost;PostgreSQL;intern;ja;ja").row_count == 1
    assert served(usual, tmp_path, "App;localhost;https;intern;ja;ja").row_count == 0


def test_a_server_nobody_vouches_for_cannot_be_verified(shop: Shop, tmp_path: Path) -> None:
    facts = served(shop.unknown, tmp_path, "Browser;shop;https;personenbezogen;ja;ja")
    assert [flow.verifiable for flow in facts.rows] == [False]


def test_without_persons_nobody_answers_for_a_certificate(tmp_path: Path) -> None:
    register = f"{HEADER}\nshop.example;;P1;CA;manuell;;\n"
    facts = joined(
        "certificate-owners", tmp_path, certificates=register, persons="Personalnummer;Name;Status\n"
    )
    assert (facts.row_count, facts.obstacles) == (0, ("the list of persons has no rows",))


def test_the_owners_of_certificates_are_found(tmp_path: Path) -> None:
    entries = ("a;;P1;CA;ACME;;", "b;;Brandt, Bert;CA;manuell;;", "c;;Xaver;CA;manuell;;", "d;;;CA;manuell;;")
    facts = joined(
        "certificate-owners", tmp_path, certificates="\n".join((HEADER, *entries)), persons=PERSONS
    )
    assert [(one.certificate, one.owner_status, one.owner_left_on) for one in facts.rows] == [
        ("a", "active", "2026-12-31"),
        ("b", "left", None),
        ("c", "unknown", None),
        ("d", "none", None),
    ]
    assert (facts.rows[0].method, facts.incomplete_count) == ("automatic", 1)
