"""Whether certificates were revoked: against openssl's own authority, responder and server."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from readiness_audit.model.evidence import Reason
from readiness_audit.probes.reach.blind import CannotSee
from tests.probes.revocation.looking import Authority, held_against, look
from tests.servers.certificates import make, names, write
from tests.servers.fake_tls import TLS12, certificate, message, record, say, server_hello, speaking
from tests.servers.listener import free_port, listening
from tests.servers.openssl_ca import OpensslCa
from tests.servers.programs import s_server

RSA_AES = 0x002F


def test_where_nothing_listens_it_says_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotSee) as blind:
        look(free_port(), tmp_path, cas=None)
    assert blind.value.reason is Reason.REFUSED


def test_where_nobody_speaks_tls_it_says_so(tmp_path: Path) -> None:
    def greet(connection: socket.socket, _: int) -> None:
        connection.sendall(b"220 mail.example ESMTP\r\n" * 9)

    with listening(greet) as server, pytest.raises(CannotSee) as blind:
        look(server.port, tmp_path, cas=None)
    assert blind.value.reason is Reason.UNREADABLE


def test_nothing_is_told_where_nobody_tells_anything(authority: Authority, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_bytes(authority.ca.pem)
    with s_server(authority.good) as port:
        facts = look(port, tmp_path)
    (one,) = facts.certificates
    assert (one.status, one.stapled, one.issuer_known, one.told_by) == ("untold", False, True, None)
    assert one.serial == authority.ca.serial("good.example")
    assert one.pointers == (f"http://localhost:{authority.port}",)
    assert one.problem == (
        f"nothing was stapled or filed; http://localhost:{authority.port} was not to be asked"
    )
    assert (facts.statements, facts.unseen, facts.unheard) == ((), (), ())


def test_of_a_self_signed_certificate_nobody_can_tell(tmp_path: Path) -> None:
    own = make("good.example", extensions=[names("good.example")])
    with s_server(write(tmp_path / "own.pem", own)) as port:
        (one,) = look(port, tmp_path, cas=None).certificates
    assert (one.status, one.self_signed, one.issuer_known) == ("untold", True, False)
    assert one.problem == "it is its own issuer, so nobody else can revoke it"


def test_without_the_issuer_nothing_can_be_verified(authority: Authority, tmp_path: Path) -> None:
    (tmp_path / "list.pem").write_bytes(authority.ca.crl())
    with s_server(authority.good) as port:
        (one,) = look(port, tmp_path, "list.pem", cas=None).certificates
    assert (one.status, one.issuer_known) == ("untold", False)
    assert one.problem == "its issuer's certificate was neither sent nor is it among the authorities"


@pytest.mark.parametrize("name", ["good.example", "gone.example", "held.example"])
def test_a_staple_says_what_openssl_says(authority: Authority, tmp_path: Path, name: str) -> None:
    (tmp_path / "ca.pem").write_bytes(authority.ca.pem)
    staple = authority.ca.response(name)
    (tmp_path / "staple.der").write_bytes(staple)
    with s_server(authority.ca.folder / f"{name}.pem", "-status_file", str(tmp_path / "staple.der")) as port:
        facts = look(port, tmp_path)
    said = authority.ca.said_by_openssl(name, staple)
    assert said == ("good" if name == "good.example" else "revoked")
    (one,) = facts.certificates
    assert (one.status, one.stapled, one.told_by) == (said, True, "staple good.example")
    (statement,) = facts.statements
    assert (statement.source, statement.kind, statement.counts) == ("staple", "ocsp", True)
    assert one.reason == {"gone.example": "key_compromise", "held.example": "certificate_hold"}.get(name)
    assert (one.revoked_at is None) is (said == "good")


def test_a_server_of_tls_13_alone_keeps_its_staple_from_us(authority: Authority, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_bytes(authority.ca.pem)
    (tmp_path / "staple.der").write_bytes(authority.ca.response("good.example"))
    with s_server(authority.good, "-tls1_3", "-status_file", str(tmp_path / "staple.der")) as port:
        facts = look(port, tmp_path)
    assert [one.status for one in facts.certificates] == ["untold"]
    assert [line.partition(":")[0] for line in facts.unheard] == ["good.example"]


@pytest.mark.parametrize(
    ("status", "trouble"),
    [
        (b"\x02\x00\x00\x01x", "of no known type"),
        (b"\x01\x00\x00\x00", "is empty"),
        (b"\x01\x00\x00\x01xy", "bytes follow it"),
        (b"\x01\x00\xff\xffx", "bytes are announced"),
        (b"", "bytes are announced"),
    ],
)
def test_a_garbled_staple_is_none(authority: Authority, tmp_path: Path, status: bytes, trouble: str) -> None:
    (tmp_path / "ca.pem").write_bytes(authority.ca.pem)
    leaf = x509.load_pem_x509_certificate((authority.ca.folder / "good.example.crt").read_bytes())
    parts = (server_hello(TLS12, RSA_AES), certificate(leaf.public_bytes(Encoding.DER)), message(22, status))
    with listening(speaking({TLS12: say(b"".join(record(22, part) for part in parts))})) as server:
        facts = look(server.port, tmp_path)
    assert [(one.status, one.stapled) for one in facts.certificates] == [("untold", False)]
    assert trouble in facts.unheard[0]


def test_a_staple_of_nonsense_does_not_count(authority: Authority, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_bytes(authority.ca.pem)
    leaf = x509.load_pem_x509_certificate((authority.ca.folder / "good.example.crt").read_bytes())
    parts = (
        server_hello(TLS12, RSA_AES),
        certificate(leaf.public_bytes(Encoding.DER)),
        message(22, b"\x01\x00\x01\x00" + bytes(256)),
    )
    with listening(speaking({TLS12: say(b"".join(record(22, part) for part in parts))})) as server:
        (one,) = look(server.port, tmp_path).certificates
    assert (one.status, one.stapled) == ("untold", True)
    assert one.problem is not None
    assert one.problem.startswith("staple good.example: it is neither")


@pytest.mark.parametrize("name", ["good.example", "gone.example", "held.example"])
def test_a_list_says_what_openssl_says(authority: Authority, tmp_path: Path, name: str) -> None:
    listed = authority.ca.crl()
    certificate = authority.ca.folder / f"{name}.pem"
    status, statement = held_against(authority, tmp_path, certificate, listed)
    done = subprocess.run(
        [
            *("openssl", "verify", "-crl_check", "-CAfile", str(authority.ca.folder / "ca.pem")),
            *("-CRLfile", str(tmp_path / "paper"), str(authority.ca.folder / f"{name}.crt")),
        ],
        capture_output=True,
        check=False,
    )
    assert (status == "good") is (done.returncode == 0)
    assert (status == "revoked") is (b"certificate revoked" in done.stderr)
    assert (statement.source, statement.place, statement.kind) == ("file", "paper", "crl")


def test_der_and_pem_are_the_same(authority: Authority, tmp_path: Path) -> None:
    (tmp_path / "list").write_bytes(authority.ca.crl())
    subprocess.run(
        ["openssl", "crl", "-in", tmp_path / "list", "-outform", "DER", "-out", tmp_path / "der"], check=True
    )
    der = (tmp_path / "der").read_bytes()
    assert held_against(authority, tmp_path, authority.gone, der)[0] == "revoked"
    assert held_against(authority, tmp_path, authority.good, der)[0] == "good"


def test_a_response_may_be_signed_by_whom_the_issuer_appointed(authority: Authority, tmp_path: Path) -> None:
    for name in ("good.example", "gone.example"):
        paper = authority.ca.response(name, signer=authority.appointed)
        said = authority.ca.said_by_openssl(name, paper)
        found, statement = held_against(authority, tmp_path, authority.ca.folder / f"{name}.pem", paper)
        assert found == said
        assert statement.counts


def _stranger(authority: Authority) -> Path:
    made = authority.other.folder / "responder.example.pem"
    return (
        made
        if made.exists()
        else authority.other.issue("responder.example", "extendedKeyUsage = OCSPSigning")
    )


def _of_another_authority(authority: Authority) -> bytes:
    if not (authority.other.folder / "good.example.crt").exists():
        authority.other.issue("good.example")
    return authority.other.response("good.example")


def _flipped(authority: Authority) -> bytes:
    paper = bytearray(authority.ca.response("good.example", "-resp_no_certs"))
    paper[-1] ^= 1
    return bytes(paper)


def _der(tag: int, body: bytes) -> bytes:
    length = len(body)
    if length < 0x80:
        return bytes((tag, length)) + body
    written = length.to_bytes((length.bit_length() + 7) // 8)
    return bytes((tag, 0x80 | len(written))) + written + body


def _unsigned(authority: Authority) -> bytes:
    tbs = ocsp.load_der_ocsp_response(authority.ca.response("good.example")).tbs_response_bytes
    ecdsa_with_sha256 = bytes.fromhex("300a06082a8648ce3d040302")
    basic = _der(0x30, tbs + ecdsa_with_sha256 + b"\x03\x01\x00")
    kind = bytes.fromhex("06092b0601050507300101")
    return _der(0x30, b"\x0a\x01\x00" + _der(0xA0, _der(0x30, kind + _der(0x04, basic))))


HOSTILE: Mapping[str, tuple[Callable[[Authority], bytes], str]] = {
    "wrong purpose": (
        lambda it: it.ca.response("good.example", signer=it.imposter),
        "who signed it has a certificate of the issuer, but not for that purpose",
    ),
    "wrong signer": (
        lambda it: it.ca.response("good.example", signer=_stranger(it)),
        "who signed it was not appointed by the certificate's issuer",
    ),
    "signer not sent": (
        lambda it: it.ca.response("good.example", "-resp_no_certs", signer=it.appointed),
        "who signed it is neither the certificate's issuer nor sent along",
    ),
    "good for another certificate": (
        lambda it: it.ca.response("web.example"),
        "it is about another certificate",
    ),
    "the same serial number of another authority": (_of_another_authority, "it is about another certificate"),
    "flipped": (_flipped, "its signature is not that of who it says has signed it"),
    "unsigned": (_unsigned, "its signature is not that of who it says has signed it"),
    "SHA-1": (
        lambda it: it.ca.response("good.example", "-rmd", "sha1"),
        "its signature is made with sha1, which can be forged",
    ),
    "try later": (lambda _: bytes.fromhex("30030a0103"), "the responder answers only: try_later"),
    "truncated": (
        lambda it: it.ca.response("good.example")[:-7],
        "it is neither an OCSP response nor a revocation list that can be read",
    ),
    "garbage": (
        lambda _: b"\x30\x82\xff\xff" + b"no" * 99,
        "it is neither an OCSP response nor a revocation list that can be read",
    ),
    "a broken list": (
        lambda _: b"-----BEGIN X509 CRL-----\nMIIB\n-----END X509 CRL-----\n",
        "it is neither an OCSP response nor a revocation list that can be read",
    ),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_response_that_proves_nothing_does_not_count(
    authority: Authority, tmp_path: Path, what: str
) -> None:
    make_it, problem = HOSTILE[what]
    paper = make_it(authority)
    status, statement = held_against(authority, tmp_path, authority.good, paper)
    assert (status, statement.counts, statement.problem) == ("untold", False, problem)
    # Openssl still trusts SHA-1, and takes a response for another certificate for what it is.
    assert what == "SHA-1" or authority.ca.said_by_openssl("good.example", paper) != "good"


def test_a_response_without_an_end_says_good_for_how_long_nobody_knows(
    authority: Authority, tmp_path: Path
) -> None:
    for name, expected in (("good.example", "untold"), ("gone.example", "revoked")):
        paper = authority.ca.response(name, force="-ignore_err")
        status, statement = held_against(authority, tmp_path, authority.ca.folder / f"{name}.pem", paper)
        assert (status, statement.next_update) == (expected, None)


def test_what_is_no_longer_or_not_yet_in_force_does_not_count(authority: Authority, tmp_path: Path) -> None:
    response, listed = authority.ca.response("good.example"), authority.ca.crl()
    for paper, days in ((response, 1), (listed, 7)):
        for later, counts in (
            (timedelta(0), True),
            (timedelta(days=days, minutes=-5), True),
            (timedelta(days=days, minutes=5), False),
            (timedelta(minutes=-30), False),
        ):
            status, statement = held_against(authority, tmp_path, authority.good, paper, later)
            assert (status, statement.counts) == (("good", True) if counts else ("untold", False)), later
            assert counts or statement.problem is not None


def test_what_is_revoked_stays_revoked_unless_it_is_on_hold(authority: Authority, tmp_path: Path) -> None:
    later = timedelta(days=30)
    listed = authority.ca.crl()
    assert held_against(authority, tmp_path, authority.gone, listed, later)[0] == "revoked"
    status, statement = held_against(authority, tmp_path, authority.held, listed, later)
    assert (status, statement.says, statement.counts) == ("untold", "revoked", False)


@pytest.mark.parametrize(
    ("section", "problem"),
    [
        ("issuingDistributionPoint = critical, @part", "it is one part of a list"),
        ("issuingDistributionPoint = critical, @only", "it lists only authorities"),
        ("issuingDistributionPoint = critical, @some", "for some reasons only"),
        ("issuingDistributionPoint = critical, @indirect", "it lists certificates of other authorities"),
        (
            "deltaCRL = critical, ASN1:INTEGER:1\n2.5.29.27 = critical, ASN1:INTEGER:1",
            "only what has changed",
        ),
        ("1.2.3.4 = critical, ASN1:NULL", "critical extension"),
    ],
    ids=["part", "authorities", "reasons", "indirect", "delta", "unknown"],
)
def test_a_list_that_is_not_about_all_says_nothing(
    authority: Authority, tmp_path: Path, section: str, problem: str
) -> None:
    section = section.removeprefix("deltaCRL = critical, ASN1:INTEGER:1\n")
    parts = {
        "part": "fullname = URI:http://crl.example/7.crl",
        "only": "onlyCA = TRUE",
        "some": "onlysomereasons = keyCompromise",
        "indirect": "indirectCRL = TRUE",
    }
    sections = "".join(f"\n[{name}]\n{line}" for name, line in parts.items())
    paper = authority.ca.crl(config=section + sections)
    status, statement = held_against(authority, tmp_path, authority.gone, paper)
    assert (status, statement.counts) == ("untold", False)
    assert problem in (statement.problem or "")


def test_a_part_of_a_list_counts_for_who_names_it(authority: Authority, tmp_path: Path) -> None:
    named = authority.ca.issue("parted.example", "crlDistributionPoints = URI:http://crl.example/7.crl")
    paper = authority.ca.crl(
        config="issuingDistributionPoint = critical, @part\n[part]\nfullname = URI:http://crl.example/7.crl"
    )
    assert held_against(authority, tmp_path, named, paper)[0] == "good"


def test_the_list_of_another_authority_says_nothing(authority: Authority, tmp_path: Path) -> None:
    namesake = OpensslCa(tmp_path / "namesake")
    for paper, problem in (
        (authority.other.crl(), "it is the list of another authority"),
        (namesake.crl(), "its signature is not that of the certificate's issuer"),
    ):
        status, statement = held_against(authority, tmp_path, authority.gone, paper)
        assert (status, statement.problem) == ("untold", problem)


def test_the_worst_that_counts_decides(authority: Authority, tmp_path: Path) -> None:
    early = authority.ca.folder / "early"
    late = authority.ca.issue("late.example")
    early.write_bytes(authority.ca.response("late.example"))
    authority.ca.revoke("late.example", "superseded")
    (tmp_path / "ca.pem").write_bytes(authority.ca.pem)
    (tmp_path / "good").write_bytes(early.read_bytes())
    (tmp_path / "list").write_bytes(authority.ca.crl())
    with s_server(late) as port:
        facts = look(port, tmp_path, "good", "list", "missing")
    (one,) = facts.certificates
    assert (one.status, one.reason, one.told_by) == ("revoked", "superseded", "file list")
    assert [(said.place, said.says, said.counts) for said in facts.statements] == [
        ("good", "good", True),
        ("list", "revoked", True),
        ("missing", None, False),
    ]
