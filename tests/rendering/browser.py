"""A real browser without a window (Debian: chromium, poppler-utils), and a server that notices requests."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-proxy-server",
    "--no-pdf-header-footer",
)


@contextmanager
def trap() -> Iterator[tuple[str, list[str]]]:
    """Listen until the block ends; gives the address and the list of everything that was asked for."""
    hits: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            hits.append(self.path)
            self.send_error(404)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its signature
            """Stay silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", hits
        finally:
            server.shutdown()
            thread.join()


def opened(page: Path) -> str:
    """Open a page, let it do what it wants to do, and give the document it became."""
    return _browse("--dump-dom", page)


def printed(page: Path) -> str:
    """Print a page and give the text on its sheets."""
    pdf = page.with_suffix(".pdf")
    _browse(f"--print-to-pdf={pdf}", page)
    return subprocess.run(
        ["pdftotext", "-layout", str(pdf), "-"], check=True, capture_output=True, text=True, timeout=30
    ).stdout


def _browse(order: str, page: Path) -> str:
    profile = Path(tempfile.mkdtemp(prefix="browser-"))
    try:
        done = subprocess.run(
            ["chromium", *QUIET, f"--user-data-dir={profile}", order, page.as_uri()],
            check=True,
            capture_output=True,
            timeout=60,
        )
    finally:
        shutil.rmtree(profile, ignore_errors=True)
    return done.stdout.decode()
