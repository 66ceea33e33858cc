"""One payment: what its page says of it, and of money that is not the stall's any more."""

from __future__ import annotations

import re

from flask.testing import FlaskClient

from core.database import database
from payments.recording.recorder import commit
from payments.unmatched.services import assign, unassign
from tests.payments.screen.test_asking import take_back
from tests.payments.screen.test_giving_back import home, sound
from tests.payments.screen.test_pages import pay, shown
from tests.support.cast import Cast
from tests.support.money import CodedStall, strays, submission


def test_a_tap_in_any_list_opens_the_payment(stall: CodedStall, vendor: FlaskClient) -> None:
    pay(stall, 50_000)
    for page in ("", "day"):
        assert f'href="{home(stall)}"' in shown(vendor, f"/vendor/{stall.code}/{page}")


def test_its_page_says_all_that_the_bank_said_but_the_payers_name(stall: CodedStall, vendor: FlaskClient) -> None:
    pay(stall, 50_000, content="tien rau", bank_ref="FT777", payer_name="NGUYEN VAN KHACH")
    page = shown(vendor, home(stall))
    for words in ("50.000 ₫", "năm mươi nghìn đồng", "tien rau", "FT777", "Vietcombank", "Đã nhận"):
        assert words in page
    assert "KHACH" not in page


def test_a_number_that_the_stall_never_gave_is_not_found(stall: CodedStall, vendor: FlaskClient) -> None:
    pay(stall, 50_000)
    for number in (0, 2, 2**63):
        assert vendor.get(f"/vendor/{stall.code}/payments/{number}").status_code == 404


def test_money_that_the_bank_took_back_is_told_everywhere(stall: CodedStall, vendor: FlaskClient) -> None:
    pay(stall, 50_000, external_id="taken")
    take_back("taken", 50_000)
    page = shown(vendor, home(stall))
    assert "Ngân hàng đã lấy lại" in page
    assert "Trả lại tiền cho khách" not in page
    day = shown(vendor, f"/vendor/{stall.code}/day")
    assert "ngân hàng đã lấy lại" in day
    assert "Ngân hàng lấy lại" in day
    assert "−50.000 ₫" in day
    assert re.search(r'board-total"><dt>Tổng cộng</dt><dd class="n">0 ₫', day)
    live = shown(vendor, f"/vendor/{stall.code}/")
    assert "Hôm nay trả lại 50.000 ₫" in live
    assert 'id="newest" hidden' in live
    sound()


def test_a_part_taken_back_leaves_the_rest(stall: CodedStall, vendor: FlaskClient) -> None:
    pay(stall, 50_000, external_id="taken")
    take_back("taken", 20_000)
    page = shown(vendor, home(stall))
    assert "Đã trả lại 20.000 ₫, còn 30.000 ₫" in page
    # Nobody knows what the bank will take next, so nothing is offered that the service would refuse.
    assert "Trả lại tiền cho khách" not in page
    for form in ("cash-refund", "refund"):
        assert vendor.get(f"{home(stall)}/{form}").status_code == 303


def test_money_that_the_board_took_away_again_says_so(cast: Cast, stall: CodedStall, vendor: FlaskClient) -> None:
    with database().reading() as session:
        stray = strays(session, stall.id, cast.stall_b_id, 1)
    commit(database(), [submission(*stray)])
    given = assign(cast.approver.principal, 1, stall.code, "seen")
    assert "Ban quản lý giao cho sạp này" in shown(vendor, home(stall))
    unassign(cast.approver.principal, given.id, "wrong")
    page = shown(vendor, home(stall))
    assert "Không phải của sạp này" in page
    assert "Trả lại tiền cho khách" not in page
    assert "không phải của sạp này" in shown(vendor, f"/vendor/{stall.code}/day?day=2026-11-23")
