"""What is signed is proved, and nothing else: hand-made records that have to be refused, and altered ones."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from readiness_audit.errors import RecordError, SignatureError
from readiness_audit.ledger.canonical import canonical
from readiness_audit.ledger.keyring import Revoked
from readiness_audit.ledger.keys import PublicKey, public_key
from readiness_audit.ledger.proof import Proof, prove
from readiness_audit.ledger.sources import folder_source
from tests.ledger.make_failing import FAILING, FOREIGN, OURS, REVOKED, SPOILT
from tests.ledger.signing import SCRIPT, Independent, copy_of, independent, sign_again, signed_record
from tests.records import EXCERPTS, RUN, a_record

GONE = Revoked(
    keyid=REVOKED.public.keyid, at=datetime(2026, 11, 20, tzinfo=UTC), reason="the laptop was lost"
)
KEY_FILE = FAILING / "ours.pem"


def proof_of(
    folder: Path, keys: Sequence[PublicKey] = (OURS.public, REVOKED.public), *, held_back: bool = False
) -> Proof:
    with folder_source(folder) as source:
        return prove(source, keys, [GONE], held_back=held_back)


def accepted(folder: Path) -> bool:
    try:
        proof_of(folder)
    except (RecordError, OSError):
        return False
    return True


@pytest.fixture(scope="module")
def script() -> Independent:
    return independent()


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """A folder in memory, where there is one: thousands of records are written."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        yield Path(folder)


class TestHandMade:
    def test_there_are_at_least_forty(self) -> None:
        kept = {path.name for path in FAILING.glob("*_fail")}
        assert kept == {f"{name}_fail" for name in SPOILT}, "run `python -m tests.ledger.make_failing`"
        assert len(kept) >= 40

    def test_the_good_one_is_proved_by_all(self, script: Independent) -> None:
        proof = proof_of(FAILING / "good")
        assert (proof.run, proof.system, proof.result, proof.files) == (RUN, "customer-portal", "no-go", 3)
        assert (proof.sequence, proof.previous, proof.by) == (1, None, OURS.public)
        assert script.accepts(FAILING / "good", KEY_FILE)

    @pytest.mark.parametrize("name", sorted(SPOILT))
    def test_none_of_the_others_is_proved_by_any(self, name: str, script: Independent) -> None:
        with pytest.raises((RecordError, OSError)) as refused:
            proof_of(FAILING / f"{name}_fail")
        assert str(refused.value)
        assert not script.accepts(FAILING / f"{name}_fail", KEY_FILE)

    @pytest.mark.parametrize("name", ["good", "record-one-byte_fail", "signature-foreign_fail"])
    def test_the_script_says_the_same_as_a_program_of_its_own(self, name: str) -> None:
        done = subprocess.run(
            [sys.executable, SCRIPT, FAILING / name, KEY_FILE], capture_output=True, check=False, timeout=20
        )
        assert (done.returncode == 0) == (name == "good")
        assert (b"PROVED" in done.stdout, b"NOT PROVED" in done.stderr) == (name == "good", name != "good")

    def test_it_is_thirty_lines_that_can_be_read(self) -> None:
        what_for, *lines = (line for line in SCRIPT.read_text(encoding="utf-8").splitlines() if line.strip())
        assert what_for.startswith('"""')
        assert len(lines) <= 30
        assert max(map(len, lines)) <= 130
        assert not [line for line in lines if ";" in line]


class TestSaying:
    @pytest.mark.parametrize(
        ("name", "said"),
        [
            ("signature-missing", "it is not signed: there is no record.dsse.json"),
            ("signature-foreign", "which is none of those given"),
            ("signature-revoked", "which was revoked on 2026-11-20: the laptop was lost"),
            ("signature-one-bit", "does not match: this is not what was signed"),
            ("signature-and-a-foreign-one", "not a payload of one type with exactly one signature"),
            ("envelope-other-type-signed", "is of the type 'application/vnd.readiness-audit.sign-off"),
            ("manifest-other-number", "manifest.json is not the one that was signed"),
            ("record-one-byte", "record.json was changed"),
            ("record-missing", "record.json is missing"),
            ("file-extra", "it holds 'notes.txt'"),
            ("statement-other-answer", "says something else than the record: result"),
            ("signed-record-key-twice", "twice|canonical form"),
            ("excerpt-missing", "is missing"),
            ("signed-excerpt-nobody-names", "not those that the evidence names"),
        ],
    )
    def test_the_reason_is_told(self, name: str, said: str) -> None:
        with pytest.raises(RecordError, match=said):
            proof_of(FAILING / f"{name}_fail")

    def test_without_a_key_nothing_is_proved(self) -> None:
        with pytest.raises(SignatureError, match="none of those given"):
            proof_of(FAILING / "good", ())

    def test_a_revoked_key_proves_nothing_even_where_it_is_given(self) -> None:
        with pytest.raises(SignatureError, match="revoked"):
            proof_of(FAILING / "signature-revoked_fail", (REVOKED.public,))

    def test_excerpts_that_were_held_back_are_named_where_that_is_allowed(self, tmp_path: Path) -> None:
        folder = copy_of(FAILING / "good", tmp_path / "record")
        (folder / "excerpts" / min(EXCERPTS)).unlink()
        assert proof_of(folder, held_back=True).held_back == (f"excerpts/{min(EXCERPTS)}",)
        (folder / "record.json").unlink()
        with pytest.raises(RecordError, match=r"record\.json is missing"):
            proof_of(folder, held_back=True)

    def test_a_key_that_is_none_is_refused(self) -> None:
        for data in (b"", OURS.pem(None), OURS.public.pem[:-30], b"ssh-ed25519 AAAA", OURS.public.pem * 2):
            with pytest.raises(Exception, match="key"):
                public_key(data)


def flip(data: bytes, at: int) -> bytes:
    changed = bytearray(data)
    changed[at // 8] ^= 1 << at % 8
    return bytes(changed)


def writing(name: str, data: bytes) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes(data)


def taking(*names: str, out_of: Path, to: str = "") -> Callable[[Path], object]:
    return lambda folder: [shutil.copy(out_of / name, folder / (to or name)) for name in names]


def removing(name: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).unlink()


def altered_bytes(chance: random.Random, name: str, data: bytes, flips: int) -> Iterator[tuple[str, bytes]]:
    for at in chance.sample(range(8 * len(data)), flips):
        yield f"bit {at} of {name}", flip(data, at)
    for at in chance.sample(range(len(data)), 25):
        more = bytes([chance.randrange(256)])
        yield f"{name} without byte {at}", data[:at] + data[at + 1 :]
        yield f"{name} with one more at {at}", data[:at] + more + data[at:]
        yield f"{name} cut at {at}", data[:at]
    twins = list(re.finditer(rb'"[a-z_A-Z]+":', data))
    for twin in chance.sample(twins, min(60, len(twins))):
        at = twin.start()
        yield f"{name} with a key twice at {at}", data[:at] + twin[0] + b"0," + data[at:]
    for blank in (b" ", b"\n", b"\t", b"\0", b"\xef\xbb\xbf"):
        yield f"{name} after {blank!r}", blank + data
        yield f"{name} before {blank!r}", data + blank
    yield f"{name} twice over", data + data


def alterations(good: Path, other: Path) -> Iterator[tuple[str, Callable[[Path], object]]]:
    """Give alterations of a signed record, with what they are."""
    chance = random.Random(20261123)  # noqa: S311 - what to alter is no secret
    first, second = (f"excerpts/{name}" for name in sorted(EXCERPTS))
    files = {"record.json": 600, "manifest.json": 350, "record.dsse.json": 450, first: 80, second: 80}
    for name, flips in files.items():
        for what, data in altered_bytes(chance, name, (good / name).read_bytes(), flips):
            yield what, writing(name, data)
        yield f"no {name}", removing(name)
        for source in files.keys() - {name}:
            yield f"{source} as {name}", taking(source, out_of=good, to=name)
    signed = ("record.json", "manifest.json", "record.dsse.json")
    for mask in range(1, 7):
        chosen = [name for bit, name in enumerate(signed) if mask >> bit & 1]
        yield f"{chosen} of another record", taking(*chosen, out_of=other)
    odd_names = (
        "notes.txt",
        ".x",
        "RECORD.JSON",
        "record.json ",
        "record.json~",
        "excerpts/x",
        "a\nb",
        "\u202e",
    )
    for odd in odd_names:
        yield f"one file more, {odd!r}", writing(odd, b"{}")


def test_two_thousand_altered_records_are_refused_by_us_by_the_script_and_by_openssl(
    place: Path, script: Independent
) -> None:
    good = signed_record(place / "good", OURS)
    other = signed_record(place / "other", OURS, a_record(run="20261124T084500Z-000001", saying="apache"))
    assert accepted(good)
    assert script.accepts(good, KEY_FILE)
    folder, tried, let_through = place / "altered", 0, []
    for what, alter in alterations(good, other):
        copy_of(good, folder)
        alter(folder)
        tried += 1
        if accepted(folder) or script.accepts(folder, KEY_FILE):
            let_through.append(what)
    assert let_through == []
    assert tried >= 2000


def an_endless_file(path: Path) -> None:
    path.touch()
    os.truncate(path, 2**40)


ODD_FILES: dict[str, Callable[[Path], object]] = {
    "a pipe": os.mkfifo,
    "a folder": Path.mkdir,
    "an endless file": an_endless_file,
    "a link to itself": lambda path: path.symlink_to(path.name),
    "a link to a device": lambda path: path.symlink_to("/dev/zero"),
    "a dangling link": lambda path: path.symlink_to("nowhere"),
}


@pytest.mark.parametrize(
    "name", ["record.json", "manifest.json", "record.dsse.json", f"excerpts/{min(EXCERPTS)}"]
)
@pytest.mark.parametrize("odd", ODD_FILES)
def test_what_is_no_plain_file_is_refused_and_never_waited_for(
    place: Path, script: Independent, name: str, odd: str
) -> None:
    folder = copy_of(FAILING / "good", place / "odd")
    (folder / name).unlink()
    ODD_FILES[odd](folder / name)
    assert not accepted(folder)
    assert not script.accepts(folder, KEY_FILE)


def test_foreign_keys_do_not_sign_for_ours(place: Path, script: Independent) -> None:
    folder = copy_of(FAILING / "good", place / "foreign")
    plain = json.loads((folder / "record.json").read_bytes())
    plain["decision"]["result"] = "go"
    (folder / "record.json").write_bytes(canonical(plain))
    sign_again(folder, FOREIGN)
    assert proof_of(folder, (FOREIGN.public,)).result == "go"
    assert not accepted(folder)
    assert not script.accepts(folder, KEY_FILE)
    assert script.accepts(folder, FAILING / "foreign.pem")
