"""Show that looks are being taken: on standard error, on a terminal only."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from readiness_audit.model.evidence import Evidence
from readiness_audit.rendering.safe import visible


@contextmanager
def watching() -> Iterator[Callable[[Evidence], None]]:
    """Give what `collect` tells about each look that is done."""
    if not sys.stderr.isatty():
        from readiness_audit.stages.collect import nobody_watches

        yield nobody_watches
        return
    from rich.console import Console

    console = Console(stderr=True)
    with console.status("looking ...") as status:
        done = 0

        def told(evidence: Evidence) -> None:
            nonlocal done
            done += 1
            status.update(f"{done} looks done, last: {visible(evidence.look.id)}")

        yield told
