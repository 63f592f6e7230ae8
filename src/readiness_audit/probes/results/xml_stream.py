"""Walk through XML from elsewhere: no DTD, no entities, not too deep, never the whole of it in memory."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from readiness_audit.model.evidence import Reason
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.deadline import Deadline

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

DEEPEST = 100
LARGEST_BRANCH = 20_000
"""Elements below one that is kept whole."""

_OFTEN = 10_000
"""Elements between two looks at the clock."""

_DOCTYPE = re.compile(rb"<!doctype", re.IGNORECASE)


def walk(
    data: bytes, what: str, deadline: Deadline, whole: frozenset[str] = frozenset()
) -> Iterator[tuple[str, Element]]:
    """
    Give `start` and `end` of each element in order, its tag without the namespace.

    An element whose tag is in `whole` has all its children at its end; others are dropped as
    soon as they end. `what` names the file in the report. Raises `CannotSee`: not XML, cut off,
    with a DTD, nested more than 100 deep, or not read to its end within `deadline`.
    """
    from defusedxml.common import DefusedXmlException  # noqa: PLC0415 - only looks at XML need it
    from defusedxml.ElementTree import iterparse  # noqa: PLC0415 - the same

    if _DOCTYPE.search(data):
        raise CannotSee(
            Reason.UNREADABLE, f"{what}: it has a DTD (<!DOCTYPE), which is not read; remove that line"
        )
    above: list[Element] = []
    kept = inside = begun = 0
    try:
        for event, element in iterparse(io.BytesIO(data), events=("start", "end"), forbid_dtd=True):
            if event == "start":
                element.tag = str(element.tag).rpartition("}")[2]
                above.append(element)
                inside += element.tag in whole
                kept += 1 if inside else 0
                begun += 1
                if begun % _OFTEN == 0 and deadline.left() <= 0:
                    raise CannotSee(
                        Reason.TIMED_OUT, f"{what}: not read to its end in {deadline.seconds:g} s"
                    )
                if len(above) > DEEPEST or kept > LARGEST_BRANCH:
                    raise CannotSee(
                        Reason.TOO_LARGE, f"{what}: nested too deeply, or too much in one element"
                    )
                yield "start", element
                continue
            yield "end", element
            above.pop()
            inside -= element.tag in whole
            if not inside:
                kept = 0
                if above:
                    above[-1].remove(element)
    except DefusedXmlException:
        raise CannotSee(Reason.UNREADABLE, f"{what}: it has a DTD or entities, which are not read") from None
    except (SyntaxError, ValueError, LookupError, RecursionError, MemoryError) as error:
        said = str(error)[:200] or type(error).__name__
        raise CannotSee(Reason.UNREADABLE, f"{what}: not sound XML: {said}") from None
