"""A stall's live stream over a real connection: what it tells, how it resumes, whom it refuses, what it gives back."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text

from core.database import database
from core.permissions.principal import SYSTEM, Grant
from core.permissions.roles import Role, Scope
from core.settings import PROJECT_ROOT
from core.users.models import GrantRow, Token
from core.users.services import end_grant, end_token, issue_token, set_disabled
from payments.container import recorder
from payments.live import streams
from payments.live.container import Bounds, LiveContainer
from payments.live.hub import STREAMS_PER_STALL
from payments.recording.recorder import commit
from tests.payments.live.conftest import PLACES
from tests.support.live import Ear, eventually
from tests.support.money import PAID_AT, CodedStall, coded_stalls, credit, submission

Listen = Callable[..., Ear]

#: A process that records three payments for the stall named on its command line.
ANOTHER_PROCESS = """
import sys
import wsgi
from core.database import database
from payments.recording.recorder import commit
from tests.support.money import CodedStall, credit, submission

stall = CodedStall(0, "", 0, virtual_account=sys.argv[1], reference="", account_number=sys.argv[2])
with wsgi.create_app().app_context():
    for _ in range(3):
        commit(database(), [submission(credit(stall))])
"""


def test_a_payment_is_told_when_it_is_recorded(app: Flask, stall: CodedStall, listen: Listen) -> None:
    with listen() as ear, time_machine.travel(PAID_AT + timedelta(minutes=1), tick=True):
        recorder().record(submission(credit(stall, amount_vnd=1_250_000)))
        (heard,) = ear.hear(1)
    assert (ear.status, ear.answer_headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    assert ear.answer_headers["cache-control"] == "no-store"
    assert (heard.name, heard.id) == ("payment", "1")
    assert heard.data["receipt_number"] == 1
    assert heard.data["amount_vnd"] == 1_250_000
    assert heard.data["amount"] == "1.250.000\u00a0₫"
    assert heard.data["words"] == "Đã nhận một triệu hai trăm năm mươi nghìn đồng"
    assert heard.data["when"] == "08:30"
    assert heard.data["payer_bank_name"] == "Vietcombank"
    assert heard.data["today"] == {
        "market_day": "2026-11-23",
        "payments_count": 1,
        "payments_vnd": 1_250_000,
        "amount": "1.250.000\u00a0₫",
        "returned_vnd": 0,
        "returned": "0\u00a0₫",
    }


def test_nobody_is_told_who_paid(app: Flask, stall: CodedStall, listen: Listen) -> None:
    with listen() as ear:
        recorder().record(submission(credit(stall, payer_name="NGUYEN VAN KHACH")))
        (heard,) = ear.hear(1)
    assert "KHACH" not in str(heard.data)


def test_a_payment_of_another_day_says_its_day_and_leaves_todays_total(
    app: Flask, stall: CodedStall, listen: Listen
) -> None:
    with listen() as ear, time_machine.travel(PAID_AT, tick=True):
        recorder().record(submission(credit(stall, paid_at=PAID_AT - timedelta(days=3))))
        (heard,) = ear.hear(1)
    assert heard.data["when"] == "08:30 20/11/2026"
    assert heard.data["today"]["payments_count"] == 0


def test_another_stalls_payment_is_not_told(app: Flask, stall: CodedStall, listen: Listen) -> None:
    (other,) = coded_stalls(1)
    with listen() as ear:
        recorder().record(submission(credit(other, amount_vnd=1_000), credit(stall, amount_vnd=2_000)))
        (heard,) = ear.hear(1)
    assert heard.data["amount_vnd"] == 2_000


def test_who_says_nothing_is_told_from_now_on(app: Flask, stall: CodedStall, listen: Listen) -> None:
    recorder().record(submission(credit(stall)))
    with listen() as ear:
        recorder().record(submission(credit(stall)))
        assert [heard.id for heard in ear.hear(1)] == ["2"]


def test_who_is_cut_before_hearing_anything_knows_where_to_resume(
    app: Flask, stall: CodedStall, listen: Listen
) -> None:
    recorder().record(submission(credit(stall)))
    with listen() as cut:
        pass
    recorder().record(submission(credit(stall)))
    with listen(cut.last_id) as ear:
        assert [heard.id for heard in ear.hear(1)] == ["2"]


@pytest.mark.parametrize("by", ["header", "query"])
def test_it_resumes_after_the_last_number(app: Flask, stall: CodedStall, listen: Listen, by: str) -> None:
    recorder().record(submission(*(credit(stall) for _ in range(5))))
    with listen(2) if by == "header" else listen(query="?after=2") as ear:
        assert [heard.id for heard in ear.hear(3)] == ["3", "4", "5"]


def test_the_header_counts_before_the_address_that_a_browser_repeats(
    app: Flask, stall: CodedStall, listen: Listen
) -> None:
    recorder().record(submission(*(credit(stall) for _ in range(3))))
    with listen(2, query="?after=0") as ear:
        assert [heard.id for heard in ear.hear(1)] == ["3"]


def test_more_payments_than_are_read_at_once_come_in_order(app: Flask, stall: CodedStall, listen: Listen) -> None:
    count = streams.EVENTS_AT_ONCE + 5
    recorder().record(submission(*(credit(stall) for _ in range(count))))
    with listen(0) as ear:
        assert [heard.id for heard in ear.hear(count)] == [str(n) for n in range(1, count + 1)]


def test_a_line_that_is_cut_again_and_again_loses_and_repeats_nothing(
    app: Flask, stall: CodedStall, listen: Listen
) -> None:
    LiveContainer.of(app).streams = Bounds(100, heartbeat_s=0.2)
    total, heard, last_id = 60, [], "0"

    def pay() -> None:
        with app.app_context():
            for n in range(total):
                commit(database(), [submission(credit(stall, amount_vnd=1_000 + n))])

    payer = threading.Thread(target=pay)
    payer.start()
    while len(heard) < total:
        with listen(last_id) as ear:
            events = ear.events()
            heard += [next(events) for _ in range(min(7, total - len(heard)))]
            # What is on its way when the line is cut was not heard, and must come again.
            last_id = ear.last_id
    payer.join(60)
    assert [int(one.id) for one in heard] == list(range(1, total + 1))
    assert [one.data["amount_vnd"] for one in heard] == [1_000 + n for n in range(total)]


def test_what_another_process_records_is_heard(
    app: Flask, database_url: str, stall: CodedStall, listen: Listen
) -> None:
    with listen() as ear:
        subprocess.run(
            [sys.executable, "-W", "ignore", "-c", ANOTHER_PROCESS, stall.virtual_account, stall.account_number],
            check=True,
            cwd=PROJECT_ROOT,
            env={"CHO40_ENV": "development", "CHO40_DATABASE_URL": database_url, "CHO40_LOG_LEVEL": "ERROR"},
            timeout=60,
        )
        assert [heard.id for heard in ear.hear(3)] == ["1", "2", "3"]


def test_a_quiet_stream_says_that_it_lives_and_ends_after_its_time(app: Flask, port: int, listen: Listen) -> None:
    LiveContainer.of(app).streams = Bounds(PLACES, heartbeat_s=0.1, stream_for_s=0.5)
    with listen() as ear:
        assert list(ear.events()) == []
        assert ear.comments >= 3


def listener() -> Token:
    """The token of who listens."""
    with database().reading() as session:
        return session.scalars(select(Token)).one()


def end_the_token() -> None:
    end_token(SYSTEM, listener().user_id, listener().id)


def end_the_grant() -> None:
    user_id = listener().user_id
    with database().reading() as session:
        grant_id = session.scalars(select(GrantRow.id).where(GrantRow.user_id == user_id)).one()
    end_grant(SYSTEM, user_id, grant_id)


def end_the_account() -> None:
    set_disabled(SYSTEM, listener().user_id, disabled=True)


@pytest.mark.parametrize("end", [end_the_token, end_the_grant, end_the_account])
def test_who_may_not_listen_any_more_hears_nothing_more(
    app: Flask, stall: CodedStall, listen: Listen, end: Callable[[], None]
) -> None:
    recorder().record(submission(credit(stall)))
    with listen(0) as ear:
        assert [heard.id for heard in ear.hear(1)] == ["1"]
        end()
        recorder().record(submission(credit(stall)))
        assert list(ear.events()) == []


def test_a_quiet_stream_ends_with_its_right_too(app: Flask, port: int, listen: Listen) -> None:
    LiveContainer.of(app).streams = Bounds(PLACES, heartbeat_s=0.1)
    with listen() as ear:
        end_the_token()
        assert list(ear.events()) == []


def test_it_ends_when_the_database_cannot_be_read(app: Flask, port: int, listen: Listen) -> None:
    LiveContainer.of(app).streams = Bounds(PLACES, heartbeat_s=0.1)
    with listen() as ear:
        with database().writing() as session:
            session.execute(text("ALTER TABLE payments RENAME TO out_of_reach"))
        assert list(ear.events()) == []


# Places ------------------------------------------------------------------------------------------


def other_listeners(port: int, count: int) -> list[Ear]:
    """Programs of other vendors."""
    ears = []
    for stall in coded_stalls(count):
        token = issue_token(SYSTEM, "other", Grant(Role.VENDOR, Scope.STALL, stall.id))
        ears.append(Ear(port, f"/api/v1/stalls/{stall.code}/events", {"Authorization": f"Bearer {token}"}))
    return ears


def test_when_all_places_are_taken_the_next_is_asked_to_come_back(app: Flask, port: int, listen: Listen) -> None:
    first, second, third = other_listeners(port, PLACES)
    with first, second, third, listen() as refused:
        assert refused.status == 503
        assert int(refused.answer_headers["retry-after"]) > 0
        assert refused.body()["code"] == "too_many_streams"


def test_who_goes_away_frees_the_place_within_a_heartbeat(app: Flask, port: int, listen: Listen) -> None:
    LiveContainer.of(app).streams = Bounds(PLACES, heartbeat_s=0.2)
    ears = other_listeners(port, PLACES)
    for ear in ears:
        ear.__enter__()
    for ear in ears:
        ear.__exit__(None, None, None)
    places = LiveContainer.of(app).streams.places
    eventually(lambda: places._value == PLACES, within_s=5)


def test_a_question_for_the_head_alone_takes_no_place(app: Flask, stall: CodedStall, client: FlaskClient) -> None:
    LiveContainer.of(app).streams = Bounds(1)
    token = issue_token(SYSTEM, "head", Grant(Role.VENDOR, Scope.STALL, stall.id))
    for _ in range(3):
        answer = client.head(f"/api/v1/stalls/{stall.code}/events", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 200
        answer.close()


def test_a_stall_with_too_many_streams_loses_its_oldest_not_its_newest(
    app: Flask, stall: CodedStall, listen: Listen, port: int
) -> None:
    LiveContainer.of(app).streams = Bounds(STREAMS_PER_STALL + 2)
    with listen() as oldest:
        eventually(lambda: LiveContainer.current().hub.count(stall.id) == 1)
        ears = [listen().__enter__() for _ in range(STREAMS_PER_STALL)]
        assert list(oldest.events()) == []
        recorder().record(submission(credit(stall)))
        assert all(ear.hear(1)[0].id == "1" for ear in ears)
    for ear in ears:
        ear.__exit__(None, None, None)


# Refusals ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "nonsense", ["x", "-1", "1.5", "1e3", "\N{ARABIC-INDIC DIGIT THREE}", "9" * 5_000, str(2**53 + 1), " "]
)
def test_a_number_that_is_none_is_refused(app: Flask, stall: CodedStall, client: FlaskClient, nonsense: str) -> None:
    token = issue_token(SYSTEM, "listener", Grant(Role.VENDOR, Scope.STALL, stall.id))
    answer = client.get(
        f"/api/v1/stalls/{stall.code}/events",
        query_string={"after": nonsense},
        headers={"Authorization": f"Bearer {token}"},
    )
    assert answer.status_code == 422
    assert "after" in answer.json["errors"]


def test_a_number_that_the_stall_has_not_given_yet_is_refused(listen: Listen) -> None:
    with listen(1) as ear:
        assert (ear.status, ear.body()["code"]) == (422, "invalid_input")


def test_a_refused_number_takes_no_place(app: Flask, port: int, listen: Listen) -> None:
    for _ in range(PLACES + 1):
        with listen("x") as ear:
            assert ear.status == 422


def test_nobody_listens_without_a_token(app: Flask, stall: CodedStall, client: FlaskClient) -> None:
    assert client.get(f"/api/v1/stalls/{stall.code}/events").status_code == 401


def test_another_stalls_vendor_finds_nothing(app: Flask, stall: CodedStall, client: FlaskClient) -> None:
    (other,) = coded_stalls(1)
    token = issue_token(SYSTEM, "other", Grant(Role.VENDOR, Scope.STALL, other.id))
    answer = client.get(f"/api/v1/stalls/{stall.code}/events", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 404


def test_a_registrar_of_the_market_may_not_listen(app: Flask, stall: CodedStall, client: FlaskClient) -> None:
    token = issue_token(SYSTEM, "board", Grant(Role.REGISTRAR, Scope.MARKET, stall.market_id))
    answer = client.get(f"/api/v1/stalls/{stall.code}/events", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 403


def test_a_stall_that_is_not_there_has_no_stream(app: Flask, stall: CodedStall, client: FlaskClient) -> None:
    token = issue_token(SYSTEM, "listener", Grant(Role.VENDOR, Scope.STALL, stall.id))
    answer = client.get("/api/v1/stalls/ZZ99-X999/events", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 404
