"""Papers that were altered: never an exception, and never a word that was not signed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp

from readiness_audit.probes.revocation.hold import hold, papers_in
from readiness_audit.probes.revocation.told import Subject
from tests.servers.certificates import authority, make
from tests.servers.openssl_ca import OpensslCa


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> OpensslCa:
    ca = OpensslCa(tmp_path_factory.mktemp("authority") / "ca")
    for name in ("one.example", "two.example"):
        ca.issue(name)
    ca.revoke("two.example")
    return ca


def subject(ca: OpensslCa, name: str) -> Subject:
    leaf = x509.load_pem_x509_certificate((ca.folder / f"{name}.crt").read_bytes())
    return Subject(certificate=leaf, issuer=x509.load_pem_x509_certificate(ca.pem))


def a_response(ca: OpensslCa) -> bytes:
    return ca.response("one.example", "-resp_no_certs")


def a_list(ca: OpensslCa) -> bytes:
    return x509.load_pem_x509_crl(ca.crl()).public_bytes(serialization.Encoding.DER)


def signed_part(data: bytes) -> bytes | None:
    """What of it is signed, as the library reads it."""
    for load in (x509.load_der_x509_crl, ocsp.load_der_ocsp_response):
        try:
            read = load(data)
        except ValueError:
            continue
        if isinstance(read, x509.CertificateRevocationList):
            return read.tbs_certlist_bytes
        return read.tbs_response_bytes
    return None


@pytest.mark.parametrize("make_it", [a_response, a_list])
def test_no_altered_byte_makes_a_certificate_good(
    ca: OpensslCa, make_it: Callable[[OpensslCa], bytes]
) -> None:
    whole, now = make_it(ca), datetime.now(UTC)
    about = subject(ca, "one.example")
    assert [hold(paper, about, now).says for paper in papers_in(whole)[0]] == ["good"]
    original = signed_part(whole)
    for place in range(len(whole)):
        for bit in (0x01, 0x80):
            altered = bytearray(whole)
            altered[place] ^= bit
            for paper in papers_in(bytes(altered))[0]:
                told = hold(paper, about, now)
                assert not told.counts or signed_part(bytes(altered)) == original, place


@pytest.mark.parametrize("make_it", [a_response, a_list])
def test_no_beginning_of_it_says_anything(ca: OpensslCa, make_it: Callable[[OpensslCa], bytes]) -> None:
    whole = make_it(ca)
    for end in range(len(whole)):
        assert papers_in(whole[:end])[0] == [], end


def test_the_revoked_one_is_not_made_good_by_the_word_about_the_other(ca: OpensslCa) -> None:
    about, now = subject(ca, "two.example"), datetime.now(UTC)
    told = [hold(paper, about, now) for make in (a_response, a_list) for paper in papers_in(make(ca))[0]]
    assert [(one.counts, one.says) for one in told] == [(False, None), (True, "revoked")]


def test_several_lists_in_one_file_are_all_read(ca: OpensslCa, tmp_path: Path) -> None:
    other = OpensslCa(tmp_path / "other", "Other CA")
    papers, problem = papers_in(b"from both\n" + other.crl() + ca.crl())
    about, now = subject(ca, "two.example"), datetime.now(UTC)
    assert problem is None
    assert [hold(paper, about, now).says for paper in papers] == [None, "revoked"]


def test_more_lists_than_are_read_count_for_none_of_them(ca: OpensslCa) -> None:
    """The last one may be that which names the certificate."""
    papers, problem = papers_in(ca.crl() * 21)
    assert (papers, problem) == ((), "it holds more than 20 lists")
    assert len(papers_in(ca.crl() * 20)[0]) == 20


@pytest.mark.parametrize(("is_authority", "says"), [(True, None), (False, "good")])
def test_a_list_of_users_certificates_says_nothing_of_an_authority(
    is_authority: bool,  # noqa: FBT001 - a column
    says: str | None,
) -> None:
    root = authority()
    constraints = x509.BasicConstraints(ca=is_authority, path_length=None)
    leaf = make("one.example", root, [(constraints, True)])
    part = x509.IssuingDistributionPoint(
        full_name=None,
        relative_name=None,
        only_contains_user_certs=True,
        only_contains_ca_certs=False,
        only_some_reasons=None,
        indirect_crl=False,
        only_contains_attribute_certs=False,
    )
    now = datetime.now(UTC)
    made = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(root.certificate.subject)
        .last_update(now - timedelta(hours=1))
        .next_update(now + timedelta(hours=1))
        .add_extension(part, critical=True)
        .sign(root.key, hashes.SHA256())
    )
    about = Subject(certificate=leaf.certificate, issuer=root.certificate)
    assert hold(made, about, now).says == says
