from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519
from hypothesis import given, settings
from hypothesis import strategies as st

from readiness_audit.probes.tls.certificate import Certificate, facts_of, load
from tests.servers.certificates import AUTHORITY, NOW, Key, by_openssl, make, names, told_by_openssl, weak_key

LEAF = make("www.example", extensions=[names("www.example", "*.example")])


def read(der: bytes, now: datetime = NOW) -> Certificate:
    return facts_of(load(der), chain=0, position=0, now=now)


@pytest.mark.parametrize("der", [b"", b"\x30", b"not a certificate", b"\x30\x82\xff\xff" + bytes(100)])
def test_what_is_no_certificate_has_a_fingerprint_and_says_that_it_cannot_be_read(der: bytes) -> None:
    facts = read(der)
    assert facts.unreadable == ("certificate",)
    assert facts.trouble
    assert (facts.subject, facts.not_after, facts.key, facts.is_ca, facts.name_count) == (None,) * 5
    assert len(facts.sha256) == 64


def test_a_good_one_reads_as_openssl_reads_it() -> None:
    facts = read(LEAF.der)
    told = told_by_openssl(LEAF.der, "-fingerprint", "-sha256", "-serial", "-subject", "-nameopt", "RFC2253")
    assert facts.sha256 in told.replace(":", "").lower()
    assert int(facts.serial or "", 16) == int(told.split("serial=")[1].splitlines()[0], 16)
    assert facts.subject == told.split("subject=")[1].splitlines()[0] == "CN=www.example"
    end = told_by_openssl(LEAF.der, "-enddate", "-dateopt", "iso_8601").removeprefix("notAfter=")
    assert facts.not_after == end.replace(" ", "T")
    assert (facts.key, facts.key_bits, facts.curve) == ("EC", 256, "secp256r1")
    assert (facts.signature_hash, facts.signature_algorithm) == ("sha256", "ecdsa-with-SHA256")
    assert facts.dns_names == ("www.example", "*.example")
    assert facts.name_count == 2
    assert facts.is_ca is False
    assert facts.unreadable == ()


@pytest.mark.parametrize(
    ("moment", "validity", "days", "seconds"),
    [
        (NOW, "running", 80, 80 * 86400),
        (NOW + timedelta(seconds=1), "running", 79, 80 * 86400 - 1),
        (NOW + timedelta(days=80), "running", 0, 0),
        (NOW + timedelta(days=80, seconds=1), "over", -1, -1),
        (NOW - timedelta(days=10), "running", 90, 90 * 86400),
        (NOW - timedelta(days=10, seconds=1), "not-begun", 90, 90 * 86400 + 1),
    ],
)
def test_days_are_counted_from_the_start_of_the_run(
    moment: datetime, validity: str, days: int, seconds: int
) -> None:
    facts = read(LEAF.der, moment)
    assert (facts.validity, facts.days_left, facts.seconds_left) == (validity, days, seconds)


@pytest.mark.parametrize(("seconds", "days"), [(0, 90), (1, 91), (-1, 90), (-86399, 90), (-86400, 89)])
def test_a_begun_day_of_life_counts_as_a_whole_one(seconds: int, days: int) -> None:
    made = make("www.example", ends=NOW + timedelta(days=80, seconds=seconds))
    assert read(made.der).lifetime_days == days


@pytest.mark.parametrize(
    ("key", "kind", "bits", "hash_name"),
    [
        (weak_key(), "RSA", 1024, "sha256"),
        (ec.generate_private_key(ec.SECP384R1()), "EC", 384, "sha256"),
        (ed25519.Ed25519PrivateKey.generate(), "Ed25519", 256, "sha512"),
        (ed448.Ed448PrivateKey.generate(), "Ed448", 456, "shake256"),
    ],
)
def test_every_kind_of_key_is_told_with_its_length(key: Key, kind: str, bits: int, hash_name: str) -> None:
    facts = read(make("www.example", key=key).der)
    assert (facts.key, facts.key_bits, facts.signature_hash) == (kind, bits, hash_name)
    assert facts.self_signed is True


@pytest.mark.parametrize(
    ("options", "field", "value"),
    [
        (["-newkey", "rsa:2048", "-sha1"], "signature_hash", "sha1"),
        (["-newkey", "rsa:2048", "-md5"], "signature_hash", "md5"),
        (["-newkey", "rsa:512"], "key_bits", 512),
        (["-newkey", "rsa:2048", "-set_serial", "-5"], "serial", "-5"),
        (["-newkey", "rsa-pss"], "signature_hash", "sha256"),
        (["-newkey", "rsa:2048", "-days", "7000"], "lifetime_days", 7000),
    ],
)
def test_weak_and_odd_ones_are_read_all_the_same(
    options: list[str], field: str, value: object, tmp_path: Path
) -> None:
    facts = read(by_openssl(tmp_path, *options))
    assert getattr(facts, field) == value
    assert facts.unreadable == ()


def test_a_curve_nobody_knows_costs_the_key_and_nothing_else(tmp_path: Path) -> None:
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:secp160r1", "-pkeyopt", "ec_param_enc:explicit"]
    facts = read(by_openssl(tmp_path, *curve))
    assert facts.unreadable == ("key",)
    assert facts.key is None
    assert facts.key_bits is None
    assert facts.subject == "CN=odd.example"


def test_names_that_cannot_be_read_are_no_empty_list_of_names() -> None:
    broken = LEAF.der.replace(b"*.example", b"*.ex\xffmple")
    assert broken != LEAF.der
    facts = read(broken)
    assert "names" in facts.unreadable
    assert facts.name_count is None
    assert facts.key == "EC"


def test_a_thirteenth_month_makes_it_unreadable_not_valid() -> None:
    stamp = (NOW + timedelta(days=80)).strftime("%y%m%d").encode()
    facts = read(LEAF.der.replace(stamp, stamp[:2] + b"13" + stamp[4:]))
    assert facts.unreadable
    assert facts.validity is None
    assert facts.days_left is None


def test_an_authority_says_that_it_is_one() -> None:
    assert read(make("root", extensions=[AUTHORITY]).der).is_ca is True


def test_who_only_claims_to_have_signed_itself_has_not() -> None:
    liar = make("liar", signed_by=LEAF.key)
    assert read(liar.der).self_signed is False


def test_ten_thousand_names_are_counted_and_not_all_kept() -> None:
    many = make("many", extensions=[names(*(f"n{number}.example" for number in range(10_000)))])
    facts = read(many.der)
    assert facts.name_count == 10_000
    assert len(facts.dns_names) == 200


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(LEAF.der) - 1), st.integers(0, 255)), min_size=1, max_size=8))
def test_no_altered_certificate_gets_out_of_hand(changes: list[tuple[int, int]]) -> None:
    der = bytearray(LEAF.der)
    for place, byte in changes:
        der[place] = byte
    facts = read(bytes(der), datetime(2026, 1, 1, tzinfo=UTC))
    assert (facts.trouble is None) == (not facts.unreadable)


def test_extensions_given_twice_cannot_be_read() -> None:
    twice = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4.5"), b"")
    other = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4.6"), b"")
    made = make("twice", extensions=[(twice, False), (other, False)])
    facts = read(made.der.replace(bytes.fromhex("2a030406"), bytes.fromhex("2a030405")))
    assert "names" in facts.unreadable
