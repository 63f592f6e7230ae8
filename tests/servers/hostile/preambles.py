"""Servers that lie, hang or speak out of turn before TLS, for each protocol that asks for it in clear."""

from __future__ import annotations

import socket
from collections.abc import Mapping

from tests.servers.hostile.entry import PART, Hostile, Servers, group
from tests.servers.hostile.plain import HUGE, after_a_word, at_once, endless
from tests.servers.listener import Handler, wait_for_the_end


def saying(*answers: bytes, first: bool = True) -> Handler:
    """Say one answer after the other, each when something was said to it; the first at once."""

    def handle(connection: socket.socket, _: int) -> None:
        for number, answer in enumerate(answers):
            if number or not first:
                connection.recv(4096)
            connection.sendall(answer)
        wait_for_the_end(connection)

    return handle


_HELLO = b"250-mail.example\r\n250 STARTTLS\r\n"
_FEATURES = b"<stream:stream xmlns:stream='x'><stream:features><starttls xmlns='y'/></stream:features>"
_LDAP_YES = b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00"
_MYSQL = b"\x0a8.0\x00" + bytes(13) + b"\xff\xff" + bytes(60)
_RDP_YES = b"\x03\x00\x00\x13\x0e\xd0\x00\x00\x00\x00\x00\x02\x00\x08\x00\x01\x00\x00\x00"

GO_AHEAD: Mapping[str, Handler] = {
    "ftp": saying(b"220 hi\r\n", b"234 go\r\nX"),
    "imap": saying(b"* OK hi\r\n", b"a1 OK go\r\n* CAPABILITY IMAP4rev1\r\n"),
    "ldap": saying(_LDAP_YES + b"\x30", first=False),
    "pop3": saying(b"+OK hi\r\n", b"+OK go\r\n+OK\r\n"),
    "postgresql": saying(b"SS", first=False),
    "rdp": saying(_RDP_YES + b"\x03", first=False),
    "smtp": saying(b"220 hi\r\n", _HELLO, b"220 go\r\n250 injected\r\n"),
    "xmpp": saying(_FEATURES, b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/><x", first=False),
}
"""A go-ahead with more behind it, in clear."""

OWN: Mapping[str, Mapping[str, Handler]] = {
    "ftp": {
        "lines without end": endless(b"220-hi\r\n" * 1000),
        "another code": at_once(b"120 in an hour\r\n"),
        "no go-ahead": saying(b"220 hi\r\n", b"530 no\r\n"),
        "a code of four digits": at_once(b"2200 hi\r\n"),
        "a line without end": endless(b"220-" + b"a" * 4000),
    },
    "imap": {
        "a greeting that says goodbye": at_once(b"* BYE no\r\n"),
        "no": saying(b"* OK hi\r\n", b"a1 NO not now\r\n"),
        "another tag": saying(b"* OK hi\r\n", b"b1 OK go\r\n"),
        "untagged without end": saying(b"* OK hi\r\n", b"* 1 EXISTS\r\n" * 500),
        "a literal": saying(b"* OK hi\r\n", b"* OK {4294967295}\r\n"),
    },
    "ldap": {
        "4 GiB announced": after_a_word(b"\x30\x84" + HUGE),
        "unwilling": after_a_word(b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x35\x04\x00\x04\x00"),
        "another number": after_a_word(b"\x30\x0c\x02\x01\x02\x78\x07\x0a\x01\x00\x04\x00\x04\x00"),
        "a notice": after_a_word(b"\x30\x0c\x02\x01\x00\x78\x07\x0a\x01\x34\x04\x00\x04\x00"),
        "nothing within": after_a_word(b"\x30\x00"),
        "a result cut short": after_a_word(b"\x30\x05\x02\x01\x01\x78\x00"),
    },
    "mysql": {
        "16 MiB announced": at_once(b"\xff\xff\xff\x00"),
        "an old protocol": at_once(b"\x05\x00\x00\x00\x095.0\x00"),
        "a greeting cut short": at_once(b"\x05\x00\x00\x00\x0a8.0\x00"),
        "an error": at_once(b"\x0c\x00\x00\x00\xff\x10\x04#08004too"),
        "no TLS": at_once(len(_MYSQL).to_bytes(3, "little") + b"\x00" + _MYSQL.replace(b"\xff", b"\0")),
        "silent after its greeting": at_once(len(_MYSQL).to_bytes(3, "little") + b"\x00" + _MYSQL),
    },
    "pop3": {
        "an error": at_once(b"-ERR no\r\n"),
        "no": saying(b"+OK hi\r\n", b"-ERR no\r\n"),
        "a line without end": endless(b"+OK" + b"a" * 4000),
        "bare line feeds": endless(b"+OK\n" * 1000),
    },
    "postgresql": {
        "no": after_a_word(b"N"),
        "an error": after_a_word(b"E\x00\x00\x00\x09SFATAL\x00"),
        "nothing": after_a_word(b""),
    },
    "rdp": {
        "a length of 64 KiB": after_a_word(b"\x03\x00\xff\xff" + bytes(100)),
        "a length of nothing": after_a_word(b"\x03\x00\x00\x00"),
        "its own encryption": after_a_word(b"\x03\x00\x00\x0b\x06\xd0\x00\x00\x00\x00\x00"),
        "a failure": after_a_word(_RDP_YES.replace(b"\x02\x00\x08", b"\x03\x00\x08")),
        "what was not asked": after_a_word(_RDP_YES.replace(b"\x08\x00\x01", b"\x08\x00\x63")),
    },
    "smtp": {
        "busy": at_once(b"421 later\r\n"),
        "nothing offered": saying(b"220 hi\r\n", b"250 mail.example\r\n"),
        "refused": saying(b"220 hi\r\n", _HELLO, b"454 not available\r\n"),
        "lines without end": saying(b"220 hi\r\n", b"250-STARTTLS\r\n" * 500),
        "STARTTLS in the greeting": saying(b"220 STARTTLS\r\n", b"250 STARTTLS\r\n"),
        "half a line": saying(b"220 hi\r\n", _HELLO, b"220 go"),
    },
    "xmpp": {
        "no offer": saying(_FEATURES.replace(b"starttls", b"register"), first=False),
        "a failure": saying(_FEATURES, b"<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", first=False),
        "the end": after_a_word(b"<stream:stream></stream:stream>"),
        "tags without end": endless(b"<a>" * 5000),
        "entities": after_a_word(b"<!DOCTYPE x [<!ENTITY a 'aaaa'>]>" + b"<stream:stream>&a;" * 1000),
    },
}

BEGINS_WITH = "starttls-"
"""Before the name of a protocol: what is taken for TLS that is asked for in it."""


def before_tls(protocol: str) -> Servers:
    """Give what lies in one protocol where TLS is asked for."""
    servers = [
        Hostile(name, f"Asked in {protocol} for TLS, it answers: {name}.", serve)
        for name, serve in OWN[protocol].items()
    ]
    if protocol in GO_AHEAD:
        told = f"Goes ahead in {protocol} with TLS, and speaks on in clear."
        servers.append(Hostile("go-ahead and more", told, GO_AHEAD[protocol]))
    return group(PART, (BEGINS_WITH + protocol,), *servers)
