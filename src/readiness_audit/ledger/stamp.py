"""
Time stamps over signatures (RFC 3161): somebody else's word that a signature was there by then.

The token is over the bytes of the signature's file. It is kept as the authority sent it, and
checked against the authority's certificate, which comes from outside like any key. The only
module that knows rfc3161-client.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from readiness_audit.errors import MissingExtraError, SignatureError, SigningKeyError
from readiness_audit.ledger import disk
from readiness_audit.ledger.manifest import STAMP

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from rfc3161_client import TimeStampResponse

LARGEST = 2**18
"""Bytes of an authority's answer."""


def request_for(envelope: bytes) -> bytes:
    """Write the question to an authority, as DER; it holds a hash and a random number."""
    try:
        from rfc3161_client import HashAlgorithm, TimestampRequestBuilder  # noqa: PLC0415 - an extra
    except ImportError:
        raise MissingExtraError("rfc3161-client", "timestamps") from None
    asked = TimestampRequestBuilder(data=envelope, hash_algorithm=HashAlgorithm.SHA256, nonce=True)
    return asked.build().as_bytes()


def check_answer(answer: bytes, request: bytes, envelope: bytes) -> datetime:
    """
    Insist that an authority's answer is about this request; give the time it says.

    Whether the authority is to be believed is not looked at. Raises `SignatureError`.
    """
    token = _read(answer).tst_info
    # The request is DER: its random number is in it as an integer.
    asked = token.nonce.to_bytes(token.nonce.bit_length() // 8 + 1, "big") in request
    if token.message_imprint.message != hashlib.sha256(envelope).digest() or not asked:
        raise SignatureError("the authority's answer is about something else")
    return token.gen_time.astimezone(UTC)


def check_stamp(answer: bytes, envelope: bytes, authority: bytes) -> datetime:
    """
    Insist that the authority with these certificates (PEM) stamped the envelope; give the time.

    Raises `SignatureError`; `SigningKeyError` where the certificates are none.
    """
    response = _read(answer)
    from rfc3161_client import VerificationError, VerifierBuilder  # noqa: PLC0415 - an extra

    builder = VerifierBuilder()
    for certificate in _certificates(authority):
        if certificate.issuer == certificate.subject:
            builder = builder.add_root_certificate(certificate)
        elif _may_stamp(certificate):
            builder = builder.tsa_certificate(certificate)
        else:
            builder = builder.add_intermediate_certificate(certificate)
    try:
        builder.build().verify_message(response, envelope)
    except (VerificationError, ValueError) as error:
        raise SignatureError(f"the time stamp does not hold: {error}") from None
    return response.tst_info.gen_time.astimezone(UTC)


def keep_stamp(folder: Path, answer: bytes) -> None:
    """Put an authority's answer beside the signature, as it was sent. Raises `RecordError`."""
    try:
        # By way of the folder above: a record that holds anything else is refused.
        disk.place_new(folder / STAMP, answer, by_way_of=folder.resolve().parent)
    except OSError as error:
        raise disk.told(error, f"the time stamp could not be kept in {folder}") from None


def _read(answer: bytes) -> TimeStampResponse:
    try:
        from rfc3161_client import decode_timestamp_response  # noqa: PLC0415 - an extra
    except ImportError:
        raise MissingExtraError("rfc3161-client", "timestamps") from None
    try:
        response = decode_timestamp_response(answer)
        # Of a refusal, there is no token to read.
        if response.status not in {0, 1}:
            raise SignatureError(f"the authority refused to stamp it (status {response.status})")
        _ = response.tst_info
    except (ValueError, TypeError) as error:
        raise SignatureError(f"the time stamp cannot be read: {error}") from None
    return response


def _certificates(authority: bytes) -> list[Certificate]:
    from cryptography import x509  # noqa: PLC0415 - heavy

    try:
        return x509.load_pem_x509_certificates(authority)
    except ValueError:
        raise SigningKeyError("the authority's certificate is not one in PEM") from None


def _may_stamp(certificate: Certificate) -> bool:
    from cryptography import x509  # noqa: PLC0415 - heavy
    from cryptography.x509.oid import ExtendedKeyUsageOID  # noqa: PLC0415 - heavy

    try:
        uses = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (x509.ExtensionNotFound, ValueError):
        return False
    return ExtendedKeyUsageOID.TIME_STAMPING in uses
