"""From where ports and paths of administration are open, over all vantage points."""

from __future__ import annotations

from readiness_audit.views import exposed_paths, exposed_ports
from readiness_audit.views.exposure import Exposure, exposure
from readiness_audit.views.view import Inputs, View


def join(inputs: Inputs) -> Exposure:
    """Join the looks at a host's ports or an endpoint's paths from all places. Raises `CannotJoin`."""
    if "paths" in inputs:
        stated = exposed_paths.stated_factors(inputs.get("stated", {}))
        return exposure(exposed_paths.PATHS, inputs, stated)
    return exposure(exposed_ports.ports_of("management"), inputs)


VIEW = View(
    name="exposed.management",
    sees=Exposure,
    needs=exposed_ports.NEEDS,
    instead=exposed_paths.NEEDS,
    join=join,
)
