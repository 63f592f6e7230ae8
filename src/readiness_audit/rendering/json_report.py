"""
Write a report for machines: JSON in the shape of `reports/json/report.schema.json`.

What the record says, sorted, with the texts of checks in one language; the same record
gives the same bytes. Keys are never renamed within a `version`; new ones may come.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from readiness_audit.model.check import Check
from readiness_audit.model.decision import Behind, Hit, PointResult
from readiness_audit.model.evidence import Evidence, Observed, Plain
from readiness_audit.model.governance import Condition, Standing
from readiness_audit.model.plain import to_plain
from readiness_audit.model.record import Record
from readiness_audit.model.release import Release
from readiness_audit.model.texts import Language
from readiness_audit.model.verdict import Outcome, Verdict
from readiness_audit.rendering import summary
from readiness_audit.rendering.agreements import why
from readiness_audit.rendering.joined import joined_runs
from readiness_audit.rendering.reading import UNSEEN, Reading, opened, where
from readiness_audit.rendering.released import cause_sentence, release_line
from readiness_audit.rendering.safe import json_text
from readiness_audit.rendering.words import words_in

VERSION = 1
"""Grows when a program that reads the shape of before could misread the new one."""


def machine_report(
    record: Record, language: Language, sha256: str | None = None, release: Release | None = None
) -> str:
    """Write the machine report on `record`; `sha256` is the record file's own, `release` how it stands."""
    reading = opened(record, words_in(language, record.policy.rule.zone))
    summary.matrix(reading)
    report: dict[str, Plain] = {
        "report": "readiness-audit",
        "version": VERSION,
        "language": str(language),
        "record": _origin(record, sha256),
        "system": _system(reading),
        "policy": _policy(reading),
        "decision": _decision(reading),
        "tally": _tally(record),
        "points": [_point(reading, point) for point in record.decision.points],
        "checks": {check.id: _check(reading, check) for check in _asked(reading)},
        "verdicts": [_verdict(reading, verdict) for verdict in record.verdicts],
        "evidence": [_evidence(reading, piece) for piece in record.evidence],
        "contacts": to_plain(record.contacts),
        "joined": to_plain(joined_runs(record)),
        "release": None if release is None else _release(reading, release),
        "governance": to_plain(record.governance),
    }
    return json_text(_laid_out(report))


def _laid_out(report: Mapping[str, Plain]) -> str:
    # One line for each member, and for each item of a long list: people can search it, and the fast
    # encoder, which knows no indentation, can be used.
    write = json.JSONEncoder(ensure_ascii=False, sort_keys=True, allow_nan=False).encode
    parts = []
    for key in sorted(report):
        value = report[key]
        if isinstance(value, list) and value:
            shown = "[\n  " + ",\n  ".join(map(write, value)) + "\n ]"
        else:
            shown = write(value)
        parts.append(f" {write(key)}: {shown}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _origin(record: Record, sha256: str | None) -> Plain:
    made = to_plain(record.origin)
    return {**_mapping(made), "schema": record.schema, "sha256": sha256}


def _mapping(plain: Plain) -> Mapping[str, Plain]:
    # A noun of the model is always a mapping as plain data.
    return plain if isinstance(plain, dict) else {}


def _system(reading: Reading) -> Plain:
    system = reading.record.system
    return {
        "id": system.system,
        "title": system.title,
        "owner": system.owner,
        "stage": str(system.stage),
        "go_live": to_plain(system.go_live),
        "protection": to_plain(system.protection),
        "traits": to_plain(system.traits),
        "targets": [
            {"id": target.id, "kind": target.kind, "where": where(target)} for target in system.targets
        ],
    }


def _policy(reading: Reading) -> Plain:
    policy = reading.record.policy
    return {
        "id": policy.policy,
        "edition": policy.edition,
        "title": reading.words.text(policy.title),
        "rule": to_plain(policy.rule),
        "changed": to_plain(policy.changed),
        "left_out": to_plain(policy.left_out),
    }


def _decision(reading: Reading) -> Plain:
    decision, words = reading.record.decision, reading.words
    return {
        "result": str(decision.result),
        "title": words.say(f"result.{decision.result}"),
        "deciding": _hit(reading, decision.deciding),
        "agreeing": [_hit(reading, hit) for hit in decision.agreeing],
        "conditions": _conditions(decision.conditions),
        "idle_conditions": _conditions(decision.idle_conditions),
        "waived": to_plain(decision.waived),
        "standings": [_standing(reading, standing) for standing in decision.standings],
        "judged_at": to_plain(decision.judged_at),
        "valid_until": to_plain(decision.valid_until),
    }


def _standing(reading: Reading, standing: Standing) -> Plain:
    return {
        **_mapping(to_plain(standing)),
        "state_title": reading.words.say(f"state.{standing.state}"),
        "refusal_title": why(reading, standing) or None,
    }


def _hit(reading: Reading, hit: Hit) -> Plain:
    return {
        "rule": str(hit.rule),
        "result": str(hit.result),
        "title": summary.rule_sentence(reading, hit.rule, len(hit.behind)),
        "behind": _behind(hit.behind),
    }


def _behind(behind: Iterable[Behind]) -> Plain:
    return [{"check": reason.check, "target": reason.target} for reason in behind]


def _conditions(agreed: Iterable[Condition]) -> Plain:
    return [to_plain(condition) for condition in agreed]


def _release(reading: Reading, release: Release) -> Plain:
    words, record = reading.words, reading.record
    titles = {role.role: words.text(role.title) for role in record.policy.rule.sign_offs}
    return {
        "state": str(release.state),
        "title": release_line(record, release, words),
        "rule_result": str(release.rule_result),
        "result": str(release.result),
        "as_of": to_plain(release.as_of),
        "in_force_since": to_plain(release.in_force_since),
        "valid_until": to_plain(release.valid_until),
        "lapsed_since": to_plain(release.lapsed_since),
        "causes": [
            {**_mapping(to_plain(cause)), "title": cause_sentence(cause, titles, words)}
            for cause in release.causes
        ],
        "roles": [
            {
                "role": deciding.role.role,
                "title": titles[deciding.role.role],
                "given": to_plain(deciding.given),
                "deviation": str(deciding.deviation),
                "flaw": to_plain(deciding.flaw),
            }
            for deciding in release.roles
        ],
        "sign_offs": [
            {
                **_mapping(to_plain(item.sign_off)),
                "flaw": to_plain(item.flaw),
                "seal": to_plain(item.seal),
            }
            for item in release.sign_offs
        ],
        "unusable": list(release.unusable),
    }


def _tally(record: Record) -> Plain:
    tally = record.decision.tally
    return {
        **_mapping(to_plain(tally)),
        "applicable": tally.applicable,
        "assessed": tally.assessed,
        "coverage": round(tally.coverage, 4),
    }


def _point(reading: Reading, point: PointResult) -> Plain:
    return {
        **_mapping(to_plain(point)),
        "status": summary.point_status(point),
        "title": reading.words.say(f"point.{point.point}"),
    }


def _asked(reading: Reading) -> list[Check]:
    names = {verdict.check for verdict in reading.record.verdicts}
    return [reading.check(name) for name in sorted(names)]


def _check(reading: Reading, check: Check) -> Plain:
    text = reading.words.text
    return {
        "title": text(check.title),
        "point": check.point,
        "severity": str(check.severity),
        "stage": str(check.stage),
        "source": check.source,
        "why": text(check.why),
        "fix": text(check.fix),
        "see_for_yourself": text(check.see_for_yourself),
        "parameters": to_plain(check.parameters),
        "maps_to": to_plain(check.maps_to),
    }


def _verdict(reading: Reading, verdict: Verdict) -> Plain:
    words = reading.words
    reason = verdict.reason or ("stale" if verdict.outcome in UNSEEN else None)
    return {
        "check": verdict.check,
        "target": verdict.target,
        "outcome": str(verdict.outcome),
        "counts": verdict.counts,
        "finding": reading.finding(verdict) if verdict.outcome is Outcome.FAIL else None,
        "reason": str(verdict.reason) if verdict.reason else None,
        "reason_title": words.say(f"reason.{reason}") if reason else None,
        "detail": verdict.detail,
        "subjects": list(verdict.subjects),
        "count": verdict.count,
        "waived": to_plain(reading.waived.get((verdict.check, verdict.target))),
        "values": dict(verdict.values),
        "looks": [look.id for look in reading.looks.get((verdict.check, verdict.target), ())],
    }


def _evidence(reading: Reading, piece: Evidence) -> Plain:
    seen = isinstance(piece, Observed)
    return {
        "look": piece.look.id,
        "probe": piece.look.probe,
        "target": piece.look.target,
        "taken_at": to_plain(piece.taken_at),
        "looked_from": reading.vantage(piece),
        "observed": seen,
        "tool": piece.tool if isinstance(piece, Observed) else None,
        "reason": None if isinstance(piece, Observed) else str(piece.reason),
        "detail": "" if isinstance(piece, Observed) else piece.detail,
        "excerpts": to_plain(piece.excerpts) if isinstance(piece, Observed) else [],
    }
