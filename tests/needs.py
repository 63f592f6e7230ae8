"""Which test files need which programs from Debian's packages."""

from __future__ import annotations

from collections.abc import Mapping

NEEDS: Mapping[str, tuple[str, ...]] = {
    "tests/probes/network/test_ports.py": ("nmap",),
}
