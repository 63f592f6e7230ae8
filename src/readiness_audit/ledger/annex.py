"""Encrypt what only the auditor may read: CMS (RFC 5652) to the certificate they gave us."""

from __future__ import annotations

from readiness_audit.errors import SigningKeyError


def encrypt(data: bytes, certificate: bytes) -> bytes:
    """
    Encrypt `data` to the X.509 certificate of the auditor (PEM), as CMS in DER, with AES-256.

    `openssl cms -decrypt` reads it. Raises `SigningKeyError` where it is no certificate with an RSA key of
    at least 2048 bits: others cannot be encrypted to.
    """
    # Heavy, and only needed where somebody asks for it.
    from cryptography import x509  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415
    from cryptography.hazmat.primitives.ciphers import algorithms  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import Encoding, pkcs7  # noqa: PLC0415

    try:
        theirs = x509.load_pem_x509_certificate(certificate)
        key = theirs.public_key()
    except ValueError:
        raise SigningKeyError("the auditor's certificate is not one in PEM") from None
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < 2048:  # noqa: PLR2004 - the docstring says it
        raise SigningKeyError(
            "the auditor's certificate has no RSA key of at least 2048 bits: ask for another"
        )
    builder = pkcs7.PKCS7EnvelopeBuilder().set_data(data).add_recipient(theirs)
    builder = builder.set_content_encryption_algorithm(algorithms.AES256)
    return builder.encrypt(Encoding.DER, [pkcs7.PKCS7Options.Binary])
