"""The commands by which an auditor sees a finding without us: they are accepted, and tell good from bad."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from readiness_audit.content.files import load_checks
from readiness_audit.shipped import shipped
from tests.servers import certificates
from tests.servers.certificates import NOW, names
from tests.servers.listener import free_port
from tests.servers.programs import nginx
from tests.servers.sshd import make_keys, sshd

FAMILIES = frozenset(["tls", "cert", "ssh", "web", "dns", "mail", "net", "smb", "rdp", "ldap", "db"])
SEE = {
    (name, language): text
    for name, read in load_checks([shipped("checks")]).items()
    if read.check.family in FAMILIES
    for language, text in (("en", read.check.see_for_yourself.en), ("de", read.check.see_for_yourself.de))
}
each_text = pytest.mark.parametrize("text", SEE.values(), ids=["-".join(key) for key in SEE])

PROGRAMS = re.compile(
    "awk|curl|cut|delv|dig|grep|head|ldapsearch|ldapwhoami|mariadb|mongosh|mysql|nc|nmap|openssl|psql|redis-cli"
    "|sh|smbclient|snmpget|ssh|ssh-audit|ssh-keygen|sshd|sslyze|sudo|tcpdump|testssl|uniq"
)
"""What an auditor may be asked to type: from a Debian package, or the text says from where."""

PROSE = frozenset(["and", "mit", "ohne", "und", "with", "without"])
_PROGRAM = re.compile(r"(?:^|[:;|] |\bsudo |; )\s*([a-z][a-z0-9_.+-]*) (?=-{1,2}[A-Za-z])", re.MULTILINE)
_OPTIONS = re.compile(r"(?<=\s)-[A-Za-z][A-Za-z0-9_-]*|(?<=\s)--[a-z][a-z0-9-]*")


def written(program: str, text: str) -> list[str]:
    """Find each call of a program, from behind its name to its end, quotations left out."""
    unquoted = re.sub(r"'[^'\n]*'|\"[^\"\n]*\"", "Q", text)
    return re.findall(rf"\b{program}( [^|<;\n()]*)", unquoted)


@cache
def openssl_options(command: str) -> frozenset[str]:
    done = subprocess.run(["openssl", command, "-help"], capture_output=True, text=True, check=True)
    return frozenset(re.findall(r"^ (-[A-Za-z0-9_]+)", done.stderr + done.stdout, re.MULTILINE))


@cache
def curl_options() -> frozenset[str]:
    done = subprocess.run(["curl", "--help", "all"], capture_output=True, text=True, check=True)
    return frozenset(re.findall(r"(?<=[ ,])(--?[A-Za-z][a-z0-9.-]*)", done.stdout))


@each_text
def test_each_program_is_one_that_is_to_be_had(text: str) -> None:
    assert [word for word in set(_PROGRAM.findall(text)) - PROSE if not PROGRAMS.fullmatch(word)] == []


@each_text
def test_openssl_knows_each_option(text: str) -> None:
    for call in written("openssl", text):
        command = call.split()[0]
        # A hash such as -sha256 is an option of several commands without standing in their help.
        unknown = set(_OPTIONS.findall(call)) - openssl_options(command) - {"-sha256", "-sha384"}
        assert not unknown, call


@each_text
def test_curl_knows_each_option_and_says_why_it_shows_nothing(text: str) -> None:
    for call in written("curl", text):
        for option in _OPTIONS.findall(call):
            letters = [option] if option.startswith("--") else [f"-{letter}" for letter in option[1:]]
            assert set(letters) <= curl_options(), call
            assert option.startswith("--") or "s" not in option or "S" in option, call


@each_text
def test_nmap_has_each_script(text: str) -> None:
    for scripts in re.findall(r"--script ([a-z0-9,-]+)", text):
        for script in scripts.split(","):
            assert Path(f"/usr/share/nmap/scripts/{script}.nse").exists()


@each_text
def test_s_client_ends_by_itself_or_takes_what_is_typed_as_it_is(text: str) -> None:
    for begins in re.finditer(r"(\| )?openssl s_client([^|;<\n]*)(</dev/null)?", text):
        piped, call, ended = begins.groups()
        # What begins with Q or R is a command to s_client itself, unless it is quiet.
        assert piped or ended or "-quiet" in call or re.search(r"R (and|und) Enter", call), begins[0]


@dataclass(frozen=True, kw_only=True)
class Doors:
    good: int
    bad: int
    environment: Mapping[str, str]


GOOD = """server_tokens off; ssl_protocols TLSv1.2 TLSv1.3; ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20;
add_header Strict-Transport-Security "max-age=63072000; includeSubDomains" always;
location ~ /\\.(?!well-known) { return 404; }"""
BAD = """ssl_protocols TLSv1 TLSv1.1 TLSv1.2; ssl_ciphers ALL:@SECLEVEL=0;
add_header Access-Control-Allow-Origin $http_origin; add_header Access-Control-Allow-Credentials true;"""
BAD_PAGE = """<script
src='https://cdn.example/a.js'></script><form action='http://shop.example/'></form>"""


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    folder = tmp_path_factory.mktemp("web")
    for name, page in (("good", "<p>Good day</p>"), ("bad", BAD_PAGE)):
        (folder / name / ".git").mkdir(parents=True)
        (folder / name / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
        (folder / name / "index.html").write_text(page)
    root = certificates.authority()
    long = certificates.make("localhost", root, [names("localhost")])
    soon = NOW + timedelta(days=5)
    short_key = rsa.generate_private_key(65537, 2048)
    short = certificates.make("other", None, [names("other.example")], key=short_key, ends=soon)
    (folder / "ca.pem").write_bytes(root.pem)
    ports = free_port(), free_port()
    blocks = []
    for name, leaf, port, settings in (("good", long, ports[0], GOOD), ("bad", short, ports[1], BAD)):
        own = certificates.write(folder / f"{name}.pem", leaf)
        blocks.append(
            f"server {{ listen 127.0.0.1:{port} ssl; root {folder / name};"
            f" ssl_certificate {own}; ssl_certificate_key {own}; {settings} }}"
        )
    authority = str(folder / "ca.pem")
    with nginx(folder, ports, "\n".join(blocks)):
        yield Doors(
            good=ports[0], bad=ports[1], environment={"SSL_CERT_FILE": authority, "CURL_CA_BUNDLE": authority}
        )


def typed(check: str, language: str, lines: slice, replaced: Mapping[str, str]) -> str:
    """Give the command as it is typed: placeholders replaced, the explanation behind it left out."""
    command = "\n".join(SEE[check, language].splitlines()[lines])
    for placeholder, value in replaced.items():
        command = command.replace(placeholder, value)
    return re.sub(r" {4}\(.*\)$", "", command, flags=re.MULTILINE)


def seen(command: str, environment: Mapping[str, str]) -> str:
    """Type it into a shell, as somebody would; give all that appears."""
    done = subprocess.run(
        ["bash", "-c", command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=300,
        check=False,
        env={**os.environ, **environment},
    )
    return done.stdout


ONE = slice(0, 1)
TWO = slice(0, 2)


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize(
    ("check", "lines", "when_good", "when_bad"),
    [
        ("cert.chain.trusted", ONE, "0 (ok)", "self-signed"),
        ("cert.crypto.strength", TWO, "Public-Key: (256 bit)", "Public-Key: (2048 bit)"),
        ("cert.expiry.soon", ONE, "will not expire", "will expire"),
        ("cert.hostname.match", ONE, "does match", "does NOT match"),
        ("tls.ciphers.forbidden", ONE, "", "_anon_"),
        ("tls.ciphers.policy", ONE, "TLSv1.3:", "_CBC_SHA "),
        ("tls.protocol.minimum", ONE, "protocol version", "BEGIN CERTIFICATE"),
        ("tls.protocol.modern", ONE, "New, TLSv1.3", "no peer certificate available"),
        ("web.cors.origins", ONE, "", "Access-Control-Allow-Credentials: true"),
        ("web.exposed.files", ONE, "", "ref: refs/heads/"),
        ("web.hsts", ONE, "max-age=63072000; includeSubDomains", ""),
        ("web.https.mixed", ONE, "", "action='http://shop.example/"),
        ("web.scripts.integrity", ONE, "", "src='https://cdn.example/a.js'"),
        ("web.version.leak", ONE, "Server: nginx\n", "Server: nginx/"),
    ],
)
def test_what_is_typed_shows_the_good_server_good_and_the_bad_one_bad(
    check: str, lines: slice, when_good: str, when_bad: str, language: str, web: Doors
) -> None:
    shown = []
    for port in (web.good, web.bad):
        insecure = "" if port == web.good else "-k "
        where = {
            "https://HOST": f"{insecure}https://localhost:{port}",
            "/PATH": "/",
            "/PFAD": "/",
            "HOST:PORT": f"localhost:{port}",
            "-p PORT HOST": f"-p {port} localhost",
            "NAME": "localhost",
        }
        shown.append(seen(typed(check, language, lines, where), web.environment).replace("\r", ""))
    good, bad = shown
    assert when_good in good
    assert when_bad in bad
    assert not when_bad or when_bad not in good
    assert not when_good or when_good not in bad


def test_a_server_that_cannot_be_believed_does_not_look_like_a_good_one(web: Doors) -> None:
    command = typed("web.cors.origins", "en", ONE, {"https://HOST": f"https://localhost:{web.bad}"})
    assert "SSL certificate problem" in seen(command, {}) or "no alternative certificate" in seen(command, {})


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_lists_of_an_ssh_server_are_shown_at_any_port(language: str, tmp_path: Path) -> None:
    make_keys(tmp_path, "ed25519")
    with contextlib.ExitStack() as stack:
        good = stack.enter_context(sshd(tmp_path, tmp_path))
        bad = stack.enter_context(sshd(tmp_path, tmp_path, "KexAlgorithms +diffie-hellman-group14-sha1"))
        shown = [
            seen(typed("ssh.kex.policy", language, ONE, {"-p PORT HOST": f"-p {port} localhost"}), {})
            for port in (good, bad)
        ]
    assert ["kex_algorithms" in text for text in shown] == [True, True]
    assert ["diffie-hellman-group14-sha1\n" in text for text in shown] == [False, True]
