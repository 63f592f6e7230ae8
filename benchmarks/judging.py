"""
Judge recorded evidence, and report a record of 1,000 targets; beside the floor, plain Python.

Prints judgements a second on one core (bind, evaluate, typed verdict, some evidence missing) and
the time and memory of judging and reporting 1,000 targets. Ends with status 1 where a goal is missed.
"""

from __future__ import annotations

import dataclasses
import resource
import sys
import time
from datetime import timedelta

from tests.checks import a_check
from tests.records import STARTED, a_record

from readiness_audit.audit import judge_again
from readiness_audit.cli.loading import senses
from readiness_audit.ledger.canonical import record_bytes, record_from
from readiness_audit.model.check import Check
from readiness_audit.model.evidence import Evidence, Look, Missing, Observed, Plain, Reason
from readiness_audit.model.facts import complete
from readiness_audit.model.policy import InForce, Rule
from readiness_audit.model.record import Origin, Record
from readiness_audit.model.target import Endpoint
from readiness_audit.model.texts import Language, Texts
from readiness_audit.probes.built_in import BUILT_IN
from readiness_audit.rendering import render
from readiness_audit.stages.judge import judge
from readiness_audit.stages.plan import plan

JUDGEMENTS_GOAL = 50_000
SECONDS_GOAL = 5.0
MEGABYTES_GOAL = 300
TARGETS = 1000

EXPRESSIONS = (
    "facts.versions.exists(v, v.state == 'accepted' && v.code >= 771)",
    "facts.unclear == 0",
    "facts.chains_seen == params.chains",
    "size(facts.certificates) > 0 && facts.certificates[0].name != ''",
    "facts.accepts_13 || facts.chains_seen < 3",
    "facts.system_anchors >= 0 && facts.declared_anchors <= params.chains",
    "facts.names.all(n, n.seen)",
    "!facts.unseen.exists(u, u.contains('timeout'))",
    "facts.versions.all(v, !(v.name in params.old) || v.state == 'refused')",
    "facts.chains_seen + facts.unclear <= 1",
)


def checks() -> tuple[Check, ...]:
    """Give fifty checks over the TLS probe: ten typical expressions, five times."""
    return tuple(
        a_check(
            id=f"tls.bench.c{number:02}",
            probe="tls",
            parameters={"chains": 1, "old": ("SSLv3", "TLSv1.0")},
            assessable_when="size(facts.versions) > 0",
            passes_when=EXPRESSIONS[number % len(EXPRESSIONS)],
            finding=Texts(en="{target} offends.", de="{target} weicht ab."),
        )
        for number in range(50)
    )


def fleet() -> Record:
    """Give a record of 1,000 endpoints, every tenth of which could not be looked at."""
    given: dict[str, Plain] = {
        "versions": [
            {
                "name": name,
                "code": code,
                "state": "accepted" if code > 770 else "refused",
                "answer": "",
                "offers": 1,
            }
            for name, code in (
                ("SSLv3", 768),
                ("TLSv1.0", 769),
                ("TLSv1.1", 770),
                ("TLSv1.2", 771),
                ("TLSv1.3", 772),
            )
        ],
        "accepts_13": True,
        "chains_seen": 1,
        "certificates": [{}, {}],
        "names": [{"name": "a", "seen": True}],
    }
    facts = complete(BUILT_IN["tls"].sees, given)
    targets = tuple(
        Endpoint(kind="endpoint", id=f"e{n:04}", host="127.0.0.1", port=443, protocol="https")
        for n in range(TARGETS)
    )
    base = a_record()
    system = dataclasses.replace(base.system, targets=targets)
    policy = InForce(
        policy="bench",
        edition="1",
        title=Texts(en="b", de="b"),
        checks=checks(),
        left_out=(),
        changed=(),
        rule=Rule(),
    )
    planned = plan(system, policy, senses().probes, senses().views)
    evidence = tuple(_evidence(look, number, facts) for number, look in enumerate(planned.looks))
    return dataclasses.replace(
        base, system=system, policy=policy, plan=planned, evidence=evidence, verdicts=()
    )


def _evidence(look: Look, number: int, facts: dict[str, Plain]) -> Evidence:
    if number % 10 == 9:
        return Missing(look=look, taken_at=STARTED, reason=Reason.TIMED_OUT, detail="no answer in time")
    return Observed(look=look, taken_at=STARTED, tool="bench", facts=facts)


def judgements() -> float:
    """Give our judgements a second, the best of three."""
    record = fleet()
    best = 0.0
    for _ in range(3):
        begun = time.process_time()
        verdicts = judge(
            record.plan, record.evidence, record.policy, senses().probes, senses().views, STARTED
        )
        best = max(best, len(verdicts) / (time.process_time() - begun))
    return best


def floor() -> float:
    """Give the judgements a second of a plain function over the same facts."""
    record = fleet()
    seen = [item.facts for item in record.evidence if isinstance(item, Observed)]

    def passes(facts: Plain) -> bool:
        versions = facts["versions"]  # type: ignore[index,call-overload] # the floor has no types
        return any(v["state"] == "accepted" and v["code"] >= 771 for v in versions)  # type: ignore[index,call-overload] # as above

    begun = time.process_time()
    done = sum(passes(dict(facts)) for facts in seen for _ in range(50))
    return done / (time.process_time() - begun)


def fleet_report() -> tuple[float, float]:
    """Judge and report a record of 1,000 targets read from its bytes; seconds and peak megabytes."""
    data = record_bytes(_judged(fleet()))
    begun = time.process_time()
    record = _judged(record_from(data))
    html = render(record, "html", Language.DE)
    seconds = time.process_time() - begun
    print(f"  record {len(data) / 1e6:.1f} MB, HTML {len(html) / 1e6:.2f} MB")
    return seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _judged(record: Record) -> Record:
    at = STARTED + timedelta(hours=1)
    origin = Origin(
        run=record.origin.run,
        tool="bench",
        started_at=STARTED,
        finished_at=at,
        looked_from="bench",
        complete=True,
    )
    return judge_again(record, record.policy, senses(), at, origin)


def main() -> None:
    """Measure, print, and leave with a status."""
    ours, plainly = judgements(), floor()
    print(f"judgements a second: {ours:,.0f} (goal {JUDGEMENTS_GOAL:,}); plain Python floor {plainly:,.0f}")
    seconds, megabytes = fleet_report()
    print(f"1,000 targets x 50 checks read, judged, reported: {seconds:.2f} s (goal {SECONDS_GOAL})")
    print(f"peak memory: {megabytes:.0f} MB (goal {MEGABYTES_GOAL})")
    sys.exit(ours < JUDGEMENTS_GOAL or seconds > SECONDS_GOAL or megabytes > MEGABYTES_GOAL)


if __name__ == "__main__":
    main()
