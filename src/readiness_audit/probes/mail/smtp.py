"""
See how a mail server greets, what it offers, and whether it would take mail for others.

A mail is begun and never sent: after MAIL and RCPT comes RSET, and DATA, BDAT and AUTH are
words this module does not know. Whether a server that answers 250 would deliver in the end
is not found out; that it takes on mail between strangers is the finding.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from readiness_audit.model.evidence import Reason
from readiness_audit.model.grammar import literal_address
from readiness_audit.model.target import Endpoint
from readiness_audit.probes.probe import Probe, Seen
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.reach import Reach
from readiness_audit.probes.reach.secure import Conversation, SecureStream
from readiness_audit.probes.tls.handshakes import asked_names, sni
from readiness_audit.probes.tls.preamble import speak

OURS = "audit.example.org"
"""How the audit names itself; names under example.org, .com and .net are nobody's (RFC 2606)."""

STRANGER = "readiness-audit@example.net"
SENDER = "readiness-audit@example.com"
LONGEST_LINE = 2048
MOST_LINES = 100
LARGEST_TALK = 64 * 2**10

_REPLY = re.compile(rb"([2-5][0-9]{2})(?:([ -])([^\r\n\0]*))?", re.ASCII)
_ABOUT_THE_NAME = re.compile(
    r"\b5\.(1\.\d+|4\.\d+|7\.27)\b|null ?mx|does not accept mail", re.ASCII | re.IGNORECASE
)
_ABOUT_RELAYING = re.compile(
    r"\brelay(?:ing)?\b|\brcpthosts\b|\bauth\b|\bauthenticat|\blog ?in first|non-accepted domain",
    re.IGNORECASE,
)
_ABOUT_US = re.compile(
    r"\b(?:helo|ehlo)\b|client host|\b(?:black|block|deny) ?list|\bdnsbl|\brbl\b|spamhaus|spamcop|\bblocked\b"
    r"|\breputation|\bspf\b|\bdmarc\b|sender (?:address )?(?:rejected|verif)|reverse (?:dns|lookup)|\bptr\b"
    r"|\b5\.7\.(?:2[0-6]|9)\b|too many|rate limit|\bbanned\b",
    re.IGNORECASE,
)
"""Servers that put all refusals off to the recipient say there what they have against us."""

_ABOUT_TLS = re.compile(r"starttls|\btls\b|\bencrypt", re.IGNORECASE)
_NOT_UNDERSTOOD = frozenset({500, 501, 502, 503, 504, 555})
_READY = 220
_DONE = 250
_LOGIN_FIRST = 530
_KEYWORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,63}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayTry:
    """One mail to a stranger, begun and taken back."""

    way: str
    """`stranger`, `no-sender` (an empty one), `own-sender` (postmaster of the server's own name)."""

    sender: str
    state: str
    """
    `accepted`: the server would take it; `refused`: for good, code 5xx; `sender-refused`: it did not get as
    far as the recipient; `unclear`: refused for now (4xx), or because of the recipient's name or of who asks,
    and not because of relaying; `not-seen`: it did not answer, hung up, or said something else.
    """

    code: int | None
    """The code that decided."""

    said: str
    """What came with it, at most 200 characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpFacts:
    """What a mail server said to somebody it does not know; seen from where the audit looks."""

    banner: str
    """Its greeting, at most 200 characters."""

    ehlo: bool
    """Whether it speaks ESMTP; where not, HELO was used."""

    capabilities: tuple[str, ...]
    """The extensions it offers before any encryption, in capitals: `STARTTLS`, `SIZE`, `AUTH`."""

    starttls: bool
    """Whether STARTTLS is among them."""

    auth_in_clear: tuple[str, ...]
    """Login methods it offers before any encryption."""

    relay: tuple[RelayTry, ...]
    relay_tries: int
    """How many of these were accepted or refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reply:
    code: int
    lines: tuple[str, ...]


class _Talk:
    """One SMTP conversation, line by line and bounded."""

    def __init__(self, stream: Conversation) -> None:
        self._stream = stream
        self._held = bytearray()
        self._taken = 0

    async def say(self, line: str) -> _Reply:
        await self._stream.write(line.encode("ascii") + b"\r\n")
        return await self.hear()

    async def hear(self) -> _Reply:
        lines: list[str] = []
        code: bytes | None = None
        while True:
            match = _REPLY.fullmatch(await self._line())
            if match is None or (code is not None and match[1] != code):
                raise CannotSee(Reason.UNREADABLE, "what answers there is not SMTP")
            code = match[1]
            lines.append(_shown(match[3] or b""))
            if match[2] != b"-":
                return _Reply(code=int(code), lines=tuple(lines))
            if len(lines) == MOST_LINES:
                raise CannotSee(Reason.TOO_LARGE, "the mail server's answer does not end")

    async def _line(self) -> bytes:
        while (end := self._held.find(b"\n")) < 0:
            if len(self._held) > LONGEST_LINE:
                raise CannotSee(Reason.TOO_LARGE, "the mail server sends a line without end")
            piece = await self._stream.read(4096)
            self._taken += len(piece)
            if not piece:
                raise CannotSee(Reason.UNREADABLE, "the mail server hung up")
            if self._taken > LARGEST_TALK:
                raise CannotSee(Reason.TOO_LARGE, "the mail server says more than anybody needs to")
            self._held += piece
        line = bytes(self._held[:end]).removesuffix(b"\r")
        del self._held[: end + 1]
        return line


async def look(target: Endpoint, reach: Reach) -> Seen[SmtpFacts]:
    """
    Listen to the greeting, ask for extensions, and offer mails between strangers, one connection each.

    Raises `CannotSee` where nothing there speaks SMTP, or it does not talk to us.
    """
    async with await reach.gate.connect(reach.look, target.host, target.port, reach.deadline) as stream:
        talk = _Talk(stream)
        banner = await talk.hear()
        if banner.code != _READY:
            raise CannotSee(Reason.REFUSED, f"the mail server greets with {banner.code}")
        hello = await talk.say(f"EHLO {OURS}")
        ehlo = hello.code == _DONE
        await _part(talk)
    offered = dict(_capabilities(hello)) if ehlo else {}
    tries = [await _try(target, reach, *way) for way in _ways(target)]
    facts = SmtpFacts(
        banner=" ".join(banner.lines)[:200],
        ehlo=ehlo,
        capabilities=tuple(offered),
        starttls="STARTTLS" in offered,
        auth_in_clear=tuple(offered.get("AUTH", "").split()),
        relay=tuple(tries),
        relay_tries=sum(one.state in {"accepted", "refused"} for one in tries),
    )
    greeting = "\n".join((*banner.lines, *hello.lines))
    return Seen(facts=facts, excerpts=(("greeting", greeting.encode()),))


def _ways(target: Endpoint) -> Iterator[tuple[str, str]]:
    yield "stranger", SENDER
    yield "no-sender", ""
    for name in (target.names or (target.host,))[:1]:
        if literal_address(name) is None:
            yield "own-sender", f"postmaster@{name.removesuffix('.')}"


async def _try(target: Endpoint, reach: Reach, way: str, sender: str) -> RelayTry:
    try:
        step, decided = await _in_clear(target, reach, sender)
        if decided.code == _LOGIN_FIRST and _ABOUT_TLS.search(" ".join(decided.lines)):
            step, decided = await _within_tls(target, reach, sender)
    except CannotSee as blind:
        return RelayTry(way=way, sender=sender, state="not-seen", code=None, said=blind.detail[:200])
    said = " ".join(decided.lines)
    return RelayTry(
        way=way, sender=sender, state=_state(step, decided.code, said), code=decided.code, said=said[:200]
    )


async def _in_clear(target: Endpoint, reach: Reach, sender: str) -> tuple[str, _Reply]:
    async with await reach.gate.connect(reach.look, target.host, target.port, reach.deadline) as stream:
        talk = _Talk(stream)
        if (greeting := await talk.hear()).code != _READY:
            raise CannotSee(Reason.REFUSED, f"the mail server greets with {greeting.code}")
        return await _offer(talk, sender)


async def _within_tls(target: Endpoint, reach: Reach, sender: str) -> tuple[str, _Reply]:
    """Begin it after STARTTLS: what a server says of mail in clear is no word on relaying."""
    name = asked_names(target)[0]
    stream = await reach.gate.connect(reach.look, target.host, target.port, reach.deadline)
    async with SecureStream(stream, sni(name)) as secure:
        await speak(stream, "smtp", name)
        await secure.shake_hands()
        return await _offer(_Talk(secure), sender)


def _state(step: str, code: int, said: str) -> str:
    """Say what a code means: a refusal of this sender, recipient or client says nothing about relaying."""
    kind = {2: "accepted", 4: "unclear", 5: "refused"}.get(code // 100, "not-seen")
    if kind == "accepted":
        return kind if step == "RCPT" else "not-seen"
    if kind != "refused":
        return kind
    if code == _LOGIN_FIRST:
        return "unclear" if _ABOUT_TLS.search(said) else kind
    if step != "RCPT":
        return "sender-refused"
    about_others = _ABOUT_US.search(said) or code in _NOT_UNDERSTOOD
    beside = _ABOUT_THE_NAME.search(said) or (about_others and not _ABOUT_RELAYING.search(said))
    return "unclear" if beside else kind


async def _offer(talk: _Talk, sender: str) -> tuple[str, _Reply]:
    """Begin a mail and take it back; give the step and the answer that decided whether it would be taken."""
    hello = await talk.say(f"EHLO {OURS}")
    if hello.code // 100 == 5:  # noqa: PLR2004 - it knows no ESMTP
        await talk.say(f"HELO {OURS}")
    step, reply = "MAIL", await talk.say(f"MAIL FROM:<{sender}>")
    if reply.code // 100 == 2:  # noqa: PLR2004 - whatever is not a yes ends it
        step, reply = "RCPT", await talk.say(f"RCPT TO:<{STRANGER}>")
    await _part(talk)
    return step, reply


async def _part(talk: _Talk) -> None:
    """Take back what was begun and say goodbye; what is answered to that matters no more."""
    try:
        await talk.say("RSET")
        await talk.say("QUIT")
    except CannotSee:
        return


def _capabilities(hello: _Reply) -> Iterator[tuple[str, str]]:
    for line in hello.lines[1:]:
        word, _, rest = line.replace("=", " ", 1).partition(" ")
        if _KEYWORD.fullmatch(word):
            yield word.upper(), rest[:200].upper()


def _shown(data: bytes) -> str:
    return "".join(chr(byte) if 0x20 <= byte < 0x7F else f"\\x{byte:02x}" for byte in data)  # noqa: PLR2004 - ASCII


PROBE = Probe(
    name="smtp",
    looks_at=Endpoint,
    sees=SmtpFacts,
    look=look,
    only={"protocol": ("smtp",)},
    network=True,
)
