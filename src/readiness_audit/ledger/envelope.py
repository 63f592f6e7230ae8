"""
Sign bytes, and check who signed them: DSSE with Ed25519.

DSSE (https://github.com/secure-systems-lab/dsse) signs the type of a payload together with its
exact bytes. What is checked is what is parsed afterwards, and an envelope has one way to be
written: canonical JSON, plain base64, one signature. Any other is refused, so that no two
programs can see different things in it. The only module that knows securesystemslib.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from readiness_audit.errors import RecordError, SignatureError
from readiness_audit.ledger.canonical import canonical, strict
from readiness_audit.ledger.keys import PrivateKey, PublicKey

if TYPE_CHECKING:
    from securesystemslib.signer import SSlibKey

LARGEST = 2**20
"""Bytes of an envelope."""

_LENGTH = 64
"""Bytes of an Ed25519 signature."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """Who signed, and the signature itself; a signed entry of a file holds both."""

    key: str
    """Key id: SHA-256 of the public key as DER, as hexadecimal digits."""

    sig: str
    """Base64."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A payload and its signature, not checked yet."""

    payload_type: str
    payload: bytes
    signature: Signature


def prepare() -> None:
    """Load what signs, so that nobody waits for it who keeps a record at the same time."""
    import securesystemslib.dsse  # noqa: F401, PLC0415 - most commands sign nothing


def sign(payload_type: str, payload: bytes, key: PrivateKey) -> Signature:
    """Sign a payload and its type."""
    # Most commands sign nothing and should not wait for it.
    from securesystemslib.dsse import Envelope as Dsse  # noqa: PLC0415
    from securesystemslib.signer import CryptoSigner  # noqa: PLC0415

    signer = CryptoSigner(key.crypto, _theirs(key.public))
    signed = Dsse(payload, payload_type, {}).sign(signer)
    return Signature(key=signed.keyid, sig=base64.b64encode(bytes.fromhex(signed.signature)).decode())


def check(payload_type: str, payload: bytes, signature: Signature, keys: Sequence[PublicKey]) -> PublicKey:
    """
    Insist that one of `keys` signed this payload as this type; give the one that did.

    Raises `SignatureError`: signed by none of them, or not what was signed. No keys is nobody.
    """
    # As above.
    from securesystemslib.dsse import Envelope as Dsse  # noqa: PLC0415
    from securesystemslib.exceptions import Error  # noqa: PLC0415
    from securesystemslib.signer import Signature as Theirs  # noqa: PLC0415

    by = [key for key in keys if key.keyid == signature.key]
    if not by:
        raise SignatureError(f"it is signed with the key {signature.key:.64}, which is none of those given")
    raw = _decoded(signature.sig)
    if len(raw) != _LENGTH:
        raise SignatureError("the signature is not one of Ed25519")
    sealed = Dsse(payload, payload_type, {signature.key: Theirs(signature.key, raw.hex())})
    try:
        sealed.verify([_theirs(by[0])], threshold=1)
    except (Error, ValueError):
        told = f"the signature of the key {signature.key} does not match: this is not what was signed"
        raise SignatureError(told) from None
    return by[0]


def envelope_bytes(payload_type: str, payload: bytes, signature: Signature) -> bytes:
    """Write an envelope."""
    return canonical(
        {
            "payload": base64.b64encode(payload).decode(),
            "payloadType": payload_type,
            "signatures": [{"keyid": signature.key, "sig": signature.sig}],
        }
    )


def read_envelope(data: bytes) -> Envelope:
    """Read an envelope. Raises `SignatureError` for one that is written in any other way than ours."""
    try:
        plain = strict(data, LARGEST)
    except RecordError as error:
        raise SignatureError(f"the envelope of the signature is {error}") from None
    match plain:
        case {
            "payload": str(payload),
            "payloadType": str(payload_type),
            "signatures": [{"keyid": str(keyid), "sig": str(sig), **beside}],
            **more,
        } if not beside and not more:
            signature = Signature(key=keyid, sig=sig)
            return Envelope(payload_type=payload_type, payload=_decoded(payload), signature=signature)
    raise SignatureError("the envelope is not a payload of one type with exactly one signature")


def _decoded(text: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise SignatureError("the envelope holds something else where base64 has to be") from None
    # Some bits of the last letter mean nothing; whoever changed them changed the envelope.
    if base64.b64encode(data).decode() != text:
        raise SignatureError("the envelope holds base64 that was written in another way")
    return data


def _theirs(key: PublicKey) -> SSlibKey:
    from securesystemslib.signer import SSlibKey  # noqa: PLC0415 - as above

    return SSlibKey.from_crypto(key.crypto(), keyid=key.keyid)
