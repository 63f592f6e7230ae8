"""Paths that should answer nobody, and what their content looks like where they do all the same."""

from __future__ import annotations

import re
from dataclasses import dataclass

_BEGINNING = 4096
"""Bytes that are enough to tell what a file begins with."""

_HTML = re.compile(rb"\A\s*<(?:!doctype|html|\?xml)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What content of one kind looks like, whatever the server says of its type."""

    name: str
    pattern: re.Pattern[bytes]
    in_html: bool = False
    """Whether it is a page; otherwise a page that only mentions it is none."""

    def is_ruled_out(self, beginning: bytes) -> bool:
        """Say whether no more of it can make this such content, the beginning being all that counts."""
        by_page = not self.in_html and _HTML.match(beginning) is not None
        return len(beginning) >= _BEGINNING and (by_page or self.pattern.pattern.startswith(b"\\A"))

    def fits(self, body: bytes) -> bool:
        """Say whether this is such content."""
        if not self.in_html and _HTML.match(body):
            return False
        return self.pattern.search(body) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One path that is asked for."""

    path: str
    kind: str
    signature: Signature


def _sign(name: str, pattern: bytes, *, in_html: bool = False) -> Signature:
    return Signature(name=name, pattern=re.compile(pattern, re.MULTILINE), in_html=in_html)


_KEY = _sign("private-key", rb"-----BEGIN (?:[A-Z]{1,20} )?PRIVATE KEY-----")
_DUMP = _sign(
    "sql-dump",
    rb"^(?:-- (?:MySQL|MariaDB|PostgreSQL|phpMyAdmin)"
    rb"|(?:CREATE TABLE|INSERT INTO|DROP TABLE|PRAGMA foreign_keys)\b)",
)
_ENVIRONMENT = _sign(
    "environment",
    rb"^(?:export[ \t]{1,4})?[A-Z0-9_]{0,40}"
    rb"(?:KEY|SECRET|PASS|PASSWORD|TOKEN|URL|HOST|ENV|DEBUG|DATABASE|USER)[A-Z0-9_]{0,40}[ \t]{0,4}=",
)
_WORDPRESS = _sign("wordpress-configuration", rb"define\(\s{0,4}['\"]DB_(?:NAME|USER|PASSWORD)")
_PHP = _sign("php-source", rb"\A\s{0,20}<\?php")
_ZIP = _sign("zip-archive", rb"\APK\x03\x04")
_GZIP = _sign("gzip-archive", rb"\A\x1f\x8b\x08")
_SQLITE = _sign("sqlite-database", rb"\ASQLite format 3\x00")
_PHPINFO = _sign("phpinfo", rb"<title>(?:PHP [^<]{1,40}- )?phpinfo\(\)</title>", in_html=True)
_API = _sign("interface-description", rb"\"(?:swagger|openapi)\"\s{0,4}:\s{0,4}\"[0-9]")
_LISTING = _sign(
    "directory-listing",
    rb"<title>Index of /|<h1>Index of /|<title>Directory listing for /|\[To Parent Directory\]",
    in_html=True,
)

PATHS = (
    Asked(
        path="/.git/HEAD",
        kind="repository",
        signature=_sign("git-head", rb"\A(?:ref: refs/[\w./-]{1,200}|[0-9a-f]{40})\s{0,4}\Z"),
    ),
    Asked(path="/.git/config", kind="repository", signature=_sign("git-config", rb"^\[core\]")),
    Asked(
        path="/.svn/entries",
        kind="repository",
        signature=_sign("svn-entries", rb"\A(?:[0-9]{1,2}\n|<wc-entries)"),
    ),
    Asked(path="/.svn/wc.db", kind="repository", signature=_SQLITE),
    Asked(
        path="/.hg/requires",
        kind="repository",
        signature=_sign("mercurial-requires", rb"^(?:revlogv1|store|fncache|dotencode|generaldelta)$"),
    ),
    Asked(path="/.DS_Store", kind="repository", signature=_sign("ds-store", rb"\A\x00\x00\x00\x01Bud1")),
    Asked(path="/.env", kind="configuration", signature=_ENVIRONMENT),
    Asked(path="/.env.production", kind="configuration", signature=_ENVIRONMENT),
    Asked(path="/.env.bak", kind="configuration", signature=_ENVIRONMENT),
    Asked(
        path="/.htpasswd",
        kind="configuration",
        signature=_sign(
            "htpasswd", rb"\A[^:\s<]{1,64}:(?:\$apr1\$|\$2[aby]\$|\$[156y]\$|\{SHA\}|[./A-Za-z0-9]{13}\s)"
        ),
    ),
    Asked(
        path="/.aws/credentials",
        kind="configuration",
        signature=_sign("aws-credentials", rb"^\s{0,4}aws_access_key_id\s{0,4}="),
    ),
    Asked(path="/wp-config.php.bak", kind="configuration", signature=_WORDPRESS),
    Asked(path="/wp-config.php~", kind="configuration", signature=_WORDPRESS),
    Asked(path="/config.php.bak", kind="configuration", signature=_PHP),
    Asked(path="/index.php~", kind="configuration", signature=_PHP),
    Asked(
        path="/web.config",
        kind="configuration",
        signature=_sign("web-config", rb"<configuration[\s>]", in_html=True),
    ),
    Asked(
        path="/WEB-INF/web.xml",
        kind="configuration",
        signature=_sign("web-xml", rb"<web-app[\s>]", in_html=True),
    ),
    Asked(
        path="/docker-compose.yml", kind="configuration", signature=_sign("compose-file", rb"^services:\s*$")
    ),
    Asked(path="/.ssh/id_rsa", kind="key", signature=_KEY),
    Asked(path="/server.key", kind="key", signature=_KEY),
    Asked(path="/backup.sql", kind="backup", signature=_DUMP),
    Asked(path="/dump.sql", kind="backup", signature=_DUMP),
    Asked(path="/database.sql", kind="backup", signature=_DUMP),
    Asked(path="/backup.zip", kind="backup", signature=_ZIP),
    Asked(path="/backup.tar.gz", kind="backup", signature=_GZIP),
    Asked(path="/db.sqlite3", kind="backup", signature=_SQLITE),
    Asked(
        path="/server-status",
        kind="status",
        signature=_sign(
            "apache-status", rb"<title>Apache Status</title>|Apache Server Status for", in_html=True
        ),
    ),
    Asked(
        path="/nginx_status", kind="status", signature=_sign("nginx-status", rb"^Active connections: [0-9]")
    ),
    Asked(path="/phpinfo.php", kind="debug", signature=_PHPINFO),
    Asked(path="/info.php", kind="debug", signature=_PHPINFO),
    Asked(
        path="/actuator",
        kind="debug",
        signature=_sign(
            "actuator", rb"\"_links\"[\s\S]{1,9000}\"(?:env|heapdump|beans|configprops|threaddump)\""
        ),
    ),
    Asked(
        path="/actuator/env", kind="debug", signature=_sign("actuator-env", rb"\"propertySources\"\s{0,4}:")
    ),
    Asked(
        path="/debug/pprof/",
        kind="debug",
        signature=_sign("go-profiles", rb"Types of profiles available", in_html=True),
    ),
    Asked(
        path="/elmah.axd",
        kind="debug",
        signature=_sign("elmah", rb"Powered by <a [^>]{1,80}>ELMAH", in_html=True),
    ),
    Asked(path="/backup/", kind="listing", signature=_LISTING),
    Asked(path="/uploads/", kind="listing", signature=_LISTING),
    Asked(path="/openapi.json", kind="documentation", signature=_API),
    Asked(path="/v3/api-docs", kind="documentation", signature=_API),
)
"""Every path, with the kind it belongs to and the proof that it is what it is called."""
