import base64
import subprocess
from collections.abc import Iterator

import pytest

from readiness_audit.model.target import Domain
from readiness_audit.probes.naming.maildomain import PROBE, MailFacts, is_usable
from readiness_audit.probes.reach.blind import CannotSee
from tests.looking import look_at
from tests.servers.bind import named, zone_text
from tests.servers.listener import free_port


def key(*words: str) -> str:
    """Make a key with openssl; give its public half as DKIM records carry it, in pieces of a TXT record."""
    private = subprocess.run(["openssl", "genpkey", *words], check=True, capture_output=True).stdout
    command = ["openssl", "pkey", "-pubout", "-outform", "DER"]
    der = subprocess.run(command, input=private, check=True, capture_output=True).stdout
    text = base64.b64encode(der[-32:] if "ED25519" in words else der).decode()
    return " ".join(f'"{text[at : at + 200]}"' for at in range(0, len(text), 200))


def rsa(bits: int) -> str:
    return key("-algorithm", "RSA", "-pkeyopt", f"rsa_keygen_bits:{bits}")


ELEVEN = " ".join(f"exists:x{n}.spf.example" for n in range(11))
SPF: dict[str, tuple[str, tuple[str, str | None, int, int]]] = {
    "plain": ('"v=spf1 ip4:192.0.2.0/24 -all"', ("valid", "fail", 0, 0)),
    "soft": ('"v=spf1 a mx ~all"', ("valid", "softfail", 2, 2)),
    "anybody": ('"v=spf1 +all"', ("valid", "pass", 0, 0)),
    "bare": ('"v=spf1"', ("valid", "neutral", 0, 0)),
    "pieces": ('"v=spf1 ip4:192.0" ".2.1 -all"', ("valid", "fail", 0, 0)),
    "nested": ('"v=spf1 include:one.spf.example include:one.spf.example -all"', ("valid", "fail", 4, 0)),
    "onward": ('"v=spf1 redirect=plain.spf.example"', ("valid", "fail", 1, 0)),
    "ignored": ('"v=spf1 -all redirect=loop.spf.example include:loop.spf.example"', ("valid", "fail", 0, 0)),
    "macros": ('"v=spf1 exists:%{i}.spf.example -all"', ("valid", "fail", 1, 0)),
    "unsure": ('"v=spf1 redirect=%{d}.spf.example"', ("valid", None, 1, 0)),
    "ptr": ('"v=spf1 ptr -all"', ("valid", "fail", 1, 0)),
    "many": (
        '"v=spf1 ' + ELEVEN + ' -all"',
        ("valid", "fail", 11, 11),
    ),
    "loop": ('"v=spf1 include:back.spf.example -all"', ("broken", None, 2, 0)),
    "self": ('"v=spf1 include:self.spf.example -all"', ("broken", None, 1, 0)),
    "lost": ('"v=spf1 include:nowhere.spf.example -all"', ("broken", None, 1, 1)),
    "typo": ('"v=spf1 ipv4:192.0.2.1 -all"', ("broken", None, 0, 0)),
    "wrong": ('"v=spf1 ip4:192.0.2.300 -all"', ("broken", None, 0, 0)),
    "twice": ('"v=spf1 redirect=plain.spf.example redirect=plain.spf.example"', ("broken", None, 0, 0)),
    "two": ('"v=spf1 -all"\ntwo IN TXT "v=spf1 a -all"', ("several", None, 0, 0)),
    "other": ('"v=spf10 -all"', ("absent", None, 0, 0)),
}
ZONE = (
    "\n".join(f"{name} IN TXT {text}" for name, (text, _) in SPF.items())
    + """
one IN TXT "v=spf1 include:two-deep.spf.example ?all"
two-deep IN TXT "v=spf1 ip6:2001:db8::/32 -all"
back IN TXT "v=spf1 include:loop.spf.example -all"
"""
)
DMARC = {
    "reject": ('"v=DMARC1; p=reject; rua=mailto:a@x.example, mailto:b@y.example"', ("found", "reject", 100)),
    "half": ('"v=DMARC1;p=quarantine;pct=50"', ("found", "quarantine", 50)),
    "none": ('"v=DMARC1; p=none; sp=reject;"', ("found", "none", 100)),
    "bad": ('"v=DMARC1; p=rejekt"', ("broken", None, 100)),
    "pct": ('"v=DMARC1; p=reject; pct=101"', ("broken", "reject", 101)),
    "two": ('"v=DMARC1; p=reject"\n_dmarc.two IN TXT "v=DMARC1; p=none"', ("several", None, None)),
    "twotags": ('"v=DMARC1; p=none; p=reject"', ("broken", None, 100)),
    "late": ('"p=reject; v=DMARC1"', ("absent", None, None)),
}


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    keys = {
        "strong": f'"v=DKIM1; k=rsa; p=" {rsa(2048)}',
        "weak": f'"k=rsa; t=y:s; p=" {rsa(1024)}',
        "edwards": f'"v=DKIM1; k=ed25519; p=" {key("-algorithm", "ED25519")}',
        "revoked": '"v=DKIM1; p="',
        "garbage": '"v=DKIM1; p=AAAA"',
        "elliptic": f'"v=DKIM1; p=" {key("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")}',
        "text": '"hello"',
    }
    mail = "\n".join(f"{name}._domainkey IN TXT {text}" for name, text in keys.items())
    mail += """
@ IN MX 10 mx1
@ IN MX 20 mx2
mx1 IN A 192.0.2.9
mx2 IN A 192.0.2.10
_25._tcp.mx1 IN TLSA 3 1 1 0000000000000000000000000000000000000000000000000000000000000000
_25._tcp.mx1 IN TLSA 1 1 1 0000000000000000000000000000000000000000000000000000000000000000
_mta-sts IN TXT "v=STSv1; id=20260101T000000;"
_smtp._tls IN TXT "v=TLSRPTv1; rua=mailto:tls@mail.example"
silent IN MX 0 .
_smtp._tls.silent IN TXT "v=TLSRPTv1"
"""
    mail += "\n".join(f"_dmarc.{name} IN TXT {text}" for name, (text, _) in DMARC.items())
    mail += '\n_dmarc IN TXT "v=DMARC1; p=reject; sp=quarantine"\n'
    zones = {"spf.example": zone_text("spf.example", ZONE), "mail.example": zone_text("mail.example", mail)}
    with named(tmp_path_factory.mktemp("bind") / "a", zones) as running:
        yield running


def seen(port: int, name: str, *selectors: str) -> MailFacts:
    resolver = f"127.0.0.1:{port}"
    target = Domain(kind="domain", id="shop", name=name, resolvers=(resolver,), dkim_selectors=selectors)
    return look_at(PROBE, target).facts


def test_it_says_so_when_nobody_answers() -> None:
    with pytest.raises(CannotSee):
        seen(free_port(), "mail.example")


def test_a_domain_without_any_of_it_is_told_so(port: int) -> None:
    facts = seen(port, "mx2.mail.example", "none")
    assert (facts.spf.state, facts.mx_state, facts.mta_sts_state) == ("absent", "absent", "absent")
    assert (facts.tls_reports_state, facts.exchanges) == ("absent", ())
    assert [one.state for one in facts.dkim] == ["absent"]


def test_a_domain_of_others_is_not_seen_and_not_absent(port: int) -> None:
    facts = seen(port, "else.test", "none")
    states = (
        facts.spf.state,
        facts.mx_state,
        facts.mta_sts_state,
        facts.tls_reports_state,
        facts.dmarc.state,
    )
    assert set(states) == {"not-seen"}
    assert [one.state for one in facts.dkim] == ["not-seen"]


@pytest.mark.parametrize("name", SPF)
def test_spf_is_read_and_counted_by_rfc_7208(port: int, name: str) -> None:
    _, expected = SPF[name]
    spf = seen(port, f"{name}.spf.example").spf
    assert (spf.state, spf.ends, spf.lookups, spf.voids) == expected
    assert (spf.problem is not None) == (spf.state == "broken")
    assert spf.ptr == (name == "ptr")
    assert spf.macros == (name in {"macros", "unsure"})


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("strong", ("found", "rsa", 2048, False)),
        ("weak", ("found", "rsa", 1024, True)),
        ("edwards", ("found", "ed25519", 256, False)),
        ("revoked", ("revoked", None, None, False)),
        ("garbage", ("broken", None, None, False)),
        ("elliptic", ("broken", None, None, False)),
        ("text", ("broken", None, None, False)),
        ("nothing", ("absent", None, None, False)),
    ],
)
def test_keys_are_those_openssl_made(port: int, selector: str, expected: tuple[object, ...]) -> None:
    (found,) = seen(port, "mail.example", selector).dkim
    assert (found.state, found.algorithm, found.bits, found.testing) == expected


@pytest.mark.parametrize("name", [name for name in DMARC if name != "late"])
def test_dmarc_is_read_by_rfc_7489(port: int, name: str) -> None:
    _, expected = DMARC[name]
    dmarc = seen(port, f"{name}.mail.example").dmarc
    assert (dmarc.state, dmarc.policy, dmarc.percent) == expected
    assert dmarc.at == f"{name}.mail.example"
    if name == "reject":
        assert dmarc.reports == ("mailto:a@x.example", "mailto:b@y.example")
    if name == "none":
        assert dmarc.subdomain_policy == "reject"


@pytest.mark.parametrize("name", ["late", "mx1"])
def test_without_a_record_of_its_own_the_policy_for_subdomains_above_holds(port: int, name: str) -> None:
    dmarc = seen(port, f"{name}.mail.example").dmarc
    assert (dmarc.at, dmarc.policy) == ("mail.example", "quarantine")


def test_transport_records_are_told_and_no_policy_is_fetched(port: int) -> None:
    facts = seen(port, "mail.example")
    assert (facts.mx_state, facts.mta_sts_state, facts.mta_sts_id) == ("found", "found", "20260101T000000")
    assert facts.mta_sts_policy.state == "not-looked-at"
    assert (facts.tls_reports_state, facts.tls_reports) == ("found", ("mailto:tls@mail.example",))
    assert [(one.host, one.tlsa_state, one.tlsa, one.tlsa_authentic) for one in facts.exchanges] == [
        ("mx1.mail.example", "found", 1, False),
        ("mx2.mail.example", "absent", 0, False),
    ]


def test_a_domain_that_takes_no_mail_says_so(port: int) -> None:
    facts = seen(port, "silent.mail.example")
    assert (facts.mx_state, facts.exchanges) == ("null", ())
    assert (facts.tls_reports_state, facts.tls_reports) == ("broken", ())


@pytest.mark.parametrize(
    ("record", "usable"),
    [
        # RFC 7672, section 3.1, and RFC 6698, section 2.1.
        ("3 1 1 " + "ab" * 32, True),
        ("2 0 2 " + "ab" * 64, True),
        ("3 1 1 " + "ab" * 16 + " " + "ab" * 16, True),
        ("3 0 0 3082", True),
        ("1 1 1 " + "ab" * 32, False),
        ("0 0 1 " + "ab" * 32, False),
        ("4 1 1 " + "ab" * 32, False),
        ("3 2 1 " + "ab" * 32, False),
        ("3 1 3 " + "ab" * 32, False),
        ("3 1 1 " + "ab" * 31, False),
        ("3 1 2 " + "ab" * 32, False),
        ("3 0 0 ", False),
        ("3 1 1", False),
        ("", False),
    ],
)
def test_which_tlsa_records_count(record: str, usable: bool) -> None:  # noqa: FBT001 - columns of a table
    assert is_usable(record) is usable
