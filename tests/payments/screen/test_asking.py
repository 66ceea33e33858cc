"""Codes with an amount: how a vendor makes them, and what the page says of each."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select, text

import vietqr
from core import clock
from core.database import database
from payments.gateways.port import ReportedReversal
from payments.recording.models import PaymentRequest
from payments.recording.recorder import commit
from payments.requests import services
from payments.verification.services import verify
from tests.payments.screen.test_pages import entry_key, read, set_status, shown
from tests.support.cast import Cast
from tests.support.money import CodedStall, credit, submission, taking_back


def ask(vendor: FlaskClient, stall: CodedStall, amount: str, key: str = "one page", **more: str) -> str:
    """Type an amount; gives the address of the page with its code."""
    form = {"amount_vnd": amount, "entry_key": key} | more
    answer = vendor.post(f"/vendor/{stall.code}/amount", data=form)
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def asked() -> list[PaymentRequest]:
    with database().reading() as session:
        return list(session.scalars(select(PaymentRequest).order_by(PaymentRequest.id)))


def pay(stall: CodedStall, amount_vnd: int, **changes: object) -> None:
    """Pay as who scanned the newest code with an amount."""
    facts = {"amount_vnd": amount_vnd, "paid_at": clock.now(), "content": f"MBVCB {asked()[-1].reference}"} | changes
    commit(database(), [submission(credit(stall, **facts))])


# Making one ---------------------------------------------------------------------------------------


def test_an_amount_becomes_a_code_that_can_be_read(stall: CodedStall, vendor: FlaskClient) -> None:
    page = shown(vendor, f"/vendor/{stall.code}/amount")
    path = ask(vendor, stall, "45.000", entry_key(page), note="2 ký xoài")
    page = shown(vendor, path)
    code = vietqr.decode(read(page))
    assert (code.amount_vnd, code.account_number) == (45_000, stall.virtual_account)
    assert code.purpose == asked()[0].reference
    assert re.search(r'class="live-amount" data-digits="5"[^>]*>45\.000 ₫<', page)
    assert "2 ký xoài" in page
    assert "Hủy mã này" in page


def test_the_code_says_whose_account_it_pays_and_that_a_sample_pays_nobody(
    stall: CodedStall, vendor: FlaskClient
) -> None:
    page = shown(vendor, ask(vendor, stall, "45.000"))
    with database().reading() as session:
        holder = session.scalar(
            text("SELECT holder_name FROM settlement_accounts WHERE stall_id = :id"), {"id": stall.id}
        )
    assert f'<p class="code-holder">{holder}</p>' in page
    assert "KHÔNG THANH TOÁN" in page


def test_the_live_screen_has_a_key_for_it(stall: CodedStall, vendor: FlaskClient) -> None:
    assert f'href="/vendor/{stall.code}/amount">Nhập số tiền</a>' in shown(vendor, f"/vendor/{stall.code}/")


def test_a_double_tap_and_a_reload_make_one_code(stall: CodedStall, vendor: FlaskClient) -> None:
    path = ask(vendor, stall, "45.000")
    assert ask(vendor, stall, "45.000") == path
    shown(vendor, path)
    assert len(asked()) == 1


def test_another_amount_from_the_same_page_is_asked_about(stall: CodedStall, vendor: FlaskClient) -> None:
    ask(vendor, stall, "45.000")
    form = {"amount_vnd": "60.000", "entry_key": "one page"}
    answer = vendor.post(f"/vendor/{stall.code}/amount", data=form)
    assert answer.status_code == 409
    page = unescape(answer.text)
    assert "Trang này đã tạo một mã rồi" in page
    assert 'value="60.000"' in page
    assert len(asked()) == 1
    ask(vendor, stall, "60.000", entry_key(page))
    assert len(asked()) == 2


def test_what_one_shopper_paid_never_passes_for_the_next_ones_money(stall: CodedStall, vendor: FlaskClient) -> None:
    ask(vendor, stall, "45.000")
    pay(stall, 45_000)
    answer = vendor.post(f"/vendor/{stall.code}/amount", data={"amount_vnd": "45.000", "entry_key": "one page"})
    assert answer.status_code == 409
    assert "Trang này đã tạo một mã rồi" in unescape(answer.text)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("45", "Năm mươi nghìn thì gõ 50.000"),
        ("", "Gõ số tiền bằng chữ số"),
        ("1.000.000.000", "499.999.999"),
        ("x" * 20, "Gõ số tiền"),
    ],
)
def test_an_amount_that_cannot_be_meant_is_asked_for_again_and_kept(
    stall: CodedStall, vendor: FlaskClient, typed: str, words: str
) -> None:
    form = {"amount_vnd": typed, "entry_key": "one page", "note": "gạo"}
    answer = vendor.post(f"/vendor/{stall.code}/amount", data=form)
    assert answer.status_code == 422
    page = unescape(answer.text)
    assert words in page
    assert f'value="{typed}"' in page
    assert 'value="gạo"' in page
    assert asked() == []


def test_a_note_that_is_too_long_is_refused(stall: CodedStall, vendor: FlaskClient) -> None:
    form = {"amount_vnd": "45.000", "entry_key": "one page", "note": "x" * 65}
    assert vendor.post(f"/vendor/{stall.code}/amount", data=form).status_code == 422
    assert asked() == []


def test_an_amount_may_come_with_the_link(stall: CodedStall, vendor: FlaskClient) -> None:
    assert 'value="5.000"' in shown(vendor, f"/vendor/{stall.code}/amount?amount_vnd=5000")
    assert 'value=""' in shown(vendor, f"/vendor/{stall.code}/amount?amount_vnd=%3Cscript%3E")


def test_a_stall_without_a_code_cannot_ask(stall: CodedStall, vendor: FlaskClient) -> None:
    with database().writing() as session:
        session.execute(text("UPDATE payment_codes SET revoked_at = issued_at, until_day = from_day"))
    assert "chưa có mã để nhận tiền" in shown(vendor, f"/vendor/{stall.code}/amount")
    form = {"amount_vnd": "45.000", "entry_key": "one page"}
    assert vendor.post(f"/vendor/{stall.code}/amount", data=form).status_code == 303
    assert asked() == []


def test_a_suspended_stall_cannot_ask(stall: CodedStall, vendor: FlaskClient) -> None:
    set_status("suspended")
    assert "entry_key" not in shown(vendor, f"/vendor/{stall.code}/amount")


def test_the_codes_of_today_are_found_again(stall: CodedStall, vendor: FlaskClient) -> None:
    paths = [ask(vendor, stall, amount, amount) for amount in ("45.000", "60.000")]
    page = shown(vendor, f"/vendor/{stall.code}/amount")
    assert [path for path in paths if f'href="{path}"' in page] == paths
    assert "đang chờ tiền" in page
    with time_machine.travel(clock.now() + timedelta(days=1), tick=True):
        assert paths[0] not in shown(vendor, f"/vendor/{stall.code}/amount")


# What became of it --------------------------------------------------------------------------------


def test_an_open_code_counts_its_time_down_and_asks_again_without_a_script(
    stall: CodedStall, vendor: FlaskClient
) -> None:
    page = shown(vendor, ask(vendor, stall, "45.000"))
    left_s = int(re.search(r'data-left-s="(\d+)"', page)[1])
    assert 880 <= left_s <= 900
    assert 'data-state="open"' in page
    assert '<noscript><meta http-equiv="refresh" content="15"></noscript>' in page
    assert "Xem tiền về chưa" in page


def test_the_right_amount_says_received_with_its_words(stall: CodedStall, vendor: FlaskClient) -> None:
    path = ask(vendor, stall, "45.000")
    pay(stall, 45_000)
    page = shown(vendor, path)
    assert 'data-state="paid"' in page
    assert '<h1 class="request-word good">Đã nhận</h1>' in page
    assert "bốn mươi lăm nghìn đồng" in page
    assert f'href="/vendor/{stall.code}/payments/1"' in page
    assert "<noscript>" not in page
    assert '<svg class="code-symbol"' not in page


def test_too_little_says_how_much_is_missing_and_how_to_ask_for_it(stall: CodedStall, vendor: FlaskClient) -> None:
    path = ask(vendor, stall, "45.000")
    pay(stall, 40_000)
    page = shown(vendor, path)
    assert "Còn thiếu 5.000 ₫" in page
    assert "Đã nhận 40.000 ₫ trong 45.000 ₫" in page
    assert f'href="/vendor/{stall.code}/amount?amount_vnd=5000"' in page


def test_too_much_says_how_much_and_leads_to_giving_it_back(stall: CodedStall, vendor: FlaskClient) -> None:
    path = ask(vendor, stall, "45.000")
    pay(stall, 50_000)
    page = shown(vendor, path)
    assert "Khách chuyển dư 5.000 ₫" in page
    assert re.search(rf'href="/vendor/{stall.code}/payments/1">Trả lại 5\.000 ₫', page)
    assert 'value="5.000"' in shown(vendor, f"/vendor/{stall.code}/payments/1/cash-refund")


def test_what_is_given_back_is_not_offered_again(stall: CodedStall, vendor: FlaskClient) -> None:
    path = ask(vendor, stall, "45.000")
    pay(stall, 45_000)
    pay(stall, 45_000)
    give = {"amount_vnd": "45.000", "entry_key": "back"}
    assert vendor.post(f"/vendor/{stall.code}/payments/2/cash-refund", data=give).status_code == 303
    page = shown(vendor, path)
    assert "Trong đó 45.000 ₫ đã đi khỏi tài khoản" in page
    assert "Trả lại 45.000 ₫</a>" not in page


def test_a_code_whose_time_is_up_says_so_and_offers_a_new_one(stall: CodedStall, vendor: FlaskClient) -> None:
    path = ask(vendor, stall, "45.000")
    with time_machine.travel(clock.now() + timedelta(seconds=901), tick=True):
        page = shown(vendor, path)
    assert 'data-state="expired"' in page
    assert "Mã đã hết giờ" in page
    assert "Đừng giao hàng theo mã này" in page
    assert f'href="/vendor/{stall.code}/amount?amount_vnd=45000"' in page


def test_late_money_is_shown_as_late(stall: CodedStall, vendor: FlaskClient) -> None:
    path = ask(vendor, stall, "45.000")
    with time_machine.travel(clock.now() + timedelta(seconds=960), tick=True):
        pay(stall, 45_000)
        page = shown(vendor, path)
        assert 'data-state="expired"' in page
        assert "Tiền về trễ" in page
        assert "Đừng giao hàng" not in page
        assert "về trễ" in shown(vendor, f"/vendor/{stall.code}/payments/1")
        assert 'value="45.000"' in shown(vendor, f"/vendor/{stall.code}/payments/1/cash-refund")


def test_a_code_is_cancelled_once(stall: CodedStall, vendor: FlaskClient) -> None:
    path = ask(vendor, stall, "45.000")
    for _ in range(2):
        answer = vendor.post(f"{path}/cancel")
        assert (answer.status_code, answer.location) == (303, path)
    page = shown(vendor, path)
    assert 'data-state="cancelled"' in page
    assert "Đã hủy" in page


def test_money_that_came_first_is_not_cancelled_away(stall: CodedStall, vendor: FlaskClient) -> None:
    path = ask(vendor, stall, "45.000")
    pay(stall, 45_000)
    assert vendor.post(f"{path}/cancel").status_code == 303
    page = shown(vendor, path)
    assert "Không hủy kịp" in page
    assert 'data-state="paid"' in page


def test_money_that_the_bank_took_back_does_not_stand_there_as_received_alone(
    stall: CodedStall, vendor: FlaskClient
) -> None:
    path = ask(vendor, stall, "45.000")
    pay(stall, 45_000, external_id="taken")
    take_back("taken", 45_000)
    page = shown(vendor, path)
    assert "Trong đó 45.000 ₫ đã đi khỏi tài khoản" in page
    assert "ngân hàng đã lấy lại" in page
    assert '<h1 class="request-word trouble">Bị lấy lại</h1>' in page
    assert "Đã nhận" not in page
    assert verify(database()).findings == []


def test_a_code_made_for_an_account_that_changed_since_is_not_shown(stall: CodedStall, vendor: FlaskClient) -> None:
    path = ask(vendor, stall, "45.000")
    with database().writing() as session:
        session.execute(text("UPDATE payment_codes SET account_number = '990000000001'"))
    page = shown(vendor, path)
    assert "Mã của sạp đã đổi" in page
    assert '<svg class="code-symbol"' not in page


# Whose it is --------------------------------------------------------------------------------------


def test_another_stalls_code_is_not_found_below_ones_own_stall(
    cast: Cast, stall: CodedStall, vendor: FlaskClient
) -> None:
    made = services.ask(cast.vendor_b.principal, cast.stall_b, 45_000, key="theirs")
    for path in ("", "/cancel"):
        answer = vendor.open(f"/vendor/{stall.code}/amount/{made.public_id}{path}", method="POST" if path else "GET")
        assert answer.status_code == 404
    assert asked()[-1].cancelled_at is None


def test_a_form_from_elsewhere_makes_no_code(stall: CodedStall, vendor: FlaskClient) -> None:
    form = {"amount_vnd": "45.000", "entry_key": "forged"}
    assert vendor.post(f"/vendor/{stall.code}/amount", data=form, csrf=False).status_code == 400
    assert asked() == []


def take_back(external_id: str, amount_vnd: int) -> None:
    reversal = ReportedReversal(f"r-{external_id}", external_id, "FT1", amount_vnd, "nham", clock.now())
    commit(database(), [taking_back(reversal)])
