"""What names, hosts, ports and paths may look like, before anything is done with them."""

from __future__ import annotations

import ipaddress
import re
from ipaddress import IPv4Address, IPv6Address
from typing import TypeAlias

from readiness_audit.errors import FieldError

Address: TypeAlias = IPv4Address | IPv6Address

_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)", re.ASCII)
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?", re.ASCII)
_PORT = re.compile(r"([0-9]{1,5})(?:-([0-9]{1,5}))?/(tcp|udp)", re.ASCII)
_SOCKET = re.compile(r"(?:\[([0-9A-Fa-f:.]{2,45})\]|([0-9.]{7,15})):([0-9]{1,5})", re.ASCII)
_SECRET_QUERY = re.compile(
    r"[?&;][^=&;]*(?:auth|credential|jwt|key|passw|pwd|secret|session|sid|signature|ticket|token)[^=&;]*=",
    re.IGNORECASE,
)
DNS, HTTPS = 53, 443
"""Ports that are meant where none is named."""

HIGHEST_PORT = 65535
LONGEST_HOST = 253
LONGEST_PATH = 500


def check_name(field: str, text: str) -> None:
    """Refuse an id that could not be a file name, a report anchor and a command-line word at once."""
    if not _NAME.fullmatch(text):
        raise FieldError(
            field, f"{text!r} is not a name: use a-z, 0-9, '.', '_' and '-', at most 64 characters"
        )


def check_line(field: str, text: str, longest: int = 500) -> None:
    """Refuse text that is not one printable, non-empty line."""
    if not text.strip() or len(text) > longest or not text.isprintable():
        raise FieldError(field, f"must be one line of printable text, at most {longest} characters")


def check_host(field: str, text: str) -> None:
    """Refuse what is neither an address nor a host name (RFC 1123); a name may not look like an option."""
    if literal_address(text) is not None:
        return
    if "@" in text:
        told = "this is not a host name or address: leave out the user, the password and the '@'"
        raise FieldError(field, told, secret=True)
    bare = text.removesuffix(".")
    labels = bare.split(".")
    fits = 0 < len(bare) <= LONGEST_HOST and all(_LABEL.fullmatch(label) for label in labels)
    # A last label of digits only is an address somebody mistyped, and resolvers disagree on it.
    if not fits or labels[-1].isdigit() or re.fullmatch("0[xX][0-9a-fA-F]+", labels[-1]):
        raise FieldError(
            field, f"{text!r} is not a host name or address: no scheme, port, user, space or leading '-'"
        )


def literal_address(text: str) -> Address | None:
    """
    Read an IPv4 or IPv6 address, or say that the text is none. Zone ids are not accepted.

    An IPv4 address in the clothes of IPv6 (`::ffff:192.0.2.1`) is given as what it is: scope and
    pace of a host must not depend on how it is written.
    """
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv4Address):
        return address
    return None if address.scope_id else address.ipv4_mapped or address


def check_port(field: str, number: int) -> None:
    """Refuse what is not a TCP or UDP port number."""
    if not 0 < number <= HIGHEST_PORT:
        raise FieldError(field, f"{number} is not a port: use 1 to {HIGHEST_PORT}")


def check_request_path(field: str, text: str) -> None:
    """Refuse what cannot stand in the first line of an HTTP request."""
    if not text.startswith("/") or not text.isascii() or not text.isprintable() or " " in text:
        raise FieldError(field, "must begin with '/' and hold neither spaces nor control characters")


def check_bare_path(field: str, text: str) -> None:
    """Refuse what is no path as a server gets it: whole addresses, detours, fragments, secrets."""
    if "@" in text or _SECRET_QUERY.search(text):
        told = "a user, a password or a ticket has no place here: write the path alone, such as /admin"
        raise FieldError(field, told, secret=True)
    if re.match(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?//", text):
        path = re.sub(r"^[^/]*//[^/?#]*", "", text) or "/"
        raise FieldError(field, f"host and port are the endpoint's: write the path alone, {path!r}")
    if len(text) > LONGEST_PATH:
        raise FieldError(field, f"is longer than {LONGEST_PATH} characters")
    check_request_path(field, text)
    if "\\" in text or "#" in text:
        raise FieldError(
            field, f"{text!r} holds '\\' or '#', which no server gets: write the path without it"
        )
    steps = re.sub("%2e", ".", text.partition("?")[0], flags=re.IGNORECASE).split("/")
    if {".", ".."} & set(steps):
        raise FieldError(field, f"{text!r} takes a detour: write where it leads to, without '.' and '..'")


def check_domain(field: str, text: str) -> None:
    """Refuse what is not a name in the DNS made of letters, digits, '-' and '_'; an address is none."""
    bare = text.removesuffix(".")
    fits = 0 < len(bare) <= LONGEST_HOST and all(_LABEL.fullmatch(label) for label in bare.split("."))
    if not fits or literal_address(text) is not None:
        raise FieldError(field, f"{text!r} is not a domain name; write names with umlauts as xn--...")


def address_and_port(field: str, text: str, usual: int) -> tuple[Address, int]:
    """Read `192.0.2.53`, `192.0.2.53:5353`, `2001:db8::53` or `[2001:db8::53]:5353`; `usual` is the port."""
    match = _SOCKET.fullmatch(text)
    host, port = (match[1] or match[2], int(match[3])) if match else (text, usual)
    address = literal_address(host)
    if address is None:
        raise FieldError(field, f"{text!r} is not an address: write 192.0.2.53, or [2001:db8::53]:5353")
    check_port(field, port)
    return address, port


def host_and_port(field: str, text: str, usual: int) -> tuple[str, int]:
    """Read the name of a host, or an address with or without a port; `usual` is the port."""
    if literal_address(text) is None and not text[-1:].isdigit():
        check_host(field, text)
        return text, usual
    address, port = address_and_port(field, text, usual)
    return str(address), port


def port_range(field: str, text: str) -> tuple[int, int, str]:
    """Read `443/tcp` or `8000-8010/tcp` as first port, last port and protocol."""
    match = _PORT.fullmatch(text)
    if match is None:
        raise FieldError(field, f"{text!r} is not a port: write 443/tcp, 53/udp or 8000-8010/tcp")
    first, last = int(match[1]), int(match[2] or match[1])
    check_port(field, first)
    check_port(field, last)
    if first > last:
        raise FieldError(field, f"{text!r} runs backwards")
    return first, last, match[3]


def check_relative(field: str, text: str, inside: str = "inside the evidence folder") -> None:
    """Refuse a path that could leave the folder it is looked up in; `inside` says which that is."""
    parts = text.split("/")
    if (
        not text
        or text.startswith("/")
        or "\\" in text
        or not text.isprintable()
        or {"", ".", ".."} & set(parts)
    ):
        raise FieldError(field, f"{text!r} must be a path {inside}, without '..' and '\\'")


def check_absolute(field: str, text: str) -> None:
    """Refuse a path that is not absolute and plain."""
    parts = text.split("/")[1:]
    if not text.startswith("/") or not text.isprintable() or {".", ".."} & set(parts):
        raise FieldError(field, f"{text!r} must be an absolute path without '.' and '..'")


def check_secret(field: str, text: str) -> None:
    """Refuse a secret written out: only a reference to where it is kept is allowed."""
    if not re.fullmatch(r"(env:[A-Za-z_][A-Za-z0-9_]*|file:/[^\x00-\x1f]+|command:[^\x00-\x1f]+)", text):
        raise FieldError(
            field,
            "must say where the secret is kept (env:NAME, file:/PATH or command:...), not the secret itself",
            secret=True,
        )
