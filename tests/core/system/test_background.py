"""What the operator's page says of work in the background."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from core import clock
from core.database import database
from core.jobs import limits, services
from core.jobs.services import enqueue
from tests.support.cast import Cast
from tests.support.jobs import work

SEEN = "Tiến trình nền thấy lần cuối"
OPEN = "Việc nền đang chờ"
AGAIN = "Việc nền đang thử lại"
GIVEN_UP = "Việc nền đã bỏ"


@pytest.fixture
def told(client: FlaskClient, cast: Cast):
    def tell(term: str) -> str:
        page = unescape(cast.operator.sign_in(client).get("/system").text)
        return page.partition(f"<dt>{term}</dt>")[2].partition("</dd>")[0]

    return tell


def text(fact: str) -> str:
    return re.sub(r"<[^>]+>", "", fact).strip()


def broken(app: Flask) -> None:
    """A refund's poll without its refund."""
    with database().writing() as session:
        enqueue(session, "refunds.poll", {"refund_id": 999})
    work(app)


def test_no_worker_is_trouble(told) -> None:
    assert "status-trouble" in told(SEEN)
    assert "scripts/work" in told(SEEN)


def test_one_that_was_seen_just_now_is_good(told) -> None:
    services.note_worker("one", clock.now(), ())
    assert "status-good" in told(SEEN)


@pytest.mark.parametrize("stopped", [False, True])
def test_one_that_is_silent_or_was_stopped_a_while_ago_is_trouble(told, stopped: bool) -> None:
    with time_machine.travel(clock.now() - limits.WORKER_SILENCE - timedelta(seconds=1)):
        services.note_worker("one", clock.now(), (), stopped=stopped)
    assert "status-trouble" in told(SEEN)
    assert ("lúc được dừng" in told(SEEN)) is stopped


def test_one_that_was_stopped_just_now_is_told_of_and_no_trouble_yet(told) -> None:
    services.note_worker("one", clock.now(), (), stopped=True)
    assert "status-look" in told(SEEN)
    assert "lúc được dừng" in told(SEEN)


def test_one_that_works_comes_before_one_that_was_stopped_since_it_was_last_seen(told) -> None:
    with time_machine.travel(clock.now() - timedelta(seconds=limits.HEARTBEAT_S)):
        services.note_worker("works", clock.now(), ())
    services.note_worker("stopped", clock.now(), (), stopped=True)
    assert "status-good" in told(SEEN)


def test_one_that_was_killed_long_ago_does_not_hide_the_one_that_was_stopped(told) -> None:
    with time_machine.travel(clock.now() - timedelta(days=1)):
        services.note_worker("killed", clock.now(), ())
    services.note_worker("stopped", clock.now(), (), stopped=True)
    assert "lúc được dừng" in told(SEEN)


def test_it_counts_what_waits(told) -> None:
    assert text(told(OPEN)) == "0"
    with database().writing() as session:
        enqueue(session, "users.sweep", {})
    assert text(told(OPEN)) == "1"
    assert "status-look" not in told(OPEN)
    with time_machine.travel(clock.now() + limits.WORKER_SILENCE + timedelta(seconds=1)):
        assert "status-look" in told(OPEN)


def test_what_failed_is_told_with_its_error(app: Flask, told, monkeypatch) -> None:
    broken(app)
    assert "status-look" in told(AGAIN)
    assert "NoResultFound" in told("Việc 1, hỏi ngân hàng về lệnh hoàn")
    assert text(told(GIVEN_UP)) == "0"


def test_what_was_given_up_is_trouble(app: Flask, told, monkeypatch) -> None:
    monkeypatch.setattr(limits, "ATTEMPTS_MAX", 1)
    broken(app)
    assert "status-trouble" in told(GIVEN_UP)
    assert "status-trouble" in told("Việc 1, hỏi ngân hàng về lệnh hoàn")
    assert text(told(AGAIN)) == "0"
