"""
Pure joins of what several looks brought home.

To add one, write `views/<name>.py` ending in `VIEW = View(...)` and add its line below.
"""

from __future__ import annotations

from collections.abc import Mapping

from readiness_audit.views import (
    accounts,
    exposed_databases,
    exposed_management,
    flows,
    kept_certificates,
    makers_passwords,
    rights,
    shown_certificates,
    ssh_hostkeys,
    ssh_keys,
    statements,
    training,
)
from readiness_audit.views.view import AnyView

VIEWS: Mapping[str, AnyView] = {
    view.name: view
    for view in (
        accounts.VIEW,
        exposed_databases.VIEW,
        exposed_management.VIEW,
        flows.VIEW,
        kept_certificates.VIEW,
        makers_passwords.VIEW,
        rights.VIEW,
        shown_certificates.VIEW,
        ssh_hostkeys.VIEW,
        ssh_keys.VIEW,
        statements.VIEW,
        training.VIEW,
    )
}
