"""Mail servers that stall, flood, mumble and give themselves away; each by name, with what it does."""

from __future__ import annotations

import socket
import time

from tests.servers.hostile.entry import NOTHING, PART, TRAP, Hostile, Servers, group
from tests.servers.hostile.plain import at_once, endless
from tests.servers.listener import Handler

READY = "220 mail.shop.example ESMTP"


def talking(**answers: str) -> Handler:
    """Answer each word as told, and 250 to all others."""

    def talk(connection: socket.socket, _: int) -> None:
        with connection.makefile("rwb") as lines:
            lines.write(answers.get("banner", READY).encode("latin-1") + b"\r\n")
            lines.flush()
            for line in lines:
                word = line[:4].decode("latin-1").lower()
                lines.write(answers.get(word, "250 2.0.0 Ok").encode("latin-1") + b"\r\n")
                lines.flush()
                if word == "quit":
                    return

    return talk


def silent(connection: socket.socket, _: int) -> None:
    connection.recv(1)


def dripping(connection: socket.socket, _: int) -> None:
    while True:
        connection.sendall(b"2")
        time.sleep(0.05)


def greets_and_sleeps(connection: socket.socket, _: int) -> None:
    connection.sendall(READY.encode() + b"\r\n")
    while connection.recv(4096):
        pass


NO_ANSWER: Servers = group(
    NOTHING,
    ("smtp",),
    Hostile("silent", "Takes the connection and never greets.", silent, "timed-out"),
    Hostile("dripping", "Sends the digit 2 twenty times a second.", dripping),
    Hostile("line without end", "Sends one line without end.", endless(b"220 " + b"x" * 4000), "too-large"),
    Hostile("lines without end", "Greets without end.", endless(b"220-hello\r\n" * 100), "too-large"),
    Hostile("greets and sleeps", "Greets, and answers nothing.", greets_and_sleeps, "timed-out"),
    Hostile("zeros without end", "Sends zeros without end.", endless(bytes(2**14))),
    Hostile("HTTP", "Greets as a web server.", at_once(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "unreadable"),
    Hostile("SSH", "Greets as an SSH server.", at_once(b"SSH-2.0-OpenSSH_9.2p1\r\n"), "unreadable"),
    Hostile("two codes", "Changes its code within one answer.", at_once(b"220-a\r\n554 b\r\n"), "unreadable"),
    Hostile("code of four digits", "Greets with 2200.", at_once(b"2200 hello\r\n"), "unreadable"),
    Hostile(
        "Arabic code", "Greets with 220 in Arabic digits.", at_once("٢٢٠ hello\r\n".encode()), "unreadable"
    ),
    Hostile("go away", "Greets with 554.", talking(banner="554 5.7.1 go away"), "refused"),
    Hostile("too busy", "Greets with 421.", talking(banner="421 too busy"), "refused"),
)

PARTLY: Servers = group(
    PART,
    ("smtp",),
    Hostile(
        "escapes in banner",
        "Greets with commands for a terminal.",
        talking(banner="220 \x1b]0;owned\x07\x9b2J mail"),
    ),
    Hostile("markup in banner", "Greets with markup.", talking(banner="220 <script>alert(1)</script> mail")),
    Hostile("formula in banner", "Greets with a formula.", talking(banner="220 =cmd|'/C calc'!A0")),
    Hostile(
        "lure in refusal",
        "Refuses with an address to follow.",
        talking(rcpt=f"551 try http://{TRAP}/ <b>"),
        rightly=("mail.relay.closed",),
    ),
    Hostile(
        "ninety extensions",
        "Offers ninety extensions.",
        talking(ehlo="\r\n".join(f"250-X{n}" for n in range(90)) + "\r\n250 OK"),
    ),
    Hostile(
        "extensions of markup",
        "Offers extensions of markup.",
        talking(ehlo="250-hi\r\n250-<script>\r\n250 AUTH \x1b[31m<b>"),
    ),
    Hostile("yes to everything", "Takes every mail for everybody.", talking()),
    Hostile("not yet", "Puts every mail off.", talking(rcpt="450 4.7.1 greylisted", mail="451 later")),
    Hostile("refuses in riddles", "Refuses in a code that is none.", talking(rcpt="999 no", mail="999 no")),
    Hostile(
        "all answers at once",
        "Gives all its answers before it is asked.",
        at_once(b"220 hi\r\n" + b"250 ok\r\n" * 6),
    ),
)
"""These talk; what they say is made to mislead."""
