"""The groups a key is agreed in, by their numbers and names in the IANA registry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from readiness_audit.probes.tls.certificate import curve_of, guarded, load


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """One group."""

    name: str
    kind: str
    """`curve`, `finite field` or `hybrid` (a curve together with ML-KEM), or `ML-KEM`."""

    bits: int
    """Of the curve's field or the prime; for hybrids those of the curve, for ML-KEM its parameter set."""


def _curve(name: str, bits: int) -> Named:
    return Named(name=name, kind="curve", bits=bits)


def _field(bits: int) -> Named:
    return Named(name=f"ffdhe{bits}", kind="finite field", bits=bits)


def _hybrid(name: str, bits: int) -> Named:
    return Named(name=name, kind="hybrid", bits=bits)


GROUPS: Mapping[int, Named] = {
    0x11EC: _hybrid("X25519MLKEM768", 255),
    0x11EB: _hybrid("SecP256r1MLKEM768", 256),
    0x11ED: _hybrid("SecP384r1MLKEM1024", 384),
    0x6399: _hybrid("X25519Kyber768Draft00", 255),
    0x0201: Named(name="MLKEM768", kind="ML-KEM", bits=768),
    0x0202: Named(name="MLKEM1024", kind="ML-KEM", bits=1024),
    29: _curve("x25519", 255),
    23: _curve("secp256r1", 256),
    24: _curve("secp384r1", 384),
    25: _curve("secp521r1", 521),
    30: _curve("x448", 448),
    31: _curve("brainpoolP256r1tls13", 256),
    32: _curve("brainpoolP384r1tls13", 384),
    33: _curve("brainpoolP512r1tls13", 512),
    26: _curve("brainpoolP256r1", 256),
    27: _curve("brainpoolP384r1", 384),
    28: _curve("brainpoolP512r1", 512),
    41: _curve("curveSM2", 256),
    256: _field(2048),
    257: _field(3072),
    258: _field(4096),
    259: _field(6144),
    260: _field(8192),
    22: _curve("secp256k1", 256),
    21: _curve("secp224r1", 224),
    20: _curve("secp224k1", 224),
    19: _curve("secp192r1", 192),
    18: _curve("secp192k1", 192),
    17: _curve("secp160r2", 160),
    16: _curve("secp160r1", 160),
    15: _curve("secp160k1", 160),
    14: _curve("sect571r1", 571),
    13: _curve("sect571k1", 571),
    12: _curve("sect409r1", 409),
    11: _curve("sect409k1", 409),
    10: _curve("sect283r1", 283),
    9: _curve("sect283k1", 283),
    8: _curve("sect239k1", 239),
    7: _curve("sect233r1", 233),
    6: _curve("sect233k1", 233),
    5: _curve("sect193r2", 193),
    4: _curve("sect193r1", 193),
    3: _curve("sect163r2", 163),
    2: _curve("sect163r1", 163),
    1: _curve("sect163k1", 163),
}
"""Everything that is offered, in the order of the offer: strong ones first."""

GROUPS_13 = tuple(code for code, one in GROUPS.items() if code > 28 or code in {23, 24, 25})  # noqa: PLR2004 - the last number that TLS 1.3 took away
"""What TLS 1.3 knows (RFC 8446, RFC 8734, ML-KEM drafts)."""

GROUPS_12 = tuple(
    code
    for code, one in GROUPS.items()
    if one.kind in {"curve", "finite field"} and code not in {31, 32, 33, 41}
)
"""What TLS 1.2 and older know (RFC 8422, RFC 7027, RFC 7919)."""

BY_CERTIFICATE_CURVE = {
    **{one.name: code for code, one in GROUPS.items() if one.kind == "curve"},
    "secp256r1": 23,
    "secp192r1": 19,
}
"""Groups by the name that certificates give the curve."""


def group_name(code: int) -> str:
    """Name a group by its number; one that is in no list is written as hexadecimal digits."""
    return GROUPS[code].name if code in GROUPS else f"0x{code:04X}"


def group_of_certificate(der: bytes) -> int | None:
    """Give the group of the curve that a certificate's key is on; None for any other certificate."""
    parsed = load(der).parsed
    if parsed is None:
        return None
    curve = guarded(lambda: curve_of(parsed), [])
    return None if curve is None else BY_CERTIFICATE_CURVE.get(curve)
