"""Take in exactly as much as a protocol promises, and never more than a limit allows."""

from __future__ import annotations

from readiness_audit.model.evidence import Reason
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.secure import Conversation

_PIECE = 2**14


class HungUp(CannotSee):
    """The other side closed the connection before a word of the answer."""


class Intake:
    """Reads from a plain or a secured conversation; what came too early is kept for the next question."""

    def __init__(self, conversation: Conversation) -> None:
        """Read nothing yet."""
        self._conversation = conversation
        self._held = b""

    @property
    def held(self) -> int:
        """How many bytes came and were not given yet."""
        return len(self._held)

    async def exactly(self, count: int, most: int) -> bytes:
        """
        Give the next `count` bytes.

        Raises `CannotSee` where more than `most` are announced, or fewer come.
        """
        if count > most:
            raise CannotSee(Reason.UNREADABLE, f"an answer of {count} bytes is announced, more than {most}")
        while len(self._held) < count:
            await self._more(f"{len(self._held)} of {count} bytes")
        taken, self._held = self._held[:count], self._held[count:]
        return taken

    async def line(self, most: int) -> bytes:
        """Give the next line without its end (CR LF); raises `CannotSee` where it is longer than `most`."""
        while (end := self._held.find(b"\r\n")) < 0:
            if len(self._held) > most:
                break
            await self._more("half a line")
        if not 0 <= end <= most:
            raise CannotSee(Reason.UNREADABLE, f"a line of the answer is longer than {most} bytes")
        taken, self._held = self._held[:end], self._held[end + 2 :]
        return taken

    async def all(self, most: int) -> bytes:
        """Give everything up to the end of the stream; raises `CannotSee` where it is more than `most`."""
        while piece := await self._conversation.read(_PIECE):
            self._held += piece
            if len(self._held) > most:
                raise CannotSee(Reason.TOO_LARGE, f"the answer is larger than {most} bytes")
        taken, self._held = self._held, b""
        return taken

    async def _more(self, where: str) -> None:
        piece = await self._conversation.read(_PIECE)
        if not piece:
            if not self._held:
                raise HungUp(Reason.UNREADABLE, "it hung up without an answer")
            raise CannotSee(Reason.UNREADABLE, f"the connection ended after {where}")
        self._held += piece


def printable(said: bytes, most: int = 120) -> str:
    """Give what a server said as one line that no terminal obeys, cut at `most` characters."""
    text = said[: 4 * most].decode("utf-8", "replace")[:most]
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)
