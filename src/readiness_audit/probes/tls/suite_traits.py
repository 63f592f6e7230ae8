"""What the name of a cipher suite says about it, taken apart word by word."""

from __future__ import annotations

import re
from dataclasses import dataclass

from readiness_audit.probes.tls.suites import SUITES, SUITES_13
from readiness_audit.probes.tls.suites_rare import RARE, RARE_13

ALL_SUITES = {**SUITES, **RARE}
"""Everything that is offered up to TLS 1.2, in the order of the offer."""

ALL_SUITES_13 = {**SUITES_13, **RARE_13}
"""Everything that is offered for TLS 1.3."""

SSL2_CIPHERS = {
    0x010080: "SSL_CK_RC4_128_WITH_MD5",
    0x020080: "SSL_CK_RC4_128_EXPORT40_WITH_MD5",
    0x030080: "SSL_CK_RC2_128_CBC_WITH_MD5",
    0x040080: "SSL_CK_RC2_128_CBC_EXPORT40_WITH_MD5",
    0x050080: "SSL_CK_IDEA_128_CBC_WITH_MD5",
    0x060040: "SSL_CK_DES_64_CBC_WITH_MD5",
    0x0700C0: "SSL_CK_DES_192_EDE3_CBC_WITH_MD5",
    0x080080: "SSL_CK_RC4_64_WITH_MD5",
}
"""The kinds of cipher that SSLv2 knows, by the names of its draft."""

_ENCRYPTIONS = (
    *(("NULL", 0), ("RC4_40", 40), ("RC4_56", 56), ("RC4_64", 64), ("RC4_128", 128), ("RC2_CBC_40", 40)),
    *(("RC2_CBC_56", 56), ("RC2_128_CBC_EXPORT40", 40), ("RC2_128", 128), ("RC4", 128), ("IDEA", 128)),
    *(("DES40", 40), ("DES_CBC_40", 40), ("3DES", 112), ("DES_192_EDE3", 112), ("DES", 56), ("SEED", 128)),
    *(("AES_128", 128), ("AES_256", 256), ("ARIA_128", 128), ("ARIA_256", 256), ("CAMELLIA_128", 128)),
    *(("CAMELLIA_256", 256), ("CHACHA20", 256), ("KUZNYECHIK", 256), ("MAGMA", 256), ("28147", 256)),
    *(("SM4", 128), ("SHA256_SHA256", 0), ("SHA384_SHA384", 0)),
)
_LONGEST_FIRST = tuple(sorted(_ENCRYPTIONS, key=lambda pair: -len(pair[0])))
_FAMILIES = {"DES40": "DES", "DES_CBC_40": "DES", "DES_192_EDE3": "3DES", "28147": "GOST28147"}
_MACS = {"SHA": "SHA1", "MD5": "MD5", "SHA256": "SHA256", "SHA384": "SHA384", "IMIT": "GOST", "OMAC": "GOST"}
_AEADS = ("_GCM", "_CCM", "POLY1305", "_MGM")


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """One suite, taken apart."""

    key_exchange: str
    """`ECDHE`, `DHE`, `ECDH`, `DH`, `RSA`, `PSK`, `KRB5`, `GOST`, or `TLS 1.3`."""

    authentication: str
    """`RSA`, `ECDSA`, `DSS`, `PSK`, `KRB5`, `GOST`, `anon`, or `TLS 1.3`."""

    encryption: str
    bits: int
    mode: str
    mac: str
    export: bool
    forward_secrecy: bool


def traits_of(name: str) -> Traits:
    """Take a suite's name in the IANA registry (or in the draft of SSLv2) apart."""
    tls13 = "_WITH_" not in name
    agreed, _, protected = name.partition("_WITH_")
    if name.startswith("SSL_CK_"):
        agreed, protected = "SSL_RSA", name.removeprefix("SSL_CK_")
    elif tls13:
        protected = name.removeprefix("TLS_")
    exchange, authentication = ("TLS 1.3", "TLS 1.3") if tls13 else _agreement(agreed)
    encryption, bits = _encryption(protected)
    if "EXPORT1024" in name:
        bits = min(bits, 56)
    aead = any(word in protected for word in _AEADS)
    return Traits(
        key_exchange=exchange,
        authentication=authentication,
        encryption=encryption,
        bits=bits,
        mode=_mode(protected),
        mac="AEAD" if aead else _MACS.get(protected.rpartition("_")[2], "SHA256"),
        export="EXPORT" in name,
        forward_secrecy=tls13 or exchange in {"ECDHE", "DHE"},
    )


def _agreement(words: str) -> tuple[str, str]:
    words = re.sub(r"_EXPORT(1024)?", "", words.removeprefix("TLS_").removeprefix("SSL_"))
    if words.startswith("GOST"):
        return "GOST", "GOST"
    if words == "PSK_DHE":
        return "DHE", "PSK"
    exchange, _, authentication = words.partition("_")
    if authentication == "anon":
        # Every key is fresh, too, but nobody knows whose it is.
        return {"DH": "DHE", "ECDH": "ECDHE"}[exchange], "anon"
    return exchange, authentication or exchange


def _encryption(protected: str) -> tuple[str, int]:
    for word, bits in _LONGEST_FIRST:
        if protected.startswith(word):
            return "NULL" if bits == 0 else _FAMILIES.get(word, word.partition("_")[0]), bits
    return protected, 0


def _mode(protected: str) -> str:
    for mode in ("CCM_8", "CCM", "GCM", "MGM", "CBC", "POLY1305", "CTR", "CNT"):
        if mode in protected:
            return mode
    return "none" if protected.startswith(("NULL", "SHA")) else "stream"
