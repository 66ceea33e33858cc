from __future__ import annotations

from flask.testing import FlaskClient
from sqlalchemy import select

from core.database import database
from core.web.services.throttle import CODE_CHECK
from tests.support.cast import Cast, new_stall
from vendors.codes.models import PaymentCode
from vendors.registration import services
from vendors.stalls.queries import stall_by_code


def page(client: FlaskClient, code: str) -> str:
    answer = client.get(f"/s/{code}")
    assert answer.status_code == 200
    return answer.text


def test_a_shopper_finds_the_name_to_compare(client: FlaskClient, cast: Cast) -> None:
    shown = page(client, cast.stall_a)
    with database().reading() as session:
        code = session.scalars(select(PaymentCode).where(PaymentCode.stall_id == cast.stall_a_id)).one()
        assert code.settlement_account.holder_name in shown
        assert code.account_number in shown
    assert "Mã QR của sạp này còn hiệu lực." in shown


def test_it_says_nothing_that_the_card_does_not_print(client: FlaskClient, cast: Cast) -> None:
    with database().reading() as session:
        stall = stall_by_code(session, cast.stall_a)
        private = [stall.vendor.phone, stall.vendor.name, stall.accounts[0].account_number]
    shown = page(client, cast.stall_a)
    assert not [fact for fact in private if fact in shown]


def test_a_pending_stall_says_so(client: FlaskClient, cast: Cast) -> None:
    stall = services.register(cast.registrar.principal, new_stall(cast.market_a))
    shown = page(client, stall.code)
    assert "chưa được duyệt" in shown
    assert stall.accounts[0].holder_name not in shown


def test_a_closed_stall_says_so(client: FlaskClient, cast: Cast) -> None:
    services.close(cast.approver.principal, cast.stall_a, "bỏ sạp")
    assert "Sạp này đã đóng." in page(client, cast.stall_a)


def test_a_resting_stall_says_so(client: FlaskClient, cast: Cast) -> None:
    services.suspend(cast.approver.principal, cast.stall_a, "nghỉ tết")
    assert "đang tạm nghỉ" in page(client, cast.stall_a)


def test_a_stall_without_a_code_warns_of_cards(client: FlaskClient, cast: Cast) -> None:
    services.revoke_code(cast.approver.principal, cast.stall_a, "mất thẻ")
    assert "đừng chuyển vào thẻ đó" in page(client, cast.stall_a)


def test_an_unknown_stall_is_not_found(client: FlaskClient, cast: Cast) -> None:
    assert client.get("/s/XX99-A1").status_code == 404


def test_a_pasted_code_is_judged(client: FlaskClient, cast: Cast) -> None:
    with database().reading() as session:
        payload = session.scalars(select(PaymentCode.payload).where(PaymentCode.stall_id == cast.stall_a_id)).one()
    answer = client.post("/check", data={"payload": f" {payload} ", "stall": cast.stall_a})
    assert answer.status_code == 200
    assert "Mã này là mã thật" in answer.text
    answer = client.post("/check", data={"payload": payload, "stall": cast.stall_b})
    assert "Đây là mã của sạp khác" in answer.text


def test_the_form_comes_with_the_stall_of_the_page_before(client: FlaskClient, cast: Cast) -> None:
    assert f'value="{cast.stall_a}"' in client.get(f"/check?stall={cast.stall_a}").text


def test_nothing_pasted_is_said_beside_the_field(client: FlaskClient, cast: Cast) -> None:
    answer = client.post("/check", data={"payload": "  "})
    assert answer.status_code == 422
    assert 'id="field-payload-error"' in answer.text


def test_an_unknown_stall_is_said_beside_its_field(client: FlaskClient, cast: Cast) -> None:
    answer = client.post("/check", data={"payload": "x", "stall": "XX99-A1"})
    assert answer.status_code == 422
    assert 'id="field-stall-error"' in answer.text


def test_who_asks_too_often_keeps_what_was_typed(client: FlaskClient, cast: Cast) -> None:
    for _ in range(CODE_CHECK.size + 5):
        answer = client.post("/check", data={"payload": "một đoạn chữ"})
    assert answer.status_code == 429
    assert "một đoạn chữ" in answer.text
