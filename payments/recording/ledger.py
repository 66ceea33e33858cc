"""The ledger: records a group of what banks report in one transaction. Everything that brings money in ends here."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock
from payments.gateways.port import Recorded, ReportedCredit
from payments.recording import reversals
from payments.recording.aliases import Origin
from payments.recording.booking import (
    NewPayment,
    NewUnmatched,
    lock_chains,
    write_payments,
    write_unmatched,
)
from payments.recording.ingest import CreditIngest, Placed, Submission
from payments.recording.locks import exclusive_recording_lock
from payments.recording.models import Payment, Reversal
from payments.recording.ownership import Match, UnmatchedBecause, match, match_by_code
from payments.recording.rows.shapes import CreditKey, InsertedCredit


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
        # What may be one credit, or one reversal, under two ids must not be written by two recorders at a time.
        if any(s.reversals or s.origin is Origin.STATEMENT for s in submissions):
            exclusive_recording_lock(session)
        self._ingest = CreditIngest(session, self._recorded_at)
        self._ingest.take(submissions)
        self._new_reversals = {
            (s.gateway, external_id) for s in submissions if s.reversals for external_id in self._write_reversals(s)
        }
        self._unmatched: set[int] = set()
        self._book()

    def _write_reversals(self, submission: Submission) -> set[str]:
        """Write down what a bank took back, and what contradicts that; gives the ids of those that are new."""
        gateway, reported = submission.gateway, submission.reversals
        message_id = self._ingest.message_id(submission)
        aliased = reversals.match_aliases(self._session, gateway, reported)
        unknown = [one for one in reported if one.external_id not in aliased]
        new = reversals.write_reversals(self._session, gateway, unknown, message_id, self._recorded_at)
        if submission.origin is Origin.NOTIFICATION:
            reversals.note_conflicts(self._session, gateway, reported, aliased, message_id, self._recorded_at)
        return new

    @property
    def placed(self) -> dict[CreditKey, Placed]:
        """Where each credit stands."""
        return self._ingest.placed

    def _book(self) -> None:
        """Give each new credit to its stall, or to the work list, and book what was taken back of old and new."""
        unbooked = [one for one in self._ingest.fresh.values() if not one.booked]
        matched, unmatched = self._match(unbooked)
        self._unmatched = {one.credit_id for one in unmatched}
        taken_back = self._reversals()
        old = self._standing(taken_back)
        markets = {one.match.stall_id: one.match.market_id for one in matched}
        coded = (one.code for one in unbooked if one.code is not None)
        locked = {code.stall_id: code.chain_head for code in coded if code.chain_head is not None}
        chains = lock_chains(self._session, markets | {one.stall_id: one.market_id for one in old.values()}, locked)
        write_payments(self._session, chains, matched, self._recorded_at)
        write_unmatched(self._session, unmatched, self._recorded_at)
        if taken_back:
            reversals.apply(self._session, chains, taken_back, self._standing(taken_back), self._recorded_at)

    def _standing(self, taken_back: Sequence[Reversal]) -> dict[int, Payment]:
        credit_ids = {one.credit_id for one in taken_back if one.credit_id is not None}
        return reversals.standing_payments(self._session, credit_ids)

    def _match(self, fresh: list[InsertedCredit]) -> tuple[list[NewPayment], list[NewUnmatched]]:
        found: dict[int, Match | UnmatchedBecause] = {}
        for one in fresh:
            by_code = match_by_code(one.code, one.new.references) if one.code is not None else None
            if by_code is not None:
                found[one.id] = by_code
        for gateway in sorted({one.new.gateway for one in fresh if one.id not in found}):
            group = [one for one in fresh if one.new.gateway == gateway and one.id not in found]
            decisions = match(self._session, gateway, [one.new.reported for one in group])
            found.update({one.id: decided for one, decided in zip(group, decisions, strict=True)})
        matched: list[NewPayment] = []
        unmatched: list[NewUnmatched] = []
        for one in fresh:
            decided = found[one.id]
            if isinstance(decided, UnmatchedBecause):
                unmatched.append(NewUnmatched(one.id, one.new.digest, decided.value))
            else:
                reported = one.new.reported
                matched.append(NewPayment(one.id, one.new.digest, reported.amount_vnd, reported.paid_at, decided))
        return matched, unmatched

    def _reversals(self) -> list[Reversal]:
        """The reversals that have something to find out now, tied to their credits where those are known."""
        named = {key for key, one in self._ingest.fresh.items() if one.reversed} | self._ingest.aliased
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
        credits_, taken_back = dict(self._ingest.fresh), set(self._new_reversals)
        outcomes = []
        for submission in self._submissions:
            recorded = lost = 0
            for credit in submission.credits:
                new = credits_.pop((submission.gateway, credit.external_id), None)
                if new is not None:
                    recorded += 1
                    lost += new.id in self._unmatched
            if submission.reversals:
                keys = {(submission.gateway, one.external_id) for one in submission.reversals}
                recorded += len(keys & taken_back)
                taken_back -= keys
            reported = len(submission.credits) + len(submission.reversals)
            outcomes.append(Recorded(recorded, reported - recorded, lost))
        return outcomes
