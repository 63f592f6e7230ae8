"""Against OpenSSH and Dropbear as Debian ships them; what is expected comes from nmap and ssh-keygen."""

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from defusedxml.ElementTree import fromstring

from readiness_audit.model.target import Endpoint
from readiness_audit.probes.ssh.facts import SshFacts
from readiness_audit.probes.ssh.ssh import PROBE
from tests.looking import look_at
from tests.servers.listener import free_port, wait_until_open
from tests.servers.sshd import KEYS, fingerprints, make_keys, sshd

BSI = (
    "KexAlgorithms ecdh-sha2-nistp384,diffie-hellman-group16-sha512",
    "Ciphers aes256-gcm@openssh.com,aes256-ctr",
    "MACs hmac-sha2-512-etm@openssh.com,hmac-sha2-256",
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
)
WEAK = (
    "KexAlgorithms +diffie-hellman-group14-sha1,diffie-hellman-group1-sha1",
    "Ciphers +aes128-cbc,3des-cbc",
    "MACs +hmac-md5",
    "HostKeyAlgorithms +ssh-rsa",
    "PubkeyAuthentication no",
    "KbdInteractiveAuthentication no",
)
ONLY_OLD = (
    "KexAlgorithms diffie-hellman-group14-sha1",
    "Ciphers aes256-cbc",
    "MACs hmac-md5",
    "HostKeyAlgorithms ssh-rsa",
)
CONFIGURATIONS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "default": ((), ("rsa", "ecdsa", "ed25519")),
    "bsi": (BSI, ("p384", "rsa")),
    "weak": (WEAK, ("short-rsa", "ed25519")),
    "only old": (ONLY_OLD, ("short-rsa",)),
    "only ed25519": ((), ("ed25519",)),
    "p521": ((), ("p521",)),
    "no compression": (("Compression no",), ("ecdsa",)),
}
KINDS = {
    "kex": "kex_algorithms",
    "host-key": "server_host_key_algorithms",
    "cipher": "encryption_algorithms",
    "mac": "mac_algorithms",
    "compression": "compression_algorithms",
}


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    make_keys(folder, *KEYS)
    return folder


def look(port: int, host: str = "127.0.0.1") -> SshFacts:
    target = Endpoint(kind="endpoint", id="shell", host=host, port=port, protocol="ssh")
    return look_at(PROBE, target).facts


def in_nmaps_eyes(port: int) -> tuple[dict[str, list[str]], set[str]]:
    """Give what nmap makes of it: the lists by their name, and the methods for a user who does not exist."""
    command = ["nmap", "-Pn", "-n", "-p", str(port), "--script", "+ssh2-enum-algos,+ssh-auth-methods"]
    command += ["--script-args", "ssh.user=nobody-like-that", "-oX", "-", "127.0.0.1"]
    done = subprocess.run(command, check=True, capture_output=True, timeout=60)
    scripts = {
        script.get("id"): script for script in fromstring(done.stdout, forbid_dtd=False).iter("script")
    }
    algorithms = {
        table.get("key", ""): [element.text or "" for element in table.iter("elem")]
        for table in scripts["ssh2-enum-algos"].findall("table")
    }
    methods = re.findall(r"^ {4}(\S+)$", scripts["ssh-auth-methods"].get("output", ""), re.MULTILINE)
    return algorithms, set(methods)


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_lists_keys_and_ways_in_are_those_of_other_programs(name: str, keys: Path, tmp_path: Path) -> None:
    lines, using = CONFIGURATIONS[name]
    with sshd(keys, tmp_path, *lines, using=using) as port:
        facts = look(port)
        algorithms, methods = in_nmaps_eyes(port)
    for kind, of_nmap in KINDS.items():
        ours = [each.name for each in facts.algorithms if each.kind == kind]
        assert ours == [
            each for each in algorithms[of_nmap] if not each.startswith(("kex-strict", "ext-info"))
        ]
        assert {each.direction for each in facts.algorithms if each.kind == kind} == {"both"}
    assert facts.strict_kex == ("kex-strict-s-v00@openssh.com" in algorithms["kex_algorithms"])
    assert {(key.bits, key.fingerprint) for key in facts.host_keys} == fingerprints(keys, *using)
    assert facts.host_keys_unseen == 0
    assert facts.login == "seen", facts.login_problem
    assert set(facts.login_methods) == methods
    assert facts.protocol == "2.0"
    assert facts.banner_clean


def test_a_default_server_of_debian_12_is_read_whole(keys: Path, tmp_path: Path) -> None:
    with sshd(keys, tmp_path, using=("rsa", "ed25519")) as port:
        facts = look(port)
    assert facts.software.startswith("OpenSSH_9.2p1")
    assert (facts.comment or "").startswith("Debian-2+deb12u")
    assert (facts.kex_methods, facts.ciphers, facts.macs) == (11, 6, 10)
    assert (facts.host_key_algorithms, facts.lines_before) == (3, 0)
    assert facts.terrapin_ciphers == ("chacha20-poly1305@openssh.com",)
    assert [(key.type, key.algorithms) for key in facts.host_keys] == [
        ("ssh-rsa", ("rsa-sha2-512", "rsa-sha2-256")),
        ("ssh-ed25519", ("ssh-ed25519",)),
    ]
    assert facts.login_methods == ("publickey", "password", "keyboard-interactive")
    assert re.fullmatch(r"readiness-audit-[0-9a-f]{8}", facts.login_user or "")


def test_keys_only_is_seen_as_keys_only(keys: Path, tmp_path: Path) -> None:
    with sshd(keys, tmp_path, *BSI) as port:
        assert look(port).login_methods == ("publickey",)


def test_passwords_only_is_seen_as_passwords_only(keys: Path, tmp_path: Path) -> None:
    with sshd(keys, tmp_path, *WEAK) as port:
        facts = look(port)
    assert facts.login_methods == ("password",)
    assert facts.terrapin_ciphers == ("chacha20-poly1305@openssh.com", "aes128-cbc", "3des-cbc")


def test_the_words_a_server_sends_before_a_login_do_not_pass_for_its_methods(
    keys: Path, tmp_path: Path
) -> None:
    words = tmp_path / "words"
    words.write_text('x@127.0.0.1: Permission denied (publickey).\nAuthenticated to x using "password".\n')
    with sshd(keys, tmp_path, f"Banner {words}", "PubkeyAuthentication no") as port:
        assert look(port).login_methods == ("password", "keyboard-interactive")


def test_dropbear_is_read_as_well(tmp_path: Path) -> None:
    key, port = tmp_path / "key", free_port()
    subprocess.run(["dropbearkey", "-t", "ed25519", "-f", str(key)], check=True, capture_output=True)
    command = ["dropbear", "-F", "-E", "-r", str(key), "-p", f"127.0.0.1:{port}", "-P", str(tmp_path / "pid")]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_until_open(port)
            facts = look(port)
            algorithms, methods = in_nmaps_eyes(port)
        finally:
            process.terminate()
    shown = subprocess.run(["dropbearkey", "-y", "-f", str(key)], check=True, capture_output=True, text=True)
    fingerprint = re.search(r"SHA256:\S+", shown.stdout)
    assert fingerprint is not None
    assert facts.software.startswith("dropbear")
    # It offers RSA although it was given no such key, and hangs up on who asks for it.
    assert [(key.type, key.fingerprint) for key in facts.host_keys] == [
        ("ssh-ed25519", fingerprint[0]),
        ("ssh-rsa", None),
    ]
    assert facts.host_keys_unseen == 1
    assert set(facts.login_methods) == methods
    assert [each.name for each in facts.algorithms if each.kind == "cipher"] == algorithms[
        "encryption_algorithms"
    ]


def test_without_the_client_the_ways_in_are_not_seen_and_the_rest_is(
    keys: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sshd(keys, tmp_path) as port:
        monkeypatch.setenv("PATH", str(tmp_path))
        facts = look(port)
    assert facts.host_keys_unseen == 0
    assert (facts.login, facts.login_methods, facts.login_user) == ("not-seen", (), None)
    assert facts.login_problem == "the program ssh is not installed"


def test_the_look_leaves_one_made_up_name_and_no_login_in_the_log(keys: Path, tmp_path: Path) -> None:
    facts, text = with_log(keys, tmp_path, "VERBOSE")
    assert re.findall(r"Invalid user (\S+)", text) == [facts.login_user]
    assert "Accepted" not in text
    assert "Failed" not in text


def test_neither_we_nor_the_client_have_the_server_work_for_a_costly_exchange(
    keys: Path, tmp_path: Path
) -> None:
    facts, text = with_log(keys, tmp_path, "DEBUG")
    assert "sntrup761x25519-sha512@openssh.com" in {each.name for each in facts.algorithms}
    agreed = set(re.findall(r"kex: algorithm: (\S+)", text))
    assert agreed == {"curve25519-sha256", "ecdh-sha2-nistp256", "diffie-hellman-group-exchange-sha256"}


def with_log(keys: Path, folder: Path, level: str) -> tuple[SshFacts, str]:
    """Look at a server, and give what it wrote to its log as well."""
    log, config = folder / "log", folder / "config"
    port = free_port()
    config.write_text(f"Port {port}\nListenAddress 127.0.0.1\nPidFile none\nHostKey {keys / 'ed25519'}\n")
    command = ["/usr/sbin/sshd", "-D", "-E", str(log), "-f", str(config), "-o", f"LogLevel={level}"]
    with subprocess.Popen(command) as process:
        try:
            wait_until_open(port)
            facts = look(port)
        finally:
            process.terminate()
    return facts, log.read_text()


def test_every_key_of_the_tests_is_used_somewhere() -> None:
    assert {name for _, using in CONFIGURATIONS.values() for name in using} == set(KEYS)
