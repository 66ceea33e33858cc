"""The parts that announce payments; see `core.container`."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from payments.container import PaymentsContainer
from payments.live.hub import Hub

#: Something is said this often, so that a dead connection is noticed and its place given up.
HEARTBEAT_S = 15.0
#: After this long the stream ends, and the client comes back by itself.
STREAM_FOR_S = 600.0


@dataclass
class Bounds:
    """What bounds the open streams of this process: their number, and each one's times in seconds."""

    limit: int
    heartbeat_s: float = HEARTBEAT_S
    stream_for_s: float = STREAM_FOR_S
    places: threading.BoundedSemaphore = field(init=False)

    def __post_init__(self) -> None:
        self.places = threading.BoundedSemaphore(self.limit)


@dataclass(kw_only=True)
class LiveContainer(PaymentsContainer):
    """The parts of the rooms and floors below and this room's."""

    hub: Hub
    streams: Bounds
