"""
Every probe we ship, in one list.

To add one, write `probes/<family>/<name>.py` ending in `PROBE = Probe(...)` and add its line
below. A test fails where a module with a probe is missing from the list.
"""

from __future__ import annotations

from collections.abc import Mapping

from readiness_audit.probes.backup import backup
from readiness_audit.probes.code import bandit
from readiness_audit.probes.database import database
from readiness_audit.probes.documents import attestation, document
from readiness_audit.probes.network import http, ports, tls
from readiness_audit.probes.probe import AnyProbe
from readiness_audit.probes.registers.probes import PROBES as REGISTERS
from readiness_audit.probes.results import coverage, junit
from readiness_audit.probes.windows import ldap, rdp, smb

_LISTED: tuple[AnyProbe, ...] = (
    attestation.PROBE,
    backup.PROBE,
    bandit.PROBE,
    coverage.PROBE,
    database.PROBE,
    document.PROBE,
    http.PROBE,
    junit.PROBE,
    ldap.PROBE,
    ports.PROBE,
    rdp.PROBE,
    smb.PROBE,
    tls.PROBE,
    *REGISTERS,
)

BUILT_IN: Mapping[str, AnyProbe] = {probe.name: probe for probe in _LISTED}
