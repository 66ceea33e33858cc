"""The vendor's pages as the server makes them, without a script."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
import time_machine
import zxingcpp
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image, ImageDraw
from sqlalchemy import select, text

from core import clock
from core.database import database
from core.users.models import GrantRow
from payments.cash.models import CashSale
from payments.live.container import Bounds, LiveContainer
from payments.recording.models import StallDay
from payments.recording.recorder import commit
from payments.verification.services import verify
from tests.support.cast import Cast, approved_stall
from tests.support.money import CodedStall, credit, submission

PAGES = ("", "code", "cash", "day")


def pay(stall: CodedStall, *amounts_vnd: int, **changes: object) -> None:
    facts = {"paid_at": clock.now()} | changes
    commit(database(), [submission(*(credit(stall, amount_vnd=vnd, **facts) for vnd in amounts_vnd))])


def shown(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.status
    return unescape(answer.text).replace("\u00a0", " ")


# Which stall --------------------------------------------------------------------------------------


def test_a_vendor_of_one_stall_is_led_to_it(stall: CodedStall, vendor: FlaskClient) -> None:
    answer = vendor.get("/vendor/")
    assert (answer.status_code, answer.location) == (303, f"/vendor/{stall.code}/")


def test_a_vendor_of_several_stalls_chooses(cast: Cast, vendor: FlaskClient) -> None:
    second = approved_stall(cast.registrar.principal, cast.approver.principal, cast.market_a, "A002")
    with database().writing() as session:
        first = session.scalars(select(GrantRow).where(GrantRow.user_id == cast.vendor_a.principal.user_id)).one()
        session.add(
            GrantRow(
                user_id=first.user_id,
                role=first.role,
                scope=first.scope,
                target_id=second.id,
                granted_at=clock.now(),
            )
        )
    page = shown(vendor, "/vendor/")
    assert f'href="/vendor/{cast.stall_a}/"' in page
    assert f'href="/vendor/{second.code}/"' in page
    assert cast.stall_b not in page


def test_who_has_no_stall_of_their_own_is_told_whom_to_ask(cast: Cast, client: FlaskClient) -> None:
    assert "Hãy hỏi ban quản lý" in shown(cast.admin.sign_in(client), "/vendor/")


def test_the_code_is_found_in_any_case(stall: CodedStall, vendor: FlaskClient) -> None:
    assert vendor.get(f"/vendor/{stall.code.lower()}/").status_code == 200


# Live ---------------------------------------------------------------------------------------------


def test_a_quiet_morning_says_so(stall: CodedStall, vendor: FlaskClient) -> None:
    page = shown(vendor, f"/vendor/{stall.code}/")
    assert "Hôm nay chưa có khoản nào" in page
    assert "Hôm nay, 0 khoản" in page
    assert 'data-after="0"' in page


def test_the_newest_payment_stands_large_over_the_day_and_the_list(stall: CodedStall, vendor: FlaskClient) -> None:
    pay(stall, 20_000, 1_250_000)
    page = shown(vendor, f"/vendor/{stall.code}/")
    assert re.search(r'class="live-amount" data-digits="7"[^>]*>1\.250\.000 ₫<', page)
    assert "Hôm nay, 2 khoản" in page
    assert ">1.270.000 ₫<" in page
    assert page.index("Biên nhận số 2") < page.index("Biên nhận số 1")
    assert "Vietcombank" in page
    assert 'data-after="2"' in page


def test_yesterdays_last_payment_does_not_pass_for_one_of_today(stall: CodedStall, vendor: FlaskClient) -> None:
    yesterday = clock.now() - timedelta(days=1)
    pay(stall, 77_000, paid_at=yesterday)
    page = shown(vendor, f"/vendor/{stall.code}/")
    assert "Hôm nay, 0 khoản" in page
    assert 'id="newest" hidden' in page
    assert f"{yesterday.astimezone(clock.ZONE):%d/%m/%Y}" in page


def test_a_suspended_stall_is_told_so(stall: CodedStall, vendor: FlaskClient) -> None:
    set_status("suspended")
    assert "đang tạm ngưng" in shown(vendor, f"/vendor/{stall.code}/")


def test_english_is_a_switch_away_and_the_money_stays_vietnamese(stall: CodedStall, vendor: FlaskClient) -> None:
    pay(stall, 20_000)
    vendor.set_cookie("cho40_language", "en")
    page = shown(vendor, f"/vendor/{stall.code}/")
    assert "Today, 1 payment<" in page
    assert "20.000 ₫" in page


def test_the_payer_is_not_named(stall: CodedStall, vendor: FlaskClient) -> None:
    pay(stall, 20_000, payer_name="NGUYEN VAN KHACH")
    for page in PAGES:
        assert "KHACH" not in shown(vendor, f"/vendor/{stall.code}/{page}")


# The stream behind it -----------------------------------------------------------------------------


def test_a_screen_is_told_the_day_and_what_it_missed(stall: CodedStall, vendor: FlaskClient) -> None:
    pay(stall, 20_000, 1_250_000)
    answer = vendor.get(f"/vendor/{stall.code}/events?after=0", buffered=False)
    said = next(answer.response).decode()
    answer.close()
    assert answer.mimetype == "text/event-stream"
    assert "event: start" in said
    assert '"payments_count":2' in said
    assert '"up_to":2' in said
    assert '"words":"Đã nhận hai khoản, tổng cộng một triệu hai trăm bảy mươi nghìn đồng"' in said


def test_a_screen_that_missed_nothing_is_told_so(stall: CodedStall, vendor: FlaskClient) -> None:
    answer = vendor.get(f"/vendor/{stall.code}/events?after=0", buffered=False)
    said = next(answer.response).decode()
    answer.close()
    assert '"missed":null' in said


def test_a_quiet_screen_hears_the_day_as_its_heartbeat(app: Flask, stall: CodedStall, vendor: FlaskClient) -> None:
    LiveContainer.of(app).streams = Bounds(5, heartbeat_s=0.01, stream_for_s=0.2)
    said = vendor.get(f"/vendor/{stall.code}/events?after=0").text
    assert 'event: today\ndata: {"market_day":' in said


def test_a_script_without_a_session_is_refused_and_not_led_to_a_form(cast: Cast, client: FlaskClient) -> None:
    assert client.get(f"/vendor/{cast.stall_a}/events").status_code == 401


# My code ------------------------------------------------------------------------------------------


def test_the_code_on_the_screen_is_the_stalls_and_can_be_read(
    stall: CodedStall, cast: Cast, vendor: FlaskClient
) -> None:
    page = shown(vendor, f"/vendor/{stall.code}/code")
    with database().reading() as session:
        payload = session.scalar(text("SELECT payload FROM payment_codes WHERE stall_id = :id"), {"id": stall.id})
        holder = session.scalar(
            text("SELECT holder_name FROM settlement_accounts WHERE stall_id = :id"), {"id": stall.id}
        )
    assert read(page) == payload
    assert holder in page
    assert f"/stalls/{stall.code}/card.pdf" in page
    assert "KHÔNG THANH TOÁN" in page
    assert vendor.get(f"/stalls/{stall.code}/card.pdf").mimetype == "application/pdf"


def test_a_stall_whose_code_was_revoked_shows_none(stall: CodedStall, vendor: FlaskClient) -> None:
    with database().writing() as session:
        session.execute(text("UPDATE payment_codes SET revoked_at = issued_at, until_day = from_day"))
    page = shown(vendor, f"/vendor/{stall.code}/code")
    assert "hiện chưa có mã" in page
    assert '<svg class="code-symbol"' not in page


def test_a_closed_stall_shows_no_code(stall: CodedStall, vendor: FlaskClient) -> None:
    set_status("closed")
    assert "hiện chưa có mã" in shown(vendor, f"/vendor/{stall.code}/code")


def read(page: str, module: int = 6) -> str:
    """What a camera reads from the symbol on the page."""
    left, top, side, _ = map(int, re.search(r'viewBox="(-?\d+) (-?\d+) (\d+) (\d+)" role="img"', page).groups())
    picture = Image.new("L", (side * module, side * module), 255)
    pen = ImageDraw.Draw(picture)
    for x, y, run in re.findall(r"M(\d+) (\d+)h(\d+)v1", page):
        x0, y0 = (int(x) - left) * module, (int(y) - top) * module
        pen.rectangle((x0, y0, x0 + int(run) * module - 1, y0 + module - 1), fill=0)
    return zxingcpp.read_barcodes(picture)[0].text


# Cash ---------------------------------------------------------------------------------------------


def entry_key(page: str) -> str:
    return re.search(r'name="entry_key" value="(\w+)"', page)[1]


def note(vendor: FlaskClient, stall: CodedStall, amount: str, key: str) -> object:
    return vendor.post(f"/vendor/{stall.code}/cash", data={"amount_vnd": amount, "entry_key": key})


def cash_noted() -> list[int]:
    with database().reading() as session:
        return list(session.scalars(select(CashSale.amount_vnd).order_by(CashSale.id)))


def test_one_tap_on_an_amount_notes_it_and_says_how_to_undo(stall: CodedStall, vendor: FlaskClient) -> None:
    page = shown(vendor, f"/vendor/{stall.code}/cash")
    assert 'name="amount_vnd" value="50000"' in page
    answer = note(vendor, stall, "50000", entry_key(page))
    assert (answer.status_code, answer.location) == (303, f"/vendor/{stall.code}/cash")
    page = shown(vendor, answer.location)
    assert "Đã ghi 50.000 ₫ tiền mặt. Ghi nhầm thì bấm Bỏ" in page
    assert cash_noted() == [50_000]


def test_each_page_brings_a_key_of_its_own(stall: CodedStall, vendor: FlaskClient) -> None:
    keys = {entry_key(shown(vendor, f"/vendor/{stall.code}/cash")) for _ in range(2)}
    assert len(keys) == 2


def test_a_double_tap_notes_one_sale_and_says_so(stall: CodedStall, vendor: FlaskClient) -> None:
    note(vendor, stall, "50000", "one page")
    note(vendor, stall, "50000", "one page")
    assert cash_noted() == [50_000]
    assert "đã được ghi rồi" in shown(vendor, f"/vendor/{stall.code}/cash")


def test_another_amount_from_the_same_page_is_not_noted_in_silence(stall: CodedStall, vendor: FlaskClient) -> None:
    note(vendor, stall, "50000", "one page")
    note(vendor, stall, "20000", "one page")
    assert cash_noted() == [50_000]
    assert "đã ghi một số tiền khác" in shown(vendor, f"/vendor/{stall.code}/cash")


def test_an_amount_may_be_typed_with_dots(stall: CodedStall, vendor: FlaskClient) -> None:
    note(vendor, stall, "45.000", "one page")
    assert cash_noted() == [45_000]


@pytest.mark.parametrize(
    ("typed", "words"), [("50", "Năm mươi nghìn thì gõ 50.000"), ("", "Gõ số tiền bằng chữ số"), ("x", "Gõ số tiền")]
)
def test_an_amount_that_cannot_be_meant_is_asked_for_again(
    stall: CodedStall, vendor: FlaskClient, typed: str, words: str
) -> None:
    answer = note(vendor, stall, typed, "one page")
    assert answer.status_code == 422
    assert words in unescape(answer.text)
    assert cash_noted() == []


def test_a_mistaken_sale_is_taken_back(stall: CodedStall, vendor: FlaskClient) -> None:
    note(vendor, stall, "50000", "one page")
    page = shown(vendor, f"/vendor/{stall.code}/cash")
    undo = re.search(r'action="(/vendor/[^"]+/undo)"', page)[1]
    assert vendor.post(undo).status_code == 303
    page = shown(vendor, f"/vendor/{stall.code}/cash")
    assert "Đã bỏ khoản 50.000 ₫" in page
    assert re.search(r"<del[^>]*>50\.000 ₫</del>", page)
    with database().reading() as session:
        day = session.scalars(select(StallDay)).one()
    assert (day.cash_count, day.cash_vnd) == (0, 0)
    assert verify(database()).findings == []


def test_yesterdays_sale_stays_and_the_vendor_is_told_why(stall: CodedStall, vendor: FlaskClient) -> None:
    note(vendor, stall, "50000", "one page")
    with time_machine.travel(clock.now() + timedelta(days=1), tick=True):
        assert vendor.post(f"/vendor/{stall.code}/cash/1/undo").status_code == 303
        assert "Chỉ bỏ được khoản ghi hôm nay" in shown(vendor, f"/vendor/{stall.code}/cash")


def test_a_stall_that_does_not_trade_has_no_keys_for_cash(stall: CodedStall, vendor: FlaskClient) -> None:
    set_status("suspended")
    page = shown(vendor, f"/vendor/{stall.code}/cash")
    assert "không ghi tiền mặt được" in page
    assert "entry_key" not in page
    note(vendor, stall, "50000", "one page")
    assert cash_noted() == []


def test_a_form_from_elsewhere_notes_nothing(stall: CodedStall, vendor: FlaskClient) -> None:
    data = {"amount_vnd": "50000", "entry_key": "forged"}
    assert vendor.post(f"/vendor/{stall.code}/cash", data=data, csrf=False).status_code == 400
    assert cash_noted() == []


# My day -------------------------------------------------------------------------------------------


def test_the_day_adds_up_bank_and_cash(stall: CodedStall, vendor: FlaskClient) -> None:
    pay(stall, 20_000, 30_000)
    note(vendor, stall, "5000", "one page")
    page = shown(vendor, f"/vendor/{stall.code}/day")
    for words in ("2 khoản chuyển khoản", "50.000 ₫", "1 khoản tiền mặt", "5.000 ₫", "Tổng cộng", "55.000 ₫"):
        assert words in page
    assert page.index("Biên nhận số 2") < page.index("Biên nhận số 1")


def test_another_day_is_a_link_away(stall: CodedStall, vendor: FlaskClient) -> None:
    yesterday = clock.today() - timedelta(days=1)
    pay(stall, 77_000, paid_at=clock.now() - timedelta(days=1))
    assert f"?day={yesterday}" in shown(vendor, f"/vendor/{stall.code}/day")
    page = shown(vendor, f"/vendor/{stall.code}/day?day={yesterday}")
    assert f"<h1>{yesterday:%d/%m/%Y}</h1>" in page
    assert "77.000 ₫" in page
    assert f"?day={clock.today()}" in page


@pytest.mark.parametrize(
    ("day", "status"), [("yesterday", 422), ("2026-13-01", 422), ("9999-12-31", 404), ("2001-01-01", 404)]
)
def test_a_day_that_is_none_is_refused(stall: CodedStall, vendor: FlaskClient, day: str, status: int) -> None:
    assert vendor.get(f"/vendor/{stall.code}/day?day={day}").status_code == status


# Whose screen it is -------------------------------------------------------------------------------

POSTS = ("cash", "cash/1/undo")


@pytest.mark.parametrize("page", [*PAGES, "events"])
def test_another_stalls_vendor_finds_nothing(cast: Cast, vendor: FlaskClient, page: str) -> None:
    assert vendor.get(f"/vendor/{cast.stall_b}/{page}").status_code == 404


@pytest.mark.parametrize("path", POSTS)
def test_another_stalls_vendor_changes_nothing(cast: Cast, vendor: FlaskClient, path: str) -> None:
    data = {"amount_vnd": "50000", "entry_key": "theirs"}
    assert vendor.post(f"/vendor/{cast.stall_b}/{path}", data=data).status_code == 404
    assert cash_noted() == []


@pytest.mark.parametrize("page", PAGES)
def test_who_is_not_signed_in_is_asked_to(cast: Cast, client: FlaskClient, page: str) -> None:
    answer = client.get(f"/vendor/{cast.stall_a}/{page}")
    assert (answer.status_code, answer.location.split("?")[0]) == (302, "/sign-in")


@pytest.mark.parametrize(
    "who", ["registrar", "approver", "field_agent", "commune_officer", "province_officer", "operator"]
)
def test_neither_board_nor_officials_see_a_stalls_takings(cast: Cast, client: FlaskClient, who: str) -> None:
    browser = cast.everybody()[who].sign_in(client)
    for page in (*PAGES, "events"):
        assert browser.get(f"/vendor/{cast.stall_a}/{page}").status_code == 403


def test_a_stall_that_is_not_there_is_not_found(vendor: FlaskClient) -> None:
    assert vendor.get("/vendor/ZZ99-X999/").status_code == 404


def set_status(status: str) -> None:
    with database().writing() as session:
        session.execute(text("UPDATE stalls SET status = :status"), {"status": status})
