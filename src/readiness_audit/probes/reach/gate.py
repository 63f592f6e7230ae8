"""
The one gate to the network.

Everything of ours that touches the network passes here: the name is resolved once
for the whole run and pinned, scope and time window are checked before the first
packet, each host is treated at its pace, and every contact is written down.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterable, Sequence
from datetime import datetime
from typing import TypeVar

from readiness_audit.model.evidence import Contact, Look, Reason
from readiness_audit.model.grammar import Address
from readiness_audit.model.system import Authorisation, Pace
from readiness_audit.probes.reach import datagram
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.deadline import Deadline
from readiness_audit.probes.reach.limits import LIMITS
from readiness_audit.probes.reach.resolving import resolve as _resolve
from readiness_audit.probes.reach.scope import covers
from readiness_audit.probes.reach.stream import Stream
from readiness_audit.probes.reach.sweep import Found, Sweeper, Tally, ranges

R = TypeVar("R")


class Gate:
    """Lets looks out into the network, as far as the authorisation goes. One for a whole run."""

    def __init__(self, authorisation: Authorisation | None, pace: Pace, now: Callable[[], datetime]) -> None:
        """Stand between the probes and the network; nothing is sent before something is asked for."""
        self._authorisation = authorisation
        self._limits = LIMITS[pace]
        self._now = now
        self._pinned: dict[str, asyncio.Task[tuple[Address, ...]]] = {}
        self._open: dict[Address, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(self._limits.at_once)
        )
        self._next_start: dict[Address, float] = {}
        self._sweeper = Sweeper()
        self._contacts: list[Contact] = []

    @property
    def contacts(self) -> tuple[Contact, ...]:
        """Everything that was touched so far, in order."""
        return tuple(self._contacts)

    async def addresses(self, look: Look, host: str, deadline: Deadline) -> tuple[Address, ...]:
        """
        Give the addresses `host` stands for in this run: resolved once, then pinned.

        Raises `CannotSee`: out of scope, or the name does not resolve. Every address that
        is given may be touched.
        """
        self._check_window(look, host)
        found = await self.stands_for(host, deadline)
        allowed = tuple(address for address in found if covers(self._authorisation, host, address))
        for address in self.left_out(host, found):
            self._note(look, host, address, "", "tcp", 0, "out of scope")
        if not allowed:
            raise CannotSee(Reason.OUT_OF_SCOPE, f"{host} ({found[0]}) is not covered by the authorisation")
        return allowed

    async def stands_for(self, host: str, deadline: Deadline) -> tuple[Address, ...]:
        """Give every address of `host`, touching none; they may be out of scope. Raises `CannotSee`."""
        if host not in self._pinned:
            self._pinned[host] = asyncio.create_task(_resolve(host))
        try:
            async with deadline.timeout():
                return await asyncio.shield(self._pinned[host])
        except TimeoutError:
            raise CannotSee(Reason.TIMED_OUT, f"the name {host} was not resolved in time") from None
        except OSError as error:
            detail = f"the name {host} does not resolve: {error.strerror or error}"
            raise CannotSee(Reason.UNREACHABLE, detail) from None

    def left_out(self, host: str, found: Iterable[Address] | None = None) -> tuple[Address, ...]:
        """Give the addresses `host` stands for that the authorisation does not cover, once it is resolved."""
        if found is None:
            pinned = self._pinned.get(host)
            found = pinned.result() if pinned is not None and pinned.done() else ()
        return tuple(address for address in found if not covers(self._authorisation, host, address))

    async def connect(
        self, look: Look, host: str, port: int, deadline: Deadline, only: Address | None = None
    ) -> Stream:
        """
        Open one TCP connection to the first address that answers, or to `only` this one.

        Raises `CannotSee`: out of scope, refused, unreachable or timed out.
        """
        refused: CannotSee | None = None
        for address in await self.addresses(look, host, deadline):
            if only not in {None, address}:
                continue
            try:
                return await self._connect(look, host, address, port, deadline)
            except CannotSee as blind:
                refused = blind
                if not deadline.left():
                    break
        raise refused or CannotSee(Reason.UNREACHABLE, f"{host} has no address")

    async def sweep(
        self,
        look: Look,
        host: str,
        ports: Sequence[int],
        deadline: Deadline,
        *,
        patience: float = 1.0,
        retries: int = 1,
        tallies: dict[Address, Tally] | None = None,
    ) -> dict[Address, Found]:
        """
        Try to connect to each of `ports` on every address of `host`, saying nothing to any.

        `patience` is in seconds, for each try; `retries` counts further tries of ports that
        kept silent. Gives, by address, which ports were open, closed and filtered; `tallies` gets what
        can tell, by address, what is settled where the sweep does not come to its end.
        Raises `CannotSee`: out of scope, does not resolve, or not finished within `deadline`.
        """
        told = {} if tallies is None else tallies
        return await self._at_each(
            look,
            host,
            deadline,
            lambda address: self._sweep(
                look, host, address, ports, (patience, retries), told.setdefault(address, Tally())
            ),
            f"the ports of {host} were not all tried in time",
        )

    async def ask(
        self,
        look: Look,
        host: str,
        question: datagram.Question,
        deadline: Deadline,
    ) -> dict[Address, datagram.Reply]:
        """
        Send one UDP datagram to every address of `host`, and give what each said to it.

        What keeps silent, refuses or cannot be sent to is a reply too. Raises `CannotSee`: out of
        scope, does not resolve, or not finished within `deadline`.
        """
        return await self._at_each(
            look,
            host,
            deadline,
            lambda address: self._ask(look, host, address, question),
            f"{host} was not asked on port {question.port}/udp to the end in time",
        )

    async def admit(
        self,
        look: Look,
        host: str,
        ports: Sequence[int],
        deadline: Deadline,
        *,
        program: str,
        protocol: str = "tcp",
        only: Address | None = None,
    ) -> tuple[Address, ...]:
        """
        Let a foreign program touch `ports` of `host`, and write that down: it does not pass the gate itself.

        Gives the literal addresses to hand to it, never a name, so that it goes where the gate
        would; `only` narrows them to one. Raises `CannotSee`: out of scope, or the name does
        not resolve.
        """
        found = await self.addresses(look, host, deadline)
        addresses = tuple(address for address in found if only is None or address == only)
        if not addresses:
            raise CannotSee(Reason.OUT_OF_SCOPE, f"{only} is not an address of {host}")
        for address in addresses:
            self._note(look, host, address, ranges(ports), protocol, len(ports), f"handed to {program}")
        return addresses

    async def close(self) -> None:
        """Stop whatever is still under way. Nothing can be sent afterwards."""
        for task in self._pinned.values():
            task.cancel()
        await asyncio.to_thread(self._sweeper.close)

    async def _at_each(
        self,
        look: Look,
        host: str,
        deadline: Deadline,
        work: Callable[[Address], Coroutine[None, None, R]],
        late: str,
    ) -> dict[Address, R]:
        """Do `work` with all addresses of `host` at the same time; `late` is said where time ran out."""
        addresses = await self.addresses(look, host, deadline)
        tasks = [asyncio.create_task(work(address)) for address in addresses]
        try:
            async with asyncio.timeout(min(deadline.left(), self.window_left())):
                found = await asyncio.gather(*tasks)
        except TimeoutError:
            self._check_window(look, host)
            raise CannotSee(Reason.TIMED_OUT, late) from None
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        return dict(zip(addresses, found, strict=True))

    async def _sweep(
        self,
        look: Look,
        host: str,
        address: Address,
        ports: Sequence[int],
        bounds: tuple[float, int],
        tally: Tally,
    ) -> Found:
        patience, retries = bounds
        outcome = "swept in part"
        try:
            found = await self._sweeper.sweep(
                address,
                ports,
                patience=patience,
                retries=retries,
                at_once=self._limits.sweep_at_once,
                per_second=self._limits.per_second,
                tally=tally,
            )
            outcome = "swept"
        finally:
            self._note(look, host, address, ranges(ports), "tcp", tally.tries, outcome)
        return found

    async def _ask(
        self,
        look: Look,
        host: str,
        address: Address,
        question: datagram.Question,
    ) -> datagram.Reply:
        sent = 0
        outcome = "given up"

        async def before() -> None:
            nonlocal sent
            await self._take_turn(address)
            self._check_window(look, host)
            sent += 1

        async with self._open[address]:
            try:
                reply = await datagram.ask(address, question, before)
                outcome = str(reply.came)
            except OSError as error:
                outcome = error.strerror or "unreachable"
                reply = datagram.Reply(came=datagram.Came.SILENT, sent=sent)
            finally:
                if sent:
                    self._note(look, host, address, str(question.port), "udp", sent, outcome)
        return reply

    async def _connect(
        self, look: Look, host: str, address: Address, port: int, deadline: Deadline
    ) -> Stream:
        slot = self._open[address]
        try:
            async with deadline.timeout():
                await slot.acquire()
        except TimeoutError:
            detail = f"{address} had no place left for another connection in time"
            raise CannotSee(Reason.TIMED_OUT, detail) from None
        outcome = "failed"
        try:
            await self._take_turn(address)
            self._check_window(look, host)
            async with deadline.timeout():
                reader, writer = await asyncio.open_connection(str(address), port, limit=2**16)
            outcome = "connected"
        except TimeoutError:
            outcome = "timed out"
            detail = f"no answer from {address} port {port} in time"
            raise CannotSee(Reason.TIMED_OUT, detail) from None
        except ConnectionRefusedError:
            outcome = "refused"
            raise CannotSee(Reason.REFUSED, f"{address} refuses connections to port {port}") from None
        except OSError as error:
            outcome = error.strerror or "unreachable"
            raise CannotSee(Reason.UNREACHABLE, f"{address} port {port}: {outcome}") from None
        finally:
            if outcome != "connected":
                slot.release()
            self._note(look, host, address, str(port), "tcp", 1, outcome)
        return Stream(reader, writer, deadline, address=address, on_close=slot.release)

    async def _take_turn(self, address: Address) -> None:
        clock = asyncio.get_running_loop().time
        start = max(clock(), self._next_start.get(address, 0.0))
        self._next_start[address] = start + 1 / self._limits.per_second
        if (wait := start - clock()) > 0:
            await asyncio.sleep(wait)

    def _check_window(self, look: Look, host: str) -> None:
        granted = self._authorisation
        if granted is None:
            raise CannotSee(
                Reason.OUT_OF_SCOPE, "there is no authorisation for active looking, so nothing was sent"
            )
        if not granted.valid_from <= self._now() <= granted.valid_until:
            detail = (
                f"the authorisation is valid from {granted.valid_from} until {granted.valid_until}, not now"
            )
            raise CannotSee(Reason.OUTSIDE_WINDOW, f"{detail}; nothing was sent to {host} for {look.id}")

    def window_left(self) -> float:
        """Say for how many seconds anything may still be sent; a program has to be ended by then."""
        granted = self._authorisation
        return 0.0 if granted is None else (granted.valid_until - self._now()).total_seconds()

    def _note(
        self,
        look: Look,
        host: str,
        address: Address,
        ports: str,
        protocol: str,
        connections: int,
        outcome: str,
    ) -> None:
        self._contacts.append(
            Contact(
                look=look.id,
                at=self._now(),
                host=host,
                address=str(address),
                ports=ports,
                protocol=protocol,
                connections=connections,
                outcome=outcome,
            )
        )
