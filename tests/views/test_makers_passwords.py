"""Makers' passwords: what was tried and what is stated, each enough by itself."""

from __future__ import annotations

from datetime import UTC, datetime

from readiness_audit.content.files import load_checks
from readiness_audit.model.evidence import Evidence, Look, Missing, Observed, Plain, Reason
from readiness_audit.model.facts import complete, hollow
from readiness_audit.model.system import System
from readiness_audit.model.target import Attestations, Endpoint, Target
from readiness_audit.model.verdict import Outcome, Verdict
from readiness_audit.probes.built_in import BUILT_IN
from readiness_audit.shipped import shipped
from readiness_audit.stages.judge import judge
from readiness_audit.stages.plan import plan
from readiness_audit.views import VIEWS
from readiness_audit.views.makers_passwords import CHECK, VIEW, MakersPasswordsFacts
from tests.systems import a_house, asking

AT = datetime(2026, 6, 15, 12, tzinfo=UTC)
WEB = Endpoint(kind="endpoint", id="web", host="127.0.0.1", port=443, protocol="https")
PAPERS = Attestations(kind="attestations", id="papers", file="attestations.yaml")
NOT_ASKED_FOR = "the run was not asked for it with --default-credentials, so no password was tried"


def tried(**facts: Plain) -> Evidence:
    seen = complete(BUILT_IN["web-credentials"].sees, facts)
    return Observed(look=Look(probe="web-credentials", target="web"), taken_at=AT, tool="t", facts=seen)


def not_tried() -> Evidence:
    look = Look(probe="web-credentials", target="web")
    return Missing(look=look, taken_at=AT, reason=Reason.OUT_OF_SCOPE, detail=NOT_ASKED_FOR)


def stated(check: str = CHECK, role: str = "IT manager") -> Evidence:
    statement = {
        "check": check,
        "person": "A",
        "role": role,
        "date": "2026-06-01",
        "valid_until": "2026-12-31",
    }
    seen = complete(BUILT_IN["attestation"].sees, {"statements": [statement]})
    return Observed(look=Look(probe="attestation", target="papers"), taken_at=AT, tool="t", facts=seen)


def no_papers() -> Evidence:
    look = Look(probe="attestation", target="papers")
    return Missing(look=look, taken_at=AT, reason=Reason.NOT_FOUND, detail="there is no such file")


def verdict(*evidence: Evidence, targets: tuple[Target, ...] = (WEB, PAPERS)) -> Verdict:
    policy = asking(load_checks([shipped("checks")])[CHECK].check)
    system: System = a_house(targets=targets)
    made = plan(system, policy, BUILT_IN, VIEWS)
    (found,) = judge(made, evidence, policy, BUILT_IN, VIEWS, AT)
    return found


ATTEMPT: dict[str, Plain] = {"account": "admin", "number": 2, "outcome": "refused", "status": 401}
REFUSED: dict[str, Plain] = {"product": "P", "attempts": [ATTEMPT], "shipped": 1, "refused": 1}
ACCEPTED: dict[str, Plain] = {
    "product": "P",
    "attempts": [{**ATTEMPT, "outcome": "accepted"}],
    "shipped": 1,
    "accepted": 1,
}


def test_out_of_nothing_comes_nothing() -> None:
    facts = VIEW.join({})
    assert facts == MakersPasswordsFacts(
        tried=False,
        product=None,
        login="",
        edition="",
        shipped=0,
        refused=0,
        accepted=(),
        trouble=None,
        stated=(),
        incomplete=0,
    )
    assert VIEW.join({"tried": hollow(BUILT_IN["web-credentials"].sees)}) == facts


def test_without_trying_and_without_a_statement_it_says_why_nothing_was_tried() -> None:
    for others in ((), (no_papers(),), (stated("another.check"),)):
        told = verdict(not_tried(), *others)
        assert (told.outcome, told.reason, told.detail) == (
            Outcome.NOT_ASSESSED,
            Reason.OUT_OF_SCOPE,
            NOT_ASKED_FOR,
        )


def test_where_no_statements_are_declared_it_is_the_same() -> None:
    told = verdict(not_tried(), targets=(WEB,))
    assert (told.outcome, told.detail) == (Outcome.NOT_ASSESSED, NOT_ASKED_FOR)
    assert verdict(tried(**REFUSED), targets=(WEB,)).outcome is Outcome.PASS


def test_a_statement_is_enough_where_nothing_was_tried() -> None:
    assert verdict(not_tried(), stated()).outcome is Outcome.PASS
    assert verdict(not_tried(), stated(role="intern")).outcome is Outcome.FAIL


def test_trying_is_enough_where_nothing_is_stated() -> None:
    assert verdict(tried(**REFUSED), no_papers()).outcome is Outcome.PASS
    assert verdict(tried(**ACCEPTED), no_papers()).outcome is Outcome.FAIL


def test_what_lets_in_is_not_talked_away() -> None:
    assert verdict(tried(**ACCEPTED), stated()).outcome is Outcome.FAIL


def test_what_could_not_be_told_is_not_passed_over() -> None:
    unclear = {**REFUSED, "refused": 0, "trouble": "x"}
    assert verdict(tried(**unclear), no_papers()).outcome is Outcome.NOT_ASSESSED
    assert verdict(tried(**{**REFUSED, "trouble": "x"})).outcome is Outcome.NOT_ASSESSED
