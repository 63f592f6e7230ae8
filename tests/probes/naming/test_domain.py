import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from readiness_audit.model.target import Domain
from readiness_audit.probes.naming.domain import PROBE, DomainFacts
from readiness_audit.probes.reach.blind import CannotSee
from tests.looking import look_at
from tests.servers.bind import dig, named, signed, status, zone_text
from tests.servers.listener import free_port

GOOD = """
@ IN A 192.0.2.5
@ IN AAAA 2001:db8::5
@ IN MX 10 mail
mail IN A 192.0.2.9
www IN CNAME @
old IN CNAME gone.good.example.
away IN CNAME else.where.test.
empty IN TXT "nothing else"
lonely IN MX 10 empty
@ IN CAA 0 issue "letsencrypt.org; validationmethods=dns-01"
@ IN CAA 128 iodef "mailto:security@good.example"
@ IN TXT "v=spf1 mx -all"
"""
DELEGATED = "{0} IN NS ns1.{0}\n{0} IN NS ns2.{0}\nns1.{0} IN A 192.0.2.1\nns2.{0} IN A 192.0.2.2\n"


class Bench:
    """Three servers: one for the zones, one that tells otherwise, one that asks the first and validates."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.zones: dict[str, str] = {"plain.example": zone_text("plain.example", "@ IN A 192.0.2.7")}
        below = DELEGATED.format("plain")
        for name, options in (("good", ()), ("late", ("-P", "-s", "20200101000000", "-e", "20200201000000"))):
            zone = f"{name}.example"
            text = zone_text(zone, GOOD if name == "good" else "@ IN A 192.0.2.8")
            self.zones[zone], ds = signed(folder / name, zone, text, *options)
            below += DELEGATED.format(name) + ds
        text, _ = signed(folder / "other", "wrong.example", zone_text("wrong.example", "@ IN A 192.0.2.8"))
        _, foreign = signed(folder / "foreign", "wrong.example", zone_text("wrong.example", ""))
        self.zones["wrong.example"] = text
        below += DELEGATED.format("wrong") + foreign
        self.zones["example"], self.anchor = signed(folder / "top", "example", zone_text("example", below))
        (folder / "anchor.txt").write_text(self.anchor)
        self.port = self.other = self.validating = 0

    @contextlib.contextmanager
    def running(self) -> Iterator["Bench"]:
        otherwise = {
            "good.example": zone_text("good.example", "@ IN A 192.0.2.66\nwww IN CNAME @"),
            "plain.example": self.zones["plain.example"],
        }
        tag, algorithm, kind, value = self.anchor.split(None, 6)[3:]
        with (
            named(self.folder / "a", self.zones) as self.port,
            named(self.folder / "b", otherwise) as self.other,
        ):
            trusted = f'"example" static-ds {tag} {algorithm} {kind} "{value.strip()}";'
            asking = (
                f'trust-anchors {{ {trusted} }};\nzone "example" {{ type forward; forward only;'
                f" forwarders {{ 127.0.0.1 port {self.port}; }}; }};\n"
            )
            options = "recursion yes; dnssec-validation yes;"
            with named(self.folder / "c", {}, options=options, beside=asking) as self.validating:
                yield self


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with Bench(tmp_path_factory.mktemp("bind")).running() as running:
        yield running


def domain(
    name: str,
    *ports: int,
    addresses: tuple[str, ...] = (),
    anchored: bool = False,
    validating: int = 0,
) -> Domain:
    return Domain(
        kind="domain",
        id="shop",
        name=name,
        resolvers=tuple(f"127.0.0.1:{port}" for port in ports),
        addresses=addresses,
        trust_anchor="anchor.txt" if anchored else None,
        validating_resolver=f"127.0.0.1:{validating}" if validating else None,
    )


def seen(bench: Bench, target: Domain) -> DomainFacts:
    return look_at(PROBE, target, evidence=bench.folder).facts


def states(facts: DomainFacts) -> dict[str, str]:
    return {one.kind: one.state for one in facts.sets}


def test_it_says_so_when_nobody_answers(tmp_path: Path) -> None:
    with pytest.raises(CannotSee) as blind:
        look_at(PROBE, domain("good.example", free_port()), evidence=tmp_path)
    assert "no resolver answers" in blind.value.detail


def test_a_resolver_that_is_not_there_is_told_and_keeps_nothing_from_being_seen_as_half(bench: Bench) -> None:
    facts = seen(bench, domain("good.example", bench.port, free_port()))
    assert [one.answered > 0 for one in facts.resolvers] == [True, False]
    assert facts.telling == 1
    assert set(states(facts).values()) == {"not-seen"}
    assert facts.unseen >= len(facts.sets)


def test_a_name_that_does_not_exist_is_not_one_without_records(bench: Bench) -> None:
    assert status(bench.port, "nope.good.example", "A").startswith("NXDOMAIN")
    assert set(states(seen(bench, domain("nope.good.example", bench.port))).values()) == {"no-name"}
    assert status(bench.port, "empty.good.example", "A").startswith("NOERROR")
    facts = seen(bench, domain("empty.good.example", bench.port))
    assert states(facts) | {"TXT": "found"} == dict.fromkeys(states(facts), "no-data") | {"TXT": "found"}


def test_a_zone_nobody_serves_is_not_seen(bench: Bench) -> None:
    assert status(bench.port, "else.where.test", "A").startswith("REFUSED")
    facts = seen(bench, domain("else.where.test", bench.port))
    assert set(states(facts).values()) == {"not-seen"}
    assert facts.zone is None
    assert facts.dnssec.state == "not-seen"
    assert facts.caa_state == "not-seen"


@pytest.mark.parametrize("kind", ["A", "AAAA", "MX", "NS", "TXT", "CAA", "DS"])
def test_the_records_are_those_dig_shows(bench: Bench, kind: str) -> None:
    facts = seen(bench, domain("good.example", bench.port))
    (one,) = [one for one in facts.sets if one.kind == kind]
    shown = [line.split(None, 4)[4] for line in dig(bench.port, "good.example", kind)]
    assert len(shown) == len(one.values) > 0
    plain = sorted("".join(text.lower().replace(".example.", ".example").split()) for text in shown)
    ours = sorted("".join(text.lower().split()) for text in one.values)
    assert [text.replace('"', "") for text in plain] == ours
    assert one.ttl == int(dig(bench.port, "good.example", kind)[0].split()[1])


def test_addresses_are_held_against_the_declared_ones(bench: Bench) -> None:
    declared = ("192.0.2.5", "192.0.2.6", "2001:DB8:0::5")
    facts = seen(bench, domain("www.good.example", bench.port, addresses=declared))
    four, six = (one for one in facts.sets if one.kind in {"A", "AAAA"})
    assert (four.missing, four.unexpected) == (("192.0.2.6",), ())
    assert (six.missing, six.unexpected) == ((), ())
    facts = seen(bench, domain("good.example", bench.port, addresses=("192.0.2.9",)))
    four, six = (one for one in facts.sets if one.kind in {"A", "AAAA"})
    assert (four.missing, four.unexpected) == (("192.0.2.9",), ("192.0.2.5",))
    assert six.unexpected == ("2001:db8::5",)


def test_resolvers_that_do_not_agree_are_told_and_never_averaged(bench: Bench) -> None:
    facts = seen(bench, domain("good.example", bench.port, bench.other, addresses=("192.0.2.5",)))
    assert states(facts)["A"] == "differs"
    (four,) = [one for one in facts.sets if one.kind == "A"]
    assert four.values == ("192.0.2.5", "192.0.2.66")
    assert (four.missing, four.unexpected) == (("192.0.2.5",), ("192.0.2.66",))
    assert states(facts)["NS"] == "found"
    assert facts.caa_state == "differs"


def test_names_that_lead_nowhere_are_told_from_names_without_an_address(bench: Bench) -> None:
    facts = seen(bench, domain("old.good.example", bench.port))
    assert [(one.kind, one.name, one.state) for one in facts.references if one.kind == "CNAME"] == [
        ("CNAME", "gone.good.example", "no-name")
    ]
    facts = seen(bench, domain("lonely.good.example", bench.port))
    assert [(one.name, one.state) for one in facts.references if one.kind == "MX"] == [
        ("empty.good.example", "no-address")
    ]
    facts = seen(bench, domain("away.good.example", bench.port))
    assert [(one.name, one.state) for one in facts.references if one.kind == "CNAME"] == [
        ("else.where.test", "not-seen")
    ]


def test_name_servers_are_those_of_the_zone_above(bench: Bench) -> None:
    facts = seen(bench, domain("www.good.example", bench.port))
    assert facts.zone == "good.example"
    assert facts.name_servers == ("ns1.good.example", "ns2.good.example")
    assert [one.state for one in facts.references if one.kind == "NS"] == ["resolves", "resolves"]


def test_caa_records_are_climbed_to(bench: Bench) -> None:
    assert dig(bench.port, "mail.good.example", "CAA") == []
    facts = seen(bench, domain("mail.good.example", bench.port))
    assert (facts.caa_state, facts.caa_at, facts.issuers) == ("found", "good.example", ("letsencrypt.org",))
    assert [(one.tag, one.critical) for one in facts.caa] == [("issue", False), ("iodef", True)]
    assert seen(bench, domain("plain.example", bench.port)).caa_state == "absent"


def test_signatures_hold_from_a_declared_anchor_where_delv_and_the_resolver_say_so(bench: Bench) -> None:
    assert "ad" in status(bench.validating, "+dnssec", "good.example", "SOA").split()
    for port in (bench.port, bench.validating):
        chain = seen(bench, domain("www.good.example", port, anchored=True)).dnssec
        assert (chain.state, chain.proved_by, chain.ds, chain.problem) == (
            "validates",
            "trust-anchor",
            1,
            None,
        )


@pytest.mark.parametrize("name", ["late", "wrong"])
def test_signatures_that_do_not_hold_are_bogus(bench: Bench, name: str) -> None:
    assert status(bench.validating, f"{name}.example", "SOA").startswith("SERVFAIL")
    chain = seen(bench, domain(f"{name}.example", bench.port, anchored=True)).dnssec
    assert (chain.state, chain.proved_by) == ("bogus", None)
    chain = seen(bench, domain(f"{name}.example", bench.validating, validating=bench.validating)).dnssec
    assert chain.state == "bogus"
    assert "refuses the zone" in (chain.problem or "")


def test_a_zone_without_ds_is_unsigned(bench: Bench) -> None:
    assert dig(bench.port, "plain.example", "DS") == []
    for target, by in (
        (domain("plain.example", bench.port, anchored=True), "trust-anchor"),
        (domain("plain.example", bench.port, bench.other), "agreement"),
        (domain("plain.example", bench.validating, validating=bench.validating), "resolver"),
    ):
        chain = seen(bench, target).dnssec
        assert (chain.state, chain.proved_by, chain.ds) == ("unsigned", by, 0)


def test_one_resolver_alone_shows_no_zone_to_be_unsigned(bench: Bench) -> None:
    chain = seen(bench, domain("plain.example", bench.port)).dnssec
    assert (chain.state, chain.proved_by, chain.ds) == ("not-proved", None, 0)


def test_without_an_anchor_only_the_word_of_a_declared_validating_resolver_counts(bench: Bench) -> None:
    chain = seen(bench, domain("good.example", bench.validating, validating=bench.validating)).dnssec
    assert (chain.state, chain.proved_by) == ("validates", "resolver")
    chain = seen(bench, domain("good.example", bench.validating)).dnssec
    assert (chain.state, chain.proved_by) == ("not-proved", None)
    chain = seen(bench, domain("good.example", bench.port, validating=bench.port)).dnssec
    assert (chain.state, chain.proved_by) == ("not-proved", None)


@pytest.mark.parametrize(
    "text",
    [
        "; nothing",
        "example. IN A 192.0.2.1",
        "example. IN DS x y z",
        "\xff",
        "a. DS 1 13 2 00\nb. DS 1 13 2 00",
    ],
)
def test_an_anchor_that_is_none_is_refused(bench: Bench, tmp_path: Path, text: str) -> None:
    (tmp_path / "anchor.txt").write_bytes(text.encode("latin-1"))
    with pytest.raises(CannotSee) as blind:
        look_at(PROBE, domain("good.example", bench.port, anchored=True), evidence=tmp_path)
    assert "trust anchor" in blind.value.detail


def test_an_anchor_for_another_zone_proves_nothing(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "anchor.txt").write_text(bench.anchor.replace("example.", "test."))
    facts = look_at(PROBE, domain("good.example", bench.port, anchored=True), evidence=tmp_path).facts
    assert facts.dnssec.state == "not-proved"


def test_an_anchor_with_another_key_makes_it_bogus(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "anchor.txt").write_text("example. IN DS 1 13 2 " + "00" * 32)
    facts = look_at(PROBE, domain("good.example", bench.port, anchored=True), evidence=tmp_path).facts
    assert facts.dnssec.state == "bogus"
