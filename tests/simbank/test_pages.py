"""The shopper's app without JavaScript: every page, every refusal in words, and what is not allowed."""

import hashlib
import html
import re
from pathlib import Path
from urllib.parse import quote

import pytest
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client

import simbank
import vietqr
from tests.simbank.cast import SHOPPER, STALL_ACCOUNT, STALL_HOLDER, Shopper


@pytest.fixture
def code(simbank_sqlite_counter):
    return vietqr.encode(bank_bin="970499", account_number=simbank_sqlite_counter.open_stall(), purpose="DX7K2M9Q")


@pytest.fixture
def visitor(simbank_still_counter):
    """A signed-in shopper who changes nothing."""
    shopper = Shopper(simbank_still_counter.app)
    shopper.sign_in()
    return shopper


def confirm(shopper, code):
    return shopper.get(f"/confirm?code={quote(code)}")


def pay(shopper, code, **form):
    return shopper.post(f"/confirm?code={quote(code)}", key=shopper.key(), **form)


def text_of(page):
    return html.unescape(re.sub(r"<[^>]+>", " ", page.text))


def test_a_shopper_picks_a_customer_pays_and_sees_the_result(simbank_shopper, code, simbank_sqlite_counter):
    assert "5.000.000\u00a0₫" in simbank_shopper.page.text

    simbank_shopper.get("/scan")
    page = simbank_shopper.post("/scan", code=code)
    assert STALL_HOLDER in page.text
    page = pay(simbank_shopper, code, amount="35.000")

    assert page.status_code == 200
    assert re.search(r'data-state="done"', page.text)
    assert "35.000\u00a0₫" in page.text
    assert "FT26327" in page.text
    assert "12:00:00 23/11/2026" in page.text
    assert simbank_sqlite_counter.balance_vnd(STALL_ACCOUNT) == 35_000
    home = simbank_shopper.get("/home")
    assert "4.965.000\u00a0₫" in home.text
    assert "12:00 hôm nay" in text_of(home)


def test_a_code_with_an_amount_leaves_nothing_to_type(simbank_shopper, simbank_sqlite_counter):
    simbank_sqlite_counter.open_stall()
    fixed = vietqr.encode(bank_bin="970499", account_number=STALL_ACCOUNT, amount_vnd=45_000)

    assert 'name="amount"' not in confirm(simbank_shopper, fixed).text
    pay(simbank_shopper, fixed, amount="1", content="hai bó rau muống")

    assert simbank_sqlite_counter.balance_vnd(STALL_ACCOUNT) == 45_000
    [credit] = simbank_sqlite_counter.get("/api/v1/credits").json["items"]
    assert credit["content"] == "HAI BO RAU MUONG"


def test_a_double_tap_pays_once_and_shows_the_same_result(simbank_shopper, code, simbank_sqlite_counter):
    confirm(simbank_shopper, code)
    key, token = simbank_shopper.key(), Shopper.TOKEN.search(simbank_shopper.page.text).group(1)
    form = {"csrf_token": token, "key": key, "amount": "35.000"}

    answers = [simbank_shopper.client.post(f"/confirm?code={quote(code)}", data=form) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].location == answers[1].location
    assert simbank_sqlite_counter.balance_vnd(STALL_ACCOUNT) == 35_000


def test_going_back_to_change_the_amount_is_noticed(simbank_shopper, code, simbank_sqlite_counter):
    confirm(simbank_shopper, code)
    key, token = simbank_shopper.key(), Shopper.TOKEN.search(simbank_shopper.page.text).group(1)
    for amount in ("35.000", "40.000"):
        page = simbank_shopper.client.post(
            f"/confirm?code={quote(code)}", data={"csrf_token": token, "key": key, "amount": amount}
        )

    assert page.status_code == 409
    assert "đã trả một lần rồi" in page.text
    assert 'value="40.000"' in page.text
    assert simbank_sqlite_counter.balance_vnd(STALL_ACCOUNT) == 35_000


@pytest.mark.parametrize(
    ("phone", "pin", "amount", "words"),
    [
        ("0100000004", "4444", "20.000", "Không đủ tiền"),
        ("0100000005", "5555", "60.000", "Quá hạn mức một lần chuyển"),
        ("0100000006", "6666", "10.000", "Tài khoản của bạn bị khóa"),
    ],
)
def test_a_refusal_is_shown_in_words(simbank_sqlite_counter, code, phone, pin, amount, words):
    shopper = Shopper(simbank_sqlite_counter.app)
    shopper.sign_in(phone, pin)
    confirm(shopper, code)

    page = pay(shopper, code, amount=amount)

    assert words in page.text
    assert "Chưa trừ tiền" in page.text
    assert 'data-state="refused"' in page.text
    assert simbank_sqlite_counter.balance_vnd(STALL_ACCOUNT) == 0
    assert "Bị từ chối" in shopper.get("/home").text


@pytest.mark.parametrize("typed", ["", "12.5", "nhiều", "0"])
def test_a_bad_amount_is_explained_and_kept(simbank_shopper, code, typed):
    confirm(simbank_shopper, code)

    page = pay(simbank_shopper, code, amount=typed)

    assert page.status_code == 422
    assert 'data-testid="amount-error"' in page.text
    assert f'value="{typed}"' in page.text


def test_an_unreadable_code_is_explained_and_kept(visitor):
    visitor.get("/scan")

    page = visitor.post("/scan", code="https://example.org/<pay>")

    assert page.status_code == 422
    assert 'data-cause="link"' in page.text
    assert "Mã này mở một trang web" in page.text
    assert "https://example.org/&lt;pay&gt;</textarea>" in page.text


def test_a_stranger_s_transfer_is_not_shown(simbank_shopper, code, simbank_sqlite_counter):
    confirm(simbank_shopper, code)
    pay(simbank_shopper, code, amount="35000")
    path = simbank_shopper.page.request.path
    other = Shopper(simbank_sqlite_counter.app)
    other.sign_in("0100000002", "2222")

    assert simbank_shopper.get(path).status_code == 200
    assert other.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/home", "/scan", "/confirm?code=x", "/transfers/FT1"])
def test_a_visitor_is_asked_who_they_are(simbank_still_counter, path):
    answer = simbank_still_counter.app.test_client().get(path)

    assert (answer.status_code, answer.location) == (303, "/")


def test_a_wrong_pin_lets_nobody_in(simbank_still_counter):
    shopper = Shopper(simbank_still_counter.app)

    assert shopper.sign_in(pin="0000").status_code == 422
    assert shopper.get("/home").request.path == "/"


def test_signing_out_forgets_the_customer(visitor):
    visitor.post("/sign-out")

    assert visitor.get("/home").request.path == "/"


def test_english_is_a_switch_away_and_leads_back(visitor):
    visitor.get("/scan")
    token = Shopper.TOKEN.search(visitor.page.text).group(1)

    page = visitor.client.post(
        "/language",
        data={"csrf_token": token, "locale": "en"},
        headers={"Referer": "http://localhost/scan"},
        follow_redirects=True,
    )

    assert page.request.path == "/scan"
    assert '<html lang="en">' in page.text
    assert "Scan a code" in page.text


@pytest.mark.parametrize("came_from", ["http://evil.example/scan", "http://localhost//evil.example", ""])
def test_the_language_switch_leads_nowhere_else(visitor, came_from):
    token = Shopper.TOKEN.search(visitor.page.text).group(1)

    answer = visitor.client.post(
        "/language", data={"csrf_token": token, "locale": "en"}, headers={"Referer": came_from}
    )

    assert answer.location == "/"


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out", "/language", "/scan", "/confirm"])
def test_a_form_without_its_token_does_nothing(visitor, path):
    answer = visitor.client.post(path, data={"phone": "0100000001", "pin": "1111", "locale": "en"})

    assert answer.status_code == 400
    assert "Chưa làm được" in answer.text


@pytest.mark.parametrize("path", ["/", "/home", "/faults", "/nothing", "/api/v1/credits", "/static/simbank.css"])
def test_every_answer_carries_the_headers(visitor, path):
    headers = visitor.client.get(path).headers

    assert headers["Content-Security-Policy"] == (
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob: data:; "
        "connect-src 'self'; media-src 'self' blob:; font-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )
    assert "camera=(self)" in headers["Permissions-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["/", "/home", "/scan", "/faults"])
def test_no_page_holds_inline_script_or_style(visitor, path):
    page = visitor.get(path).text

    assert not re.search(r"<style|<script(?![^>]* src=)|\sstyle=|\son[a-z]+=", page)


def test_a_balance_is_not_kept_by_caches_but_pictures_and_fonts_are(visitor):
    page = visitor.get("/home")
    sheet = re.search(r'href="(/static/simbank.css\?v=[0-9a-f]+)"', page.text).group(1)

    assert page.headers["Cache-Control"] == "no-store"
    assert "immutable" in visitor.client.get(sheet).headers["Cache-Control"]


def test_mounted_beside_another_program_it_stays_in_its_own_place(simbank_still_counter):
    def other(_environ, start_response):
        start_response("404 Not Found", [])
        return [b""]

    client = Client(DispatcherMiddleware(other, {"/simbank": simbank_still_counter.app}))
    page = client.get("/simbank/")
    token = Shopper.TOKEN.search(page.text).group(1)
    signed_in = client.post("/simbank/sign-in", data={"csrf_token": token, "phone": "0100000001", "pin": "1111"})

    cookie = signed_in.headers["Set-Cookie"]
    assert cookie.startswith("simbank_session=")
    assert "Path=/simbank" in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert signed_in.location == "/simbank/home"
    links = re.findall(r'(?:href|action|src|data-wasm|data-zxing)="([^"]+)"', client.get("/simbank/scan").text)
    assert [link for link in links if not link.startswith(("/simbank/", "#"))] == []


def test_a_shopper_can_be_paid_and_sees_it(simbank_shopper, simbank_sqlite_counter):
    simbank_sqlite_counter.open_stall()
    simbank_sqlite_counter.pay(STALL_ACCOUNT, 9_000)
    simbank_sqlite_counter.pay(SHOPPER, 4_000, from_account=STALL_ACCOUNT)

    page = text_of(simbank_shopper.get("/home"))

    assert "+4.000\u00a0₫" in page
    assert "−9.000\u00a0₫" in page


def test_without_javascript_the_scan_page_says_what_still_works(visitor):
    page = visitor.get("/scan").text

    assert "Dán mã thì vẫn được" in page[page.index("<noscript>") : page.index("</noscript>")]
    assert re.search(r'id="scanner" hidden', page)


def test_the_reader_s_program_is_served_as_webassembly(visitor):
    url = re.search(r'data-wasm="([^"]+)"', visitor.get("/scan").text).group(1)

    assert visitor.client.get(url).mimetype == "application/wasm"


def test_what_others_wrote_is_unmodified():
    folder = Path(simbank.__file__).parent / "static" / "vendor" / "zxing-wasm"
    stated = re.findall(r"^(\S+) .* sha256 ([0-9a-f]{64})$", (folder / "VERSION").read_text(), re.MULTILINE)

    assert [name for name, _ in stated] == ["index.js", "zxing_reader.wasm"]
    for name, digest in stated:
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
