"""What arrives is written down once: messages as they came, credits by their id."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, TypeAlias

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock
from core.database import upsert
from payments.gateways.port import ReportedCredit, ReportedReversal
from payments.recording import facts
from payments.recording.aliases import Origin, by_gateway, find_aliases, match_aliases, note_aliases
from payments.recording.models import Credit, CreditConflict, GatewayMessage
from payments.recording.rows import Rows
from payments.recording.rows.shapes import CreditKey, InsertedCredit, MessageRow, NewCredit
from vendors.codes.reference import find_references


@dataclass(frozen=True, slots=True)
class Message:
    """A gateway's message as it came."""

    message_id: str
    body: bytes


@dataclass(frozen=True)
class Submission:
    """What one sender hands over at once, of one gateway, with the message that brought it, if one did.

    A statement's line and a notification of the same money are one credit, whichever comes first: see
    `payments.recording.aliases`.
    """

    gateway: str
    credits: tuple[ReportedCredit, ...]
    message: Message | None = None
    reversals: tuple[ReportedReversal, ...] = ()
    origin: Origin = Origin.NOTIFICATION

    @cached_property
    def digest(self) -> bytes | None:
        """SHA-256 of the message's body: 32 bytes; None without a message."""
        return hashlib.sha256(self.message.body).digest() if self.message is not None else None

    @cached_property
    def rows(self) -> tuple[NewCredit, ...]:
        """The credits as they go into the statement."""
        return tuple([_new_credit(self.gateway, credit, self.digest) for credit in self.credits])

    def prepare(self) -> None:
        """Work out beforehand what recording needs of it, on a thread that has nothing else to do."""
        _ = self.rows


def _new_credit(gateway: str, reported: ReportedCredit, message: bytes | None) -> NewCredit:
    return NewCredit(
        gateway,
        reported,
        message,
        facts.credit_digest(gateway, reported),
        clock.market_day(reported.paid_at),
        " ".join(find_references(reported.content)) or None,
    )


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a reported credit stands: the row that has it, whether it is new, and the amount that is recorded."""

    credit_id: int
    fresh: bool
    amount_vnd: int


#: Credits by what they are known by, each once.
_ByKey: TypeAlias = Mapping[CreditKey, NewCredit]


class CreditIngest:
    """The credits of some submissions, written down.

    `fresh` are new, in the order of arrival; `placed` are all; `aliased` are ids that now became aliases of known ones.
    """

    def __init__(self, session: Session, recorded_at: datetime) -> None:
        self._session = session
        self._recorded_at = recorded_at
        self.fresh: dict[CreditKey, InsertedCredit] = {}
        self.placed: dict[CreditKey, Placed] = {}
        self.aliased: set[CreditKey] = set()

    def take(self, submissions: Sequence[Submission]) -> None:
        """Keep the messages, and write down the credits: those of notifications first, then those of statements."""
        messages = {
            (s.gateway, s.digest): MessageRow(s.gateway, s.digest, s.message.message_id, s.message.body)
            for s in submissions
            if s.message is not None and s.digest is not None
        }
        notified, repeated = _arrived(submissions, Origin.NOTIFICATION)
        if messages or notified:
            rows = Rows(self._session).record_credits(
                list(messages.values()), list(notified.values()), self._recorded_at
            )
            self._add(rows, notified)
        left = {key: new for key, new in notified.items() if key not in self.fresh}
        self._take_known(left, repeated, Origin.NOTIFICATION)
        self._take_known(*_arrived(submissions, Origin.STATEMENT), Origin.STATEMENT)

    def _add(self, inserted: Iterable[InsertedCredit], arrived: _ByKey) -> None:
        """Note what is new, in the order of arrival."""
        found = {one.new.key: one for one in inserted}
        for key in arrived:
            one = found.get(key)
            if one is not None:
                self.fresh[key] = one
                self.placed[key] = Placed(one.id, fresh=True, amount_vnd=one.new.reported.amount_vnd)

    def _take_known(self, arrived: _ByKey, repeated: Sequence[NewCredit], origin: Origin) -> None:
        """Find out what is known already, by this id or another; insert the rest."""
        if not arrived and not repeated:
            return
        stored = self._stored(arrived)
        unknown = {key: new for key, new in arrived.items() if key not in stored}
        aliased = self._find_aliased(unknown, origin)
        self.placed.update(aliased)
        self._insert({key: new for key, new in unknown.items() if key not in aliased}, origin)
        again = [*repeated, *(new for key, new in arrived.items() if key not in self.fresh)]
        self._note_repeats([new for new in again if new.key not in aliased])
        self._note_conflicts(
            (aliased[new.key].credit_id, new)
            for new in (*arrived.values(), *repeated)
            if new.key in aliased and aliased[new.key].amount_vnd != new.reported.amount_vnd
        )

    def message_id(self, submission: Submission) -> int | None:
        """The id of the message that brought a submission, if one did."""
        return self._message_id(submission.gateway, submission.digest)

    def _message_id(self, gateway: str, digest: bytes | None) -> int | None:
        if digest is None:
            return None
        statement = select(GatewayMessage.id).where(
            GatewayMessage.gateway == gateway,
            GatewayMessage.received_day == clock.market_day(self._recorded_at),
            GatewayMessage.digest == digest,
        )
        return self._session.scalar(statement)

    def _insert(self, arrived: _ByKey, origin: Origin) -> None:
        if not arrived:
            return
        statement = (
            upsert(self._session, Credit)
            .on_conflict_do_nothing()
            .returning(Credit.id, Credit.gateway, Credit.external_id)
        )
        rows = [self._row(arrived[key], origin) for key in sorted(arrived)]
        found = self._session.execute(statement, rows)
        self._add([InsertedCredit(row_id, arrived[gateway, name]) for row_id, gateway, name in found], arrived)

    def _row(self, new: NewCredit, origin: Origin) -> dict[str, Any]:
        values = (new.gateway, *facts.reported_values(new.reported))
        return dict(zip(facts.NAMES, values, strict=True)) | {
            "message_id": self._message_id(new.gateway, new.message),
            "recorded_at": self._recorded_at,
            "origin": origin,
            "digest": new.digest,
        }

    def _find_aliased(self, unknown: _ByKey, origin: Origin) -> dict[CreditKey, Placed]:
        """Where those stand that are recorded by another id; what a notification adds to that is kept."""
        known = find_aliases(self._session, unknown) if origin is Origin.NOTIFICATION else {}
        rest = {key: new.reported for key, new in unknown.items() if key not in known}
        matched = match_aliases(self._session, rest, origin)
        if origin is Origin.NOTIFICATION:
            message_ids = {key: self._message_id(key[0], unknown[key].message) for key in matched}
            pairs = [(unknown[key], one.credit_id) for key, one in matched.items()]
            note_aliases(self._session, pairs, message_ids, self._recorded_at)
            self.aliased.update(matched)
        credits_ = known | {key: (one.credit_id, one.amount_vnd) for key, one in matched.items()}
        return {key: Placed(row_id, fresh=False, amount_vnd=vnd) for key, (row_id, vnd) in credits_.items()}

    def _note_repeats(self, repeats: Sequence[NewCredit]) -> None:
        """Place what is known already, and keep it when it says something else than before."""
        if not repeats:
            return
        stored = self._stored([new.key for new in repeats])
        conflicts = []
        for new in repeats:
            credit_id, digest, amount_vnd = stored[new.key]
            self.placed.setdefault(new.key, Placed(credit_id, fresh=False, amount_vnd=amount_vnd))
            if new.digest != digest:
                conflicts.append((credit_id, new))
        self._note_conflicts(conflicts)

    def _note_conflicts(self, conflicts: Iterable[tuple[int, NewCredit]]) -> None:
        rows = [
            {
                "credit_id": credit_id,
                "digest": new.digest,
                "message_id": self._message_id(new.gateway, new.message),
                "amount_vnd": new.reported.amount_vnd,
                "seen_at": self._recorded_at,
            }
            for credit_id, new in sorted(conflicts, key=lambda conflict: (conflict[0], conflict[1].digest))
        ]
        if rows:
            self._session.execute(upsert(self._session, CreditConflict).on_conflict_do_nothing(), rows)

    def _stored(self, keys: Iterable[CreditKey]) -> dict[CreditKey, tuple[int, bytes, int]]:
        """The id, digest and amount of those that are recorded under this very id."""
        stored: dict[CreditKey, tuple[int, bytes, int]] = {}
        for gateway, ids in by_gateway(keys):
            statement = select(Credit.external_id, Credit.id, Credit.digest, Credit.amount_vnd).where(
                Credit.gateway == gateway, Credit.external_id.in_(ids)
            )
            for external_id, credit_id, digest, amount_vnd in self._session.execute(statement):
                stored[gateway, external_id] = (credit_id, digest, amount_vnd)
        return stored


def _arrived(submissions: Iterable[Submission], origin: Origin) -> tuple[dict[CreditKey, NewCredit], list[NewCredit]]:
    """What came, by its key, in the order of arrival; and what came again under the same key."""
    first: dict[CreditKey, NewCredit] = {}
    again: list[NewCredit] = []
    for submission in submissions:
        for new in submission.rows if submission.origin is origin else ():
            key = new.key
            if key in first:
                again.append(new)
            else:
                first[key] = new
    return first, again
