"""
A believable small record, made by hand: a customer portal shortly before its pilot.

`a_record()` has seven checks on four targets and says NO-GO; every outcome but `stale`
occurs in it. More targets are endpoints like the first one, more checks are about each of
them: `a_record(targets=1000, checks=50)` is the record of a large fleet.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from readiness_audit.model.check import Check, Severity
from readiness_audit.model.decision import Behind, Decision, Hit, PointResult, Result, RuleName, Tally
from readiness_audit.model.evidence import Contact, Evidence, Excerpt, Look, Missing, Observed, Plain, Reason
from readiness_audit.model.plan import Plan, SetAside, Step
from readiness_audit.model.policy import Changed, InForce, Rule
from readiness_audit.model.record import SCHEMA, Origin, Record
from readiness_audit.model.register_type import RegisterType
from readiness_audit.model.system import Authorisation, Stage, System, Trait
from readiness_audit.model.target import Endpoint, Host, Register, Results, Target
from readiness_audit.model.texts import Texts
from readiness_audit.model.verdict import Outcome, Verdict
from tests.record_checks import CHECKS, SET_ASIDE, a_check

STARTED = datetime(2026, 11, 23, 8, 45, tzinfo=UTC)
RUN = "20261123T084500Z-3f9a1c"
TOOL = "readiness-audit 0.1.0"

CERTIFICATE = b"-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUQ==\n-----END CERTIFICATE-----\n"
JUNIT = b"<testsuite name='portal' tests='212' failures='3'>\xff not quite UTF-8</testsuite>\n"
EXCERPTS: Mapping[str, bytes] = {hashlib.sha256(raw).hexdigest(): raw for raw in (CERTIFICATE, JUNIT)}
"""The raw bytes of what the record's evidence quotes, by hash."""


def a_record(
    *, targets: int = 4, checks: int = 0, run: str = RUN, started: datetime = STARTED, saying: str = "nginx"
) -> Record:
    """
    Build a record of at least four `targets`, with `checks` more checks on each TLS endpoint.

    Every tenth further endpoint accepts TLS 1.0 and every fiftieth is not reachable.
    `saying` is a text the targets chose themselves; it turns up wherever such text can.
    """
    more = tuple(
        a_check(
            f"tls.fleet.c{number:03}", ("The fleet's rule is kept", "Die Regel der Flotte ist eingehalten")
        )
        for number in range(checks)
    )
    in_force = tuple(sorted((*CHECKS, *more, SET_ASIDE), key=lambda check: check.id))
    declared = _targets(targets)
    looks = tuple(sorted(Look(probe=_probe_of(target), target=target.id) for target in declared))
    steps, verdicts = _judged(in_force, declared, saying)
    aside = SetAside(check=SET_ASIDE.id, because="'mail-domain' in traits", counts=True)
    verdicts.append(
        Verdict(
            check=SET_ASIDE.id, target="", outcome=Outcome.NOT_APPLICABLE, counts=True, detail=aside.because
        )
    )
    finished = started + timedelta(seconds=41, microseconds=250_000)
    policy = InForce(
        policy="kmu-basis",
        edition="2026-11",
        title=Texts(en="Basis for small companies", de="Basis für kleine Unternehmen"),
        checks=in_force,
        left_out=(),
        changed=(
            Changed(
                check="cert.expiry.soon", what="min_days", default="21", now="30", because="Slow approvals."
            ),
        ),
        rule=Rule(),
    )
    return Record(
        schema=SCHEMA,
        origin=Origin(
            run=run,
            tool=TOOL,
            started_at=started,
            finished_at=finished,
            looked_from="audit-station",
            complete=True,
        ),
        system=_system(declared, started),
        policy=policy,
        plan=Plan(steps=tuple(steps), set_aside=(aside,), looks=looks),
        evidence=tuple(_seen(look, started, saying) for look in looks),
        contacts=tuple(_touched(look, started) for look in looks if look.probe in {"tls", "ports"}),
        verdicts=tuple(verdicts),
        decision=decided(verdicts, policy, finished),
    )


def with_verdicts(record: Record, *changed: Verdict) -> Record:
    """Give the same record with some verdicts exchanged, and the decision that follows from them."""
    new = {(verdict.check, verdict.target): verdict for verdict in changed}
    verdicts = tuple(new.pop((old.check, old.target), old) for old in record.verdicts)
    assert not new, f"the record judges no such thing: {sorted(new)}"
    judged_at = record.decision.judged_at
    return replace(record, verdicts=verdicts, decision=decided(verdicts, record.policy, judged_at))


def released(record: Record) -> Record:
    """Give the same record as it is once everything has been mended: a GO."""
    fine = [
        replace(verdict, outcome=Outcome.PASS, reason=None, detail="", subjects=(), count=0)
        for verdict in record.verdicts
        if verdict.outcome in {Outcome.FAIL, Outcome.NOT_ASSESSED}
    ]
    return with_verdicts(record, *fine)


def decided(verdicts: Iterable[Verdict], policy: InForce, judged_at: datetime) -> Decision:
    """Decide by the main rules, for records that bring no conditions."""
    every = list(verdicts)
    counting = [verdict for verdict in every if verdict.counts]
    how = {check.id: check for check in policy.checks}
    tally = Tally(
        planned=len(counting),
        **{
            name: sum(verdict.outcome is outcome for verdict in counting)
            for name, outcome in (
                ("passed", Outcome.PASS),
                ("failed", Outcome.FAIL),
                ("not_assessed", Outcome.NOT_ASSESSED),
                ("stale", Outcome.STALE),
                ("not_applicable", Outcome.NOT_APPLICABLE),
            )
        },
        previews=len(every) - len(counting),
    )

    def behind(severity: Severity, *outcomes: Outcome) -> tuple[Behind, ...]:
        return tuple(
            Behind(check=verdict.check, target=verdict.target)
            for verdict in counting
            if how[verdict.check].severity is severity and verdict.outcome in outcomes
        )

    unseen = (Outcome.NOT_ASSESSED, Outcome.STALE)
    rules = (
        (RuleName.BLOCKER_FAILED, Result.NO_GO, behind(Severity.BLOCKER, Outcome.FAIL)),
        (RuleName.BLOCKER_NOT_ASSESSED, Result.INCONCLUSIVE, behind(Severity.BLOCKER, *unseen)),
        (RuleName.MAJORS_NOT_SETTLED, Result.NO_GO, behind(Severity.MAJOR, Outcome.FAIL, *unseen)),
    )
    hits = [Hit(rule=rule, result=result, behind=shown) for rule, result, shown in rules if shown]
    if not hits:
        hits = [Hit(rule=RuleName.NOTHING_OPEN, result=Result.GO, behind=())]
    return Decision(
        result=hits[0].result,
        deciding=hits[0],
        agreeing=tuple(hits[1:]),
        tally=tally,
        points=tuple(_point(point, counting, how) for point in range(1, 11)),
        conditions=(),
        idle_conditions=(),
        judged_at=judged_at,
        valid_until=date(2027, 2, 23) if hits[0].result is Result.GO else None,
    )


def _point(point: int, counting: list[Verdict], how: Mapping[str, Check]) -> PointResult:
    outcomes = [verdict.outcome for verdict in counting if how[verdict.check].point == point]
    return PointResult(
        point=point,
        passed=outcomes.count(Outcome.PASS),
        failed=outcomes.count(Outcome.FAIL),
        open=outcomes.count(Outcome.NOT_ASSESSED) + outcomes.count(Outcome.STALE),
        not_applicable=outcomes.count(Outcome.NOT_APPLICABLE),
    )


def _targets(count: int) -> tuple[Target, ...]:
    first: tuple[Target, ...] = (
        Endpoint(kind="endpoint", id="portal", host="portal.example", port=443, protocol="https"),
        Host(kind="host", id="app-1", host="192.0.2.10", open_ports=("443/tcp",)),
        Results(kind="results", id="unit-tests", format="junit", file="junit.xml"),
        Register(kind="register", id="risks", type=RegisterType.RISKS, file="risks.csv"),
    )
    return first + tuple(
        Endpoint(
            kind="endpoint", id=f"node-{number:04}", host=f"node-{number}.example", port=443, protocol="tls"
        )
        for number in range(len(first), count)
    )


def _probe_of(target: Target) -> str:
    return {"endpoint": "tls", "host": "ports", "results": "junit", "register": "risks"}[target.kind]


def _number(target: str) -> int:
    """Give the number of a further endpoint, 0 for one of the first four targets."""
    return int(target.removeprefix("node-")) if target.startswith("node-") else 0


def _unreachable(target: str) -> bool:
    return _number(target) % 50 == 49


def _old(target: str) -> bool:
    return target == "portal" or _number(target) % 10 == 3


def _system(targets: tuple[Target, ...], started: datetime) -> System:
    return System(
        system="customer-portal",
        title="Kundenportal für Geschäftskunden",
        owner="Erika Beispiel, Fachbereich Vertrieb",
        stage=Stage.PILOT,
        go_live=date(2026, 12, 1),
        traits=(Trait.INTERNET_FACING, Trait.PERSONAL_DATA),
        authorisation=Authorisation(
            targets=("portal.example", "192.0.2.0/24"),
            valid_from=started - timedelta(days=1),
            valid_until=started + timedelta(days=1),
            approved_by="Max Muster, IT-Leitung",
            contact="+49 30 0000000",
        ),
        targets=targets,
    )


def _judged(
    checks: tuple[Check, ...], targets: tuple[Target, ...], saying: str
) -> tuple[list[Step], list[Verdict]]:
    steps, verdicts = [], []
    for check in checks:
        for target in targets:
            if check is SET_ASIDE or check.probe != _probe_of(target):
                continue
            look = Look(probe=_probe_of(target), target=target.id)
            counts = check.stage is Stage.PILOT
            steps.append(Step(check=check.id, target=target.id, looks=(look,), counts=counts))
            verdicts.append(_verdict(check, target.id, saying, counts=counts))
    return steps, verdicts


def _verdict(check: Check, target: str, saying: str, *, counts: bool) -> Verdict:
    passed = Verdict(check=check.id, target=target, outcome=Outcome.PASS, counts=counts)
    if target == "risks" or _unreachable(target):
        reason = Reason.NOT_FOUND if target == "risks" else Reason.TIMED_OUT
        detail = f"{target} ({saying}): nothing there"
        return replace(passed, outcome=Outcome.NOT_ASSESSED, reason=reason, detail=detail)
    subjects = {
        "tls.protocol.minimum": ("TLSv1.0", "TLSv1.1") if _old(target) else (),
        "net.ports.allowlist": (f"8080/tcp ({saying})",),
        "tls.groups.pqc": ("no hybrid group",),
        "test.functional.results": ("test_login", "test_logout", "test_export[Größe=ß]"),
    }.get(check.id, ())
    values = {"server": saying, "days_valid": "64"}
    outcome = Outcome.FAIL if subjects else Outcome.PASS
    return replace(passed, outcome=outcome, subjects=subjects, count=len(subjects), values=values)


def _seen(look: Look, started: datetime, saying: str) -> Evidence:
    taken_at = started + timedelta(seconds=3, milliseconds=_number(look.target))
    if look.probe == "risks":
        return Missing(look=look, taken_at=taken_at, reason=Reason.NOT_FOUND, detail="there is no such file")
    if _unreachable(look.target):
        return Missing(look=look, taken_at=taken_at, reason=Reason.TIMED_OUT, detail="no answer within 10 s")
    raw = {"tls": CERTIFICATE, "junit": JUNIT}.get(look.probe)
    versions: list[Plain] = ["TLSv1.0", "TLSv1.1"] if _old(look.target) else []
    facts: dict[str, Mapping[str, Plain]] = {
        "tls": {
            "versions": [*versions, "TLSv1.2", "TLSv1.3"],
            "certificates": [
                {
                    "subject": f"CN={look.target}, O={saying}",
                    "days_valid": 64,
                    "key": "RSA 3072",
                    "trust": 0.5,
                }
            ],
        },
        "ports": {
            "open": [{"port": 443, "service": "https"}, {"port": 8080, "service": saying}],
            "tried": 1000,
        },
        "junit": {"tests": 212, "failures": 3, "seconds": 17.25, "tool": None, "fine": False},
    }
    shown = (
        ()
        if raw is None
        else (
            Excerpt(label=f"what {look.target} said", sha256=hashlib.sha256(raw).hexdigest(), size=len(raw)),
        )
    )
    return Observed(look=look, taken_at=taken_at, tool=TOOL, facts=facts[look.probe], excerpts=shown)


def _touched(look: Look, started: datetime) -> Contact:
    return Contact(
        look=look.id,
        at=started + timedelta(seconds=2),
        host="portal.example" if look.target == "portal" else look.target,
        address="192.0.2.10",
        ports="443" if look.probe == "tls" else "22,80,443,8000-8100",
        protocol="tcp",
        connections=21,
        outcome="timed out" if _unreachable(look.target) else "connected",
    )
