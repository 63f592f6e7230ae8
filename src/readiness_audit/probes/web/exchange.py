"""
Ask for one page and read the answer: bounded everywhere, strict about line ends, following nothing.

The head is taken apart twice, by our own strict reading and by h11, which must agree that
it is one; the stock clients fail on time and memory against hostile servers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import h11

from readiness_audit import __version__
from readiness_audit.model.evidence import Reason
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.deadline import Deadline
from readiness_audit.probes.reach.secure import Conversation

LARGEST_HEAD = 64 * 2**10
LONGEST_STATUS_LINE = 8 * 2**10
MOST_HEADERS = 100
ACCEPTED = "Accept-Encoding"
"""Nothing packed is asked for, unless somebody wants to know what would be."""

LARGEST_BODY = 2**20
MOST_INTERIM = 10
MOST_PIECES = 10_000
"""Chunks of one body: sent byte by byte, a megabyte would cost every other look its time."""

_PIECE = 2**14
_BODY_SHARE = 0.8
_MAGIC = b"HTTP/1."
_STATUS_LINE = re.compile(rb"HTTP/1\.[01] [1-9][0-9]{2}(?: [^\r\n\0]*)?")
_HEADER_LINE = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[^\r\n\0]*")
_STRAY = re.compile(rb"(?<!\r)\n|\r(?!\n)|\0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One answer of an HTTP server."""

    version: str
    status: int
    headers: tuple[tuple[str, str], ...]
    """Names in small letters, values as they were sent, in order."""

    interim: int
    """How many answers of the 100 range came before."""

    body_size: int
    """Bytes of the body that were read."""

    body_truncated: bool
    body_problem: str | None

    body: bytes
    """What was read of it, as it was sent."""

    reusable: bool
    """Whether the connection may carry another request."""

    def values(self, name: str) -> list[str]:
        """Give the values of all headers of that name, which is in small letters, in order."""
        return [value for header, value in self.headers if header == name]

    def first(self, name: str) -> str | None:
        """Give the value of the first header of that name; None where there is none."""
        return next(iter(self.values(name)), None)


async def ask_for(
    conversation: Conversation,
    *,
    host: str,
    path: str,
    deadline: Deadline,
    method: str = "GET",
    more: tuple[tuple[str, str], ...] = (),
    most_body: int = LARGEST_BODY,
    last: bool = True,
    content: bytes = b"",
) -> Reply:
    """
    Send one request and read its answer; `host` is what goes into the Host header.

    `more` are further headers, `content` is the body that is sent, `most_body` is in bytes, and
    `last` says that no other request is to follow. Raises `CannotSee` where no whole head of an
    answer comes; a body that breaks off, lies or does not end is a fact.
    """
    talk = h11.Connection(h11.CLIENT, max_incomplete_event_size=2 * LARGEST_HEAD)
    headers = [
        ("Host", host),
        ("User-Agent", f"readiness-audit/{__version__}"),
        ("Accept", "*/*"),
        *(() if any(name == ACCEPTED for name, _ in more) else ((ACCEPTED, "identity"),)),
        *more,
        *((("Content-Length", str(len(content))),) if content else ()),
        ("Connection", "close" if last else "keep-alive"),
    ]
    asked = talk.send(h11.Request(method=method, target=path, headers=headers))
    asked += talk.send(h11.Data(data=content)) if content else b""
    asked += talk.send(h11.EndOfMessage())
    await conversation.write(asked)
    head = _Head(conversation)
    interim = 0
    while True:
        event = _heard(talk, await head.next())
        if isinstance(event, h11.Response):
            break
        interim += 1
        if interim > MOST_INTERIM:
            raise CannotSee(Reason.TOO_LARGE, "the server sends interim answers without end")
    answer = _Body(most_body)
    await answer.read(talk, conversation, head.rest, deadline.part(deadline.left() * _BODY_SHARE))
    return Reply(
        version=f"HTTP/{event.http_version.decode('ascii')}",
        status=event.status_code,
        headers=tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in event.headers),
        interim=interim,
        body_size=len(answer.data),
        body_truncated=answer.truncated,
        body_problem=answer.problem,
        body=bytes(answer.data),
        reusable=not answer.truncated and _may_go_on(talk),
    )


def _may_go_on(talk: h11.Connection) -> bool:
    # What came unasked after the answer would be taken for the next one.
    done = talk.our_state is h11.DONE and talk.their_state is h11.DONE
    return done and not talk.trailing_data[0]


def _heard(talk: h11.Connection, head: bytes) -> h11.Response | h11.InformationalResponse:
    try:
        talk.receive_data(head)
        event = talk.next_event()
    except (h11.RemoteProtocolError, ValueError) as error:
        raise CannotSee(Reason.UNREADABLE, f"the head of the answer is not HTTP: {error}") from None
    if not isinstance(event, h11.Response | h11.InformationalResponse):
        raise CannotSee(Reason.UNREADABLE, "the head of the answer is not HTTP")
    return event


class _Head:
    """Reads the heads of answers up to their empty line, and keeps what came after."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation
        self._total = 0
        self.rest = b""

    async def next(self) -> bytes:
        """Give one head, checked line by line, with its empty line."""
        held = bytearray(self.rest)
        looked = 0
        while (end := held.find(b"\r\n\r\n", max(0, looked - 3))) < 0:
            _check_begin(held)
            _check_strays(held, looked)
            looked = len(held)
            piece = await self._conversation.read(_PIECE)
            if not piece:
                detail = "the connection ended inside the head of the answer" if held else "no answer came"
                raise CannotSee(Reason.UNREADABLE, detail)
            held += piece
            if len(held) + self._total > LARGEST_HEAD + _PIECE:
                raise _too_large()
        head, self.rest = bytes(held[: end + 4]), bytes(held[end + 4 :])
        self._total += len(head)
        if self._total > LARGEST_HEAD:
            raise _too_large()
        _check(head)
        return head


def _check(head: bytes) -> None:
    _check_begin(head)
    _check_strays(head)
    first, *lines = head[:-4].split(b"\r\n")
    if len(first) > LONGEST_STATUS_LINE:
        raise CannotSee(Reason.TOO_LARGE, f"the status line is longer than {LONGEST_STATUS_LINE} bytes")
    if not _STATUS_LINE.fullmatch(first):
        raise CannotSee(Reason.UNREADABLE, f"the status line is not HTTP: {first[:60]!r}")
    if len(lines) > MOST_HEADERS:
        raise CannotSee(Reason.TOO_LARGE, f"the answer has more than {MOST_HEADERS} headers")
    for line in lines:
        if not _HEADER_LINE.fullmatch(line):
            # Only the name: what follows may be a cookie.
            name = line.partition(b":")[0][:40]
            raise CannotSee(
                Reason.UNREADABLE, f"a header line of the answer is not one; it begins with {name!r}"
            )


def _check_begin(head: bytes | bytearray) -> None:
    if not _MAGIC.startswith(head[: len(_MAGIC)]):
        raise CannotSee(
            Reason.UNREADABLE, f"what answers there is not HTTP; it begins with {bytes(head[:12])!r}"
        )


def _check_strays(head: bytes | bytearray, looked: int = 0) -> None:
    # A CR at the end may yet get its LF.
    end = len(head) - 1 if head.endswith(b"\r") else len(head)
    if _STRAY.search(head, max(0, looked - 1), end):
        raise CannotSee(Reason.UNREADABLE, "the head of the answer holds a stray CR, LF or NUL")


def _too_large() -> CannotSee:
    return CannotSee(Reason.TOO_LARGE, f"the head of the answer is larger than {LARGEST_HEAD} bytes")


class _Body:
    """Reads a body up to its limit; whatever is wrong with it does not cost the head."""

    def __init__(self, most: int) -> None:
        self.data = bytearray()
        self._most = most
        self.truncated = False
        self.problem: str | None = None
        self._raw = 0
        self._pieces = 0

    async def read(
        self, talk: h11.Connection, conversation: Conversation, rest: bytes, budget: Deadline
    ) -> None:
        try:
            async with budget.timeout():
                await self._read(talk, conversation, rest, budget)
        except TimeoutError:
            self._stop("the body did not end in time")
        except CannotSee as blind:
            self._stop(blind.detail)
        except (h11.RemoteProtocolError, ValueError) as error:
            self._stop(f"the body is not what its headers say: {error}")

    async def _read(
        self, talk: h11.Connection, conversation: Conversation, rest: bytes, budget: Deadline
    ) -> None:
        if rest:
            talk.receive_data(rest)
        while True:
            event = talk.next_event()
            if event is h11.NEED_DATA:
                piece = await conversation.read(_PIECE)
                self._raw += len(piece)
                if self._raw > 2 * LARGEST_BODY or not budget.left():
                    return self._stop("the body has more packaging than content, or takes too long")
                talk.receive_data(piece)
            elif isinstance(event, h11.Data):
                self.data += event.data
                self._pieces += 1
                if self._pieces > MOST_PIECES:
                    return self._stop("the body comes in more pieces than anybody needs")
                if len(self.data) > self._most:
                    del self.data[self._most :]
                    self.truncated = True
                    return None
            else:
                return None

    def _stop(self, problem: str) -> None:
        self.truncated, self.problem = True, problem
