"""Responders over the network: asked on order, within the authorisation, and only there."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from readiness_audit.model.system import Authorisation
from readiness_audit.probes.revocation.pointers import way_of
from tests.probes.revocation.looking import Authority, look
from tests.servers.listener import free_port, listening, wait_for_the_end
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


@contextmanager
def _list_at(port: int, status: int, body: bytes, *headers: str) -> Iterator[list[bytes]]:
    """Answer everything in one way, as the server of a revocation list would; gives what was asked."""
    asked: list[bytes] = []

    def answer(connection: socket.socket, _: int) -> None:
        asked.append(connection.recv(9999).partition(b"\r\n")[0])
        head = (f"HTTP/1.1 {status} Said", f"Content-Length: {len(body)}", *headers, "Connection: close")
        connection.sendall("\r\n".join((*head, "", "")).encode() + body)

    with listening(answer, port=port):
        yield asked


@pytest.fixture(scope="module")
def listed(authority: Authority) -> tuple[Path, int]:
    """A certificate that names a list, as those of public authorities do, and the port of it."""
    port = free_port()
    return authority.ca.issue(
        "listed.example", f"crlDistributionPoints = URI:http://localhost:{port}/7.crl"
    ), port


def test_a_list_is_fetched_where_that_is_allowed(
    authority: Authority, listed: tuple[Path, int], tmp_path: Path
) -> None:
    certificate, port = listed
    part = f"issuingDistributionPoint = critical, @part\n[part]\nfullname = URI:http://localhost:{port}/7.crl"
    (tmp_path / "ca.pem").write_bytes(authority.ca.pem)
    with _list_at(port, 200, authority.ca.crl(config=part)) as asked, s_server(certificate) as server:
        (one,) = look(server, tmp_path, hosts=["localhost"]).certificates
    assert (one.status, one.told_by) == ("good", f"asked http://localhost:{port}/7.crl")
    assert asked == [b"GET /7.crl HTTP/1.1"]


@pytest.mark.parametrize(
    ("status", "body", "problem"),
    [
        (404, b"", "it answers with status 404; nothing is followed"),
        (302, b"", "it answers with status 302; nothing is followed"),
        (200, b"", "it is neither an OCSP response nor a revocation list that can be read"),
        (
            200,
            b"<html>No such list</html>",
            "it is neither an OCSP response nor a revocation list that can be read",
        ),
        (200, bytes(2**20 + 1), "its answer is larger than 1048576 bytes"),
    ],
)
def test_any_other_answer_tells_nothing(
    authority: Authority, listed: tuple[Path, int], tmp_path: Path, status: int, body: bytes, problem: str
) -> None:
    certificate, port = listed
    (tmp_path / "ca.pem").write_bytes(authority.ca.pem)
    with listening(_silent) as trap:
        location = f"Location: http://localhost:{trap.port}/7.crl"
        with _list_at(port, status, body, location), s_server(certificate) as server:
            facts = look(server, tmp_path, hosts=["localhost"])
        assert trap.connections == 0
    assert [one.status for one in facts.certificates] == ["untold"]
    assert facts.statements[0].problem == problem


@pytest.mark.parametrize(
    "url",
    [
        "ldap://localhost/cn=CA",
        "https://localhost/7.crl",
        "file:///etc/passwd",
        "http://user@localhost/7.crl",
        "http://localhost:99999/7.crl",
        "http://[::1/7.crl",
        "//localhost/7.crl",
    ],
)
def test_only_plain_http_is_a_way(url: str) -> None:
    assert way_of(url) is None


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
