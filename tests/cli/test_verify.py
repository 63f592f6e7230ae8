"""Sign, verify, hand over, and verify again without us, as people do it on the command line."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from readiness_audit.ledger.bundle import bundle_bytes
from readiness_audit.ledger.pruning import prune
from tests.cli.asking import Said
from tests.house.written import blocks

ROOT = Path(__file__).parents[2]
PROOF = ROOT / "reports" / "proof"
Tool = Callable[..., Said]
MINE = ("--policy", "mine")


@pytest.fixture
def key(tool: Tool, tmp_path: Path) -> Path:
    """Make a key with a passphrase; gives the public half, as the auditor has it."""
    (tmp_path / "secret").write_text("geheim\n")
    made = tool("keys", "new", "audit", "--passphrase", f"file:{tmp_path}/secret")
    assert made.status == 0, made.err
    (tmp_path / "audit.pem").write_bytes(tool("keys", "export", "audit").raw)
    return tmp_path / "audit.pem"


@pytest.fixture
def signed(tool: Tool, portal: Path, own: Path, key: Path, tmp_path: Path, home: Path) -> Path:
    assert key.exists()
    said = tool(
        "run", portal, "--content", own, *MINE, "--key", "audit", "--passphrase", f"file:{tmp_path}/secret"
    )
    assert said.status == 0, said.err
    (folder,) = (path for path in (home / "systems" / "portal").iterdir() if path.is_dir())
    return folder


class TestSigning:
    def test_a_key_that_cannot_be_used_ends_it_before_anything_is_looked_at(
        self, tool: Tool, portal: Path, own: Path, key: Path, home: Path, tmp_path: Path
    ) -> None:
        assert key.exists()
        (tmp_path / "wrong").write_text("falsch")
        for words, told in (
            (("--key", "nobody"), "there is no key 'nobody'"),
            (("--key", tmp_path / "none.pem"), "cannot be read"),
            (("--key", "audit"), "needs its passphrase"),
            (("--key", "audit", "--passphrase", f"file:{tmp_path}/wrong"), "passphrase is wrong"),
            (("--key", "audit", "--passphrase", "geheim"), "where the secret is kept"),
            (("--key", "audit", "--passphrase", "env:NOT_SET"), "no usable secret"),
            (("--key", "pkcs11:token=audit"), "keys at pkcs11: cannot be used by this version"),
            (("--key", "agent:audit"), "keys at agent: cannot be used"),
            (("--key", "env:NOT_SET"), "no key in the environment"),
            (("--key", key), "is not a private key|others"),
            (("--passphrase", "env:X"), "name it with --key"),
        ):
            said = tool("run", portal, "--content", own, *MINE, *words)
            assert said.status == 2, (words, said.err)
            assert any(part in said.err for part in told.split("|")), (words, said.err)
            assert "geheim" not in said.err.replace(str(tmp_path), "")
        assert not (home / "systems").exists()

    def test_a_key_may_come_from_a_path_or_the_environment(
        self, tool: Tool, portal: Path, own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = tmp_path / "key.pem"
        subprocess.run(
            ["openssl", "genpkey", "-algorithm", "ed25519", "-out", path], check=True, capture_output=True
        )
        path.chmod(0o600)
        monkeypatch.setenv("SIGNING_KEY", path.read_text())
        subprocess.run(["openssl", "pkey", "-in", path, "-pubout", "-out", tmp_path / "pub.pem"], check=True)
        for number, where in enumerate((path, "env:SIGNING_KEY")):
            out = tmp_path / str(number)
            assert tool("run", portal, "--content", own, *MINE, "--out", out, "--key", where).status == 0
            (folder,) = out.iterdir()
            assert tool("verify", folder, "--key", tmp_path / "pub.pem").status == 0

    def test_a_record_that_was_kept_unsigned_is_not_passed_off_as_signed(
        self, tool: Tool, signed: Path, tmp_path: Path
    ) -> None:
        words = ["judge", signed, "--out", tmp_path / "again"]
        assert tool(*words).status == 0
        said = tool(*words, "--key", "audit", "--passphrase", f"file:{tmp_path}/secret")
        assert said.status == 1
        assert "not signed with this key" in said.err

    def test_judging_again_can_be_signed_and_is_part_of_the_chain(
        self, tool: Tool, signed: Path, key: Path, tmp_path: Path
    ) -> None:
        words = ["judge", signed.name, "--at", "2099-01-01", "--key", "audit"]
        assert "add --keep or --out" in tool(*words, "--passphrase", f"file:{tmp_path}/secret").err
        tool(*words, "--passphrase", f"file:{tmp_path}/secret", "--keep")
        (again,) = (path for path in signed.parent.iterdir() if path.is_dir() and path != signed)
        said = tool("verify", again, "--key", key, "--chain", "--rebuild", "--format", "json")
        assert said.status == 0, said.out
        assert json.loads(said.out)["chain"] == {"newest": again.name, "length": 2, "head": None}


class TestVerifying:
    def test_nothing_there_is_wrong_use(self, tool: Tool, key: Path, tmp_path: Path) -> None:
        assert tool("verify", tmp_path / "nothing", "--key", key).status == 2
        assert tool("verify", "20261123T084500Z-3f9a1c", "--key", key).status == 2

    def test_without_a_key_from_outside_nothing_is_proved(
        self, tool: Tool, signed: Path, tmp_path: Path
    ) -> None:
        said = tool("verify", signed, "--home", tmp_path / "another")
        assert said.status == 2
        assert "say whose signature you accept" in said.err

    def test_an_unsigned_record_is_not_proved(
        self, tool: Tool, portal: Path, own: Path, key: Path, tmp_path: Path
    ) -> None:
        tool("run", portal, "--content", own, *MINE, "--out", tmp_path / "out")
        (folder,) = (tmp_path / "out").iterdir()
        said = tool("verify", folder, "--key", key, "--lang", "en")
        assert (said.status, said.lines) == (
            3,
            ["✗ NOT PROVED: it is not signed: there is no record.dsse.json"],
        )

    @pytest.mark.parametrize(
        ("language", "shown", "open_"),
        [
            ("en", "  - It is the first of its chain.", "That the evidence is true"),
            ("de", "  - Es ist das erste Glied seiner Kette.", "Dass die Nachweise wahr sind"),
        ],
    )
    def test_it_says_what_is_shown_and_what_is_not(
        self, tool: Tool, signed: Path, key: Path, language: str, shown: str, open_: str
    ) -> None:
        said = tool("verify", signed, "--key", key, "--lang", language)
        assert said.status == 0
        proved, _, not_shown = said.out.partition("Not shown" if language == "en" else "Nicht gezeigt")
        assert shown in proved.splitlines()
        assert open_ in not_shown
        assert "--chain" in not_shown
        assert "--rebuild" in not_shown

    def test_all_of_it_can_be_shown(self, tool: Tool, signed: Path, key: Path, tmp_path: Path) -> None:
        reports = [f"{name}:{tmp_path / name}" for name in ("html", "json", "markdown")]
        given = [word for report in reports for word in ("--report", report)]
        assert tool("report", signed, "--lang", "de", "--record-only", *given).status == 0
        said = tool("verify", signed, "--key", key, "--chain", "--rebuild", *given, "--format", "json")
        assert said.status == 0, said.out
        told = json.loads(said.out)
        assert (told["rebuilt"], len(told["reports"]), told["chain"]["length"]) == (True, 3, 1)
        assert told["not_shown"] == ["truth", "key", "revoked", "time", "end"]
        for report in (tmp_path / "html", tmp_path / "json", tmp_path / "markdown"):
            data = report.read_bytes()
            report.write_bytes(data.replace(b"Portal", b"portal", 1).replace(b"portal", b"Portal", 2) + b" ")
            refused = tool("verify", signed, "--key", key, "--rebuild", *given)
            assert refused.status == 3
            assert "is not what this record alone says" in refused.out
            report.write_bytes(data)

    def test_a_foreign_and_a_revoked_key_are_refused(
        self, tool: Tool, signed: Path, key: Path, tmp_path: Path
    ) -> None:
        other = tmp_path / "auditor"
        assert tool("keys", "trust", key, "--name", "Jana Beispiel", "--home", other).status == 0
        trusted = tool("verify", signed, "--home", other, "--lang", "en")
        assert trusted.status == 0
        assert "Jana Beispiel (" in trusted.out
        tool("keys", "new", "foreign", "--no-passphrase")
        foreign = tool("verify", signed, "--key", "foreign")
        assert (foreign.status, "none of those given" in foreign.out) == (3, True)
        assert tool("keys", "revoke", "audit", "--reason", "the laptop was lost").status == 0
        (tmp_path / "revoked.json").write_bytes(tool("keys", "export", "--revoked").raw)
        for words in ((), ("--home", other, "--revoked", tmp_path / "revoked.json")):
            said = tool("verify", signed, "--key", key, *words)
            assert (said.status, "the laptop was lost" in said.out) == (3, True)
        assert "REVOKED" in tool("keys", "list").out
        assert tool("verify", signed, "--home", other).status == 0

    def test_machines_hear_it_too(self, tool: Tool, signed: Path, key: Path) -> None:
        (signed / "record.json").write_bytes(b"{}")
        said = tool("verify", signed, "--key", key, "--format", "json")
        assert said.status == 3
        assert json.loads(said.out) == {
            "proved": False,
            "reason": "record.json was changed after the record was kept",
        }


class TestChain:
    @pytest.fixture
    def history(self, tool: Tool, signed: Path, portal: Path, own: Path, tmp_path: Path) -> list[Path]:
        secret = ("--key", "audit", "--passphrase", f"file:{tmp_path}/secret")
        for _ in range(3):
            assert tool("run", portal, "--content", own, *MINE, *secret).status == 0
        found = {
            json.loads((path / "manifest.json").read_bytes())["sequence"]: path
            for path in signed.parent.glob("2*")
        }
        assert found[1] == signed
        return [found[number] for number in range(1, 5)]

    def test_any_of_them_proves_the_whole(self, tool: Tool, history: list[Path], key: Path) -> None:
        for path in history:
            said = tool("verify", path, "--key", key, "--chain", "--format", "json")
            assert json.loads(said.out)["chain"]["length"] == 4, said.out

    @pytest.mark.parametrize(
        ("spoil", "told"),
        [
            (lambda paths: shutil.rmtree(paths[1]), "lacks number 2"),
            (lambda paths: shutil.rmtree(paths[0]), "lacks number 1"),
            (
                lambda paths: shutil.copytree(paths[1], paths[1].with_name("20200101T000000Z-000000")),
                "another name",
            ),
            (lambda paths: (paths[1] / "record.json").write_bytes(b"{}"), "broken at run"),
            (lambda paths: (paths[3] / "record.dsse.json").unlink(), "is not signed"),
            (lambda paths: swap(paths[1], paths[2]), "is called like run"),
            (lambda paths: (paths[1] / "manifest.json").write_bytes(b"{}"), "broken at run"),
        ],
        ids=[
            "one deleted",
            "the first deleted",
            "one put in",
            "one changed",
            "stripped",
            "swapped",
            "relisted",
        ],
    )
    def test_what_was_done_to_it_is_found(
        self, tool: Tool, history: list[Path], key: Path, spoil: Callable[[list[Path]], object], told: str
    ) -> None:
        spoil(history)
        said = tool("verify", history[2], "--key", key, "--chain", "--lang", "en")
        assert said.status == 3
        assert told in said.out

    def test_who_asks_for_one_run_gets_no_other_proved(
        self, tool: Tool, history: list[Path], key: Path
    ) -> None:
        swap(history[1], history[2])
        said = tool("verify", history[1].name, "--key", key, "--lang", "en")
        assert (said.status, f"is called like run {history[1].name}" in said.out) == (3, True)
        assert tool("report", history[1].name).status == 2

    def test_a_cut_at_the_end_is_named_as_open_and_found_by_a_head_kept_elsewhere(
        self, tool: Tool, history: list[Path], key: Path
    ) -> None:
        head = json.loads(tool("verify", history[3], "--key", key, "--format", "json").out)["manifest_sha256"]
        kept = tool("verify", history[2], "--key", key, "--chain", "--head", head, "--lang", "en")
        assert (kept.status, "you had noted is part" in kept.out) == (0, True)
        shutil.rmtree(history[3])
        unnoticed = tool("verify", history[2], "--key", key, "--chain", "--lang", "en")
        assert (unnoticed.status, "nothing is missing at its end" in unnoticed.out) == (0, True)
        found = tool("verify", history[2], "--key", key, "--chain", "--head", head)
        assert (found.status, "it was cut off" in found.out) == (3, True)

    def test_records_that_were_pruned_keep_their_place_and_are_named_as_gone(
        self, tool: Tool, history: list[Path], key: Path, home: Path
    ) -> None:
        for path in history[:2]:
            prune(home, "portal", path.name)
        said = tool("verify", history[2], "--key", key, "--chain", "--lang", "en")
        assert said.status == 0, said.out
        assert "deleted records (2)" in said.out

    @pytest.mark.parametrize(
        "spoil",
        [shutil.rmtree, lambda left: (left / "manifest.json").write_bytes(b"{}")],
        ids=["taken away", "changed"],
    )
    def test_what_is_left_of_a_pruned_record_is_looked_at_as_well(
        self,
        tool: Tool,
        history: list[Path],
        key: Path,
        home: Path,
        spoil: Callable[[Path], object],
    ) -> None:
        prune(home, "portal", history[1].name)
        spoil(history[1].parent / "pruned" / history[1].name)
        said = tool("verify", history[2], "--key", key, "--chain", "--lang", "en")
        assert said.status == 3


def swap(first: Path, second: Path) -> None:
    between = first.with_name("between")
    first.rename(between)
    second.rename(first)
    between.rename(second)


class TestHandingOver:
    @pytest.fixture
    def exported(self, tool: Tool, signed: Path, tmp_path: Path) -> Path:
        said = tool("export", signed, "--out", tmp_path / "x.zip")
        assert said.status == 0, said.err
        return tmp_path / "x.zip"

    def test_the_same_record_gives_the_same_bytes(self, tool: Tool, signed: Path, exported: Path) -> None:
        assert tool("export", signed, "--out", exported.with_name("y.zip")).status == 0
        assert exported.read_bytes() == exported.with_name("y.zip").read_bytes()
        assert tool("export", signed, "--out", exported).status == 2

    def test_it_is_verified_as_it_is_and_unpacked(
        self, tool: Tool, signed: Path, exported: Path, key: Path, tmp_path: Path
    ) -> None:
        said = tool("verify", exported, "--key", key, "--rebuild", "--format", "json")
        assert said.status == 0, said.out
        told = json.loads(said.out)
        assert (len(told["reports"]), told["not_covered"]) == (6, [])
        subprocess.run(["unzip", "-q", exported, "-d", tmp_path / "out"], check=True)
        assert tool("verify", tmp_path / "out" / signed.name, "--key", key).status == 0

    def test_whatever_lies_beside_the_record_is_compared_too(
        self, tool: Tool, exported: Path, key: Path, tmp_path: Path
    ) -> None:
        with zipfile.ZipFile(exported) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        beside = [
            name
            for name in files
            if "/record" not in name and "/manifest" not in name and "excerpts" not in name
        ]
        assert len(beside) == 9
        for name in beside:
            data = bundle_bytes({**files, name: files[name] + b" "})
            (tmp_path / "altered.zip").write_bytes(data)
            assert tool("verify", tmp_path / "altered.zip", "--key", key, "--rebuild").status == 3
            said = tool("verify", tmp_path / "altered.zip", "--key", key, "--lang", "en")
            assert (said.status, name in said.out.partition("Not shown")[2]) == (0, True)

    @pytest.mark.parametrize(
        "guide", [PROOF / "VERIFY.md", PROOF / "PRUEFEN.md", ROOT / "docs/verify-without-us.md"]
    )
    def test_the_commands_of_the_guide_prove_it_and_notice_a_change(
        self, guide: Path, signed: Path, exported: Path, key: Path, tmp_path: Path
    ) -> None:
        subprocess.run(["unzip", "-q", exported, "-d", tmp_path / "out"], check=True)
        lines = "\n".join(block.text for block in blocks(guide, "sh"))
        place = {**os.environ, "KEY": str(key), "RUN": signed.name}

        def run() -> subprocess.CompletedProcess[bytes]:
            words = ["sh", "-eu", "-c", lines]
            return subprocess.run(words, cwd=tmp_path / "out", env=place, capture_output=True, check=False)

        done = run()
        assert done.returncode == 0, done.stderr
        assert b"Signature Verified Successfully" in done.stdout
        for name in ("record.json", "manifest.json", "record.dsse.json"):
            path = tmp_path / "out" / signed.name / name
            data = path.read_bytes()
            path.write_bytes(data.replace(b"e", b"f", 1))
            assert run().returncode != 0, name
            path.write_bytes(data)
        (tmp_path / "out" / signed.name / "more").touch()
        assert run().returncode != 0

    def test_the_script_in_the_zip_proves_it(
        self, signed: Path, exported: Path, key: Path, tmp_path: Path
    ) -> None:
        subprocess.run(["unzip", "-q", exported, "-d", tmp_path / "out"], check=True)
        words = [sys.executable, "-I", "verify.py", signed.name, str(key)]
        done = subprocess.run(words, cwd=tmp_path / "out", capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout.partition(b"PROVED: ")[2])["run"] == signed.name

    def test_excerpts_can_be_held_back(self, tool: Tool, signed: Path, key: Path, tmp_path: Path) -> None:
        said = tool("export", signed, "--out", tmp_path / "less.zip", "--hold-back", "excerpts")
        assert "held back: 1 excerpts" in said.err
        assert tool("verify", tmp_path / "less.zip", "--key", key).status == 3
        proved = tool("verify", tmp_path / "less.zip", "--key", key, "--held-back", "--lang", "en")
        assert proved.status == 0
        assert "What the excerpts (1) held" in proved.out

    def test_an_annex_is_for_the_auditor_alone(
        self, tool: Tool, signed: Path, key: Path, tmp_path: Path
    ) -> None:
        words = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=Auditor", "-days", "30"]
        made = ["-keyout", str(tmp_path / "auditor.key"), "-out", str(tmp_path / "auditor.pem")]
        subprocess.run(["openssl", *words, *made], check=True, capture_output=True)
        said = tool("export", signed, "--out", tmp_path / "x.zip", "--annex-for", tmp_path / "auditor.pem")
        assert said.status == 0, said.err
        assert b"Mustermann" not in (tmp_path / "x.zip").read_bytes()
        assert tool("verify", tmp_path / "x.zip", "--key", key).status == 3
        out = tmp_path / "out"
        subprocess.run(["unzip", "-q", tmp_path / "x.zip", "-d", out], check=True)
        words = [
            "openssl",
            "cms",
            "-decrypt",
            "-binary",
            "-inform",
            "DER",
            "-in",
            "annex.cms",
            "-out",
            "annex.zip",
        ]
        subprocess.run([*words, "-inkey", tmp_path / "auditor.key"], cwd=out, check=True)
        subprocess.run(["unzip", "-q", "annex.zip"], cwd=out, check=True)
        assert tool("verify", out / signed.name, "--key", key, "--rebuild").status == 0
        assert (out / "reports" / "report.de.html").exists()
        refused = tool("export", signed, "--out", tmp_path / "y.zip", "--annex-for", key)
        assert (refused.status, (tmp_path / "y.zip").exists()) == (2, False)

    def test_sign_offs_go_along(self, tool: Tool, signed: Path, key: Path, tmp_path: Path) -> None:
        (tmp_path / "sign-offs.yaml").write_text("[]\n")
        words = ("--out", tmp_path / "x.zip", "--sign-offs", tmp_path / "sign-offs.yaml", "--report", "json")
        assert tool("export", signed, *words, "--lang", "de").status == 0
        said = tool("verify", tmp_path / "x.zip", "--key", key, "--rebuild", "--format", "json")
        told = json.loads(said.out)
        assert (told["reports"], told["not_covered"]) == (["reports/report.de.json"], ["sign-offs.yaml"])

    def test_an_unsigned_record_is_handed_over_with_a_word_of_warning(
        self, tool: Tool, portal: Path, own: Path, tmp_path: Path
    ) -> None:
        tool("run", portal, "--content", own, *MINE, "--out", tmp_path / "out")
        (folder,) = (tmp_path / "out").iterdir()
        said = tool("export", folder, "--out", tmp_path / "x.zip")
        assert (said.status, "nobody can prove that it is yours" in said.err) == (0, True)


def test_the_page_the_guides_and_the_script_say_the_same() -> None:
    page = ROOT / "docs" / "verify-without-us.md"
    told = [block.text for block in blocks(page, "sh")]
    assert told
    for guide in (PROOF / "VERIFY.md", PROOF / "PRUEFEN.md"):
        assert [block.text for block in blocks(guide, "sh")] == told
    (script,) = blocks(page, "python")
    assert script.text == (PROOF / "verify.py").read_text(encoding="utf-8")
