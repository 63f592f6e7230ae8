"""Read the XML nmap writes, as the text of a stranger: whole or not at all."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from readiness_audit.errors import MissingExtraError
from readiness_audit.model.evidence import Reason
from readiness_audit.probes.reach.blind import CannotSee

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_DOCTYPE = b"<!DOCTYPE nmaprun>"
_VERSION = re.compile(r"[0-9][0-9A-Za-z.+-]{0,30}", re.ASCII)
_BEYOND_THE_TABLE = frozenset(str(number) for number in range(4, 11))
MOST_SCRIPTS = 20
LONGEST_SAID = 500
"""Characters of what one script says that are kept."""

REASON = re.compile(r"[a-z][a-z-]{0,40}", re.ASCII)
"""How nmap says what it has a state from: `udp-response`, `no-response`."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+/-]{0,63}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Second:
    """What nmap said of one port."""

    state: str
    """In nmap's words: `open`, `closed`, `filtered`, and over UDP `open|filtered`."""

    service: str | None
    """The name nmap gives it."""

    reason: str | None = None
    """What it has the state from, in nmap's words."""

    talked: bool = False
    """Whether the name comes from talking to it; from a table by port number otherwise."""

    product: str | None = None
    version: str | None = None
    """Of the product, as it says itself."""

    scripts: tuple[tuple[str, str], ...] = ()
    """Name of each script that found something to say, and what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """An answer of nmap that came to a good end."""

    what: str
    """What it is, for messages: `nmap's answer`."""

    version: str
    root: Element
    text: str

    def hosts(self, protocol: str = "tcp") -> Mapping[str, Mapping[int, Second]]:
        """
        Give the ports of `protocol` that are told one by one, by address as it stands there.

        Raises `CannotSee` where they cannot be read.
        """
        try:
            # Its constructor would start nmap, without any bound; the reader needs nothing of that.
            scanner = reader().__new__(reader())
            return {
                str(address): {number: _second(row) for number, row in of_host.get(protocol, {}).items()}
                for address, of_host in scanner.analyse_nmap_xml_scan(self.text)["scan"].items()
            }
        except MissingExtraError:
            raise
        except Exception as error:  # noqa: BLE001 - a library meeting hostile text may raise anything
            detail = f"{self.what} could not be read: {type(error).__name__}"
            raise CannotSee(Reason.UNREADABLE, detail) from None


def read_whole(data: bytes, what: str) -> Whole:
    """Take nmap's XML apart. Raises `CannotSee` where it is something else, or did not come to a good end."""
    from defusedxml import DefusedXmlException  # noqa: PLC0415 - XML is read only where nmap answered
    from defusedxml.ElementTree import ParseError, fromstring  # noqa: PLC0415 - the same

    try:
        # nmap's own, empty declaration is let through once; any other is refused by the parser.
        text = data.replace(_DOCTYPE, b"", 1).decode("utf-8")
        root = fromstring(text, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, RecursionError, MemoryError):
        raise CannotSee(Reason.UNREADABLE, f"{what} is not the XML nmap writes") from None
    ends = root.findall("runstats/finished")
    version = root.get("version", "")
    if root.tag != "nmaprun" or [end.get("exit") for end in ends] != ["success"]:
        raise CannotSee(Reason.UNREADABLE, f"{what} has no good end")
    if not _VERSION.fullmatch(version):
        raise CannotSee(Reason.UNREADABLE, f"{what} does not say which nmap it is from")
    return Whole(what=what, version=version, root=root, text=text)


def reader() -> Any:  # noqa: ANN401 - the library has no types
    """Give python-nmap's reader. Raises `MissingExtraError` where it is not installed."""
    try:
        from nmap import PortScanner  # noqa: PLC0415 - an extra, and only needed where nmap is
    except ImportError:
        raise MissingExtraError("python-nmap", "nmap") from None
    return PortScanner


def _second(row: Mapping[str, Any]) -> Second:
    # Nmap's confidence is 3 for its table, and above where something answered as expected.
    talked = str(row["conf"]) in _BEYOND_THE_TABLE
    scripts = row.get("script", {}).items()
    return Second(
        state=_printable(row["state"]),
        service=_name(row["name"]),
        reason=reason if REASON.fullmatch(reason := str(row["reason"])) else None,
        talked=talked,
        product=(_printable(row["product"]) or None) if talked else None,
        version=(_printable(row["version"]) or None) if talked else None,
        scripts=tuple(
            (name, _printable(said, LONGEST_SAID))
            for key, said in scripts
            if (name := _name(key)) is not None
        )[:MOST_SCRIPTS],
    )


def _name(said: object) -> str | None:
    return said if isinstance(said, str) and _NAME.fullmatch(said) else None


def _printable(said: object, longest: int = 200) -> str:
    # Scripts indent what they say over several lines.
    words = " ".join(str(said)[: 4 * longest].split())
    return "".join(letter if letter.isprintable() else "?" for letter in words)[:longest]
