"""A time-stamping authority (RFC 3161) on loopback: openssl behind a small HTTP server."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

CONFIG = """
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
subjectKeyIdentifier = hash
[stamping]
basicConstraints = critical,CA:FALSE
extendedKeyUsage = critical,timeStamping
keyUsage = critical,digitalSignature
[one]
dir = {folder}
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1
ordering = yes
tsa_name = yes
ess_cert_id_alg = sha256
"""


@dataclass
class Authority:
    """Where it answers, and whose word it is."""

    url: str
    root: Path
    asked: int = 0


def make_authority(folder: Path) -> Path:
    """Make the certificates of an authority in `folder`; gives that of its root."""
    folder.mkdir()
    (folder / "openssl.cnf").write_text(CONFIG.format(folder=folder))
    (folder / "serial").write_text("01\n")

    def openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    new = ("req", "-config", "openssl.cnf", "-newkey", "rsa:2048", "-nodes")
    root = ("-subj", "/CN=Example TSA root", "-keyout", "root.key", "-out", "root.pem")
    openssl(*new, "-x509", "-days", "30", "-extensions", "authority", *root)
    openssl(*new, "-subj", "/CN=Example TSA", "-keyout", "tsa.key", "-out", "tsa.csr")
    by = ("-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial", "-days", "30")
    how = ("-extfile", "openssl.cnf", "-extensions", "stamping")
    openssl("x509", "-req", "-in", "tsa.csr", "-out", "tsa.pem", *by, *how)
    return folder / "root.pem"


def stamp(folder: Path, question: bytes) -> bytes:
    """Answer as the authority in `folder` does."""
    (folder / "question.tsq").write_bytes(question)
    words = ["openssl", "ts", "-reply", "-config", "openssl.cnf", "-section", "one"]
    words += ["-queryfile", "question.tsq", "-out", "answer.tsr"]
    subprocess.run(words, cwd=folder, check=True, capture_output=True)
    return (folder / "answer.tsr").read_bytes()


@contextmanager
def stamping(folder: Path, answer: Callable[[bytes], bytes] | None = None) -> Iterator[Authority]:
    """Serve an authority; `answer` says something else instead."""
    root = make_authority(folder)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            authority.asked += 1
            assert self.headers["Content-Type"] == "application/timestamp-query"
            question = self.rfile.read(int(self.headers["Content-Length"]))
            told = stamp(folder, question) if answer is None else answer(question)
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    authority = Authority(url=f"http://127.0.0.1:{server.server_port}/tsr", root=root)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield authority
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
