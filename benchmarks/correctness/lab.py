"""The lab of problems: one server for each thing that can be wrong with TLS, and four that are good."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

from benchmarks.correctness import front
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from tests.servers.certificates import (
    AUTHORITY,
    NOW,
    Extension,
    Key,
    Made,
    curve_key,
    make,
    names,
    weak_key,
    write,
)
from tests.servers.listener import free_port, wait_until_open
from tests.servers.programs import nginx, s_server

NAME = "localhost"
CURVES = ("-groups", "P-256:P-384", "-ciphersuites", "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384")
MODERN = (*CURVES, "-no_tls1_3", "-cipher", "ECDHE+AESGCM")
Serve = Callable[[], contextlib.AbstractContextManager[int]]


@dataclass(frozen=True)
class Server:
    """One server of the lab."""

    id: str
    title: str
    kind: str
    """What it is: `openssl`, `tlslite-ng`, `nginx`, or a real one with a message-level fake in front."""

    serve: Serve
    good: bool = False


@dataclass(frozen=True)
class Lab:
    """The servers, and who vouches for them."""

    servers: tuple[Server, ...]
    root: Path
    """The authority that the good servers' certificates come from: every tool is told to trust it."""


def lab(folder: Path, old_python: Path) -> Lab:
    """Make every certificate in `folder`, and say how each server is started; `old_python` has tlslite-ng."""
    key = rsa.generate_private_key(65537, 3072)
    root, stranger = _authority("Lab Root"), _authority("Nobody's Root")
    between = _authority("Lab Intermediate", root)
    rooted = folder / "root.pem"
    rooted.write_bytes(root.pem)

    def signed(name: str, issuer: Made | None = root, *sent: Made, **more: object) -> Path:
        called = names(str(more.pop("called", NAME)))
        of_issuer = [_identifier(issuer)] if issuer else []
        leaf = make(NAME, issuer, [called, SERVER, REVOKED, *of_issuer], **{"key": key, **more})
        return write(folder / f"{name}.pem", leaf, *sent)

    good = signed("good")
    der = x509.load_pem_x509_certificate(good.read_bytes()).public_bytes(serialization.Encoding.DER)

    def openssl(pem: Path, *options: str) -> Serve:
        return partial(s_server, pem, *options)

    def of_certificate(name: str, title: str, pem: Path, *options: str) -> Server:
        return Server(name, title, "openssl s_server", openssl(pem, *MODERN, *options))

    def of_protocol(name: str, title: str, *options: str, pem: Path = good) -> Server:
        return Server(name, title, "openssl s_server", openssl(pem, *CURVES, *options))

    def old(name: str, title: str, oldest: int, ciphers: str) -> Server:
        return Server(name, title, "tlslite-ng", partial(_old, old_python, good, oldest, ciphers))

    def fronted(name: str, title: str, answer: front.Answer) -> Server:
        serve = partial(_fronted, openssl(good, *MODERN), answer)
        return Server(name, title, "openssl s_server behind a message-level fake", serve)

    ecdsa = signed("ecdsa", between, between, key=curve_key())
    day = timedelta(days=1)
    return Lab(
        root=rooted,
        servers=(
            of_certificate(
                "expired", "Certificate expired", signed("expired", begins=NOW - 90 * day, ends=NOW - 3 * day)
            ),
            of_certificate("future", "Certificate not yet valid", signed("future", begins=NOW + 5 * day)),
            of_certificate(
                "expires-soon",
                "Certificate expires in 6 days",
                signed("soon", begins=NOW - 84 * day, ends=NOW + 6 * day),
            ),
            of_certificate(
                "wrong-name", "Certificate for another name", signed("name", called="other.example")
            ),
            of_certificate("self-signed", "Self-signed certificate", signed("self", None)),
            of_certificate("unknown-ca", "Unknown authority", signed("unknown", stranger, stranger)),
            of_certificate("incomplete", "Intermediate certificate missing", signed("incomplete", between)),
            of_certificate(
                "sha1",
                "Certificate signed with SHA-1",
                _sha1(folder, root, key),
                "-cipher",
                "ECDHE+AESGCM:@SECLEVEL=0",
            ),
            of_certificate(
                "rsa1024",
                "RSA key of 1024 bits",
                signed("short", key=weak_key()),
                "-cipher",
                "ECDHE+AESGCM:@SECLEVEL=0",
            ),
            of_protocol(
                "tls10", "TLS 1.0 accepted", "-no_tls1_3", "-no_tls1_1", "-cipher", "ECDHE+AES:@SECLEVEL=0"
            ),
            of_protocol(
                "tls11", "TLS 1.1 accepted", "-no_tls1_3", "-no_tls1", "-cipher", "ECDHE+AES:@SECLEVEL=0"
            ),
            old("ssl3", "SSLv3 accepted", 0, "aes128gcm,aes128"),
            old("rc4", "RC4 accepted", 3, "aes128gcm,rc4"),
            old("3des", "3DES accepted", 3, "aes128gcm,3des"),
            of_protocol(
                "anonymous",
                "Anonymous suites accepted",
                "-no_tls1_3",
                "-cipher",
                "ECDHE+AESGCM:AECDH:ADH:@SECLEVEL=0",
            ),
            of_protocol(
                "no-encryption",
                "Suites without encryption accepted",
                "-no_tls1_3",
                "-cipher",
                "ECDHE+AESGCM:eNULL:!aNULL:@SECLEVEL=0",
            ),
            fronted("export", "Export suites accepted", front.export(der)),
            of_protocol(
                "dh1024",
                "Diffie-Hellman prime of 1024 bits",
                "-no_tls1_3",
                "-cipher",
                "DHE+AESGCM:@SECLEVEL=0",
                "-dhparam",
                str(_short_prime(folder)),
            ),
            of_protocol(
                "no-secrecy",
                "No forward secrecy",
                "-no_tls1_3",
                "-cipher",
                "AES128-GCM-SHA256:AES256-GCM-SHA384",
            ),
            fronted("compression", "TLS compression on", front.compression(der)),
            Server(
                "good-13",
                "TLS 1.3 alone, RSA 3072",
                "openssl s_server",
                openssl(good, *CURVES, "-tls1_3"),
                good=True,
            ),
            Server(
                "good-12",
                "TLS 1.2 alone, ECDHE with AES-GCM",
                "openssl s_server",
                openssl(good, *MODERN),
                good=True,
            ),
            Server(
                "good-chain",
                "TLS 1.2 and 1.3, P-256, with intermediate",
                "openssl s_server",
                openssl(ecdsa, *CURVES, "-cipher", "ECDHE+AESGCM"),
                good=True,
            ),
            Server(
                "good-nginx",
                "nginx, TLS 1.2 and 1.3, HTTP/2",
                "nginx",
                partial(_nginx, folder / "nginx", good),
                good=True,
            ),
        ),
    )


@contextlib.contextmanager
def started(servers: Sequence[Server]) -> Iterator[dict[str, int]]:
    """Start them all, and give their ports by id."""
    with contextlib.ExitStack() as stack:
        yield {server.id: stack.enter_context(server.serve()) for server in servers}


REVOKED = (
    x509.CRLDistributionPoints(
        [
            x509.DistributionPoint(
                full_name=[x509.UniformResourceIdentifier("http://localhost:9/lab.crl")],
                relative_name=None,
                reasons=None,
                crl_issuer=None,
            )
        ]
    ),
    False,
)
"""Where revocations would be told: without it some tools call every certificate of the lab bad."""


SERVER = x509.ExtendedKeyUsage([x509.oid.ExtendedKeyUsageOID.SERVER_AUTH]), False


def _identifier(issuer: Made) -> Extension:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), False


def _authority(name: str, issuer: Made | None = None) -> Made:
    """Make an authority as the rules of the public web demand, which sslyze holds private ones to, too."""
    key = curve_key()
    usage = dict.fromkeys(
        ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
        False,
    )
    signs = x509.KeyUsage(
        **usage, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False
    )
    extensions = [
        AUTHORITY,
        (signs, True),
        (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
    ]
    return make(name, issuer, [*extensions, *([_identifier(issuer)] if issuer else [])], key=key)


def _sha1(folder: Path, root: Made, key: Key) -> Path:
    # OpenSSL signs it: the library that makes the others no longer does that with SHA-1.
    leaf = make(NAME, None, key=key)
    request = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(leaf.certificate.subject)
        .sign(key, hashes.SHA256())
    )
    (folder / "request.pem").write_bytes(request.public_bytes(serialization.Encoding.PEM))
    (folder / "more.cnf").write_text(
        f"subjectAltName=DNS:{NAME}\nextendedKeyUsage=serverAuth\nauthorityKeyIdentifier=keyid\n"
        "crlDistributionPoints=URI:http://localhost:9/lab.crl\n"
    )
    signer = write(folder / "signer.pem", root)
    command = [
        "openssl",
        "x509",
        "-req",
        "-in",
        str(folder / "request.pem"),
        "-CA",
        str(signer),
        "-CAkey",
        str(signer),
    ]
    command += ["-sha1", "-days", "80", "-set_serial", "4711", "-extfile", str(folder / "more.cnf")]
    signed = subprocess.run(command, check=True, capture_output=True).stdout
    made = x509.load_pem_x509_certificate(signed)
    return write(folder / "sha1.pem", Made(made, key, NAME))


def _short_prime(folder: Path) -> Path:
    path = folder / "dh1024.pem"
    # A known prime of 1024 bits (RFC 2409, group 2), written down in DER so that none has to be searched for.
    prime = int(
        "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
        "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
        "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF",
        16,
    )
    numbers = b"\x02\x81\x81\x00" + prime.to_bytes(128) + b"\x02\x01\x02"
    der = b"\x30\x81" + bytes([len(numbers)]) + numbers
    command = ["openssl", "dhparam", "-inform", "DER", "-out", str(path)]
    subprocess.run(command, input=der, check=True, capture_output=True)
    return path


@contextlib.contextmanager
def _fronted(serve: Serve, answer: front.Answer) -> Iterator[int]:
    with serve() as real, front.in_front_of(real, answer) as port:
        yield port


@contextlib.contextmanager
def _old(python: Path, pem: Path, oldest: int, ciphers: str) -> Iterator[int]:
    port = free_port()
    script = Path(__file__).with_name("old_server.py")
    command = [str(python), str(script), str(port), str(pem), str(oldest), ciphers]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_until_open(port)
            yield port
        finally:
            process.terminate()
            process.wait(10)


@contextlib.contextmanager
def _nginx(folder: Path, pem: Path) -> Iterator[int]:
    folder.mkdir()
    port = free_port()
    block = (
        f"server {{ listen 127.0.0.1:{port} ssl http2; server_name {NAME}; ssl_certificate {pem};"
        f" ssl_certificate_key {pem}; ssl_protocols TLSv1.2 TLSv1.3; ssl_ecdh_curve P-256:P-384;"
        " ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384;"
        " ssl_ciphers ECDHE+AESGCM; ssl_session_tickets off;"
        ' add_header Strict-Transport-Security "max-age=63072000" always; return 200 "fine"; }'
    )
    with nginx(folder, [port], block):
        yield port


if __name__ == "__main__":
    with started(lab(Path(sys.argv[1]), Path("build/peers/old-tls/bin/python")).servers) as opened:
        print(opened, flush=True)
        sys.stdin.read()
