"""All hostile servers in one list, and where each of them stands when all are met at once."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tests.doors import open_door
from tests.servers.datagrams import Attend, answering
from tests.servers.hostile import dns, http, plain, preambles, smtp, ssh, tls, udp, web
from tests.servers.hostile.certificates import odd_certificates
from tests.servers.hostile.entry import Hostile
from tests.servers.hostile.unfinished import unfinished_handshakes
from tests.servers.listener import Handler, listening

PORTS: Mapping[str, int] = {
    "domain": 53,
    "elasticsearch": 9200,
    "http": 80,
    "ldap": 389,
    "memcached": 11211,
    "mongodb": 27017,
    "mysql": 3306,
    "nameserver": 53,
    "postgresql": 5432,
    "rdp": 3389,
    "redis": 6379,
    "smb": 445,
    "smtp": 25,
    "ssh": 22,
    "starttls-ftp": 21,
    "starttls-imap": 143,
    "starttls-ldap": 389,
    "starttls-mysql": 3306,
    "starttls-pop3": 110,
    "starttls-postgresql": 5432,
    "starttls-rdp": 3389,
    "starttls-smtp": 25,
    "starttls-xmpp": 5222,
    "tls": 443,
    "udp": 443,
    "winrm": 5985,
}
"""Where each protocol is at home."""

ZONE = "evil.test"


@dataclass(frozen=True)
class Placed:
    """A hostile server at an address of its own, taken for something."""

    server: Hostile[Handler] | Hostile[Attend]
    protocol: str
    address: str
    port: int

    @property
    def name(self) -> str:
        """What a system calls it."""
        return f"{self.protocol}.{self.server.slug}"

    @property
    def target(self) -> dict[str, object]:
        """How a system declares it."""
        name = self.name
        match self.protocol:
            case "udp":
                return {"kind": "host", "id": name, "host": self.address, "open_ports": ["443/tcp"]}
            case "domain":
                resolvers = [f"{self.address}:{self.port}"]
                return {
                    "kind": "domain",
                    "id": name,
                    "name": ZONE,
                    "resolvers": resolvers,
                    "sends_mail": True,
                }
            case "nameserver":
                return {"kind": "nameserver", "id": name, **self._where, "zones": [ZONE]}
        asked_in = self.protocol.removeprefix(preambles.BEGINS_WITH)
        if asked_in != self.protocol:
            return {"kind": "endpoint", "id": name, **self._where, "protocol": "tls", "starttls": asked_in}
        return {"kind": "endpoint", "id": name, **self._where, "protocol": self.protocol}

    @property
    def _where(self) -> dict[str, object]:
        return {"host": self.address, "port": self.port}


def streams() -> tuple[Hostile[Handler], ...]:
    """Give every server that is connected to."""
    groups = (
        plain.EVERYWHERE,
        *plain.ONLY.values(),
        http.NO_ANSWER,
        http.ODD_BODY,
        web.LURES,
        web.ILL,
        web.TALKATIVE,
        ssh.NOT_SSH,
        ssh.WITHOUT_KEY,
        tls.NOT_TLS,
        tls.WITHOUT_CERTIFICATE,
        *(preambles.before_tls(protocol) for protocol in preambles.OWN),
        odd_certificates(),
        unfinished_handshakes(),
        dns.NO_ANSWER,
        dns.NOTHING_TO_SEE,
        dns.LIES,
        dns.BAD_SPF,
        smtp.NO_ANSWER,
        smtp.PARTLY,
    )
    return tuple(server for servers in groups for server in servers.values())


def datagrams() -> tuple[Hostile[Attend], ...]:
    """Give every server that is sent datagrams."""
    return tuple(udp.HOSTILE.values())


def placed(network: str = "127.66") -> tuple[Placed, ...]:
    """Give each server an address of its own for each protocol it is taken for."""
    servers: list[Hostile[Handler] | Hostile[Attend]] = [*streams(), *datagrams()]
    every = [(server, protocol) for server in servers for protocol in server.protocols]
    return tuple(
        Placed(server, protocol, f"{network}.{number // 250}.{number % 250 + 1}", PORTS[protocol])
        for number, (server, protocol) in enumerate(every)
    )


@contextlib.contextmanager
def all_serving(where: tuple[Placed, ...]) -> Iterator[None]:
    """Let all of them serve, each at its address and at its protocol's own port; that takes root."""
    with contextlib.ExitStack() as stack:
        for one in where:
            _serve(one, stack)
        yield


def _serve(one: Placed, stack: contextlib.ExitStack) -> None:
    if one.protocol == "udp":
        attend: Attend = one.server.serve  # type: ignore[assignment]  # who is taken for UDP serves datagrams
        stack.enter_context(open_door(one.address, one.port))
        for port in udp.PORTS:
            stack.enter_context(answering(attend, one.address, port))
    else:
        handler: Handler = one.server.serve  # type: ignore[assignment]  # and all others serve connections
        stack.enter_context(listening(handler, one.address, one.port))
