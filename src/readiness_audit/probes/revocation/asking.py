"""Ask responders and fetch lists, of those hosts alone that the endpoint allows to be asked."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from functools import partial
from urllib.parse import quote

from readiness_audit.model.evidence import Reason
from readiness_audit.model.target import Endpoint
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.reach import Reach
from readiness_audit.probes.revocation.cases import Case, take
from readiness_audit.probes.revocation.ocsp import request_for
from readiness_audit.probes.revocation.pointers import Pointer, Way, way_of
from readiness_audit.probes.revocation.told import Subject, Told
from readiness_audit.probes.tls.certificate import guarded
from readiness_audit.probes.web.exchange import LARGEST_BODY, ask_for

MOST_ASKED = 8
"""Addresses that are asked for one endpoint, however many its certificates name."""

_PATIENCE = 3.0
"""Seconds for one responder or list."""

_OK = 200


async def ask(cases: Sequence[Case], target: Endpoint, reach: Reach) -> None:
    """Follow those pointers of the certificates that the endpoint allows to be followed."""
    allowed = {host.rstrip(".").casefold() for host in target.revocation_hosts}
    asked = 0
    for case in cases:
        left_out: list[str] = []
        for pointer in case.pointers:
            way = way_of(pointer.url)
            if way is None or way.host.rstrip(".").casefold() not in allowed:
                left_out.append(pointer.url)
            elif case.subject is not None and asked < MOST_ASKED:
                asked += 1
                await _ask_one(case, case.subject, pointer, way, reach)
        case.left_out = tuple(left_out)


async def _ask_one(case: Case, subject: Subject, pointer: Pointer, way: Way, reach: Reach) -> None:
    path = way.path
    if pointer.kind == "ocsp":
        # RFC 6960, appendix A.1: the question in the path, which every proxy and responder understands.
        problem: list[str] = []
        question = guarded(partial(request_for, subject), problem)
        if question is None:
            case.heard.append(("asked", pointer.url, Told(kind="ocsp", problem=problem[0])))
            return
        path = f"{path.rstrip('/')}/{quote(base64.b64encode(question).decode(), safe='')}"
    try:
        data = await _fetch(way, path, reach)
    except CannotSee as blind:
        case.heard.append(("asked", pointer.url, Told(kind=pointer.kind, problem=blind.detail)))
    else:
        take(case, "asked", pointer.url, data, reach.started)


async def _fetch(way: Way, path: str, reach: Reach) -> bytes:
    budget = reach.deadline.part(_PATIENCE)
    try:
        async with budget.timeout():
            stream = await reach.gate.connect(reach.look, way.host, way.port, budget)
            async with stream:
                host = f"[{way.host}]" if ":" in way.host else way.host
                reply = await ask_for(
                    stream, host=f"{host}:{way.port}", path=path, deadline=budget, most_body=LARGEST_BODY
                )
    except TimeoutError:
        raise CannotSee(Reason.TIMED_OUT, "it did not answer in time") from None
    if reply.status != _OK:
        raise CannotSee(Reason.UNREADABLE, f"it answers with status {reply.status}; nothing is followed")
    if reply.body_truncated or reply.body_problem:
        detail = reply.body_problem or f"its answer is larger than {LARGEST_BODY} bytes"
        raise CannotSee(Reason.TOO_LARGE, detail)
    return reply.body
