"""
Find out whether a server takes log-ins before TLS, from what it offers; nobody logs in.

No password is sent anywhere. A name is said in two places, and it is nobody's: to FTP, which offers
nothing before it is given one, and to directories, with an empty password.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from readiness_audit.probes.network.intake import printable
from readiness_audit.probes.network.wire import Garbled
from readiness_audit.probes.reach.stream import Stream
from readiness_audit.probes.tls.preamble import OURS, Talk, greeted, greeted_with, xmpp_features
from readiness_audit.probes.windows.ldap_messages import (
    CONFIDENTIALITY,
    INVALID_CREDENTIALS,
    STRONGER_AUTH,
    SUCCESS,
    Directory,
)

OFFERED, NOT_OFFERED, UNCLEAR, NOT_ASKED = "offered", "not-offered", "unclear", "not-asked"
NOBODY = "readiness-audit-nobody"
MOST_METHODS = 30

_METHOD = re.compile(rb"[A-Z0-9_-]{1,40}", re.ASCII)
_MECHANISM = re.compile(rb"<mechanism(?:\s[^<>]*)?>\s*([A-Za-z0-9_-]{1,40})\s*</mechanism>", re.ASCII)
_OLD_AUTH = b"http://jabber.org/features/iq-auth"
_WANTS_TLS = re.compile(rb"encrypt|TLS|SSL|secure|cleartext|use auth", re.ASCII | re.IGNORECASE)
_DONE, _SYSTEM, _LOGGED_IN, _NEEDS_PASSWORD, _BAD = 250, 211, 230, 331, 400


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearLogin:
    """Whether one may log in before TLS."""

    state: str
    answer: str
    methods: tuple[str, ...] = ()


async def find_clear_login(stream: Stream, protocol: str, name: str) -> ClearLogin:
    """
    Ask on a fresh connection what is offered before TLS; `name` is what the service is called by.

    Raises `Garbled` where the protocol is not spoken, and the stream's `CannotSee`.
    """
    ask = _ASKING.get(protocol)
    if ask is None:
        return ClearLogin(state=NOT_ASKED, answer="what it demands is only said to who tries to log in")
    return await ask(stream, name)


async def _smtp(stream: Stream, _name: str) -> ClearLogin:
    talk = Talk(stream)
    await greeted(talk, 220)
    await talk.say(f"EHLO {OURS}")
    code, lines = await talk.reply()
    if code != _DONE:
        return ClearLogin(state=UNCLEAR, answer=f"it answers EHLO with {code}")
    words = [line.upper().replace(b"=", b" ").split() for line in lines[1:]]
    login = [word for one in words if one[:1] == [b"AUTH"] for word in one[1:]]
    await talk.say("QUIT")
    return _listed(login)


async def _imap(stream: Stream, _name: str) -> ClearLogin:
    talk = Talk(stream)
    await greeted_with(talk, b"* OK")
    await talk.say("a1 CAPABILITY")
    answer, lines = await talk.tagged("a1")
    told = [line.upper().split()[2:] for line in lines if line.upper().startswith(b"* CAPABILITY ")]
    if not told or not answer.upper().startswith(b"OK"):
        return ClearLogin(state=UNCLEAR, answer="it does not say what it is capable of")
    words = told[-1]
    login = [] if b"LOGINDISABLED" in words else [b"LOGIN"]
    login += [word.removeprefix(b"AUTH=") for word in words if word.startswith(b"AUTH=")]
    await talk.say("a2 LOGOUT")
    return _listed(login)


async def _pop3(stream: Stream, _name: str) -> ClearLogin:
    talk = Talk(stream)
    await greeted_with(talk, b"+OK")
    await talk.say("CAPA")
    first = await talk.line()
    if not first.upper().startswith(b"+OK"):
        return ClearLogin(state=UNCLEAR, answer=f"it does not say what it is capable of: {printable(first)}")
    words = [line.upper().split() for line in await talk.listed(first)]
    login = [b"USER"] if [b"USER"] in words else []
    login += [word for one in words if one[:1] == [b"SASL"] for word in one[1:]]
    await talk.say("QUIT")
    return _listed(login)


async def _ftp(stream: Stream, _name: str) -> ClearLogin:
    talk = Talk(stream)
    await greeted(talk, 220)
    await talk.say(f"USER {NOBODY}")
    code, lines = await talk.reply()
    said = f"{code} {printable(lines[-1], 80)}".rstrip()
    await talk.say("QUIT")
    if code in {_LOGGED_IN, _NEEDS_PASSWORD}:
        return ClearLogin(state=OFFERED, answer=said, methods=("USER",))
    # Some turn away a name they do not know in the same breath as one that is not encrypted.
    wants_tls = code >= _BAD and any(_WANTS_TLS.search(line) for line in lines)
    return ClearLogin(state=NOT_OFFERED if wants_tls else UNCLEAR, answer=said)


async def _xmpp(stream: Stream, name: str) -> ClearLogin:
    text = await xmpp_features(Talk(stream), name)
    login = [found.upper() for found in _MECHANISM.findall(text)]
    if b"<mechanism" in text and not login:
        return ClearLogin(state=UNCLEAR, answer="the ways to log in cannot be read")
    return _listed(login + ([b"IQ-AUTH"] if _OLD_AUTH in text else []))


async def _ldap(stream: Stream, _name: str) -> ClearLogin:
    directory = Directory(stream)
    anonymous = await directory.bind()
    named = await directory.bind(f"cn={NOBODY}")
    if named.code in {SUCCESS, INVALID_CREDENTIALS}:
        return ClearLogin(state=OFFERED, answer=named.said, methods=("simple bind",))
    root = await directory.search("", ["supportedSASLMechanisms"])
    asked = {"a bind with a name": named, "an anonymous bind": anonymous, "a search": root}
    for what, result in asked.items():
        if result.code in {STRONGER_AUTH, CONFIDENTIALITY}:
            return ClearLogin(state=NOT_OFFERED, answer=f"to {what}: {result.said}")
    told = [each for entry in root.entries for each in entry.get("supportedsaslmechanisms", ())]
    plain = [each.upper().encode() for each in told if each.upper() in {"PLAIN", "LOGIN"}]
    # What else it lists is for Kerberos and the like; that nothing is listed says nothing of simple binds.
    return _listed(plain) if plain else ClearLogin(state=UNCLEAR, answer=named.said)


def _listed(words: Sequence[bytes]) -> ClearLogin:
    methods = tuple(dict.fromkeys(word.decode() for word in words if _METHOD.fullmatch(word)))[:MOST_METHODS]
    if methods:
        return ClearLogin(state=OFFERED, answer=f"it offers {', '.join(methods)}"[:200], methods=methods)
    if words:
        raise Garbled("the ways to log in it lists cannot be read")
    return ClearLogin(state=NOT_OFFERED, answer="it lists no way to log in")


_ASKING: Mapping[str, Callable[[Stream, str], Awaitable[ClearLogin]]] = {
    "ftp": _ftp,
    "imap": _imap,
    "ldap": _ldap,
    "pop3": _pop3,
    "smtp": _smtp,
    "xmpp": _xmpp,
}
