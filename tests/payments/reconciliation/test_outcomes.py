"""How each kind of line ends, and that the money is right afterwards."""

from __future__ import annotations

import io
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from core.database import database
from core.permissions.principal import SYSTEM
from payments.container import recorder
from payments.gateways.port import ReportedReversal
from payments.reconciliation import services
from payments.reconciliation.errors import OfAnotherGateway
from payments.reconciliation.models import Statement, StatementLine
from payments.reconciliation.outcomes import Source
from payments.reconciliation.services import Imported
from payments.recording.ingest import Submission
from payments.recording.models import Credit, Payment, Reversal, StallDay, UnmatchedCredit
from payments.recording.recorder import commit
from payments.verification.services import verify
from tests.support.money import PAID_AT, coded_stalls, submission, taking_back
from tests.support.reconciliation import discrepancies, fresh, imported, of, outcomes, shown, the_statement
from tests.support.statements import document, entry, statement


@pytest.fixture(autouse=True)
def _sound_afterwards(app: Flask):
    yield
    report = verify(database())
    assert report.sound, report.findings


def count(model: type) -> int:
    with database().reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def reversal_of(one, **changes) -> ReportedReversal:
    facts = {
        "external_id": f"rv_{one.external_id[:20]}",
        "credit_external_id": one.external_id,
        "bank_ref": f"RV{one.bank_ref}"[:20],
        "amount_vnd": one.amount_vnd,
        "reason": "wrong account",
        "booked_at": PAID_AT + timedelta(hours=1),
    }
    return ReportedReversal(**(facts | changes))


def taken_back(one: ReportedReversal, *, by_id: bool = True, **changes) -> str:
    """The entry of a reversal; it names its credit only `by_id`."""
    own = f"<Prtry><Tp>CREDIT_ID</Tp><Ref>{one.credit_external_id}</Ref></Prtry>" if by_id else ""
    refs = f"<Refs>{own}</Refs>" if own else ""
    facts = {
        "amount": one.amount_vnd,
        "way": "DBIT",
        "reversal": "true",
        "bank_ref": one.bank_ref,
        "details": f"<TxDtls>{refs}</TxDtls>",
    } | changes
    return entry(facts.pop("amount"), **facts)


@pytest.mark.parametrize("by_id", [True, False])
def test_a_credit_that_is_recorded_is_matched(by_id: bool) -> None:
    (stall,) = coded_stalls(1)
    one = fresh(stall)
    recorder().record(submission(one))
    statement_id = imported(of(stall, shown(one, by_id=by_id))).statement_id
    assert outcomes(statement_id) == [("matched", None)]
    assert count(Credit) == 1
    assert not discrepancies()


@pytest.mark.parametrize("by_id", [True, False])
def test_a_credit_that_nobody_told_us_of_is_recorded_for_its_stall(by_id: bool) -> None:
    (stall,) = coded_stalls(1)
    one = fresh(stall)
    statement_id = imported(of(stall, shown(one, by_id=by_id))).statement_id
    assert outcomes(statement_id) == [("recorded", None)]
    with database().reading() as session:
        payment = session.scalars(select(Payment)).one()
        assert (payment.stall_id, payment.amount_vnd, payment.paid_at) == (stall.id, one.amount_vnd, one.paid_at)
        assert session.scalar(select(Credit.origin)) == "statement"
    assert not discrepancies()


@pytest.mark.parametrize("by_id", [True, False])
def test_a_notification_that_comes_after_its_statement_counts_nothing_twice(by_id: bool) -> None:
    (stall,) = coded_stalls(1)
    one = fresh(stall)
    imported(of(stall, shown(one, by_id=by_id)))
    assert recorder().record(submission(one)).recorded == 0
    assert count(Credit) == count(Payment) == 1
    again = imported(of(stall, shown(one, by_id=True), entry(1_000, way="DBIT"))).statement_id
    assert outcomes(again)[0] == ("matched", None)


def test_a_credit_of_a_stranger_is_recorded_and_waits_for_a_person() -> None:
    one = fresh()
    statement_id = imported(document(statement(shown(one), account=one.account_number))).statement_id
    assert outcomes(statement_id) == [("recorded", None)]
    assert count(UnmatchedCredit) == 1


@pytest.mark.parametrize("by_id", [True, False])
def test_another_amount_is_a_discrepancy_and_changes_nothing(by_id: bool) -> None:
    (stall,) = coded_stalls(1)
    one = fresh(stall, amount_vnd=50_000)
    recorder().record(submission(one))
    statement_id = imported(of(stall, shown(one, by_id=by_id, amount=60_000))).statement_id
    assert outcomes(statement_id) == [("different", "amount")]
    (discrepancy,) = discrepancies()
    assert (discrepancy.kind, discrepancy.bank_vnd, discrepancy.our_vnd) == ("different", 60_000, 50_000)
    with database().reading() as session:
        assert session.scalars(select(Credit.amount_vnd)).all() == [50_000]


def test_another_account_is_a_discrepancy() -> None:
    stall, other = coded_stalls(2)
    one = fresh(stall)
    recorder().record(submission(one))
    elsewhere = replace(one, virtual_account=other.virtual_account)
    statement_id = imported(of(other, shown(elsewhere, by_id=True))).statement_id
    assert outcomes(statement_id) == [("different", "account")]


@pytest.mark.parametrize("days", [-5, 5])
def test_a_reference_that_is_used_again_days_later_is_a_discrepancy(days: int) -> None:
    (stall,) = coded_stalls(1)
    one = fresh(stall)
    recorder().record(submission(replace(one, paid_at=one.paid_at + timedelta(days=days))))
    statement_id = imported(of(stall, shown(one))).statement_id
    assert outcomes(statement_id) == [("different", "time")]


def test_a_reversal_that_stands_before_its_credit_makes_that_no_double() -> None:
    (stall,) = coded_stalls(1)
    one = fresh(stall)
    recorder().record(submission(one))
    statement_id = imported(of(stall, taken_back(reversal_of(one)), shown(one, by_id=True))).statement_id
    assert outcomes(statement_id) == [("recorded", None), ("matched", None)]


def test_a_debit_that_names_a_credit_does_not_show_the_credit() -> None:
    (stall,) = coded_stalls(1)
    one = fresh(stall)
    recorder().record(submission(one))
    imported(of(stall))
    imported(of(stall, taken_back(reversal_of(one))))
    assert [one.is_open for one in discrepancies() if one.kind == "missing_at_bank"] == [True]


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("by_id", [True, False])
def test_a_line_that_stands_twice_counts_once_and_is_a_discrepancy(known: bool, by_id: bool) -> None:
    (stall,) = coded_stalls(1)
    one = fresh(stall)
    if known:
        recorder().record(submission(one))
    line = shown(one, by_id=by_id)
    statement_id = imported(of(stall, line, line)).statement_id
    assert outcomes(statement_id) == [("matched" if known else "recorded", None), ("duplicate", None)]
    assert count(Payment) == 1
    assert [discrepancy.kind for discrepancy in discrepancies()] == ["duplicate"]


def test_two_payments_alike_with_references_of_their_own_are_two() -> None:
    (stall,) = coded_stalls(1)
    statement_id = imported(of(stall, shown(fresh(stall)), shown(fresh(stall)))).statement_id
    assert outcomes(statement_id) == [("recorded", None)] * 2
    assert count(Payment) == 2


def test_two_credits_with_one_reference_are_matched_one_by_one() -> None:
    (stall,) = coded_stalls(1)
    first, second = fresh(stall, bank_ref="SAME"), fresh(stall, bank_ref="SAME")
    recorder().record(submission(first, second))
    statement_id = imported(of(stall, shown(first), shown(second))).statement_id
    assert outcomes(statement_id) == [("matched", None)] * 2


def test_a_credit_without_a_reference_cannot_be_told_and_waits() -> None:
    (stall,) = coded_stalls(1)
    statement_id = imported(of(stall, shown(fresh(stall), bank_ref=""), shown(fresh(stall), bank_ref=""))).statement_id
    assert outcomes(statement_id) == [("unknown", "no_reference")] * 2
    assert count(Credit) == 0
    assert len(discrepancies()) == 2


def test_more_than_a_transfer_can_carry_is_not_recorded() -> None:
    (stall,) = coded_stalls(1)
    statement_id = imported(of(stall, shown(fresh(stall), amount=500_000_000))).statement_id
    assert outcomes(statement_id) == [("unknown", "out_of_range")]


def test_a_credit_that_takes_a_debit_back_is_no_customers_payment() -> None:
    (stall,) = coded_stalls(1)
    statement_id = imported(of(stall, shown(fresh(stall), reversal="true"))).statement_id
    assert outcomes(statement_id) == [("unknown", "came_back")]
    assert count(Credit) == 0
    assert len(discrepancies()) == 1


def test_a_debit_that_is_none_of_ours_is_unknown_and_troubles_nobody() -> None:
    (stall,) = coded_stalls(1)
    statement_id = imported(of(stall, entry(9_000, way="DBIT", bank_ref="X1"))).statement_id
    assert outcomes(statement_id) == [("unknown", "ordinary_debit")]
    assert not discrepancies()


def test_money_of_a_credit_that_went_back_without_our_order_is_a_discrepancy() -> None:
    (stall,) = coded_stalls(1)
    one = fresh(stall)
    recorder().record(submission(one))
    debit = shown(one, by_id=True, way="DBIT", bank_ref="X1", amount=9_000)
    statement_id = imported(of(stall, shown(one), debit)).statement_id
    assert outcomes(statement_id) == [("matched", None), ("unknown", "no_refund")]
    (discrepancy,) = discrepancies()
    assert (discrepancy.bank_vnd, discrepancy.our_vnd) == (-9_000, one.amount_vnd)


@pytest.mark.parametrize("by_id", [True, False])
def test_a_reversal_that_is_recorded_is_matched(by_id: bool) -> None:
    (stall,) = coded_stalls(1)
    one = fresh(stall)
    reversal = reversal_of(one)
    commit(database(), [submission(one), taking_back(reversal)])
    statement_id = imported(of(stall, shown(one), taken_back(reversal, by_id=by_id))).statement_id
    assert outcomes(statement_id) == [("matched", None)] * 2
    assert count(Reversal) == 1


def test_a_reversal_that_nobody_told_us_of_is_recorded() -> None:
    (stall,) = coded_stalls(1)
    one = fresh(stall)
    recorder().record(submission(one))
    statement_id = imported(of(stall, shown(one), taken_back(reversal_of(one)))).statement_id
    assert outcomes(statement_id) == [("matched", None), ("recorded", None)]
    with database().reading() as session:
        reversal = session.scalars(select(Reversal)).one()
        assert reversal.correction_id is not None
        assert reversal.amount_vnd == one.amount_vnd


@pytest.mark.parametrize("amount_vnd", [50_000, 20_000])
def test_a_reversals_notification_that_comes_after_its_statement_takes_nothing_twice(amount_vnd: int) -> None:
    (stall,) = coded_stalls(1)
    one = fresh(stall, amount_vnd=50_000)
    reversal = reversal_of(one, amount_vnd=amount_vnd)
    imported(of(stall, shown(one, by_id=True), taken_back(reversal)))
    outcome = recorder().record(Submission("simbank", (one,), reversals=(reversal,)))
    assert outcome.recorded == 0
    assert count(Reversal) == 1
    with database().reading() as session:
        assert session.scalars(select(StallDay.reversals_vnd)).all() == [amount_vnd]
    again = imported(of(stall, shown(one), taken_back(reversal), entry(5, way="DBIT"))).statement_id
    assert outcomes(again)[:2] == [("matched", None)] * 2


def test_two_reversals_of_one_credit_are_two(app: Flask) -> None:
    (stall,) = coded_stalls(1)
    one = fresh(stall, amount_vnd=50_000)
    first = reversal_of(one, amount_vnd=20_000)
    second = replace(first, external_id="rv_second", bank_ref="RV-OTHER")
    imported(of(stall, shown(one, by_id=True), taken_back(first)))
    assert recorder().record(taking_back(second)).recorded == 1
    assert count(Reversal) == 2


def test_a_credit_and_its_reversal_that_nobody_told_us_of_are_both_recorded() -> None:
    (stall,) = coded_stalls(1)
    one = fresh(stall)
    statement_id = imported(of(stall, shown(one, by_id=True), taken_back(reversal_of(one)))).statement_id
    assert outcomes(statement_id) == [("recorded", None)] * 2


def test_a_reversal_of_another_amount_is_a_discrepancy() -> None:
    (stall,) = coded_stalls(1)
    one = fresh(stall)
    reversal = reversal_of(one, amount_vnd=20_000)
    commit(database(), [submission(one), taking_back(reversal)])
    statement_id = imported(of(stall, shown(one), taken_back(reversal, amount=30_000))).statement_id
    assert outcomes(statement_id) == [("matched", None), ("different", "amount")]
    assert discrepancies()[0].our_vnd == -20_000


def test_a_reversal_of_a_credit_that_is_not_here_is_a_discrepancy() -> None:
    (stall,) = coded_stalls(1)
    reversal = reversal_of(fresh(stall))
    recorder().record(taking_back(reversal))
    statement_id = imported(of(stall, taken_back(reversal))).statement_id
    assert outcomes(statement_id) == [("different", "unbooked")]
    (discrepancy,) = discrepancies()
    assert (discrepancy.kind, discrepancy.reason, discrepancy.bank_vnd, discrepancy.our_vnd) == (
        "different",
        "unbooked",
        -50_000,
        None,
    )


def test_a_reversal_of_more_than_is_left_is_a_discrepancy() -> None:
    (stall,) = coded_stalls(1)
    one = fresh(stall, amount_vnd=50_000)
    first = reversal_of(one, amount_vnd=40_000)
    second = replace(first, external_id="rv_second", bank_ref="RV2", amount_vnd=20_000)
    commit(database(), [submission(one), taking_back(first, second)])
    statement_id = imported(of(stall, shown(one), taken_back(first), taken_back(second))).statement_id
    assert outcomes(statement_id) == [("matched", None), ("matched", None), ("different", "unbooked")]


def test_a_reversal_of_more_than_is_left_that_nobody_told_us_of_is_a_discrepancy() -> None:
    (stall,) = coded_stalls(1)
    one = fresh(stall, amount_vnd=50_000)
    first = reversal_of(one, amount_vnd=40_000)
    second = replace(first, bank_ref="RV2", amount_vnd=20_000)
    commit(database(), [submission(one), taking_back(first)])
    statement_id = imported(of(stall, shown(one), taken_back(first), taken_back(second))).statement_id
    assert outcomes(statement_id) == [("matched", None), ("matched", None), ("different", "unbooked")]
    assert count(Reversal) == 2


def test_a_reversal_of_what_waits_for_its_stall_is_matched() -> None:
    one = fresh()
    reversal = reversal_of(one)
    commit(database(), [submission(one), taking_back(reversal)])
    content = document(statement(shown(one), taken_back(reversal), account=one.account_number))
    assert outcomes(imported(content).statement_id) == [("matched", None)] * 2


def test_a_reversal_whose_credit_the_statement_brings_is_matched() -> None:
    (stall,) = coded_stalls(1)
    one = fresh(stall)
    reversal = reversal_of(one)
    recorder().record(taking_back(reversal))
    statement_id = imported(of(stall, shown(one, by_id=True), taken_back(reversal, by_id=False))).statement_id
    assert outcomes(statement_id) == [("recorded", None), ("matched", None)]


def test_a_reversal_that_stands_twice_is_a_discrepancy() -> None:
    (stall,) = coded_stalls(1)
    one = fresh(stall)
    recorder().record(submission(one))
    line = taken_back(reversal_of(one))
    statement_id = imported(of(stall, line, line)).statement_id
    assert outcomes(statement_id) == [("recorded", None), ("duplicate", None)]
    assert count(Reversal) == 1


def test_a_reversal_of_what_we_never_heard_of_is_a_discrepancy() -> None:
    (stall,) = coded_stalls(1)
    statement_id = imported(of(stall, taken_back(reversal_of(fresh(stall))))).statement_id
    assert outcomes(statement_id) == [("unknown", "no_credit")]
    assert count(Reversal) == 0


def test_what_the_bank_does_not_show_is_missing_there() -> None:
    (stall,) = coded_stalls(1)
    one, other = fresh(stall), fresh(stall)
    recorder().record(submission(one, other))
    imported(of(stall, shown(one)))
    (discrepancy,) = discrepancies()
    assert (discrepancy.kind, discrepancy.bank_vnd, discrepancy.our_vnd) == ("missing_at_bank", None, other.amount_vnd)


@pytest.mark.parametrize(
    "said",
    [
        {"period": ""},
        {"head": "<StmtPgntn><PgNb>1</PgNb><LastPgInd>false</LastPgInd></StmtPgntn>"},
        {"opening": 0, "closing": 1},
    ],
)
def test_a_statement_that_may_lack_something_accuses_nobody(said: dict) -> None:
    (stall,) = coded_stalls(1)
    recorder().record(submission(fresh(stall)))
    imported(of(stall, **said))
    assert not [one for one in discrepancies() if one.kind == "missing_at_bank"]


def test_a_statement_of_a_day_that_is_not_over_accuses_nobody() -> None:
    (stall,) = coded_stalls(1)
    recorder().record(submission(fresh(stall)))
    to_evening = "<FrToDt><FrDtTm>2026-11-23T00:00:00+07:00</FrDtTm><ToDtTm>2026-11-24T23:59:59+07:00</ToDtTm></FrToDt>"
    imported(of(stall, period=to_evening))
    assert not discrepancies()


def test_only_the_statements_account_and_time_and_gateway_are_held_against_it() -> None:
    stall, other = coded_stalls(2)
    recorder().record(submission(fresh(other), fresh(stall, paid_at=PAID_AT - timedelta(days=1))))
    recorder().record(Submission("sepay", (fresh(stall),)))
    imported(of(stall))
    assert not discrepancies()


def test_each_account_of_a_file_speaks_for_itself_alone() -> None:
    stalls = coded_stalls(3)
    recorder().record(submission(*(fresh(stall) for stall in stalls)))
    whole, half = (statement(account=stall.account_number) for stall in stalls[:2])
    half = half.replace("<FrToDt>", "<FrToDt><!-- -->").replace("2026-11-24T00:00:00", "2026-11-23T05:00:00")
    imported(document(whole, half))
    assert [one.account_number for one in discrepancies()] == [stalls[0].account_number]


def test_what_a_later_statement_shows_is_missing_no_more() -> None:
    (stall,) = coded_stalls(1)
    one = fresh(stall)
    recorder().record(submission(one))
    imported(of(stall))
    assert [discrepancy.is_open for discrepancy in discrepancies()] == [True]
    imported(of(stall, shown(one)))
    assert [discrepancy.is_open for discrepancy in discrepancies()] == [False]


def test_what_an_earlier_statement_showed_is_not_missing_in_a_later_one() -> None:
    (stall,) = coded_stalls(1)
    one = fresh(stall)
    recorder().record(submission(one))
    imported(of(stall, shown(one)))
    imported(of(stall))
    assert not discrepancies()


def test_each_finding_is_a_discrepancy_though_the_file_is_one_line() -> None:
    (stall,) = coded_stalls(1)
    content = of(stall, entry(currency="USD", ref="N3"), entry(currency="USD", ref="N4")).replace(b"\n", b"")
    imported(content)
    imported(content)
    assert [one.entry_ref for one in discrepancies()] == ["N3", "N4"]


def test_findings_are_discrepancies() -> None:
    (stall,) = coded_stalls(1)
    content = of(stall, entry(currency="USD", ref="N3"), entry(status="<Cd>PDNG</Cd>"))
    statement_id = imported(content).statement_id
    (discrepancy,) = discrepancies()
    assert (discrepancy.kind, discrepancy.reason, discrepancy.entry_ref, discrepancy.found) == (
        "finding",
        "other_currency",
        "N3",
        "50000 USD",
    )
    assert the_statement(statement_id).passed_over == 1


def test_a_nul_in_another_currency_is_kept_as_a_sign() -> None:
    header = "account_number,booked_at,credit_vnd,debit_vnd,currency,bank_ref"
    imported(f"{header}\n1\0,23/11/2026,100,,U\0SD,F\0T1\n".encode(), Source.TABLE)
    (discrepancy,) = discrepancies()
    assert (discrepancy.account_number, discrepancy.entry_ref, discrepancy.found) == (
        "1\ufffd",
        "F\ufffdT1",
        "U\ufffdSD",
    )


def test_a_file_that_is_imported_again_changes_nothing() -> None:
    (stall,) = coded_stalls(1)
    content = of(stall, shown(fresh(stall)), entry(currency="USD"))
    first = imported(content)
    again = imported(content)
    assert (first.fresh, again.fresh) == (True, False)
    assert first.statement_id == again.statement_id
    assert count(Payment) == 1
    assert len(discrepancies()) == 1


def test_a_file_of_another_gateway_is_refused_and_changes_nothing() -> None:
    (stall,) = coded_stalls(1)
    content = of(stall, shown(fresh(stall)))
    first = imported(content)
    with pytest.raises(OfAnotherGateway, match="simbank lúc 24/11/2026 08:00"):
        imported(content, gateway="sepay")
    assert count(Statement) == count(StatementLine) == count(Payment) == 1
    assert imported(content) == Imported(first.statement_id, fresh=False)


class Meeting(io.BytesIO):
    """A file that is read only when the others at the barrier have found theirs to be new."""

    def __init__(self, content: bytes, barrier: threading.Barrier) -> None:
        super().__init__(content)
        self._barrier = barrier
        self._windings = 0

    def seek(self, *place: int) -> int:
        self._windings += 1
        return super().seek(*place)

    def read(self, size: int | None = -1) -> bytes:
        # Wound back once for its digest, and once more to be read.
        if self._windings == 2:
            self._windings += 1
            self._barrier.wait(timeout=60)
        return super().read(size)


def test_of_two_gateways_at_the_same_time_one_is_refused(app: Flask) -> None:
    (stall,) = coded_stalls(1)
    content = of(stall, shown(fresh(stall)))
    barrier = threading.Barrier(2)
    ended: list[str] = []

    def one(gateway: str) -> None:
        with app.app_context():
            try:
                services.import_file(SYSTEM, gateway, Meeting(content, barrier), Source.CAMT, "statement")
                ended.append("imported")
            except OfAnotherGateway:
                ended.append("refused")

    threads = [threading.Thread(target=one, args=(gateway,)) for gateway in ("simbank", "sepay")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ended) == ["imported", "refused"]
    assert count(Statement) == count(Payment) == 1


def test_statements_that_overlap_count_once_and_open_a_discrepancy_once() -> None:
    (stall,) = coded_stalls(1)
    one, other, wrong = fresh(stall), fresh(stall), fresh(stall)
    recorder().record(submission(wrong))
    lines = [shown(one), shown(wrong, amount=1_000), entry(500_000_001, bank_ref="BIG")]
    imported(of(stall, *lines))
    second = imported(of(stall, *lines, shown(other))).statement_id
    assert [outcome for outcome, _reason in outcomes(second)] == ["matched", "different", "unknown", "recorded"]
    assert count(Payment) == 3
    assert len(discrepancies()) == 2


def test_many_lines_are_processed_in_several_portions() -> None:
    (stall,) = coded_stalls(1)
    credits_ = [fresh(stall, amount_vnd=1_000 + n) for n in range(1_100)]
    recorder().record(submission(*credits_[::2]))
    statement_id = imported(of(stall, *(shown(one) for one in credits_))).statement_id
    ended = [outcome for outcome, _reason in outcomes(statement_id)]
    assert ended == ["matched", "recorded"] * 550
    assert count(Payment) == 1_100
    assert the_statement(statement_id).processed_at is not None
