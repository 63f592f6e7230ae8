"""
Play a scene in a network namespace of its own, where some addresses keep silent or answer oddly.

Needs util-linux (unshare), iproute2 and nftables. Nothing outside the namespace is touched.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

SILENT = "ip daddr 127.9.0.0/16 drop"
"""What comes to these addresses is dropped."""

_AS_ROOT = () if os.geteuid() == 0 else ("--map-root-user",)
"""Root needs no user namespace, which a kernel refuses to whoever stands in a changed root."""


def apart(scene: Callable[[], Any], *rules: str, prepare: str = ":", seconds: float = 60) -> Any:  # noqa: ANN401 - what JSON gives back
    """
    Call `scene`, a function at the top of a test module, in a new namespace, and give what it returned.

    `rules` are nftables rules for incoming packets; `prepare` is a shell command run before;
    it is ended after so many `seconds`.
    """
    lines = [
        "add table inet t",
        "add set inet t met { type inet_service; flags dynamic; }",
        "add chain inet t i { type filter hook input priority 0; }",
        *(f"add rule inet t i {rule}" for rule in rules),
    ]
    steps = f"ip link set lo up && nft -f - <<'END' && {{ {prepare}; }} && exec \"$@\"\n" + "\n".join(lines)
    told = f"{scene.__module__}:{scene.__qualname__}"
    again = ["sh", sys.executable, "-X", "dev", "-W", "error", "-m", "tests.silence", told]
    done = subprocess.run(
        ["unshare", *_AS_ROOT, "--net", "--", "sh", "-c", f"{steps}\nEND\n", *again],
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Warning" not in done.stderr, done.stderr
    return json.loads(done.stdout)


def _main(name: str) -> None:
    module, _, function = name.partition(":")
    json.dump(getattr(importlib.import_module(module), function)(), sys.stdout)


if __name__ == "__main__":
    _main(sys.argv[1])
