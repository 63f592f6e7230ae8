"""
Speak TLS as servers did twenty years ago: started by `lab.py` inside an environment that has tlslite-ng.

    python old_server.py PORT KEY_AND_CERTIFICATE.pem OLDEST CIPHER[,CIPHER...]

OLDEST is the minor number of the oldest version: 0 for SSLv3, 3 for TLS 1.2. Whole handshakes succeed,
so that clients which finish theirs see what is accepted as well as those which only read hellos.
"""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
from pathlib import Path

from tlslite.api import HandshakeSettings, TLSConnection, X509CertChain, parsePEMKey


def main() -> None:
    port, pem, oldest, ciphers = sys.argv[1:]
    text = Path(pem).read_text()
    key, chain = parsePEMKey(text, private=True), X509CertChain()
    chain.parsePemList(text)
    settings = HandshakeSettings()
    settings.minVersion, settings.maxVersion = (3, int(oldest)), (3, 3)
    settings.cipherNames = ciphers.split(",")
    settings.useEncryptThenMAC = True
    with socket.create_server(("127.0.0.1", int(port)), backlog=64) as server:
        while True:
            connection, _ = server.accept()
            threading.Thread(target=_serve, args=(connection, chain, key, settings), daemon=True).start()


def _serve(raw: socket.socket, chain: object, key: object, settings: object) -> None:
    raw.settimeout(5)
    # Whatever goes wrong with one client is that client's affair.
    with contextlib.suppress(Exception), contextlib.closing(raw):
        talk = TLSConnection(raw)
        talk.handshakeServer(certChain=chain, privateKey=key, settings=settings)
        talk.recv(1)


if __name__ == "__main__":
    main()
