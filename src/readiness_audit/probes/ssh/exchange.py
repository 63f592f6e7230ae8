"""
Begin a key exchange far enough to be shown the server's key, and go no further.

A server shows its key in clear with its half of the exchange (RFC 4253 section 8). Our half is a
fixed public value - the base point of the curve, or any number - so that nothing has to be
computed, no secret comes about, and nothing can be said under it. Whether the server holds the
private key is not proved by this; that is for the client that logs in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from readiness_audit.model.evidence import Reason
from readiness_audit.probes.network.wire import Cursor, Garbled, number, vector
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.ssh.keys import FAMILIES, PublicKey, positive, read_key
from readiness_audit.probes.ssh.wire import Conversation, Lists, write_lists

GROUP_EXCHANGE = ("diffie-hellman-group-exchange-sha256", "diffie-hellman-group-exchange-sha1")
SMALLEST_ASKED, LARGEST_ASKED = 1024, 8192
"""Bits of the groups we say we would take; a server that has any rule names one above the smallest."""

_INIT, _REPLY = 30, 31
_GROUP, _GROUP_REQUEST = 31, 34
_LARGEST_GROUP = 32_768

_BASE_25519 = bytes([9]) + bytes(31)
_BASE_256 = bytes.fromhex(
    "04"
    "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
)
_BASE_384 = bytes.fromhex(
    "04"
    "aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7"
    "3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f"
)
_BASE_521 = bytes.fromhex(
    "04"
    "00c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3dbaa14b5e77efe75928fe1dc127a2ffa8de"
    "3348b3c1856a429bf97e7e31c2e5bd66"
    "011839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e662c97ee72995ef42640c550b9013fad0761"
    "353c7086a272c24088be94769fd16650"
)
_ANY_NUMBER = bytes([0x5A]) * 64
"""Above one and below every modulus in use; half its bits are set, as servers insist on."""

OPENINGS: Mapping[str, bytes] = {
    "curve25519-sha256": _BASE_25519,
    "curve25519-sha256@libssh.org": _BASE_25519,
    "ecdh-sha2-nistp256": _BASE_256,
    "ecdh-sha2-nistp384": _BASE_384,
    "ecdh-sha2-nistp521": _BASE_521,
    "diffie-hellman-group14-sha256": _ANY_NUMBER,
    "diffie-hellman-group14-sha1": _ANY_NUMBER,
    "diffie-hellman-group1-sha1": _ANY_NUMBER,
    "diffie-hellman-group15-sha512": _ANY_NUMBER,
    "diffie-hellman-group16-sha512": _ANY_NUMBER,
    "diffie-hellman-group17-sha512": _ANY_NUMBER,
    "diffie-hellman-group18-sha512": _ANY_NUMBER,
    "sntrup761x25519-sha512": bytes(1158) + _BASE_25519,
    "sntrup761x25519-sha512@openssh.com": bytes(1158) + _BASE_25519,
    "mlkem768x25519-sha256": bytes(1184) + _BASE_25519,
}
"""The public value we open each exchange with; first the exchanges that cost the server least."""


def beginning(offered: Sequence[str]) -> str | None:
    """Choose the exchange to begin among those a server offers."""
    return next((name for name in OPENINGS if name in offered), None)


async def see_host_key(talk: Conversation, lists: Lists, algorithm: str) -> PublicKey:
    """
    Go on, after both sides' lists are known to us, until the key for `algorithm` is shown.

    Raises `CannotSee` where no exchange can be begun or the server hangs up, `Garbled` where
    what it shows is not that key.
    """
    kex = beginning(lists.kex)
    if kex is None:
        raise CannotSee(Reason.NOT_ASSESSABLE, "it offers no key exchange that we know how to begin")
    await talk.send(write_lists(_narrowed(lists, kex, algorithm)))
    await talk.send(number(_INIT, 1) + vector(OPENINGS[kex], 4))
    key = read_key(Cursor(await talk.hear(_REPLY)).vector(4))
    if key.type != FAMILIES[algorithm]:
        raise Garbled("it shows a key of another type than was agreed on")
    return key


async def see_smallest_group(talk: Conversation, lists: Lists) -> int:
    """
    Ask for the smallest group the server would use (RFC 4419), and give its size in bits.

    Raises `CannotSee` and `Garbled` as `see_host_key` does.
    """
    kex = next(name for name in GROUP_EXCHANGE if name in lists.kex)
    algorithm = next((name for name in lists.host_key if name in FAMILIES), None)
    if algorithm is None:
        raise CannotSee(Reason.NOT_ASSESSABLE, "it offers no type of host key that we know")
    await talk.send(write_lists(_narrowed(lists, kex, algorithm)))
    sizes = (SMALLEST_ASKED, SMALLEST_ASKED, LARGEST_ASKED)
    await talk.send(number(_GROUP_REQUEST, 1) + b"".join(number(size, 4) for size in sizes))
    group = Cursor(await talk.hear(_GROUP))
    bits = positive(group.vector(4)).bit_length()
    positive(group.vector(4))
    if group.left() or bits > _LARGEST_GROUP:
        raise Garbled("the group it names cannot be read")
    return bits


def _narrowed(lists: Lists, kex: str, algorithm: str) -> Lists:
    # Ciphers and the rest are never used; taking the server's first makes sure that both agree.
    return Lists(
        kex=(kex,),
        host_key=(algorithm,),
        cipher_to_server=lists.cipher_to_server[:1],
        cipher_to_client=lists.cipher_to_client[:1],
        mac_to_server=lists.mac_to_server[:1],
        mac_to_client=lists.mac_to_client[:1],
        compression_to_server=lists.compression_to_server[:1],
        compression_to_client=lists.compression_to_client[:1],
    )
