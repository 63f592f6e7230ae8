"""A signature that an authority stamped: kept as it came, and believed on a certificate from outside."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.asking import Said
from tests.servers.stamping import make_authority, stamp, stamping

Tool = Callable[..., Said]


@pytest.fixture
def key(tool: Tool, tmp_path: Path) -> Path:
    assert tool("keys", "new", "audit", "--no-passphrase").status == 0
    (tmp_path / "audit.pem").write_bytes(tool("keys", "export", "audit").raw)
    return tmp_path / "audit.pem"


def run_stamped(tool: Tool, portal: Path, own: Path, out: Path, url: str) -> tuple[Said, Path]:
    words = ["run", portal, "--content", own, "--policy", "mine", "--out", out]
    said = tool(*words, "--key", "audit", "--timestamp", url)
    (folder,) = out.iterdir()
    return said, folder


def test_openssl_and_we_find_the_stamp_of_a_real_authority_good(
    tool: Tool, portal: Path, own: Path, key: Path, tmp_path: Path
) -> None:
    with stamping(tmp_path / "tsa") as authority:
        said, folder = run_stamped(tool, portal, own, tmp_path / "out", authority.url)
    assert said.status == 0, said.err
    assert "stamped: 20" in said.err
    assert authority.asked == 1
    words = ["-in", folder / "record.tsr", "-data", folder / "record.dsse.json", "-CAfile", authority.root]
    done = subprocess.run(["openssl", "ts", "-verify", *map(str, words)], capture_output=True, check=False)
    assert b"Verification: OK" in done.stdout, done.stderr
    proved = tool("verify", folder, "--key", key, "--authority", authority.root, "--lang", "en")
    assert proved.status == 0, proved.out
    assert "an authority that you trust stamped it" in proved.out
    unasked = tool("verify", folder, "--key", key, "--lang", "en")
    assert unasked.status == 0
    assert "no authority was named" in unasked.out


def test_a_stamp_of_another_authority_or_signature_is_refused(
    tool: Tool, portal: Path, own: Path, key: Path, tmp_path: Path
) -> None:
    with stamping(tmp_path / "tsa") as authority:
        _, folder = run_stamped(tool, portal, own, tmp_path / "out", authority.url)
        _, other = run_stamped(tool, portal, own, tmp_path / "other", authority.url)
    foreign = make_authority(tmp_path / "foreign")
    for root, said in ((foreign, "does not hold"), (key, "certificate")):
        assert said in "".join(
            str(part) for part in _answer(tool("verify", folder, "--key", key, "--authority", root))
        )
    good = (folder / "record.tsr").read_bytes()
    shutil.copy(other / "record.tsr", folder / "record.tsr")
    assert tool("verify", folder, "--key", key, "--authority", authority.root).status == 3
    for number in range(0, 8 * len(good), 997):
        changed = bytearray(good)
        changed[number // 8] ^= 1 << number % 8
        (folder / "record.tsr").write_bytes(changed)
        said_of_it = tool("verify", folder, "--key", key, "--authority", authority.root)
        assert said_of_it.status in {0, 3}
        if said_of_it.status == 0:
            # What no signature covers may change; the time it proves may not.
            assert _time(good, tmp_path) == _time(bytes(changed), tmp_path)
    (folder / "record.tsr").unlink()
    assert "not stamped" in tool("verify", folder, "--key", key, "--authority", authority.root).out


def _answer(said: Said) -> tuple[int, str, str]:
    assert said.status != 0
    return said.status, said.out, said.err


def _time(answer: bytes, place: Path) -> bytes:
    (place / "one.tsr").write_bytes(answer)
    done = subprocess.run(
        ["openssl", "ts", "-reply", "-in", place / "one.tsr", "-text"], capture_output=True, check=True
    )
    return next(line for line in done.stdout.splitlines() if line.startswith(b"Time stamp:"))


@pytest.mark.parametrize("what", ["garbage", "empty", "of something else", "a question", "too much"])
def test_an_authority_that_answers_something_else_costs_the_stamp_and_not_the_record(
    what: str, tool: Tool, portal: Path, own: Path, key: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    make_authority(elsewhere)
    subprocess.run(
        ["openssl", "ts", "-query", "-digest", "00" * 32, "-sha256", "-out", elsewhere / "x.tsq"],
        check=True,
        capture_output=True,
    )
    answers = {
        "garbage": b"<html>hello",
        "empty": b"",
        "of something else": stamp(elsewhere, (elsewhere / "x.tsq").read_bytes()),
        "a question": (elsewhere / "x.tsq").read_bytes(),
        "too much": bytes(2**20),
    }
    with stamping(tmp_path / "tsa", lambda _: answers[what]) as authority:
        said, folder = run_stamped(tool, portal, own, tmp_path / "out", authority.url)
    assert said.status == 0
    assert "not stamped: " in said.err
    assert not (folder / "record.tsr").exists()
    assert tool("verify", folder, "--key", key).status == 0


def test_an_authority_that_is_not_there_costs_the_stamp_and_not_the_record(
    tool: Tool, portal: Path, own: Path, key: Path, tmp_path: Path
) -> None:
    said, folder = run_stamped(tool, portal, own, tmp_path / "out", "http://127.0.0.1:9/")
    assert said.status == 0
    assert "not stamped: the authority" in said.err
    assert tool("verify", folder, "--key", key).status == 0


@pytest.mark.parametrize(
    "url", ["", "tsa", "ftp://tsa.example/", "http://", "http://u:p@tsa.example/", "http://a b/"]
)
def test_what_is_no_address_is_wrong_use_before_anything_is_done(
    url: str, tool: Tool, portal: Path, own: Path, key: Path, tmp_path: Path
) -> None:
    assert key.exists()
    said = tool(
        "run", portal, "--content", own, "--policy", "mine", "--out", tmp_path / "out", "--key", "audit",
        "--timestamp", url,
    )  # fmt: skip
    assert said.status == 2
    assert not (tmp_path / "out").exists()


def test_a_stamp_without_a_key_is_wrong_use(tool: Tool, portal: Path, own: Path) -> None:
    said = tool("run", portal, "--content", own, "--policy", "mine", "--timestamp", "http://127.0.0.1:9/")
    assert said.status == 2
    assert "--key" in said.err
