"""Servers with odd certificates: broken, lying, enormous, luring; each by name, with what is odd."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import timedelta

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID

from tests.servers.certificates import AUTHORITY, NOW, Extension, Made, authority, make, names, weak_key
from tests.servers.choosing_tls import Manner, choosing
from tests.servers.fake_tls import TLS12, accept, speaking
from tests.servers.hostile.entry import PART, TRAP, Hostile, Servers, group
from tests.servers.listener import Handler

ADDRESS = f"http://{TRAP}/"
MARKUP = "<script>alert(1)</script>"
GOOD_NAME = "www.example"


def showing(made: Made | bytes) -> Handler:
    """Speak TLS 1.2 with one suite, and show this one certificate."""
    der = made.der if isinstance(made, Made) else made
    return choosing({TLS12: Manner([0x009C])}, der)


def chained(*ders: bytes) -> Handler:
    return speaking({TLS12: accept(TLS12, *ders)})


def called(name: str) -> Made:
    return make(name, extensions=[names(GOOD_NAME)])


def with_names(*dns: str) -> Made:
    return make(GOOD_NAME, extensions=[names(*dns)])


def lasting(begins: int, ends: int) -> Made:
    """One that is valid between two days, counted from now."""
    first, last = (NOW + timedelta(days=days) for days in (begins, ends))
    return make(GOOD_NAME, extensions=[names(GOOD_NAME)], begins=first, ends=last)


def luring() -> Made:
    """Name the trap wherever a certificate can name an address."""
    where = x509.UniformResourceIdentifier(ADDRESS)
    access: Extension = (
        x509.AuthorityInformationAccess(
            [
                x509.AccessDescription(AuthorityInformationAccessOID.OCSP, where),
                x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, where),
            ]
        ),
        False,
    )
    point = x509.DistributionPoint([where], None, None, None)
    lists: Extension = (x509.CRLDistributionPoints([point]), False)
    return make(GOOD_NAME, extensions=[names(GOOD_NAME), access, lists])


def swapped(old: bytes, new: bytes, made: Made | None = None) -> bytes:
    """A certificate with some bytes exchanged, which no library would make."""
    der = (made or called(GOOD_NAME)).der
    assert old in der
    assert len(old) == len(new)
    return der.replace(old, new)


def stamp(days: int) -> bytes:
    return (NOW + timedelta(days=days)).strftime("%y%m%d").encode()


def unknown(number: str) -> bytes:
    """Exchange the last byte of an object's number, given in hexadecimal digits."""
    return swapped(bytes.fromhex(number), bytes.fromhex(number[:-2] + "ff"))


def with_two_alike() -> bytes:
    one = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4.5"), b"")
    other = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4.6"), b"")
    made = make(GOOD_NAME, extensions=[(one, False), (other, False)])
    return swapped(bytes.fromhex("2a030406"), bytes.fromhex("2a030405"), made)


def with_a_demand() -> Made:
    demand = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4.5"), b"")
    return make(GOOD_NAME, extensions=[names(GOOD_NAME), (demand, True)])


def in_a_circle() -> list[bytes]:
    first, second = authority("First"), authority("Second")
    one, two = authority("First", second), authority("Second", first)
    return [make(GOOD_NAME, one, [names(GOOD_NAME)]).der, one.der, two.der, one.der, two.der]


def a_hundred() -> list[bytes]:
    chain = [authority("Root")]
    chain += [authority(f"Level {number}", chain[0]) for number in range(30)]
    return [make(GOOD_NAME, chain[0], [names(GOOD_NAME)]).der, *(made.der for made in chain)] * 3


def negative() -> bytes:
    # A serial number is made by chance, and one in 128 is a byte shorter.
    made = next(made for made in iter(lambda: called(GOOD_NAME), None) if _number(made) >> 152)
    number = _number(made).to_bytes(20)
    return swapped(b"\x02\x14" + number, b"\x02\x14\xff" + number[1:], made)


def _number(made: Made) -> int:
    return made.certificate.serial_number


SPOKEN = (
    "tls.ciphers.expired",
    "tls.ciphers.expiring",
    "tls.ciphers.forbidden",
    "tls.ciphers.unlisted",
    "tls.protocol.minimum",
)
"""How they speak is not what is odd about them."""

_ODD: tuple[tuple[str, str, Callable[[], Handler]], ...] = (
    (
        "expired",
        "Expired ten years ago.",
        lambda: showing(lasting(-4000, -3650)),
    ),
    (
        "not begun",
        "Begins in ten years.",
        lambda: showing(lasting(3650, 3700)),
    ),
    (
        "a hundred years",
        "Lasts a hundred years.",
        lambda: showing(lasting(-10, 36500)),
    ),
    (
        "ends before it begins",
        "Ends before it begins.",
        lambda: showing(swapped(stamp(-10), b"49" + stamp(-10)[2:])),
    ),
    (
        "thirteenth month",
        "Ends in a thirteenth month.",
        lambda: showing(swapped(stamp(80), stamp(80)[:2] + b"13" + stamp(80)[4:])),
    ),
    (
        "no month",
        "Ends in month nought of letters.",
        lambda: showing(swapped(stamp(80), b"xxxxxx")),
    ),
    (
        "markup for a name",
        "Is called by markup.",
        lambda: showing(called(MARKUP)),
    ),
    (
        "escapes for a name",
        "Is called by commands for a terminal.",
        lambda: showing(called("\x1b]0;owned\x07\x1b[2J")),
    ),
    (
        "reversed name",
        "Is called by a name that reads backwards.",
        lambda: showing(called("\u202eelpmaxe.www\u2066")),
    ),
    (
        "NUL in its name",
        "Hides a NUL in its name.",
        lambda: showing(called("www.example\0.evil.test")),
    ),
    (
        "formula for a name",
        "Is called by a formula.",
        lambda: showing(called("=cmd|'/C calc'!A0")),
    ),
    (
        "link for a name",
        "Is called by a link.",
        lambda: showing(called(f"[x]({ADDRESS})")),
    ),
    (
        "no name",
        "Is called by nothing at all.",
        lambda: showing(make(" ", extensions=[])),
    ),
    (
        "markup for names",
        "Is for names of markup.",
        lambda: showing(with_names(MARKUP, "\x1b[2J", "a\nb", "www.example\0.evil.test")),
    ),
    (
        "names beyond ASCII",
        "Is for names that are not ASCII.",
        lambda: showing(swapped(b"\x82\x0bwww.example", b"\x82\x0bw\xff\xfe.example")),
    ),
    (
        "wildcard for all",
        "Is for every name there is.",
        lambda: showing(with_names("*", "*.*", "*.com", "w*.example")),
    ),
    (
        "three thousand names",
        "Is for three thousand names.",
        lambda: showing(with_names(*(f"n{n}.example" for n in range(3000)))),
    ),
    (
        "name of 10,000 letters",
        "Is for a name of 10,000 letters.",
        lambda: showing(with_names("a" * 10_000)),
    ),
    (
        "another name",
        "Is for somebody else.",
        lambda: showing(with_names("somebody.else")),
    ),
    (
        "lures",
        "Names addresses to ask whether it is revoked.",
        lambda: showing(luring()),
    ),
    (
        "one extension twice",
        "Has one extension twice.",
        lambda: showing(with_two_alike()),
    ),
    (
        "unknown demand",
        "Demands what nobody knows.",
        lambda: showing(with_a_demand()),
    ),
    (
        "negative number",
        "Has a negative serial number.",
        lambda: showing(negative()),
    ),
    (
        "unknown signature",
        "Is signed by a method nobody knows.",
        lambda: showing(unknown("2a8648ce3d040302")),
    ),
    (
        "unknown curve",
        "Has a key on a curve nobody knows.",
        lambda: showing(unknown("2a8648ce3d030107")),
    ),
    (
        "point off its curve",
        "Has a key that is no point of its curve.",
        lambda: showing(swapped(b"\x03\x42\x00\x04", b"\x03\x42\x00\x05")),
    ),
    (
        "weak key",
        "Has a key of 1024 bits.",
        lambda: showing(make(GOOD_NAME, None, [names(GOOD_NAME)], key=weak_key())),
    ),
    (
        "liar",
        "Claims to have signed itself, and has not.",
        lambda: showing(make(GOOD_NAME, extensions=[names(GOOD_NAME)], signed_by=authority().key)),
    ),
    (
        "authority",
        "Is an authority, and serves all the same.",
        lambda: showing(make(GOOD_NAME, extensions=[names(GOOD_NAME), AUTHORITY])),
    ),
    (
        "circle",
        "Sends authorities that vouch for each other.",
        lambda: chained(*in_a_circle()),
    ),
    (
        "a hundred of them",
        "Sends a hundred certificates.",
        lambda: chained(*a_hundred()),
    ),
    (
        "strangers",
        "Sends others that have nothing to do with it.",
        lambda: chained(called(GOOD_NAME).der, called("a").der, b"\x30\x80", called("b").der),
    ),
    (
        "nothing but nesting",
        "Sends two thousand boxes in each other.",
        lambda: chained(b"\x30\x82\x10\x00" * 2000),
    ),
    (
        "half a certificate",
        "Stops within its certificate.",
        lambda: chained(called(GOOD_NAME).der[:200]),
    ),
    (
        "certificate and more",
        "Sends junk behind its certificate.",
        lambda: chained(called(GOOD_NAME).der + b"junk"),
    ),
    (
        "no certificate at all",
        "Sends a text for a certificate.",
        lambda: chained(b"not a certificate"),
    ),
)


@functools.cache
def odd_certificates() -> Servers:
    """Give them all, made anew: certificates take a moment to make."""
    return group(
        PART, ("tls",), *(Hostile(name, does, serve()) for name, does, serve in _ODD), rightly=SPOKEN
    )
