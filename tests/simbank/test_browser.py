"""The shopper's app in a real browser: camera, picture, paste; nothing leaves the host; axe finds nothing."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import qrcode
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect
from qrcode.image.pil import PilImage
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import WSGIRequestHandler, make_server

import vietqr
from tests.simbank.cast import STALL_ACCOUNT, STALL_HOLDER, Counter, counter
from tests.support.chromium import PHONE, chromium

pytestmark = pytest.mark.browser

CODE = vietqr.encode(bank_bin="970499", account_number=STALL_ACCOUNT, purpose="DX7K2M9Q")


def symbol(payload: str, box: int = 8) -> Image.Image:
    made = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_Q, border=4, box_size=box)
    made.add_data(payload)
    return made.make_image(image_factory=PilImage).get_image().convert("L")


def film(path: Path, picture: Image.Image) -> None:
    """Write a short film, 640 by 480, of a picture on a grey table, turned a little."""
    frame = Image.new("L", (640, 480), 120)
    turned = picture.resize((360, 360)).rotate(6, expand=True, fillcolor=120)
    frame.paste(turned, ((640 - turned.width) // 2, (480 - turned.height) // 2))
    luma = np.asarray(frame, dtype=np.uint8).tobytes()
    chroma = bytes([128]) * (2 * 320 * 240)
    with path.open("wb") as out:
        out.write(b"YUV4MPEG2 W640 H480 F10:1 Ip A1:1 C420\n")
        for _ in range(4):
            out.write(b"FRAME\n" + luma + chroma)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    path = tmp_path_factory.mktemp("camera") / "stall.y4m"
    film(path, symbol(CODE))
    with chromium(path) as made:
        yield made


class Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_request(self, *_: object) -> None:
        pass


@dataclass
class Site:
    """The bank at a real address, mounted as in the demo."""

    url: str
    counter: Counter


@pytest.fixture
def site(simbank_sqlite_url: str) -> Iterator[Site]:
    made = counter(simbank_sqlite_url)
    made.open_stall()

    def elsewhere(_environ, start_response):
        start_response("404 Not Found", [("Content-Type", "text/plain")])
        return [b"another program"]

    mounted = DispatcherMiddleware(elsewhere, {"/simbank": made.app})
    server = make_server("127.0.0.1", 0, mounted, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Site(f"http://127.0.0.1:{server.server_port}/simbank", made)
    server.shutdown()
    made.bank.stop()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport=PHONE, permissions=["camera"])
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext, site: Site) -> Page:
    """A signed-in shopper's page. What a browser complains about fails the test."""
    made = context.new_page()
    sign_in(made, site)
    return made


def sign_in(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/")
    page.get_by_test_id("customer-0100000001").click()
    page.wait_for_url("**/home")


def test_the_camera_reads_a_code_through_webassembly_and_the_shopper_pays(page, site):
    asked, complaints = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))

    page.get_by_test_id("scan").click()
    page.wait_for_url("**/confirm?code=*")
    expect(page.get_by_test_id("holder")).to_have_text(STALL_HOLDER)
    page.get_by_test_id("amount").press_sequentially("35000")
    page.get_by_test_id("pay").click()
    page.wait_for_url("**/transfers/*")

    expect(page.get_by_test_id("result")).to_have_attribute("data-state", "done")
    expect(page.get_by_test_id("paid-amount")).to_have_text("35.000\u00a0₫")
    assert site.counter.balance_vnd(STALL_ACCOUNT) == 35_000
    assert any("zxing_reader.wasm" in url for url in asked)
    assert [url for url in asked if not url.startswith((site.url, "blob:"))] == []
    assert complaints == []


def test_the_browser_s_own_detector_is_used_where_there_is_one(page):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.add_init_script(
        f"""window.BarcodeDetector = class {{
          static async getSupportedFormats() {{ return ["qr_code"]; }}
          async detect() {{ return [{{ rawValue: "{CODE}" }}]; }}
        }};"""
    )

    page.get_by_test_id("scan").click()
    page.wait_for_url("**/confirm?code=*")

    expect(page.get_by_test_id("holder")).to_have_text(STALL_HOLDER)
    assert not any("zxing" in url for url in asked)


def stop_camera(page: Page, error: str) -> None:
    page.add_init_script(
        f"navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', '{error}'));"
    )


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("NotAllowedError", "Camera chưa được phép dùng"),
        ("NotFoundError", "Không thấy camera"),
        ("NotReadableError", "Ứng dụng khác đang dùng camera"),
    ],
)
def test_a_camera_that_does_not_open_is_explained(page, error, words):
    stop_camera(page, error)

    page.get_by_test_id("scan").click()

    expect(page.get_by_test_id("scan-status")).to_contain_text(words)
    expect(page.get_by_role("button", name="Mở camera")).to_be_visible()


def choose_picture(page: Page, picture: Path) -> None:
    """Choose one as a shopper does: only once its key shows, which it does when the page's script listens."""
    expect(page.get_by_text("Chọn ảnh", exact=True)).to_be_visible()
    page.get_by_test_id("picture").set_input_files(picture)


def test_a_picture_is_read(page, tmp_path):
    stop_camera(page, "NotFoundError")
    symbol(CODE, 5).save(tmp_path / "code.png")
    page.get_by_test_id("scan").click()

    choose_picture(page, tmp_path / "code.png")

    page.wait_for_url("**/confirm?code=*")
    expect(page.get_by_test_id("holder")).to_have_text(STALL_HOLDER)


def test_a_picture_without_a_code_is_explained(page, tmp_path):
    stop_camera(page, "NotFoundError")
    Image.new("RGB", (300, 200), "white").save(tmp_path / "white.png")
    page.get_by_test_id("scan").click()

    choose_picture(page, tmp_path / "white.png")

    expect(page.get_by_test_id("scan-status")).to_contain_text("Ảnh này không có mã QR")


def test_a_bad_code_does_not_start_the_camera_again_by_itself(page):
    stop_camera(page, "NotFoundError")
    page.get_by_test_id("scan").click()
    page.get_by_test_id("paste").fill("https://example.org")
    page.get_by_test_id("read").click()

    expect(page.get_by_test_id("scan-error")).to_contain_text("Mã này mở một trang web")
    expect(page.get_by_test_id("paste")).to_have_value("https://example.org")
    expect(page.get_by_test_id("scan-status")).to_be_hidden()


def test_dots_appear_as_one_types_and_the_key_says_the_amount(page, site):
    page.goto(f"{site.url}/confirm?code={CODE}")
    amount = page.get_by_test_id("amount")

    amount.press_sequentially("1234567")
    expect(amount).to_have_value("1.234.567")
    expect(page.get_by_test_id("pay")).to_have_text("Trả 1.234.567\u00a0₫")
    for _ in range(3):
        amount.press("ArrowLeft")
    amount.press("Backspace")
    expect(amount).to_have_value("123.567")


def test_without_javascript_paste_and_pay_work(browser, site):
    context = browser.new_context(viewport=PHONE, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, site)
    page.get_by_test_id("scan").click()
    page.get_by_test_id("paste").fill(CODE)
    page.get_by_test_id("read").click()
    page.get_by_test_id("amount").fill("20.000")
    page.get_by_test_id("pay").click()

    expect(page.get_by_test_id("result")).to_have_attribute("data-state", "done")
    assert site.counter.balance_vnd(STALL_ACCOUNT) == 20_000
    context.close()


def test_without_javascript_faults_are_switched(browser, site):
    context = browser.new_context(viewport=PHONE, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site.url}/")
    page.get_by_test_id("faults").click()
    page.get_by_test_id("percent-lost").fill("30")
    page.get_by_test_id("percent-lost").press("Enter")
    expect(page.get_by_test_id("on")).to_have_text("Đang bật: Thất lạc")
    page.get_by_test_id("next-duplicate").click()
    expect(page.get_by_test_id("on")).to_have_text("Đang bật: Gửi hai lần, Thất lạc")
    page.get_by_test_id("off").click()

    expect(page.get_by_test_id("on")).to_have_text("Chưa bật lỗi nào.")
    context.close()


def visit_all(page: Page, site: Site) -> Iterator[str]:
    """Go to every screen in turn; yield its name."""
    stop_camera(page, "NotFoundError")
    page.goto(f"{site.url}/")
    yield "welcome"
    page.get_by_test_id("customer-0100000001").click()
    page.wait_for_url("**/home")
    yield "home"
    page.get_by_test_id("scan").click()
    expect(page.get_by_role("button", name=re.compile("Mở camera|Turn on"))).to_be_visible()
    yield "scan"
    page.get_by_test_id("paste").fill("000201")
    page.get_by_test_id("read").click()
    yield "scan refused"
    page.goto(f"{site.url}/confirm?code={CODE}")
    yield "confirm"
    page.get_by_test_id("amount").fill("1000")
    page.get_by_test_id("pay").click()
    page.wait_for_url("**/transfers/*")
    yield "paid"
    page.goto(f"{site.url}/confirm?code={CODE}")
    page.get_by_test_id("amount").fill("99000000")
    page.get_by_test_id("pay").click()
    page.wait_for_url("**/transfers/*")
    yield "refused"
    page.goto(f"{site.url}/home")
    yield "home with transfers"
    page.get_by_test_id("faults").click()
    yield "faults"
    page.get_by_test_id("percent-lost").fill("x")
    page.get_by_test_id("percent-lost").press("Enter")
    expect(page.get_by_test_id("wrong")).to_be_visible()
    yield "faults refused"
    page.goto(f"{site.url}/faults")
    page.get_by_test_id("percent-duplicate").fill("100")
    page.get_by_test_id("next-bank_down").click()
    expect(page.get_by_test_id("notice")).to_be_visible()
    site.counter.step()
    site.counter.pay(STALL_ACCOUNT, 1_000)
    page.goto(f"{site.url}/faults")
    expect(page.get_by_test_id("down")).to_be_visible()
    yield "faults done"
    page.get_by_test_id("off").click()
    page.goto(f"{site.url}/nothing")
    yield "error"


@pytest.mark.parametrize(("size", "scheme"), [(PHONE, "light"), ({"width": 1280, "height": 800}, "dark")])
def test_axe_finds_nothing(browser, site, size, scheme):
    context = browser.new_context(viewport=size, color_scheme=scheme, reduced_motion="reduce")
    page = context.new_page()

    for name in visit_all(page, site):
        found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]})
        assert found.violations_count == 0, f"{name}: {found.generate_report()}"
    context.close()


def test_every_target_is_large_enough_and_nothing_overflows(browser, site):
    context = browser.new_context(viewport={"width": 320, "height": 640})
    page = context.new_page()

    for name in visit_all(page, site):
        page.evaluate("document.fonts.ready")
        small = page.evaluate(
            """() => [...document.querySelectorAll("a, button, label.key, input:not([type=hidden]), textarea")]
              .filter((e) => e.checkVisibility() && !e.closest(".visually-hidden") && !e.matches(".skip"))
              .filter((e) => e.getBoundingClientRect().height < 48)
              .map((e) => e.outerHTML.slice(0, 80))"""
        )
        assert small == [], name
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, name
    context.close()
