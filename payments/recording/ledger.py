"""Recording a group of what banks report in one transaction. Everything that brings money in ends here."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock
from payments.gateways.port import Recorded, ReportedCredit
from payments.recording import reversals
from payments.recording.booking import (
    NewPayment,
    NewUnmatched,
    lock_chains,
    write_payments,
    write_unmatched,
)
from payments.recording.ingest import CreditIngest, FreshCredit, Key, Origin, Placed, Submission, write_reversals
from payments.recording.locks import exclusive_recording_lock
from payments.recording.matching import Match, UnmatchedBecause, match, match_by_code
from payments.recording.models import Payment, Reversal


def record(session: Session, submissions: Sequence[Submission]) -> list[Recorded]:
    """Record everything that is not known yet; gives for each submission what became of it.

    The caller commits. Nothing of this is visible, or may be answered, before that.
    """
    return _Recording(session, submissions).outcomes()


def place(session: Session, gateway: str, credits_: Sequence[ReportedCredit]) -> list[Placed]:
    """Record the credits of a statement; gives for each where it stands now. The caller commits."""
    submission = Submission(gateway, tuple(credits_), origin=Origin.STATEMENT)
    recording = _Recording(session, [submission])
    return [recording.placed[(gateway, credit.external_id)] for credit in credits_]


class _Recording:
    """One group, recorded."""

    def __init__(self, session: Session, submissions: Sequence[Submission]) -> None:
        self._session = session
        self._submissions = submissions
        self._recorded_at = clock.now()
        # What may be one and the same under two names must not be written by two at a time.
        if any(s.reversals or s.origin is Origin.STATEMENT for s in submissions):
            exclusive_recording_lock(session)
        self._arrivals = CreditIngest(session, self._recorded_at)
        self._arrivals.take(submissions)
        self._new_reversals = {
            (s.gateway, external_id) for s in submissions if s.reversals for external_id in self._take_back(s)
        }
        self._unmatched: set[int] = set()
        self._book()

    def _take_back(self, told: Submission) -> set[str]:
        """Write down what a bank took back, and what contradicts that; gives the ids of those that are new."""
        message_id = self._arrivals.message_id(told)
        twins = reversals.find_twins(self._session, told.gateway, told.reversals)
        unknown = [one for one in told.reversals if one.external_id not in twins]
        new = write_reversals(self._session, told.gateway, unknown, message_id, self._recorded_at)
        if told.origin is Origin.NOTIFICATION:
            reversals.note_contradictions(
                self._session, told.gateway, told.reversals, twins, message_id, self._recorded_at
            )
        return new

    @property
    def placed(self) -> dict[Key, Placed]:
        """Where each credit stands."""
        return self._arrivals.placed

    def _book(self) -> None:
        """Give each new credit to its stall, or to the work list, and book what was taken back of old and new."""
        unbooked = [one for one in self._arrivals.fresh.values() if not one.booked]
        matched, unmatched = self._match(unbooked)
        self._unmatched = {one.credit_id for one in unmatched}
        taken_back = self._reversals()
        old = self._standing(taken_back)
        markets = {one.match.stall_id: one.match.market_id for one in matched}
        coded = (one.code for one in unbooked if one.code is not None)
        locked = {code.stall_id: code.ledger for code in coded if code.ledger is not None}
        chains = lock_chains(self._session, markets | {one.stall_id: one.market_id for one in old.values()}, locked)
        write_payments(self._session, chains, matched, self._recorded_at)
        write_unmatched(self._session, unmatched, self._recorded_at)
        if taken_back:
            reversals.apply(self._session, chains, taken_back, self._standing(taken_back), self._recorded_at)

    def _standing(self, taken_back: Sequence[Reversal]) -> dict[int, Payment]:
        credit_ids = {one.credit_id for one in taken_back if one.credit_id is not None}
        return reversals.standing_payments(self._session, credit_ids)

    def _match(self, fresh: list[FreshCredit]) -> tuple[list[NewPayment], list[NewUnmatched]]:
        found: dict[int, Match | UnmatchedBecause] = {}
        for one in fresh:
            by_code = match_by_code(one.code, one.row.named) if one.code is not None else None
            if by_code is not None:
                found[one.credit_id] = by_code
        for gateway in sorted({one.row.gateway for one in fresh if one.credit_id not in found}):
            group = [one for one in fresh if one.row.gateway == gateway and one.credit_id not in found]
            for one, decided in zip(group, match(self._session, gateway, [o.credit for o in group]), strict=True):
                found[one.credit_id] = decided
        matched: list[NewPayment] = []
        unmatched: list[NewUnmatched] = []
        for one in fresh:
            decided = found[one.credit_id]
            if isinstance(decided, UnmatchedBecause):
                unmatched.append(NewUnmatched(one.credit_id, one.row.digest, decided.value))
            else:
                matched.append(_payment(one, decided))
        return matched, unmatched

    def _reversals(self) -> list[Reversal]:
        """The reversals that have something to find out now, tied to their credits where those are known."""
        named = {key for key, one in self._arrivals.fresh.items() if one.reversed} | self._arrivals.aliased
        found = reversals.find_waiting(self._session, named) if named else []
        for gateway in sorted({key[0] for key in self._new_reversals}):
            ids = [key[1] for key in self._new_reversals if key[0] == gateway]
            statement = select(Reversal).where(Reversal.gateway == gateway, Reversal.external_id.in_(ids))
            found.extend(self._session.scalars(statement))
        found = list({one.id: one for one in found}.values())
        credits_ = reversals.find_credits(self._session, {(one.gateway, one.credit_external_id) for one in found})
        for one in found:
            one.credit_id = credits_.get((one.gateway, one.credit_external_id))
        return found

    def outcomes(self) -> list[Recorded]:
        """Count for each sender; what came twice in one group is new for the first alone."""
        credits_, taken_back = dict(self._arrivals.fresh), set(self._new_reversals)
        outcomes = []
        for submission in self._submissions:
            recorded = lost = 0
            for credit in submission.credits:
                new = credits_.pop((submission.gateway, credit.external_id), None)
                if new is not None:
                    recorded += 1
                    lost += new.credit_id in self._unmatched
            if submission.reversals:
                keys = {(submission.gateway, one.external_id) for one in submission.reversals}
                recorded += len(keys & taken_back)
                taken_back -= keys
            reported = len(submission.credits) + len(submission.reversals)
            outcomes.append(Recorded(recorded, reported - recorded, lost))
        return outcomes


def _payment(one: FreshCredit, found: Match) -> NewPayment:
    return NewPayment(one.credit_id, one.row.digest, one.credit.amount_vnd, one.credit.paid_at, found)
