from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from core import clock
from core.database import database
from core.errors import NotFound
from core.permissions.principal import Grant, Principal
from core.permissions.roles import Role, Scope
from core.web.errors import KeyReused
from payments.gateways.port import ReportedCredit
from payments.recording.models import PaymentRequest, RequestState
from payments.recording.queries import payments_after
from payments.recording.recorder import commit
from payments.requests import queries, services
from payments.requests.errors import RequestEnded, StallCannotAsk
from payments.verification.services import verify
from tests.support.cast import Cast
from tests.support.money import CodedStall, coded_stalls, credit, submission
from vietqr import decode


def vendor_of(stall: CodedStall) -> Principal:
    return Principal(None, "Trần Thị Mẫu", (Grant(Role.VENDOR, Scope.STALL, stall.id),))


def ask(stall: CodedStall, amount_vnd: int = 50_000, key: str = "k1", **terms: object) -> PaymentRequest:
    return services.ask(vendor_of(stall), stall.code, amount_vnd, key=key, **terms)


def pay(stall: CodedStall, made: PaymentRequest, amount_vnd: int, **facts: object) -> ReportedCredit:
    one = credit(
        stall, **({"amount_vnd": amount_vnd, "content": f"MBVCB {made.reference} tra", "paid_at": clock.now()} | facts)
    )
    commit(database(), [submission(one)])
    return one


def now(made: PaymentRequest) -> PaymentRequest:
    with database().reading() as session:
        return queries.find(session, made.public_id)


def state(made: PaymentRequest) -> RequestState:
    return now(made).state(clock.now())


@pytest.fixture(autouse=True)
def _sound_in_the_end(app: Flask) -> object:
    yield
    assert verify(database()).findings == []


@pytest.fixture
def stall(app: Flask) -> CodedStall:
    (stall,) = coded_stalls(1)
    return stall


def test_its_code_carries_account_amount_and_a_reference_of_its_own(stall: CodedStall) -> None:
    made = ask(stall)
    read = decode(made.payload)
    assert (read.account_number, read.amount_vnd, read.purpose) == (stall.virtual_account, 50_000, made.reference)
    assert made.reference != stall.reference
    assert state(made) is RequestState.OPEN


@pytest.mark.parametrize(
    ("sums", "expected"),
    [
        ((50_000,), RequestState.PAID),
        ((20_000,), RequestState.UNDERPAID),
        ((20_000, 30_000), RequestState.PAID),
        ((60_000,), RequestState.OVERPAID),
        ((50_000, 50_000), RequestState.OVERPAID),
    ],
)
def test_money_decides_its_state(stall: CodedStall, sums: tuple[int, ...], expected: RequestState) -> None:
    made = ask(stall)
    for amount_vnd in sums:
        pay(stall, made, amount_vnd)
    assert state(made) is expected
    assert (now(made).received_count, now(made).received_vnd) == (len(sums), sum(sums))


def test_a_repeated_notification_pays_it_once(stall: CodedStall) -> None:
    made = ask(stall)
    one = pay(stall, made, 50_000)
    commit(database(), [submission(one)])
    assert state(made) is RequestState.PAID


def test_a_payment_says_which_request_it_was_made_for(stall: CodedStall) -> None:
    made = ask(stall)
    pay(stall, made, 50_000)
    with database().reading() as session:
        (payment,) = payments_after(session, stall.id, 0, 9)
    assert (payment.request, payment.late) == (made.public_id, False)


@pytest.mark.parametrize("text", ["{0}{1}", "tra {1} {0}"])
def test_a_payment_belongs_to_one_request_even_when_its_text_names_two(stall: CodedStall, text: str) -> None:
    first, second = ask(stall, key="a"), ask(stall, key="b")
    pay(stall, first, 50_000, content=text.format(first.reference, second.reference))
    assert sorted([state(first), state(second)]) == [RequestState.OPEN, RequestState.PAID]


def test_a_request_is_found_where_the_virtual_account_got_lost(stall: CodedStall) -> None:
    made = ask(stall)
    pay(stall, made, 50_000, virtual_account=None, account_number="0000000000")
    assert state(made) is RequestState.PAID


def test_another_stalls_request_is_not_paid_by_what_comes_to_this_stalls_account(stall: CodedStall) -> None:
    (other,) = coded_stalls(1)
    theirs = ask(other)
    pay(stall, theirs, 50_000)
    assert state(theirs) is RequestState.OPEN
    with database().reading() as session:
        assert payments_after(session, stall.id, 0, 9)[0].request is None


def test_it_expires(stall: CodedStall) -> None:
    made = ask(stall, expires_in_s=60)
    with time_machine.travel(made.expires_at):
        assert state(made) is RequestState.EXPIRED


def test_late_money_is_kept_and_shown_and_does_not_pay_it(stall: CodedStall) -> None:
    made = ask(stall, expires_in_s=60)
    pay(stall, made, 50_000, paid_at=made.expires_at)
    found = now(made)
    assert found.state(made.expires_at) is RequestState.EXPIRED
    assert (found.received_vnd, found.late_count, found.late_vnd) == (0, 1, 50_000)


def test_money_paid_in_time_and_told_late_pays_it(stall: CodedStall) -> None:
    made = ask(stall, expires_in_s=60)
    with time_machine.travel(made.expires_at + timedelta(hours=5)):
        pay(stall, made, 50_000, paid_at=made.expires_at - timedelta(seconds=1))
        assert state(made) is RequestState.PAID


def test_what_was_underpaid_stays_so_when_the_rest_is_late(stall: CodedStall) -> None:
    made = ask(stall, expires_in_s=60)
    pay(stall, made, 20_000)
    pay(stall, made, 30_000, paid_at=made.expires_at + timedelta(minutes=1))
    found = now(made)
    assert (found.state(clock.now()), found.late_vnd) == (RequestState.UNDERPAID, 30_000)


def test_it_is_cancelled_and_money_that_still_comes_is_late(stall: CodedStall) -> None:
    made = ask(stall)
    services.cancel(vendor_of(stall), made.public_id)
    services.cancel(vendor_of(stall), made.public_id)
    pay(stall, made, 50_000)
    assert (state(made), now(made).late_vnd) == (RequestState.CANCELLED, 50_000)


def test_what_was_paid_before_it_was_cancelled_counts(stall: CodedStall) -> None:
    made = ask(stall)
    paid_at = clock.now()
    services.cancel(vendor_of(stall), made.public_id)
    pay(stall, made, 50_000, paid_at=paid_at)
    assert state(made) is RequestState.PAID


@pytest.mark.parametrize("amount_vnd", [20_000, 50_000])
def test_what_money_came_for_cannot_be_cancelled(stall: CodedStall, amount_vnd: int) -> None:
    made = ask(stall)
    pay(stall, made, amount_vnd)
    with pytest.raises(RequestEnded):
        services.cancel(vendor_of(stall), made.public_id)


def test_the_same_key_makes_one(stall: CodedStall) -> None:
    assert ask(stall).id == ask(stall).id
    with pytest.raises(KeyReused):
        ask(stall, 60_000)


def test_a_stall_without_a_code_cannot_ask(app: Flask, cast: Cast) -> None:
    with pytest.raises(StallCannotAsk):
        services.ask(Principal(None, "Lệnh", (Grant(Role.ADMIN, Scope.EVERYWHERE),)), _closed_stall(), 50_000, key="k")


def _closed_stall() -> str:
    from sqlalchemy import update  # noqa: PLC0415

    from vendors.stalls.models import Stall, StallOperation  # noqa: PLC0415

    (stall,) = coded_stalls(1)
    with database().writing() as session:
        session.execute(update(Stall).where(Stall.id == stall.id).values(status="suspended"))
        session.execute(
            update(StallOperation).where(StallOperation.stall_id == stall.id).values(until_day=clock.today())
        )
    return stall.code


def test_another_vendor_may_not(stall: CodedStall) -> None:
    (other,) = coded_stalls(1)
    with pytest.raises(NotFound):
        services.ask(vendor_of(other), stall.code, 50_000, key="k")
    made = ask(stall)
    with pytest.raises(NotFound):
        services.cancel(vendor_of(other), made.public_id)


def test_the_calls(app: Flask, client: FlaskClient, cast: Cast) -> None:
    headers = cast.vendor_a.headers | {"Idempotency-Key": "k1"}
    body = {"stall": cast.stall_a, "amount_vnd": 75_000, "note": "3 kg cam", "expires_in_s": 120}
    assert client.post("/api/v1/payment-requests", json=body, headers=cast.vendor_a.headers).json["code"] == (
        "idempotency_key_required"
    )
    made = client.post("/api/v1/payment-requests", json=body, headers=headers)
    assert made.status_code == 201
    assert made.json["state"] == "open"
    assert client.post("/api/v1/payment-requests", json=body, headers=headers).json == made.json
    address = f"/api/v1/payment-requests/{made.json['id']}"
    reference = made.json["reference"]
    commit(database(), [submission(credit(None, amount_vnd=80_000, content=reference, paid_at=clock.now()))])
    shown = client.get(address, headers=cast.vendor_a.headers).json
    assert (shown["state"], shown["received_vnd"], len(shown["payments"])) == ("overpaid", 80_000, 1)
    assert client.get(address, headers=cast.vendor_b.headers).status_code == 404
    refused = client.post(f"{address}/cancel", headers=cast.vendor_a.headers)
    assert (refused.status_code, refused.json["code"]) == (409, "request_ended")
    checked = client.post("/api/v1/qr/check", json={"payload": made.json["payload"], "stall": cast.stall_a})
    assert checked.json["verdict"] == "genuine"


@pytest.mark.parametrize(
    "wrong",
    [{"amount_vnd": 0}, {"amount_vnd": 500_000_000}, {"expires_in_s": 59}, {"note": "x" * 65}, {"more": 1}],
)
def test_wrong_fields_are_named(client: FlaskClient, cast: Cast, wrong: dict[str, object]) -> None:
    body = {"stall": cast.stall_a, "amount_vnd": 75_000} | wrong
    headers = cast.vendor_a.headers | {"Idempotency-Key": "k1"}
    answer = client.post("/api/v1/payment-requests", json=body, headers=headers)
    assert answer.status_code == 422
    assert list(answer.json["errors"]) == list(wrong)


@pytest.mark.parametrize("change", ["amount_vnd = 60000", "payload = 'no code'"])
def test_a_request_that_was_changed_by_the_side_is_found(stall: CodedStall, change: str) -> None:
    made = ask(stall)
    with database().writing() as session:
        session.execute(text(f"UPDATE payment_requests SET {change}"))
    assert not verify(database()).sound
    with database().writing() as session:
        back = "UPDATE payment_requests SET amount_vnd = 50000, payload = :payload"
        session.execute(text(back), {"payload": made.payload})
