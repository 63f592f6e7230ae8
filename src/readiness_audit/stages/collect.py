"""COLLECT: send the probes out, all at the same time, and bring home whatever they saw."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import readiness_audit
from readiness_audit.model.evidence import (
    LONGEST_EXCERPT,
    Contact,
    Evidence,
    Excerpt,
    Look,
    Missing,
    Observed,
    Reason,
)
from readiness_audit.model.plain import to_plain, writable
from readiness_audit.model.record import Clock
from readiness_audit.model.system import System
from readiness_audit.probes.probe import AnyProbe, Seen
from readiness_audit.probes.reach.aside import Aside
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.deadline import Deadline
from readiness_audit.probes.reach.folder import Folder
from readiness_audit.probes.reach.gate import Gate
from readiness_audit.probes.reach.once import Once
from readiness_audit.probes.reach.reach import Reach

NETWORK_AT_ONCE = 512
"""Looks that mostly wait; the gate bounds what each host sees."""

ALWAYS_AT_ONCE = 16
"""Looks that go ahead however busy we are."""

APART = 0.005
"""Seconds between the beginnings of further ones, so that it shows what each brings with it."""

PROMPT = 0.05
"""Seconds somebody may be served late before no further look is begun."""

LONGEST_DETAIL = 500

LAST_MOMENT = 0.5
"""Seconds in which looks that were cut short may end the programs they started."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """What came home."""

    evidence: tuple[Evidence, ...]
    """One piece for each look, in the order of the looks."""

    contacts: tuple[Contact, ...]
    excerpts: Mapping[str, bytes]
    """The beginning of what was read raw, by the SHA-256 of the whole."""

    complete: bool
    """False where collecting was interrupted."""


def nobody_watches(_done: Evidence) -> None:
    """Tell nobody about a look that is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What is known before anything is looked at."""

    done: Mapping[Look, Evidence] = field(default_factory=dict)
    """Evidence of looks that need not be taken."""

    begun: Mapping[Look, Observed] = field(default_factory=dict)
    """What an interrupted run saw of looks that have to be taken to their end."""


NOTHING_YET = Before()


@dataclass(slots=True)
class _Home:
    """Where evidence gathers while looks are under way."""

    evidence: dict[Look, Evidence] = field(default_factory=dict)
    excerpts: dict[str, bytes] = field(default_factory=dict)


async def collect(
    looks: Sequence[Look],
    system: System,
    probes: Mapping[str, AnyProbe],
    folder: Path,
    now: Clock,
    *,
    before: Before = NOTHING_YET,
    seconds: float | None = None,
    watch: Callable[[Evidence], None] = nobody_watches,
    try_passwords: bool = False,
) -> Collected:
    """
    Take every look, all at the same time, and bring home one piece of evidence for each.

    `folder` is the evidence folder; `seconds` bounds the whole run, besides each look's own
    budget; probes that log in wait for `try_passwords`. A look never raises: whatever goes wrong
    becomes `Missing` with its reason. Being cancelled ends the looks that are under way; what is
    known comes home all the same. What is known `before` is not looked at again.
    """
    home = _Home(evidence={look: before.done[look] for look in looks if look in before.done})
    gate = Gate(system.authorisation, system.pace, now)
    collector = _Collector(
        system, probes, gate, Folder(folder), now, home, watch, try_passwords=try_passwords
    )
    collector.begun = before.begun
    whole = Deadline(seconds) if seconds is not None else None
    try:
        complete = await _all(collector, [look for look in looks if look not in home.evidence], whole)
    finally:
        await collector.aside.end(LAST_MOMENT)
        await collector.once.close()
        await gate.close()
    for look in looks:
        if look not in home.evidence:
            told = "the run was ended before this look was done"
            home.evidence[look] = Missing(look=look, taken_at=now(), reason=Reason.INTERRUPTED, detail=told)
    return Collected(
        evidence=tuple(home.evidence[look] for look in looks),
        contacts=gate.contacts,
        excerpts=home.excerpts,
        complete=complete,
    )


async def _all(collector: _Collector, looks: Sequence[Look], whole: Deadline | None) -> bool:
    """Take all looks; says whether none was cut short."""
    tasks = [asyncio.create_task(collector.take(look)) for look in looks]
    if not tasks:
        return True
    try:
        _, late = await asyncio.wait(tasks, timeout=whole.left() if whole is not None else None)
    except asyncio.CancelledError:
        # Interrupted by a person or the scheduler: what is known is kept, so this is where it stops.
        if (task := asyncio.current_task()) is not None:
            task.uncancel()
        late = {task for task in tasks if not task.done()}
    for task in late:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return not late


class _Collector:
    """Takes looks; everything they share is kept here."""

    def __init__(
        self,
        system: System,
        probes: Mapping[str, AnyProbe],
        gate: Gate,
        folder: Folder,
        now: Clock,
        home: _Home,
        watch: Callable[[Evidence], None],
        *,
        try_passwords: bool,
    ) -> None:
        granted = system.authorisation
        self._logins = frozenset(granted.default_credentials) if granted is not None else frozenset()
        self._try_passwords = try_passwords
        self.begun: Mapping[Look, Observed] = {}
        self._here = system.here
        self._targets = {target.id: target for target in system.targets}
        self._probes = probes
        self._gate = gate
        self._folder = folder
        self._now = now
        self._started = now()
        self._home = home
        self._watch = watch
        self._outside = asyncio.Semaphore(NETWORK_AT_ONCE)
        self._beginning = asyncio.Lock()
        self._under_way = 0
        self.aside = Aside()
        self.once = Once()
        self._inside = asyncio.Semaphore(2 * (os.cpu_count() or 1))

    async def take(self, look: Look) -> None:
        """Take one look, within its own budget, which begins when its turn comes."""
        probe = self._probes[look.probe]
        if probe.network:
            async with self._outside:
                await self._turn()
                evidence = await self._evidence(look, probe)
        else:
            async with self._inside:
                evidence = await self._evidence(look, probe)
        self._home.evidence[look] = evidence
        self._watch(evidence)

    async def _turn(self) -> None:
        """
        Wait until one more look will be served promptly.

        A look's budget is for the other side. With hundreds of talkative services under way it would be
        spent on waiting for our own processor, and honest services would be told to be silent.
        """
        clock = asyncio.get_running_loop().time
        async with self._beginning:
            late = PROMPT
            while late >= PROMPT and self._under_way >= ALWAYS_AT_ONCE:
                due = clock() + APART
                await asyncio.sleep(APART)
                late = clock() - due

    async def _evidence(self, look: Look, probe: AnyProbe) -> Evidence:
        self._under_way += 1
        try:
            return await self._found(look, probe)
        finally:
            self._under_way -= 1

    async def _found(self, look: Look, probe: AnyProbe) -> Evidence:
        deadline = Deadline(probe.seconds)
        reach = Reach(
            look=look,
            deadline=deadline,
            gate=self._gate,
            evidence=self._folder,
            started=self._started,
            once=self.once,
            here=self._here,
            begun=self.begun.get(look),
        )
        try:
            async with deadline.timeout():
                seen = await self._look(probe, look, reach)
            return self._observed(look, probe, seen)
        except TimeoutError:
            reason, detail = Reason.TIMED_OUT, f"not done within {probe.seconds:g} s"
        except CannotSee as blind:
            reason, detail = blind.reason, blind.detail
        except (Exception, RecursionError) as bug:  # noqa: BLE001 - a probe's fault costs its own look only
            reason, detail = Reason.BROKEN_PROBE, f"{type(bug).__name__}: {bug}"
        return Missing(look=look, taken_at=self._now(), reason=reason, detail=_line(detail))

    async def _look(self, probe: AnyProbe, look: Look, reach: Reach) -> Seen[object]:
        target = self._targets[look.target]
        if probe.tries_passwords:
            self._check_logins(look)
        if probe.network:
            return await probe.look(target, reach)
        # Reading and parsing would hold up the network looks; they get threads of their own.
        return await self.aside.run(lambda: probe.look(target, reach))

    def _check_logins(self, look: Look) -> None:
        if look.target not in self._logins:
            told = "the authorisation does not name it under default_credentials, so no password was tried"
            raise CannotSee(Reason.OUT_OF_SCOPE, told)
        if not self._try_passwords:
            told = "the run was not asked for it with --default-credentials, so no password was tried"
            raise CannotSee(Reason.OUT_OF_SCOPE, told)

    def _observed(self, look: Look, probe: AnyProbe, seen: Seen[object]) -> Observed:
        if not isinstance(seen.facts, probe.sees):
            raise TypeError(f"the probe gave {type(seen.facts).__name__}, not {probe.sees.__name__}")
        facts = writable(to_plain(seen.facts))
        excerpts: list[Excerpt] = []
        for label, raw in seen.excerpts:
            digest = hashlib.sha256(raw).hexdigest()
            self._home.excerpts[digest] = raw[:LONGEST_EXCERPT]
            excerpts.append(Excerpt(label=label, sha256=digest, size=len(raw)))
        return Observed(
            look=look,
            taken_at=self._now(),
            tool=seen.tool or f"readiness-audit {readiness_audit.__version__}",
            facts=facts if isinstance(facts, dict) else {},
            excerpts=tuple(excerpts),
        )


def _line(text: str) -> str:
    line = " ".join(text.split())[:LONGEST_DETAIL]
    return line.encode("utf-8", "replace").decode()
