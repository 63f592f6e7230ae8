"""How systems stand: what is released, what has lapsed, and what ends next."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from readiness_audit.model.decision import Result
from readiness_audit.model.governance import Condition
from readiness_audit.model.record import Record
from readiness_audit.model.sign_off import Choice, SignOff
from tests.cli.asking import Said
from tests.cli.signatures import sign_beside
from tests.records import RUN, a_record
from tests.stages.a_week_later import PORTS, a_week_later, failing, passing, seeing
from tests.stages.signing import PEOPLE, a_sign_off, everybody

Tool = Callable[..., Said]
Keep = Callable[[Record], Path]
Sign = Callable[..., Path]


def decided(record: Record, result: Result, **more: object) -> Record:
    deciding = replace(record.decision.deciding, result=result)
    decision = replace(record.decision, result=result, deciding=deciding, **more)  # type: ignore[arg-type] # fields by name
    return replace(record, decision=decision)


@pytest.fixture
def released() -> Record:
    return decided(a_record(), Result.GO, valid_until=date(2027, 2, 23))


@pytest.fixture
def bound() -> Record:
    condition = Condition(
        check="net.ports.allowlist",
        target="app-1",
        owner="Erika Mustermann",
        due=date(2026, 12, 1),
        approved_by="Max Mustermann",
        demand="Close the port.",
    )
    return decided(a_record(), Result.CONDITIONAL, valid_until=date(2027, 2, 23), conditions=(condition,))


@pytest.fixture
def signed(kept: Keep, home: Path, tmp_path: Path) -> Sign:
    """Keep a record, and have everybody sign it on 24 November, `but` for some roles."""

    def sign(record: Record, *but: str, more: Sequence[SignOff] = ()) -> Path:
        folder = kept(record)
        return sign_beside(home, tmp_path / "portal", folder, record, [*everybody(*but), *more])

    return sign


def test_where_nothing_is_kept_nothing_is_released(tool: Tool, home: Path) -> None:
    said = tool("status", "--lang", "en")
    assert (said.status, said.out) == (4, "")
    assert "nothing is released" in said.err
    assert str(home) in said.err


def test_a_system_nobody_audited_is_wrong_use(tool: Tool, kept: Keep) -> None:
    kept(a_record())
    said = tool("status", "portal-2")
    assert said.status == 2
    assert "customer-portal" in said.err


def test_a_no_go_ends_with_three(tool: Tool, kept: Keep) -> None:
    kept(a_record())
    said = tool("status", "--lang", "en")
    assert said.status == 3
    assert "customer-portal: NO-GO" in said.out
    assert RUN in said.out


@pytest.mark.parametrize(
    ("at", "status"),
    [
        ("2027-02-22", 0),
        ("2027-02-23", 0),
        ("2027-02-23T23:59:00+01:00", 0),
        ("2027-02-24T00:01:00+01:00", 3),
        ("2027-02-24", 3),
    ],
)
def test_a_release_ends_after_its_last_day_in_the_policys_zone(
    tool: Tool, signed: Sign, released: Record, at: str, status: int
) -> None:
    signed(released)
    said = tool("status", "--at", at, "--lang", "en")
    assert said.status == status
    assert ("LAPSED" in said.out) is (status == 3)


@pytest.mark.parametrize(("at", "status"), [("2026-12-01", 0), ("2026-12-02", 3)])
def test_a_condition_past_due_ends_the_release(
    tool: Tool, signed: Sign, bound: Record, at: str, status: int
) -> None:
    signed(bound)
    said = tool("status", "--at", at, "--lang", "de")
    assert said.status == status
    assert "net.ports.allowlist (app-1): Erika Mustermann" in said.out
    assert ("ERLOSCHEN" in said.out) is (status == 3)


def test_the_soonest_end_comes_first_and_dates_in_evidence_only_warn(
    tool: Tool, signed: Sign, bound: Record
) -> None:
    certificates = [
        {"subject": "CN=later", "not_after": "2027-01-20T10:00:00Z"},
        {"subject": "CN=portal", "not_after": "2026-11-29T23:30:00Z"},
    ]
    signed(seeing(bound, "tls", certificates=certificates))
    said = tool("status", "--at", "2026-12-01", "--within", "400", "--lang", "en")
    assert said.status == 0
    ends = [line.strip() for line in said.lines if line.strip().startswith("until")]
    assert ends[0].startswith("until 30 November 2026 (over for 1 day): in the evidence: tls:portal")
    assert "CN=portal" in ends[0]
    assert "CN=later" not in said.out
    assert ends[1].startswith("until 1 December 2026 (0 days left): the condition")
    assert ends[2].startswith("until 23 February 2027 (84 days left): the release")


def test_what_ends_much_later_is_not_listed(tool: Tool, kept: Keep, bound: Record) -> None:
    kept(bound)
    said = tool("status", "--at", "2026-11-24", "--within", "3", "--lang", "en")
    assert "the condition" not in said.out
    assert "nothing else ends within 3 days" in said.out


def test_an_interrupted_run_never_takes_the_place_of_a_finished_one(
    tool: Tool, kept: Keep, signed: Sign, released: Record
) -> None:
    signed(released)
    later = a_week_later(released)
    kept(replace(later, origin=replace(later.origin, complete=False)))
    said = tool("status", "--at", "2026-12-01", "--lang", "en")
    assert said.status == 0
    assert f"last finished run {RUN}" in said.out
    assert "since then interrupted: 20261130T084500Z-111111" in said.out


def test_a_newer_record_that_cannot_be_read_leaves_it_open(
    tool: Tool, kept: Keep, signed: Sign, released: Record
) -> None:
    signed(released)
    folder = kept(a_week_later(released))
    (folder / "record.json").unlink()
    said = tool("status", "--at", "2026-12-01")
    assert said.status == 4
    assert folder.name in said.out


def test_the_worst_system_decides_what_is_said_to_the_shell(
    tool: Tool, kept: Keep, signed: Sign, released: Record
) -> None:
    signed(released)
    other = replace(decided(a_record(), Result.INCONCLUSIVE), system=replace(released.system, system="shop"))
    kept(other)
    at = ("--at", "2026-12-01")
    assert tool("status", *at).status == 4
    assert tool("status", "customer-portal", *at).status == 0
    assert tool("status", "shop", *at).status == 4


def test_json_says_all_of_it(tool: Tool, kept: Keep, bound: Record) -> None:
    kept(bound)
    (standing,) = json.loads(tool("status", "--at", "2026-12-02", "--format", "json").out)
    assert (standing["system"], standing["lapsed"], standing["exit"]) == ("customer-portal", True, 3)
    assert standing["ends"][0] == {
        "kind": "condition",
        "last_day": "2026-12-01",
        "what": "net.ports.allowlist (app-1): Erika Mustermann",
        "days": -1,
    }


class TestSignOffs:
    AT = ("--at", "2026-11-26", "--lang", "en")

    def test_a_go_that_nobody_signed_is_not_in_force(self, tool: Tool, kept: Keep, released: Record) -> None:
        kept(released)
        said = tool("status", *self.AT)
        assert said.status == 4
        assert said.lines[0] == "customer-portal: NOT IN FORCE"
        assert "4 sign-offs missing: System owner, IT operations, Information security officer" in said.out

    def test_who_is_missing_is_named(self, tool: Tool, signed: Sign, released: Record) -> None:
        signed(released, "dsb")
        said = tool("status", *self.AT)
        assert said.status == 4
        assert said.lines[1] == (
            "  GO by rule, but not in force: sign-off of Data protection officer missing."
        )

    def test_signed_by_everybody_it_is_in_force(self, tool: Tool, signed: Sign, released: Record) -> None:
        signed(released)
        said = tool("status", *self.AT)
        assert (said.status, said.lines[0]) == (0, "customer-portal: IN FORCE")

    def test_a_no_is_a_no(self, tool: Tool, signed: Sign, released: Record) -> None:
        signed(released, "isb", more=[a_sign_off("isb", decision=Choice.NO)])
        said = tool("status", "--at", "2026-11-26", "--lang", "de")
        assert (said.status, said.lines[0]) == (3, "customer-portal: ABGELEHNT")
        assert PEOPLE["isb"] in said.lines[1]

    def test_a_newer_run_as_good_leaves_the_signed_release_in_force(
        self, tool: Tool, kept: Keep, signed: Sign, released: Record
    ) -> None:
        signed(released)
        later = a_week_later(released)
        kept(later)
        said = tool("status", "--at", "2026-12-02", "--lang", "en")
        assert (said.status, said.lines[0]) == (0, "customer-portal: IN FORCE")
        assert f"the release rests on run {RUN}" in said.out
        assert f"last finished run {later.origin.run}, 2 days ago: GO by rule" in said.out

    def test_sign_offs_about_runs_that_never_were_push_no_other_out(
        self, tool: Tool, signed: Sign, kept: Keep, released: Record
    ) -> None:
        file = signed(released, "isb", more=[a_sign_off("isb", decision=Choice.NO)])
        kept(a_week_later(released))
        yes = f"person: Ida Sicher, date: 2026-11-24, decision: yes, record_sha256: {'ab' * 32}"
        flood = (f"- {{role: isb, {yes}, run: 99990101T000000Z-{number:06}}}\n" for number in range(60))
        file.write_text(file.read_text() + "".join(flood))
        assert "REFUSED" in tool("status", "--at", "2026-12-02", "--lang", "en").out

    def test_a_newer_run_that_shows_a_regression_ends_it(
        self, tool: Tool, kept: Keep, signed: Sign, released: Record
    ) -> None:
        fine = passing(released, PORTS)
        fine = decided(fine, Result.GO, valid_until=date(2027, 2, 23))
        signed(fine)
        kept(a_week_later(decided(failing(fine, PORTS, "9200/tcp"), Result.NO_GO, valid_until=None)))
        said = tool("status", "--at", "2026-12-02", "--lang", "en")
        assert said.status == 3
        assert said.lines[0].startswith("customer-portal: LAPSED")
        assert f"{PORTS} on app-1 is not met any more" in said.lines[1]

    def test_a_run_under_another_policy_does_not_hide_a_regression(
        self, tool: Tool, kept: Keep, signed: Sign, released: Record
    ) -> None:
        fine = decided(passing(released, PORTS), Result.GO, valid_until=date(2027, 2, 23))
        signed(fine)
        kept(a_week_later(decided(failing(fine, PORTS, "9200/tcp"), Result.NO_GO, valid_until=None)))
        tried = a_week_later(fine)
        origin = replace(tried.origin, run="20261201T084500Z-222222")
        decision = replace(tried.decision, judged_at=tried.decision.judged_at + timedelta(days=1))
        origin = replace(origin, finished_at=origin.finished_at + timedelta(days=1))
        policy = replace(tried.policy, policy="ours")
        kept(replace(tried, origin=origin, decision=decision, policy=policy))
        said = tool("status", "--at", "2026-12-02", "--lang", "en")
        assert said.status == 3
        assert said.lines[0].startswith("customer-portal: LAPSED")

    def test_released_against_the_rules_machines_still_hear_the_rules(
        self, tool: Tool, kept: Keep, home: Path, tmp_path: Path
    ) -> None:
        record = a_record()
        because = {"reason": "The old system stops on Monday."}
        everyone = [*everybody(**because), a_sign_off("management", **because)]
        sign_beside(home, tmp_path / "portal", kept(record), record, everyone)
        said = tool("status", *self.AT)
        assert (said.status, said.lines[0]) == (3, "customer-portal: IN FORCE")
        assert "Released against the rule result (NO-GO by rule)" in said.lines[1]

    @pytest.mark.parametrize("text", ["role: isb\n", "- [\n"])
    def test_sign_offs_that_cannot_be_read_are_no_sign_offs(
        self, tool: Tool, signed: Sign, released: Record, text: str
    ) -> None:
        signed(released).write_text(text, encoding="utf-8")
        said = tool("status", *self.AT)
        assert said.status == 4
        assert "sign-offs could not be read" in said.out

    def test_another_systems_file_does_not_speak_for_this_one(
        self, tool: Tool, signed: Sign, released: Record
    ) -> None:
        path = signed(released)
        system = path.with_name("system.yaml")
        system.write_text(
            system.read_text(encoding="utf-8").replace("customer-portal", "shop"), encoding="utf-8"
        )
        said = tool("status", *self.AT)
        assert said.status == 4
        assert "is the system file of shop" in said.out

    def test_the_file_can_be_named(self, tool: Tool, signed: Sign, released: Record, home: Path) -> None:
        path = signed(released)
        (home / "systems" / "customer-portal" / "system-file").unlink()
        assert tool("status", *self.AT).status == 4
        assert tool("status", *self.AT, "--system", path.with_name("system.yaml")).status == 0


@pytest.mark.parametrize(("days", "status"), [(6, 4), (7, 0), (8, 0)])
def test_a_timer_that_has_stopped_is_noticed(
    tool: Tool, signed: Sign, released: Record, days: int, status: int
) -> None:
    signed(released)
    at = "2026-11-30T12:00:00Z"
    said = tool("status", "--at", at, "--max-age", str(days), "--lang", "en")
    assert said.status == status
    assert ("is the timer still running?" in said.out) is (status == 4)
