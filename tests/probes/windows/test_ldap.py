import subprocess
from pathlib import Path

import pytest

from readiness_audit.model.evidence import Reason
from readiness_audit.model.target import Endpoint
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.windows.ldap import PROBE, LdapFacts
from tests.looking import look_at
from tests.servers.certificates import make, names, write
from tests.servers.listener import free_port
from tests.servers.windows import slapd

SERVER = make("localhost", extensions=[names("localhost")])


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return write(tmp_path / "server.pem", SERVER)


def look(port: int) -> LdapFacts:
    target = Endpoint(kind="endpoint", id="directory", host="127.0.0.1", port=port, protocol="ldap")
    return look_at(PROBE, target, seconds=5).facts


def asked_by(program: str, port: int, *options: str, scheme: str = "ldap") -> int:
    """The independent answer: the code OpenLDAP's own client ends with, which is LDAP's."""
    command = [program, "-x", "-H", f"{scheme}://127.0.0.1:{port}", *options]
    trusting = {"LDAPTLS_REQCERT": "never", "PATH": "/usr/bin:/bin"}
    return subprocess.run(command, capture_output=True, check=False, env=trusting).returncode


def test_where_nothing_listens_it_says_refused() -> None:
    with pytest.raises(CannotSee) as blind:
        look(free_port())
    assert blind.value.reason is Reason.REFUSED


def test_a_directory_as_it_comes_tells_strangers_everything_in_clear(tmp_path: Path) -> None:
    with slapd(tmp_path) as port:
        facts = look(port)
        bound = asked_by("ldapwhoami", port)
        read = asked_by("ldapsearch", port, "-b", "dc=example,dc=org")
        secured = asked_by("ldapwhoami", port, "-ZZ")
        clear = asked_by("ldapwhoami", port, "-D", "cn=nobody,dc=example,dc=org", "-w", "nothing")
    # A client with a password is turned away for the password only; without one, that does not show.
    assert (bound, read, secured, clear) == (0, 0, 1, 49)
    assert (facts.anonymous_bind, facts.anonymous_read, facts.start_tls) == (
        "accepted",
        "readable",
        "refused",
    )
    assert facts.plain_bind == "unclear"
    assert facts.naming_contexts == ("dc=example,dc=org",)
    assert facts.root_readable
    assert not facts.tls_first


@pytest.mark.parametrize(
    ("setting", "code", "read"),
    [("ssf=64", 13, "refused"), ("simple_bind=64", 0, "readable")],
    ids=["for everything", "for passwords"],
)
def test_a_directory_that_wants_tls_does_not_tell_of_passwords_without_one(
    setting: str, code: int, read: str, tmp_path: Path, certificate: Path
) -> None:
    with slapd(tmp_path, f"security {setting}", certificate=certificate) as port:
        facts = look(port)
        searched = asked_by("ldapsearch", port, "-b", "dc=example,dc=org")
        clear = asked_by("ldapwhoami", port, "-D", "cn=nobody,dc=example,dc=org", "-w", "nothing")
        secured = asked_by("ldapwhoami", port, "-ZZ")
    assert (searched, clear, secured) == (code, 13, 0)
    assert (facts.anonymous_read, facts.plain_bind) == (read, "unclear")
    assert (facts.start_tls, facts.start_tls_answer) == ("offered", "a handshake of TLSv1.3")


@pytest.mark.parametrize(
    ("strangers", "code", "said"),
    [("auth", 50, "insufficient access rights"), ("none", 32, "no such object")],
    ids=["who may log in", "who may not"],
)
def test_a_directory_that_hides_from_strangers_is_not_readable(
    strangers: str, code: int, said: str, tmp_path: Path
) -> None:
    with slapd(tmp_path, own=f"access to * by users read by anonymous {strangers}") as port:
        facts = look(port)
        read = asked_by("ldapsearch", port, "-b", "dc=example,dc=org")
    assert read == code
    assert (facts.anonymous_bind, facts.anonymous_read) == ("accepted", "refused")
    assert facts.anonymous_read_answer == said


def test_a_directory_that_refuses_anonymous_binds_is_seen_to(tmp_path: Path) -> None:
    with slapd(tmp_path, "disallow bind_anon", "require authc") as port:
        facts = look(port)
        bound = asked_by("ldapwhoami", port)
    assert bound == 48
    assert (facts.anonymous_bind, facts.anonymous_read) == ("refused", "refused")
    # Without a password nobody can tell whether one would be taken in clear.
    assert facts.plain_bind == "unclear"


def test_under_ldaps_nothing_is_sent_in_clear(tmp_path: Path, certificate: Path) -> None:
    with slapd(tmp_path, certificate=certificate, tls_first=True) as port:
        facts = look(port)
        bound = asked_by("ldapwhoami", port, scheme="ldaps")
    assert bound == 0
    assert facts.tls_first
    assert (facts.plain_bind, facts.start_tls) == ("refused", "not-asked")
    assert (facts.anonymous_bind, facts.anonymous_read) == ("accepted", "readable")
