"""The senders tell the truth: everything is answered, a wrong answer ends the run, and a stall of the server shows."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from benchmarks.rig.messages import Batch
from benchmarks.rig.senders import Senders, WrongAnswerError, content_length

REQUEST = b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi"
RIGHT = b'{"recorded":1,"duplicates":0,"unmatched":0}'


def answer(body: bytes, status: bytes = b"200 OK") -> bytes:
    return b"HTTP/1.1 " + status + b"\r\nContent-Length: " + str(len(body)).encode() + b"\r\n\r\n" + body


@contextmanager
def server(reply: Callable[[int], list[bytes]]) -> Iterator[int]:
    """Answers the n-th request of its one connection with these parts; gives its port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                for number in range(1_000_000):
                    received = b""
                    while len(received) < len(REQUEST):
                        part = connection.recv(len(REQUEST) - len(received))
                        if not part:
                            return
                        received += part
                    for part in reply(number):
                        connection.sendall(part)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1]


def test_every_request_is_answered_and_those_of_the_warming_up_are_left_out() -> None:
    def reply(number: int) -> list[bytes]:
        if number == 0:
            time.sleep(0.05)
        return [answer(RIGHT)]

    with server(reply) as port:
        senders = Senders(port, connections=1)
        outcome = senders.send(Batch([REQUEST] * 20, 1), seconds=30, warm_up_s=0.01)
        senders.close()
    assert outcome.answered == 20
    assert 1 <= outcome.window_answered <= 20
    assert outcome.per_second == pytest.approx(outcome.window_answered / outcome.window_s)


def test_an_answer_may_come_in_pieces() -> None:
    whole = answer(RIGHT)
    with server(lambda _number: [whole[:7], whole[7:40], whole[40:]]) as port:
        senders = Senders(port, connections=1)
        outcome = senders.send(Batch([REQUEST] * 5, 1), seconds=30, warm_up_s=0)
        senders.close()
    assert outcome.answered == 5


@pytest.mark.parametrize(
    "wrong",
    [
        answer(b'{"recorded":0,"duplicates":1,"unmatched":0}'),
        answer(RIGHT, b"503 Service Unavailable"),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    ],
    ids=["a duplicate", "a refusal", "no length"],
)
def test_a_wrong_answer_ends_the_run(wrong: bytes) -> None:
    with server(lambda _number: [wrong]) as port:
        senders = Senders(port, connections=1)
        with pytest.raises(WrongAnswerError):
            senders.send(Batch([REQUEST], 1), seconds=30, warm_up_s=0)
        senders.close()


def test_at_a_constant_rate_a_stall_of_the_server_counts_for_all_that_were_due_meanwhile() -> None:
    def reply(number: int) -> list[bytes]:
        if number == 0:
            time.sleep(0.3)
        return [answer(RIGHT)]

    with server(reply) as port:
        senders = Senders(port, connections=1)
        outcome = senders.send(Batch([REQUEST] * 100, 1), seconds=0.5, warm_up_s=0, rate=100)
        senders.close()
    assert outcome.answered == 50
    # A closed loop would have seen one slow answer; here a good half of all were due while the server slept.
    assert sum(latency > 0.05 for latency in outcome.latencies_s) >= 20


def test_the_length_is_found_however_it_is_written() -> None:
    assert content_length(b"HTTP/1.1 200 OK\r\nCONTENT-length:  43\r\nX: y") == 43
