import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from readiness_audit.model.evidence import Reason
from readiness_audit.model.target import Endpoint
from readiness_audit.probes.database.database import PROBE
from readiness_audit.probes.database.facts import DatabaseFacts
from readiness_audit.probes.reach.blind import CannotSee
from tests.looking import look_at
from tests.servers.certificates import make, names, write
from tests.servers.databases import Mariadb, Postgres, mariadb, memcached, postgres, redis
from tests.servers.fake_databases import (
    BUILD,
    DEMANDING,
    ELASTICSEARCH,
    HELLO,
    NAMES,
    WITHOUT_TLS,
    denied,
    http,
    mongodb,
    mysql,
)
from tests.servers.listener import free_port, listening
from tests.servers.python_tls import both_ways, context_for

SERVER = make("localhost", extensions=[names("localhost")])
PROTOCOLS = ("postgresql", "mysql", "redis", "memcached", "mongodb", "elasticsearch")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("certificate") / "server.pem", SERVER)


@pytest.fixture(scope="module")
def elephant(certificate: Path) -> Iterator[Postgres]:
    with postgres(certificate) as server:
        yield server


@pytest.fixture(scope="module")
def seal(certificate: Path) -> Iterator[Mariadb]:
    with mariadb(certificate) as server:
        yield server


def look(protocol: str, port: int) -> DatabaseFacts:
    target = Endpoint(kind="endpoint", id="db", host="127.0.0.1", port=port, protocol=protocol)  # type: ignore[arg-type]  # the names are those of the field
    return look_at(PROBE, target, seconds=5).facts


def methods(facts: DatabaseFacts) -> list[str | None]:
    return [door.method for door in facts.doors]


def told_by_psql(port: int, ssl: str) -> str:
    """The independent answer to somebody who does not exist, in PostgreSQL's client's words."""
    where = f"host=127.0.0.1 port={port} user=nobody_at_all dbname=postgres sslmode={ssl}"
    done = subprocess.run(["psql", "-w", where], capture_output=True, text=True, check=False)
    return done.stderr


def told_by_mariadb(port: int) -> str:
    """The independent answer to somebody who does not exist, without TLS."""
    command = ["mariadb", "--no-defaults", "--skip-ssl", "-h", "127.0.0.1", "-P", str(port), "-u", "nobody"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stderr


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_where_nothing_listens_it_says_refused(protocol: str) -> None:
    with pytest.raises(CannotSee) as blind:
        look(protocol, free_port())
    assert blind.value.reason is Reason.REFUSED


@pytest.mark.parametrize(
    ("rule", "settings", "method"),
    [
        ("scram-sha-256", "", "scram-sha-256"),
        ("password", "", "password"),
        ("md5", "password_encryption = md5", "md5"),
        # The manual, "Password Authentication": the rule md5 is met by SCRAM where passwords are kept so.
        ("md5", "", "scram-sha-256"),
    ],
    ids=["scram", "password", "md5", "md5 kept as scram"],
)
def test_postgresql_says_what_it_demands(rule: str, settings: str, method: str, elephant: Postgres) -> None:
    elephant.rules(f"host all all 127.0.0.1/32 {rule}", settings=settings)
    facts = look("postgresql", elephant.port)
    assert "no password supplied" in told_by_psql(elephant.port, "disable")
    assert "no password supplied" in told_by_psql(elephant.port, "require")
    assert (facts.plain, facts.tls, facts.unclear) == ("locked", "locked", 0)
    assert methods(facts) == [method, method]


def test_a_postgresql_that_trusts_is_open(elephant: Postgres) -> None:
    elephant.rules("host all all 127.0.0.1/32 trust")
    facts = look("postgresql", elephant.port)
    # Who is let in only meets the missing role behind the door.
    assert 'role "nobody_at_all" does not exist' in told_by_psql(elephant.port, "disable")
    assert (facts.plain, facts.tls) == ("open", "open")
    assert methods(facts) == ["trust", "trust"]


def test_a_postgresql_that_wants_tls_is_closed_in_clear(elephant: Postgres) -> None:
    elephant.rules("hostssl all all 127.0.0.1/32 scram-sha-256")
    facts = look("postgresql", elephant.port)
    assert "no encryption" in told_by_psql(elephant.port, "disable")
    assert "no password supplied" in told_by_psql(elephant.port, "require")
    assert (facts.plain, facts.tls, facts.plain_log_ins) == ("closed", "locked", "refused")
    assert methods(facts) == [None, "scram-sha-256"]


def test_a_postgresql_that_rejects_this_place_is_closed(elephant: Postgres) -> None:
    elephant.rules("host all all 127.0.0.1/32 reject")
    facts = look("postgresql", elephant.port)
    assert "pg_hba.conf rejects connection" in told_by_psql(elephant.port, "disable")
    assert (facts.plain, facts.tls) == ("closed", "closed")


def test_mariadb_demands_a_password_in_clear_and_within_tls(seal: Mariadb) -> None:
    facts = look("mysql", seal.port)
    assert (facts.plain, facts.tls, facts.unclear) == ("locked", "locked", 0)
    assert methods(facts) == ["mysql_native_password"] * 2
    assert seal.tell("SELECT VERSION()") in str(facts.version)


def test_a_mariadb_says_only_after_the_password_whether_it_wants_tls(seal: Mariadb) -> None:
    seal.tell("SET GLOBAL require_secure_transport = ON")
    try:
        facts = look("mysql", seal.port)
        told = told_by_mariadb(seal.port)
    finally:
        seal.tell("SET GLOBAL require_secure_transport = OFF")
    assert "Access denied" in told
    assert (facts.plain, facts.tls, facts.plain_log_ins) == ("locked", "locked", "unclear")


def test_a_mysql_without_tls_takes_log_ins_in_clear() -> None:
    with listening(mysql(WITHOUT_TLS, b"\xff\x15\x04#28000Access denied")) as server:
        facts = look("mysql", server.port)
    assert (facts.plain, facts.tls, facts.plain_log_ins) == ("locked", "closed", "accepted")
    assert (facts.version, methods(facts)) == ("8.0.40", ["caching_sha2_password", None])


def test_a_mysql_that_keeps_this_place_out_is_closed() -> None:
    with listening(mysql(b"\xff\x6a\x04Host '10.0.0.9' is not allowed to connect")) as server:
        facts = look("mysql", server.port)
    assert (facts.plain, facts.tls, facts.plain_log_ins) == ("closed", "closed", "refused")


def test_a_mariadb_with_an_account_without_name_is_open(seal: Mariadb) -> None:
    seal.tell("CREATE USER ''@'127.0.0.1'")
    try:
        facts = look("mysql", seal.port)
    finally:
        seal.tell("DROP USER ''@'127.0.0.1'")
    assert (facts.plain, facts.tls) == ("open", "open")


def test_an_account_that_logs_in_by_another_method_is_seen_to(seal: Mariadb) -> None:
    seal.tell("INSTALL SONAME 'auth_ed25519'")
    seal.tell("CREATE USER ''@'127.0.0.1' IDENTIFIED VIA ed25519 USING PASSWORD('long enough')")
    try:
        facts = look("mysql", seal.port)
    finally:
        seal.tell("DROP USER ''@'127.0.0.1'")
    assert (facts.plain, facts.tls) == ("locked", "locked")
    assert methods(facts) == ["client_ed25519"] * 2


def test_redis_without_a_password_is_open(tmp_path: Path) -> None:
    with redis(tmp_path) as port:
        facts = look("redis", port)
        told = subprocess.run(
            ["redis-cli", "-p", str(port), "INFO", "server"], capture_output=True, text=True, check=True
        ).stdout
    assert (facts.plain, facts.tls) == ("open", "closed")
    assert f"redis_version:{facts.version}" in told.split()


def test_redis_with_a_password_is_locked(tmp_path: Path) -> None:
    with redis(tmp_path, "--requirepass", "something") as port:
        facts = look("redis", port)
        told = subprocess.run(
            ["redis-cli", "-p", str(port), "PING"], capture_output=True, text=True, check=False
        ).stdout
    assert told.startswith("NOAUTH")
    assert (facts.plain, facts.tls, facts.version) == ("locked", "closed", None)


def test_redis_within_tls_is_closed_in_clear(tmp_path: Path, certificate: Path) -> None:
    with redis(tmp_path, certificate=certificate) as port:
        facts = look("redis", port)
    assert (facts.plain, facts.tls, facts.unclear) == ("closed", "open", 0)


def test_memcached_is_open(tmp_path: Path) -> None:
    with memcached(tmp_path) as port:
        facts = look("memcached", port)
    told = subprocess.run(["memcached", "-V"], capture_output=True, text=True, check=True).stdout
    assert (facts.plain, facts.tls) == ("open", "closed")
    assert told.split() == ["memcached", facts.version]


def test_memcached_with_a_password_file_is_locked(tmp_path: Path) -> None:
    accounts = tmp_path / "accounts"
    accounts.write_text("somebody:something\n")
    with memcached(tmp_path, "-Y", str(accounts)) as port:
        facts = look("memcached", port)
    assert (facts.plain, facts.tls) == ("locked", "closed")


def test_a_mongodb_that_lists_its_databases_is_open() -> None:
    with listening(mongodb(HELLO, NAMES, BUILD)) as server:
        facts = look("mongodb", server.port)
    assert (facts.plain, facts.tls, facts.version) == ("open", "closed", "7.0.14")


def test_a_mongodb_that_demands_a_log_in_is_locked() -> None:
    with listening(mongodb(HELLO, denied())) as server:
        facts = look("mongodb", server.port)
    assert (facts.plain, facts.tls, facts.version) == ("locked", "closed", None)
    assert facts.doors[0].answer == "Command listDatabases requires authentication"


def test_an_elasticsearch_that_describes_itself_is_open() -> None:
    with listening(http(ELASTICSEARCH)) as server:
        facts = look("elasticsearch", server.port)
    assert (facts.plain, facts.tls, facts.version) == ("open", "closed", "8.14.1")


def test_an_elasticsearch_that_demands_a_log_in_is_locked() -> None:
    with listening(http(DEMANDING)) as server:
        facts = look("elasticsearch", server.port)
    assert (facts.plain, facts.tls, facts.version) == ("locked", "closed", None)


def test_a_web_server_is_no_elasticsearch() -> None:
    with (
        listening(http(b"HTTP/1.0 200 OK\r\n\r\n<html>hello</html>")) as server,
        pytest.raises(CannotSee) as blind,
    ):
        look("elasticsearch", server.port)
    assert blind.value.reason is Reason.UNREADABLE


def test_hanging_up_once_on_what_is_said_in_clear_closes_no_database_to_it(certificate: Path) -> None:
    database = mongodb(HELLO, denied(), BUILD)
    with listening(both_ways(context_for(certificate), database, deaf_to=1)) as server:
        facts = look("mongodb", server.port)
    assert [(door.way, door.state) for door in facts.doors] == [("plain", "locked"), ("tls", "locked")]
    assert facts.plain_log_ins == "accepted"
