"""
Read an OCSP response about one certificate (RFC 6960).

The library parses, hashes and verifies. Here is only which of its answers have to be yes: who may
sign, what the response is about, and when it is in force.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, SignatureAlgorithmOID

from readiness_audit.probes.revocation.told import Doubt, Subject, Told, check_hash, dated, reason_of

MOST_ANSWERS = 100
MOST_SIGNERS = 10
LARGEST = 64 * 2**10

_SAYS = {
    ocsp.OCSPCertStatus.GOOD: "good",
    ocsp.OCSPCertStatus.REVOKED: "revoked",
    ocsp.OCSPCertStatus.UNKNOWN: "unknown",
}
_WORST_FIRST = ("revoked", "unknown", "good")


def request_for(subject: Subject) -> bytes:
    """Compose the question about one certificate, without a nonce, as DER."""
    # SHA-1 only names the issuer here, and it is what responders look things up by.
    builder = ocsp.OCSPRequestBuilder().add_certificate(
        subject.certificate,
        subject.issuer,
        hashes.SHA1(),  # noqa: S303 - see above
    )
    return builder.build().public_bytes(serialization.Encoding.DER)


def read_response(response: ocsp.OCSPResponse, subject: Subject, now: datetime) -> Told:
    """
    Say what a response says of a certificate, and whether it counts at `now`.

    Raises `Doubt` where it says nothing at all of it, and whatever the library raises.
    """
    if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        raise Doubt(f"the responder answers only: {response.response_status.name.lower()}")
    if any(extension.critical for extension in response.extensions):
        raise Doubt("it has a critical extension, so it may not mean what it seems to say")
    about = [one for one in _answers(response) if _is_about(one, subject)]
    if not about:
        raise Doubt("it is about another certificate")
    one = min(about, key=lambda one: _WORST_FIRST.index(_SAYS[one.certificate_status]))
    told = Told(
        kind="ocsp",
        says=_SAYS[one.certificate_status],
        revoked_at=one.revocation_time_utc,
        reason=reason_of(one.revocation_reason),
        this_update=one.this_update_utc,
        next_update=one.next_update_utc,
    )
    try:
        _check_signature(response, _signer(response, subject.issuer, now))
    except Doubt as doubt:
        return _doubtful(told, str(doubt))
    return dated(told, now)


def _doubtful(told: Told, problem: str) -> Told:
    return Told(
        kind=told.kind,
        says=told.says,
        this_update=told.this_update,
        next_update=told.next_update,
        problem=problem,
    )


def _answers(response: ocsp.OCSPResponse) -> Iterator[ocsp.OCSPSingleResponse]:
    for count, one in enumerate(response.responses, 1):
        if count > MOST_ANSWERS:
            raise Doubt(f"it answers for more than {MOST_ANSWERS} certificates")
        yield one


def _is_about(one: ocsp.OCSPSingleResponse, subject: Subject) -> bool:
    builder = ocsp.OCSPRequestBuilder().add_certificate(
        subject.certificate, subject.issuer, one.hash_algorithm
    )
    ours = builder.build()
    return (
        one.serial_number == ours.serial_number
        and one.issuer_name_hash == ours.issuer_name_hash
        and one.issuer_key_hash == ours.issuer_key_hash
    )


def _signer(response: ocsp.OCSPResponse, issuer: x509.Certificate, now: datetime) -> x509.Certificate:
    """Find who signed: the issuer, or a responder whom the issuer appointed (RFC 6960, section 4.2.2.2)."""
    if _is_named(response, issuer):
        return issuer
    for appointed in response.certificates[:MOST_SIGNERS]:
        if _is_named(response, appointed):
            _check_appointment(appointed, issuer, now)
            return appointed
    raise Doubt("who signed it is neither the certificate's issuer nor sent along")


def _is_named(response: ocsp.OCSPResponse, signer: x509.Certificate) -> bool:
    if response.responder_name is not None:
        return signer.subject == response.responder_name
    return (
        x509.SubjectKeyIdentifier.from_public_key(signer.public_key()).digest == response.responder_key_hash
    )


def _check_appointment(appointed: x509.Certificate, issuer: x509.Certificate, now: datetime) -> None:
    try:
        appointed.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        raise Doubt("who signed it was not appointed by the certificate's issuer") from None
    try:
        purposes = appointed.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        purposes = x509.ExtendedKeyUsage([])
    if ExtendedKeyUsageOID.OCSP_SIGNING not in purposes:
        raise Doubt("who signed it has a certificate of the issuer, but not for that purpose")
    if not appointed.not_valid_before_utc <= now <= appointed.not_valid_after_utc:
        raise Doubt("the certificate of who signed it is not valid now")


def _check_signature(response: ocsp.OCSPResponse, signer: x509.Certificate) -> None:
    key = signer.public_key()
    signature, signed = response.signature, response.tbs_response_bytes
    try:
        if isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
            return key.verify(signature, signed)
        algorithm = response.signature_hash_algorithm
        check_hash(algorithm)
        if algorithm is None or response.signature_algorithm_oid == SignatureAlgorithmOID.RSASSA_PSS:
            raise Doubt("its kind of signature cannot be verified here")
        match key:
            case rsa.RSAPublicKey():
                return key.verify(signature, signed, padding.PKCS1v15(), algorithm)
            case ec.EllipticCurvePublicKey():
                return key.verify(signature, signed, ec.ECDSA(algorithm))
            case _:
                raise Doubt("its kind of signature cannot be verified here")
    except InvalidSignature:
        raise Doubt("its signature is not that of who it says has signed it") from None
