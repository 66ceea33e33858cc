"""A gateway's own statement in the shape of all others."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from payments.gateways.port import Gateway, StatementKind, StatementLine
from payments.statements.lines import Direction, Line

#: A window that ended so long ago gains no more lines: only then does it speak for what it does not show.
SETTLED_AFTER = timedelta(minutes=5)


def items(gateway: Gateway, start: datetime, end: datetime) -> Iterator[Line]:
    """What a gateway tells of a window, as lines."""
    for number, told in enumerate(gateway.statement(start, end), start=1):
        yield _line(told, number)


def _line(told: StatementLine, number: int) -> Line:
    credit = told.credit
    refund_ref = told.refund_request_id
    return Line(
        account_number=told.account_number,
        direction=Direction.CREDIT if told.kind is StatementKind.CREDIT else Direction.DEBIT,
        amount_vnd=told.amount_vnd,
        booked_at=told.booked_at,
        day_only=False,
        bank_ref=told.bank_ref,
        external_id=told.credit_external_id,
        references=() if refund_ref is None else (refund_ref,),
        virtual_account=None if credit is None else credit.virtual_account,
        content=told.content,
        party_name=None if credit is None else credit.payer_name,
        party_account=None if credit is None else credit.payer_ref,
        party_bank_bin=None if credit is None else credit.payer_bank_bin,
        bank_bin=None if credit is None else credit.bank_bin,
        is_reversal=told.kind is StatementKind.REVERSAL,
        line_number=number,
        entry_ref=told.line_id,
    )
