"""What arrives is written down once: messages as they came, credits by their id, reversals by theirs."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import literal_column, select
from sqlalchemy.orm import Session

from core import clock
from payments.gateways.port import ReportedCredit, ReportedReversal
from payments.recording.bulk import portions, upsert
from payments.recording.chain import credit_digest
from payments.recording.locks import exclusive_recording_lock
from payments.recording.models import Credit, CreditAlias, CreditConflict, GatewayMessage, Reversal
from payments.recording.rows import Rows
from payments.recording.rows.shapes import CreditRow, MessageRow, PaidCode
from vendors.codes.reference import find_references


class Origin(StrEnum):
    """By which way a credit first reached us."""

    NOTIFICATION = "notification"
    STATEMENT = "statement"


@dataclass(frozen=True, slots=True)
class Message:
    """A gateway's message as it came."""

    message_id: str
    body: bytes


@dataclass(frozen=True)
class Submission:
    """What one sender hands over at once, of one gateway, with the message that brought it, if one did.

    A credit of `Origin.STATEMENT` that a notification brought before, known by the bank's reference, the account and
    the amount, is that credit, whatever its id; and so is a notification's that a statement brought before.
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
    def rows(self) -> tuple[CreditRow, ...]:
        """The credits as they are to be stored."""
        return tuple(_credit_row(self.gateway, credit, self.digest) for credit in self.credits)

    def prepare(self) -> None:
        """Work out beforehand what recording needs of it, on a thread that has nothing else to do."""
        _ = self.rows


#: Before ids that we make ourselves for what a statement names by no id of the gateway's.
STATEMENT_ID = "statement-"

#: What a credit or a reversal is known by: gateway, external id. A plain tuple, for there are many.
Key: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a reported credit stands: the row that has it, whether it is new, and the amount that is recorded."""

    credit_id: int
    fresh: bool
    amount_vnd: int


class FreshCredit(NamedTuple):
    """A credit that was not known before, with the id it got.

    `code` is there when its virtual account was looked up and found; `reversed` unless no reversal can wait for it.
    `booked` is whether it is a payment already.
    """

    credit_id: int
    row: CreditRow
    credit: ReportedCredit
    code: PaidCode | None = None
    reversed: bool = True
    booked: bool = False


class _Arrived(NamedTuple):
    """A credit as it came, and as it is to be stored."""

    credit: ReportedCredit
    row: CreditRow


class _Namesake(NamedTuple):
    """A recorded credit with a bank's reference that something now arriving has as well."""

    credit_id: int
    external_id: str
    virtual_account: str | None
    amount_vnd: int
    has_alias: bool


class CreditIngest:
    """The credits of some submissions, written down.

    `fresh` are new, in the order of arrival; `placed` are all; `aliased` are new ids of credits that were known.
    """

    def __init__(self, session: Session, recorded_at: datetime) -> None:
        self._session = session
        self._recorded_at = recorded_at
        self.fresh: dict[Key, FreshCredit] = {}
        self.placed: dict[Key, Placed] = {}
        self.aliased: set[Key] = set()

    def take(self, submissions: Sequence[Submission]) -> None:
        """Keep the messages, and write down the credits: those of notifications first, then those of statements."""
        messages = {
            (s.gateway, s.digest): MessageRow(s.gateway, s.digest, s.message.message_id, s.message.body)
            for s in submissions
            if s.message is not None and s.digest is not None
        }
        told, told_again = _arrived(submissions, Origin.NOTIFICATION)
        self._insert_told(list(messages.values()), told)
        listed, listed_again = _arrived(submissions, Origin.STATEMENT)
        for arrived, again, origin in (
            ({key: one for key, one in told.items() if key not in self.fresh}, told_again, Origin.NOTIFICATION),
            (listed, listed_again, Origin.STATEMENT),
        ):
            if arrived or again:
                self._take_known(arrived, again, origin)

    def _insert_told(self, messages: Sequence[MessageRow], told: Mapping[Key, _Arrived]) -> None:
        """Insert what nothing is known of in one statement."""
        if not messages and not told:
            return
        rows = [one.row for one in told.values()]
        inserted = Rows(self._session).record_credits(messages, rows, self._recorded_at)
        found = {(row.gateway, row.external_id): row for row in inserted}
        for key, one in told.items():
            row = found.get(key)
            if row is not None:
                self.fresh[key] = FreshCredit(row.id, one.row, one.credit, row.code, row.reversed, row.booked)
                self.placed[key] = Placed(row.id, fresh=True, amount_vnd=one.credit.amount_vnd)

    def _take_known(
        self, arrived: Mapping[Key, _Arrived], again: Sequence[tuple[Key, _Arrived]], origin: Origin
    ) -> None:
        """Find out what is known already, by this or another name; insert the rest."""
        stored = self._stored(set(arrived))
        unnamed = {key: one for key, one in arrived.items() if key not in stored}
        known = self._find_known(unnamed, origin)
        self.placed.update(known)
        self._insert({key: one for key, one in unnamed.items() if key not in known}, origin)
        repeated = [*again, *((key, one) for key, one in arrived.items() if key not in known and key not in self.fresh)]
        self._note_repeats([repeat for repeat in repeated if repeat[0] not in known])
        self._note_conflicts(
            [
                (known[key].credit_id, one)
                for key, one in (*arrived.items(), *again)
                if key in known and known[key].amount_vnd != one.credit.amount_vnd
            ]
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

    def _insert(self, arrived: Mapping[Key, _Arrived], origin: Origin) -> None:
        if not arrived:
            return
        rows = [self._stored_row(arrived[key], origin) for key in sorted(arrived)]
        statement = (
            upsert(self._session, Credit)
            .on_conflict_do_nothing()
            .returning(Credit.id, Credit.gateway, Credit.external_id)
        )
        inserted = {(gateway, external): row_id for row_id, gateway, external in self._session.execute(statement, rows)}
        for key, one in arrived.items():
            if key in inserted:
                self.fresh[key] = FreshCredit(inserted[key], one.row, one.credit)
                self.placed[key] = Placed(inserted[key], fresh=True, amount_vnd=one.credit.amount_vnd)

    def _stored_row(self, one: _Arrived, origin: Origin) -> dict[str, Any]:
        row = {name: value for name, value in one.row._asdict().items() if name in Credit.__table__.columns}
        message_id = self._message_id(one.row.gateway, one.row.message)
        return row | {"message_id": message_id, "origin": origin, "recorded_at": self._recorded_at}

    def _find_known(self, unnamed: Mapping[Key, _Arrived], origin: Origin) -> dict[Key, Placed]:
        """Where those stand that are recorded by another id."""
        arrived = {key: one.credit for key, one in unnamed.items()}
        messages = {key: one.row.message for key, one in unnamed.items()}
        if origin is Origin.STATEMENT:
            return self._find_twins(arrived, origin)
        known = self._find_aliases(arrived)
        twins = self._find_twins({key: credit for key, credit in arrived.items() if key not in known}, origin)
        self._note_aliases(twins, messages)
        return known | twins

    def _find_aliases(self, arrived: Collection[Key]) -> dict[Key, Placed]:
        known: dict[Key, Placed] = {}
        for gateway in sorted({key[0] for key in arrived}):
            for ids in portions(sorted(key[1] for key in arrived if key[0] == gateway)):
                statement = (
                    select(CreditAlias.external_id, CreditAlias.credit_id, Credit.amount_vnd)
                    .join(Credit, Credit.id == CreditAlias.credit_id)
                    .where(CreditAlias.gateway == gateway, CreditAlias.external_id.in_(ids))
                )
                for external_id, credit_id, amount_vnd in self._session.execute(statement):
                    known[(gateway, external_id)] = Placed(credit_id, fresh=False, amount_vnd=amount_vnd)
        return known

    def _find_twins(self, arrived: Mapping[Key, ReportedCredit], origin: Origin) -> dict[Key, Placed]:
        """A statement's line and a notification of the same money: one bank's reference, one account, one amount.

        Only a name that we made ourselves for a line can stand for a name that the bank gave: two names of the bank's
        are two credits, whatever they have in common. One credit has one such other name.
        """
        namesakes = self._namesakes(arrived, origin)
        if namesakes and origin is Origin.NOTIFICATION:
            # Two notifications must not both take one line's credit for theirs: look again when nobody else can.
            exclusive_recording_lock(self._session)
            namesakes = self._namesakes(arrived, origin)
        taken: set[int] = set()
        twins: dict[Key, Placed] = {}
        # Those of one amount find each other first, whatever came before what.
        for same_amount in (True, False) if origin is Origin.NOTIFICATION else (True,):
            for key, credit in arrived.items() if namesakes else ():
                if key in twins:
                    continue
                twin = _twin(key, credit, namesakes, taken, origin, same_amount=same_amount)
                if twin is not None:
                    taken.add(twin.credit_id)
                    twins[key] = Placed(twin.credit_id, fresh=False, amount_vnd=twin.amount_vnd)
        return twins

    def _namesakes(
        self, arrived: Mapping[Key, ReportedCredit], origin: Origin
    ) -> dict[tuple[str, str, str], list[_Namesake]]:
        """What is recorded, by gateway, bank's reference and account number."""
        found: dict[tuple[str, str, str], list[_Namesake]] = defaultdict(list)
        for gateway in sorted({key[0] for key in arrived}):
            for refs in portions(
                sorted({c.bank_ref for key, c in arrived.items() if key[0] == gateway and c.bank_ref})
            ):
                statement = (
                    select(
                        Credit.id,
                        Credit.external_id,
                        Credit.virtual_account,
                        Credit.amount_vnd,
                        CreditAlias.credit_id.is_not(None),
                        Credit.bank_ref,
                        Credit.account_number,
                    )
                    .outerjoin(CreditAlias, CreditAlias.credit_id == Credit.id)
                    .where(Credit.gateway == gateway, Credit.bank_ref.in_(refs))
                    .order_by(Credit.id)
                )
                if origin is Origin.NOTIFICATION:
                    statement = statement.where(Credit.origin == literal_column("'statement'"))
                for row in self._session.execute(statement):
                    namesake = _Namesake(row[0], row[1], row[2], row[3], has_alias=row[4])
                    for number in filter(None, {row[6], namesake.virtual_account}):
                        found[gateway, row[5], number].append(namesake)
        return found

    def _note_aliases(self, twins: Mapping[Key, Placed], messages: Mapping[Key, bytes | None]) -> None:
        """Keep the ids that banks give to credits which statements brought: the bank asks and is asked by them."""
        if twins:
            rows = [
                {
                    "gateway": gateway,
                    "external_id": name,
                    "credit_id": one.credit_id,
                    "recorded_at": self._recorded_at,
                    "message_id": self._message_id(gateway, messages[gateway, name]),
                }
                for (gateway, name), one in sorted(twins.items(), key=lambda item: item[0])
            ]
            self._session.execute(upsert(self._session, CreditAlias).on_conflict_do_nothing(), rows)
            self.aliased.update(twins)

    def _note_repeats(self, repeats: Sequence[tuple[Key, _Arrived]]) -> None:
        """Place what is known already, and keep it when it says something else than before."""
        if not repeats:
            return
        stored = self._stored({key for key, _one in repeats})
        conflicts = []
        for key, one in repeats:
            credit_id, digest, amount_vnd = stored[key]
            self.placed.setdefault(key, Placed(credit_id, fresh=False, amount_vnd=amount_vnd))
            if one.row.digest != digest:
                conflicts.append((credit_id, one))
        self._note_conflicts(conflicts)

    def _note_conflicts(self, conflicts: Sequence[tuple[int, _Arrived]]) -> None:
        rows = [
            {
                "credit_id": credit_id,
                "digest": one.row.digest,
                "message_id": self._message_id(one.row.gateway, one.row.message),
                "amount_vnd": one.credit.amount_vnd,
                "seen_at": self._recorded_at,
            }
            for credit_id, one in sorted(conflicts, key=lambda conflict: (conflict[0], conflict[1].row.digest))
        ]
        if rows:
            self._session.execute(upsert(self._session, CreditConflict).on_conflict_do_nothing(), rows)

    def _stored(self, keys: set[Key]) -> dict[Key, tuple[int, bytes, int]]:
        stored: dict[Key, tuple[int, bytes, int]] = {}
        for gateway in sorted({key[0] for key in keys}):
            for ids in portions(sorted(key[1] for key in keys if key[0] == gateway)):
                statement = select(Credit.external_id, Credit.id, Credit.digest, Credit.amount_vnd).where(
                    Credit.gateway == gateway, Credit.external_id.in_(ids)
                )
                for external_id, credit_id, digest, amount_vnd in self._session.execute(statement):
                    stored[(gateway, external_id)] = (credit_id, digest, amount_vnd)
        return stored


def _twin(
    key: Key,
    credit: ReportedCredit,
    namesakes: Mapping[tuple[str, str, str], Sequence[_Namesake]],
    taken: Collection[int],
    origin: Origin,
    *,
    same_amount: bool,
) -> _Namesake | None:
    """The recorded credit that is the same money under its other name.

    A notification with another amount than the line of its reference and account is that line's too: it must not become
    money a second time, and the contradiction is kept for a person.
    """
    for number in filter(None, (credit.virtual_account, credit.account_number)):
        for one in namesakes.get((key[0], credit.bank_ref, number), ()):
            named_alike = key[1].startswith(STATEMENT_ID) is one.external_id.startswith(STATEMENT_ID)
            numbers = {credit.virtual_account, one.virtual_account} - {None}
            spent = one.credit_id in taken or (origin is Origin.NOTIFICATION and one.has_alias)
            fits = one.amount_vnd == credit.amount_vnd or not same_amount
            if fits and not named_alike and len(numbers) < 2 and not spent:  # noqa: PLR2004 - two that differ
                return one
    return None


def _arrived(
    submissions: Iterable[Submission], origin: Origin
) -> tuple[dict[Key, _Arrived], list[tuple[Key, _Arrived]]]:
    """What came, by its name, in the order of arrival; and what came again under the same name."""
    first: dict[Key, _Arrived] = {}
    again: list[tuple[Key, _Arrived]] = []
    for submission in submissions:
        if submission.origin is not origin:
            continue
        for credit, row in zip(submission.credits, submission.rows, strict=True):
            key = (submission.gateway, credit.external_id)
            one = _Arrived(credit, row)
            if key in first:
                again.append((key, one))
            else:
                first[key] = one
    return first, again


def _credit_row(gateway: str, credit: ReportedCredit, message: bytes | None) -> CreditRow:
    return CreditRow(
        gateway,
        credit.external_id,
        message,
        credit.bank_ref,
        credit.bank_bin,
        credit.account_number,
        credit.virtual_account,
        credit.amount_vnd,
        credit.content,
        credit.payer_bank_bin,
        credit.payer_name,
        credit.payer_ref,
        credit.paid_at,
        credit_digest(gateway, credit),
        clock.market_day(credit.paid_at),
        " ".join(find_references(credit.content)) or None,
    )


def write_reversals(
    session: Session, gateway: str, reversals: Sequence[ReportedReversal], message_id: int | None, recorded_at: datetime
) -> set[str]:
    """Write down what a bank took back, once each; gives the ids of those that are new."""
    if not reversals:
        return set()
    rows = {
        one.external_id: {
            "gateway": gateway,
            "external_id": one.external_id,
            "message_id": message_id,
            "credit_external_id": one.credit_external_id,
            "bank_ref": one.bank_ref,
            "amount_vnd": one.amount_vnd,
            "reason": one.reason,
            "booked_at": one.booked_at,
            "recorded_at": recorded_at,
        }
        for one in reversals
    }
    statement = upsert(session, Reversal).on_conflict_do_nothing().returning(Reversal.external_id)
    return set(session.scalars(statement, [rows[external_id] for external_id in sorted(rows)]))
