"""The page of adoption and its CSV: that it says what it shows, to whom, in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import pytest
import time_machine

from core.database import database
from core.permissions.roles import Role, Scope
from market.markets.models import Market
from tests.support.adoption import Ground, add_stalls, lay_ground, signed_in, take

YESTERDAY = date(2026, 11, 22)


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel("2026-11-23T02:00:00Z", tick=False):
        yield


@pytest.fixture
def ground(app) -> Ground:
    return lay_ground()


@pytest.fixture
def province(app, ground):
    return signed_in(app, Role.PROVINCE_OFFICER, Scope.AREA, ground.areas["75"])


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def finding(page: str) -> str:
    found = re.search(r'<h1 class="finding">(.*?)</h1>', page, re.DOTALL)
    assert found
    return found[1].strip()


def test_it_works(province, ground):
    stalls = add_stalls(ground.markets["AA01"], 10)
    take(stalls[:6], YESTERDAY, vnd=25_000, number=2)
    take(stalls[:4], date(2026, 10, 20))
    answer = province.get("/adoption/")
    assert answer.status_code == 200
    told = "Tháng 11/2026 đến nay, 6 trong 10 sạp của Tỉnh Mới đã nhận tiền không tiền mặt"
    assert finding(answer.text) == f"{told}, thêm 2 so với 01/10–23/10/2026."
    assert "60,0 %".replace(" ", "\u00a0") in answer.text
    assert "150.000\u00a0₫" in answer.text
    assert "23/11/2026 09:00" in answer.text


def test_it_works_in_english(province, ground):
    take(add_stalls(ground.markets["AA01"], 10)[:1], date(2026, 10, 20))
    province.set_cookie("cho40_language", "en")
    answer = province.get("/adoption/?period=last-month")
    assert (
        finding(answer.text)
        == "In October 2026, 1 of 10 stalls in Tỉnh Mới were paid without cash, 1 more than in September 2026."
    )


def test_markets_without_stalls_are_said_to_have_none(province, ground):
    answer = province.get("/adoption/?by=market")
    assert finding(answer.text) == "Tháng 11/2026 đến nay, Tỉnh Mới không có sạp nào hoạt động."
    assert "không có sạp hoạt động" in answer.text


def test_money_of_few_stalls_is_not_told(province, ground):
    take(add_stalls(ground.markets["AA01"], 4), YESTERDAY, vnd=77_000)
    page = province.get("/adoption/?by=market").text
    assert "dưới 5 sạp" in page
    assert "308.000" not in page
    assert "77.000" not in page


def test_a_sum_that_leaves_money_out_says_so(province, ground):
    take(add_stalls(ground.markets["AA01"], 4), YESTERDAY)
    take(add_stalls(ground.markets["AA02"], 6), YESTERDAY, vnd=20_000)
    assert "ít nhất ≥ 120.000 ₫" in text_of(province.get("/adoption/?by=market").text)


def test_every_map_area_is_drawn_and_linked(province, ground):
    add_stalls(ground.markets["AA01"], 10)
    page = province.get("/adoption/?by=district").text
    assert page.count('class="map-1"') >= 2
    assert page.count('<path class="map-none"') == 2
    assert re.search(
        r'<a href="/adoption/\?area=601&amp;period=this-month&amp;sort=rate" aria-label="Huyện Một: ', page
    )


def test_the_trend_has_its_table(province, ground):
    take(add_stalls(ground.markets["AA01"], 2)[:1], date(2026, 11, 16))
    page = province.get("/adoption/").text
    assert "tăng từ 0\u00a0% lên 50\u00a0%" in page
    assert "16/11–22/11/2026" in page


def test_rows_can_be_put_in_another_order(province, ground):
    add_stalls(ground.markets["AA01"], 1)
    add_stalls(ground.markets["BB01"], 3)
    page = province.get("/adoption/?by=market&sort=stalls").text
    assert page.index(">Chợ BB01<") < page.index(">Chợ AA01<") < page.index(">Chợ CC01<")


def test_rows_by_name_stand_as_in_a_dictionary(province, ground):
    names = {"AA01": "Chợ Lộc An", "BB01": "Chợ Long Bình", "CC01": "Chợ Đak Ơ"}
    with database().writing() as session:
        for code, name in names.items():
            session.get_one(Market, ground.markets[code]).name = name
    page = province.get("/adoption/?by=market&sort=name").text
    assert page.index(">Chợ Đak Ơ<") < page.index(">Chợ Long Bình<") < page.index(">Chợ Lộc An<")


def test_wrong_days_are_said_beside_the_field(province, ground):
    answer = province.get("/adoption/?from=2026-11-20&to=2026-11-10")
    assert answer.status_code == 422
    assert "Ngày đầu không được sau ngày cuối." in answer.text
    assert 'value="2026-11-20"' in answer.text


@pytest.mark.parametrize(
    ("query", "field"), [("to=0001-01-01", "to"), ("to=0001-02-03", "to"), ("from=0001-01-02&to=0001-01-05", "from")]
)
def test_a_day_far_from_ours_is_refused_beside_its_field(province, ground, query, field):
    answer = province.get(f"/adoption/?{query}")
    assert answer.status_code == 422
    assert f'id="field-{field}-error"' in answer.text
    assert "Hãy ghi một ngày từ 1900-01-01 đến 2099-12-31." in answer.text
    assert province.get(f"/adoption/adoption.csv?{query}").status_code == 422


@pytest.mark.parametrize("day", ["1900-01-01", "2099-12-31"])
def test_the_first_and_the_last_day_may_be_asked_for(province, ground, day):
    assert province.get(f"/adoption/?from={day}&to={day}").status_code == 200


def test_what_else_an_address_carries_is_not_minded(province, ground):
    assert province.get("/adoption/?utm_source=zalo&from=&to=").status_code == 200


def test_an_area_outside_the_grant_is_not_found(app, ground):
    officer = signed_in(app, Role.DISTRICT_OFFICER, Scope.AREA, ground.areas["601"])
    assert officer.get("/adoption/?area=602").status_code == 404
    assert officer.get("/adoption/adoption.csv?area=602").status_code == 404


def test_only_areas_within_the_grant_are_links(app, ground):
    officer = signed_in(app, Role.DISTRICT_OFFICER, Scope.AREA, ground.areas["601"])
    page = officer.get("/adoption/?by=commune").text
    assert "area=30001" in page
    assert "area=30002" not in page
    assert "Xã Mới 2" in page


def test_the_way_back_up_leads_to_what_may_be_seen(app, ground):
    officer = signed_in(app, Role.DISTRICT_OFFICER, Scope.AREA, ground.areas["601"])
    page = officer.get("/adoption/?area=AA01").text
    assert re.search(r'<a href="/adoption/\?area=601&amp;[^"]*">Huyện Một</a>', page)
    assert "area=70" not in page


def test_the_board_sees_its_market(app, ground):
    board = signed_in(app, Role.APPROVER, Scope.MARKET, ground.markets["AA01"])
    take(add_stalls(ground.markets["AA01"], 3)[:1], YESTERDAY)
    assert finding(board.get("/adoption/").text).startswith("Tháng 11/2026 đến nay, 1 trong 3 sạp của Chợ AA01")


def test_a_vendor_is_not_let_in(app, ground):
    [stall] = add_stalls(ground.markets["AA01"])
    assert signed_in(app, Role.VENDOR, Scope.STALL, stall).get("/adoption/").status_code == 403


def test_nobody_is_asked_to_sign_in(client, ground):
    assert client.get("/adoption/").status_code == 302


def test_no_page_leads_to_a_single_stall(province, ground):
    add_stalls(ground.markets["AA01"], 6)
    assert "/stalls" not in province.get("/adoption/?area=AA01").text


def test_the_csv_comes_with_a_session(province, ground):
    take(add_stalls(ground.markets["AA01"], 6), YESTERDAY)
    page = province.get("/adoption/?by=district")
    link = re.search(r'href="(/adoption/adoption\.csv[^"]*)"', page.text)
    assert link
    answer = province.get(link[1].replace("&amp;", "&"))
    assert answer.content_type == "text/csv; charset=utf-8"
    assert "unit,601,Huyện Một,district,6,6,100.0,6,100.0,6,60000," in answer.text
