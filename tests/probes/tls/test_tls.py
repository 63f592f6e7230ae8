import ssl
import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from readiness_audit.model.evidence import Reason
from readiness_audit.model.target import Endpoint
from readiness_audit.probes.probe import Seen
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.tls.tls import PROBE, TlsFacts
from tests.looking import look_at, loopback_only
from tests.servers.certificates import NOW, Made, authority, by_openssl, make, names, told_by_openssl, write
from tests.servers.fake_tls import SSL2, SSL3, TLS10, TLS12, accept, say, speaking, ssl2_hello
from tests.servers.listener import free_port, listening
from tests.servers.programs import s_server
from tests.servers.python_tls import by_name, context_for, tls_server

ROOT = authority()
MIDDLE = authority("Test Issuing", ROOT)
LEAF = make("localhost", MIDDLE, [names("localhost", "*.example")])
ALL = ("SSLv2", "SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3")
WEAK = ("-cipher", "ALL:@SECLEVEL=0")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "root.pem").write_bytes(ROOT.pem)
    write(tmp_path / "chain.pem", LEAF, MIDDLE)
    return tmp_path


def look(
    port: int,
    *called: str,
    evidence: Path = Path("/nonexistent"),
    cas: str | None = None,
    host: str = "localhost",
) -> Seen[TlsFacts]:
    target = Endpoint(
        kind="endpoint", id="shop", host=host, port=port, protocol="tls", names=called, trusted_cas=cas
    )
    return look_at(PROBE, target, evidence=evidence, seconds=4)


def states(facts: TlsFacts) -> dict[str, str]:
    return {version.name: version.state for version in facts.versions}


def accepted_by_openssl(port: int, option: str) -> bool:
    """The independent answer: one handshake of openssl with one version."""
    done = subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", option, "-cipher", "ALL:@SECLEVEL=0"],
        input=b"",
        capture_output=True,
        check=False,
    )
    return done.returncode == 0


def test_where_nothing_listens_it_says_refused() -> None:
    with pytest.raises(CannotSee) as blind:
        look(free_port())
    assert blind.value.reason is Reason.REFUSED


def test_it_is_for_tls_endpoints_only() -> None:
    def endpoint(protocol: str) -> Endpoint:
        return Endpoint(kind="endpoint", id="e", host="localhost", port=1, protocol=protocol)  # type: ignore[arg-type]  # a list of protocols is easier to read than three calls

    assert [PROBE.can_see(endpoint(protocol)) for protocol in ("https", "tls", "http")] == [True, True, False]


@pytest.mark.parametrize(
    "options",
    [(), ("-tls1_3",), ("-tls1_2",), ("-no_tls1_3", *WEAK), WEAK, ("-tls1", *WEAK), ("-no_tls1_2", *WEAK)],
    ids=" ".join,
)
def test_versions_are_those_that_openssl_can_shake_hands_with(options: tuple[str, ...], folder: Path) -> None:
    with s_server(folder / "chain.pem", *options) as port:
        facts = look(port, evidence=folder, cas="root.pem").facts
        told = {
            name: accepted_by_openssl(port, option)
            for name, option in zip(ALL[2:], ("-tls1", "-tls1_1", "-tls1_2", "-tls1_3"), strict=True)
        }
    assert tuple(states(facts)) == ALL
    assert states(facts) == {name: "accepted" if told.get(name) else "refused" for name in ALL}
    assert facts.unclear == 0
    assert facts.accepts_13 is told["TLSv1.3"]
    assert facts.chains_seen == 1
    assert [one.sha256 for one in facts.certificates] == [
        told_by_openssl(der, "-fingerprint", "-sha256").partition("=")[2].replace(":", "").lower()
        for der in (LEAF.der, MIDDLE.der)
    ]
    assert (facts.chains[0].trusted, facts.chains[0].trusted_by) == (True, "declared")
    assert [(match.name, match.matches) for match in facts.names] == [("localhost", True)]
    assert facts.unseen == ()


def test_the_certificates_are_kept_as_they_were_sent(folder: Path) -> None:
    with s_server(folder / "chain.pem") as port:
        seen = look(port)
    assert seen.excerpts == (("certificate 0.0", LEAF.der), ("certificate 0.1", MIDDLE.der))


def test_versions_that_openssl_has_unlearnt_are_seen() -> None:
    replies = {SSL2: say(ssl2_hello(LEAF.der)), SSL3: accept(SSL3, LEAF.der), TLS10: accept(TLS10, LEAF.der)}
    with listening(speaking(replies)) as server:
        facts = look(server.port).facts
    assert states(facts) == dict(zip(ALL, ["accepted"] * 3 + ["refused"] * 3, strict=True))
    assert facts.versions[1].answer == "TLS_RSA_WITH_RC4_128_SHA"
    assert facts.versions[0].answer == "1 ciphers of SSLv2"
    assert facts.chains_seen == 1


def test_a_lower_version_in_the_answer_is_a_refusal_of_the_offered_one() -> None:
    with listening(speaking({}, accept(TLS10, LEAF.der))) as server:
        facts = look(server.port).facts
    assert [name for name, state in states(facts).items() if state == "accepted"] == ["TLSv1.0"]
    assert facts.versions[4].answer == "answers with TLSv1.0 instead"


def test_a_chain_without_its_middle_is_not_trusted(folder: Path) -> None:
    with s_server(write(folder / "short.pem", LEAF)) as port:
        facts = look(port, evidence=folder, cas="root.pem").facts
    assert not facts.chains[0].trusted
    assert not facts.chains[0].complete
    assert facts.system_anchors > 0
    assert facts.declared_anchors == 1


def test_an_authority_that_was_not_declared_is_not_trusted(folder: Path) -> None:
    with s_server(folder / "chain.pem") as port:
        facts = look(port).facts
    assert not facts.chains[0].trusted
    assert facts.declared_anchors == 0


@pytest.mark.parametrize(
    ("leaf", "validity"),
    [
        (make("localhost", ROOT, begins=NOW - timedelta(days=9), ends=NOW - timedelta(days=2)), "over"),
        (make("localhost", ROOT, begins=NOW + timedelta(days=2), ends=NOW + timedelta(days=9)), "not-begun"),
    ],
)
def test_dates_and_trust_are_two_things(leaf: Made, validity: str, folder: Path) -> None:
    with s_server(write(folder / "odd.pem", leaf)) as port:
        facts = look(port, evidence=folder, cas="root.pem").facts
    assert facts.certificates[0].validity == validity
    assert facts.chains[0].trusted
    assert facts.chains[0].other_time
    assert not facts.names[0].matches


def test_every_name_is_asked_for_and_held_against_what_is_shown_to_it(folder: Path) -> None:
    one = context_for(write(folder / "one.pem", make("one.example", ROOT, [names("one.example")])))
    two = context_for(write(folder / "two.pem", make("two.example", ROOT, [names("*.two.example")])))
    contexts = by_name({"one.example": one, "two.example": two, "a.two.example": two}, one)
    with tls_server(lambda _: contexts) as server:
        facts = look(server.port, "one.example", "two.example", "a.two.example", "not.example").facts
    assert facts.chains_seen == 2
    told = {match.name: (match.seen, match.matches, match.wildcard) for match in facts.names}
    assert told == {
        "one.example": (True, True, False),
        "two.example": (True, False, False),
        "a.two.example": (True, True, True),
        "not.example": (False, False, False),
    }
    assert "unrecognized name" in (facts.names[-1].problem or "")


def test_names_are_asked_for_up_to_tls_12_as_well(folder: Path) -> None:
    one = context_for(
        write(folder / "one.pem", make("one.example", ROOT, [names("one.example")])),
        maximum_version=ssl.TLSVersion.TLSv1_2,
    )
    with tls_server(lambda _: by_name({"one.example": one}, one)) as server:
        facts = look(server.port, "one.example").facts
    assert facts.names[0].matches
    assert facts.chains[0].shown_to == ("TLSv1.2 one.example",)


def test_an_address_is_asked_for_without_a_name(folder: Path) -> None:
    with s_server(folder / "chain.pem") as port:
        facts = look(port, host="127.0.0.1").facts
    assert [(match.name, match.matches) for match in facts.names] == [("127.0.0.1", False)]


def test_certificates_that_change_are_all_shown(folder: Path) -> None:
    contexts = [
        context_for(write(folder / f"{number}.pem", make("localhost", ROOT, [names("localhost")])))
        for number in range(2)
    ]
    with tls_server(lambda number: contexts[number % 2]) as server:
        found = {look(server.port).facts.chains_seen for _ in range(4)}
    assert found <= {1, 2}
    assert 2 in found


def test_a_server_that_wants_to_know_its_clients_is_seen(folder: Path) -> None:
    with s_server(folder / "chain.pem", "-Verify", "2", "-verify_return_error") as port:
        facts = look(port).facts
    assert states(facts)["TLSv1.2"] == states(facts)["TLSv1.3"] == "accepted"
    assert facts.certificates[0].subject == "CN=localhost"


@pytest.mark.parametrize(
    ("options", "field", "value"),
    [
        (("-newkey", "rsa:1024"), "key_bits", 1024),
        (("-newkey", "rsa:2048", "-sha1"), "signature_hash", "sha1"),
        (("-newkey", "rsa:2048", "-set_serial", "-7"), "serial", "-7"),
    ],
)
@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_odd_certificates_are_read_in_every_version(
    options: tuple[str, ...], field: str, value: object, version: str, folder: Path
) -> None:
    der = by_openssl(folder, *options)
    key = (folder / "made.key").read_bytes()
    (folder / "odd.pem").write_bytes(key + ssl.DER_cert_to_PEM_cert(der).encode())
    with s_server(folder / "odd.pem", version, "-cipher", "ALL:@SECLEVEL=0") as port:
        facts = look(port).facts
    assert getattr(facts.certificates[0], field) == value
    assert not facts.chains[0].trusted


def test_a_certificate_nobody_can_read_is_no_certificate_that_is_fine() -> None:
    month_13 = LEAF.der.replace(b"\x17\x0d", b"\x17\x0d99", 1)[: len(LEAF.der)]
    with listening(speaking({TLS12: accept(TLS12, month_13)})) as server:
        facts = look(server.port).facts
    assert facts.certificates[0].unreadable
    assert facts.certificates[0].days_left is None
    assert not facts.chains[0].trusted
    assert facts.names[0].seen
    assert not facts.names[0].matches
    assert "cannot be read" in (facts.names[0].problem or "")


@pytest.mark.parametrize("content", [None, b"no certificate here"])
def test_authorities_that_cannot_be_read_are_not_left_out(content: bytes | None, folder: Path) -> None:
    if content is not None:
        (folder / "ours.pem").write_bytes(content)
    with s_server(folder / "chain.pem") as port, pytest.raises(CannotSee) as blind:
        look(port, evidence=folder, cas="ours.pem")
    assert "ours.pem" in blind.value.detail


def test_more_names_than_can_be_asked_for_are_refused() -> None:
    with pytest.raises(CannotSee) as blind:
        look(1, *(f"n{number}.example" for number in range(51)))
    assert blind.value.reason is Reason.TOO_LARGE


def test_without_an_authorisation_nothing_is_sent() -> None:
    with listening(lambda _, __: None) as server:
        target = Endpoint(kind="endpoint", id="e", host="127.0.0.1", port=server.port, protocol="tls")
        elsewhere = replace(loopback_only(NOW), targets=("192.0.2.0/24",))
        with pytest.raises(CannotSee) as blind:
            look_at(PROBE, target, authorisation=elsewhere, now=NOW)
    assert blind.value.reason is Reason.OUT_OF_SCOPE
    assert server.connections == 0
