from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from core.database import database
from core.permissions.principal import SYSTEM
from core.users.queries import find_by_username
from payments.live.container import LiveContainer
from tests.support.bank import InMemoryBank
from tests.support.cast import BANK_BIN, Cast, new_stall
from vendors.issuer import NoIssuer
from vendors.registration import services
from vendors.registration.queries import detail
from vendors.stalls.queries import stall_by_code

TYPED = {
    "market": "DX01",
    "number": "a012",
    "goods_line": "Rau củ",
    "vendor.name": "Nguyễn Thị Mẫu",
    "vendor.phone": "0903 123 456",
    "account.bank_bin": BANK_BIN,
    "account.account_number": "0071 0009 8765",
    "account.holder_name": "Nguyễn Thị Mẫu",
}


def status_of(code: str) -> str:
    with database().reading() as session:
        return stall_by_code(session, code).status


def seen_of(code: str) -> str:
    """What a page shows of the account that waits, in the field that its form carries."""
    with database().reading() as session:
        return detail(session, stall_by_code(session, code)).fingerprint


def test_the_field_team_registers_on_a_phone(client: FlaskClient, cast: Cast) -> None:
    cast.field_agent.sign_in(client)
    answer = client.post("/stalls/register", data=TYPED)
    assert (answer.status_code, answer.location) == (303, "/stalls/DX01-A012")
    assert "Đã đăng ký sạp DX01-A012" in client.get(answer.location).text


def test_a_stall_without_an_account_is_registered_with_three_empty_fields(client: FlaskClient, cast: Cast) -> None:
    cast.registrar.sign_in(client)
    typed = {name: "" if name.startswith("account.") else value for name, value in TYPED.items()}
    assert client.post("/stalls/register", data=typed).status_code == 303


def test_a_mistake_loses_nothing_that_was_typed(client: FlaskClient, cast: Cast) -> None:
    cast.registrar.sign_in(client)
    answer = client.post("/stalls/register", data=TYPED | {"vendor.phone": "123"})
    assert answer.status_code == 422
    assert 'id="field-vendor-phone-error"' in answer.text
    assert 'value="Nguyễn Thị Mẫu"' in answer.text
    assert f'<option value="{BANK_BIN}" selected>' in answer.text


def test_a_number_that_is_taken_is_said_beside_the_field(client: FlaskClient, cast: Cast) -> None:
    cast.registrar.sign_in(client)
    answer = client.post("/stalls/register", data=TYPED | {"number": "A001"})
    assert answer.status_code == 409
    assert 'id="field-number-error"' in answer.text


def test_an_approver_sees_what_waits_and_approves_several_at_once(
    client: FlaskClient, cast: Cast, bank: InMemoryBank
) -> None:
    codes = []
    for number in ("A012", "A013"):
        new = new_stall(cast.market_a, number)
        assert new.account is not None
        bank.holders[BANK_BIN, new.account.account_number] = new.account.holder_name
        codes.append(services.register(cast.registrar.principal, new).code)
    cast.approver.sign_in(client)
    queue = client.get("/stalls/waiting").text
    assert all(f'value="{code}"' in queue for code in codes)
    assert all(f'name="seen-{code}" value="{seen_of(code)}"' in queue for code in codes)
    ticked = {"stall": codes} | {f"seen-{code}": seen_of(code) for code in codes}
    answer = client.post("/stalls/waiting", data=ticked)
    assert answer.status_code == 303
    assert "Đã duyệt 2 sạp: DX01-A012, DX01-A013." in client.get(answer.location).text
    assert [status_of(code) for code in codes] == ["active", "active"]


def test_one_that_cannot_be_approved_keeps_none_of_the_others_back(client: FlaskClient, cast: Cast) -> None:
    good = services.register(cast.registrar.principal, new_stall(cast.market_a, "A012")).code
    cast.approver.sign_in(client)
    answer = client.post("/stalls/waiting", data={"stall": [cast.stall_a, good], f"seen-{good}": seen_of(good)})
    said = client.get(answer.location).text
    assert "Đã duyệt 1 sạp: DX01-A012." in said
    assert f"Chưa duyệt được: {cast.stall_a}. Ở đây không có gì chờ duyệt." in said


def test_a_stall_that_the_bank_has_doubts_about_is_not_ticked_away(
    client: FlaskClient, cast: Cast, bank: InMemoryBank
) -> None:
    new = new_stall(cast.market_a, "A012")
    assert new.account is not None
    bank.holders[BANK_BIN, new.account.account_number] = "TRAN VAN KHAC"
    services.register(cast.registrar.principal, new)
    cast.approver.sign_in(client)
    assert 'name="stall"' not in client.get("/stalls/waiting").text
    page = client.get("/stalls/DX01-A012").text
    assert "TRAN VAN KHAC" in page
    assert re.search(r'name="overrule_reason"[^>]* required', page)
    seen = seen_of("DX01-A012")
    assert f'name="seen" value="{seen}"' in page
    client.post("/stalls/DX01-A012/approve", data={"overrule_reason": "", "seen": seen})
    assert status_of("DX01-A012") == "pending"
    client.post("/stalls/DX01-A012/approve", data={"overrule_reason": "đã xem giấy", "seen": seen})
    assert status_of("DX01-A012") == "active"


@pytest.mark.parametrize(("who", "shown"), [("approver", True), ("registrar", False), ("field_agent", False)])
def test_the_banks_own_name_shows_to_who_decides_alone(
    client: FlaskClient, cast: Cast, bank: InMemoryBank, who: str, shown: bool
) -> None:
    bank.holders[BANK_BIN, "007100098765"] = "TRAN VAN KHAC"
    cast.field_agent.sign_in(client)
    client.post("/stalls/register", data=TYPED)
    cast.everybody()[who].sign_in(client)
    page = client.get("/stalls/DX01-A012").text
    assert "Ngân hàng ghi tên khác" in page
    assert ("TRAN VAN KHAC" in page) is shown


def test_an_account_that_the_bank_does_not_find_needs_a_reason(
    client: FlaskClient, cast: Cast, bank: InMemoryBank
) -> None:
    new = new_stall(cast.market_a, "A012")
    bank.holders.clear()
    code = services.register(cast.registrar.principal, new).code
    seen = seen_of(code)
    cast.approver.sign_in(client)
    assert 'name="stall"' not in client.get("/stalls/waiting").text
    assert re.search(r'name="overrule_reason"[^>]* required', client.get(f"/stalls/{code}").text)
    client.post("/stalls/waiting", data={"stall": code, f"seen-{code}": seen})
    client.post(f"/stalls/{code}/approve", data={"seen": seen})
    assert status_of(code) == "pending"
    client.post(f"/stalls/{code}/approve", data={"overrule_reason": "đã xem thẻ", "seen": seen})
    assert status_of(code) == "active"


def test_where_nobody_can_be_asked_the_page_says_so(app: Flask, client: FlaskClient, cast: Cast) -> None:
    LiveContainer.of(app).issuer = NoIssuer()
    code = services.register(cast.registrar.principal, new_stall(cast.market_a, "A012")).code
    cast.approver.sign_in(client)
    assert "Chưa hỏi được ai" in client.get(f"/stalls/{code}").text
    client.post(f"/stalls/{code}/approve", data={"seen": seen_of(code)})
    assert status_of(code) == "active"


@pytest.mark.parametrize("by", ["stall", "only", "page"])
def test_an_account_swapped_between_the_look_and_the_click_is_not_approved(
    client: FlaskClient, cast: Cast, bank: InMemoryBank, by: str
) -> None:
    code = services.register(cast.registrar.principal, new_stall(cast.market_a, "A012")).code
    seen = seen_of(code)
    bank.holders[BANK_BIN, "66660000"] = "KE GIAN"
    other = services.AccountGiven(BANK_BIN, "66660000", "KE GIAN")
    services.propose_account(cast.registrar.principal, code, other)
    cast.approver.sign_in(client)
    if by == "page":
        answer = client.post(f"/stalls/{code}/approve", data={"seen": seen})
    else:
        answer = client.post("/stalls/waiting", data={by: code, f"seen-{code}": seen})
    said = client.get(answer.location).text
    assert "Lúc này đang chờ tài khoản 66660000 của KE GIAN." in said
    assert f'value="{seen_of(code)}"' in said
    assert status_of(code) == "pending"


def test_a_page_that_does_not_say_what_it_showed_approves_nothing(client: FlaskClient, cast: Cast) -> None:
    code = services.register(cast.registrar.principal, new_stall(cast.market_a, "A012")).code
    cast.approver.sign_in(client)
    client.post(f"/stalls/{code}/approve", data={})
    client.post("/stalls/waiting", data={"only": code})
    assert status_of(code) == "pending"


def test_who_registered_it_is_told_why_they_cannot_approve(client: FlaskClient, cast: Cast) -> None:
    services.register(cast.admin.principal, new_stall(cast.market_a, "A012"))
    cast.admin.sign_in(client)
    assert "mỗi tài khoản cần hai người chịu trách nhiệm" in client.get("/stalls/DX01-A012").text
    client.post("/stalls/DX01-A012/approve", data={"seen": seen_of("DX01-A012")})
    assert status_of("DX01-A012") == "pending"


def test_a_refusal_says_why_in_the_history(client: FlaskClient, cast: Cast) -> None:
    services.register(cast.registrar.principal, new_stall(cast.market_a, "A012"))
    cast.approver.sign_in(client)
    client.post("/stalls/DX01-A012/reject", data={"reason": "  "})
    assert status_of("DX01-A012") == "pending"
    client.post("/stalls/DX01-A012/reject", data={"reason": "sai số sạp"})
    page = client.get("/stalls/DX01-A012").text
    assert "Bị từ chối" in page
    assert "sai số sạp" in page


def test_what_a_command_did_reads_alike_in_the_history_and_in_the_trail_of_changes(
    client: FlaskClient, cast: Cast
) -> None:
    services.suspend(SYSTEM, cast.stall_a, "sửa mái")
    history = cast.approver.sign_in(client).get(f"/stalls/{cast.stall_a}").text.partition('id="history"')[2]
    first = history.partition("</li>")[0]
    trail = cast.operator.sign_in(client).get("/system/changes?action=stall.suspend").text
    for words in ("Tạm ngưng sạp", "lệnh trên máy chủ", "sửa mái"):
        assert words in first
        assert words in trail


@pytest.mark.parametrize(
    ("steps", "status"),
    [
        (["suspend"], "suspended"),
        (["suspend", "resume"], "active"),
        (["close"], "closed"),
        (["qr/revoke", "qr/reissue"], "active"),
    ],
)
def test_the_board_changes_a_stall_from_its_page(
    client: FlaskClient, cast: Cast, steps: list[str], status: str
) -> None:
    cast.approver.sign_in(client)
    for step in steps:
        answer = client.post(f"/stalls/{cast.stall_a}/{step}", data={"reason": "nghỉ tết"})
        assert (answer.status_code, answer.location) == (303, f"/stalls/{cast.stall_a}")
        assert "notice-done" in client.get(answer.location).text
    assert status_of(cast.stall_a) == status


def test_a_change_without_a_reason_is_not_made(client: FlaskClient, cast: Cast) -> None:
    cast.approver.sign_in(client)
    answer = client.post(f"/stalls/{cast.stall_a}/close", data={})
    assert "notice-trouble" in client.get(answer.location).text
    assert status_of(cast.stall_a) == "active"


def test_a_correction_and_another_account_are_brought_in(client: FlaskClient, cast: Cast) -> None:
    cast.registrar.sign_in(client)
    typed = {"goods_line": "Hoa tươi", "vendor.name": "Lê Thị Mẫu", "vendor.phone": "0903123456"}
    assert client.post(f"/stalls/{cast.stall_a}/edit", data=typed).status_code == 303
    account = {"bank_bin": "970436", "account_number": "0071000987650", "holder_name": "Lê Thị Mẫu"}
    assert client.post(f"/stalls/{cast.stall_a}/account", data=account).status_code == 303
    page = client.get(f"/stalls/{cast.stall_a}").text
    assert "Hoa tươi" in page
    assert "LE THI MAU" in page
    assert "Vietcombank" in page


def test_a_sign_in_is_shown_once_on_the_answer_itself(client: FlaskClient, cast: Cast) -> None:
    stall = services.register(cast.registrar.principal, new_stall(cast.market_a, "A012"))
    services.approve(cast.approver.principal, stall.code)
    cast.registrar.sign_in(client)
    assert "phải để đồng nghiệp" in client.get("/stalls/DX01-A012").text
    answer = client.post("/stalls/DX01-A012/sign-in")
    assert "phải để đồng nghiệp" in client.get(answer.location).text
    cast.approver.sign_in(client)
    answer = client.post("/stalls/DX01-A012/sign-in")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert re.search(r"<code>[a-z0-9]{4}(-[a-z0-9]{4})+</code>", answer.text)
    with database().reading() as session:
        assert find_by_username(session, stall.vendor.phone) is not None


def test_the_list_is_narrowed_in_words_and_searched(client: FlaskClient, cast: Cast) -> None:
    services.register(cast.registrar.principal, new_stall(cast.market_a, "A012"))
    cast.registrar.sign_in(client)
    for query, shown, hidden in (
        ("", "A012", "B001"),
        ("?show=waiting", "A012", ">A001<"),
        ("?show=active", ">A001<", ">A012<"),
        ("?q=dx01-a012", ">A012<", ">A001<"),
        ("?show=without_code", "Không có sạp nào như vậy", ">A001<"),
    ):
        page = client.get(f"/stalls/{query}").text
        assert shown in page, query
        assert hidden not in page, query


def test_who_has_several_markets_chooses_one(client: FlaskClient, cast: Cast) -> None:
    cast.admin.sign_in(client)
    page = client.get("/stalls/").text
    assert "Chợ Đồng Xoài" in page
    assert "Chợ Bình Long" in page
    assert cast.stall_b.split("-")[1] in client.get(f"/stalls/?market={cast.market_b}").text


def test_another_boards_pages_do_not_exist(client: FlaskClient, cast: Cast) -> None:
    cast.outsider.sign_in(client)
    for path in ("", "/edit", "/account", "/card.pdf"):
        assert client.get(f"/stalls/{cast.stall_a}{path}").status_code == 404, path
    assert client.get(f"/stalls/?market={cast.market_a}").status_code == 404
    assert client.post(f"/stalls/{cast.stall_a}/close", data={"reason": "x"}).status_code == 404
    assert client.get(f"/stalls/markets/{cast.market_a}/cards.pdf").status_code == 404
    assert client.post("/stalls/register", data=TYPED).status_code == 404
    assert status_of(cast.stall_a) == "active"


@pytest.mark.parametrize("who", ["vendor_a", "province_officer", "operator"])
def test_vendors_and_officials_have_other_pages(client: FlaskClient, cast: Cast, who: str) -> None:
    cast.everybody()[who].sign_in(client)
    for path in ("/stalls/", "/stalls/register", "/stalls/waiting", f"/stalls/{cast.stall_a}"):
        assert client.get(path).status_code == 403, path


def test_a_stranger_is_asked_to_sign_in(client: FlaskClient, cast: Cast) -> None:
    assert client.get("/stalls/").status_code in {302, 303}


def test_cards_are_printed_from_the_page(client: FlaskClient, cast: Cast) -> None:
    cast.registrar.sign_in(client)
    assert client.get(f"/stalls/{cast.stall_a}/card.svg?size=a5").content_type.startswith("image/svg+xml")
    assert client.get(f"/stalls/{cast.stall_a}/card.svg?size=a7").status_code == 404
    assert client.get(f"/stalls/markets/{cast.market_a}/cards.pdf?sheet=1").content_type == "application/pdf"
