"""Senders: many connections that stay open, one process, one loop over epoll, prepared bytes.

Of an answer the status line and the length are read, and its body is compared with what it must be. Two ways to send:
each connection at once again when it was answered (a closed loop, which finds the highest rate), or at a constant rate
whatever the server does (an open loop, in which an answer's time counts from when its request was due, so that a server
that stalls cannot hide it by being asked less).
"""

from __future__ import annotations

import select
import socket
import statistics
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field

import orjson

from benchmarks.rig.messages import HOST, Batch

CONNECTIONS = 64
RECEIVED_AT_ONCE = 65_536
#: How long after the last request answers may take, in seconds.
DRAINED_WITHIN_S = 30.0
LONGEST_WAIT_S = 0.5
OK = b"HTTP/1.1 200 "
HEAD_END = b"\r\n\r\n"
LENGTH = b"content-length:"


class WrongAnswerError(AssertionError):
    """An answer that is not the one that was to come: nothing measured with it counts."""


@dataclass(slots=True)
class Outcome:
    """What came of a run. The window is what lies between warming up and the end."""

    credits_each: int
    #: All requests that were answered as they had to be, in the window or not.
    answered: int = 0
    window_answered: int = 0
    window_s: float = 0.0
    #: Processor time of this process during the window.
    window_cpu_s: float = 0.0
    #: Of the answers in the window, from when each was due.
    latencies_s: list[float] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        """Credits answered a second of the window."""
        return self.window_answered * self.credits_each / self.window_s

    @property
    def cpu_share(self) -> float:
        """How much of one core the senders used."""
        return self.window_cpu_s / self.window_s

    def percentile_s(self, percent: int) -> float:
        """The latency that so many of a hundred answers stayed within."""
        return statistics.quantiles(self.latencies_s, n=100, method="inclusive")[percent - 1]


@dataclass(slots=True)
class _Line:
    socket: socket.socket
    due: float = 0.0
    unsent: memoryview = field(default_factory=lambda: memoryview(b""))
    #: Whether the rest waits for room in the socket.
    blocked: bool = False
    received: bytes = b""


class Senders:
    """Connections to one server. To be closed."""

    def __init__(self, port: int, connections: int = CONNECTIONS) -> None:
        self._poll = select.epoll()
        self._lines: dict[int, _Line] = {}
        for _ in range(connections):
            connection = socket.create_connection((HOST, port), timeout=DRAINED_WITHIN_S)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.settimeout(0)
            self._lines[connection.fileno()] = _Line(connection)
            self._poll.register(connection, select.EPOLLIN)

    def close(self) -> None:
        """Close the connections."""
        for line in self._lines.values():
            line.socket.close()
        self._poll.close()

    def send(self, batch: Batch, *, seconds: float, warm_up_s: float, rate: float | None = None) -> Outcome:
        """Send for so long, or until the requests are used up, and wait for every answer.

        `rate` is in requests a second; None sends as fast as answers come. Raises `WrongAnswerError`.
        """
        run = _Run(self._poll, self._lines, batch)
        limit = len(batch.requests) if rate is None else min(len(batch.requests), int(rate * (warm_up_s + seconds)))
        return run.drive(limit, seconds, warm_up_s, rate)


class _Run:
    def __init__(self, poll: select.epoll, lines: dict[int, _Line], batch: Batch) -> None:
        self._poll, self._lines = poll, lines
        self._requests = batch.requests
        self._answer = batch.answer
        self._answer_bytes = b""
        self._idle = deque(lines.values())
        self._sent = 0
        self._outcome = Outcome(batch.credits_each)
        self._arrived: list[tuple[float, float]] = []

    def drive(self, limit: int, seconds: float, warm_up_s: float, rate: float | None) -> Outcome:
        began = time.perf_counter()
        opens, closes = began + warm_up_s, began + warm_up_s + seconds
        cpu_at_opening: float | None = None
        cpu_at_closing: float | None = None
        while True:
            now = time.perf_counter()
            if cpu_at_opening is None and now >= opens:
                cpu_at_opening, opens = time.process_time(), now
            # An open loop sends what was due before the end, however late.
            if self._sent < limit and (rate is not None or now < closes):
                wait_s = self._send_due(began, now, limit, rate)
            else:
                if cpu_at_closing is None:
                    cpu_at_closing, closes = time.process_time(), now
                if len(self._idle) == len(self._lines):
                    break
                if now > closes + DRAINED_WITHIN_S:
                    raise WrongAnswerError(f"{len(self._lines) - len(self._idle)} requests were not answered")
                wait_s = LONGEST_WAIT_S
            for number, events in self._poll.poll(wait_s):
                self._serve(self._lines[number], events)
        if cpu_at_opening is None:
            raise WrongAnswerError("the requests were used up before the warming up was over")
        return self._summed_up(opens, closes, cpu_at_closing - cpu_at_opening)

    def _send_due(self, began: float, now: float, limit: int, rate: float | None) -> float:
        """Send what is due on lines that are free; gives how long nothing more will be due."""
        while self._idle and self._sent < limit:
            due = now if rate is None else began + self._sent / rate
            if due > now:
                return min(due - now, LONGEST_WAIT_S)
            line = self._idle.popleft()
            line.due, line.received = due, b""
            line.unsent = memoryview(self._requests[self._sent])
            self._sent += 1
            self._push(line)
        return LONGEST_WAIT_S

    def _push(self, line: _Line) -> None:
        with suppress(BlockingIOError):
            line.unsent = line.unsent[line.socket.send(line.unsent) :]
        if bool(line.unsent) != line.blocked:
            line.blocked = not line.blocked
            self._poll.modify(line.socket, select.EPOLLIN | (select.EPOLLOUT if line.blocked else 0))

    def _serve(self, line: _Line, events: int) -> None:
        if events & select.EPOLLOUT and line.unsent:
            self._push(line)
        if not events & ~select.EPOLLOUT:
            return
        part = line.socket.recv(RECEIVED_AT_ONCE)
        if not part:
            raise WrongAnswerError("the server closed a connection")
        line.received += part
        head_end = line.received.find(HEAD_END)
        if head_end < 0:
            return
        body_from = head_end + len(HEAD_END)
        if len(line.received) < body_from + content_length(line.received[:head_end]):
            return
        self._check(line.received, body_from)
        self._arrived.append((line.due, time.perf_counter()))
        self._idle.append(line)

    def _check(self, received: bytes, body_from: int) -> None:
        body = received[body_from:]
        if received.startswith(OK) and body == self._answer_bytes:
            return
        if not received.startswith(OK) or orjson.loads(body) != self._answer:
            raise WrongAnswerError(f"expected 200 {self._answer}, got {received[:40]!r} … {body[:400]!r}")
        self._answer_bytes = body

    def _summed_up(self, opens: float, closes: float, cpu_s: float) -> Outcome:
        outcome = self._outcome
        outcome.answered = len(self._arrived)
        outcome.latencies_s = [arrived - due for due, arrived in self._arrived if opens <= arrived <= closes]
        outcome.window_answered = len(outcome.latencies_s)
        outcome.window_s, outcome.window_cpu_s = closes - opens, cpu_s
        return outcome


def content_length(head: bytes) -> int:
    """The length that an answer's head gives. Raises `WrongAnswerError` when it gives none."""
    for line in head.split(b"\r\n"):
        if line[: len(LENGTH)].lower() == LENGTH:
            return int(line[len(LENGTH) :])
    raise WrongAnswerError(f"an answer without a length: {head[:200]!r}")
