"""Keys of one's own and of others: for their owner alone, and believed only where somebody said so."""

from __future__ import annotations

import json
import os
import stat
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from readiness_audit.errors import RecordError, SigningKeyError
from readiness_audit.ledger import keyring
from readiness_audit.ledger.canonical import canonical
from readiness_audit.ledger.envelope import Signature, check, sign
from readiness_audit.ledger.keys import private_key, public_key, read_key_file
from tests.ledger.breaking import calls_of, run
from tests.ledger.signing import a_key

AT = datetime(2026, 11, 23, 8, 45, tzinfo=UTC)
ONE, TWO = a_key(1), a_key(2)


class TestKeys:
    def test_nobody_has_keys_before_they_make_one(self, tmp_path: Path) -> None:
        assert keyring.own_keys(tmp_path) == ()
        assert keyring.store_of(tmp_path).keys == ()
        assert not (tmp_path / "keys").exists()

    def test_a_new_key_is_for_its_owner_alone(self, tmp_path: Path) -> None:
        made = keyring.make(tmp_path, "audit", b"geheim")
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "keys").iterdir()}
        assert modes == {"audit.key": 0o600, "audit.pub": 0o600}
        assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
        assert keyring.own_keys(tmp_path) == (made,)

    def test_openssl_reads_it_with_its_passphrase_and_works_out_the_same_id(self, tmp_path: Path) -> None:
        made = keyring.make(tmp_path, "audit", b"geheim")
        path = tmp_path / "keys" / "audit.key"
        words = ["openssl", "pkey", "-in", str(path), "-passin", "pass:geheim", "-pubout", "-outform", "DER"]
        der = subprocess.run(words, capture_output=True, check=True).stdout
        assert der == made.public.der
        shown = subprocess.run(
            ["openssl", "dgst", "-sha256", "-r"], input=der, capture_output=True, check=True
        )
        assert shown.stdout.split()[0].decode() == made.public.keyid
        words[5] = "pass:falsch"
        assert subprocess.run(words, capture_output=True, check=False).returncode != 0

    def test_we_read_what_openssl_made(self, tmp_path: Path) -> None:
        path = tmp_path / "key.pem"
        subprocess.run(
            ["openssl", "genpkey", "-algorithm", "ed25519", "-out", path], check=True, capture_output=True
        )
        key = private_key(path.read_bytes(), None)
        words = ["openssl", "pkey", "-in", str(path), "-pubout"]
        pem = subprocess.run(words, capture_output=True, check=True).stdout
        assert public_key(pem) == key.public
        assert key.public.pem == pem

    def test_a_name_is_never_used_twice(self, tmp_path: Path) -> None:
        keyring.make(tmp_path, "audit", None)
        before = (tmp_path / "keys" / "audit.key").read_bytes()
        with pytest.raises(SigningKeyError, match="already"):
            keyring.make(tmp_path, "audit", None)
        assert (tmp_path / "keys" / "audit.key").read_bytes() == before

    @pytest.mark.parametrize("name", ["", "..", "../x", "a/b", "A", ".x", "a\n", "x" * 65])
    def test_a_name_is_no_path(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(SigningKeyError, match="not a name"):
            keyring.make(tmp_path, name, None)

    @pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o620, 0o601])
    def test_a_key_that_others_may_touch_is_refused(self, tmp_path: Path, mode: int) -> None:
        keyring.make(tmp_path, "audit", None)
        path = tmp_path / "keys" / "audit.key"
        path.chmod(mode)
        with pytest.raises(SigningKeyError, match="by others"):
            read_key_file(path, private=True)
        with pytest.raises(SigningKeyError, match="by others"):
            keyring.own_keys(tmp_path)

    def test_a_wrong_passphrase_and_none_are_told_apart(self) -> None:
        locked = ONE.pem(b"geheim")
        assert private_key(locked, b"geheim").public == ONE.public
        with pytest.raises(SigningKeyError, match="passphrase is wrong"):
            private_key(locked, b"falsch")
        with pytest.raises(SigningKeyError, match="needs its passphrase"):
            private_key(locked, None)

    @pytest.mark.parametrize(
        "kind", [["rsa"], ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"], ["x25519"], ["ed448"]]
    )
    def test_another_kind_of_key_is_refused(self, tmp_path: Path, kind: list[str]) -> None:
        path = tmp_path / "key.pem"
        subprocess.run(
            ["openssl", "genpkey", "-algorithm", *kind, "-out", path], check=True, capture_output=True
        )
        with pytest.raises(SigningKeyError, match="not an Ed25519 key"):
            private_key(path.read_bytes(), None)
        pem = subprocess.run(
            ["openssl", "pkey", "-in", path, "-pubout"], capture_output=True, check=True
        ).stdout
        with pytest.raises(SigningKeyError, match="not an Ed25519 key"):
            public_key(pem)

    def test_what_is_no_file_of_a_key_is_not_waited_for(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe", 0o600)
        (tmp_path / "large").write_bytes(bytes(2**20))
        (tmp_path / "large").chmod(0o600)
        for path in (tmp_path / "pipe", tmp_path / "large", tmp_path, tmp_path / "none", Path("/dev/zero")):
            with pytest.raises(SigningKeyError, match=r"cannot be read|by others"):
                read_key_file(path, private=True)

    def test_a_key_does_not_show_itself(self) -> None:
        assert repr(ONE) == f"<private key {ONE.public.keyid}>"


class TestTrust:
    def test_a_trusted_key_is_found_again(self, tmp_path: Path) -> None:
        keyring.trust(tmp_path, public_key(ONE.public.pem, "Jana Beispiel"), AT)
        keyring.trust(tmp_path, public_key(TWO.public.pem, "Max Mustermann"), AT)
        assert {key.name for key in keyring.store_of(tmp_path).keys} == {"Jana Beispiel", "Max Mustermann"}

    def test_a_revoked_key_is_trusted_no_more_and_never_again(self, tmp_path: Path) -> None:
        key = public_key(ONE.public.pem, "Jana Beispiel")
        keyring.trust(tmp_path, key, AT)
        keyring.revoke(tmp_path, key.keyid, AT, "lost")
        assert keyring.store_of(tmp_path).keys == ()
        with pytest.raises(SigningKeyError, match="was revoked"):
            keyring.trust(tmp_path, key, AT)
        assert keyring.revoke(tmp_path, key.keyid, AT, "another reason").reason == "lost"

    def test_a_key_nobody_trusted_can_be_revoked_too(self, tmp_path: Path) -> None:
        keyring.revoke(tmp_path, TWO.public.keyid, AT, "stolen")
        assert [gone.keyid for gone in keyring.store_of(tmp_path).revoked] == [TWO.public.keyid]

    @pytest.mark.parametrize(
        "spoil",
        [
            lambda _: b"",
            lambda _: b"{}",
            lambda data: data + b"\n",
            lambda data: data.replace(b'"schema":1', b'"schema":2'),
            lambda data: data.replace(ONE.public.keyid[:8].encode(), b"00000000", 1),
            lambda data: data.replace(b'"trusted":', b'"trusted":[],"trusted":'),
            lambda data: canonical({**json.loads(data), "more": 1}),
        ],
    )
    def test_a_spoilt_list_is_an_error_and_not_an_empty_one(self, tmp_path: Path, spoil: object) -> None:
        keyring.trust(tmp_path, public_key(ONE.public.pem, "Jana Beispiel"), AT)
        path = tmp_path / "keys" / "trusted.json"
        path.write_bytes(spoil(path.read_bytes()))  # type: ignore[operator] # one of the lambdas above
        with pytest.raises(SigningKeyError, match="cannot be used"):
            keyring.store_of(tmp_path)

    def test_a_kill_at_any_call_leaves_the_old_list_or_the_new_one(self, tmp_path: Path) -> None:
        keyring.trust(tmp_path, public_key(ONE.public.pem, "one"), AT)

        def work() -> None:
            keyring.trust(tmp_path, public_key(TWO.public.pem, "two"), AT)

        for at in calls_of(work):
            (tmp_path / "keys" / "trusted.json").unlink()
            keyring.trust(tmp_path, public_key(ONE.public.pem, "one"), AT)
            assert run(work, at=at).killed
            assert [key.name for key in keyring.store_of(tmp_path).keys] in (
                ["one"],
                sorted(["one", "two"], key=lambda name: {"one": ONE, "two": TWO}[name].public.keyid),
            )
            work()
            assert len(keyring.store_of(tmp_path).keys) == 2


class TestEntries:
    """A signature over any payload of a type, as waivers and sign-offs carry it."""

    def test_it_holds_for_its_type_and_bytes_alone(self) -> None:
        signature = sign("application/x", b"payload", ONE)
        assert check("application/x", b"payload", signature, [TWO.public, ONE.public]) == ONE.public
        for kind, payload, keys in (
            ("application/y", b"payload", [ONE.public]),
            ("application/x", b"payloaD", [ONE.public]),
            ("application/x", b"payload", [TWO.public]),
            ("application/x", b"payload", []),
            # The lengths are signed too: nothing can move from the one to the other.
            ("application/xp", b"ayload", [ONE.public]),
        ):
            with pytest.raises(RecordError):
                check(kind, payload, signature, keys)

    @pytest.mark.parametrize("sig", ["", "AAAA", "not base64!", "QQ=="])
    def test_garbage_is_no_signature(self, sig: str) -> None:
        with pytest.raises(RecordError):
            check("x", b"", Signature(key=ONE.public.keyid, sig=sig), [ONE.public])
