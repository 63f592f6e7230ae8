"""Which test files need which programs from Debian's packages."""

from __future__ import annotations

from collections.abc import Mapping

NETWORK = ("unshare", "ip", "nft")

BIND = ("named", "dig")

NEEDS: Mapping[str, tuple[str, ...]] = {
    "tests/cli/test_schedule.py": ("systemd-analyze",),
    "tests/probes/naming/test_domain.py": ("dnssec-keygen", "dnssec-signzone", *BIND),
    "tests/probes/naming/test_maildomain.py": BIND,
    "tests/probes/naming/test_nameserver.py": BIND,
    "tests/probes/network/test_ports.py": NETWORK,
    "tests/probes/network/test_services.py": ("nmap",),
    "tests/probes/network/test_smtp.py": ("postfix", "postconf"),
    "tests/probes/reach/test_gate.py": NETWORK,
    "tests/probes/reach/test_sweep.py": ("nmap", *NETWORK),
    "tests/probes/reach/test_sweep_limits.py": NETWORK,
}
