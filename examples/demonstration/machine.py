"""
Find room on this machine: a loopback address of our own, free ports, and who else would be seen there.

A program that listens on all addresses answers on ours too, and a sweep cannot tell it from the
demonstration. So such ports are looked up first, and declared.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import struct
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

APART = "DEMONSTRATION_HAS_ITS_OWN_NETWORK"
"""Set in the environment of a demonstration that was begun again by `go_apart`."""

UNWELCOME = frozenset(
    {
        *(
            21,
            23,
            110,
            111,
            135,
            139,
            143,
            389,
            445,
            512,
            513,
            514,
            873,
            1433,
            1521,
            2049,
            2375,
            2379,
            3306,
            3389,
        ),
        *(5432, 5900, 5901, 5902, 5903, 5985, 5986, 6379, 9200, 10250, 11211, 27017),
    }
)
"""Ports that no declaration makes right: with one of them open to everybody, no audit can say GO."""

ADDRESSES = tuple(f"127.0.77.{last}" for last in range(1, 255))
_LISTENING = "0A"
_EVERYWHERE = frozenset({"00000000", "0" * 32})
_SET_INTERFACE_FLAGS = 0x8914
_IS_UP = 1


class NoRoomError(Exception):
    """The demonstration cannot be shown here; the text says why and what to do."""


def listeners(proc: Path = Path("/proc/net")) -> dict[int, set[str]]:
    """Give the TCP ports that something listens on, each with the addresses as the kernel writes them."""
    found: dict[int, set[str]] = {}
    for name in ("tcp", "tcp6"):
        try:
            lines = (proc / name).read_text(encoding="ascii").splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            _, local, _, state, *_ = line.split()
            address, _, port = local.rpartition(":")
            if state == _LISTENING:
                found.setdefault(int(port, 16), set()).add(address)
    return found


def neighbours() -> tuple[int, ...]:
    """Give the ports of programs that listen on all addresses, and so on ours too."""
    return tuple(sorted(port for port, addresses in listeners().items() if addresses & _EVERYWHERE))


def own_address() -> str:
    """Choose a loopback address that nobody listens on. Raises `NoRoomError`."""
    if not Path("/proc/net/tcp").exists():
        raise NoRoomError(
            "this demonstration needs Linux: it listens on loopback addresses such as 127.0.77.1"
        )
    taken = {address for addresses in listeners().values() for address in addresses}
    for address in ADDRESSES:
        # The kernel writes an IPv4 address as one number in the machine's byte order.
        number = int.from_bytes(socket.inet_aton(address), "little")
        big = int.from_bytes(socket.inet_aton(address), "big")
        if f"{number:08X}" not in taken and f"{big:08X}" not in taken:
            return address
    raise NoRoomError(
        "every address from 127.0.77.1 to 127.0.77.254 is in use; end other demonstrations first"
    )


def choose_ports(address: str, wanted: Mapping[str, Sequence[int]]) -> dict[str, int]:
    """
    Choose a free port for each name, the first of its list that can be had.

    A name none of whose ports is free is left out.
    """
    chosen: dict[str, int] = {}
    for name, ports in wanted.items():
        port = next((port for port in ports if port not in chosen.values() and _is_free(address, port)), None)
        if port is not None:
            chosen[name] = port
    return chosen


def written(ports: Iterable[int]) -> str:
    """Write ports for a person: `22, 111`."""
    return ", ".join(str(port) for port in ports)


def _is_free(address: str, port: int) -> bool:
    try:
        socket.create_server((address, port)).close()
    except OSError:
        return False
    return True


def go_apart(arguments: Sequence[str]) -> None:
    """
    Begin again in a network of our own, where nobody else listens, if the machine allows it.

    Does not return where that works.
    """
    unshare = shutil.which("unshare")
    if unshare is None or APART in os.environ:
        return
    alone = [unshare, "--user", "--map-root-user", "--net"]
    if subprocess.run([*alone, "true"], capture_output=True, check=False).returncode == 0:
        os.execvpe(unshare, [*alone, sys.executable, *arguments], {**os.environ, APART: "1"})  # noqa: S606 - as meant


def switch_loopback_on() -> None:
    """Switch the loopback interface on, which is off in a new network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        wanted = struct.pack("16sh14x", b"lo", _IS_UP)
        fcntl.ioctl(any_socket, _SET_INTERFACE_FLAGS, wanted)
