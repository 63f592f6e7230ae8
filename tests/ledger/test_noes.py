"""Who said no is remembered on this machine, each once, whole or not at all."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from readiness_audit.errors import RecordError
from readiness_audit.ledger.home import runs_of
from readiness_audit.ledger.noes import NAME, remember, said_no
from readiness_audit.model.governance import Signature
from readiness_audit.model.sign_off import Choice
from tests.ledger.breaking import calls_of, run
from tests.stages.signing import a_sign_off

ONE = a_sign_off("isb", decision=Choice.NO, comment="Zu früh:\n“no”".replace("\n", " "))
TWO = a_sign_off("dsb", decision=Choice.NO, signature=Signature(key="k", sig="AAAA"))


def test_nothing_was_said_where_nobody_said_no(tmp_path: Path) -> None:
    remember(tmp_path, "portal", [a_sign_off("isb"), a_sign_off("dsb", decision=Choice.CONDITIONAL)])
    assert said_no(tmp_path, "portal") == ()
    assert list(tmp_path.iterdir()) == []


def test_each_no_is_remembered_once_and_in_order(tmp_path: Path) -> None:
    remember(tmp_path, "portal", [ONE, a_sign_off("isb"), ONE])
    remember(tmp_path, "portal", [TWO, ONE])
    assert said_no(tmp_path, "portal") == (ONE, TWO)
    assert said_no(tmp_path, "other") == ()


@pytest.mark.parametrize("text", [b"{}\n", b"[]\n", b"\xff\n", b"no\n", b"[" * 100_000, b"x" * (2**20 + 1)])
def test_what_is_not_ours_is_told_and_never_taken_for_nothing(tmp_path: Path, text: bytes) -> None:
    remember(tmp_path, "portal", [ONE])
    path = runs_of(tmp_path, "portal") / NAME
    path.write_bytes(path.read_bytes() + text)
    before = path.read_bytes()
    for ask in (said_no, partial(remember, sign_offs=[TWO])):
        with pytest.raises(RecordError, match="said-no"):
            ask(tmp_path, "portal")
    assert path.read_bytes() == before


def test_a_link_or_a_folder_in_its_place_is_told(tmp_path: Path) -> None:
    folder = runs_of(tmp_path, "portal")
    folder.mkdir(parents=True)
    (folder / NAME).symlink_to("/etc/passwd")
    with pytest.raises(RecordError):
        said_no(tmp_path, "portal")


def test_a_kill_at_any_call_forgets_nobody(tmp_path: Path) -> None:
    remember(tmp_path, "portal", [ONE])
    path = runs_of(tmp_path, "portal") / NAME
    old = path.read_bytes()
    for at in calls_of(partial(remember, tmp_path, "portal", [TWO])):
        path.write_bytes(old)
        assert run(partial(remember, tmp_path, "portal", [TWO]), at=at).killed
        assert said_no(tmp_path, "portal") in {(ONE,), (ONE, TWO)}
