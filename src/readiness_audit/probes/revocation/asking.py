"""Ask responders and fetch lists, of those hosts alone that the endpoint allows to be asked."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Sequence
from functools import partial
from urllib.parse import quote

from readiness_audit.model.evidence import Reason
from readiness_audit.model.target import Endpoint
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.deadline import Deadline
from readiness_audit.probes.reach.reach import Reach
from readiness_audit.probes.revocation.cases import Case, take
from readiness_audit.probes.revocation.ocsp import request_for
from readiness_audit.probes.revocation.pointers import Pointer, Way, way_of
from readiness_audit.probes.revocation.told import Told
from readiness_audit.probes.tls.certificate import guarded
from readiness_audit.probes.web.exchange import LARGEST_BODY, ask_for

MOST_ASKED = 8
"""Addresses that are asked for one endpoint, however many its certificates name."""

_PATIENCE = 3.0
"""Seconds for one responder or list."""

_SHARE = 0.85
"""How much of what is left of the deadline all of them may take: what is known otherwise must come home."""

_OK = 200


async def ask(cases: Sequence[Case], target: Endpoint, reach: Reach) -> None:
    """Follow those pointers of the certificates that the endpoint allows to be followed, at the same time."""
    budget = reach.deadline.part(reach.deadline.left() * _SHARE)
    allowed = {host.rstrip(".").casefold() for host in target.revocation_hosts}
    questions: list[tuple[Case, Pointer, Way]] = []
    for case in cases:
        ways = [(pointer, way_of(pointer.url)) for pointer in case.pointers]
        followed = [
            (pointer, way)
            for pointer, way in ways
            if way is not None and way.host.rstrip(".").casefold() in allowed
        ]
        case.left_out = tuple(pointer.url for pointer in case.pointers if pointer not in dict(followed))
        if case.subject is not None:
            questions += [(case, pointer, way) for pointer, way in followed]
    questions = questions[:MOST_ASKED]
    answers = await asyncio.gather(*(_asked(*question, reach, budget) for question in questions))
    for (case, pointer, _), answer in zip(questions, answers, strict=True):
        if isinstance(answer, bytes):
            take(case, "asked", pointer.url, answer, reach.started)
        else:
            case.heard.append(("asked", pointer.url, Told(kind=pointer.kind, problem=answer)))


async def _asked(case: Case, pointer: Pointer, way: Way, reach: Reach, budget: Deadline) -> bytes | str:
    """Give what was answered, or why nothing was."""
    path = way.path
    if pointer.kind == "ocsp" and case.subject is not None:
        # RFC 6960, appendix A.1: the question in the path, which every proxy and responder understands.
        problem: list[str] = []
        question = guarded(partial(request_for, case.subject), problem)
        if question is None:
            return problem[0]
        path = f"{path.rstrip('/')}/{quote(base64.b64encode(question).decode(), safe='')}"
    try:
        return await _fetch(way, path, reach, budget.part(_PATIENCE))
    except CannotSee as blind:
        return blind.detail


async def _fetch(way: Way, path: str, reach: Reach, budget: Deadline) -> bytes:
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
