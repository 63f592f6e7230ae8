"""What every test keeps to: nothing leaves loopback, and nothing is left out in silence."""

from __future__ import annotations

import ipaddress
import os
import shutil
import socket
from collections import Counter
from typing import Any

import pytest

from tests.needs import NEEDS, NOT_NOBODYS, ROOTS

NOBODY = 65534

LEFT_OUT = pytest.StashKey[list[str]]()
"""What was left out: where, how many tests, and why."""


@pytest.fixture(autouse=True)
def _nothing_leaves_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse to connect anywhere else, whoever tries."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: tuple[str, int] | str | bytes) -> None:
        if self.family in {socket.AF_INET, socket.AF_INET6} and isinstance(address, tuple):
            host = str(address[0])
            if host != "localhost" and not ipaddress.ip_address(host.partition("%")[0]).is_loopback:
                raise AssertionError(f"a test tried to leave loopback: {host}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
    monkeypatch.delenv("READINESS_AUDIT_HOME", raising=False)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out, by name, tests whose programs are missing; in CI and for root that is a failure."""
    lacking = {file: [p for p in needs if shutil.which(p) is None] for file, needs in NEEDS.items()}
    why = {file: f"needs {', '.join(programs)}" for file, programs in lacking.items() if programs}
    if why and (os.environ.get("CI") or os.geteuid() == 0):
        missing = [item for item in items if item.location[0] in why]
        told = "\n".join(f"  {file}: {reason}" for file, reason in sorted(why.items()))
        if missing:
            raise pytest.UsageError(f"these tests cannot run, because programs are missing:\n{told}")
    if os.geteuid() != 0:
        why |= ROOTS
    if os.geteuid() == NOBODY:
        why |= NOT_NOBODYS
    left_out = {item: place for item in items for place in why if _is_in(item, place)}
    config.stash[LEFT_OUT] = [
        f"{place}: {count}, {why[place]}" for place, count in sorted(Counter(left_out.values()).items())
    ]
    if hasattr(config, "workeroutput"):
        config.workeroutput["left out"] = config.stash[LEFT_OUT]
    config.hook.pytest_deselected(items=[*left_out])
    items[:] = [item for item in items if item not in left_out]


def _is_in(item: pytest.Item, place: str) -> bool:
    return item.nodeid == place or item.nodeid.startswith((f"{place}::", f"{place}["))


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:  # noqa: ANN401 - xdist has no types
    """Hear from a process that ran tests what it left out: all of them leave out the same."""
    node.config.stash[LEFT_OUT] = getattr(node, "workeroutput", {}).get("left out", [])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say what was left out, however quiet the rest is."""
    if told := config.stash.get(LEFT_OUT, []):
        terminalreporter.section("left out")
        for line in told:
            terminalreporter.line(line)
