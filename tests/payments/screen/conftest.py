"""The cast's first stall with its live code, so that a test can pay it as a shopper would; and its vendor's phone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser

from core.database import database
from payments.live.container import Bounds, LiveContainer
from tests.support.cast import PASSWORD, Cast
from tests.support.chromium import PHONE, VOICES, chromium
from tests.support.live import serving
from tests.support.money import CodedStall
from tests.support.refunds import RefundingBank
from tests.support.screens import EARS, Open, Screen
from vendors.codes.queries import live_code


@pytest.fixture
def stall(cast: Cast) -> CodedStall:
    with database().reading() as session:
        code = live_code(session, cast.stall_a_id)
    assert code is not None
    return CodedStall(
        cast.stall_a_id,
        cast.stall_a,
        cast.place_a.market_id,
        code.virtual_account or "",
        code.reference,
        code.account_number,
    )


@pytest.fixture
def vendor(app: Flask, cast: Cast, client: FlaskClient) -> FlaskClient:
    """The browser of that stall's vendor."""
    return cast.vendor_a.sign_in(client)


@pytest.fixture
def refunds(app: Flask) -> RefundingBank:
    """What becomes of refunds, in place of the simulated bank."""
    bank = RefundingBank()
    LiveContainer.of(app).gateways["simbank"] = bank
    return bank


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def port(app: Flask) -> Iterator[int]:
    LiveContainer.of(app).streams = Bounds(20, heartbeat_s=1)
    with serving(app) as port:
        yield port


@pytest.fixture
def open_screen(browser: Browser, port: int, cast: Cast, stall: CodedStall) -> Iterator[Open]:
    contexts = []

    def open_(voice: str = "vi-VN", *, sound: bool = True, **options: object) -> Screen:
        context = browser.new_context(viewport=PHONE, **options)
        contexts.append(context)
        context.add_init_script(VOICES % voice + EARS)
        page = context.new_page()
        page.goto(f"http://127.0.0.1:{port}/sign-in?next=/vendor/")
        page.fill("[name=username]", cast.vendor_a.username)
        page.fill("[name=password]", PASSWORD)
        page.locator("main form").get_by_role("button").click()
        screen = Screen(page, context, stall)
        screen.is_listening()
        if sound:
            page.get_by_test_id("sound").click()
        return screen

    yield open_
    for context in contexts:
        context.close()
