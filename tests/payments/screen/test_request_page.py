"""A code with an amount in a browser: it turns by itself when money comes, or its time is up."""

from __future__ import annotations

import itertools
import re
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from sqlalchemy import select

from core import clock
from core.database import database
from payments.recording.models import PaymentRequest
from tests.support.chromium import PHONE
from tests.support.screens import Open, Screen

pytestmark = [
    pytest.mark.browser,
    # What databases do differently is tested without a browser.
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]


def ask(screen: Screen, *keys: str) -> PaymentRequest:
    """Type an amount on the large keys, as a vendor does, and come to the page with its code."""
    page = screen.page
    page.get_by_role("link", name="Nhập số tiền").click()
    for key in keys:
        page.get_by_role("button", name=key, exact=True).click()
    page.get_by_role("button", name="Hiện mã").click()
    screen.is_listening()
    return requests()[-1]


def requests() -> list[PaymentRequest]:
    with database().reading() as session:
        return list(session.scalars(select(PaymentRequest).order_by(PaymentRequest.id)))


def state(page: Page, word: str) -> None:
    expect(page.locator("#request")).to_have_attribute("data-state", word)


def test_the_page_turns_into_received_by_itself_and_says_so(open_screen: Open) -> None:
    screen = open_screen()
    asked = ask(screen, "4", "5", "000")
    page = screen.page
    # A page that was loaded anew may not speak before it is touched, anywhere.
    page.locator("#amount").click()
    address = page.url
    screen.pay(45_000, content=f"MBVCB {asked.reference}")
    state(page, "paid")
    expect(page.get_by_role("heading", name="Đã nhận")).to_be_visible()
    expect(page.locator("body")).to_have_class(re.compile("arrived"))
    expect(page.locator("#said")).to_have_text("Đã nhận bốn mươi lăm nghìn đồng")
    assert screen.has_spoken(1) == ["vi-VN Đã nhận bốn mươi lăm nghìn đồng"]
    expect(page.locator("body")).not_to_have_class(re.compile("arrived"))
    assert page.url == address


def test_too_little_is_not_shown_in_green(open_screen: Open) -> None:
    screen = open_screen()
    asked = ask(screen, "4", "5", "000")
    screen.pay(40_000, content=asked.reference)
    state(screen.page, "underpaid")
    expect(screen.page.get_by_role("heading", name="Còn thiếu 5.000")).to_be_visible()
    expect(screen.page.locator("#said")).to_have_text("Đã nhận bốn mươi nghìn đồng")
    expect(screen.page.locator("body")).not_to_have_class(re.compile("arrived"))


def test_other_money_is_told_beside_the_code(open_screen: Open) -> None:
    screen = open_screen()
    ask(screen, "4", "5", "000")
    screen.page.locator("#amount").click()
    screen.pay(7_000)
    expect(screen.page.locator("#others")).to_contain_text("không phải của mã này: 7.000\u00a0₫")
    state(screen.page, "open")
    assert screen.has_spoken(1) == ["vi-VN Đã nhận bảy nghìn đồng"]


def test_money_that_comes_while_the_line_is_cut_is_shown_when_it_is_back(open_screen: Open) -> None:
    screen = open_screen(sound=False)
    asked = ask(screen, "4", "5", "000")
    screen.context.set_offline(True)
    expect(screen.page.locator("#lost")).to_contain_text("Mất mạng, đang nối lại")
    screen.pay(45_000, content=asked.reference)
    screen.context.set_offline(False)
    state(screen.page, "paid")
    expect(screen.page.locator("#lost")).to_be_empty()


def test_the_time_counts_down_and_at_its_end_the_page_says_so(open_screen: Open) -> None:
    screen = open_screen(sound=False)
    asked = ask(screen, "4", "5", "000")
    expect(screen.page.locator("#left")).to_have_text(re.compile(r"còn 14:\d\d"))
    with database().writing() as session:
        session.get_one(PaymentRequest, asked.id).expires_at = clock.now() + timedelta(seconds=3)
    screen.page.reload()
    state(screen.page, "expired")
    expect(screen.page.get_by_role("heading", name="Mã đã hết giờ")).to_be_visible()


def test_a_reload_and_a_double_tap_make_no_second_code(open_screen: Open) -> None:
    screen = open_screen(sound=False)
    page = screen.page
    page.get_by_role("link", name="Nhập số tiền").click()
    page.get_by_role("button", name="5", exact=True).click()
    page.get_by_role("button", name="000", exact=True).click()
    page.get_by_role("button", name="Hiện mã").dblclick()
    state(page, "open")
    page.reload()
    state(page, "open")
    assert len(requests()) == 1


def test_going_back_for_the_next_shopper_makes_a_new_code(open_screen: Open) -> None:
    screen = open_screen(sound=False)
    first = ask(screen, "4", "5", "000")
    screen.pay(45_000, content=first.reference)
    state(screen.page, "paid")
    screen.page.go_back()
    screen.page.locator("[name=amount_vnd]").fill("45.000")
    screen.page.get_by_role("button", name="Hiện mã").click()
    state(screen.page, "open")
    assert len(requests()) == 2


def test_without_a_script_a_link_shows_what_came(open_screen: Open) -> None:
    screen = open_screen(sound=False)
    asked = ask(screen, "4", "5", "000")
    plain = screen.context.browser.new_context(
        java_script_enabled=False, storage_state=screen.context.storage_state(), viewport=PHONE
    )
    page = plain.new_page()
    page.goto(screen.page.url)
    screen.pay(45_000, content=asked.reference)
    page.get_by_role("link", name="Xem tiền về chưa").click()
    expect(page.get_by_role("heading", name="Đã nhận")).to_be_visible()
    plain.close()


def test_nothing_bars_anybody_from_any_state_of_it(open_screen: Open) -> None:
    screen = open_screen(sound=False)
    live = screen.page.url
    addresses = []
    for paid_vnd in (0, 45_000, 40_000, 50_000):
        screen.page.goto(live)
        asked = ask(screen, "4", "5", "000")
        addresses.append(screen.page.url)
        if paid_vnd:
            screen.pay(paid_vnd, content=asked.reference)
    addresses.append(f"{live}payments/1")
    for address, scheme in itertools.product(addresses, ("light", "dark")):
        screen.page.emulate_media(color_scheme=scheme)
        screen.page.goto(address)
        results = Axe().run(screen.page)
        assert results.violations_count == 0, (address, scheme, results.generate_report())
        assert screen.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
