"""
Speak SSH as a client: the only module that knows asyncssh.

Every default of the library that reaches for something of the user's - settings, known hosts, keys,
the agent, Kerberos - is set aside. Only exchanges whose numbers are fixed are offered, and no
compression, so that a hostile server cannot choose what we compute or unpack.
"""

from __future__ import annotations

import asyncssh

from readiness_audit.model.evidence import Reason
from readiness_audit.probes.host.errand import Errand
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.plug import Plug

EXCHANGES = (
    "curve25519-sha256",
    "curve25519-sha256@libssh.org",
    "ecdh-sha2-nistp521",
    "ecdh-sha2-nistp384",
    "ecdh-sha2-nistp256",
    "diffie-hellman-group18-sha512",
    "diffie-hellman-group16-sha512",
    "diffie-hellman-group14-sha256",
)
HOST_KEYS = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp521",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp256",
    "rsa-sha2-512",
    "rsa-sha2-256",
)


def read_private_key(data: bytes) -> asyncssh.SSHKey:
    """Read a private key. Raises `CannotSee` where it is none, or has a passphrase."""
    try:
        return asyncssh.import_private_key(data + b"\n")
    except asyncssh.KeyEncryptionError:
        told = "the private key has a passphrase; give the audit a key of its own"
    except Exception:  # noqa: BLE001 - whatever is wrong with it, no part of a secret may get into a message
        told = "what is kept as the private key is no private key"
    raise CannotSee(Reason.DENIED, told)


async def converse(errand: Errand, key: asyncssh.SSHKey, plug: Plug) -> None:
    """
    Log in over the lent connection, run the command and hear it out.

    Raises `CannotSee` with what went wrong, in our words.
    """
    options = _options(errand, key)
    try:
        connection = await asyncssh.connect("host", sock=plug.socket, options=options, config=None)
        async with connection:
            channel, _ = await connection.create_session(
                lambda: _Session(errand), errand.command, encoding=None, request_pty=False
            )
            channel.write(errand.stdin)
            channel.write_eof()
            await errand.ended.wait()
            connection.abort()
    except asyncssh.HostKeyNotVerifiable:
        told = f"it shows the host key {errand.shown}, which is not declared" if errand.shown else ""
        raise CannotSee(Reason.DENIED, told or "the host shows a key that cannot be read") from None
    except asyncssh.PermissionDenied:
        raise CannotSee(Reason.DENIED, f"it does not let {errand.user} in with this key") from None
    except asyncssh.KeyExchangeFailed:
        raise CannotSee(Reason.REFUSED, "it has no way of speaking SSH in common with us") from None
    except asyncssh.ChannelOpenError:
        raise CannotSee(Reason.DENIED, f"it lets {errand.user} in, but runs no command") from None
    except (asyncssh.Error, OSError) as error:
        raise CannotSee(Reason.UNREADABLE, f"the conversation broke off: {type(error).__name__}") from None
    except Exception as error:  # noqa: BLE001 - what a hostile server makes the library raise has no end
        raise CannotSee(Reason.UNREADABLE, f"it speaks no SSH we know: {type(error).__name__}") from None


def _options(errand: Errand, key: asyncssh.SSHKey) -> asyncssh.SSHClientConnectionOptions:
    return asyncssh.SSHClientConnectionOptions(
        config=None,
        client_factory=lambda: _Client(errand),
        client_version="readiness-audit",
        # An empty list would mean the user's own file.
        known_hosts=lambda _host, _address, _port: ([], [], []),
        server_host_key_algs=HOST_KEYS,
        kex_algs=EXCHANGES,
        compression_algs=("none",),
        username=errand.user,
        client_keys=[key],
        agent_path=None,
        preferred_auth="publickey",
        host_based_auth=False,
        kbdint_auth=False,
        password_auth=False,
        gss_kex=False,
        gss_auth=False,
        gss_host=None,
        x509_trusted_certs=None,
        login_timeout=0,
    )


class _Client(asyncssh.SSHClient):
    """Decides on the host's key."""

    def __init__(self, errand: Errand) -> None:
        self._errand = errand

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        del host, addr, port
        fingerprint = key.get_fingerprint()
        self._errand.shown = f"{key.get_algorithm()} {fingerprint}"
        return fingerprint in self._errand.trusted


class _Session(asyncssh.SSHClientSession[bytes]):
    """Hears the command out."""

    def __init__(self, errand: Errand) -> None:
        self._errand = errand

    def data_received(self, data: bytes, datatype: int | None) -> None:
        self._errand.hear(data, datatype)

    def exit_status_received(self, status: int) -> None:
        self._errand.status = status

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._errand.ended.set()
