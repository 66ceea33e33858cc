"""An application for banks alone: it takes notifications without a thread for each, and knows no pages.

What waits for the recorder here is a future of the loop, so thousands of notifications may be under way; and all
answers of a group reach the loop at one wake. As in `payments.notifications.middleware`, success alone is answered
here: what went wrong is answered by the application's view, called as any WSGI application is.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final, TypeAlias

import orjson
from flask import Flask
from werkzeug.test import EnvironBuilder, run_wsgi_app

from payments.gateways.errors import NotDurable, TooLarge, UnknownGateway
from payments.gateways.port import Gateway, Recorded
from payments.notifications.middleware import BODY, BODY_MAX_BYTES, FAILURE, NOTIFICATIONS, read, success_headers
from payments.recording.ingest import Submission
from payments.recording.recorder import ANSWER_WITHIN_S, Recorder

#: As the ASGI specification has them.
Scope: TypeAlias = MutableMapping[str, Any]
Event: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Event]]
Send: TypeAlias = Callable[[Event], Awaitable[None]]

#: What else is answered, besides notifications; everything else is asked for under a path that nobody has.
HEALTH: Final = frozenset({"/healthz", "/readyz"})
NOWHERE: Final = "/gateways/"


class NotificationsAsgi:
    """An ASGI application before the whole one."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._answers: _Answers | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a bank, or whoever asks whether we are well."""
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = NOTIFICATIONS.fullmatch(scope["path"])
        if found is None or scope["method"] != "POST":
            known = found is not None or scope["path"] in HEALTH
            await self._hand_over(scope, {} if known else {"PATH_INFO": NOWHERE}, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        body = b""
        try:
            body = await _body(receive)
            answer = await self._take(found[1], headers, body)
        except _GoneError:
            return
        except Exception as error:  # noqa: BLE001 - the view raises it again, where it is answered
            await self._hand_over(scope, {FAILURE: error, BODY: body}, send)
            return
        content = orjson.dumps(answer)
        await _send(send, 200, success_headers(content, headers.get("x-request-id", "")), content)

    async def _take(self, name: str, headers: dict[str, str], body: bytes) -> dict[str, Any]:
        bank: Gateway | None = self._app.extensions["gateways"].get(name)
        if bank is None:
            raise UnknownGateway
        submission = read(name, bank, headers, body)
        if self._answers is None:
            self._answers = _Answers(self._app.extensions["recorder"])
        return bank.acknowledge(await self._answers.of(submission))

    async def _hand_over(self, scope: Scope, with_: dict[str, Any], send: Send) -> None:
        status, headers, content = await asyncio.to_thread(self._ask, scope, with_)
        await _send(send, status, headers, content)

    def _ask(self, scope: Scope, with_: dict[str, Any]) -> tuple[int, list[tuple[str, str]], bytes]:
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
        client = scope.get("client")
        given = with_ | ({"REMOTE_ADDR": client[0]} if client else {})
        builder = EnvironBuilder(scope["path"], method=scope["method"], headers=headers, environ_overrides=given)
        chunks, status, answered = run_wsgi_app(self._app, builder.get_environ(), buffered=True)
        return int(status.split(" ", 1)[0]), list(answered), b"".join(chunks)


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


async def _body(receive: Receive) -> bytes:
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


async def _send(send: Send, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
    coded = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    await send({"type": "http.response.start", "status": status, "headers": coded, "trailers": False})
    await send({"type": "http.response.body", "body": content, "more_body": False})


async def _live(receive: Receive, send: Send) -> None:
    """There is nothing to prepare, and nothing to end: what was not answered will be sent again."""
    while True:
        event = await receive()
        if event["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        elif event["type"] == "lifespan.shutdown":
            await send({"type": "lifespan.shutdown.complete"})
            return
