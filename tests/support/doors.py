"""The doors through which messages of gateways come, each asked as a server asks it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Protocol

import httpx
from flask import Flask

from payments.notifications.asgi import NotificationsAsgi
from tests.support.money import signed

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

URL = "/gateways/simbank/notifications"
BASE = "http://banks.example"


class Door(Protocol):
    """One door of an application."""

    def ask(self, method: str, path: str, content: bytes | list[bytes], headers: dict[str, str]) -> httpx.Response:
        """What is answered. A list is sent in pieces, without its length."""

    def send(self, body: bytes, headers: dict[str, str] | None = None, path: str = URL) -> httpx.Response:
        """What is answered to a message, by default one with a proof that holds."""
        return self.ask("POST", path, body, signed(body) if headers is None else headers)


class WsgiDoor(Door):
    """Before Flask, where pages are served as well."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def ask(self, method: str, path: str, content: bytes | list[bytes], headers: dict[str, str]) -> httpx.Response:
        """See `Door`."""
        with httpx.Client(transport=httpx.WSGITransport(self._serve), base_url=BASE) as client:
            return client.request(method, path, content=content, headers=headers)

    def _serve(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        # As a server gives what comes in pieces; it knows where they end.
        return self._app(environ | {"wsgi.input_terminated": True}, start_response)


class AsgiDoor(Door):
    """The application for banks alone."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def ask(self, method: str, path: str, content: bytes | list[bytes], headers: dict[str, str]) -> httpx.Response:
        """See `Door`."""

        async def asking() -> httpx.Response:
            transport = httpx.ASGITransport(app=NotificationsAsgi(self._app))  # type: ignore[arg-type]
            async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
                given: Any = content if isinstance(content, bytes) else _pieces(content)
                return await client.request(method, path, content=given, headers=headers)

        return asyncio.run(asking())


async def _pieces(content: list[bytes]) -> Any:
    for piece in content:
        yield piece


DOORS = {"wsgi": WsgiDoor, "asgi": AsgiDoor}
