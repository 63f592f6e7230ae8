"""
Let a server accept TLS 1.0 and 1.1: by OpenSSL where it still can, else by hand.

By hand means: the clear-text part of the protocol up to the certificate, which is all that a look
at versions and certificates needs, and nothing that could carry data.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import warnings
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization

_TLS10, _TLS11, _TLS12 = 0x0301, 0x0302, 0x0303
_HANDSHAKE = 22
_ECDH_ECDSA_AES128_SHA = 0xC004
# handshake_failure, as one who knows none of the offered suites says it.
_REFUSAL = bytes([21, 3, 1, 0, 2, 2, 40])
_LONGEST_HELLO = 2**14
_HEAD = 11


def old_context(certificate: Path) -> ssl.SSLContext:
    """Make the settings of a server that has not been looked after: TLS 1.0 to 1.2, any cipher."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with warnings.catch_warnings():
        # Python warns of exactly what this is for.
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    with contextlib.suppress(ssl.SSLError):
        context.set_ciphers("ALL:@SECLEVEL=0")
    context.load_cert_chain(certificate)
    return context


def openssl_still_can(context: ssl.SSLContext) -> bool:
    """Try a TLS 1.0 handshake in memory: some systems forbid it, whatever a program asks for."""
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.verify_mode = ssl.CERT_NONE
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            client.minimum_version = client.maximum_version = ssl.TLSVersion.TLSv1
        client.set_ciphers("ALL:@SECLEVEL=0")
        to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
        sides = (
            client.wrap_bio(to_client, to_server),
            context.wrap_bio(to_server, to_client, server_side=True),
        )
        for _ in range(4):
            for side in sides:
                with contextlib.suppress(ssl.SSLWantReadError):
                    side.do_handshake()
        return sides[0].version() == "TLSv1"
    except (ssl.SSLError, ValueError):
        return False


def answer_by_hand(connection: socket.socket, certificate: Path) -> bool:
    """Answer a client that offers no more than TLS 1.0 or 1.1; say whether this was one."""
    head = connection.recv(_HEAD, socket.MSG_PEEK)
    offered = int.from_bytes(head[9:11])
    if len(head) < _HEAD or head[0] != _HANDSHAKE or offered not in {_TLS10, _TLS11}:
        return False
    if _ECDH_ECDSA_AES128_SHA.to_bytes(2) not in connection.recv(_LONGEST_HELLO):
        connection.sendall(_REFUSAL)
        return True
    der = x509.load_pem_x509_certificates(certificate.read_bytes())[0].public_bytes(
        serialization.Encoding.DER
    )
    hello = offered.to_bytes(2) + bytes(32) + b"\x00" + _ECDH_ECDSA_AES128_SHA.to_bytes(2) + b"\x00"
    chain = len(der).to_bytes(3) + der
    messages = ((2, hello), (11, len(chain).to_bytes(3) + chain), (14, b""))
    for kind, body in messages:
        message = bytes([kind]) + len(body).to_bytes(3) + body
        connection.sendall(bytes([_HANDSHAKE]) + offered.to_bytes(2) + len(message).to_bytes(2) + message)
    while connection.recv(4096):
        pass
    return True
