"""What we have recorded that the lines at hand may speak of, looked up for all of them together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.reconciliation.models import Statement, StatementLine
from payments.reconciliation.outcomes import Outcome, Source
from payments.recording.bulk import portions
from payments.recording.models import Credit, CreditAlias, Reversal, UnmatchedCredit
from payments.refunds.models import Refund
from payments.statement_lines import Direction


@dataclass(slots=True)
class Known:
    """Credits by the gateway's id and by the bank's reference, refunds and reversals likewise, and what is claimed.

    A row of ours that an earlier line of the same statement was tied to is `claimed`: another line that speaks of it
    stands there a second time. `unbooked` are the reversals that changed no stall's money and should have. Lines
    are `of_file` where the gateway itself was not asked.
    """

    of_file: bool = False
    credits_by_id: dict[str, Credit] = field(default_factory=dict)
    credits_by_ref: dict[str, list[Credit]] = field(default_factory=lambda: defaultdict(list))
    #: Of other gateways, where a file was read: it may be theirs.
    credits_elsewhere: dict[str, list[Credit]] = field(default_factory=lambda: defaultdict(list))
    refunds_by_id: dict[str, Refund] = field(default_factory=dict)
    refunds_by_ref: dict[str, Refund] = field(default_factory=dict)
    reversals_by_ref: dict[str, list[Reversal]] = field(default_factory=lambda: defaultdict(list))
    unbooked: set[int] = field(default_factory=set)
    claimed: set[tuple[str, int]] = field(default_factory=set)


def find_known(session: Session, statement: Statement, lines: Sequence[StatementLine]) -> Known:
    """Everything of ours that these lines of a gateway's statement may speak of."""
    known, gateway = Known(of_file=statement.source != Source.PULL), statement.gateway
    ids = {one for line in lines for one in (line.external_id, *line.other_refs) if one}
    refs = {line.bank_ref for line in lines if line.bank_ref}
    _find_credits(session, gateway, known, ids, refs)
    _find_refunds(session, gateway, known, ids, refs)
    for some in portions(sorted(refs)):
        found = select(Reversal).where(Reversal.gateway == gateway, Reversal.bank_ref.in_(some)).order_by(Reversal.id)
        for reversal in session.scalars(found):
            known.reversals_by_ref[reversal.bank_ref].append(reversal)
    known.unbooked = find_unbooked(session, [one for some in known.reversals_by_ref.values() for one in some])
    _find_claimed(session, known, statement.id)
    return known


def find_unbooked(session: Session, reversals: Iterable[Reversal]) -> set[int]:
    """Those that took more than is left, or whose credit is not here; not those whose credit waits for its stall."""
    credit_of = {one.id: one.credit_id for one in reversals if one.correction_id is None}
    waiting: set[int] = set()
    for some in portions(sorted({credit_id for credit_id in credit_of.values() if credit_id is not None})):
        found = select(UnmatchedCredit.credit_id).where(
            UnmatchedCredit.credit_id.in_(some), UnmatchedCredit.payment_id.is_(None)
        )
        waiting.update(session.scalars(found))
    return {reversal_id for reversal_id, credit_id in credit_of.items() if credit_id not in waiting}


def _find_credits(session: Session, gateway: str, known: Known, ids: Collection[str], refs: Collection[str]) -> None:
    for some in portions(sorted(ids)):
        own = select(Credit.external_id, Credit).where(Credit.gateway == gateway, Credit.external_id.in_(some))
        other = (
            select(CreditAlias.external_id, Credit)
            .join(Credit, Credit.id == CreditAlias.credit_id)
            .where(CreditAlias.gateway == gateway, CreditAlias.external_id.in_(some))
        )
        for statement in (other, own):
            known.credits_by_id.update({row[0]: row[1] for row in session.execute(statement)})
    here = [] if known.of_file else [Credit.gateway == gateway]
    for some in portions(sorted(refs)):
        for credit in session.scalars(select(Credit).where(Credit.bank_ref.in_(some), *here).order_by(Credit.id)):
            by_ref = known.credits_by_ref if credit.gateway == gateway else known.credits_elsewhere
            by_ref[credit.bank_ref].append(credit)


def _find_refunds(session: Session, gateway: str, known: Known, ids: Collection[str], refs: Collection[str]) -> None:
    for some in portions(sorted(ids)):
        found = select(Refund).where(Refund.gateway == gateway, Refund.request_id.in_(some))
        known.refunds_by_id.update({refund.request_id: refund for refund in session.scalars(found)})
    for some in portions(sorted(refs)):
        found = select(Refund).where(Refund.gateway == gateway, Refund.bank_ref.in_(some))
        known.refunds_by_ref.update({str(refund.bank_ref): refund for refund in session.scalars(found)})


def _find_claimed(session: Session, known: Known, statement_id: int) -> None:
    ours: dict[str, Any] = {
        "credit": {credit.id for credit in known.credits_by_id.values()}
        | {credit.id for some in known.credits_by_ref.values() for credit in some},
        "refund": {refund.id for refund in (*known.refunds_by_id.values(), *known.refunds_by_ref.values())},
        "reversal": {reversal.id for some in known.reversals_by_ref.values() for reversal in some},
    }
    columns = {
        "credit": StatementLine.credit_id,
        "refund": StatementLine.refund_id,
        "reversal": StatementLine.reversal_id,
    }
    for what, column in columns.items():
        for some in portions(sorted(ours[what])):
            found = select(column).where(StatementLine.statement_id == statement_id, column.in_(some))
            if what == "credit":
                # A debit that names a credit, and a line that differs from it, are not the credit's own line.
                found = found.where(
                    StatementLine.direction == Direction.CREDIT,
                    StatementLine.outcome.in_((Outcome.MATCHED, Outcome.RECORDED)),
                )
            known.claimed |= {(what, row_id) for row_id in session.scalars(found) if row_id is not None}
