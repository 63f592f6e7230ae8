"""Responders over the network: asked on order, within the authorisation, and only there."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

from readiness_audit.model.system import Authorisation
from tests.probes.revocation.looking import Authority, look
from tests.servers.listener import listening, wait_for_the_end
from tests.servers.programs import s_server


def _silent(connection: socket.socket, _: int) -> None:
    wait_for_the_end(connection)


def test_a_responder_is_asked_where_that_is_allowed(authority: Authority, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_bytes(authority.ca.pem)
    for leaf, said in ((authority.good, "good"), (authority.gone, "revoked")):
        with authority.ca.responder(authority.port), s_server(leaf) as port:
            facts = look(port, tmp_path, hosts=["LOCALHOST."])
        (one,) = facts.certificates
        assert (one.status, one.told_by) == (said, f"asked http://localhost:{authority.port}")


def test_a_responder_that_is_not_there_tells_nothing(authority: Authority, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_bytes(authority.ca.pem)
    with s_server(authority.good) as port:
        facts = look(port, tmp_path, hosts=["localhost"])
    assert [one.status for one in facts.certificates] == ["untold"]
    assert [said.source for said in facts.statements] == ["asked"]
    assert "refuses connections" in (facts.statements[0].problem or "")


def test_nobody_is_asked_without_an_order_and_an_authorisation(authority: Authority, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_bytes(authority.ca.pem)
    now = datetime.now(UTC)
    # The server's address is covered; the responder goes by a name that stands for another one.
    only_server = Authorisation(
        targets=("127.0.0.1",),
        valid_from=now - timedelta(hours=1),
        valid_until=now + timedelta(hours=1),
        approved_by="Test, nobody's manager",
        contact="nobody",
    )
    where = "authorityInfoAccess = OCSP;URI:http://127.0.0.9:{port}/ocsp"
    with listening(_silent, host="127.0.0.9") as trap:
        lured = authority.ca.issue("lured.example", where.format(port=trap.port))
        with s_server(lured) as port:
            unordered = look(port, tmp_path)
            uncovered = look(port, tmp_path, hosts=["127.0.0.9"], authorisation=only_server)
        assert trap.connections == 0
    assert [one.status for one in (*unordered.certificates, *uncovered.certificates)] == ["untold"] * 2
    assert unordered.statements == ()
    assert "not covered" in (uncovered.statements[0].problem or "")


def test_a_responder_that_never_ends_costs_its_own_time_only(authority: Authority, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_bytes(authority.ca.pem)
    (tmp_path / "list").write_bytes(authority.ca.crl())
    with listening(_silent, port=authority.port), s_server(authority.good) as port:
        facts = look(port, tmp_path, "list", hosts=["localhost"])
    assert [one.status for one in facts.certificates] == ["good"]
    assert facts.statements[-1].problem == "it did not answer in time"
