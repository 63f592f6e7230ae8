"""Which test files need which programs from Debian's packages."""

from __future__ import annotations

from collections.abc import Mapping

NETWORK = ("unshare", "ip", "nft")

NEEDS: Mapping[str, tuple[str, ...]] = {
    "tests/cli/test_schedule.py": ("systemd-analyze",),
    "tests/probes/network/test_ports.py": NETWORK,
    "tests/probes/network/test_services.py": ("nmap",),
    "tests/probes/network/test_web_paths.py": ("curl", "nginx"),
    "tests/probes/network/test_web_responses.py": ("curl", "nginx"),
    "tests/probes/reach/test_gate.py": NETWORK,
    "tests/probes/reach/test_sweep.py": ("nmap", *NETWORK),
    "tests/probes/reach/test_sweep_limits.py": NETWORK,
}
