"""The recorder is broken on purpose, in one way at a time: the simulation must notice, or it would prove nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.database import database
from core.engine import Database
from payments.gateways.port import Recorded, RefundAnswer, RefundOutcome, ReportedCredit
from payments.recording import booking, ledger, ownership, recorder, reversals, rows
from payments.recording.aliases import Origin
from payments.recording.booking import Chain, NewPayment, lock_chains, release, write_payments
from payments.recording.ingest import CreditIngest, Submission
from payments.recording.models import Credit, PaymentRequest, StallDay
from payments.recording.recorder import commit
from payments.refunds import services as refunds
from payments.refunds.models import Refund
from payments.verification.services import verify
from tests.simulation.databases import Lender, on_postgresql, on_sqlite
from tests.simulation.run import Failed, simulate
from tests.support.money import coded_stalls, credit, submission
from tests.support.postgres import Server

SEEDS, STEPS = range(1, 16), 40
VERIFY_EVERY = 10
MEET_WITHIN_S = 2.0


@dataclass(frozen=True)
class Mutation:
    """A way to break the recorder, and the words with which it is noticed."""

    name: str
    apply: Callable[[pytest.MonkeyPatch], None]
    noticed_as: str

    def __str__(self) -> str:
        return self.name


def skip_the_dedupe(patch: pytest.MonkeyPatch) -> None:
    take = CreditIngest.take

    def again(self: CreditIngest, submissions: Sequence[Submission]) -> None:
        known = set(self._session.scalars(select(Credit.external_id)))
        told = (s.origin is Origin.NOTIFICATION for s in submissions)
        take(self, [_renamed(s, known) if is_told else s for s, is_told in zip(submissions, told, strict=True)])

    patch.setattr(CreditIngest, "take", again)


def _renamed(one: Submission, known: set[str]) -> Submission:
    """What came before gets another id, so that nothing is known of it."""
    again = [replace(c, external_id=f"{c.external_id} again") if c.external_id in known else c for c in one.credits]
    return replace(one, credits=tuple(again))


def lose_a_total(patch: pytest.MonkeyPatch) -> None:
    def losing(session: Session, chains: Mapping[int, Chain], new: Sequence[NewPayment], recorded_at: Any) -> None:
        write_payments(session, chains, new, recorded_at)
        for one in new[:1]:
            session.execute(
                update(StallDay)
                .where(StallDay.stall_id == one.match.stall_id)
                .values(payments_vnd=StallDay.payments_vnd - 1)
            )

    patch.setattr(ledger, "write_payments", losing)


def reuse_a_receipt_number(patch: pytest.MonkeyPatch) -> None:
    def reusing(*given: Any) -> dict[int, Chain]:
        chains = lock_chains(*given)
        for chain in chains.values():
            chain.last_receipt_number = max(0, chain.last_receipt_number - 1)
        return chains

    patch.setattr(ledger, "lock_chains", reusing)


def leave_a_gap(patch: pytest.MonkeyPatch) -> None:
    def skipping(*given: Any) -> dict[int, Chain]:
        chains = lock_chains(*given)
        for chain in chains.values():
            chain.last_receipt_number += chain.last_receipt_number == 2
        return chains

    patch.setattr(ledger, "lock_chains", skipping)


def break_the_chain(patch: pytest.MonkeyPatch) -> None:
    def unchained(*given: Any) -> dict[int, Chain]:
        chains = lock_chains(*given)
        for chain in chains.values():
            chain.last_digest = b"\0" * 32
        return chains

    patch.setattr(ledger, "lock_chains", unchained)


def answer_before_the_commit(patch: pytest.MonkeyPatch) -> None:
    record, outcomes = ledger.record, []

    def remembered(session: Session, submissions: Sequence[Submission]) -> list[Recorded]:
        outcomes[:] = record(session, submissions)
        return outcomes

    def early(database_: Database, submissions: list[Submission]) -> list[Recorded]:
        with suppress(IntegrityError):
            commit(database_, submissions)
        return list(outcomes)

    patch.setattr(ledger, "record", remembered)
    patch.setattr(recorder, "commit", early)


def forget_who_waits_for_a_person(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(ledger, "write_unmatched", lambda *_args: None)


def forget_a_reversal(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(reversals, "apply", lambda *_args: None)


def release_a_refund_twice(patch: pytest.MonkeyPatch) -> None:
    def twice(session: Session, payment_id: int, amount_vnd: int) -> None:
        release(session, payment_id, amount_vnd)
        release(session, payment_id, amount_vnd)

    patch.setattr(refunds, "release", twice)


def refund_more_than_is_left(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(refunds, "reserve", lambda *_args: True)


def take_silence_for_a_refusal(patch: pytest.MonkeyPatch) -> None:
    def refused(refund_id: int) -> Refund:
        return refunds._book(refund_id, RefundAnswer(RefundOutcome.REFUSED, refusal="no answer"))

    patch.setattr(refunds, "_note_unknown", refused)


def forget_that_a_request_was_cancelled(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(PaymentRequest, "ends_at", property(lambda self: self.expires_at))


def believe_the_text_before_the_account(patch: pytest.MonkeyPatch) -> None:
    def blind(claims: ownership.Claims) -> Any:
        # Without the account that was paid the text is all there is.
        named = claims.named | {owner for owner, _request_id in claims.requests}
        return decide(replace(claims, coded=None, named=named, holders=frozenset()))

    decide = ownership.Claims.decide
    patch.setattr(ownership.Claims, "decide", blind)


def with_another_text(name: str, right: str, wrong: str) -> Callable[[pytest.MonkeyPatch], None]:
    """Break one of PostgreSQL's statements."""

    def apply(patch: pytest.MonkeyPatch) -> None:
        statement = getattr(rows.postgres, name).text
        assert right in statement
        broken = rows.postgres.Prepared(f"broken_{name}", statement.replace(right, wrong))
        patch.setattr(rows.postgres, name, broken)

    return apply


MUTATIONS = [
    Mutation("skip the dedupe", skip_the_dedupe, "credits: "),
    Mutation("lose a total", lose_a_total, "days: "),
    Mutation("reuse a receipt number", reuse_a_receipt_number, "should have been answered 200, and was answered 503"),
    Mutation("leave a gap", leave_a_gap, "receipt numbers by stall: "),
    Mutation("break the chain", break_the_chain, "the chain is broken"),
    Mutation("answer before the commit", answer_before_the_commit, "answered 503, and was answered 200"),
    Mutation("forget who waits for a person", forget_who_waits_for_a_person, "the work list: "),
    Mutation("forget a reversal", forget_a_reversal, "days: "),
    Mutation("release a refund twice", release_a_refund_twice, ""),
    Mutation("refund more than is left", refund_more_than_is_left, "payments: "),
    Mutation("take silence for a refusal", take_silence_for_a_refusal, "is refused with us"),
    Mutation("forget that a request was cancelled", forget_that_a_request_was_cancelled, "payment requests: "),
    Mutation("believe the text before the account", believe_the_text_before_the_account, "answered"),
]


#: What PostgreSQL does by itself: the right words of its statement, the wrong ones, and how it is noticed.
IN_STATEMENT = [
    Mutation(name, with_another_text("RECORDING", right, wrong), noticed_as)
    for name, right, wrong, noticed_as in [
        (
            "skip the dedupe",
            "ON CONFLICT (gateway, external_id) DO NOTHING",
            "",
            "answered 503",
        ),
        ("lose a total", "sum(amount_vnd)", "sum(amount_vnd) - 1", "days: "),
        ("reuse a receipt number", "last_receipt_number +", "last_receipt_number - 1 +", "answered 503"),
        ("leave a gap", "last_receipt_number +", "last_receipt_number + 1 +", "receipt numbers by stall: "),
        ("break the chain", "encode(last_digest, 'hex')", "repeat('0', 64)", "the chain is broken"),
        ("keep the chain head", "SET last_receipt_number = excluded.last_receipt_number,", "SET", "answered 503"),
        ("pass over what the text names", "g.named = code.reference", "true", "payment requests: "),
    ]
]


@pytest.mark.parametrize("mutation", MUTATIONS, ids=str)
def test_a_broken_recorder_is_noticed(
    sqlite_template: Path, monkeypatch: pytest.MonkeyPatch, mutation: Mutation
) -> None:
    notice(on_sqlite(sqlite_template), monkeypatch, mutation)


@pytest.mark.parametrize("mutation", IN_STATEMENT, ids=str)
def test_a_broken_statement_is_noticed(
    postgres: Server, postgres_template: str, monkeypatch: pytest.MonkeyPatch, mutation: Mutation
) -> None:
    notice(on_postgresql(postgres, postgres_template), monkeypatch, mutation)


def notice(lend: Lender, monkeypatch: pytest.MonkeyPatch, mutation: Mutation) -> None:
    """Simulate until somebody notices."""
    with monkeypatch.context() as patch:
        mutation.apply(patch)
        for seed in SEEDS:
            try:
                with lend() as (url, folder):
                    simulate(url, folder, seed, STEPS, verify_every=VERIFY_EVERY)
            except Failed as failed:
                noticed = failed
                break
        else:
            pytest.fail(f"nobody noticed in {len(SEEDS)} seeds")
    assert mutation.noticed_as in str(noticed).splitlines()[0], noticed
    # The same steps of the same seed are sound where nothing is broken.
    with lend() as (url, folder):
        simulate(url, folder, noticed.seed, noticed.step, verify_every=VERIFY_EVERY)


@pytest.fixture
def meeting(monkeypatch: pytest.MonkeyPatch) -> threading.Barrier:
    """Two recorders wait for each other between reading a stall's chain head and writing it, as long as they can."""
    barrier = threading.Barrier(2)

    def after(chains: dict[int, Chain]) -> dict[int, Chain]:
        # Broken where nobody comes: the other one is kept waiting by the lock, as it should be.
        with suppress(threading.BrokenBarrierError):
            barrier.wait(MEET_WITHIN_S)
        return chains

    monkeypatch.setattr(ledger, "lock_chains", lambda *args: after(booking.lock_chains(*args)))
    return barrier


def record_at_once(app: Flask, submissions: Sequence[Submission]) -> list[BaseException | None]:
    """Two processes record at the same time; gives what each of them raised."""

    def one(given: Submission) -> None:
        with app.app_context():
            commit(database(), [given])

    with ThreadPoolExecutor(2) as pool:
        return [done.exception() for done in [pool.submit(one, given) for given in submissions]]


#: SQLite has one writer, whoever forgets a lock.
postgresql_alone = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@pytest.fixture(params=["usual", "with another"])
def neighbours(request: pytest.FixtureRequest) -> Callable[[], list[ReportedCredit]]:
    """What arrives with a credit: with one that nobody knows the stall of, a group takes the longer way."""
    return lambda: [credit()] if request.param == "with another" else []


@postgresql_alone
def test_two_who_lock_a_stall_take_turns(
    app: Flask, meeting: threading.Barrier, neighbours: Callable[[], list[ReportedCredit]]
) -> None:
    (stall,) = coded_stalls(1)
    two = [submission(credit(stall), *neighbours()) for _ in range(2)]
    assert record_at_once(app, two) == [None, None]
    report = verify(database())
    assert (report.sound, report.payments) == (True, 2)


@postgresql_alone
def test_a_forgotten_lock_is_noticed(
    app: Flask,
    meeting: threading.Barrier,
    monkeypatch: pytest.MonkeyPatch,
    neighbours: Callable[[], list[ReportedCredit]],
) -> None:
    (stall,) = coded_stalls(1)
    commit(database(), [submission(credit(stall))])
    for name in ("RECORDING", "LOCKING"):
        with_another_text(name, "FOR UPDATE", "")(monkeypatch)
    meeting.reset()
    raised = record_at_once(app, [submission(credit(stall), *neighbours()) for _ in range(2)])
    # The table refuses the second payment of one number, so that a lock that is forgotten never doubles one.
    assert sorted(type(one) for one in raised if one is not None) == [IntegrityError]
    report = verify(database())
    assert (report.sound, report.payments) == (True, 2)
