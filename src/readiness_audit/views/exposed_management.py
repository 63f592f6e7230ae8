"""From where the ports of administration are open, over all vantage points."""

from __future__ import annotations

from readiness_audit.views.exposure import NEEDS, Exposure, exposure
from readiness_audit.views.view import Inputs, View


def join(inputs: Inputs) -> Exposure:
    """Join the looks at a host from all vantage points. Raises `CannotJoin`."""
    return exposure("management", inputs)


VIEW = View(name="exposed.management", sees=Exposure, needs=NEEDS, join=join)
