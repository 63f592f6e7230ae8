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
from readiness_audit.probes.host import authorized_keys, sshd
from readiness_audit.probes.mail import smtp
from readiness_audit.probes.naming import domain, maildomain, nameserver
from readiness_audit.probes.ports import elsewhere, ports, udp_ports
from readiness_audit.probes.probe import AnyProbe
from readiness_audit.probes.registers.probes import PROBES as REGISTERS
from readiness_audit.probes.results import coverage, junit
from readiness_audit.probes.revocation import revocation
from readiness_audit.probes.ssh import second, ssh
from readiness_audit.probes.tls import starttls, tls, tls_flaws, tls_sessions, tls_suites
from readiness_audit.probes.udp import udp
from readiness_audit.probes.web import credentials as web_credentials
from readiness_audit.probes.web import elsewhere as web_elsewhere
from readiness_audit.probes.web import http, legal_pages, security_txt
from readiness_audit.probes.web import management as web_management
from readiness_audit.probes.web import paths as web_paths
from readiness_audit.probes.web import responses as web_responses
from readiness_audit.probes.windows import ldap, rdp, smb, winrm

_LISTED: tuple[AnyProbe, ...] = (
    attestation.PROBE,
    authorized_keys.PROBE,
    backup.PROBE,
    bandit.PROBE,
    coverage.PROBE,
    database.PROBE,
    document.PROBE,
    domain.PROBE,
    elsewhere.PROBE,
    http.PROBE,
    junit.PROBE,
    ldap.PROBE,
    legal_pages.PROBE,
    maildomain.PROBE,
    nameserver.PROBE,
    ports.PROBE,
    rdp.PROBE,
    revocation.PROBE,
    security_txt.PROBE,
    smb.PROBE,
    smtp.PROBE,
    second.PROBE,
    ssh.PROBE,
    sshd.PROBE,
    starttls.PROBE,
    tls.PROBE,
    tls_flaws.PROBE,
    tls_sessions.PROBE,
    tls_suites.PROBE,
    udp.PROBE,
    udp_ports.PROBE,
    web_credentials.PROBE,
    web_elsewhere.PROBE,
    web_management.PROBE,
    web_paths.PROBE,
    web_responses.PROBE,
    winrm.PROBE,
    *REGISTERS,
)

BUILT_IN: Mapping[str, AnyProbe] = {probe.name: probe for probe in _LISTED}
