"""A real server on a port of its own, and clients that listen to its streams."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Self

import orjson
from flask import Flask
from werkzeug.serving import make_server

PATIENCE_S = 20.0


@contextmanager
def serving(app: Flask, port: int = 0) -> Iterator[int]:
    """The application on a port of this machine, by default a free one, a thread for each request; gives the port."""
    server = make_server("127.0.0.1", port, app, threaded=True)
    server.daemon_threads = True  # type: ignore[attr-defined]
    # Streams may still be open at the end; they must not hold it up.
    server.block_on_close = False  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


@dataclass(frozen=True, slots=True)
class Heard:
    """One server-sent event with data."""

    name: str
    id: str | None
    data: Any


@dataclass
class Ear:
    """A client of one stream. `last_id` is what a browser would send when it comes back."""

    port: int
    path: str
    headers: dict[str, str]
    last_id: str | None = None
    status: int = 0
    answer_headers: dict[str, str] = field(default_factory=dict)
    comments: int = 0

    def __enter__(self) -> Self:
        self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        resume = {"Last-Event-ID": self.last_id} if self.last_id is not None else {}
        self._connection.request("GET", self.path, headers=self.headers | resume)
        self._response = self._connection.getresponse()
        self.status = self._response.status
        self.answer_headers = {name.lower(): value for name, value in self._response.getheaders()}
        if self.status == http.HTTPStatus.OK:
            # The greeting: from here on the server knows that we listen.
            while (line := self._response.readline()).strip():
                self._read(line)
        return self

    def __exit__(self, *_error: object) -> None:
        self._response.close()
        self._connection.close()

    def body(self) -> Any:
        """What an answer that is no stream says."""
        return orjson.loads(self._response.read())

    def events(self) -> Iterator[Heard]:
        """Events as they come, as the standard reads them: an id without data is kept, and is no event."""
        read: dict[str, str] = {}
        while line := self._response.readline():
            if line.strip():
                name, value = self._read(line)
                read[name] = read.get(name, "") + value
            elif "data" in read:
                yield Heard(read.get("event", "message"), self.last_id, orjson.loads(read["data"]))
                read = {}

    def _read(self, line: bytes) -> tuple[str, str]:
        name, _, value = line.decode().rstrip("\n").partition(":")
        value = value.removeprefix(" ")
        if name == "id":
            self.last_id = value
        self.comments += not name
        return name, value

    def hear(self, count: int) -> list[Heard]:
        """The next events, so many."""
        events = self.events()
        return [next(events) for _ in range(count)]


def eventually(happens: Callable[[], object], *, within_s: float = PATIENCE_S) -> None:
    """Wait until something holds."""
    until = time.monotonic() + within_s
    while not happens():
        assert time.monotonic() < until, "it never came to that"
        time.sleep(0.02)
