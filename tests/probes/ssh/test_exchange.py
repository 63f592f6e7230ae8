import re
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from readiness_audit.model.target import Endpoint
from readiness_audit.probes.ssh.exchange import OPENINGS
from readiness_audit.probes.ssh.facts import SshFacts
from readiness_audit.probes.ssh.ssh import PROBE
from tests.looking import look_at
from tests.servers.sshd import fingerprints, make_keys, sshd


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    make_keys(folder, "ed25519")
    return folder


def look(port: int) -> SshFacts:
    target = Endpoint(kind="endpoint", id="shell", host="127.0.0.1", port=port, protocol="ssh")
    return look_at(PROBE, target).facts


def test_the_smallest_group_is_the_smallest_the_server_has(keys: Path, tmp_path: Path) -> None:
    mine = tmp_path / "moduli"
    lines = Path("/etc/ssh/moduli").read_text().splitlines()
    mine.write_text("\n".join(line for line in lines if line.split()[4:5] == ["3071"]) + "\n")
    exchange = "KexAlgorithms diffie-hellman-group-exchange-sha256,curve25519-sha256"
    with sshd(keys, tmp_path, exchange, f"ModuliFile {mine}") as port:
        facts = look(port)
    assert (facts.group_exchange, facts.smallest_group) == ("seen", 3072)
    with sshd(keys, tmp_path, "KexAlgorithms curve25519-sha256") as port:
        facts = look(port)
    assert (facts.group_exchange, facts.smallest_group) == ("not-offered", None)


@pytest.mark.parametrize("kex", [name for name in OPENINGS if re.match("curve|ecdh|diffie|sntrup", name)])
def test_the_key_is_shown_for_every_exchange_openssh_knows(kex: str, keys: Path, tmp_path: Path) -> None:
    known = subprocess.run(["ssh", "-Q", "kex"], check=True, capture_output=True, text=True).stdout.split()
    # Of the exchanges we can begin, Debian's OpenSSH lacks these; it must not lack more.
    lacking = {"diffie-hellman-group15-sha512", "diffie-hellman-group17-sha512"}
    assert (kex in known) == (kex not in lacking)
    if kex in known:
        with sshd(keys, tmp_path, f"KexAlgorithms {kex}") as port:
            (key,) = look(port).host_keys
        assert {(key.bits, key.fingerprint)} == fingerprints(keys, "ed25519")


def test_the_fixed_values_are_the_base_points_of_their_curves() -> None:
    for name, curve in (
        ("ecdh-sha2-nistp256", ec.SECP256R1()),
        ("ecdh-sha2-nistp384", ec.SECP384R1()),
        ("ecdh-sha2-nistp521", ec.SECP521R1()),
    ):
        point = ec.derive_private_key(1, curve).public_key()
        assert point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint) == OPENINGS[name]
