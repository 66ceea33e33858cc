"""The live page in a browser: what a vendor sees and hears, and what happens when the line is cut."""

from __future__ import annotations

import itertools
import re
import threading

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Route, expect
from sqlalchemy import update

from core import clock
from core.database import database
from core.users.models import SignIn
from payments.live.container import Bounds, LiveContainer
from tests.support.chromium import PHONE
from tests.support.screens import Open

pytestmark = [
    pytest.mark.browser,
    # What databases do differently is tested without a browser.
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]


def test_a_payment_is_shown_and_said_without_a_reload(open_screen: Open) -> None:
    screen = open_screen()
    expect(screen.amount).to_be_hidden()
    screen.pay(1_250_000)
    expect(screen.page.locator("body")).to_have_class(re.compile("arrived"))
    expect(screen.amount).to_have_text("1.250.000\u00a0₫")
    expect(screen.page.get_by_test_id("today-total")).to_have_text("1.250.000\u00a0₫")
    expect(screen.page.locator("#today-words")).to_have_text("Hôm nay, 1 khoản")
    expect(screen.page.locator("#bank")).to_have_text("Vietcombank")
    expect(screen.page.locator("#said")).to_have_text("Đã nhận 1.250.000\u00a0₫")
    screen.has_receipts(1)
    assert screen.has_spoken(1) == ["vi-VN Đã nhận một triệu hai trăm năm mươi nghìn đồng"]
    expect(screen.page.locator("body")).not_to_have_class(re.compile("arrived"))


def test_several_at_once_are_said_one_by_one_and_the_list_is_complete_at_once(open_screen: Open) -> None:
    screen = open_screen()
    screen.pay(10_000, 20_000, 30_000)
    screen.has_receipts(3, 2, 1)
    expect(screen.page.get_by_test_id("today-total")).to_have_text("60.000\u00a0₫")
    assert len(screen.spoken()) == 1
    assert [words.split("nhận ")[1] for words in screen.has_spoken(3)] == [
        "mười nghìn đồng",
        "hai mươi nghìn đồng",
        "ba mươi nghìn đồng",
    ]


def test_the_line_may_be_cut_again_and_again(app: Flask, open_screen: Open) -> None:
    LiveContainer.of(app).streams = Bounds(20, heartbeat_s=0.1, stream_for_s=0.3)
    screen = open_screen()
    for n in range(1, 6):
        screen.pay(n * 1_000)
        screen.page.wait_for_timeout(400)
    screen.has_receipts(5, 4, 3, 2, 1)
    assert len(screen.has_spoken(5)) == 5


def test_forty_payments_while_it_was_away_are_told_in_one_sentence(open_screen: Open) -> None:
    screen = open_screen()
    screen.context.set_offline(True)
    expect(screen.page.locator("#lost")).to_contain_text("Mất mạng, đang nối lại")
    screen.pay(*[50_000] * 40)
    screen.context.set_offline(False)
    screen.is_listening()
    expect(screen.page.locator("#lost")).to_be_empty()
    screen.has_receipts(*range(40, 0, -1))
    expect(screen.page.locator("#word")).to_have_text("Lúc mất mạng đã nhận 40 khoản")
    expect(screen.amount).to_have_text("2.000.000\u00a0₫")
    screen.pay(7_000)
    assert screen.has_spoken(2) == [
        "vi-VN Đã nhận bốn mươi khoản, tổng cộng hai triệu đồng",
        "vi-VN Đã nhận bảy nghìn đồng",
    ]


def test_it_comes_back_when_there_was_no_place_for_it(app: Flask, open_screen: Open) -> None:
    LiveContainer.of(app).streams = Bounds(20, heartbeat_s=0.1, stream_for_s=0.3)
    screen = open_screen()
    # Every place is taken: the stream that ends now finds none, and is told 503.
    LiveContainer.of(app).streams = Bounds(1)
    places = LiveContainer.of(app).streams.places
    assert places.acquire(blocking=False)
    expect(screen.page.get_by_test_id("link-state")).to_have_attribute("data-state", "lost")
    screen.pay(7_000)
    places.release()
    screen.is_listening()
    screen.has_receipts(1)
    expect(screen.amount).to_have_text("7.000\u00a0₫")


def test_it_tries_until_the_network_lets_it_through(open_screen: Open) -> None:
    screen = open_screen()
    through = threading.Event()
    screen.page.route("**/events*", lambda route: route.continue_() if through.is_set() else route.abort())
    screen.context.set_offline(True)
    screen.context.set_offline(False)
    expect(screen.page.get_by_test_id("link-state")).to_have_attribute("data-state", "lost")
    screen.pay(7_000)
    through.set()
    screen.is_listening()
    screen.has_receipts(1)


def test_a_line_that_died_without_a_word_is_noticed_by_its_silence(app: Flask, open_screen: Open) -> None:
    screen = open_screen(sound=False)
    LiveContainer.of(app).streams = Bounds(20, heartbeat_s=60)
    asked: list[str] = []
    screen.page.on("request", lambda request: asked.append(request.url) if "/events" in request.url else None)
    screen.page.route("**/vendor/*/", impatient)
    screen.page.reload()
    screen.is_listening()
    screen.page.wait_for_timeout(3_500)
    assert len(asked) >= 2


def impatient(route: Route) -> None:
    """The page, told to take half a second of silence for a dead line."""
    answer = route.fetch()
    route.fulfill(response=answer, body=re.sub(r'data-silence-ms="\d+"', 'data-silence-ms="500"', answer.text()))


def test_a_phone_without_a_vietnamese_voice_says_so_and_rings(open_screen: Open) -> None:
    screen = open_screen("en-US")
    expect(screen.page.locator("#no-voice")).to_be_visible()
    screen.pay(20_000)
    screen.page.wait_for_function("() => window.tones === 3")
    assert screen.spoken() == []


def test_nothing_is_said_before_the_vendor_turned_the_sound_on(open_screen: Open) -> None:
    screen = open_screen(sound=False)
    screen.pay(20_000)
    expect(screen.amount).to_have_text("20.000\u00a0₫")
    screen.page.wait_for_timeout(300)
    assert (screen.spoken(), screen.page.evaluate("window.tones")) == ([], 0)


def test_the_sound_stays_on_for_this_visit_and_can_be_turned_off(open_screen: Open) -> None:
    screen = open_screen()
    screen.page.reload()
    screen.is_listening()
    # A page that was loaded anew may not speak before it is touched, anywhere.
    screen.page.locator("#waiting").click()
    screen.pay(20_000)
    assert len(screen.has_spoken(1)) == 1
    screen.page.get_by_role("button", name="Tắt loa").click()
    screen.pay(30_000)
    screen.has_receipts(2, 1)
    screen.page.wait_for_timeout(2_500)
    assert len(screen.spoken()) == 1


def test_who_was_signed_out_elsewhere_is_asked_to_sign_in(app: Flask, open_screen: Open) -> None:
    LiveContainer.of(app).streams = Bounds(20, heartbeat_s=0.1, stream_for_s=0.3)
    screen = open_screen()
    screen.context.clear_cookies()
    screen.page.wait_for_url(re.compile(r"/sign-in\?next="))


def test_whose_sign_in_was_ended_elsewhere_sees_no_payment_more(app: Flask, open_screen: Open) -> None:
    screen = open_screen()
    with database().writing() as session:
        session.execute(update(SignIn).values(ended_at=clock.now()))
    screen.pay(65_000)
    screen.page.wait_for_url(re.compile(r"/sign-in\?next="))


def test_without_a_script_the_page_is_right_and_one_link_shows_what_is_new(open_screen: Open, port: int) -> None:
    screen = open_screen()
    state = screen.context.storage_state()
    plain = screen.context.browser.new_context(java_script_enabled=False, storage_state=state, viewport=PHONE)
    page = plain.new_page()
    page.goto(screen.page.url)
    screen.pay(65_000)
    page.get_by_role("link", name="Xem khoản mới").click()
    expect(page.get_by_test_id("live-amount")).to_have_text("65.000\u00a0₫")
    expect(page.get_by_test_id("today-total")).to_have_text("65.000\u00a0₫")
    expect(page.get_by_test_id("link-state")).to_be_hidden()
    plain.close()


def test_every_amount_fills_the_width_and_no_more(open_screen: Open) -> None:
    screen = open_screen(sound=False)
    for amount_vnd in (500, 5_000, 65_000, 650_000, 1_250_000, 48_000_000, 499_999_999):
        screen.pay(amount_vnd)
        screen.page.reload()
        for width, height in ((360, 740), (390, 844), (844, 390), (1280, 800)):
            screen.page.set_viewport_size({"width": width, "height": height})
            room, wide = screen.page.evaluate(
                """() => {
                  const text = document.createRange();
                  text.selectNodeContents(document.getElementById("amount"));
                  return [document.getElementById("newest").clientWidth, text.getBoundingClientRect().width];
                }"""
            )
            assert wide <= room, (amount_vnd, width)
            # Lying on its side a phone has not the height for it.
            assert height < width or wide >= 0.7 * room, (amount_vnd, width)
            assert screen.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (amount_vnd, width)


def test_nothing_bars_anybody_from_the_pages(open_screen: Open) -> None:
    screen = open_screen(sound=False)
    screen.pay(65_000)
    live = screen.page.url
    for page, scheme in itertools.product(("", "code", "cash", "day"), ("light", "dark")):
        screen.page.emulate_media(color_scheme=scheme)
        screen.page.goto(f"{live}{page}")
        results = Axe().run(screen.page)
        assert results.violations_count == 0, (page, scheme, results.generate_report())


def test_the_moment_of_arrival_can_be_read_by_everybody(open_screen: Open) -> None:
    screen = open_screen()
    screen.page.evaluate("document.body.classList.add('arrived')")
    screen.page.wait_for_timeout(400)
    assert Axe().run(screen.page).violations_count == 0


def test_the_pad_types_an_amount_and_the_second_tap_waits(open_screen: Open) -> None:
    screen = open_screen(sound=False)
    screen.page.goto(f"{screen.page.url}cash")
    for key in ("4", "5", "000"):
        screen.page.get_by_role("button", name=key, exact=True).click()
    expect(screen.page.locator("#field-amount_vnd")).to_have_value("45.000")
    screen.page.get_by_role("button", name="Xóa").click()
    expect(screen.page.locator("#field-amount_vnd")).to_have_value("4.500")
    screen.page.get_by_role("button", name="Ghi tiền mặt").dblclick()
    expect(screen.page.locator(".flashes")).to_contain_text("Đã ghi 4.500\u00a0₫ tiền mặt")
    expect(screen.page.locator("#last + ol li")).to_have_count(1)
