"""Answers the first request as WinRM does: for Windows, which no test can start, and for lies."""

from __future__ import annotations

from tests.servers.hostile.http import saying
from tests.servers.listener import Handler


def demanding(*offers: str, status: str = "401 ", server: str = "Microsoft-HTTPAPI/2.0") -> Handler:
    """Demand a log-in in these ways, with one header for each; Windows leaves the reason phrase empty."""
    lines = [f"HTTP/1.1 {status}", f"Server: {server}", *(f"WWW-Authenticate: {offer}" for offer in offers)]
    lines += ["Date: Mon, 23 Nov 2026 12:00:00 GMT", "Connection: close", "Content-Length: 0"]
    return saying("\r\n".join([*lines, "", ""]).encode())


AS_WINDOWS_COMES = demanding("Negotiate", "Kerberos")
WITH_BASIC = demanding("Negotiate", "Kerberos", 'Basic realm="WSMAN"')
