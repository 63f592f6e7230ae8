"""Records in folders: whole or not at all, and refused when anything about them is odd."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import stat
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from readiness_audit.errors import RecordError
from readiness_audit.ledger.canonical import canonical
from readiness_audit.ledger.folder import keep, new_run_id, open_record, read_excerpts, read_record
from readiness_audit.model.evidence import LONGEST_EXCERPT, Excerpt, Observed
from readiness_audit.model.record import Record
from tests.records import CERTIFICATE, EXCERPTS, JUNIT, RUN, a_record

BIG = bytes(range(256)) * 64
BIG_HASH = hashlib.sha256(BIG).hexdigest()


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return keep(a_record(), EXCERPTS, tmp_path / "systems" / "customer-portal")


def names_in(path: Path) -> list[str]:
    return sorted(inside.name for inside in path.iterdir())


def with_excerpts(*excerpts: Excerpt) -> Record:
    record = a_record()
    evidence = tuple(
        replace(piece, excerpts=excerpts if piece.look.probe == "tls" else ())
        if isinstance(piece, Observed)
        else piece
        for piece in record.evidence
    )
    return replace(record, evidence=evidence)


def test_a_run_is_named_by_its_start_in_utc() -> None:
    started = datetime(2026, 11, 23, 9, 45, tzinfo=timezone(timedelta(hours=1)))
    assert new_run_id(started, b"\x3f\x9a\x1c") == "20261123T084500Z-3f9a1c"


class TestKeeping:
    def test_the_folder_holds_the_record_its_excerpts_and_their_hashes(self, kept: Path) -> None:
        assert kept.name == RUN
        files = {str(path.relative_to(kept)): path.read_bytes() for path in kept.rglob("*") if path.is_file()}
        listed = json.loads(files.pop("manifest.json"))
        assert listed == {
            "schema": 2,
            "run": RUN,
            "system": "customer-portal",
            "sequence": 1,
            "previous": None,
            "files": [
                {"name": name, "sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
                for name, data in sorted(files.items())
            ],
        }
        assert set(files.values()) > {CERTIFICATE, JUNIT}
        assert json.loads(files["record.json"])["origin"]["run"] == RUN

    def test_nobody_else_may_read_it(self, kept: Path) -> None:
        modes = {path: stat.S_IMODE(path.stat().st_mode) for path in [kept, *kept.rglob("*")]}
        assert all(mode == (0o700 if path.is_dir() else 0o600) for path, mode in modes.items())
        assert stat.S_IMODE(kept.parents[1].stat().st_mode) == 0o700

    def test_nothing_else_is_left_behind(self, kept: Path) -> None:
        assert names_in(kept.parent) == [RUN]

    def test_what_is_read_is_what_was_kept(self, kept: Path) -> None:
        found = open_record(kept)
        assert found.record == a_record()
        assert found.sha256 == hashlib.sha256((kept / "record.json").read_bytes()).hexdigest()
        assert read_excerpts(kept) == EXCERPTS

    def test_the_path_of_its_json_will_do(self, kept: Path) -> None:
        assert open_record(kept / "record.json").folder == kept

    def test_it_may_be_moved_and_renamed(self, kept: Path, tmp_path: Path) -> None:
        assert read_record(kept.rename(tmp_path / "for the auditor")) == a_record()

    def test_a_record_without_excerpts_has_no_folder_for_them(self, tmp_path: Path) -> None:
        path = keep(with_excerpts(), {}, tmp_path)
        assert names_in(path) == ["manifest.json", "record.json"]
        assert read_excerpts(path) == {}

    def test_of_a_long_excerpt_the_beginning_is_kept_under_the_hash_of_the_whole(
        self, tmp_path: Path
    ) -> None:
        record = with_excerpts(Excerpt(label="export", sha256=BIG_HASH, size=len(BIG)))
        for number, given in enumerate((BIG, BIG[:LONGEST_EXCERPT])):
            path = keep(record, {BIG_HASH: given}, tmp_path / str(number))
            assert read_excerpts(path) == {BIG_HASH: BIG[:LONGEST_EXCERPT]}
            assert read_record(path) == record

    def test_many_excerpts_are_kept_like_few(self, tmp_path: Path) -> None:
        raw = {hashlib.sha256(data).hexdigest(): data for data in (b"%d" % number for number in range(300))}
        shown = (Excerpt(label=data.decode(), sha256=sha256, size=len(data)) for sha256, data in raw.items())
        path = keep(with_excerpts(*shown), raw, tmp_path)
        assert read_excerpts(path) == raw
        assert len(read_record(path).evidence) == 4

    def test_a_run_is_never_written_over(self, kept: Path) -> None:
        before = (kept / "record.json").read_bytes()
        with pytest.raises(RecordError, match="already there"):
            keep(a_record(saying="something else"), EXCERPTS, kept.parent)
        assert (kept / "record.json").read_bytes() == before
        assert names_in(kept.parent) == [RUN]

    @pytest.mark.parametrize("run", ["", "..", "../../etc", "20261123T084500Z-3F9A1C", f"{RUN}\n", "a" * 300])
    def test_an_odd_run_id_is_refused(self, tmp_path: Path, run: str) -> None:
        with pytest.raises(RecordError, match="not the id of a run"):
            keep(a_record(run=run), EXCERPTS, tmp_path)
        assert names_in(tmp_path) == []

    @pytest.mark.parametrize(
        ("excerpts", "said"),
        [
            ({}, "missing"),
            ({**EXCERPTS, "0" * 64: b"x"}, "no evidence of the record names"),
            (dict.fromkeys(EXCERPTS, JUNIT), "is not what the record says"),
        ],
    )
    def test_excerpts_and_evidence_have_to_agree(
        self, tmp_path: Path, excerpts: dict[str, bytes], said: str
    ) -> None:
        with pytest.raises(RecordError, match=said):
            keep(a_record(), excerpts, tmp_path)
        assert names_in(tmp_path) == []

    def test_an_excerpt_can_not_choose_its_path(self, tmp_path: Path) -> None:
        record = with_excerpts(Excerpt(label="x", sha256="../../owned", size=1))
        with pytest.raises(RecordError, match="not the SHA-256"):
            keep(record, {"../../owned": b"x"}, tmp_path)

    @pytest.mark.parametrize("missing", ["a", "a/b/c"])
    def test_any_folder_may_be_asked_for(self, tmp_path: Path, missing: str) -> None:
        assert read_record(keep(a_record(), EXCERPTS, tmp_path / missing)) == a_record()

    def test_a_folder_behind_the_user_s_own_link_will_do(self, tmp_path: Path) -> None:
        (tmp_path / "disk").mkdir()
        (tmp_path / "link").symlink_to("disk")
        keep(a_record(), EXCERPTS, tmp_path / "link")
        assert names_in(tmp_path / "disk") == [RUN]

    def test_a_file_in_the_way_is_said(self, tmp_path: Path) -> None:
        (tmp_path / "records").write_text("")
        with pytest.raises(RecordError, match=r"could not be kept in .*records"):
            keep(a_record(), EXCERPTS, tmp_path / "records")


def set_schema(path: Path) -> None:
    plain = json.loads((path / "manifest.json").read_bytes())
    (path / "manifest.json").write_bytes(canonical({**plain, "schema": 3}))


def relist(path: Path, change: Callable[[list[dict[str, object]]], object]) -> None:
    plain = json.loads((path / "manifest.json").read_bytes())
    change(plain["files"])
    (path / "manifest.json").write_bytes(canonical(plain))


def rewrite(path: Path, change: Callable[[bytes], bytes]) -> None:
    path.write_bytes(change(path.read_bytes()))


def replace_by(path: Path, make: Callable[[Path], object]) -> None:
    path.unlink()
    make(path)


def replace_by_link(path: Path) -> None:
    """Put a link to the very same thing where it was."""
    path.rename(path.parents[1] / "elsewhere")
    path.symlink_to("../elsewhere")


def forget_an_excerpt(path: Path) -> None:
    an_excerpt(path).unlink()
    relist(path, lambda files: files.pop(0))


def an_excerpt(path: Path) -> Path:
    return min((path / "excerpts").iterdir())


def forge(path: Path) -> None:
    """Change the record and its listed hash, but not the run the manifest is of."""
    data = (path / "record.json").read_bytes().replace(RUN.encode(), b"20261123T084500Z-000000")
    (path / "record.json").write_bytes(data)
    relist(path, lambda files: files[-1].update(sha256=hashlib.sha256(data).hexdigest(), size=len(data)))


def forge_an_excerpt(path: Path) -> None:
    (path / "excerpts" / min(EXCERPTS)).write_bytes(b"forged")
    entry = {"sha256": hashlib.sha256(b"forged").hexdigest(), "size": 6}
    relist(path, lambda files: files[0].update(entry))


TAMPERED: dict[str, tuple[Callable[[Path], object], str]] = {
    "a changed byte": (
        lambda path: rewrite(path / "record.json", lambda data: data.replace(b"nginx", b"nginy", 1)),
        "record.json was changed",
    ),
    "a changed excerpt": (
        lambda path: rewrite(an_excerpt(path), lambda data: b"?" + data[1:]),
        "was changed",
    ),
    "a truncated record": (
        lambda path: rewrite(path / "record.json", lambda data: data[:-1]),
        "record.json was changed",
    ),
    "an emptied record": (
        lambda path: rewrite(path / "record.json", lambda _: b""),
        "record.json was changed",
    ),
    "a longer excerpt": (lambda path: rewrite(an_excerpt(path), lambda data: data + b"x"), "was changed"),
    "an endless excerpt": (lambda path: os.truncate(an_excerpt(path), 2**40), "is larger than 4096"),
    "a missing record": (lambda path: (path / "record.json").unlink(), "record.json is missing"),
    "a missing excerpt": (lambda path: an_excerpt(path).unlink(), "excerpts/[0-9a-f]+ is missing"),
    "missing excerpts": (lambda path: shutil.rmtree(path / "excerpts"), "is missing"),
    "a missing manifest": (lambda path: (path / "manifest.json").unlink(), "manifest.json .*no such file"),
    "an extra file": (lambda path: (path / "notes.txt").touch(), "holds 'notes.txt'"),
    "a hidden file": (lambda path: (path / ".x").touch(), "holds '.x'"),
    "an extra folder": (lambda path: (path / "x").mkdir(), "holds 'x'"),
    "an extra excerpt": (lambda path: (path / "excerpts" / ("0" * 64)).touch(), "does not list"),
    "a nested folder": (lambda path: (path / "excerpts" / "x").mkdir(), "does not list"),
    "a signature that is a folder": (lambda path: (path / "record.dsse.json").mkdir(), "does not list"),
    "a link as record": (
        lambda path: replace_by_link(path / "record.json"),
        "record.json .*it is a link",
    ),
    "a link as excerpts": (
        lambda path: replace_by_link(path / "excerpts"),
        "holds 'excerpts'",
    ),
    "a link as an excerpt": (
        lambda path: replace_by(an_excerpt(path), lambda place: place.symlink_to("/etc/hostname")),
        "it is a link",
    ),
    "a link as manifest": (
        lambda path: replace_by(path / "manifest.json", lambda place: place.symlink_to("record.json")),
        "it is a link",
    ),
    "a pipe as record": (lambda path: replace_by(path / "record.json", os.mkfifo), "not a regular file"),
    "a pipe as manifest": (lambda path: replace_by(path / "manifest.json", os.mkfifo), "not a regular file"),
    "a pipe as an excerpt": (lambda path: replace_by(an_excerpt(path), os.mkfifo), "not a regular file"),
    "a folder as record": (lambda path: replace_by(path / "record.json", Path.mkdir), "not a regular file"),
    "a manifest with a key twice": (
        lambda path: rewrite(
            path / "manifest.json", lambda data: data.replace(b'"run":', b'"run":"x","run":')
        ),
        "'run' is there twice",
    ),
    "a manifest with blanks": (
        lambda path: rewrite(path / "manifest.json", lambda data: data.replace(b":", b": ")),
        "canonical form",
    ),
    "an emptied manifest": (lambda path: rewrite(path / "manifest.json", lambda _: b""), "not JSON"),
    "a manifest of the future": (set_schema, "newer readiness-audit"),
    "a manifest that lists nothing": (lambda path: relist(path, list.clear), "lists no record.json"),
    "a manifest out of order": (lambda path: relist(path, list.reverse), "not sorted"),
    "a manifest with a file twice": (
        lambda path: relist(path, lambda files: files.insert(0, files[0])),
        "lists a file twice",
    ),
    "a manifest that points outside": (
        lambda path: relist(path, lambda files: files[0].update(name="../../../etc/passwd")),
        "the manifest lists '../../../etc/passwd'",
    ),
    "an excerpt left off both": (
        forget_an_excerpt,
        "that the record names is missing",
    ),
    "another run's record": (forge, "belongs to another run"),
    "an excerpt listed with another content": (forge_an_excerpt, "is not what the record says it is"),
}


class TestReading:
    @pytest.mark.parametrize(("change", "said"), TAMPERED.values(), ids=TAMPERED)
    def test_what_was_tampered_with_is_refused(
        self, kept: Path, change: Callable[[Path], object], said: str
    ) -> None:
        change(kept)
        with pytest.raises(RecordError, match=said) as refused:
            open_record(kept)
        assert "\n" not in str(refused.value)
        assert str(kept) in str(refused.value)

    def test_any_changed_byte_is_noticed(self, kept: Path) -> None:
        for path in sorted(path for path in kept.rglob("*") if path.is_file()):
            data = path.read_bytes()
            for place in range(0, len(data), max(1, len(data) // 60)):
                path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
                with pytest.raises(RecordError):
                    open_record(kept)
            path.write_bytes(data)
        assert read_record(kept) == a_record()

    def test_a_signature_beside_it_is_no_stranger(self, kept: Path) -> None:
        (kept / "record.dsse.json").write_text("{}")
        assert read_record(kept) == a_record()

    def test_a_link_to_a_record_is_not_followed(self, kept: Path, tmp_path: Path) -> None:
        (tmp_path / "latest").symlink_to(kept)
        with pytest.raises(RecordError, match="it is a link"):
            read_record(tmp_path / "latest")

    @pytest.mark.parametrize("name", ["", "nothing", "manifest.json", "record.json"])
    def test_what_is_no_record_at_all(self, tmp_path: Path, name: str) -> None:
        (tmp_path / "manifest.json").touch()
        with pytest.raises(RecordError, match=re.escape(str(tmp_path))):
            read_record(tmp_path / name)


def test_a_folder_called_like_another_run_is_not_believed(kept: Path, tmp_path: Path) -> None:
    other = kept.with_name("20261124T084500Z-3f9a1c")
    kept.rename(other)
    with pytest.raises(RecordError, match="called like run 20261124T084500Z-3f9a1c and holds run"):
        open_record(other)
    # Under a name that is no run's, as somebody received it, nothing is claimed.
    other.rename(tmp_path / "received")
    assert open_record(tmp_path / "received").record.origin.run == RUN
