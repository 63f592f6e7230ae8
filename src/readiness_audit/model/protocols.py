"""What an endpoint may speak."""

from __future__ import annotations

from typing import Literal, TypeAlias

Spoken: TypeAlias = Literal[
    "https",
    "http",
    "tls",
    "smtp",
    "ssh",
    "elasticsearch",
    "ldap",
    "memcached",
    "mongodb",
    "mysql",
    "postgresql",
    "rdp",
    "redis",
    "smb",
    "winrm",
]

BegunInClear: TypeAlias = Literal["ftp", "imap", "ldap", "mysql", "pop3", "postgresql", "rdp", "smtp", "xmpp"]
"""What asks for TLS on a connection that begins in clear."""
