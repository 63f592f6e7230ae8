"""
A web server shows its administration to some places and not to others, and two runs together say so.

The places are network namespaces of their own; what is expected was written down from what curl
gets from the same places.
"""

from __future__ import annotations

import subprocess
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.endtoend.test_vantage import HOST, MANAGEMENT, places, run
from tests.servers.programs import nginx
from tests.silence import apart

PORT = 8080
FORM = "<title>Log in</title><form method=post><input name=user><input type=password name=word></form>"
SERVER = f"""server {{
  listen {PORT}; root %s; default_type text/html; error_page 404 /404.html;
  location /admin {{ allow 10.99.1.2; deny all; error_page 403 =404 /404.html; }}
  location /manager {{ allow 10.99.1.2; deny all; }}
  location /console {{ return 302 /login; }}
}}
server {{
  listen {PORT + 1}; root %s; default_type text/html;
  location /admin {{ allow 10.99.1.2; deny all; error_page 403 =200 /index.html; }}
  location / {{ try_files $uri /index.html; }}
}}"""
"""The desk has 10.99.1.2. The second server answers whatever it does not have with its start page."""

SYSTEM = """\
system: shop
title: Shop
owner: Erika Mustermann, sales
stage: rollout
traits: [no-ssh, web-administration]
pace: fast
authorisation:
  targets: [10.99.1.1]
  valid_from: {begins}
  valid_until: {ends}
  approved_by: Max Mustermann, head of IT
  contact: Max Mustermann
vantage_points:
  - {{name: desk, network: office}}
  - {{name: outside, network: internet}}
targets:
{targets}
"""
ENDPOINTS = {
    "hidden": (PORT, "/admin", "[desk]"),
    "nobody": (PORT, "/admin", "[]"),
    "refused": (PORT, "/manager", "[desk]"),
    "open": (PORT, "/console", "[desk]"),
    "soft": (PORT + 1, "/admin", "[desk]"),
    "soft-nothing": (PORT + 1, "/console", "[desk]"),
}
STATEMENT = """\
- check: net.management.restricted
  statement: Nobody comes in at /manager without a security key.
  person: Max Mustermann
  role: head of IT
  date: {date}
  valid_until: {until}
"""
POLICY = """\
policy: own
edition: "2026-11"
title: {en: Our own, de: Unsere eigene}
why: {en: To try things out., de: Zum Ausprobieren.}
checks:
  - use: net.management.restricted
"""


def system_file(folder: Path, *, stated: bool) -> Path:
    now, day = datetime.now(UTC), timedelta(days=1)
    (folder / "own" / "policies").mkdir(parents=True, exist_ok=True)
    (folder / "own" / "policies" / "own.yaml").write_text(POLICY)
    (folder / "evidence").mkdir(exist_ok=True)
    (folder / "evidence" / "said.yaml").write_text(
        STATEMENT.format(date=now.date().isoformat(), until=(now + 90 * day).date().isoformat())
    )
    lines = [
        f"  - {{kind: endpoint, id: {name}, host: {HOST}, port: {port}, protocol: http,"
        f" restricted: [{{service: management, paths: [{path}], open_from: {meant}}}]}}"
        for name, (port, path, meant) in ENDPOINTS.items()
    ]
    lines += ["  - {kind: attestations, id: said, file: said.yaml}"] if stated else []
    path = folder / ("stated.yaml" if stated else "shop.yaml")
    path.write_text(
        SYSTEM.format(begins=(now - day).isoformat(), ends=(now + day).isoformat(), targets="\n".join(lines))
    )
    return path


def by_target(report: dict[str, Any]) -> dict[str, list[str]]:
    return {
        one["target"]: [one["outcome"], ", ".join(one["subjects"]) or one["detail"]]
        for one in report["verdicts"]
        if one["check"] == MANAGEMENT
    }


def as_curl_sees_it(pid: int) -> list[str]:
    """Give the status curl gets for each path, from a place."""
    addresses = [f"http://{HOST}:{port}{path}" for port, path, _ in ENDPOINTS.values()]
    asked = ["curl", "-s", "-L", "-o", "/dev/null", "-w", "%{http_code}\n"]
    return [
        subprocess.run(
            ["nsenter", "-t", str(pid), "-n", *asked, address],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout.strip()
        for address in addresses
    ]


def look_from_both() -> list[Any]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        root = folder / "root"
        root.mkdir()
        for page in ("admin", "manager", "login"):
            (root / page).write_text(FORM)
        (root / "index.html").write_text("<h1>Welcome to our shop</h1>")
        (root / "404.html").write_text("<h1>There is no such page</h1>")
        with nginx(folder, [PORT, PORT + 1], SERVER.replace("%s", str(root))), places() as at:
            plain, stated = system_file(folder, stated=False), system_file(folder, stated=True)
            alone, record = run(at["outside"], plain, "--from", "outside")
            joined, _ = run(at["desk"], plain, "--from", "desk", "--with", record)
            backed, _ = run(at["desk"], stated, "--from", "desk", "--with", record)
            seen = [as_curl_sees_it(at[place]) for place in ("outside", "desk")]
    return [*seen, *map(by_target, (alone, joined, backed))]


def test_what_only_the_desk_may_reach_shows_once_it_was_looked_at_from_both() -> None:
    outside, desk, alone, joined, backed = apart(look_from_both, seconds=120)
    assert outside == ["404", "404", "403", "200", "200", "200"]
    assert desk == ["200"] * 6
    lacking = ["not_assessed", "not looked at from desk (office)"]
    assert alone == {
        "hidden": lacking,
        "nobody": lacking,
        "refused": lacking,
        "open": ["fail", "/console outside (internet)"],
        "soft": lacking,
        "soft-nothing": lacking,
    }
    refused = (
        "/manager is refused from outside (internet), not hidden, "
        "and nobody states that there is a second factor"
    )
    nothing = (
        "/console gets what anything gets from outside (internet), and from nowhere else a page of its own"
    )
    assert joined == {
        "hidden": ["pass", ""],
        "nobody": ["fail", "/admin desk (office)"],
        "refused": ["not_assessed", refused],
        "open": ["fail", "/console outside (internet)"],
        "soft": ["pass", ""],
        "soft-nothing": ["not_assessed", nothing],
    }
    assert backed == {**joined, "refused": ["pass", ""]}
