"""
Say whether a program started from here may open raw sockets, without starting it.

We open none ourselves. Linux grants them by capability (capabilities(7)): to root within what the
process is bounded to, to what it hands on, or to a program whose file carries the capability.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path

CAP_NET_RAW = 13
"""The number of the capability, from linux/capability.h."""

_EFFECTIVE = 1
_OWN_STATUS = Path("/proc/self/status")


def may_open_raw_sockets(program: str) -> bool:
    """Take the path of a program; what a container or a module of the kernel forbids besides is not seen."""
    root = os.geteuid() == 0
    try:
        lines = _OWN_STATUS.read_text(encoding="ascii", errors="replace").splitlines()
        said = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
        bounded, handed_on = (_has(int(said[name], 16)) for name in ("CapBnd", "CapAmb"))
    except (OSError, KeyError, ValueError):
        return root
    if not bounded:
        return False
    return root or handed_on or (said.get("NoNewPrivs") == "0" and _carries(program))


def _carries(program: str) -> bool:
    """Read the capabilities of a file: `struct vfs_cap_data`, the same in versions 2 and 3 as far as here."""
    try:
        data = os.getxattr(program, "security.capability")
        magic, permitted = struct.unpack_from("<II", data)
    except (OSError, struct.error, AttributeError):
        return False
    return bool(magic & _EFFECTIVE) and _has(permitted)


def _has(capabilities: int) -> bool:
    return bool(capabilities >> CAP_NET_RAW & 1)
