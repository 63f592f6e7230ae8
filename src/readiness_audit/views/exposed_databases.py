"""From where the ports of databases are open, over all vantage points."""

from __future__ import annotations

from readiness_audit.views.exposed_ports import NEEDS, ports_of
from readiness_audit.views.exposure import Exposure, exposure
from readiness_audit.views.view import Inputs, View


def join(inputs: Inputs) -> Exposure:
    """Join the looks at a host from all vantage points. Raises `CannotJoin`."""
    return exposure(ports_of("database"), inputs)


VIEW = View(name="exposed.databases", sees=Exposure, needs=NEEDS, join=join)
