"""The lines of a statement that the simulated bank is asked for, read over a wire of this test's own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from core.money import BOOKING_MAX_VND
from core.settings import load_settings
from payments.gateways.simbank import Simbank
from payments.statement_lines import Direction, Line
from tests.conftest import TEST_ENVIRONMENT
from vendors.issuer import BankUnavailable

BOOKED_AT = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
CREDIT = {
    "line_id": "7",
    "account_number": "990000000001",
    "virtual_account": "V9704990001",
    "direction": "credit",
    "kind": "transfer",
    "amount_vnd": 50_000,
    "currency": "VND",
    "booked_at": BOOKED_AT.isoformat(),
    "bank_ref": "FT7",
    "credit_id": "cr_7",
    "refund_request_id": None,
    "content": "rau muống",
    "payer_bank_bin": "970436",
    "payer_name": "NGUOI MUA MAU",
    "payer_ref": "P7",
}
DEBIT = CREDIT | {"direction": "debit", "kind": "refund", "virtual_account": None, "refund_request_id": "rf_7"}


def ask(*pages: list[dict[str, Any]]) -> list[Line]:
    """What the adapter makes of a bank's pages."""

    def answer(request: httpx.Request) -> httpx.Response:
        page = int(request.url.params.get("after", "0"))
        following = str(page + 1) if page + 1 < len(pages) else None
        return httpx.Response(200, json={"items": pages[page], "next": following})

    bank = Simbank(load_settings(TEST_ENVIRONMENT), httpx.MockTransport(answer))
    return list(bank.statement(BOOKED_AT, BOOKED_AT + timedelta(days=1)))


def test_a_credit_names_its_payer() -> None:
    assert ask([CREDIT]) == [
        Line(
            account_number="990000000001",
            direction=Direction.CREDIT,
            amount_vnd=50_000,
            booked_at=BOOKED_AT,
            day_only=False,
            bank_ref="FT7",
            external_id="cr_7",
            other_refs=(),
            virtual_account="V9704990001",
            content="rau muống",
            party_name="NGUOI MUA MAU",
            party_account="P7",
            party_bank_bin="970436",
            bank_bin="970499",
            is_reversal=False,
            line_number=1,
            entry_ref="7",
        )
    ]


def test_a_refund_names_its_order_and_no_payer() -> None:
    (line,) = ask([DEBIT])
    assert (line.direction, line.other_refs, line.external_id) == (Direction.DEBIT, ("rf_7",), "cr_7")
    assert (line.party_name, line.party_account, line.party_bank_bin) == (None, None, None)
    assert not line.is_reversal


def test_a_reversal_is_one() -> None:
    (line,) = ask([DEBIT | {"kind": "reversal", "refund_request_id": None}])
    assert (line.direction, line.is_reversal, line.other_refs) == (Direction.DEBIT, True, ())


def test_lines_are_numbered_through_all_pages() -> None:
    assert [line.line_number for line in ask([CREDIT, DEBIT], [CREDIT])] == [1, 2, 3]


def test_a_booking_may_be_more_than_a_transfer_carries() -> None:
    (line,) = ask([CREDIT | {"amount_vnd": BOOKING_MAX_VND}])
    assert line.amount_vnd == BOOKING_MAX_VND


@pytest.mark.parametrize(
    "change",
    [
        {"amount_vnd": BOOKING_MAX_VND + 1},
        {"amount_vnd": 0},
        {"currency": "USD"},
        {"direction": "sideways"},
        {"direction": None},
        {"booked_at": "today"},
        {"line_id": None},
        {"account_number": ""},
        {"bank_ref": None},
    ],
    ids=str,
)
def test_one_line_that_cannot_be_read_is_no_statement(change: dict[str, Any]) -> None:
    with pytest.raises(BankUnavailable):
        ask([CREDIT, CREDIT | change])
