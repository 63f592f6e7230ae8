"""What the check makes of what is seen: revoked blocks, silence is no pass."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from readiness_audit.cli.loading import load_content
from readiness_audit.expressions.question import Binder, Moment, Question
from readiness_audit.model.check import Severity
from readiness_audit.model.plain import to_plain
from readiness_audit.model.verdict import Outcome
from readiness_audit.probes.revocation.facts import RevocationFacts
from tests.probes.revocation.looking import Authority, look
from tests.servers.openssl_ca import OpensslCa
from tests.servers.programs import s_server

CHECK = load_content(()).catalogue["cert.revocation"]


def judged(facts: RevocationFacts) -> tuple[Outcome, tuple[str, ...]]:
    question = Question(CHECK)
    plain = to_plain(facts)
    assert isinstance(plain, dict)
    moment = Moment(now="2026-06-15T12:00:00Z", today="2026-06-15")
    answer = question.answer(Binder([question], moment, RevocationFacts).bind(plain))
    return answer.outcome, answer.subjects


@pytest.mark.parametrize(
    ("name", "files", "later", "expected"),
    [
        ("good.example", ("list",), timedelta(0), (Outcome.PASS, ())),
        ("good.example", (), timedelta(0), (Outcome.NOT_ASSESSED, ())),
        ("good.example", ("list",), timedelta(days=8), (Outcome.NOT_ASSESSED, ())),
        ("good.example", ("missing",), timedelta(0), (Outcome.NOT_ASSESSED, ())),
        ("gone.example", ("list",), timedelta(0), (Outcome.FAIL, ("gone.example",))),
        ("gone.example", ("missing", "list"), timedelta(days=8), (Outcome.FAIL, ("gone.example",))),
    ],
)
def test_only_a_word_in_force_passes(
    authority: Authority,
    tmp_path: Path,
    name: str,
    files: tuple[str, ...],
    later: timedelta,
    expected: tuple[Outcome, tuple[str, ...]],
) -> None:
    (tmp_path / "ca.pem").write_bytes(authority.ca.pem)
    (tmp_path / "list").write_bytes(authority.ca.crl())
    with s_server(authority.ca.folder / f"{name}.pem") as port:
        assert judged(look(port, tmp_path, *files, later=later)) == expected
    assert CHECK.severity is Severity.BLOCKER


@pytest.mark.parametrize(("days", "expected"), [(7, Outcome.PASS), (8, Outcome.NOT_ASSESSED)])
def test_what_lives_a_week_needs_no_word(tmp_path: Path, days: int, expected: Outcome) -> None:
    ca = OpensslCa(tmp_path / "ca", days=days)
    (tmp_path / "ca.pem").write_bytes(ca.pem)
    with s_server(ca.issue("good.example")) as port:
        facts = look(port, tmp_path)
    assert facts.certificates[0].lifetime_days == days
    assert judged(facts)[0] is expected
    with s_server(ca.folder / "good.example.pem") as port:
        assert judged(look(port, tmp_path, cas=None))[0] is Outcome.NOT_ASSESSED
