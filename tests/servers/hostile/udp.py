"""UDP answerers that lie, cut off, flood, or answer to something else."""

from __future__ import annotations

import socket
import time
from collections.abc import Mapping

from tests.servers.datagrams import Asker, Attend, saying
from tests.servers.hostile.entry import Hostile, group

PORTS = (53, 69, 123, 161, 1900, 11211)


def echo(door: socket.socket, datagram: bytes, asker: Asker) -> None:
    door.sendto(datagram, asker)


def other_id(door: socket.socket, datagram: bytes, asker: Asker) -> None:
    """Answer as DNS, NTP, memcached and SNMP would, each to a question nobody put."""
    port = door.getsockname()[1]
    wrong = bytes(byte ^ 0xFF for byte in datagram)
    answers = {
        53: wrong[:2] + b"\x81\x80\x00\x01\x00\x00\x00\x00\x00\x00" + datagram[12:],
        123: b"\x24\x02" + bytes(22) + b"12345678" + bytes(16),
        161: bytes.fromhex(
            "302602010104067075626c6963a219020400000001020100020100300b300906052b06010201050" + "0" + "00"
        ),
        11211: wrong[:2] + b"\x00\x00\x00\x01\x00\x00STAT pid 1\r\nEND\r\n",
    }
    door.sendto(answers.get(port, wrong), asker)


def cut_off(door: socket.socket, datagram: bytes, asker: Asker) -> None:
    for length in (0, 1, 3, 7, 11):
        door.sendto(datagram[:length], asker)


def flood(door: socket.socket, datagram: bytes, asker: Asker) -> None:
    until = time.monotonic() + 0.3
    while time.monotonic() < until:
        door.sendto(datagram[:2] + b"\x00" * 1200, asker)


def other_port(_door: socket.socket, datagram: bytes, asker: Asker) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as third:
        third.bind(("127.0.0.98", 0))
        third.sendto(datagram, asker)


UNHEARD = (
    "No answer is taken for an answer nor for silence: it is garbled, and nothing is said to be granted."
)

HOSTILE: Mapping[str, Hostile[Attend]] = group(
    UNHEARD,
    ("udp",),
    Hostile("echo", "Says back whatever it is told.", echo),
    Hostile("other-id", "Answers, in the right protocol, to a question nobody put.", other_id),
    Hostile("cut-off", "Answers with beginnings of the question.", cut_off),
    Hostile("flood", "Sends a thousand datagrams for one.", flood),
    Hostile("other-address", "Lets a third party answer.", other_port),
    Hostile("empty", "Answers with nothing.", saying(b"")),
    Hostile("largest", "Answers with the largest datagram there is.", saying(b"\x30" * 65_507)),
    Hostile(
        "huge-lengths",
        "Announces 4 GiB.",
        saying(bytes.fromhex("3084ffffffff0201010406"), bytes.fromhex("30820fff020101")),
    ),
    Hostile("endless-length", "Uses a length without end.", saying(b"\x30\x80\x02\x01\x01\x00\x00")),
    Hostile("deep", "Nests its answer a thousand deep.", saying(b"\x30\x82\x03\xe8" * 1000)),
    Hostile(
        "html",
        "Answers with markup and commands for a terminal.",
        saying(b"<script>alert(1)</script>\x1b[31m\r\n" * 20),
    ),
    rightly=("net.plaintext.*", "net.ports.*"),
)
