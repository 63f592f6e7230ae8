"""
Everything that can stop an audit from being done.

A finding about the audited system is never an exception. These are raised only
when the audit itself cannot be carried out as asked:

* ReadinessError
  - ContentError      a system, check or policy file is not usable
  - ExpressionError   a check's expression cannot be read
  - PlanError         the policy asks for something we do not have
  - RecordError       a record cannot be read back
    - StorageError    a record or a file cannot be written
    - SignatureError  a record or an entry is not what somebody trusted has signed
  - SigningKeyError   a key cannot be used
  - ReportError       a report cannot be made
  - ScopeError        something outside the authorised scope was asked for
  - MissingExtraError a part of the tool that is installed on request is not there
* FieldError          a value that its field does not allow
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_WINDOW = 120
"""Characters of a source line that a message shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A spot in a file that a person can jump to."""

    path: Path
    line: int
    """Counted from 1."""

    column: int
    """Counted from 1."""

    source: str = ""
    """The line as it stands in the file."""

    width: int = 1
    """How many characters the caret line underlines."""

    def __str__(self) -> str:
        """Write it the way editors and terminals recognise."""
        return f"{self.path}:{self.line}:{self.column}"

    def drawn(self) -> str:
        """Show the source line with carets under the spot, or nothing where there is no line."""
        if not self.source:
            return ""
        # A file may be hostile: a window of it is shown, and nothing a terminal would obey.
        begin = max(0, self.column - 1 - _WINDOW // 2)
        window = self.source[begin : begin + _WINDOW]
        shown = "".join(letter if letter.isprintable() else "\ufffd" for letter in window)
        margin = " " * len(str(self.line))
        caret = " " * (self.column - 1 - begin) + "^" * max(1, min(self.width, len(window)))
        return f"\n {margin} |\n {self.line} | {shown}\n {margin} | {caret}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong in a file, and where."""

    message: str
    place: Place

    def __str__(self) -> str:
        """Lead with the place: it is what the reader needs first."""
        return f"{self.place}: {self.message}{self.place.drawn()}"


class ReadinessError(Exception):
    """The audit could not be done. The message says what to change."""


class ContentError(ReadinessError):
    """A system, check or policy file is not usable. Carries every problem found, not only the first."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        """Say all of it at once, so that the file is mended in one go."""
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


class ExpressionError(ReadinessError):
    """A check's expression cannot be read."""

    def __init__(self, message: str, column: int = 1, line: int = 1) -> None:
        """Keep where in the expression it went wrong, both counted from 1."""
        super().__init__(message)
        self.message = message
        self.column = column
        self.line = line


class PlanError(ReadinessError):
    """The policy asks for a check or a probe that we do not have, or for nothing at all."""


class RecordError(ReadinessError):
    """A record cannot be read back, or is not what it was when it was kept."""


class StorageError(RecordError):
    """A record or a file cannot be written: the disk is full, read-only, broken, or not ours."""


class SignatureError(RecordError):
    """Something is not signed, not what was signed, or signed by somebody nobody vouched for."""


class SigningKeyError(ReadinessError):
    """A key cannot be used: it is not there, of another kind, open to others, or its passphrase is wrong."""


class ReportError(ReadinessError):
    """A report cannot be made."""


class ScopeError(ReadinessError):
    """Something outside the authorised scope, or outside its time window, was asked for."""


class MissingExtraError(ReadinessError):
    """A part of the tool that is installed on request is not there."""

    def __init__(self, library: str, extra: str) -> None:
        """Say what to type."""
        super().__init__(
            f"{library} is not installed; install it with: pip install 'readiness-audit[{extra}]'"
        )
        self.library = library
        self.extra = extra


class FieldError(ValueError):
    """A value that its field does not allow; says which field, so that a reader can point at it."""

    def __init__(self, field: str, problem: str, *, secret: bool = False) -> None:
        """
        Name the field as it is written in files, `targets.3.id` where it lies deeper.

        Of a `secret` one, the line is not shown.
        """
        super().__init__(problem)
        self.secret = secret
        self.field = field
        self.problem = problem
