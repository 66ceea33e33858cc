from __future__ import annotations

import threading
from datetime import timedelta

import httpx
import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from core import clock
from core.database import database
from core.errors import Forbidden, NotFound
from core.permissions.principal import Grant, Principal
from core.permissions.roles import Role, Scope
from core.users.models import User
from core.web.errors import KeyReused
from payments.cash.errors import AlreadyNoted, NotedAndUndone, TooLateToUndo
from payments.gateways.errors import RefundsUnsupported
from payments.live.container import LiveContainer
from payments.recording.ingest import Submission
from payments.recording.models import StallDay
from payments.recording.queries import PaymentState, PaymentView, payments_after
from payments.recording.recorder import commit
from payments.refunds import services
from payments.refunds.errors import MoreThanLeft
from payments.refunds.models import RefundState
from payments.verification.services import verify
from tests.support.beside import BankBeside
from tests.support.money import CodedStall, coded_stalls, credit, submission


def vendor_of(stall: CodedStall) -> Principal:
    return Principal(None, "Trần Thị Mẫu", (Grant(Role.VENDOR, Scope.STALL, stall.id),))


def payment_of(stall: CodedStall, number: int = 1) -> PaymentView:
    with database().reading() as session:
        return payments_after(session, stall.id, number - 1, 1)[0]


def today_of(stall: CodedStall) -> StallDay:
    with database().reading() as session:
        return session.scalars(
            select(StallDay).where(StallDay.stall_id == stall.id, StallDay.market_day == clock.today())
        ).one()


@pytest.fixture(autouse=True)
def _sound_in_the_end(app: Flask) -> object:
    yield
    report = verify(database())
    assert report.findings == []


def order(stall: CodedStall, amount_vnd: int, key: str = "k1") -> object:
    return services.order_refund(vendor_of(stall), payment_of(stall).id, amount_vnd, "tra lai", key)


def test_a_part_goes_back_to_the_shopper(simulated_bank: BankBeside, stall: CodedStall) -> None:
    refund = order(stall, 20_000)
    assert (refund.state, refund.refusal) == (RefundState.DONE, None)
    assert refund.bank_ref
    assert simulated_bank.balance_vnd(stall.account_number) == 30_000
    payment = payment_of(stall)
    assert (payment.state, payment.returned_vnd, payment.left_vnd) == (PaymentState.PARTLY_RETURNED, 20_000, 30_000)
    day = today_of(stall)
    assert (day.payments_vnd, day.refunds_count, day.refunds_vnd) == (50_000, 1, 20_000)


def test_the_whole_may_go_back_in_parts_and_no_more(simulated_bank: BankBeside, stall: CodedStall) -> None:
    order(stall, 20_000, "a")
    order(stall, 30_000, "b")
    assert payment_of(stall).state is PaymentState.RETURNED
    with pytest.raises(MoreThanLeft) as refused:
        order(stall, 1, "c")
    assert refused.value.data == {"left_vnd": 0}
    assert simulated_bank.balance_vnd(stall.account_number) == 0


def test_the_same_key_refunds_once(simulated_bank: BankBeside, stall: CodedStall) -> None:
    first, again = order(stall, 20_000), order(stall, 20_000)
    assert first.id == again.id
    assert simulated_bank.balance_vnd(stall.account_number) == 30_000


def test_the_same_key_for_another_refund_is_refused(stall: CodedStall) -> None:
    order(stall, 20_000)
    with pytest.raises(KeyReused):
        order(stall, 10_000)


def test_the_same_key_of_another_person_is_another_refund(simulated_bank: BankBeside, stall: CodedStall) -> None:
    order(stall, 20_000)
    other = Principal(77, "Người khác", (Grant(Role.ADMIN, Scope.EVERYWHERE),))
    with database().writing() as session:
        session.add(
            User(
                id=77,
                username="khac",
                name="Người khác",
                search_key="nguoi khac",
                created_at=clock.now(),
                must_change_password=False,
            )
        )
    services.order_refund(other, payment_of(stall).id, 20_000, "tra lai", "k1")
    assert simulated_bank.balance_vnd(stall.account_number) == 10_000


def test_what_the_bank_refuses_is_free_again(simulated_bank: BankBeside, stall: CodedStall) -> None:
    simulated_bank.pay("990100000004", 45_000, payer=stall.account_number)
    refused = order(stall, 20_000, "a")
    assert (refused.state, refused.refusal) == (RefundState.REFUSED, "insufficient_funds")
    assert payment_of(stall).left_vnd == 50_000
    assert order(stall, 5_000, "b").state == RefundState.DONE


def test_a_bank_out_of_reach_leaves_it_unknown_and_held(simulated_bank: BankBeside, stall: CodedStall) -> None:
    simulated_bank.to_bank.cut = True
    unknown = order(stall, 40_000)
    assert unknown.state == RefundState.UNKNOWN
    with pytest.raises(MoreThanLeft):
        order(stall, 20_000, "b")
    simulated_bank.to_bank.cut = False
    poll_later()
    assert order(stall, 40_000).state == RefundState.DONE
    assert simulated_bank.balance_vnd(stall.account_number) == 10_000


def poll_later() -> tuple[int, int]:
    with time_machine.travel(clock.now() + timedelta(minutes=1)):
        return services.poll_refunds()


def test_a_lost_answer_is_asked_for_and_moves_money_once(simulated_bank: BankBeside, stall: CodedStall) -> None:
    simulated_bank.to_bank.deaf = True
    assert order(stall, 40_000).state == RefundState.UNKNOWN
    simulated_bank.to_bank.deaf = False
    assert simulated_bank.balance_vnd(stall.account_number) == 10_000
    assert poll_later() == (1, 0)
    assert poll_later() == (0, 0)
    assert simulated_bank.balance_vnd(stall.account_number) == 10_000
    assert simulated_bank.to_bank.carried[-1][0] == "GET"


def test_it_stays_unknown_until_the_bank_says(simulated_bank: BankBeside, stall: CodedStall) -> None:
    simulated_bank.to_bank.cut = True
    order(stall, 40_000)
    assert poll_later() == (0, 1)
    assert payment_of(stall).left_vnd == 10_000


class Proxy(httpx.BaseTransport):
    """Stands before a bank, and answers for it."""

    def __init__(self, *answers: httpx.Response) -> None:
        self.answers = list(answers)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(404, html="<h1>Not found</h1>"),
        httpx.Response(422, html="<h1>No</h1>"),
        httpx.Response(200, html="<h1>Welcome</h1>"),
        httpx.Response(200, json=["done"]),
        httpx.Response(200, json={"state": "done"}),
        httpx.Response(503, json={"code": "unavailable"}),
    ],
)
def test_what_is_not_the_banks_own_word_settles_nothing(
    app: Flask, simulated_bank: BankBeside, stall: CodedStall, answer: httpx.Response
) -> None:
    gateway = LiveContainer.of(app).gateways["simbank"]
    true, gateway._client = gateway._client, httpx.Client(base_url="http://bank.test", transport=Proxy(answer))
    assert order(stall, 40_000).state == RefundState.UNKNOWN
    assert poll_later() == (0, 1)
    assert payment_of(stall).left_vnd == 10_000
    gateway._client = true
    with time_machine.travel(clock.now() + timedelta(minutes=5)):
        assert services.poll_refunds() == (1, 0)
    assert simulated_bank.balance_vnd(stall.account_number) == 10_000


def test_an_order_that_was_written_down_and_never_sent_is_sent_later(
    simulated_bank: BankBeside, stall: CodedStall, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as dying:
        dying.setattr(services, "poll_refund", lambda refund: refund)
        assert order(stall, 20_000).state == RefundState.PENDING
    assert simulated_bank.balance_vnd(stall.account_number) == 50_000
    assert poll_later() == (1, 0)
    assert simulated_bank.balance_vnd(stall.account_number) == 30_000


def test_many_at_once_never_take_more_than_was_paid(app: Flask, simulated_bank: BankBeside, stall: CodedStall) -> None:
    outcomes: list[str] = []

    def one(number: int) -> None:
        with app.app_context():
            try:
                outcomes.append(order(stall, 20_000, f"key {number}").state)
            except MoreThanLeft:
                outcomes.append("refused here")

    threads = [threading.Thread(target=one, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["done", "done"] + ["refused here"] * 6
    assert simulated_bank.balance_vnd(stall.account_number) == 10_000


def test_only_the_stalls_own_vendor_may(stall: CodedStall) -> None:
    (other,) = coded_stalls(1)
    payment = payment_of(stall)
    with pytest.raises(NotFound):
        services.order_refund(vendor_of(other), payment.id, 1_000, "tra lai", "k")
    officer = Principal(None, "Cán bộ", (Grant(Role.APPROVER, Scope.EVERYWHERE),))
    with pytest.raises(Forbidden):
        services.order_refund(officer, payment.id, 1_000, "tra lai", "k")
    with pytest.raises(NotFound):
        services.order_refund(vendor_of(stall), payment.id + 999, 1_000, "tra lai", "k")


def test_a_provider_that_only_reports_sends_nothing_back(app: Flask) -> None:
    (stall,) = coded_stalls(1)
    commit(database(), [Submission("gone", (credit(None, account_number=stall.account_number, bank_bin=None),))])
    with pytest.raises(RefundsUnsupported):
        order(stall, 1_000)
    assert payment_of(stall).left_vnd == 50_000


def test_cash_given_back_counts_against_the_payment(stall: CodedStall) -> None:
    vendor, payment = vendor_of(stall), payment_of(stall)
    noted = services.give_cash_refund(vendor, payment.id, 30_000, "tap 1")
    assert services.give_cash_refund(vendor, payment.id, 30_000, "tap 1").id == noted.id
    with pytest.raises(AlreadyNoted):
        services.give_cash_refund(vendor, payment.id, 31_000, "tap 1")
    with pytest.raises(MoreThanLeft):
        order(stall, 20_001)
    day = today_of(stall)
    assert (day.cash_refund_count, day.cash_refund_vnd, day.payments_vnd) == (1, 30_000, 50_000)


def test_cash_refund_is_undone_once_on_its_day(stall: CodedStall) -> None:
    vendor, payment = vendor_of(stall), payment_of(stall)
    noted = services.give_cash_refund(vendor, payment.id, 30_000, "tap 1")
    services.undo_cash_refund(vendor, noted.id)
    services.undo_cash_refund(vendor, noted.id)
    assert payment_of(stall).state is PaymentState.RECEIVED
    assert (today_of(stall).cash_refund_count, today_of(stall).cash_refund_vnd) == (0, 0)
    late = services.give_cash_refund(vendor, payment.id, 10_000, "tap 2")
    with time_machine.travel(clock.now() + timedelta(days=1)), pytest.raises(TooLateToUndo):
        services.undo_cash_refund(vendor, late.id)
    with pytest.raises(NotFound):
        services.undo_cash_refund(vendor, late.id + 99)


def test_cash_refund_that_was_undone_does_not_stand_and_is_not_noted_again(stall: CodedStall) -> None:
    vendor, payment = vendor_of(stall), payment_of(stall)
    noted = services.give_cash_refund(vendor, payment.id, 30_000, "tap 1")
    services.undo_cash_refund(vendor, noted.id)
    with pytest.raises(NotedAndUndone) as refused:
        services.give_cash_refund(vendor, payment.id, 30_000, "tap 1")
    assert (refused.value.status, refused.value.code) == (409, "cash_noted_and_undone")
    assert (today_of(stall).cash_refund_count, payment_of(stall).left_vnd) == (0, 50_000)


def test_nothing_goes_back_of_what_the_bank_took_back(simulated_bank: BankBeside, stall: CodedStall) -> None:
    (reported,) = simulated_bank.credits()
    simulated_bank.reverse(reported["id"])
    simulated_bank.deliver()
    assert payment_of(stall).state is PaymentState.REVERSED
    assert today_of(stall).reversals_vnd == 50_000
    with pytest.raises(MoreThanLeft):
        order(stall, 1_000)


def test_a_refund_after_which_the_bank_takes_the_rest_back(simulated_bank: BankBeside, stall: CodedStall) -> None:
    order(stall, 20_000)
    (reported,) = simulated_bank.credits()
    simulated_bank.reverse(reported["id"])
    simulated_bank.deliver()
    payment = payment_of(stall)
    assert (payment.state, payment.returned_vnd) == (PaymentState.REVERSED, 50_000)
    assert (today_of(stall).refunds_vnd, today_of(stall).reversals_vnd) == (20_000, 30_000)


def test_a_stalls_other_money_is_untouched(stall: CodedStall) -> None:
    commit(database(), [submission(credit(stall, virtual_account=None, amount_vnd=70_000))])
    order(stall, 50_000)
    assert payment_of(stall, 2).state is PaymentState.RECEIVED
