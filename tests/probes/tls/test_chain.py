from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given, settings
from hypothesis import strategies as st

from readiness_audit.probes.tls.certificate import load
from readiness_audit.probes.tls.chain import Anchors, Chain, authorities, judge_path
from tests.servers.certificates import (
    AUTHORITY,
    NOW,
    Extension,
    Key,
    Made,
    authority,
    by_openssl,
    make,
    names,
    told_by_openssl,
    weak_key,
)

ROOT = authority()
MIDDLE = authority("Test Issuing", ROOT)
LEAF = make("www.example", MIDDLE, [names("www.example")])
NOBODY = Anchors(system=(), declared=())


def usage(*, may_sign: bool) -> Extension:
    nothing = dict.fromkeys(
        ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "encipher_only"),
        False,
    )
    given = {**nothing, "decipher_only": False, "digital_signature": True, "crl_sign": True}
    return x509.KeyUsage(key_cert_sign=may_sign, **given), True


def judged(
    chain: Sequence[Made | bytes], declared: Sequence[Made] = (ROOT,), *, now: datetime = NOW
) -> Chain:
    loaded = [load(one.der if isinstance(one, Made) else one) for one in chain]
    anchors = Anchors(system=(), declared=tuple(one.certificate for one in declared))
    return judge_path(loaded, anchors, chain=0, shown_to=(), now=now)


def test_without_any_authority_nothing_is_trusted() -> None:
    facts = judged([LEAF, MIDDLE], [])
    assert not facts.trusted
    assert facts.trusted_by is None
    assert facts.problem is not None
    assert "Test Root" in facts.problem


def test_a_whole_chain_to_a_declared_authority_is_trusted() -> None:
    facts = judged([LEAF, MIDDLE])
    assert (facts.trusted, facts.trusted_by, facts.problem, facts.complete) == (True, "declared", None, True)
    assert facts.in_order
    assert not facts.other_time


def test_the_store_of_the_machine_is_named_where_it_vouches() -> None:
    anchors = Anchors(system=(ROOT.certificate,), declared=(ROOT.certificate,))
    facts = judge_path([load(LEAF.der), load(MIDDLE.der)], anchors, chain=0, shown_to=(), now=NOW)
    assert facts.trusted_by == "system"


def test_a_chain_without_its_middle_is_not_complete() -> None:
    facts = judged([LEAF])
    assert not facts.trusted
    assert not facts.complete
    assert facts.problem is not None
    assert "'CN=Test Issuing', which signed 'CN=www.example', was not sent" in facts.problem


def test_an_unknown_root_is_named() -> None:
    facts = judged([LEAF, MIDDLE, ROOT], [authority("Another Root")])
    assert not facts.trusted
    assert facts.complete
    assert facts.problem == "'CN=Test Root' signed itself and is not among the trusted ones"


def test_a_root_of_the_same_name_and_another_key_does_not_vouch() -> None:
    facts = judged([LEAF, MIDDLE], [authority()])
    assert not facts.trusted
    assert facts.problem == "'CN=Test Issuing' is not signed by the key of 'CN=Test Root'"


def test_who_signed_itself_is_not_trusted_unless_declared() -> None:
    alone = make("alone.example", extensions=[names("alone.example")])
    assert judged([alone]).problem == "'CN=alone.example' signed itself and is not among the trusted ones"
    assert judged([alone], [alone]).trusted


def test_order_does_not_matter_for_trust_but_is_told() -> None:
    facts = judged([LEAF, ROOT, MIDDLE])
    assert facts.trusted
    assert not facts.in_order


@pytest.mark.parametrize(
    ("begins", "ends"),
    [
        (NOW - timedelta(days=90), NOW - timedelta(days=20)),
        (NOW + timedelta(days=20), NOW + timedelta(days=40)),
    ],
)
def test_a_leaf_that_is_not_valid_now_does_not_hide_who_vouched_for_it(
    begins: datetime, ends: datetime
) -> None:
    root = authority(begins=NOW - timedelta(days=400), ends=NOW + timedelta(days=400))
    facts = judged([make("www.example", root, begins=begins, ends=ends)], [root])
    assert facts.trusted
    assert facts.other_time
    assert begins.strftime("%Y-%m-%d") <= facts.verified_at[:10] <= ends.strftime("%Y-%m-%d")
    assert not judged([make("www.example", authority(), begins=begins, ends=ends)], [root]).trusted


def test_an_expired_authority_vouches_for_nobody() -> None:
    old = authority("Test Issuing", ROOT, begins=NOW - timedelta(days=5), ends=NOW - timedelta(days=1))
    facts = judged([make("www.example", old), old])
    assert not facts.trusted
    assert facts.problem == f"'CN=Test Issuing' expired on {NOW - timedelta(days=1):%Y-%m-%d}"


@pytest.mark.parametrize(
    ("extensions", "problem"),
    [
        ([], "'CN=Not One' is not marked as an authority (basic constraints)"),
        (
            [(x509.BasicConstraints(ca=False, path_length=None), True)],
            "'CN=Not One' is not marked as an authority",
        ),
        ([AUTHORITY, usage(may_sign=False)], "the key of 'CN=Not One' may not sign certificates (key usage)"),
        (
            [AUTHORITY, (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), False)],
            "not meant for servers",
        ),
        (
            [AUTHORITY, (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"), True)],
            "critical extension that is not understood (1.2.3.4)",
        ),
        (
            [AUTHORITY, (x509.NameConstraints([x509.DNSName("other.example")], None), True)],
            "may vouch for some names only",
        ),
    ],
)
def test_not_everyone_may_sign(extensions: list[Extension], problem: str) -> None:
    fake = make("Not One", ROOT, extensions)
    facts = judged([make("www.example", fake, [names("www.example")]), fake])
    assert not facts.trusted
    assert facts.problem is not None
    assert problem in facts.problem


def test_an_authority_limited_to_the_right_names_is_trusted() -> None:
    limited = make(
        "Limited", ROOT, [AUTHORITY, (x509.NameConstraints([x509.DNSName("example")], None), True)]
    )
    assert judged([make("www.example", limited, [names("www.example")]), limited]).trusted


def test_a_path_longer_than_the_root_allows_is_not_trusted() -> None:
    root = make("Short Root", extensions=[(x509.BasicConstraints(ca=True, path_length=0), True)])
    middle = authority("Test Issuing", root)
    facts = judged([make("www.example", middle), middle], [root])
    assert not facts.trusted
    assert facts.problem == "more authorities stand below 'CN=Short Root' than its path length allows"


@pytest.mark.parametrize(
    "extensions",
    [
        [(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), False)],
        [(x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"), True)],
    ],
)
def test_a_leaf_for_something_else_is_not_trusted(extensions: list[Extension]) -> None:
    assert not judged([make("www.example", ROOT, [names("www.example"), *extensions])]).trusted


@pytest.mark.parametrize("extensions", [[], [names("www.example")], [names("ftp.example")]])
def test_private_authorities_may_lack_what_the_public_web_demands(extensions: list[Extension]) -> None:
    facts = judged([make("www.example", ROOT, extensions)])
    assert facts.trusted
    assert facts.problem is None


@pytest.mark.parametrize(
    "key",
    [
        ed25519.Ed25519PrivateKey.generate(),
        ec.generate_private_key(ec.BrainpoolP256R1()),
        weak_key(),
    ],
)
def test_kinds_of_keys_are_another_question(key: Key) -> None:
    root = make("Odd Root", extensions=[AUTHORITY], key=key)
    facts = judged([make("www.example", root, [names("www.example")])], [root])
    assert facts.trusted
    assert facts.remark
    forged = make("www.example", root, [names("www.example")], signed_by=LEAF.key)
    assert not judged([forged], [root]).trusted


def test_a_signature_too_old_to_check_is_not_trusted(tmp_path: Path) -> None:
    root = by_openssl(tmp_path, "-newkey", "rsa:2048", "-sha1")
    assert told_by_openssl(root, "-subject")
    facts = judged([root], [ROOT])
    assert not facts.trusted


def test_a_leaf_that_cannot_be_read_is_not_trusted() -> None:
    facts = judged([b"\x30\x00", MIDDLE])
    assert not facts.trusted
    assert not facts.complete
    assert facts.problem is not None
    assert "cannot be read" in facts.problem


def test_unreadable_company_does_no_harm() -> None:
    assert judged([LEAF, b"junk", MIDDLE]).trusted


def test_a_crowd_of_namesakes_ends_in_time() -> None:
    crowd = [authority("Test Issuing", ROOT) for _ in range(30)]
    assert not judged([LEAF, *crowd], [ROOT]).trusted


def test_authorities_are_read_one_by_one() -> None:
    text = (
        b"# ours\n"
        + ROOT.pem
        + b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
        + MIDDLE.pem
    )
    assert authorities(text) == (ROOT.certificate, MIDDLE.certificate)
    assert authorities(b"") == ()
    assert authorities(b"-----BEGIN CERTIFICATE-----" * 1000) == ()


WHOLE = (LEAF.der, MIDDLE.der, ROOT.der)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 300), st.integers(1, 255)), min_size=1, max_size=6)
)
def test_no_altered_chain_gets_out_of_hand_or_is_trusted(changes: list[tuple[int, int, int]]) -> None:
    ders = [bytearray(der) for der in WHOLE]
    for number, place, byte in changes:
        ders[number][place % len(ders[number])] ^= byte
    facts = judged([bytes(der) for der in ders], [authority("Another Root")])
    assert not facts.trusted
    assert facts.problem
    # Against the true root, an altered leaf is never trusted, whatever became of the others.
    if bytes(ders[0]) != LEAF.der:
        assert not judged([bytes(der) for der in ders]).trusted
