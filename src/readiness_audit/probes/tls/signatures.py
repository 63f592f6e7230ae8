"""Signature algorithms by their numbers and names in the IANA registry."""

from __future__ import annotations

_NAMES = {
    0x0401: "rsa_pkcs1_sha256",
    0x0501: "rsa_pkcs1_sha384",
    0x0601: "rsa_pkcs1_sha512",
    0x0403: "ecdsa_secp256r1_sha256",
    0x0503: "ecdsa_secp384r1_sha384",
    0x0603: "ecdsa_secp521r1_sha512",
    0x0804: "rsa_pss_rsae_sha256",
    0x0805: "rsa_pss_rsae_sha384",
    0x0806: "rsa_pss_rsae_sha512",
    0x0807: "ed25519",
    0x0808: "ed448",
    0x0809: "rsa_pss_pss_sha256",
    0x080A: "rsa_pss_pss_sha384",
    0x080B: "rsa_pss_pss_sha512",
    0x081A: "ecdsa_brainpoolP256r1tls13_sha256",
    0x081B: "ecdsa_brainpoolP384r1tls13_sha384",
    0x081C: "ecdsa_brainpoolP512r1tls13_sha512",
}
_HASHES = {1: "md5", 2: "sha1", 3: "sha224", 4: "sha256", 5: "sha384", 6: "sha512"}
_KINDS = {1: "rsa_pkcs1", 2: "dsa", 3: "ecdsa"}


def signature_name(code: int) -> str:
    """Name an algorithm; older pairs of hash and key (RFC 5246) the same way, the rest as digits."""
    if code in _NAMES:
        return _NAMES[code]
    kind, digest = _KINDS.get(code & 0xFF), _HASHES.get(code >> 8)
    return f"{kind}_{digest}" if kind and digest else f"0x{code:04X}"
