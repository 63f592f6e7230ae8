"""Web servers for tests of the web probes: nginx with a folder, and answers by path."""

from __future__ import annotations

import contextlib
import re
import socket
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from readiness_audit.model.target import Endpoint
from readiness_audit.probes.probe import Probe, Seen
from tests.looking import look_at
from tests.servers.listener import Handler, free_port
from tests.servers.programs import nginx

F = TypeVar("F")


def ask(
    probe: Probe[Endpoint, F], port: int, protocol: str = "http", *, path: str = "/", seconds: float = 5.0
) -> Seen[F]:
    target = Endpoint(
        kind="endpoint",
        id="shop",
        host="127.0.0.1",
        port=port,
        protocol=protocol,  # type: ignore[arg-type]  # the tests say http and https
        names=("shop.example",),
        path=path,
    )
    return look_at(probe, target, seconds=seconds)


@contextlib.contextmanager
def site(folder: Path, files: Mapping[str, str | bytes], config: str = "") -> Iterator[int]:
    """Run nginx in front of these files; `config` stands in its server block. Gives its port."""
    root = folder / "root"
    root.mkdir()
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    port = free_port()
    with nginx(folder, [port], f"server {{ listen 127.0.0.1:{port}; root {root}; {config} }}"):
        yield port


def answering(answers: Callable[[str, dict[str, str]], bytes]) -> Handler:
    """Answer each request with what `answers(request line, headers)` gives, and keep the connection open."""

    def handle(connection: socket.socket, number: int) -> None:
        del number
        held = b""
        while True:
            while b"\r\n\r\n" not in held:
                piece = connection.recv(4096)
                if not piece:
                    return
                held += piece
            head, _, held = held.partition(b"\r\n\r\n")
            first, *lines = head.decode("latin-1").split("\r\n")
            headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
            connection.sendall(answers(first, headers))

    return handle


def answer(body: bytes | str = b"", status: str = "200 OK", *headers: str, kind: str = "text/plain") -> bytes:
    data = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(data)}", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + data


NOT_FOUND = answer("not found", "404 Not Found")


def curl(port: int, path: str, *options: str) -> tuple[int, bytes]:
    """Ask with curl; give status and body."""
    command = ["curl", "-s", "-i", "--path-as-is", *options, f"http://127.0.0.1:{port}{path}"]
    said = subprocess.run(command, capture_output=True, check=True).stdout
    head, _, body = said.partition(b"\r\n\r\n")
    found = re.match(rb"HTTP/1\.1 (\d+)", head)
    assert found is not None
    return int(found[1]), body
