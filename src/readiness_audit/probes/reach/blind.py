"""The one way a look says that it saw nothing."""

from __future__ import annotations

from readiness_audit.model.evidence import Reason


class CannotSee(Exception):  # noqa: N818 - reads as what happened: the probe cannot see
    """A look that shows nothing, with the reason and one line for the report."""

    def __init__(self, reason: Reason, detail: str) -> None:
        """Say why in words a reader of the report understands."""
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
