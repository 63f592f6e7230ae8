"""What the probe `tls-suites` brings back."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionSuites:
    """One protocol version, and how far it was looked through."""

    name: str
    """`SSLv2`, `SSLv3`, `TLSv1.0`, `TLSv1.1`, `TLSv1.2` or `TLSv1.3`."""

    state: str
    """`accepted`, `refused`, or `unclear` where the server kept silent or spoke something else."""

    answer: str
    """What it answered first: the suite it chose, the alert it sent, or what else became of the offer."""

    suite_count: int
    """How many suites it accepts in this version, as far as was seen."""

    finished: bool
    """Whether these are all its suites: every other one was offered and refused."""

    groups_finished: bool
    """
    Whether every other group was offered and refused as well; asked of TLS 1.3 and of the newest accepted
    version before it.
    """

    preference: str
    """
    Whose order of suites wins: `server`, `client`, `mixed`, `single` where there is one suite only,
    `none` where the version is not accepted, or `unclear`.
    """

    trouble: str | None
    """Why it was not finished, in one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedSuite:
    """One cipher suite that the server chose when it was offered."""

    version: str
    """The protocol version it was chosen in."""

    name: str
    """Its name in the IANA registry; for SSLv2 in its draft."""

    code: int
    """Its number in the protocol."""

    key_exchange: str
    """`ECDHE`, `DHE`, `ECDH`, `DH`, `RSA`, `PSK`, `KRB5`, `GOST`, or `TLS 1.3` with its fresh keys."""

    authentication: str
    """`RSA`, `ECDSA`, `DSS`, `PSK`, `KRB5`, `GOST`, `anon` where nobody proves anything, or `TLS 1.3`."""

    encryption: str
    """`AES`, `CHACHA20`, `CAMELLIA`, `ARIA`, `SEED`, `IDEA`, `3DES`, `DES`, `RC2`, `RC4`, `NULL` ..."""

    bits: int
    """The strength of the encryption's key: 112 for 3DES, 0 for none."""

    mode: str
    """`GCM`, `CCM`, `CCM_8`, `POLY1305`, `CBC`, `stream`, `none` and so on."""

    mac: str
    """What keeps data from being changed: `AEAD`, `SHA1`, `SHA256`, `SHA384` or `MD5`."""

    export: bool
    """Whether it was made weak on purpose, for export from the United States of the 1990s."""

    forward_secrecy: bool
    """Whether each connection has keys of its own: a key stolen later opens nothing recorded before."""

    group: str | None
    """The group the key was agreed in when this suite was chosen, up to TLS 1.2."""

    prime_bits: int | None
    """The size of the prime, where the key was agreed by Diffie-Hellman over a finite field."""

    signature: str | None
    """What the server signed its half of the key with; only TLS 1.2 says so in clear text."""

    trouble: str | None
    """Why its key exchange could not be read, in one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedGroup:
    """One group in which the server agrees on keys."""

    version: str
    name: str
    """Its name in the IANA registry, or for a prime without a name `DH` with its size."""

    kind: str
    """`curve`, `finite field`, `hybrid` (a curve together with ML-KEM) or `ML-KEM`."""

    bits: int
    """Of the curve's field or the prime; for hybrids those of the curve."""

    named: bool
    """Whether it was negotiated by name; a prime up to TLS 1.2 is only known by its size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedSignature:
    """One algorithm that the server signed its half of a key with."""

    version: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SuitesFacts:
    """Everything a server accepts of TLS, as far as it was seen."""

    starttls: str | None
    """The protocol that asked for TLS on each connection, such as `smtp`; None where TLS came at once."""

    versions: tuple[VersionSuites, ...]
    """Every protocol version, oldest first."""

    suite_count: int
    """How many pairs of version and suite are accepted."""

    suites: tuple[AcceptedSuite, ...]
    """Each of them; within a version in the order they were chosen in."""

    group_count: int
    groups: tuple[AcceptedGroup, ...]
    """
    The groups of TLS 1.3, of the newest accepted version before it, and every size of prime that was seen.
    """

    signatures: tuple[UsedSignature, ...]
    finished: bool
    """Whether all versions are clear, all suites were found, and nothing contradicted itself."""

    groups_finished: bool
    """The same for groups."""

    unfinished: tuple[str, ...]
    """What was not finished and why, one line each."""

    contradictions: tuple[str, ...]
    """Answers that TLS forbids, such as a suite that was not offered; nothing else was told by them."""

    compression: str
    """`yes` where connections are compressed (CRIME), `no`, `unclear`; `not_applicable` for TLS 1.3 alone."""

    secure_renegotiation: str
    """`yes` where every answer up to TLS 1.2 has it (RFC 5746), else `no`, `unclear` or `not_applicable`."""

    extended_master_secret: str
    """The same for RFC 7627."""

    encrypt_then_mac: str
    """The same for RFC 7366, over the suites in CBC mode."""

    heartbeat: str
    """`yes` where an answer up to TLS 1.2 has heartbeats (RFC 6520), `no`, `unclear`, `not_applicable`."""

    truncated_hmac: str
    """The same for shortened MACs (RFC 6066)."""

    session_tickets: str
    """`yes`, `no` or `unclear` for tickets (RFC 5077); those of TLS 1.3 come encrypted and are not seen."""

    stapling: str
    """The same for a certificate status sent along (OCSP)."""

    fallback_protection: str
    """`yes` where a fallback to an older version is noticed (RFC 7507), `no`, `unclear`, `not_applicable`."""

    alpn: str
    """`yes` where the server chooses the protocol inside (RFC 7301) up to TLS 1.2, `no` or `unclear`."""

    alpn_protocol: str | None
    """What it chose of HTTP/2 and HTTP/1.1."""

    connections: int
    """How many connections were made: at most 20 more than suites were found."""
