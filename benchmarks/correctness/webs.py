"""The same web servers judged by us and by MDN's HTTP Observatory."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import TypedDict

from benchmarks.correctness import ours
from benchmarks.correctness.heard import timed
from benchmarks.correctness.peers import PEERS
from benchmarks.correctness.tables import Part, table
from tests.servers.certificates import authority, make, names, write
from tests.servers.listener import free_port
from tests.servers.programs import nginx

OBSERVATORY = "MDN HTTP Observatory"
PACKAGE = "@mdn/mdn-http-observatory"
_GOOD = {
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "Content-Security-Policy": (
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    ),
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=()",
}


Verdict = TypedDict("Verdict", {"pass": bool, "result": str})

SITES: Mapping[str, Mapping[str, str]] = {
    "good": {},
    "no headers at all": dict.fromkeys(_GOOD, ""),
    "scripts from everywhere": {"Content-Security-Policy": "script-src * 'unsafe-inline' 'unsafe-eval'"},
    "HSTS for five minutes": {"Strict-Transport-Security": "max-age=300"},
    "session cookie without Secure": {"Set-Cookie": "session=1; Path=/"},
    "every origin with credentials": {
        "Access-Control-Allow-Origin": "$http_origin",
        "Access-Control-Allow-Credentials": "true",
    },
    "content type guessed": {"X-Content-Type-Options": ""},
    "no way to HTTPS": {},
}
_TESTS = {
    "content-security-policy": "web.csp",
    "cookies": "web.cookies.flags",
    "cross-origin-resource-sharing": "web.cors.origins",
    "redirection": "web.https.only",
    "strict-transport-security": "web.hsts",
    "x-content-type-options": "web.headers.baseline",
}
"""Tests of the Observatory, and the check of ours that asks the same."""

REASONS: Mapping[tuple[str, str], str] = {
    ("cross-origin-resource-sharing", "every origin with credentials"): (
        "the Observatory takes an origin that is echoed, with credentials, for restricted access; ours asks"
        " with two foreign origins and sees both echoed"
    ),
}
"""By test and site, why the two differ."""
_SCRIPT = """
import { ALL_TESTS } from "MODULE/src/constants.js";
import { retrieve } from "MODULE/src/retriever/retriever.js";
const told = {};
for (const [name, http, https] of JSON.parse(process.argv[2])) {
  const seen = await retrieve("localhost", { httpPort: http, httpsPort: https });
  told[name] = Object.fromEntries(ALL_TESTS.map((test) => {
    const one = test(seen);
    return [one.constructor.name, { pass: one.pass, result: one.result }];
  }));
}
console.log(JSON.stringify(told));
"""


def compare(folder: Path, missing: dict[str, str]) -> Part:
    """Serve each site with nginx, and hold the verdicts side by side."""
    work = folder / "webs"
    work.mkdir()
    pages = _installed()
    if pages is None:
        missing[OBSERVATORY] = "npm could not install it"
        return Part("")
    root = authority("Web Root")
    (work / "root.pem").write_bytes(root.pem)
    pem = write(work / "site.pem", make("localhost", root, [names("localhost")]))
    ports = {name: (free_port(), free_port()) for name in SITES}
    blocks = " ".join(_block(name, *ports[name], pem) for name in SITES)
    flat = [port for pair in ports.values() for port in pair]
    with nginx(work, flat, blocks):
        mine = _ours(work, ports)
        theirs = _observatory(pages, work, ports)
    rows, lines, faults = [], [], []
    for name in SITES:
        cells = [name]
        for test, check in _TESTS.items():
            passed, said = mine[name, check], theirs[name][test]
            cells.append(f"{_word(passed)} / {_word(said['pass'])}")
            if passed != said["pass"]:
                why = REASONS.get((test, name)) or REASONS.get((test, ""))
                if why is None:
                    faults.append(
                        f"no reason is written down why {test} differs on '{name}': {said['result']}"
                    )
                lines.append(f"- {name}, {test} (`{said['result']}`): {why or '**not yet explained**'}.")
        rows.append(cells)
    head = ("site", *(f"{test} (`{check}`)" for test, check in _TESTS.items()))
    text = "## Web headers\n\n" + _TEXT + "\n" + table(head, rows) + "\n" + "\n".join(lines) + "\n"
    return Part(text, faults)


def _word(passed: bool | None) -> str:  # noqa: FBT001 - it is the value itself that is put into words
    return {True: "fine", False: "wrong", None: "not asked"}[passed]


def _installed() -> Path | None:
    folder = PEERS / "observatory"
    module = folder / "node_modules" / PACKAGE
    if shutil.which("npm") is None or shutil.which("node") is None:
        return None
    if not module.exists():
        # Its own steps after installing fetch lists from elsewhere, which these sites are not on anyway.
        install = ["npm", "install", "--silent", "--ignore-scripts", "--prefix", str(folder), PACKAGE]
        if subprocess.run(install, check=False, capture_output=True).returncode:
            return None
    (module / "conf/hsts-preload.json").write_text("{}")
    return module


def _block(name: str, http: int, https: int, pem: Path) -> str:
    headers = {**_GOOD, **SITES[name]}
    lines = " ".join(f'add_header {header} "{value}" always;' for header, value in headers.items() if value)
    secure = "return 200 '<html><body>fine</body></html>';"
    plain = secure if name == "no way to HTTPS" else f"return 301 https://localhost:{https}$request_uri;"
    tls = f"ssl_certificate {pem}; ssl_certificate_key {pem};"
    kind = "default_type text/html; charset utf-8; server_name localhost; server_tokens off;"
    return (
        f"server {{ listen 127.0.0.1:{https} ssl; {kind} {tls} {lines} location / {{ {secure} }} }}"
        f" server {{ listen 127.0.0.1:{http}; {kind} location / {{ {plain} }} }}"
    )


def _ours(work: Path, ports: Mapping[str, tuple[int, int]]) -> dict[tuple[str, str], bool | None]:
    ids = {f"site-{number}": name for number, name in enumerate(ports)}
    targets = []
    for one, name in ids.items():
        http, https = ports[name]
        where = "host: 127.0.0.1, names: [localhost]"
        targets.append(
            f"{{kind: endpoint, id: {one}, {where}, port: {https}, protocol: https, trusted_cas: root.pem}}"
        )
        targets.append(f"{{kind: endpoint, id: {one}-plain, {where}, port: {http}, protocol: http}}")
    _, report, _ = ours.run(work / "ours", targets, sorted(set(_TESTS.values())), work / "root.pem")
    seen: dict[tuple[str, str], bool | None] = {
        (name, check): None for name in ports for check in _TESTS.values()
    }
    for verdict in report["verdicts"]:
        name = ids[verdict["target"].removesuffix("-plain")]
        # What the plain port says is asked of the redirect alone.
        about_redirect = verdict["check"] == "web.https.only"
        if verdict["outcome"] in ("pass", "fail") and verdict["target"].endswith("-plain") == about_redirect:
            seen[name, verdict["check"]] = verdict["outcome"] == "pass"
    return seen


def _observatory(
    module: Path, work: Path, ports: Mapping[str, tuple[int, int]]
) -> dict[str, dict[str, Verdict]]:
    script = work / "observe.mjs"
    script.write_text(_SCRIPT.replace("MODULE", str(module)))
    sites = json.dumps([[name, *pair] for name, pair in ports.items()])
    env = {**os.environ, "NODE_EXTRA_CA_CERTS": str(work / "root.pem")}
    _, text = timed(["node", str(script), sites], env)
    told: dict[str, dict[str, Verdict]] = json.loads(text)
    return told


_TEXT = f"""\
nginx with a good set of headers, and with one thing changed each time. Each cell is our check's word, then
that of the {OBSERVATORY}; it runs without its lists of preloaded sites and top-level domains, on which
none of these is.
"""
