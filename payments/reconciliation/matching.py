"""What becomes of a line, judged by what is known; nothing is written here.

A credit is known by the gateway's id of it; where the statement has none, by the bank's own reference and the account.
References that others gave (a payer's end-to-end id) prove nothing and tie no credit; on a debit they are the bank's
copy of what we wrote ourselves.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from core.money import AMOUNT_MAX_VND
from payments.gateways.fields import ACCOUNT_MAX_LENGTH
from payments.gateways.port import ReportedCredit, ReportedReversal
from payments.reconciliation.candidates import Known
from payments.reconciliation.models import StatementLine
from payments.reconciliation.outcomes import Outcome, Reason
from payments.recording.aliases import STATEMENT_ID
from payments.recording.models import Credit, Reversal
from payments.refunds.models import Refund, RefundState
from payments.statement_lines import Direction

#: How far a booking may lie from what was reported of it: weekends, holidays and days without an hour in between.
APART = timedelta(days=4)


@dataclass(frozen=True, slots=True)
class Decision:
    """How a line ends, and what it is tied to; or what must be recorded first."""

    outcome: Outcome
    reason: Reason | None = None
    credit: Credit | None = None
    refund: Refund | None = None
    reversal: Reversal | None = None
    new_credit: ReportedCredit | None = None
    new_reversal: ReportedReversal | None = None


def decide(line: StatementLine, known: Known) -> Decision:
    """What becomes of one line."""
    if line.direction == Direction.CREDIT:
        return _credit(line, known)
    if line.is_reversal:
        return _reversal(line, known)
    return _other_debit(line, known)


def _credit(line: StatementLine, known: Known) -> Decision:
    if line.is_reversal:
        return Decision(Outcome.UNKNOWN, Reason.CAME_BACK)
    if line.external_id is not None:
        credit = known.credits_by_id.get(line.external_id)
        if credit is not None:
            return _against(line, known, credit)
        other = _under_another_id(line, known)
        if other is not None:
            return Decision(Outcome.DIFFERENT, Reason.OTHER_ID, credit=other)
    elif line.bank_ref is None:
        return Decision(Outcome.UNKNOWN, Reason.NO_REFERENCE)
    else:
        same_ref = [credit for credit in known.credits_by_ref[line.bank_ref] if of_account(line, credit)]
        if same_ref:
            return _against(line, known, _closest(line, known, same_ref))
    return _new_credit(line, known)


def _new_credit(line: StatementLine, known: Known) -> Decision:
    elsewhere = next((one for one in known.credits_elsewhere[line.bank_ref or ""] if _is_alike(line, one)), None)
    if elsewhere is not None:
        return Decision(Outcome.DIFFERENT, Reason.OTHER_GATEWAY, credit=elsewhere)
    if line.amount_vnd > AMOUNT_MAX_VND or any(
        len(number) > ACCOUNT_MAX_LENGTH or not number.isascii()
        for number in (line.account_number, line.virtual_account or "")
    ):
        return Decision(Outcome.UNKNOWN, Reason.OUT_OF_RANGE)
    return Decision(Outcome.RECORDED, new_credit=_as_reported(line))


def _against(line: StatementLine, known: Known, credit: Credit) -> Decision:
    if credit.amount_vnd != line.amount_vnd:
        return Decision(Outcome.DIFFERENT, Reason.AMOUNT, credit=credit)
    if not of_account(line, credit):
        return Decision(Outcome.DIFFERENT, Reason.ACCOUNT, credit=credit)
    if line.external_id is None and abs(line.booked_at - credit.paid_at) > APART:
        return Decision(Outcome.DIFFERENT, Reason.TIME, credit=credit)
    claimed = ("credit", credit.id) in known.claimed
    return Decision(Outcome.DUPLICATE if claimed else Outcome.MATCHED, credit=credit)


def _under_another_id(line: StatementLine, known: Known) -> Credit | None:
    """A credit that nobody else's line is, and that this one of a file could be but for its id.

    Of a gateway that is asked, two ids are two credits. What a file has for an id may be something else.
    """
    alike = [one for one in known.credits_by_ref[line.bank_ref or ""] if _is_alike(line, one)] if known.of_file else []
    if not alike:
        return None
    named = {credit.id for credit in known.credits_by_id.values()}
    return next((one for one in alike if one.id not in named and ("credit", one.id) not in known.claimed), None)


def _is_alike(line: StatementLine, credit: Credit) -> bool:
    """Whether a credit of the line's reference could be this one by account, amount and day."""
    near = abs(line.booked_at - credit.paid_at) <= APART
    return near and credit.amount_vnd == line.amount_vnd and of_account(line, credit)


def _closest(line: StatementLine, known: Known, credits_: Sequence[Credit]) -> Credit:
    """Of several credits with one reference the one that this line can be: same amount, not claimed yet."""
    same = [credit for credit in credits_ if credit.amount_vnd == line.amount_vnd]
    free = [credit for credit in same if ("credit", credit.id) not in known.claimed]
    return (free or same or list(credits_))[0]


def of_account(line: StatementLine, credit: Credit) -> bool:
    """Whether a credit went to the account that the line is of, or to the virtual account that it names."""
    ours = {credit.account_number, credit.virtual_account} - {None, ""}
    return bool(ours & {line.account_number, line.virtual_account}) or not ours


def _reversal(line: StatementLine, known: Known) -> Decision:
    credit = _credit_named(line, known)
    same_ref = known.reversals_by_ref[line.bank_ref] if line.bank_ref is not None else []
    if same_ref:
        return _against_reversals(line, known, same_ref, credit)
    if credit is None:
        return Decision(Outcome.UNKNOWN, Reason.NO_CREDIT)
    if line.bank_ref is None:
        return Decision(Outcome.UNKNOWN, Reason.NO_REFERENCE, credit=credit)
    if line.amount_vnd > credit.amount_vnd:
        return Decision(Outcome.DIFFERENT, Reason.AMOUNT, credit=credit)
    taken_back = ReportedReversal(
        external_id=own_id(line),
        credit_external_id=credit.external_id,
        bank_ref=line.bank_ref,
        amount_vnd=line.amount_vnd,
        reason=line.content,
        booked_at=line.booked_at,
    )
    return Decision(Outcome.RECORDED, credit=credit, new_reversal=taken_back)


def _against_reversals(
    line: StatementLine, known: Known, same_ref: Sequence[Reversal], credit: Credit | None
) -> Decision:
    if credit is not None:
        same_ref = [one for one in same_ref if one.credit_id in {None, credit.id}]
        if not same_ref:
            return Decision(Outcome.DIFFERENT, Reason.OTHER_CREDIT, credit=credit)
    free = [one for one in same_ref if ("reversal", one.id) not in known.claimed]
    reversal = next((one for one in free or same_ref if one.amount_vnd == line.amount_vnd), (free or same_ref)[0])
    if reversal.amount_vnd != line.amount_vnd:
        return Decision(Outcome.DIFFERENT, Reason.AMOUNT, reversal=reversal, credit=credit)
    if reversal.id in known.unbooked:
        return Decision(Outcome.DIFFERENT, Reason.UNBOOKED, reversal=reversal, credit=credit)
    return Decision(Outcome.MATCHED if free else Outcome.DUPLICATE, reversal=reversal, credit=credit)


def _other_debit(line: StatementLine, known: Known) -> Decision:
    refund = next((known.refunds_by_id[ref] for ref in _refs(line) if ref in known.refunds_by_id), None)
    if refund is None and line.bank_ref is not None:
        refund = known.refunds_by_ref.get(line.bank_ref)
    if refund is not None:
        return _refund(line, known, refund)
    credit = _credit_named(line, known)
    if credit is not None:
        return Decision(Outcome.UNKNOWN, Reason.NO_REFUND, credit=credit)
    return Decision(Outcome.UNKNOWN, Reason.ORDINARY_DEBIT)


def _refund(line: StatementLine, known: Known, refund: Refund) -> Decision:
    if refund.amount_vnd != line.amount_vnd:
        return Decision(Outcome.DIFFERENT, Reason.AMOUNT, refund=refund)
    if refund.state == RefundState.REFUSED:
        return Decision(Outcome.DIFFERENT, Reason.REFUSED_HERE, refund=refund)
    claimed = ("refund", refund.id) in known.claimed
    return Decision(Outcome.DUPLICATE if claimed else Outcome.MATCHED, refund=refund)


def _credit_named(line: StatementLine, known: Known) -> Credit | None:
    """The credit that a debit names as the one whose money goes."""
    return next((known.credits_by_id[ref] for ref in _refs(line) if ref in known.credits_by_id), None)


def _refs(line: StatementLine) -> list[str]:
    return [ref for ref in (line.external_id, *line.other_refs) if ref]


def _as_reported(line: StatementLine) -> ReportedCredit:
    return ReportedCredit(
        external_id=line.external_id or own_id(line),
        bank_ref=line.bank_ref or line.entry_ref or line.external_id or "",
        account_number=line.account_number,
        amount_vnd=line.amount_vnd,
        content=line.content,
        paid_at=line.booked_at,
        virtual_account=line.virtual_account,
        bank_bin=line.bank_bin,
        payer_bank_bin=line.party_bank_bin,
        payer_name=line.party_name,
        payer_ref=line.party_account,
    )


def own_id(line: StatementLine) -> str:
    """An id made of what tells a booking from others, so that every statement that shows it gives the same."""
    facts = (line.account_number, line.direction, line.bank_ref or "", str(line.amount_vnd), str(line.is_reversal))
    return STATEMENT_ID + hashlib.sha256("\n".join(facts).encode()).hexdigest()[:48]
