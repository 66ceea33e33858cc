"""The page of faults without JavaScript: explains each, shows what is on, switches it, says what was done."""

import html
import re

import pytest

from simbank.faults.labels import FAULTS, GROUPS
from simbank.faults.models import Fault
from tests.simbank.cast import Counter, Shopper
from tests.simbank.faulty import play, token_of


@pytest.fixture
def visitor(simbank_sqlite_counter):
    """Somebody who has not signed in, on the page of faults."""
    shopper = Shopper(simbank_sqlite_counter.app)
    shopper.get("/faults")
    return shopper


def text_of(page):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page.text)).split())


def plan_of(counter: Counter):
    return counter.get("/api/v1/faults").json["faults"]


def press(visitor: Shopper, key: str, **percents: str):
    return visitor.post("/faults", press=key, **{f"percent-{name}": text for name, text in percents.items()})


def test_every_fault_stands_once_on_the_page_with_a_name_and_a_sentence(visitor):
    assert sorted(fault for _, faults in GROUPS for fault in faults) == sorted(Fault)
    for fault in Fault:
        title, sentence = FAULTS[fault]
        assert visitor.page.text.count(f'id="{fault}"') == 1
        assert str(sentence).endswith(".")
        assert str(title)
    assert "Đang bật" not in visitor.page.text
    assert "Chưa bật lỗi nào." in text_of(visitor.page)


@pytest.mark.parametrize("path", ["/", "/home"])
def test_the_bank_s_first_pages_lead_there(visitor, path):
    visitor.get("/")
    visitor.sign_in()
    visitor.get(path)

    assert 'href="/faults"' in visitor.page.text
    assert visitor.get("/faults").status_code == 200


def test_percentages_are_saved_and_shown(visitor, simbank_sqlite_counter):
    page = press(visitor, "save", lost="12,5", late="100", forged="")

    plan = plan_of(simbank_sqlite_counter)
    assert (plan["lost"]["probability"], plan["late"]["probability"], plan["forged"]["probability"]) == (0.125, 1, 0)
    assert "Đã lưu." in text_of(page)
    assert "Đang bật: Trễ mấy giờ , Thất lạc" in text_of(page)
    assert re.search(r'name="percent-lost" value="12,5"', page.text)


def test_only_the_next_one_saves_the_percentages_too(visitor, simbank_sqlite_counter):
    page = press(visitor, "duplicate", lost="10")
    press(visitor, "forged", lost="20")

    plan = plan_of(simbank_sqlite_counter)
    assert (plan["duplicate"]["next"], plan["forged"]["next"], plan["lost"]["probability"]) == (True, True, 0.2)
    assert "Lần tới sẽ gặp: Gửi hai lần." in text_of(page)
    assert "Đang chờ lần tới" in text_of(page)


def test_all_is_turned_off_and_the_bank_is_up_again(visitor, simbank_sqlite_counter):
    play(simbank_sqlite_counter, Fault.BANK_DOWN, often={Fault.LOST: 0.5}, down_s=300)
    simbank_sqlite_counter.get("/api/v1/credits")
    down = visitor.get("/faults")
    page = press(visitor, "off")

    assert "Ngân hàng ngừng chạy đến 12:05:00 23/11/2026." in text_of(down)
    assert "Đã tắt hết lỗi" in text_of(page)
    assert simbank_sqlite_counter.get("/api/v1/credits").status_code == 200
    assert not any(switch["probability"] or switch["next"] for switch in plan_of(simbank_sqlite_counter).values())


def test_the_page_keeps_the_seed_and_the_durations(visitor, simbank_sqlite_counter):
    play(simbank_sqlite_counter, seed="s", down_s=77)
    press(visitor, "save", lost="1")
    press(visitor, "off")

    plan = simbank_sqlite_counter.get("/api/v1/faults").json
    assert (plan["seed"], plan["down_s"]) == ("s", 77)


@pytest.mark.parametrize("typed", ["101", "-1", "much", "nan", "inf", "1.000,5"])
def test_what_is_no_percentage_saves_nothing_and_stays_in_its_field(visitor, simbank_sqlite_counter, typed):
    page = press(visitor, "save", lost=typed, late="5")

    assert page.status_code == 422
    assert "Chưa lưu gì" in text_of(page)
    assert re.search(rf'name="percent-lost" value="{re.escape(typed)}"[^>]*aria-invalid="true"', page.text, re.DOTALL)
    assert plan_of(simbank_sqlite_counter)["late"]["probability"] == 0


def test_an_unknown_button_does_nothing(visitor, simbank_sqlite_counter):
    assert press(visitor, "earthquake", lost="5").status_code == 400
    assert plan_of(simbank_sqlite_counter)["lost"]["probability"] == 0


def test_a_form_without_its_token_switches_nothing(visitor, simbank_sqlite_counter):
    assert token_of(visitor.page.text)
    answer = visitor.client.post("/faults", data={"press": "save", "percent-lost": "5"})

    assert answer.status_code == 400
    assert plan_of(simbank_sqlite_counter)["lost"]["probability"] == 0


def test_what_happened_lately_is_listed_with_time_and_message(visitor, simbank_sqlite_counter):
    assert "Chưa có gì. Bật một lỗi lên" in text_of(visitor.page)
    play(simbank_sqlite_counter, Fault.DUPLICATE, Fault.REFERENCE_DROPPED)
    simbank_sqlite_counter.pay(simbank_sqlite_counter.open_stall())
    simbank_sqlite_counter.step()
    [credit] = simbank_sqlite_counter.credits()

    listed = text_of(visitor.get("/faults")).split("Mới xảy ra")[1]

    message_id = credit["delivery"]["message_id"]
    assert f"Gửi hai lần 12:00:00 23/11/2026 {message_id} · 200" in listed
    assert f"Mất mã tham chiếu 12:00:00 23/11/2026 {message_id} · {credit['id']} · TIEN RAU" in listed


def test_the_page_is_there_in_english(visitor):
    visitor.post("/language", locale="en")

    page = text_of(visitor.get("/faults"))

    assert "All faults are off." in page
    assert "A notice never arrives. The money is on the statement all the same." in page
