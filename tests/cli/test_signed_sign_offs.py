"""Sign-offs that bear their person's signature, and what becomes of the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from readiness_audit.model.policy import Signatures
from readiness_audit.model.record import Record
from tests.cli.asking import Said
from tests.cli.test_pen import fields, openssl_says
from tests.cli.test_sign import ERIKA, IDA, MAX, keep_now
from tests.records import a_record, released

Tool = Callable[..., Said]
SIGNED = ((ERIKA, "erika"), (MAX, "max"), (IDA, "ida"))


@pytest.fixture
def people(tool: Tool, tmp_path: Path) -> Mapping[str, Path]:
    """Make and trust a key for everybody; gives the public halves."""
    found = {}
    for (_, _, _, person, *_), name in SIGNED:
        assert tool("keys", "new", name, "--no-passphrase").status == 0
        found[name] = tmp_path / f"{name}.pem"
        found[name].write_bytes(tool("keys", "export", name).raw)
        assert tool("keys", "trust", found[name], "--name", person).status == 0
    return found


@pytest.fixture
def run(kept: Callable[[Record], Path], home: Path, portal: Path) -> Path:
    """Give a record that says go, by a policy that demands signatures."""
    record = released(a_record())
    rule = replace(record.policy.rule, signatures=Signatures.REQUIRED)
    return keep_now(kept, home, portal, replace(record, policy=replace(record.policy, rule=rule)))


def all_signed(tool: Tool, run: Path) -> Path:
    for words, key in SIGNED:
        said = tool("sign", run.name, *words, "--key", key)
        assert said.status == 0, said.err
    return run


def test_signed_by_everybody_it_is_in_force_and_openssl_agrees(
    tool: Tool, people: Mapping[str, Path], run: Path, portal: Path, tmp_path: Path
) -> None:
    all_signed(tool, run)
    assert tool("status", "--lang", "en").lines[0] == "portal: IN FORCE"
    text = " ".join(tool("report", run.name, "--format", "markdown", "--lang", "en").out.split())
    assert [f"({words[3]})." in text.replace("\\", "") for words, _ in SIGNED] == [True] * 3
    assert text.count("Signed with key ") == len(SIGNED)
    entries = yaml.safe_load(portal.with_name("sign-offs.yaml").read_text(encoding="utf-8"))
    for entry, (_, key) in zip(entries, SIGNED, strict=True):
        said = {"system": "portal", "sign-off": _with_words(entry)}
        sig = entry["signature"]["sig"]
        assert openssl_says(tmp_path, people[key], "sign-off", said, sig)
        assert not openssl_says(tmp_path, people[key], "approval", said, sig)


def _with_words(entry: Mapping[str, object]) -> object:
    # YAML 1.1 readers take a plain `yes` for true; the file means the word.
    return fields({**entry, "decision": "yes" if entry["decision"] is True else entry["decision"]})


@pytest.mark.parametrize(
    ("was", "is_"),
    [
        ("role: isb", "role: management"),
        ("Ida Sicher", "Ida Unsicher"),
        ("decision: yes", "decision: conditional"),
        ("record_sha256", 'comment: "nothing found"\n  record_sha256'),
        ("run: 2", "run: 3"),
    ],
)
def test_a_changed_one_does_not_count_and_the_report_says_why(
    tool: Tool, people: Mapping[str, Path], run: Path, portal: Path, was: str, is_: str
) -> None:
    assert people
    all_signed(tool, run)
    file = portal.with_name("sign-offs.yaml")
    head, found, last = file.read_text(encoding="utf-8").rpartition("- role: isb")
    changed = (found + last).replace(was, is_, 1)
    assert changed != found + last
    file.write_text(head + changed, encoding="utf-8")
    said = tool("status", "--lang", "en")
    assert (said.status, said.lines[0]) == (4, "portal: NOT IN FORCE")
    if "management" not in is_:
        told = " ".join(tool("explain", run.name, "--lang", "en").out.split())
        assert "its signature was not made of this entry" in told


def test_an_unsigned_one_is_refused_at_once_but_for_a_no(
    tool: Tool, people: Mapping[str, Path], run: Path, portal: Path
) -> None:
    assert people
    said = tool("sign", run.name, *IDA, "--lang", "en")
    assert (said.status, "it is not signed, and the policy demands it" in said.err) == (2, True)
    assert not portal.with_name("sign-offs.yaml").exists()
    said = tool("sign", run.name, *IDA, "--key", "max", "--lang", "en")
    assert (said.status, "is trusted as that of Max Muster" in said.err) == (2, True)
    all_signed(tool, run)
    no = [*IDA[:-1], "no"]
    assert tool("sign", run.name, *no).status == 0
    assert tool("status").status == 3


def test_a_forged_yes_takes_no_persons_no_back(
    tool: Tool, people: Mapping[str, Path], run: Path, portal: Path
) -> None:
    assert people
    all_signed(tool, run)
    file = portal.with_name("sign-offs.yaml")
    text = file.read_text(encoding="utf-8")
    assert tool("sign", run.name, *IDA[:-1], "no", "--key", "ida").status == 0
    after = file.read_text(encoding="utf-8")
    forged = text[text.rindex("- role: isb") :].replace('key: "', 'key: "0', 1)
    file.write_text(after + forged, encoding="utf-8")
    assert tool("status").status == 3


def test_a_revoked_key_takes_its_sign_off_away(
    tool: Tool, people: Mapping[str, Path], run: Path, home: Path
) -> None:
    assert people
    all_signed(tool, run)
    assert tool("status").status == 0
    assert tool("keys", "revoke", "ida", "--reason", "lost").status == 0
    said = tool("status", "--lang", "en")
    assert (said.status, said.lines[0]) == (4, "portal: NOT IN FORCE")
    assert "the key it is signed with was revoked" in " ".join(
        tool("explain", run.name, "--lang", "en").out.split()
    )
    (home / "keys" / "trusted.json").write_text("{}", encoding="utf-8")
    said = tool("status", "--lang", "en")
    assert (said.status, "the list of keys" in said.out + said.err, "Traceback" in said.err) == (
        4,
        True,
        False,
    )
