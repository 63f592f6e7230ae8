"""Read /.well-known/security.txt: where strangers report what they found (RFC 9116)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from readiness_audit.model.evidence import Reason
from readiness_audit.model.target import Endpoint
from readiness_audit.probes.probe import Probe, Seen
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.moment import written
from readiness_audit.probes.reach.reach import Reach
from readiness_audit.probes.web.exchange import Reply
from readiness_audit.probes.web.redaction import safe_address
from readiness_audit.probes.web.visit import Visit, host_header, unpacked

PLACE = "/.well-known/security.txt"
OLD_PLACE = "/security.txt"
LARGEST = 64 * 2**10
MOST_LINES = 1000

_OK = 200
_BROKEN = 500
_BUSY = 429
_MOST_TOLD = 20
_LONGEST = 500
_FIELD = re.compile(r"([!-9;-~]{1,60}):[ \t]*(.*?)[ \t]*", re.ASCII)
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})",
    re.ASCII,
)
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"]{1,2000}", re.ASCII)
_LANGUAGES = re.compile(
    r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*([ \t]*,[ \t]*[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*)*", re.ASCII
)
_SIGNED = "-----BEGIN PGP SIGNED MESSAGE-----"
_SIGNATURE = "-----BEGIN PGP SIGNATURE-----"
_END = "-----END PGP SIGNATURE-----"
_ADDRESSED = ("acknowledgments", "canonical", "contact", "encryption", "hiring", "policy", "csaf")


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityTxt:
    """What a security.txt says, and what is wrong with it."""

    contacts: tuple[str, ...]
    """Where to report, as full addresses: `mailto:`, `tel:`, `https://`; the preferred one first."""

    expires: str | None
    """Until when it may be relied on; None where that is not said exactly once and correctly."""

    days_valid: int | None
    """Whole days from the beginning of this run until then, less than 0 once it is over."""

    canonical: tuple[str, ...]
    """Where the file says that it belongs."""

    languages: tuple[str, ...]
    """In which languages reports are welcome."""

    has_policy: bool
    has_encryption: bool
    signed: bool
    """Whether it stands inside an OpenPGP signature; the signature itself is not verified."""

    problems: tuple[str, ...]
    """Where it departs from RFC 9116, one line each; at most 20."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityTxtFacts:
    """What a web server answers where a security.txt belongs."""

    scheme: str
    host: str
    """The name that was asked for."""

    status: int
    """What is answered at /.well-known/security.txt."""

    path: str | None
    """Where a file was found: there, or at the old place /security.txt; None where at neither."""

    content_type: str | None
    plain_text: bool
    """Whether it came as text/plain, and in UTF-8 if that is said at all."""

    location: str | None
    """Where the place leads to instead, without user, query and fragment; nobody went there."""

    file: SecurityTxt | None
    """None where no file was found."""

    canonical_matches: bool
    """Whether the address it came from is among those it says it belongs to, or it names none."""


async def look(target: Endpoint, reach: Reach) -> Seen[SecurityTxtFacts]:
    """
    Ask for the file where it belongs and, where it is not there, at its old place.

    Raises `CannotSee` where nothing there answers in HTTP, or the answer does not tell.
    """
    async with Visit(target, reach) as visit:
        reply = await visit.ask(PLACE, most_body=LARGEST)
        _check_told(reply)
        path: str | None = PLACE
        came = reply
        if not _is_file(reply):
            came = await visit.ask(OLD_PLACE, most_body=LARGEST)
            path = OLD_PLACE if _is_file(came) else None
    kind = came.first("content-type") if path is not None else None
    body = unpacked(came, LARGEST) if path is not None else None
    file = None if body is None else read_security_txt(body, reach.started)
    address = f"{target.protocol}://{host_header(target, visit.name)}{path}"
    location = reply.first("location")
    facts = SecurityTxtFacts(
        scheme=target.protocol,
        host=visit.name,
        status=reply.status,
        path=path,
        content_type=None if kind is None else kind[:_LONGEST],
        plain_text=_is_plain(kind),
        location=None if location is None else safe_address(location)[:_LONGEST],
        file=file,
        canonical_matches=file is not None and (not file.canonical or address in file.canonical),
    )
    return Seen(facts=facts, excerpts=(("security.txt", body),) if body else ())


def _check_told(reply: Reply) -> None:
    if reply.status >= _BROKEN or reply.status == _BUSY:
        raise CannotSee(Reason.UNREADABLE, f"the server answers with status {reply.status}")
    if reply.status == _OK and (reply.body_problem is not None or unpacked(reply) is None):
        detail = reply.body_problem or "the file is packed in a way that is not understood"
        raise CannotSee(Reason.UNREADABLE, detail)


def _is_file(reply: Reply) -> bool:
    # Many servers answer any path with their start page.
    kind = (reply.first("content-type") or "").partition(";")[0].strip().lower()
    return (
        reply.status == _OK and kind not in {"text/html", "application/xhtml+xml"} and bool(unpacked(reply))
    )


def _is_plain(kind: str | None) -> bool:
    named, _, rest = (kind or "").partition(";")
    charset = re.search(r"charset\s*=\s*\"?([\w.-]+)", rest.lower(), re.ASCII)
    return named.strip().lower() == "text/plain" and (charset is None or charset[1] in {"utf-8", "utf8"})


def read_security_txt(body: bytes, now: datetime) -> SecurityTxt:
    """Read a file as RFC 9116 has it (sections 2 to 4), and say where it departs from that."""
    problems: list[str] = []
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        text = body.decode("utf-8", "replace")
        problems.append("it is not UTF-8")
    lines = re.split(r"\r?\n", text)
    if len(lines) > MOST_LINES:
        problems.append(f"it has more than {MOST_LINES} lines")
        lines = lines[:MOST_LINES]
    signed, lines = _inside_signature(lines, problems)
    fields: dict[str, list[str]] = {}
    for name, value in _fields(lines, problems):
        fields.setdefault(name, []).append(value)
    for name in _ADDRESSED:
        fields[name] = [value for value in fields.get(name, []) if _is_address(name, value, problems)]
    if not fields["contact"]:
        problems.append("there is no Contact that can be used")
    ends = _expires(fields.get("expires", []), problems)
    languages = fields.get("preferred-languages", [])
    if len(languages) > 1:
        problems.append("Preferred-Languages is there more than once")
    elif languages and not _LANGUAGES.fullmatch(languages[0]):
        problems.append("Preferred-Languages is no list of languages")
    return SecurityTxt(
        contacts=_few(fields["contact"]),
        expires=None if ends is None else written(ends),
        days_valid=None if ends is None else (ends - now).days,
        canonical=_few(fields["canonical"]),
        languages=_few([part.strip() for part in ",".join(languages[:1]).split(",") if part.strip()]),
        has_policy=bool(fields["policy"]),
        has_encryption=bool(fields["encryption"]),
        signed=signed,
        problems=tuple(dict.fromkeys(problems))[:_MOST_TOLD],
    )


def _inside_signature(lines: list[str], problems: list[str]) -> tuple[bool, list[str]]:
    if not lines or lines[0] != _SIGNED:
        return False, lines
    if _SIGNATURE not in lines or _END not in lines[lines.index(_SIGNATURE) :]:
        problems.append("its signature does not end")
        return False, lines[1:]
    inside = lines[1 : lines.index(_SIGNATURE)]
    # Armour headers such as Hash stand before the first empty line; dashes inside are escaped (RFC 4880).
    begin = inside.index("") + 1 if "" in inside else 0
    return True, [line.removeprefix("- ") for line in inside[begin:]]


def _fields(lines: list[str], problems: list[str]) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        match = _FIELD.fullmatch(line)
        if match is None or not match[2]:
            problems.append(f"line {number} is neither a field nor a comment")
        else:
            yield match[1].lower(), match[2]


def _is_address(name: str, value: str, problems: list[str]) -> bool:
    title = name.capitalize()
    if not _ADDRESS.fullmatch(value):
        problems.append(f"{title} is not a full address (such as mailto: or https:)")
        return False
    try:
        parts = urlsplit(value)
    except ValueError:
        problems.append(f"{title} is not an address")
        return False
    if parts.scheme.lower() == "http":
        problems.append(f"{title} leads to a plain connection; it must begin with https://")
        return False
    return True


def _expires(values: list[str], problems: list[str]) -> datetime | None:
    if len(values) != 1:
        problems.append("Expires is missing" if not values else "Expires is there more than once")
        return None
    if not _MOMENT.fullmatch(values[0]):
        problems.append("Expires is not a moment with time and zone")
        return None
    try:
        shortened = re.sub(r"\.[0-9]+", "", values[0].upper())
        return datetime.fromisoformat(shortened).astimezone(UTC)
    except (ValueError, OverflowError):
        problems.append("Expires is a moment that does not exist")
        return None


def _few(values: list[str]) -> tuple[str, ...]:
    return tuple(value[:_LONGEST] for value in values[:_MOST_TOLD])


PROBE = Probe(
    name="security-txt",
    looks_at=Endpoint,
    sees=SecurityTxtFacts,
    look=look,
    only={"protocol": ("https",)},
    network=True,
)
