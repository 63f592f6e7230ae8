"""One authority for all tests of revocation: it issues, revokes and answers, but never by our own code."""

from __future__ import annotations

import pytest

from tests.probes.revocation.looking import Authority
from tests.servers.listener import free_port
from tests.servers.openssl_ca import OpensslCa


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    folder = tmp_path_factory.mktemp("authority")
    ca, other = OpensslCa(folder / "ca"), OpensslCa(folder / "other", "Other CA")
    port = free_port()
    where = f"authorityInfoAccess = OCSP;URI:http://localhost:{port}"
    good, gone, held = (ca.issue(name, where) for name in ("good.example", "gone.example", "held.example"))
    appointed = ca.issue("responder.example", "extendedKeyUsage = OCSPSigning", kind="rsa:2048")
    imposter = ca.issue("web.example", "extendedKeyUsage = serverAuth")
    ca.revoke("gone.example")
    ca.revoke("held.example", "certificateHold")
    return Authority(ca, other, good, gone, held, appointed, imposter, port)
