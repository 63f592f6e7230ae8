"""Read the lines of files of authorised keys (sshd(8), AUTHORIZED_KEYS FILE FORMAT)."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

from readiness_audit.probes.network.wire import Garbled
from readiness_audit.probes.ssh.keys import PublicKey, read_key

LONGEST_LINE = 16_384
"""Characters; sshd passes over a line longer than half of this."""

_TYPE = re.compile(r"(?:ssh-|ecdsa-sha2-|sk-)[a-z0-9@.-]{3,60}")
_OPTION = re.compile(r'([A-Za-z0-9-]{1,40})(?:="(?:[^"\\]|\\.)*")?(,|(?=[ \t]))')
_LONGEST_COMMENT = 100
_LIKE_A_SECRET = re.compile(r"[A-Za-z0-9+/=_-]{32,}")


class NoKey(Exception):  # noqa: N818 - says what the line is
    """A line that is neither a key nor a remark. What it holds is nobody's business: it is only counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyLine:
    """One key that may log in."""

    key: PublicKey
    options: tuple[str, ...]
    """Names only: what stands behind them may be a secret."""

    comment: str


def read_line(line: str) -> KeyLine | None:
    """Read one line; None where it is empty or a remark. Raises `NoKey` for any other."""
    line = line.strip(" \t")
    if not line or line.startswith("#"):
        return None
    if len(line) > LONGEST_LINE:
        raise NoKey
    options, rest = ((), line) if _is_type(line) else _options(line)
    words = rest.split(None, 2)
    if len(words) < 2 or not _TYPE.fullmatch(words[0]):  # noqa: PLR2004 - a type and a key
        raise NoKey
    try:
        key = read_key(base64.b64decode(words[1], validate=True))
    except (binascii.Error, ValueError, Garbled):
        raise NoKey from None
    if key.type != words[0]:
        raise NoKey
    return KeyLine(key=key, options=options, comment=_shown(words[2] if len(words) > 2 else ""))  # noqa: PLR2004 - the comment is third


def _is_type(line: str) -> bool:
    return _TYPE.fullmatch(re.split(r"[ \t]", line, maxsplit=1)[0]) is not None


def _options(line: str) -> tuple[tuple[str, ...], str]:
    names: list[str] = []
    at = 0
    while True:
        option = _OPTION.match(line, at)
        if option is None:
            raise NoKey
        names.append(option[1].lower())
        at = option.end()
        if option[2] != ",":
            return tuple(names), line[at:].lstrip(" \t")


def _shown(comment: str) -> str:
    kept = "".join(letter if letter.isprintable() else "?" for letter in comment.strip())
    return _LIKE_A_SECRET.sub("[redacted]", kept)[:_LONGEST_COMMENT]
