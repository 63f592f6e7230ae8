"""What every test keeps to: nothing leaves loopback, and nothing is left out in silence."""

from __future__ import annotations

import ipaddress
import os
import shutil
import socket

import pytest

from tests.needs import NEEDS


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
    left_out = [item for item in items if lacking.get(item.location[0])]
    if not left_out:
        return
    told = "\n".join(f"  {file}: needs {', '.join(p)}" for file, p in sorted(lacking.items()) if p)
    if os.environ.get("CI") or os.geteuid() == 0:
        raise pytest.UsageError(f"these tests cannot run, because programs are missing:\n{told}")
    config.get_terminal_writer().line(f"left out, because programs are not installed:\n{told}")
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]
