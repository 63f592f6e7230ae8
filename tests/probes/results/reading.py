"""Put a result file into an evidence folder and look at it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, TypeVar

import pytest

from readiness_audit.model.target import Code, Results
from readiness_audit.probes.probe import Probe
from readiness_audit.probes.reach.blind import CannotSee
from tests.looking import look_at

F = TypeVar("F")
NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)

# Every reader of XML meets these: each must be refused, quickly, and nothing else may happen.
HOSTILE_XML: dict[str, bytes] = {
    "billion laughs": b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">'
    + b"".join(
        b'<!ENTITY lol%d "%s">' % (n, b"&lol%s;" % (str(n - 1).encode() if n > 1 else b"") * 10)
        for n in range(1, 10)
    )
    + b"]><testsuites>&lol9;</testsuites>",
    "quadratic blow-up": b'<!DOCTYPE x [<!ENTITY a "'
    + b"a" * 50_000
    + b'">]><x>'
    + b"&a;" * 50_000
    + b"</x>",
    "external entity": b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><testsuites>&e;</testsuites>',
    "external DTD": b'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd"><testsuites/>',
    "parameter entity": b'<!DOCTYPE x [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]><testsuites/>',
    "small letters": b'<!doctype x [<!ENTITY a "b">]><testsuites>&a;</testsuites>',
    "hidden in UTF-16": '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'.encode("utf-16"),
    "unknown entity": b"<testsuites>&nbsp;</testsuites>",
    "unknown encoding": b'<?xml version="1.0" encoding="no-such"?><testsuites/>',
    "wrong encoding": b'<?xml version="1.0" encoding="utf-8"?><testsuites name="\xff\xfe"/>',
    "deep": b"<testsuites>" + b"<testsuite>" * 200_000,
    "deep and closed": b"<testsuite>" * 50_000 + b"</testsuite>" * 50_000,
    "cut off": b"<testsuites><testsuite><testcase name='a'/>",
    "cut off in a tag": b"<testsuites><testsuite><testcase na",
    "two roots": b"<testsuites/><testsuites/>",
    "trailing words": b"<testsuites/> and more",
    "NUL": b"<testsuites>\0</testsuites>",
    "duplicate attribute": b'<testsuites tests="1" tests="2"/>',
    "another kind": b"<html><body>Login</body></html>",
    "only a declaration": b"<?xml version='1.0'?>",
    "no XML at all": b"\x89PNG\r\n\x1a\n" + b"\0" * 100,
    "text": b"All tests passed!\n",
    "unbound prefix": b"<x:testsuites/>",
    "one element with everything": b"<testsuites><testsuite><testcase>"
    + b"<failure/>" * 50_000
    + b"</testcase>",
}


def facts_of(
    probe: Probe[Any, F],
    kind: Literal["junit", "coverage", "bandit"],
    folder: Path,
    content: bytes | str,
    *,
    now: datetime = NOW,
) -> F:
    """Write `content` into the folder and give what the probe sees in it."""
    (folder / "results").write_bytes(content if isinstance(content, bytes) else content.encode())
    target: Results | Code = Code(kind="code", id="results", results="results")
    if kind != "bandit":
        target = Results(kind="results", id="results", format=kind, file="results")
    return look_at(probe, target, evidence=folder, now=now).facts


def blind_for(
    probe: Probe[Any, F], kind: Literal["junit", "coverage", "bandit"], folder: Path, content: bytes | str
) -> CannotSee:
    """Give the reason the probe sees nothing in `content`; a test fails where it sees something."""
    with pytest.raises(CannotSee) as caught:
        facts_of(probe, kind, folder, content)
    return caught.value
