import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from readiness_audit.model.target import Endpoint
from readiness_audit.probes.tls.suites_seen import SuitesFacts
from readiness_audit.probes.tls.tls_suites import PROBE
from tests.looking import look_at
from tests.servers import by_openssl
from tests.servers.certificates import authority, make, names, write
from tests.servers.choosing_tls import Manner, choosing, diffie_hellman
from tests.servers.fake_tls import SSL2, SSL3, TLS10, TLS12, TLS13, accept, say, speaking, ssl2_hello
from tests.servers.listener import free_port, listening
from tests.servers.programs import nginx, s_server

ROOT = authority()
CURVE = make("localhost", ROOT, [names("localhost")])
RSA = make("localhost", ROOT, [names("localhost")], key=rsa.generate_private_key(65537, 2048))
WEAK = ("-cipher", "ALL:@SECLEVEL=0")
EVERY = tuple(by_openssl.OPTIONS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path / "curve.pem", CURVE)
    write(tmp_path / "rsa.pem", RSA)
    return tmp_path


def look(port: int, *, seconds: float = 8) -> SuitesFacts:
    target = Endpoint(kind="endpoint", id="shop", host="127.0.0.1", port=port, protocol="tls")
    return look_at(PROBE, target, seconds=seconds).facts


def pairs(facts: SuitesFacts) -> set[tuple[str, str]]:
    assert len({(suite.version, suite.code) for suite in facts.suites}) == facts.suite_count
    return {(suite.version, suite.name) for suite in facts.suites}


def length(data: bytes) -> bytes:
    """Put the length before bytes, the way DER does."""
    return b"\x82" + len(data).to_bytes(2) + data


def groups(facts: SuitesFacts, version: str) -> set[str]:
    return {group.name for group in facts.groups if group.version == version and group.named}


@pytest.mark.parametrize(
    ("certificate", "options"),
    [
        ("curve.pem", ()),
        ("rsa.pem", WEAK),
        ("rsa.pem", ("-serverpref", "-no_tls1_3", "-cipher", "DEFAULT:!DHE")),
        ("rsa.pem", ("-tls1_2", "-cipher", "AES128-SHA:AES256-GCM-SHA384")),
        ("curve.pem", ("-tls1_3", "-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_CCM_8_SHA256")),
    ],
    ids=["curve", "everything", "server", "static", "newest"],
)
def test_suites_are_exactly_those_that_openssl_can_shake_hands_with(
    certificate: str, options: tuple[str, ...], folder: Path
) -> None:
    with s_server(folder / certificate, *options) as port:
        facts = look(port)
        told = by_openssl.suites(port, *EVERY)
    assert pairs(facts) == told
    assert facts.finished
    assert facts.groups_finished or not any(suite.forward_secrecy for suite in facts.suites)
    assert facts.unfinished == facts.contradictions == ()
    assert facts.connections <= facts.suite_count + 20
    accepted = {version.name for version in facts.versions if version.state == "accepted"}
    assert accepted == {version for version, _ in told}


@pytest.mark.parametrize(
    "options",
    [(), ("-groups", "X25519:brainpoolP256r1:ffdhe3072:P-256", "-serverpref")],
    ids=" ".join,
)
def test_groups_are_exactly_those_that_openssl_can_shake_hands_with(
    options: tuple[str, ...], folder: Path
) -> None:
    with s_server(folder / "rsa.pem", *options) as port:
        facts = look(port)
        older = by_openssl.groups(port, "TLSv1.2", by_openssl.GROUPS, "-cipher", "ECDHE")
        newest = by_openssl.groups(port, "TLSv1.3", by_openssl.GROUPS_13)
    assert groups(facts, "TLSv1.2") == older
    assert groups(facts, "TLSv1.3") == newest
    assert facts.groups_finished
    assert facts.connections <= facts.suite_count + 20


def test_a_curve_certificate_hides_no_group(folder: Path) -> None:
    with s_server(folder / "curve.pem") as port:
        facts = look(port)
        # Such a certificate is of use to a client that knows its curve only, so this one stands behind each.
        told = {
            by_openssl.key_of(port, "-tls1_2", "-cipher", "ECDHE", "-groups", f"{group}:P-256").split(",")[-2]
            for group in by_openssl.GROUPS
            if group != "P-256"
        }
    assert told == {"X25519", " prime256v1", " secp384r1", " secp521r1", "X448"}
    assert groups(facts, "TLSv1.2") == {"x25519", "secp256r1", "secp384r1", "secp521r1", "x448"}


@pytest.mark.parametrize("bits", [1024, 1536])
def test_the_size_of_the_prime_is_that_of_the_parameters(bits: int, folder: Path) -> None:
    # A prime made by hand is quicker than a safe one by openssl, and no server looks closer.
    prime = (1 << (bits - 1)) + 1155
    encoded = b"\x02" + length(prime.to_bytes(bits // 8 + 1)) + b"\x02\x01\x02"
    (folder / "dh.der").write_bytes(b"\x30" + length(encoded))
    command = [
        "openssl",
        "dhparam",
        "-inform",
        "DER",
        "-in",
        str(folder / "dh.der"),
        "-out",
        str(folder / "dh.pem"),
    ]
    subprocess.run(command, check=True, capture_output=True)
    options = ("-tls1_2", "-dhparam", str(folder / "dh.pem"), "-cipher", "DHE:@SECLEVEL=0")
    with s_server(folder / "rsa.pem", *options) as port:
        facts = look(port)
    assert {suite.prime_bits for suite in facts.suites} == {bits}
    assert [(group.name, group.kind, group.bits) for group in facts.groups] == [
        (f"DH {bits}", "finite field", bits)
    ]
    assert {suite.signature for suite in facts.suites} == {"rsa_pss_rsae_sha256"}


@pytest.mark.parametrize(
    ("options", "told"), [((), "client"), (("-serverpref",), "server"), (("-cipher", "AES128-SHA"), "single")]
)
def test_whose_order_wins(options: tuple[str, ...], told: str, folder: Path) -> None:
    with s_server(folder / "rsa.pem", "-tls1_2", *options) as port:
        facts = look(port)
    assert {version.name: version.preference for version in facts.versions} == {
        **dict.fromkeys(("SSLv2", "SSLv3", *EVERY), "none"),
        "TLSv1.2": told,
    }


def test_options_of_a_server_as_debian_ships_it(folder: Path) -> None:
    with s_server(folder / "rsa.pem", *WEAK, "-alpn", "http/1.1") as port:
        facts = look(port)
        fallback = by_openssl.shakes_hands(port, "-fallback_scsv", "-no_tls1_3")
    assert not fallback
    assert (facts.fallback_protection, facts.alpn, facts.alpn_protocol) == ("yes", "yes", "http/1.1")
    assert (facts.compression, facts.secure_renegotiation, facts.session_tickets) == ("no", "yes", "yes")
    assert (facts.extended_master_secret, facts.encrypt_then_mac) == ("yes", "yes")
    assert (facts.heartbeat, facts.truncated_hmac, facts.stapling) == ("no", "no", "no")


def test_tickets_can_be_off_and_nothing_of_tls_13_is_guessed(folder: Path) -> None:
    with s_server(folder / "rsa.pem", "-no_ticket", "-no_etm", "-no_tls1_3") as port:
        without = look(port)
    with s_server(folder / "rsa.pem", "-tls1_3") as port:
        newest = look(port)
    assert (without.session_tickets, without.encrypt_then_mac) == ("no", "no")
    assert without.fallback_protection == "not_applicable"
    assert (newest.compression, newest.secure_renegotiation) == ("not_applicable", "not_applicable")
    assert (newest.session_tickets, newest.stapling, newest.alpn) == ("unclear", "unclear", "unclear")


def test_nginx_with_two_suites_and_one_curve(folder: Path) -> None:
    port = free_port()
    server = (
        f"server {{ listen 127.0.0.1:{port} ssl http2; server_name localhost;"
        f" ssl_certificate {folder}/rsa.pem; ssl_certificate_key {folder}/rsa.pem;"
        " ssl_protocols TLSv1.2 TLSv1.3; ssl_ecdh_curve secp384r1;"
        " ssl_ciphers ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256;"
        " ssl_prefer_server_ciphers on; ssl_session_tickets off; }"
    )
    with nginx(folder, [port], server):
        facts = look(port)
        told = by_openssl.suites(port, *EVERY)
    assert pairs(facts) == told
    assert len(told) == 5
    assert groups(facts, "TLSv1.2") == groups(facts, "TLSv1.3") == {"secp384r1"}
    assert (facts.session_tickets, facts.alpn_protocol) == ("no", "h2")
    assert facts.versions[4].preference == "server"


def test_what_openssl_has_unlearnt_is_seen() -> None:
    rc4, export, null, dhe_export = 0x0005, 0x0003, 0x0001, 0x0014
    manners = {
        SSL3: Manner([rc4, export], compression=1),
        TLS10: Manner([dhe_export, null], keys=diffie_hellman(512)),
        TLS13: Manner([0x1301], groups=[0x11EC, 29]),
    }
    with listening(choosing(manners, RSA.der)) as server:
        facts = look(server.port)
    assert pairs(facts) == {
        ("SSLv3", "TLS_RSA_WITH_RC4_128_SHA"),
        ("SSLv3", "TLS_RSA_EXPORT_WITH_RC4_40_MD5"),
        ("TLSv1.0", "TLS_DHE_RSA_EXPORT_WITH_DES40_CBC_SHA"),
        ("TLSv1.0", "TLS_RSA_WITH_NULL_MD5"),
        ("TLSv1.3", "TLS_AES_128_GCM_SHA256"),
    }
    told = {suite.code: (suite.encryption, suite.bits, suite.mac, suite.export) for suite in facts.suites}
    assert told[rc4] == ("RC4", 128, "SHA1", False)
    assert told[export] == ("RC4", 40, "MD5", True)
    assert told[dhe_export] == ("DES", 40, "SHA1", True)
    assert told[null] == ("NULL", 0, "MD5", False)
    assert groups(facts, "TLSv1.3") == {"X25519MLKEM768", "x25519"}
    assert ("TLSv1.0", "DH 512", 512) in {(one.version, one.name, one.bits) for one in facts.groups}
    assert (facts.compression, facts.secure_renegotiation) == ("yes", "no")
    assert facts.finished
    assert facts.versions[1].preference == "server"


def test_options_that_nobody_should_have_are_seen() -> None:
    # heartbeat, truncated_hmac, renegotiation_info
    extensions = bytes.fromhex("000f00010100040000ff01000100")
    with listening(choosing({TLS12: Manner([0x009C], extensions=extensions)}, RSA.der)) as server:
        facts = look(server.port)
    assert (facts.heartbeat, facts.truncated_hmac, facts.secure_renegotiation) == ("yes", "yes", "yes")
    assert (facts.extended_master_secret, facts.encrypt_then_mac) == ("no", "not_applicable")
    assert facts.fallback_protection == "not_applicable"


def test_ciphers_of_ssl_2_are_named() -> None:
    both = {SSL2: say(ssl2_hello(RSA.der, b"\x07\x00\xc0\x02\x00\x80")), TLS12: accept(TLS12, RSA.der)}
    with listening(speaking(both)) as server:
        facts = look(server.port)
    ssl2 = [suite.name for suite in facts.suites if suite.version == "SSLv2"]
    assert ssl2 == ["SSL_CK_DES_192_EDE3_CBC_WITH_MD5", "SSL_CK_RC4_128_EXPORT40_WITH_MD5"]
