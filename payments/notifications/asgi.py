"""The door for ASGI: an application for banks alone, without a thread for each message and without pages.

What waits for the recorder here is a future of the loop, so thousands of notifications may be under way; and all
answers of a group reach the loop at one wake. What blocks (a refusal, a question after our health) goes to a thread.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from flask import Flask
from werkzeug.test import EnvironBuilder, run_wsgi_app

from payments.gateways.errors import NotDurable, TooLarge
from payments.gateways.port import Recorded
from payments.notifications.judging import BODY_MAX_BYTES, Answer, Judge, addressed_gateway
from payments.recording.ingest import Submission
from payments.recording.recorder import ANSWER_WITHIN_S, Recorder

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

#: As the ASGI specification has them.
Scope: TypeAlias = MutableMapping[str, Any]
Event: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Event]]
Send: TypeAlias = Callable[[Event], Awaitable[None]]

#: What else is answered, besides what `/gateways/` holds; everything else is asked for under a path that nobody has.
HEALTH: Final = frozenset({"/healthz", "/readyz"})
GATEWAYS: Final = "/gateways/"


class NotificationsAsgi:
    """An ASGI application before the whole one."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._judge = Judge(app)
        self._answers: _Answers | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a bank, or whoever asks whether we are well."""
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "http":
            name = addressed_gateway(scope["method"], scope["path"])
            if name is None:
                await _send(send, await asyncio.to_thread(self._ask_application, scope))
                return
            try:
                answer = await self._answer(name, scope, receive)
            except _GoneError:
                return
            await _send(send, answer)

    async def _answer(self, name: str, scope: Scope, receive: Receive) -> Answer:
        """Raises `_GoneError`."""
        judge, body = self._judge, b""
        try:
            gateway = judge.find_gateway(name)
            body = await _read_body(receive)
            headers = dict(_headers(scope))
            recorded = await self._record(judge.read(gateway, headers, body))
            return judge.acknowledge(gateway, recorded, headers.get("x-request-id", ""))
        except _GoneError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the sender hears of it in the one shape
            return await asyncio.to_thread(judge.refuse, name, _environ(scope), body, error)

    async def _record(self, submission: Submission) -> Recorded:
        if self._answers is None:
            self._answers = _Answers(self._judge.recorder)
        return await self._answers.of(submission)

    def _ask_application(self, scope: Scope) -> Answer:
        known = scope["path"] in HEALTH or scope["path"].startswith(GATEWAYS)
        environ = _environ(scope) if known else _environ(scope) | {"PATH_INFO": GATEWAYS}
        chunks, status, headers = run_wsgi_app(self._app, environ, buffered=True)
        return Answer(status, list(headers), b"".join(chunks))


class _GoneError(Exception):
    """The sender hung up before its message was whole."""


class _Answers:
    """Brings what the recorder answers to the loop, all of a group at one wake."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._loop = asyncio.get_running_loop()
        self._answered: deque[tuple[asyncio.Future[Recorded], Recorded | NotDurable]] = deque()
        self._woken = False

    async def of(self, submission: Submission) -> Recorded:
        """Have it recorded. Raises `NotDurable` when that could not be had in time."""
        future: asyncio.Future[Recorded] = self._loop.create_future()
        self._recorder.hand_over(_Expected(submission, future, self))
        too_late = self._loop.call_later(ANSWER_WITHIN_S, _give_up, future)
        try:
            return await future
        finally:
            too_late.cancel()

    def bring(self, future: asyncio.Future[Recorded], answer: Recorded | NotDurable) -> None:
        """On a writer's thread: take an answer along."""
        self._answered.append((future, answer))
        if not self._woken:
            self._woken = True
            self._loop.call_soon_threadsafe(self._deliver)

    def _deliver(self) -> None:
        # Before the first is taken: whatever is appended from now on wakes the loop again.
        self._woken = False
        while self._answered:
            future, answer = self._answered.popleft()
            if future.done():
                continue
            if isinstance(answer, NotDurable):
                future.set_exception(answer)
            else:
                future.set_result(answer)


def _give_up(future: asyncio.Future[Recorded]) -> None:
    if not future.done():
        future.set_exception(NotDurable())


class _Expected:
    """A submission whose answer a future waits for."""

    __slots__ = ("_answers", "_future", "submission")

    def __init__(self, submission: Submission, future: asyncio.Future[Recorded], answers: _Answers) -> None:
        self.submission = submission
        self._future = future
        self._answers = answers

    def answer(self, answer: Recorded | NotDurable) -> None:
        """See `payments.recording.recorder.Waiting`."""
        self._answers.bring(self._future, answer)


async def _read_body(receive: Receive) -> bytes:
    """All of it. Raises `TooLarge`, or `_GoneError`."""
    body = bytearray()
    while True:
        event = await receive()
        if event["type"] != "http.request":
            raise _GoneError
        body += event.get("body", b"")
        if len(body) > BODY_MAX_BYTES:
            raise TooLarge
        if not event.get("more_body", False):
            return bytes(body)


def _headers(scope: Scope) -> list[tuple[str, str]]:
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]


def _environ(scope: Scope) -> WSGIEnvironment:
    """The request as WSGI has it, without its body."""
    # The builder would read a path as an address and decode it once more: "//" begins a host, "?" ends the path.
    given = {
        "PATH_INFO": scope["path"].encode().decode("latin-1"),
        "QUERY_STRING": scope.get("query_string", b"").decode("latin-1"),
    }
    if client := scope.get("client"):
        given["REMOTE_ADDR"] = client[0]
    return EnvironBuilder(method=scope["method"], headers=_headers(scope), environ_overrides=given).get_environ()


async def _send(send: Send, answer: Answer) -> None:
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
    status = int(answer.status.split(" ", 1)[0])
    await send({"type": "http.response.start", "status": status, "headers": headers, "trailers": False})
    await send({"type": "http.response.body", "body": answer.body, "more_body": False})


async def _live(receive: Receive, send: Send) -> None:
    """There is nothing to begin or to end: what was not answered will be sent again."""
    while True:
        event = await receive()
        if event["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        elif event["type"] == "lifespan.shutdown":
            await send({"type": "lifespan.shutdown.complete"})
            return
