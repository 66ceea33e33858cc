from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select, update

from core import clock
from core.database import database
from payments.recording.ownership import Match, MatchedBy, UnmatchedBecause, match
from tests.support.money import CodedStall, coded_stalls, credit
from vendors.codes.models import PaymentCode
from vendors.stalls.models import SettlementAccount


def found(one: object) -> Match | UnmatchedBecause:
    with database().reading() as session:
        return match(session, "simbank", [one])[0]


def matched(stall: CodedStall, by: MatchedBy) -> Match:
    return Match(stall.id, stall.market_id, by)


def test_a_virtual_account_names_its_stall(app: Flask) -> None:
    (stall,) = coded_stalls(1)
    assert found(credit(stall)) == matched(stall, MatchedBy.VIRTUAL_ACCOUNT)


def test_a_revoked_code_still_brings_its_stalls_money(app: Flask) -> None:
    (stall,) = coded_stalls(1)
    with database().writing() as session:
        session.execute(update(PaymentCode).values(revoked_at=clock.now(), until_day=clock.today()))
    assert found(credit(stall)) == matched(stall, MatchedBy.VIRTUAL_ACCOUNT)


def test_the_virtual_account_wins_over_a_reference_in_the_text(app: Flask) -> None:
    first, second = coded_stalls(2)
    one = credit(first, content=f"tra tien {second.reference}")
    assert found(one) == matched(first, MatchedBy.VIRTUAL_ACCOUNT)


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "MBVCB.3278907687.{}.CT tu 0123499999 KHACH MAU",
        "chuyển tiền {} cảm ơn",
        "IBFT{}",
    ],
)
@pytest.mark.parametrize("change", [str, str.lower, lambda text: f"{text[:4]} {text[4:]}"])
def test_a_reference_is_found_in_any_banks_text(app: Flask, text: str, change: object) -> None:
    (stall,) = coded_stalls(1)
    one = credit(None, content=text.format(change(stall.reference)))
    assert found(one) == matched(stall, MatchedBy.REFERENCE)


def test_an_account_of_one_stall_alone_names_it(app: Flask) -> None:
    (stall,) = coded_stalls(1)
    one = credit(None, account_number=stall.account_number)
    assert found(one) == matched(stall, MatchedBy.ACCOUNT)


def test_the_same_account_number_at_another_bank_names_nobody(app: Flask) -> None:
    (stall,) = coded_stalls(1)
    one = credit(None, account_number=stall.account_number, bank_bin="970436")
    assert found(one) is UnmatchedBecause.NO_MATCH


def test_an_account_of_two_stalls_decides_nothing(app: Flask) -> None:
    first, second = coded_stalls(2)
    with database().writing() as session:
        shared = session.scalar(select(SettlementAccount).where(SettlementAccount.stall_id == second.id))
        assert shared is not None
        shared.account_number = first.account_number
    assert found(credit(None, account_number=first.account_number)) is UnmatchedBecause.AMBIGUOUS


def test_references_of_two_stalls_in_one_text_decide_nothing(app: Flask) -> None:
    first, second = coded_stalls(2)
    one = credit(None, content=f"{first.reference} {second.reference}")
    assert found(one) is UnmatchedBecause.AMBIGUOUS


def test_a_virtual_account_of_another_gateway_names_nobody(app: Flask) -> None:
    (stall,) = coded_stalls(1)
    one = credit(None, virtual_account=stall.virtual_account)
    with database().reading() as session:
        assert match(session, "sepay", [one])[0] is UnmatchedBecause.NO_MATCH


def _same_number_at_another_bank(first: CodedStall, second: CodedStall) -> None:
    with database().writing() as session:
        account = session.scalars(select(SettlementAccount).where(SettlementAccount.stall_id == second.id)).one()
        account.account_number, account.bank_bin = first.account_number, "970436"


def test_where_the_bank_is_not_said_a_number_of_one_stall_alone_names_it(app: Flask) -> None:
    (stall,) = coded_stalls(1)
    one = credit(None, account_number=stall.account_number, bank_bin=None)
    assert found(one) == matched(stall, MatchedBy.ACCOUNT)


def test_where_the_bank_is_not_said_a_number_at_two_banks_decides_nothing(app: Flask) -> None:
    first, second = coded_stalls(2)
    _same_number_at_another_bank(first, second)
    one = credit(None, account_number=first.account_number, bank_bin=None)
    assert found(one) is UnmatchedBecause.AMBIGUOUS


def test_where_the_bank_is_said_it_tells_two_accounts_of_one_number_apart(app: Flask) -> None:
    first, second = coded_stalls(2)
    _same_number_at_another_bank(first, second)
    one = credit(None, account_number=first.account_number, bank_bin="970436")
    assert found(one) == matched(second, MatchedBy.ACCOUNT)


def test_a_reference_tells_which_of_the_stalls_that_share_an_account(app: Flask) -> None:
    first, second = coded_stalls(2)
    with database().writing() as session:
        shared = session.scalar(select(SettlementAccount).where(SettlementAccount.stall_id == second.id))
        assert shared is not None
        shared.account_number = first.account_number
    one = credit(None, account_number=first.account_number, content=second.reference)
    assert found(one) == matched(second, MatchedBy.REFERENCE)


@pytest.mark.parametrize("bank_bin", ["970499", None])
def test_a_reference_in_the_text_never_overrules_whose_account_the_money_went_to(
    app: Flask, bank_bin: str | None
) -> None:
    announced, paid = coded_stalls(2)
    one = credit(None, account_number=paid.account_number, bank_bin=bank_bin, content=announced.reference)
    assert found(one) is UnmatchedBecause.CONTRADICTION


def test_a_virtual_account_that_a_vendor_gave_as_theirs_goes_before_the_account_behind_it(app: Flask) -> None:
    behind, stall = coded_stalls(2)
    one = credit(None, account_number=behind.account_number, virtual_account=stall.account_number)
    assert found(one) == matched(stall, MatchedBy.ACCOUNT)


def test_an_unknown_virtual_account_leaves_the_account_behind_it_to_decide(app: Flask) -> None:
    (stall,) = coded_stalls(1)
    one = credit(None, account_number=stall.account_number, virtual_account="UNKNOWN1")
    assert found(one) == matched(stall, MatchedBy.ACCOUNT)
