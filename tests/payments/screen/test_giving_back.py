"""Money that goes back in cash or through the bank, from the page of its payment."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from core import clock
from core.database import database
from payments.live.container import LiveContainer
from payments.recording.models import Correction, StallDay
from payments.refunds.models import Refund
from payments.refunds.services import give_cash_refund
from payments.verification.services import verify
from tests.payments.screen.test_pages import entry_key, pay, shown
from tests.support.cast import Cast
from tests.support.jobs import work
from tests.support.money import CodedStall
from tests.support.refunds import RefundingBank

REFUND = {"amount_vnd": "20.000", "reason": "khách trả hai lần", "entry_key": "one page"}


def home(stall: CodedStall, number: int = 1) -> str:
    return f"/vendor/{stall.code}/payments/{number}"


def sound() -> None:
    assert verify(database()).findings == []


def corrections() -> list[tuple[str, int]]:
    with database().reading() as session:
        return [(one.kind, one.amount_vnd) for one in session.scalars(select(Correction).order_by(Correction.id))]


def order(vendor: FlaskClient, stall: CodedStall, **changes: str) -> str:
    """Order a refund from the confirmation page; gives what the payment's page says then."""
    answer = vendor.post(f"{home(stall)}/refund/order", data=REFUND | changes)
    assert (answer.status_code, answer.location) == (303, home(stall))
    return shown(vendor, answer.location)


# Cash refunds ------------------------------------------------------------------------------------


def test_cash_given_back_is_noted_once_and_stands_in_the_day(stall: CodedStall, vendor: FlaskClient) -> None:
    pay(stall, 50_000)
    page = shown(vendor, f"{home(stall)}/cash-refund")
    assert 'name="amount_vnd" type="text" value=""' in page
    for _ in range(2):
        form = {"amount_vnd": "20.000", "entry_key": entry_key(page)}
        assert vendor.post(f"{home(stall)}/cash-refund", data=form).status_code == 303
    page = shown(vendor, home(stall))
    assert "Đã ghi: trả lại 20.000 ₫ tiền mặt" in page
    assert "Đã trả lại 20.000 ₫, còn 30.000 ₫" in page
    assert corrections() == [("cash_refund", 20_000)]
    day = shown(vendor, f"/vendor/{stall.code}/day")
    assert "−20.000 ₫" in day
    assert "30.000 ₫" in day
    sound()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("60.000", "Khoản này chỉ còn 30.000 ₫ để trả lại"),
        ("40.000", "Khoản này chỉ còn 30.000 ₫ để trả lại"),
        ("x", "Gõ số tiền"),
        ("20", "Năm mươi nghìn thì gõ 50.000"),
    ],
)
def test_a_wrong_amount_is_told_and_kept(
    cast: Cast, stall: CodedStall, vendor: FlaskClient, typed: str, words: str
) -> None:
    pay(stall, 50_000)
    give_cash_refund(cast.vendor_a.principal, 1, 20_000, "before")
    answer = vendor.post(f"{home(stall)}/cash-refund", data={"amount_vnd": typed, "entry_key": "one page"})
    assert answer.status_code == 422
    page = unescape(answer.text).replace("\u00a0", " ")
    assert words in page
    assert f'value="{typed}"' in page
    assert 'value="one page"' in page
    assert corrections() == [("cash_refund", 20_000)]


def test_another_amount_from_the_same_page_is_not_noted_in_silence(stall: CodedStall, vendor: FlaskClient) -> None:
    pay(stall, 50_000)
    for amount in ("10.000", "20.000"):
        vendor.post(f"{home(stall)}/cash-refund", data={"amount_vnd": amount, "entry_key": "one page"})
    assert corrections() == [("cash_refund", 10_000)]
    assert "đã ghi một số tiền khác" in shown(vendor, home(stall))


def test_a_slip_is_taken_back_the_same_day_and_not_noted_again_by_the_old_page(
    stall: CodedStall, vendor: FlaskClient
) -> None:
    pay(stall, 50_000)
    form = {"amount_vnd": "20.000", "entry_key": "one page"}
    vendor.post(f"{home(stall)}/cash-refund", data=form)
    undo = re.search(r'action="([^"]+/cash-refund/\d+/undo)"', shown(vendor, home(stall)))[1]
    for _ in range(2):
        assert vendor.post(undo).status_code == 303
    page = shown(vendor, home(stall))
    assert "Đã bỏ" in page
    assert "/undo" not in page
    vendor.post(f"{home(stall)}/cash-refund", data=form)
    assert "đã được ghi rồi lại bỏ" in shown(vendor, home(stall))
    assert corrections() == [("cash_refund", 20_000), ("cash_refund_undone", 20_000)]
    sound()


def test_yesterdays_cash_refund_stays(stall: CodedStall, vendor: FlaskClient) -> None:
    pay(stall, 50_000)
    vendor.post(f"{home(stall)}/cash-refund", data={"amount_vnd": "20.000", "entry_key": "one page"})
    with time_machine.travel(clock.now() + timedelta(days=1), tick=True):
        assert "/undo" not in shown(vendor, home(stall))
        assert vendor.post(f"{home(stall)}/cash-refund/1/undo").status_code == 303
        assert "Chỉ bỏ được khoản ghi hôm nay" in shown(vendor, home(stall))
    assert corrections() == [("cash_refund", 20_000)]


def test_what_is_no_correction_of_this_payment_is_not_undone(stall: CodedStall, vendor: FlaskClient) -> None:
    pay(stall, 50_000, 60_000)
    vendor.post(f"{home(stall)}/cash-refund", data={"amount_vnd": "20.000", "entry_key": "one page"})
    assert vendor.post(f"{home(stall, 2)}/cash-refund/1/undo").status_code == 404
    assert vendor.post(f"{home(stall)}/cash-refund/99/undo").status_code == 404
    assert corrections() == [("cash_refund", 20_000)]


def test_when_nothing_is_left_there_is_no_form(
    cast: Cast, stall: CodedStall, vendor: FlaskClient, refunds: RefundingBank
) -> None:
    pay(stall, 50_000)
    give_cash_refund(cast.vendor_a.principal, 1, 50_000, "before")
    for page in ("cash-refund", "refund"):
        assert vendor.get(f"{home(stall)}/{page}").status_code == 303
    page = shown(vendor, home(stall))
    assert "không còn gì để trả lại" in page
    assert "Đã trả lại hết" in page


# Refunds ------------------------------------------------------------------------------------------


def test_a_refund_is_looked_at_twice_before_it_is_ordered(
    stall: CodedStall, vendor: FlaskClient, refunds: RefundingBank
) -> None:
    pay(stall, 50_000)
    key = entry_key(shown(vendor, f"{home(stall)}/refund"))
    answer = vendor.post(f"{home(stall)}/refund", data=REFUND | {"entry_key": key})
    page = unescape(answer.text).replace("\u00a0", " ")
    assert answer.status_code == 200
    for words in ("Hoàn 20.000 ₫", "hai mươi nghìn đồng", "khách trả hai lần", "ở Vietcombank", "30.000 ₫"):
        assert words in page
    assert f'name="entry_key" value="{key}"' in page
    assert refunds.ordered == {}


def test_one_may_change_ones_mind_on_the_way(stall: CodedStall, vendor: FlaskClient, refunds: RefundingBank) -> None:
    pay(stall, 50_000)
    answer = vendor.post(f"{home(stall)}/refund", data=REFUND | {"amount_vnd": "20000", "change": "1"})
    page = unescape(answer.text)
    assert answer.status_code == 200
    assert 'value="20000"' in page
    assert 'value="khách trả hai lần"' in page
    assert refunds.ordered == {}


def test_a_refund_that_the_bank_carries_out_is_done(
    stall: CodedStall, vendor: FlaskClient, refunds: RefundingBank
) -> None:
    pay(stall, 50_000)
    page = order(vendor, stall)
    assert "Đã hoàn: ngân hàng đã chuyển 20.000 ₫" in page
    assert "FTHOAN00000000" in page
    assert "Đã trả lại 20.000 ₫, còn 30.000 ₫" in page
    assert list(refunds.ordered.values()) == [20_000]
    assert corrections() == [("refund", 20_000)]
    assert "Hoàn qua ngân hàng" in shown(vendor, f"/vendor/{stall.code}/day")
    sound()


def test_a_second_tap_orders_nothing_more(stall: CodedStall, vendor: FlaskClient, refunds: RefundingBank) -> None:
    pay(stall, 50_000)
    order(vendor, stall)
    order(vendor, stall)
    assert list(refunds.ordered.values()) == [20_000]


def test_another_refund_from_the_same_page_is_asked_about(
    stall: CodedStall, vendor: FlaskClient, refunds: RefundingBank
) -> None:
    pay(stall, 50_000)
    order(vendor, stall)
    assert "đã gửi một lệnh hoàn khác" in order(vendor, stall, amount_vnd="10.000")
    assert list(refunds.ordered.values()) == [20_000]


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        ("insufficient_funds", "không đủ tiền"),
        ("credit_reversed", "đã lấy lại khoản này rồi"),
        ("some_new_word", "từ chối (some_new_word)"),
    ],
)
def test_a_refusal_is_told_in_plain_words_and_the_money_stays(
    stall: CodedStall, vendor: FlaskClient, refunds: RefundingBank, refusal: str, words: str
) -> None:
    refunds.refuses = refusal
    pay(stall, 50_000)
    page = order(vendor, stall)
    assert "Chưa hoàn được: 20.000 ₫ vẫn ở tài khoản của bạn" in page
    assert words in page
    assert "bị từ chối" in page
    assert corrections() == []
    sound()


def test_what_the_bank_did_not_say_stays_unknown_until_it_does(
    app: Flask, stall: CodedStall, vendor: FlaskClient, refunds: RefundingBank
) -> None:
    refunds.silent = True
    pay(stall, 50_000)
    page = order(vendor, stall)
    assert "Chưa rõ: ngân hàng chưa báo" in page
    assert "Đừng trả thêm lần nữa" in page
    assert "chưa rõ" in page
    assert corrections() == []
    with time_machine.travel(clock.now() + timedelta(minutes=1), tick=True):
        assert work(app) == 1
        assert "chưa rõ" in shown(vendor, home(stall))
    refunds.silent = False
    with time_machine.travel(clock.now() + timedelta(minutes=3), tick=True):
        assert work(app) == 1
        page = shown(vendor, home(stall))
    assert "chưa rõ" not in page
    assert "FTHOAN00000000" in page
    assert list(refunds.ordered.values()) == [20_000]
    assert corrections() == [("refund", 20_000)]
    sound()


def test_no_form_lets_forget_what_the_bank_has_not_said(
    stall: CodedStall, vendor: FlaskClient, refunds: RefundingBank
) -> None:
    refunds.down = True
    pay(stall, 50_000)
    order(vendor, stall)
    warning = "Ngân hàng chưa báo đã hoàn 20.000 ₫ hay chưa. Đừng trả lại số đó lần nữa."
    for form in ("cash-refund", "refund"):
        assert warning in shown(vendor, f"{home(stall)}/{form}")
    answer = vendor.post(f"{home(stall)}/refund", data=REFUND | {"entry_key": "next page"})
    assert warning in unescape(answer.text).replace("\u00a0", " ")


def test_a_page_asks_no_bank(stall: CodedStall, vendor: FlaskClient, refunds: RefundingBank) -> None:
    refunds.silent = True
    pay(stall, 50_000)
    order(vendor, stall)
    refunds.silent = False
    with time_machine.travel(clock.now() + timedelta(hours=1), tick=True):
        assert "chưa rõ" in shown(vendor, home(stall))
    with database().reading() as session:
        assert session.scalar(select(Refund.asked_times)) == 1
    assert corrections() == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"amount_vnd": "60.000"}, "chỉ còn 50.000 ₫"),
        ({"amount_vnd": ""}, "Gõ số tiền"),
        ({"reason": ""}, "Hãy điền ô này"),
        ({"reason": "x" * 141}, ""),
    ],
)
def test_a_wrong_order_is_told_and_kept(
    stall: CodedStall, vendor: FlaskClient, refunds: RefundingBank, change: dict[str, str], words: str
) -> None:
    pay(stall, 50_000)
    for path in ("refund", "refund/order"):
        answer = vendor.post(f"{home(stall)}/{path}", data=REFUND | change)
        assert answer.status_code == 422
        page = unescape(answer.text).replace("\u00a0", " ")
        assert words in page
        assert 'value="one page"' in page
    assert refunds.ordered == {}


def test_no_more_goes_back_than_came(
    cast: Cast, stall: CodedStall, vendor: FlaskClient, refunds: RefundingBank
) -> None:
    pay(stall, 50_000)
    give_cash_refund(cast.vendor_a.principal, 1, 40_000, "before")
    answer = vendor.post(f"{home(stall)}/refund", data=REFUND)
    assert answer.status_code == 422
    assert "chỉ còn 10.000\u00a0₫" in unescape(answer.text)
    assert "chỉ còn 10.000 ₫" in order(vendor, stall)
    assert refunds.ordered == {}


def test_where_the_bank_cannot_send_money_back_cash_is_left(app: Flask, stall: CodedStall, vendor: FlaskClient) -> None:
    LiveContainer.of(app).gateways.pop("simbank")
    pay(stall, 50_000)
    page = shown(vendor, home(stall))
    assert "không hoàn tiền giúp được" in page
    assert f"{home(stall)}/cash-refund" in page
    assert f"{home(stall)}/refund" not in page
    assert vendor.get(f"{home(stall)}/refund").status_code == 303
    assert "Ngân hàng này không hoàn tiền giúp được" in order(vendor, stall)


def test_a_refund_of_yesterdays_money_leaves_todays_total_below_nothing(
    stall: CodedStall, vendor: FlaskClient, refunds: RefundingBank
) -> None:
    pay(stall, 50_000, paid_at=clock.now() - timedelta(days=1))
    order(vendor, stall)
    assert re.search(
        r'board-total"><dt>Tổng cộng</dt><dd class="n">−20\.000 ₫', shown(vendor, f"/vendor/{stall.code}/day")
    )
    with database().reading() as session:
        assert session.scalar(select(func.sum(StallDay.refunds_vnd))) == 20_000


# Whose it is --------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["cash-refund", "cash-refund/1/undo", "refund", "refund/order"])
def test_another_stalls_vendor_gives_nothing_back(
    cast: Cast, stall: CodedStall, client: FlaskClient, refunds: RefundingBank, path: str
) -> None:
    pay(stall, 50_000)
    give_cash_refund(cast.vendor_a.principal, 1, 1_000, "theirs")
    browser = cast.vendor_b.sign_in(client)
    assert browser.post(f"{home(stall)}/{path}", data=REFUND).status_code == 404
    assert browser.get(home(stall)).status_code == 404
    assert corrections() == [("cash_refund", 1_000)]
    assert refunds.ordered == {}


def test_a_form_from_elsewhere_orders_nothing(stall: CodedStall, vendor: FlaskClient, refunds: RefundingBank) -> None:
    pay(stall, 50_000)
    assert vendor.post(f"{home(stall)}/refund/order", data=REFUND, csrf=False).status_code == 400
    assert refunds.ordered == {}
