"""How each tool says each problem of the lab, and why one does not."""

from __future__ import annotations

import re
from collections.abc import Mapping

from benchmarks.correctness.heard import Pairs

OURS, SSLYZE, TESTSSL, NMAP = "readiness-audit", "sslyze", "testssl.sh", "nmap"
TOOLS = (OURS, SSLYZE, TESTSSL, NMAP)

STATED: Mapping[str, Mapping[str, str]] = {
    "expired": {
        OURS: r"^cert\.expiry .*Not valid when it was looked at",
        SSLYZE: r"not valid at validation time",
        TESTSSL: r"^cert_expirationStatus: expired",
    },
    "future": {
        OURS: r"^cert\.expiry .*Not valid when it was looked at",
        SSLYZE: r"not valid at validation time",
        TESTSSL: r"not yet valid",
    },
    "expires-soon": {
        OURS: r"^cert\.expiry\.soon .*Not valid for long enough",
        TESTSSL: r"^cert_expirationStatus: expires",
    },
    "wrong-name": {
        OURS: r"^cert\.hostname\.match .*not made for localhost",
        SSLYZE: r"no matching subjectAltName",
        TESTSSL: r"^cert_trust: certificate does not match",
    },
    "self-signed": {
        OURS: r"^cert\.chain\.trusted .*signed itself and is not among the trusted",
        SSLYZE: r"self.signed",
        TESTSSL: r"^cert_chain_of_trust: .*self signed",
    },
    "unknown-ca": {
        OURS: r"^cert\.chain\.trusted .*Nobody's Root.*not among the trusted",
        SSLYZE: r"self.signed|unknown issuer|no trusted|not trusted: .*(root|authority)",
        TESTSSL: r"^cert_chain_of_trust: .*self signed CA in chain",
    },
    "incomplete": {
        OURS: r"^cert\.chain\.trusted .*was not sent",
        SSLYZE: r"candidates exhausted: all candidates exhausted",
        TESTSSL: r"^cert_chain_of_trust: .*chain incomplete",
    },
    "sha1": {
        OURS: r"^cert\.crypto\.broken .*sha1",
        SSLYZE: r"certificate_signatures: .*SHA1",
        TESTSSL: r"^cert_signatureAlgorithm: .*SHA1",
        NMAP: r"certificate signature.*SHA1",
    },
    "rsa1024": {
        OURS: r"^cert\.crypto\.strength .*RSA 1024",
        SSLYZE: r"RSA key size is 1024",
        TESTSSL: r"^cert_keySize: .*1024",
    },
    "tls10": {
        OURS: r"^tls\.protocol\.minimum .*TLSv1\.0",
        SSLYZE: r"tls_versions: .*'TLSv1'",
        TESTSSL: r"^TLS1: offered",
    },
    "tls11": {
        OURS: r"^tls\.protocol\.minimum .*TLSv1\.1",
        SSLYZE: r"tls_versions: .*'TLSv1\.1'",
        TESTSSL: r"^TLS1_1: offered",
    },
    "ssl3": {
        OURS: r"^tls\.protocol\.minimum .*SSLv3",
        SSLYZE: r"tls_versions: .*'SSLv3'",
        TESTSSL: r"^SSLv3: offered",
        NMAP: r"SSLv3 \(CVE|SSL POODLE",
    },
    "rc4": {
        OURS: r"^tls\.ciphers\.forbidden .*RC4",
        SSLYZE: r"Legacy RC4 Algorithm INSECURE|ciphers: .*RC4",
        TESTSSL: r"^RC4",
        NMAP: r"Broken cipher RC4",
    },
    "3des": {
        OURS: r"^tls\.ciphers\.forbidden .*3DES",
        SSLYZE: r"ciphers: .*3DES",
        TESTSSL: r"^cipherlist_3DES_IDEA: offered",
        NMAP: r"3DES vulnerable",
    },
    "anonymous": {
        OURS: r"^tls\.ciphers\.forbidden .*_anon_",
        SSLYZE: r"ciphers: .*_anon_",
        TESTSSL: r"^cipherlist_aNULL: offered",
        NMAP: r"Anonymous Diffie-Hellman",
    },
    "no-encryption": {
        OURS: r"^tls\.ciphers\.forbidden .*WITH_NULL",
        SSLYZE: r"ciphers: .*WITH_NULL",
        TESTSSL: r"^cipherlist_NULL: offered",
        NMAP: r"[Nn]ull|NULL|no encryption",
    },
    "export": {
        OURS: r"^tls\.ciphers\.forbidden .*EXPORT",
        SSLYZE: r"ciphers: .*EXPORT",
        TESTSSL: r"^cipherlist_EXPORT: offered",
        NMAP: r"EXPORT|export|Export",
    },
    "dh1024": {
        OURS: r"^tls\.groups\.policy .*DH 1024",
        SSLYZE: r"DH parameter size is 1024",
        TESTSSL: r"^LOGJAM-common_primes: .*Oakley Group 2",
        NMAP: r"Insufficient Group Strength|dh 1024",
    },
    "no-secrecy": {
        OURS: r"^tls\.ciphers\.policy .*without forward secrecy",
        SSLYZE: r"Forward Secrecy INSECURE",
        TESTSSL: r"^P?FS: No ciphers",
        NMAP: r"Forward Secrecy not supported",
    },
    "compression": {
        OURS: r"^tls\.features\.safe .*compression",
        SSLYZE: r"[Cc]ompression.*VULNERABLE",
        TESTSSL: r"^CRIME_TLS: VULNERABLE",
        NMAP: r"[Cc]ompress",
    },
}
"""What a line must hold to state a problem with its reason; a tool without a pattern has no word for it."""

REASONS: Mapping[tuple[str, str], str] = {
    (NMAP, "expired"): "prints the dates and grades the server A; it draws no conclusion from them",
    (NMAP, "future"): "prints the dates and grades the server A; it draws no conclusion from them",
    (NMAP, "expires-soon"): "prints the dates and draws no conclusion from them",
    (SSLYZE, "expires-soon"): "knows valid and not valid, no time to renew in",
    (NMAP, "wrong-name"): "prints the names and compares them with none",
    (NMAP, "self-signed"): "prints subject and issuer, and builds no chain",
    (NMAP, "unknown-ca"): "prints the issuer, and builds no chain",
    (NMAP, "incomplete"): "looks at the server's own certificate only",
    (
        SSLYZE,
        "self-signed",
    ): "refuses it for a missing key identifier, a reason that would not matter if it were trusted",
    (
        SSLYZE,
        "unknown-ca",
    ): "refuses it with `chain construction exceeds max depth`, which is not what is wrong",
    (NMAP, "rsa1024"): "prints the size, and grades the server A",
    (NMAP, "tls10"): "lists the version, and grades it A",
    (NMAP, "tls11"): "lists the version, and grades it A",
    (
        SSLYZE,
        "compression",
    ): "finishes handshakes, which the message-level fake cannot, and ends the scan with an error",
    (
        SSLYZE,
        "export",
    ): "finishes handshakes, which the message-level fake cannot, and takes the suite for refused",
    (NMAP, "compression"): "lists the compressors without a word on them",
    (NMAP, "no-encryption"): "grades the suites F, and does not say what is wrong with them",
}
"""Why a tool does not state a problem, in a line; a difference without one makes the script fail."""

_UNKNOWN_TO_OPENSSL = re.compile("RC4|3DES|EXPORT|_DES|RC2")


_NO_SECOND_CAMELLIA = re.compile("_anon_WITH_CAMELLIA_(128|256)_CBC_SHA256")
VERSIONS: Mapping[tuple[str, str], str] = dict.fromkeys(
    ((TESTSSL, "anonymous"), (TESTSSL, "no-encryption")),
    "asks for versions without the suites that are all the server has there",
)
"""Why a tool sees other versions than there are, by tool and server."""


def pairs_reason(missed: Pairs, more: Pairs) -> str | None:
    """Say why the suites that a tool saw are not those of OpenSSL; None where nobody knows."""
    if not missed and all(version == "SSLv3" or _UNKNOWN_TO_OPENSSL.search(name) for version, name in more):
        return "the server accepts them, and today's OpenSSL no longer knows them"
    if not more and all(_NO_SECOND_CAMELLIA.fullmatch(name.partition("DH")[2]) for _, name in missed):
        return "does not know the anonymous suites of Camellia with SHA-256"
    return None
