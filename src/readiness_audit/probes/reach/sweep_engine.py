"""
The loop behind every sweep: one thread, one epoll, thousands of unanswered connections.

The cost of a port is four calls to the kernel (socket, connect, ask again, close) where the
other side answers quickly, and one entry in a queue where it does not.
"""

from __future__ import annotations

import errno
import math
import os
import resource
import select
import socket
import struct
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from readiness_audit.model.evidence import Reason
from readiness_audit.model.grammar import Address
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.pacing import Pacing

SLICE = 32
"""Ports of one host that are tried before the next host has its turn."""

MOST_IN_FLIGHT = 16_384
SPARE_HANDLES = 256
"""File handles that are left to the rest of the program."""

PAUSE = 0.05
"""Seconds to wait when this machine itself cannot open a connection."""

MOST_PAUSES = 40
"""Pauses in a row after which a sweep gives up: about two seconds without any progress."""

_NON_BLOCKING = socket.SOCK_STREAM | socket.SOCK_NONBLOCK
_HANG_UP_AT_ONCE = struct.pack("ii", 1, 0)
_STOOD = frozenset({0, errno.EISCONN, errno.ECONNRESET, errno.EPIPE})
"""The connection was there, even where the other side took it back at once."""

_OUR_OWN = frozenset({errno.EADDRNOTAVAIL, errno.EADDRINUSE, errno.EAGAIN, errno.ENOBUFS, errno.ENOMEM})
"""Errors of this machine, which say nothing about the other one."""

_NO_WAY = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EHOSTDOWN, errno.ETIMEDOUT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What became of each port that was tried on one address."""

    open: tuple[int, ...]
    closed: tuple[int, ...]
    filtered: tuple[int, ...]
    """No answer within patience, all tries; or an ICMP error in place of one."""

    tries: int


@dataclass(slots=True)
class Tally:
    """Counts connections as they are made, so that an unfinished sweep is accounted for too."""

    tries: int = 0
    job: Job | None = None
    """Filled in when the sweep begins."""

    def so_far(self) -> Found:
        """Give what is settled by now; safe from another thread, as each list is only ever added to."""
        return Found(open=(), closed=(), filtered=(), tries=0) if self.job is None else self.job.settled()


@dataclass(eq=False, slots=True, kw_only=True)
class Job:
    """One address with the ports to try on it."""

    address: Address
    queue: deque[int]
    patience: float
    rounds_left: int
    pacing: Pacing
    tally: Tally
    deliver: Callable[[Found | CannotSee], None]
    waiting: deque[_Try] = field(default_factory=deque)
    """Oldest first, and so in the order in which patience ends; may hold settled tries."""

    pending: int = 0
    pauses: int = 0
    trouble: int = 0
    """What this machine said last when it could not open a connection."""

    not_before: float = 0.0
    open: list[int] = field(default_factory=list)
    closed: list[int] = field(default_factory=list)
    silent: list[int] = field(default_factory=list)

    def settled(self) -> Found:
        """Sum up what nothing will change any more: silence counts once it was asked for the last time."""
        last = self.rounds_left == 0
        return Found(
            open=tuple(sorted(self.open)),
            closed=tuple(sorted(self.closed)),
            filtered=tuple(sorted(self.silent)) if last else (),
            tries=self.tally.tries,
        )

    def found(self) -> Found:
        """Sum up."""
        return Found(
            open=tuple(sorted(self.open)),
            closed=tuple(sorted(self.closed)),
            filtered=tuple(sorted(self.silent)),
            tries=self.tally.tries,
        )


@dataclass(eq=False, slots=True)
class _Try:
    """One connection that has not been answered yet."""

    job: Job
    sock: socket.SocketType | None
    """None once it is settled."""

    port: int
    until: float


class Engine:
    """The loop. Everything but `order` and `pacing` happens in its own thread."""

    def __init__(self) -> None:
        self._most = handles_to_use()
        self._room = self._most
        self._orders: deque[Callable[[], None]] = deque()
        self._pacings: dict[Address, Pacing] = {}
        self._jobs: deque[Job] = deque()
        self._tries: dict[int, _Try] = {}
        self._stopping = False
        self._epoll = select.epoll()
        self._bell = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._epoll.register(self._bell, select.EPOLLIN)

    def pacing(self, address: Address, at_once: int, per_second: float) -> Pacing:
        """Give the one pacing of an address; its first limits hold."""
        return self._pacings.setdefault(address, Pacing(at_once, per_second))

    def order(self, what: Callable[[], None]) -> None:
        """Have `what` done in the loop's own thread, soon."""
        self._orders.append(what)
        os.eventfd_write(self._bell, 1)

    def release(self) -> None:
        """Give the loop's own handles back."""
        # Only after the thread's end: a closed handle's number may soon be another file's.
        self._epoll.close()
        os.close(self._bell)

    def run(self) -> None:
        """Go round until told to stop. Whoever still waits then is told so."""
        try:
            while not self._stopping:
                self._hear(self._start_more())
                now = time.monotonic()
                for job in tuple(self._jobs):
                    self._review(job, now)
        finally:
            self._stopping = True
            for job in tuple(self._jobs):
                self._end(job, CannotSee(Reason.INTERRUPTED, "the ports were not all tried: the audit ended"))

    def stop(self) -> None:
        """End the loop."""
        self._stopping = True

    def add(self, job: Job) -> None:
        """Begin a sweep."""
        self._jobs.append(job)

    def drop(self, job: Job) -> None:
        """End a sweep nobody waits for any more, and hang up its connections."""
        if job in self._jobs:
            self._end(job, None)

    def _end(self, job: Job, answer: Found | CannotSee | None) -> None:
        self._jobs.remove(job)
        for one in job.waiting:
            if one.sock is not None:
                self._forget(one, one.sock).close()
        if answer is not None:
            job.deliver(answer)

    def _start_more(self) -> float:
        """Give every host its turn; say when, on the monotonic clock, there is something to do again."""
        wake = math.inf
        for job in tuple(self._jobs):
            now = time.monotonic()
            wake = min(wake, self._start_some(job, now))
            if job.waiting:
                wake = min(wake, job.waiting[0].until)
        self._jobs.rotate(-1)
        return wake

    def _start_some(self, job: Job, now: float) -> float:
        if not job.queue:
            return math.inf if job.pending else now
        if now < job.not_before:
            return job.not_before
        count = min(SLICE, len(job.queue), job.pacing.room(now), self._room - len(self._tries))
        if count <= 0:
            return job.pacing.next_credit(now)
        self._start(job, count)
        return now

    def _start(self, job: Job, count: int) -> None:
        host, take = str(job.address), job.queue.popleft
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        begun: list[tuple[socket.SocketType, int]] = []
        job.pacing.spend(count)
        for _ in range(count):
            port = take()
            try:
                sock = socket.SocketType(family, _NON_BLOCKING)
            except OSError as error:
                if error.errno == errno.EMFILE:
                    self._room = max(SLICE, len(self._tries))
                self._pause(job, port, error.errno or 0)
                break
            job.tally.tries += 1
            code = sock.connect_ex((host, port))
            if code == errno.EINPROGRESS:
                begun.append((sock, port))
            else:
                self._take_answer(job, sock, port, code, at_once=True)
        if begun:
            job.pauses = 0
            self._room = min(self._most, self._room + len(begun))
        # By now most of those that answer at all have: asking once more costs a third of epoll's three calls.
        until = time.monotonic() + job.patience
        for sock, port in begun:
            code = sock.connect_ex((host, port))
            if code == errno.EALREADY:
                self._wait_for(_Try(job, sock, port, until), sock)
            else:
                self._take_answer(job, sock, port, code)

    def _wait_for(self, one: _Try, sock: socket.SocketType) -> None:
        handle = sock.fileno()
        self._tries[handle] = one
        one.job.waiting.append(one)
        one.job.pending += 1
        one.job.pacing.in_flight += 1
        self._epoll.register(handle, select.EPOLLOUT)

    def _forget(self, one: _Try, sock: socket.SocketType) -> socket.SocketType:
        del self._tries[sock.fileno()]
        one.sock = None
        one.job.pending -= 1
        one.job.pacing.in_flight -= 1
        return sock

    def _hear(self, wake: float) -> None:
        timeout = None if wake == math.inf else max(0.0, wake - time.monotonic())
        for handle, _ in self._epoll.poll(timeout, 1024):
            if handle == self._bell:
                os.eventfd_read(self._bell)
                while self._orders:
                    self._orders.popleft()()
                continue
            one = self._tries.get(handle)
            if one is not None and one.sock is not None:
                code = one.sock.connect_ex((str(one.job.address), one.port))
                if code != errno.EALREADY:
                    self._take_answer(one.job, self._forget(one, one.sock), one.port, code)

    def _take_answer(
        self, job: Job, sock: socket.SocketType, port: int, code: int, *, at_once: bool = False
    ) -> None:
        if code == errno.ECONNREFUSED:
            job.closed.append(port)
        elif code in _STOOD:
            # Towards this machine itself, a try may be given the very port it tries, and meet itself.
            is_itself = code == 0 and sock.getsockname()[1] == port and _meets_itself(sock)
            (job.closed if is_itself else job.open).append(port)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _HANG_UP_AT_ONCE)
        elif code in _OUR_OWN or (at_once and code not in _NO_WAY):
            self._pause(job, port, code)
        else:
            job.silent.append(port)
        sock.close()

    def _pause(self, job: Job, port: int, code: int) -> None:
        job.queue.append(port)
        job.trouble = code
        if (now := time.monotonic()) >= job.not_before:
            job.pauses += 1
            job.not_before = now + PAUSE

    def _review(self, job: Job, now: float) -> None:
        waiting = job.waiting
        while waiting and (waiting[0].sock is None or waiting[0].until <= now):
            one = waiting.popleft()
            if one.sock is not None:
                self._forget(one, one.sock).close()
                job.silent.append(one.port)
        if job.pauses > MOST_PAUSES:
            detail = f"this machine cannot open connections to {job.address}: {os.strerror(job.trouble)}"
            self._end(job, CannotSee(Reason.TOOL_FAILED, detail))
        elif job.queue or job.pending:
            return
        elif job.silent and job.rounds_left > 0:
            job.queue.extend(job.silent)
            job.silent.clear()
            # Last, since whoever sums up in between takes the silence of the last round for settled.
            job.rounds_left -= 1
        else:
            self._end(job, job.found())


def _meets_itself(sock: socket.SocketType) -> bool:
    try:
        return bool(sock.getsockname() == sock.getpeername())
    except OSError:
        return False


def handles_to_use() -> int:
    """Ask the system for as many file handles as a sweep can use; give how many it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_IN_FLIGHT + SPARE_HANDLES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return MOST_IN_FLIGHT
    return max(soft - SPARE_HANDLES, soft // 2)
