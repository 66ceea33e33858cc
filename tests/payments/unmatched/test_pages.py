"""The board's pages about money without a stall: who sees which, how it is given, and how it is taken back."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select

from core import clock
from core.audit.models import AuditEntry
from core.database import database
from payments.recording.aliases import STATEMENT_ID, Origin
from payments.recording.ingest import Submission
from payments.recording.models import Credit, Payment, UnmatchedCredit
from payments.recording.recorder import commit
from payments.refunds.services import give_cash_refund
from payments.unmatched import services
from payments.unmatched.labels import age_words
from payments.verification.services import verify
from tests.support.cast import Cast, approved_stall, new_stall
from tests.support.money import credit, notification, signed, strays, submission
from vendors.registration.services import register
from vendors.stalls.models import SettlementAccount, Stall


@pytest.fixture
def waiting(cast: Cast) -> list[int]:
    """The ids of two credits that market A's board sees, the older one first, and of one that it does not."""
    with database().reading() as session:
        newer, older = strays(session, cast.stall_a_id, cast.stall_b_id, 2)
    older = replace(older, paid_at=older.paid_at - timedelta(days=2))
    nobodys = credit(amount_vnd=77_000, content="khong ghi gi")
    for one in (newer, older, nobodys):
        commit(database(), [submission(one)])
    with database().reading() as session:
        found = dict(session.execute(select(Credit.external_id, Credit.id)).all())
    return [found[one.external_id] for one in (older, newer, nobodys)]


@pytest.fixture
def board(app: Flask, cast: Cast, client: FlaskClient) -> FlaskClient:
    """The browser of market A's approver."""
    return cast.approver.sign_in(client)


def shown(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, (answer.status, answer.location)
    return unescape(answer.text).replace("\u00a0", " ")


def given() -> list[tuple[int, str]]:
    """Payments that a person assigned: the stall's id, and the reason."""
    statement = select(Payment.stall_id, UnmatchedCredit.assigned_because).join(
        UnmatchedCredit, UnmatchedCredit.payment_id == Payment.id
    )
    with database().reading() as session:
        return [(row[0], row[1]) for row in session.execute(statement.order_by(Payment.id))]


# The list -----------------------------------------------------------------------------------------


def test_a_board_sees_what_went_to_its_stalls_accounts_and_no_other_money(
    board: FlaskClient, waiting: list[int]
) -> None:
    page = shown(board, "/unmatched/")
    assert "2 khoản, cộng 100.000 ₫, chưa rõ của sạp nào" in page
    assert page.index(f"/unmatched/{waiting[0]}") < page.index(f"/unmatched/{waiting[1]}")
    assert "Nội dung ghi một sạp, tài khoản lại của sạp khác" in page
    assert "77.000" not in page


def test_an_operator_sees_all_of_it(cast: Cast, client: FlaskClient, waiting: list[int]) -> None:
    page = shown(cast.operator.sign_in(client), "/unmatched/")
    assert "3 khoản, cộng 177.000 ₫" in page
    assert "Nội dung và tài khoản đều không cho biết sạp nào" in page


def test_an_empty_list_says_so(board: FlaskClient) -> None:
    assert "Khoản nào cũng đã có sạp" in shown(board, "/unmatched/")
    assert "Chưa giao khoản nào" in shown(board, "/unmatched/assigned")


def test_it_stands_in_the_navigation_of_those_who_may(cast: Cast, board: FlaskClient, app: Flask) -> None:
    assert 'href="/unmatched/"' in shown(board, "/stalls/?market=" + cast.market_a)
    registrar = cast.registrar.sign_in(app.test_client())
    assert 'href="/unmatched/"' not in shown(registrar, "/stalls/?market=" + cast.market_a)


def test_a_long_list_goes_on(cast: Cast, board: FlaskClient) -> None:
    with database().reading() as session:
        commit(database(), [submission(*strays(session, cast.stall_a_id, cast.stall_b_id, 52))])
    page = shown(board, "/unmatched/")
    listed = re.findall(r'/unmatched/(\d+)"', page)
    assert len(listed) == 50
    following = re.search(r'rel="next" href="([^"]+)"', page)[1]
    listed += re.findall(r'/unmatched/(\d+)"', shown(board, following))
    assert len(listed) == len(set(listed)) == 52


@pytest.mark.parametrize("named", [True, False], ids=["by the gateway's id", "by a name of ours"])
def test_what_a_later_message_knows_of_it_is_shown_to_who_assigns_it(
    cast: Cast, board: FlaskClient, app: Flask, named: bool
) -> None:
    """The statement came first, without the text; the notification names the stall. What is recorded stays."""
    with database().reading() as session:
        (told,) = strays(session, cast.stall_a_id, cast.stall_a_id, 1)
        elsewhere = session.get_one(Stall, cast.stall_b_id).code
    told = replace(told, content=f"{told.content} rau muong", amount_vnd=51_000)
    listed = replace(told, content="", account_number="", bank_ref="FT99", amount_vnd=50_000)
    if not named:
        told = replace(told, account_number="0000000000", content=told.content)
        listed = replace(told, external_id=f"{STATEMENT_ID}1", content="", amount_vnd=50_000)
    commit(database(), [Submission("simbank", (listed,), origin=Origin.STATEMENT)])
    body = notification(told)
    assert app.test_client().post("/gateways/simbank/notifications", data=body, headers=signed(body)).status_code == 200
    operator = cast.operator.sign_in(app.test_client())
    with database().reading() as session:
        path = f"/unmatched/{session.scalars(select(UnmatchedCredit.credit_id)).one()}"
        code = session.get_one(Stall, cast.stall_a_id).code
    page = shown(operator, path)
    assert re.search(r"rau muong · <[^>]*>51\.000", page)
    assert f"stall={code}" in page
    assert f"stall={elsewhere}" not in page
    assert verify(database()).findings == []


@pytest.mark.parametrize("path", ["/unmatched/?after=x", "/unmatched/assigned?before=-1", "/unmatched/999"])
def test_what_is_not_there_is_not_found(board: FlaskClient, path: str) -> None:
    assert board.get(path).status_code == 404


@pytest.mark.parametrize(
    ("minutes", "words"), [(-5, "0 phút"), (59, "59 phút"), (61, "1 giờ"), (47 * 60, "47 giờ"), (48 * 60, "2 ngày")]
)
def test_an_age_is_told_in_its_largest_unit(app: Flask, minutes: int, words: str) -> None:
    with app.test_request_context():
        assert age_words(timedelta(minutes=minutes)) == words


# Giving -------------------------------------------------------------------------------------------


def test_the_stalls_that_it_names_are_offered(cast: Cast, board: FlaskClient, waiting: list[int]) -> None:
    page = shown(board, f"/unmatched/{waiting[0]}")
    assert f"stall={cast.stall_a}#sure" in page
    # Its text names market B's stall, which is not this board's to give to.
    assert cast.stall_b not in page


def test_an_operator_is_offered_both(cast: Cast, client: FlaskClient, waiting: list[int]) -> None:
    page = shown(cast.operator.sign_in(client), f"/unmatched/{waiting[0]}")
    assert f"stall={cast.stall_a}#sure" in page
    assert f"stall={cast.stall_b}#sure" in page


def test_an_account_that_nobody_approved_offers_no_stall(cast: Cast, client: FlaskClient) -> None:
    commit(database(), [submission(credit(account_number="0011223344", bank_bin=None))])
    operator = cast.operator.sign_in(client)
    for status, offered in (("proposed", False), ("past", True)):
        with database().writing() as session:
            session.execute(delete(SettlementAccount).where(SettlementAccount.account_number == "0011223344"))
            session.add(
                SettlementAccount(
                    stall_id=cast.stall_a_id,
                    bank_bin="970436",
                    account_number="0011223344",
                    holder_name="TRAN THI MAU",
                    status=status,
                    name_check="match",
                    proposed_at=clock.now(),
                )
            )
            credit_id = session.scalars(select(UnmatchedCredit.credit_id)).one()
        assert (f"stall={cast.stall_a}#sure" in shown(operator, f"/unmatched/{credit_id}")) is offered


def test_stalls_are_found_by_code_and_by_name_within_the_grant(
    cast: Cast, board: FlaskClient, waiting: list[int]
) -> None:
    other = approved_stall(cast.registrar.principal, cast.approver.principal, cast.market_a, "C777")
    register(cast.registrar.principal, new_stall(cast.market_a, "C778"))
    assert other.code in shown(board, f"/unmatched/{waiting[0]}?q=c777")
    found = shown(board, f"/unmatched/{waiting[0]}?q=tieu+thuong")
    assert other.code in found
    assert cast.stall_b not in found
    # One that waits for approval cannot be given money yet.
    assert "C778" not in found
    assert "Không có sạp nào như vậy" in shown(board, f"/unmatched/{waiting[0]}?q=khong+co")


def test_the_second_look_shows_stall_vendor_and_amount(cast: Cast, board: FlaskClient, waiting: list[int]) -> None:
    page = shown(board, f"/unmatched/{waiting[0]}?stall={cast.stall_a}")
    sure = page.partition('id="sure"')[2]
    with database().reading() as session:
        vendor = session.get_one(Stall, cast.stall_a_id).vendor.name
    for words in (cast.stall_a, vendor, "50.000 ₫", "Giao 50.000 ₫ cho"):
        assert words in sure
    assert given() == []


def test_giving_makes_the_stalls_next_payment_with_who_when_and_why(
    cast: Cast, board: FlaskClient, waiting: list[int]
) -> None:
    form = {"stall": cast.stall_a, "reason": "xem biên lai của khách"}
    answer = board.post(f"/unmatched/{waiting[0]}/assign", data=form)
    assert (answer.status_code, answer.location) == (303, "/unmatched/assigned")
    page = shown(board, "/unmatched/assigned")
    assert f"Đã giao 50.000 ₫ cho sạp {cast.stall_a}, biên nhận số 1" in page
    assert re.search(rf"Phê Duyệt, {clock.now().astimezone(clock.ZONE):%d/%m/%Y} .*: xem biên lai của khách", page)
    assert given() == [(cast.stall_a_id, "xem biên lai của khách")]
    assert f"/unmatched/{waiting[0]}" not in shown(board, "/unmatched/")
    assert verify(database()).findings == []


def test_a_reason_is_needed(cast: Cast, board: FlaskClient, waiting: list[int]) -> None:
    answer = board.post(f"/unmatched/{waiting[0]}/assign", data={"stall": cast.stall_a, "reason": " "})
    assert answer.status_code == 422
    page = unescape(answer.text)
    assert "Hãy điền ô này" in page
    assert f'name="stall" value="{cast.stall_a}"' in page
    assert board.post(f"/unmatched/{waiting[0]}/assign").status_code == 422
    assert given() == []


def test_who_comes_second_is_told_so(cast: Cast, board: FlaskClient, waiting: list[int]) -> None:
    services.assign(cast.operator.principal, waiting[0], cast.stall_a, "quicker")
    form = {"stall": cast.stall_a, "reason": "too"}
    assert board.post(f"/unmatched/{waiting[0]}/assign", data=form).status_code == 303
    assert "Khoản này đã có sạp rồi" in shown(board, "/unmatched/assigned")
    assert board.get(f"/unmatched/{waiting[0]}").status_code == 303
    assert given() == [(cast.stall_a_id, "quicker")]


def test_a_stall_that_was_never_approved_gets_nothing(cast: Cast, board: FlaskClient, waiting: list[int]) -> None:
    pending = register(cast.registrar.principal, new_stall(cast.market_a, "C778"))
    page = shown(board, f"/unmatched/{waiting[0]}?stall={pending.code}")
    assert "Sạp này chưa được duyệt" in page
    assert "/assign" not in page
    answer = board.post(f"/unmatched/{waiting[0]}/assign", data={"stall": pending.code, "reason": "x"})
    assert answer.status_code == 303
    assert "Sạp này chưa được duyệt" in shown(board, answer.location)
    assert given() == []


@pytest.mark.parametrize("what", ["another board's stall", "money of nobody's account", "no such stall"])
def test_nothing_outside_the_grant_can_be_reached(
    cast: Cast, board: FlaskClient, waiting: list[int], what: str
) -> None:
    credit_id = waiting[2] if what.startswith("money") else waiting[0]
    stall = {"another board's stall": cast.stall_b, "no such stall": "ZZ99-X999"}.get(what, cast.stall_a)
    assert board.get(f"/unmatched/{credit_id}?stall={stall}").status_code == 404
    answer = board.post(f"/unmatched/{credit_id}/assign", data={"stall": stall, "reason": "x"})
    assert answer.status_code == 404
    assert given() == []


# Taking back --------------------------------------------------------------------------------------


def test_what_was_given_wrongly_is_taken_back_with_a_reason(cast: Cast, board: FlaskClient, waiting: list[int]) -> None:
    payment = services.assign(cast.operator.principal, waiting[0], cast.stall_a, "wrongly")
    assert f"/unmatched/assigned/{payment.id}/unassign" in shown(board, "/unmatched/assigned")
    answer = board.post(f"/unmatched/assigned/{payment.id}/unassign", data={"reason": "gõ nhầm"})
    assert (answer.status_code, answer.location) == (303, "/unmatched/assigned")
    page = shown(board, "/unmatched/assigned")
    assert "Đã lấy lại. Khoản này lại chờ tìm sạp." in page
    assert "Phê Duyệt lấy lại" in page
    assert f"/unmatched/assigned/{payment.id}/unassign" not in page
    assert "Đã giao nhầm sạp, rồi lấy lại" in shown(board, "/unmatched/")
    with database().reading() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "unmatched.unassign")).one()
    assert entry.reason == "gõ nhầm"
    # It may be given again.
    assert board.post(f"/unmatched/{waiting[0]}/assign", data={"stall": cast.stall_a, "reason": "x"}).status_code == 303
    assert len(given()) == 2
    assert verify(database()).findings == []


def test_taking_back_needs_a_reason_too(cast: Cast, board: FlaskClient, waiting: list[int]) -> None:
    payment = services.assign(cast.operator.principal, waiting[0], cast.stall_a, "x")
    assert board.post(f"/unmatched/assigned/{payment.id}/unassign").status_code == 303
    page = shown(board, "/unmatched/assigned")
    assert "Hãy ghi lý do" in page
    assert f"/unmatched/assigned/{payment.id}/unassign" in page


def test_a_second_taking_back_is_told_so(cast: Cast, board: FlaskClient, waiting: list[int]) -> None:
    payment = services.assign(cast.operator.principal, waiting[0], cast.stall_a, "x")
    services.unassign(cast.operator.principal, payment.id, "quicker")
    board.post(f"/unmatched/assigned/{payment.id}/unassign", data={"reason": "too"})
    assert "Lần giao này đã được lấy lại rồi" in shown(board, "/unmatched/assigned")


def test_what_went_back_to_the_payer_stands(cast: Cast, board: FlaskClient, waiting: list[int]) -> None:
    payment = services.assign(cast.operator.principal, waiting[0], cast.stall_a, "x")
    give_cash_refund(cast.vendor_a.principal, payment.id, 1_000, "back")
    page = shown(board, "/unmatched/assigned")
    assert "Giữ nguyên: một phần đã trả lại người trả" in page
    assert "/unassign" not in page
    board.post(f"/unmatched/assigned/{payment.id}/unassign", data={"reason": "x"})
    assert "Một phần khoản này đã được trả lại" in shown(board, "/unmatched/assigned")
    assert verify(database()).findings == []


def test_what_the_bank_said_is_not_a_persons_to_take_back(cast: Cast, board: FlaskClient) -> None:
    with database().reading() as session:
        account = strays(session, cast.stall_a_id, cast.stall_b_id, 1)[0].account_number
    commit(database(), [submission(credit(account_number=account))])
    assert board.post("/unmatched/assigned/1/unassign", data={"reason": "x"}).status_code == 303
    assert "không phải do người giao" in shown(board, "/unmatched/assigned")


def test_another_boards_assignments_are_not_seen_and_not_touched(
    cast: Cast, board: FlaskClient, waiting: list[int]
) -> None:
    payment = services.assign(cast.operator.principal, waiting[0], cast.stall_b, "theirs")
    assert cast.stall_b not in shown(board, "/unmatched/assigned")
    answer = board.post(f"/unmatched/assigned/{payment.id}/unassign", data={"reason": "x"})
    assert answer.status_code == 404
    assert board.post("/unmatched/assigned/99/unassign", data={"reason": "x"}).status_code == 404
    assert "không phải" not in shown(cast.operator.sign_in(board), "/unmatched/assigned")


def test_what_was_given_is_paged_newest_first(cast: Cast, board: FlaskClient) -> None:
    with database().reading() as session:
        commit(database(), [submission(*strays(session, cast.stall_a_id, cast.stall_b_id, 52))])
    with database().reading() as session:
        ids = list(session.scalars(select(UnmatchedCredit.credit_id).order_by(UnmatchedCredit.number)))
    for credit_id in ids:
        services.assign(cast.operator.principal, credit_id, cast.stall_a, "x")
    page = shown(board, "/unmatched/assigned")
    assert page.index("Biên nhận số 52") < page.index("Biên nhận số 51")
    older = re.search(r'rel="next" href="([^"]+)"', page)[1]
    assert "Biên nhận số 1<" in shown(board, older)
