"""The whole thing, with real parts: registered, approved, printed, scanned by a camera, paid, heard, counted."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect

from core import clock
from core.database import database
from core.settings import DEMO_API_KEY
from payments.verification.services import verify
from tests.support.cast import PASSWORD, Cast, Person
from tests.support.chromium import DESK, PHONE, VOICES, chromium, film, with_camera
from tests.support.servers import House

pytestmark = pytest.mark.browser

HOLDER = "PHAM THI MAU MOI"
ACCOUNT = "4000999900001"
PHONE_NUMBER = "0900009999"
NEW_PASSWORD = "mật khẩu mới của tôi"
SHOPPER = "0100000001"


@pytest.fixture
def house(app: Flask, database_url: str, tmp_path: Path) -> Iterator[House]:
    house = House(database_url, tmp_path).start()
    yield house
    house.stop()


@pytest.fixture
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def open_account_at_the_bank(house: House) -> None:
    httpx.post(
        f"{house.url}/simbank/api/v1/accounts",
        headers={"Authorization": f"Bearer {DEMO_API_KEY}"},
        json={"items": [{"account_number": ACCOUNT, "holder_name": HOLDER, "opening_balance_vnd": 0}]},
        timeout=20,
    ).raise_for_status()


def visit(browser: Browser, asked: list[str], size: dict[str, int] = DESK) -> BrowserContext:
    """A visitor of their own, whose every request is noted."""
    context = browser.new_context(viewport=size, permissions=["camera"], accept_downloads=True)
    context.on("request", lambda request: asked.append(request.url))
    return context


def sign_in(page: Page, house: House, username: str, password: str) -> None:
    page.goto(f"{house.url}/sign-in")
    page.fill("[name=username]", username)
    page.fill("[name=password]", password)
    page.locator("main form").get_by_role("button").click()
    expect(page.locator("[name=username]")).to_have_count(0)


def register(page: Page, house: House, person: Person, cast: Cast) -> str:
    sign_in(page, house, person.username, PASSWORD)
    page.goto(f"{house.url}/stalls/register")
    page.fill("[name=number]", "B077")
    page.fill("[name=goods_line]", "Rau củ")
    page.fill("[name='vendor.name']", "Phạm Thị Mẫu Mới")
    page.fill("[name='vendor.phone']", PHONE_NUMBER)
    page.select_option("[name='account.bank_bin']", "970499")
    page.fill("[name='account.account_number']", ACCOUNT)
    page.fill("[name='account.holder_name']", HOLDER)
    page.locator("main form").get_by_role("button").click()
    code = f"{cast.market_a}-B077"
    expect(page.locator("main")).to_contain_text("B077")
    return code


def approve(page: Page, house: House, person: Person, code: str) -> tuple[bytes, str]:
    """Approve the stall; gives its card as PDF and the vendor's one-time password."""
    sign_in(page, house, person.username, PASSWORD)
    page.goto(f"{house.url}/stalls/waiting")
    page.locator(f"button[name=only][value='{code}']").click()
    page.goto(f"{house.url}/stalls/{code}")
    card = page.request.get(f"{house.url}/stalls/{code}/card.pdf?size=a6")
    assert card.ok
    page.locator("form[action$='/sign-in']").get_by_role("button").click()
    secret = page.locator(".slip code").inner_text().strip()
    return card.body(), secret


def become_vendor(page: Page, house: House, secret: str, code: str) -> None:
    """The vendor's first sign-in, with a password of their own; then the stall's screen."""
    sign_in(page, house, PHONE_NUMBER, secret)
    page.wait_for_url("**/password")
    page.fill("[name=old]", secret)
    page.fill("[name=new]", NEW_PASSWORD)
    page.fill("[name=again]", NEW_PASSWORD)
    page.locator("main form").get_by_role("button").click()
    page.wait_for_url("**/sign-in")
    sign_in(page, house, PHONE_NUMBER, NEW_PASSWORD)
    page.goto(f"{house.url}/vendor/{code}/")


def adoption(house: House, person: Person) -> dict[str, int]:
    """The district's figures as the officer's API gives them."""
    today = clock.today().isoformat()
    answer = httpx.get(
        f"{house.url}/api/v1/adoption",
        params={"area": "689", "by": "market", "from": today, "to": today},
        headers=person.headers,
        timeout=20,
    )
    answer.raise_for_status()
    total: dict[str, int] = answer.json()["total"]
    return total


def pay_by_camera(browser: Browser, asked: list[str], house: House, amount: str) -> None:
    page = visit(browser, asked, PHONE).new_page()
    page.goto(f"{house.url}/simbank/")
    page.get_by_test_id(f"customer-{SHOPPER}").click()
    page.get_by_test_id("scan").click()
    page.wait_for_url("**/confirm?code=*")
    expect(page.get_by_test_id("holder")).to_have_text(HOLDER)
    page.get_by_test_id("amount").press_sequentially(amount)
    page.get_by_test_id("pay").click()
    expect(page.get_by_test_id("result")).to_have_attribute("data-state", "done")


def heard(vendor: Page) -> list[str]:
    """What the screen has said, once it has said something about money."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        said: list[str] = vendor.evaluate("window.spoken")
        if any("đồng" in words for words in said):
            return said
        time.sleep(0.1)
    return said


def test_from_a_registration_to_the_districts_figure(
    app: Flask, house: House, browser: Browser, cast: Cast, tmp_path: Path
) -> None:
    asked: list[str] = []
    open_account_at_the_bank(house)
    before = adoption(house, cast.district_officer)

    code = register(visit(browser, asked, PHONE).new_page(), house, cast.registrar, cast)
    card, secret = approve(visit(browser, asked).new_page(), house, cast.approver, code)

    vendor = visit(browser, asked, PHONE).new_page()
    vendor.add_init_script(VOICES % "vi-VN")
    become_vendor(vendor, house, secret, code)
    vendor.locator("#sound button").click()
    expect(vendor.locator("[data-state=listening]")).to_be_visible()

    with with_camera(browser, film(tmp_path / "card.y4m", card, turned_by=7)) as shoppers_browser:
        pay_by_camera(shoppers_browser, asked, house, "35000")

    expect(vendor.locator("#newest")).to_contain_text("35.000")
    expect(vendor.locator("#today-amount")).to_contain_text("35.000")
    assert "vi-VN Đã nhận ba mươi lăm nghìn đồng" in heard(vendor)

    after = adoption(house, cast.district_officer)
    assert after["stalls"] == before["stalls"] + 1
    assert after["stalls_with_qr"] == before["stalls_with_qr"] + 1
    assert after["stalls_active"] == before["stalls_active"] + 1

    officer = visit(browser, asked).new_page()
    sign_in(officer, house, cast.district_officer.username, PASSWORD)
    officer.goto(f"{house.url}/adoption/")
    expect(officer.locator("main")).to_contain_text(f"{after['stalls_active']}")

    assert [url for url in asked if not url.startswith((house.url, "blob:", "data:"))] == []
    assert verify(database()).findings == []
