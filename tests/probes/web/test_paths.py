import gzip
import hashlib
import sqlite3
import time
from dataclasses import asdict
from pathlib import Path

import pytest

from readiness_audit.model.evidence import Reason
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.web.exposed import PATHS, Asked
from readiness_audit.probes.web.paths import PROBE, WebPathsFacts
from tests.probes.web.webs import NOT_FOUND, answer, answering, ask, curl, site
from tests.servers.hostile.http import NO_ANSWER, OK, bomb, endless
from tests.servers.listener import free_port, listening

MOST_REQUESTS = 40
SECRET = "geheim-4711"


def look(port: int, seconds: float = 5.0) -> WebPathsFacts:
    return ask(PROBE, port, seconds=seconds).facts


def found(facts: WebPathsFacts) -> dict[str, str | None]:
    return {path.path: path.signature for path in facts.paths if path.found}


def sqlite(folder: Path) -> bytes:
    with sqlite3.connect(folder / "made.db") as database:
        database.execute("create table t (a)")
    database.close()
    return (folder / "made.db").read_bytes()


def test_where_nothing_listens_it_says_refused() -> None:
    with pytest.raises(CannotSee) as blind:
        look(free_port())
    assert blind.value.reason is Reason.REFUSED


@pytest.mark.parametrize("name", ["mute", "close-at-once", "ssh", "endless-header", "drip-head"])
def test_what_is_no_answer_shows_nothing(name: str) -> None:
    with listening(NO_ANSWER[name].serve) as server:
        begun = time.monotonic()
        with pytest.raises(CannotSee):
            look(server.port, seconds=1.5)
        assert time.monotonic() - begun < 2.5


def test_where_nothing_lies_open_nothing_is_found_and_everything_is_told(tmp_path: Path) -> None:
    with site(tmp_path, {"index.html": "<title>hello</title>"}) as port:
        facts = look(port)
        statuses = {path.path: curl(port, path.path)[0] for path in PATHS}
    assert {path.path: path.status for path in facts.paths} == statuses
    assert (facts.asked, facts.told, facts.found) == (len(PATHS), len(PATHS), 0)
    assert (facts.nothing_status, facts.answers_anything) == (404, False)
    assert facts.connections <= 5


def test_what_lies_open_is_told_by_its_content(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        ".git/HEAD": "ref: refs/heads/main\n",
        ".git/config": "[core]\n\trepositoryformatversion = 0\n",
        ".svn/wc.db": sqlite(tmp_path),
        ".DS_Store": b"\0\0\0\x01Bud1\0\0",
        ".env": f"APP_ENV=production\nDB_PASSWORD={SECRET}\n",
        ".htpasswd": "admin:$apr1$abc$def\n",
        "wp-config.php.bak": f"<?php\ndefine( 'DB_PASSWORD', '{SECRET}' );\n",
        "server.key": "-----BEGIN RSA PRIVATE KEY-----\nMII\n",
        "backup.sql": f"-- MySQL dump 10.13\nINSERT INTO users VALUES ('{SECRET}');\n" + "x" * 100_000,
        "backup.zip": b"PK\x03\x04" + bytes(40),
        "backup.tar.gz": gzip.compress(b"x" * 100),
        "uploads/a.txt": "hello",
        "openapi.json": '{"openapi": "3.1.0"}',
        "docker-compose.yml": "version: '3'\nservices:\n  db:\n",
    }
    config = "location /uploads/ { autoindex on; } location /nginx_status { stub_status; }"
    with site(tmp_path, files, config) as port:
        seen = ask(PROBE, port)
        key = curl(port, "/.env")[1]
    facts = seen.facts
    assert found(facts) == {
        "/.git/HEAD": "git-head",
        "/.git/config": "git-config",
        "/.svn/wc.db": "sqlite-database",
        "/.DS_Store": "ds-store",
        "/.env": "environment",
        "/.htpasswd": "htpasswd",
        "/wp-config.php.bak": "wordpress-configuration",
        "/server.key": "private-key",
        "/backup.sql": "sql-dump",
        "/backup.zip": "zip-archive",
        "/backup.tar.gz": "gzip-archive",
        "/uploads/": "directory-listing",
        "/openapi.json": "interface-description",
        "/docker-compose.yml": "compose-file",
        "/nginx_status": "nginx-status",
    }
    assert facts.found == len(found(facts))
    assert (
        next(path for path in facts.paths if path.path == "/.env").sha256 == hashlib.sha256(key).hexdigest()
    )
    assert SECRET not in str(asdict(facts))
    assert all(SECRET.encode() not in excerpt for _, excerpt in seen.excerpts)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/.svn/entries", "10\n\ndir\n"),
        ("/.hg/requires", "dotencode\nfncache\nrevlogv1\nstore\n"),
        ("/.aws/credentials", "[default]\naws_access_key_id = AKIA\n"),
        ("/config.php.bak", "<?php return [];"),
        ("/web.config", '<?xml version="1.0"?>\n<configuration>\n</configuration>'),
        ("/WEB-INF/web.xml", '<?xml version="1.0"?><web-app version="3.0">'),
        ("/server-status", "<html><title>Apache Status</title><h1>Apache Server Status for localhost</h1>"),
        ("/phpinfo.php", "<html><title>PHP 8.2.7 - phpinfo()</title>"),
        ("/actuator", '{"_links":{"self":{"href":"/actuator"},"env":{"href":"/actuator/env"}}}'),
        ("/actuator/env", '{"activeProfiles":[],"propertySources":[]}'),
        ("/debug/pprof/", "<html><p>Types of profiles available:"),
        ("/v3/api-docs", '{"swagger" : "2.0"}'),
        ("/dump.sql", "CREATE TABLE a (b int);"),
    ],
)
def test_further_content_is_known(path: str, body: str) -> None:
    (asked,) = (each for each in PATHS if each.path == path)
    assert asked.signature.fits(body.encode())


@pytest.mark.parametrize("asked", PATHS, ids=lambda asked: asked.path)
def test_a_page_about_it_is_none(asked: Asked) -> None:
    page = (
        b"<!doctype html><title>Help</title><p>Never put ref: refs/heads/main, DB_PASSWORD=x or\n"
        b"CREATE TABLE users\nservices:\n[core]\n-- MySQL dump\n-----BEGIN PRIVATE KEY-----\n"
        b"aws_access_key_id = a\nActive connections: 1\n<code>phpinfo()</code> here."
    )
    assert not asked.signature.fits(page)


def test_an_interface_that_only_tells_its_health_is_not_exposed() -> None:
    (asked,) = (each for each in PATHS if each.path == "/actuator")
    assert not asked.signature.fits(b'{"_links":{"self":{"href":"/a"},"health":{"href":"/a/health"}}}')


def test_a_site_that_answers_any_path_with_its_start_page_hands_out_nothing(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"index.html": "<!doctype html><title>app</title>\nDB_PASSWORD=x"}
    with site(tmp_path, files, "location / { try_files $uri /index.html; }") as port:
        facts = look(port)
        assert curl(port, "/.env")[0] == 200
    assert (facts.answers_anything, facts.found) == (True, 0)
    assert facts.told == facts.asked


def test_the_same_content_at_any_path_proves_nothing_and_is_said_so() -> None:
    with listening(answering(lambda *_: answer("ref: refs/heads/main\n"))) as server:
        facts = look(server.port)
    assert facts.found == 0
    (head,) = (path for path in facts.paths if path.path == "/.git/HEAD")
    assert head.trouble == "paths that cannot exist are answered with the same"
    assert facts.told == facts.asked - 1


@pytest.mark.parametrize("status", ["500 Oops", "502 Bad Gateway", "503 Busy", "429 Too Many Requests"])
def test_a_server_out_of_order_tells_nothing(status: str) -> None:
    with listening(answering(lambda *_: answer("busy", status))) as server:
        facts = look(server.port)
    assert (facts.told, facts.found) == (0, 0)


def test_it_asks_for_no_more_than_forty_things_and_keeps_connections() -> None:
    asked: list[str] = []

    def tell(line: str, _: dict[str, str]) -> bytes:
        asked.append(line.split(" ")[1])
        return NOT_FOUND

    with listening(answering(tell)) as server:
        facts = look(server.port)
    assert len(asked) == len(set(asked)) == facts.asked + 2 <= MOST_REQUESTS
    assert server.connections == facts.connections <= 5


def test_a_server_that_hangs_up_each_time_is_asked_all_the_same() -> None:
    closing = answer("no", "404 Not Found", "Connection: close")
    with listening(answering(lambda *_: closing)) as server:
        facts = look(server.port)
    assert facts.told == facts.asked
    assert facts.connections == server.connections == facts.asked + 2


def test_packed_content_is_unpacked_and_what_cannot_be_is_said() -> None:
    def tell(line: str, _: dict[str, str]) -> bytes:
        if "/.env " in line:
            return answer(gzip.compress(b"DB_PASSWORD=x\n"), "200 OK", "Content-Encoding: gzip")
        if "/.git/HEAD" in line:
            return answer(b"\x1b\x10", "200 OK", "Content-Encoding: br")
        return NOT_FOUND

    with listening(answering(tell)) as server:
        facts = look(server.port)
    assert found(facts) == {"/.env": "environment"}
    assert [path.path for path in facts.paths if path.trouble] == ["/.git/HEAD"]


def test_a_redirect_is_not_followed() -> None:
    with listening(answering(lambda *_: answer("ref: refs/heads/x\n"))) as trap:
        lure = answer("", "302 Found", f"Location: http://127.0.0.1:{trap.port}/")
        with listening(answering(lambda *_: lure)) as server:
            facts = look(server.port)
    assert trap.connections == 0
    assert (facts.found, facts.told) == (0, facts.asked)


def test_what_does_not_end_is_not_told_unless_its_beginning_rules_it_out() -> None:
    with listening(endless(OK + b"\r\n", b"a" * 1000)) as server:
        facts = look(server.port)
    told = {path.path for path in facts.paths if path.trouble is None}
    assert facts.found == 0
    # A repository's HEAD, an archive and a database begin otherwise; settings and dumps could still come.
    assert {"/.git/HEAD", "/backup.zip", "/db.sqlite3"} <= told
    assert told.isdisjoint({"/.env", "/backup.sql", "/server.key", "/phpinfo.php"})
    assert facts.told == len(told) < facts.asked


def test_a_large_page_for_every_path_is_ruled_out() -> None:
    page = answer("<!doctype html><title>Portal</title>" + "<p>x</p>" * 12_000, kind="text/html")
    with listening(answering(lambda *_: page)) as server:
        facts = look(server.port)
    assert (facts.found, facts.told) == (0, facts.asked)


@pytest.mark.parametrize("name", ["endless", "bomb", "lying-length", "drip"])
def test_hostile_bodies_cost_their_time_and_nothing_else(name: str) -> None:
    handlers = {
        "endless": endless(OK + b"\r\n", b"a" * 1000),
        "bomb": bomb(),
        "lying-length": answering(lambda *_: OK + b"Content-Length: 99999999\r\n\r\nabc"),
        "drip": endless(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
    }
    with listening(handlers[name]) as server:
        begun = time.monotonic()
        try:
            facts = look(server.port, seconds=2.0)
        except CannotSee as blind:
            assert blind.reason is Reason.TIMED_OUT  # noqa: PT017 - either it is told, or time ran out
        else:
            assert facts.found == 0
        assert time.monotonic() - begun < 3.0
