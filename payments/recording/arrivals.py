"""What arrives is written down once: messages as they came, credits by their id, reversals by theirs."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import literal_column, select
from sqlalchemy.orm import Session

from payments.gateways.port import ReportedCredit, ReportedReversal
from payments.recording.bulk import portions, upsert
from payments.recording.chain import credit_digest
from payments.recording.models import Credit, CreditAlias, CreditDispute, GatewayMessage, Reversal


class Origin(StrEnum):
    """By which way a credit first reached us."""

    NOTIFICATION = "notification"
    STATEMENT = "statement"


@dataclass(frozen=True, slots=True)
class Message:
    """A gateway's message as it came."""

    message_id: str
    body: bytes


@dataclass(frozen=True, slots=True)
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


class Key(NamedTuple):
    """What a credit or a reversal is known by."""

    gateway: str
    external_id: str


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a reported credit stands: the row that has it, whether it is new, and the amount that is recorded."""

    credit_id: int
    fresh: bool
    amount_vnd: int


@dataclass(frozen=True, slots=True)
class FreshCredit:
    """A credit that was not known before, with the id it got."""

    credit_id: int
    gateway: str
    credit: ReportedCredit
    digest: bytes


class _Twin(NamedTuple):
    """What a statement's line and a notification of the same money have in common."""

    gateway: str
    bank_ref: str
    account_number: str
    amount_vnd: int


def keep_messages(
    session: Session, submissions: Sequence[Submission], received_at: datetime
) -> dict[tuple[str, bytes], int]:
    """Keep each message's bytes once; gives their ids by gateway and SHA-256."""
    rows = {(s.gateway, digest_of(s.message)): s.message for s in submissions if s.message is not None}
    if not rows:
        return {}
    session.execute(
        upsert(session, GatewayMessage).on_conflict_do_nothing(),
        [
            {
                "gateway": gateway,
                "digest": digest,
                "message_id": message.message_id,
                "received_at": received_at,
                "body": message.body,
            }
            for (gateway, digest), message in sorted(rows.items(), key=lambda item: item[0])
        ],
    )
    statement = select(GatewayMessage.id, GatewayMessage.gateway, GatewayMessage.digest).where(
        GatewayMessage.digest.in_([digest for _, digest in rows])
    )
    return {(gateway, digest): row_id for row_id, gateway, digest in session.execute(statement)}


def digest_of(message: Message) -> bytes:
    """SHA-256 of a message's body: 32 bytes."""
    return hashlib.sha256(message.body).digest()


class Arrivals:
    """The credits of some submissions, written down.

    `fresh` are new, in the order of arrival; `placed` are all; `aliased` are new ids of credits that were known.
    """

    def __init__(self, session: Session, message_ids: Mapping[tuple[str, bytes], int], recorded_at: datetime) -> None:
        self._session = session
        self._message_ids = message_ids
        self._recorded_at = recorded_at
        self.fresh: dict[Key, FreshCredit] = {}
        self.placed: dict[Key, Placed] = {}
        self.aliased: set[Key] = set()

    def take(self, submissions: Iterable[Submission], origin: Origin) -> None:
        """Write down the credits of one origin."""
        arrived: dict[Key, tuple[ReportedCredit, int | None]] = {}
        repeated: list[tuple[Key, ReportedCredit, int | None]] = []
        for submission in submissions:
            message_id = self.message_id(submission)
            for credit in submission.credits:
                key = Key(submission.gateway, credit.external_id)
                if key in arrived:
                    repeated.append((key, credit, message_id))
                arrived.setdefault(key, (credit, message_id))
        if not arrived:
            return
        digests = {key: credit_digest(key.gateway, credit) for key, (credit, _) in arrived.items()}
        known = self._find_known({key: credit for key, (credit, _message) in arrived.items()}, origin)
        self.placed.update(known)
        self._insert({key: arrived[key] for key in arrived if key not in known}, digests, origin)
        repeated.extend((key, *arrived[key]) for key in arrived if key not in known and key not in self.fresh)
        self._note_repeats([repeat for repeat in repeated if repeat[0] not in known])
        self._note_disputes(
            [
                (known[key].credit_id, digests[key], credit, message_id)
                for key, (credit, message_id) in arrived.items()
                if key in known and known[key].amount_vnd != credit.amount_vnd
            ]
        )

    def message_id(self, submission: Submission) -> int | None:
        """The id of the message that brought a submission, if one did."""
        if submission.message is None:
            return None
        return self._message_ids.get((submission.gateway, digest_of(submission.message)))

    def _insert(
        self, arrived: dict[Key, tuple[ReportedCredit, int | None]], digests: Mapping[Key, bytes], origin: Origin
    ) -> None:
        if not arrived:
            return
        rows = [
            _credit_row(key.gateway, *arrived[key], self._recorded_at) | {"digest": digests[key], "origin": origin}
            for key in sorted(arrived)
        ]
        statement = (
            upsert(self._session, Credit)
            .on_conflict_do_nothing()
            .returning(Credit.id, Credit.gateway, Credit.external_id)
        )
        inserted = {
            Key(gateway, external): row_id for row_id, gateway, external in self._session.execute(statement, rows)
        }
        for key, (credit, _message) in arrived.items():
            if key in inserted:
                self.fresh[key] = FreshCredit(inserted[key], key.gateway, credit, digests[key])
                self.placed[key] = Placed(inserted[key], fresh=True, amount_vnd=credit.amount_vnd)

    def _find_known(self, arrived: Mapping[Key, ReportedCredit], origin: Origin) -> dict[Key, Placed]:
        """Where those stand that are recorded by another id."""
        if origin is Origin.STATEMENT:
            return self._find_twins(arrived, origin)
        known = self._find_aliases(arrived)
        twins = self._find_twins({key: credit for key, credit in arrived.items() if key not in known}, origin)
        self._note_aliases(twins)
        return known | twins

    def _find_aliases(self, arrived: Collection[Key]) -> dict[Key, Placed]:
        known: dict[Key, Placed] = {}
        for gateway in sorted({key.gateway for key in arrived}):
            for ids in portions(sorted(key.external_id for key in arrived if key.gateway == gateway)):
                statement = (
                    select(CreditAlias.external_id, CreditAlias.credit_id, Credit.amount_vnd)
                    .join(Credit, Credit.id == CreditAlias.credit_id)
                    .where(CreditAlias.gateway == gateway, CreditAlias.external_id.in_(ids))
                )
                for external_id, credit_id, amount_vnd in self._session.execute(statement):
                    known[Key(gateway, external_id)] = Placed(credit_id, fresh=False, amount_vnd=amount_vnd)
        return known

    def _find_twins(self, arrived: Mapping[Key, ReportedCredit], origin: Origin) -> dict[Key, Placed]:
        """A statement's line and a notification of the same money: one bank's reference, one account, one amount."""
        found: dict[_Twin, tuple[int, str]] = {}
        for gateway in sorted({key.gateway for key in arrived}):
            for refs in portions(
                sorted({c.bank_ref for key, c in arrived.items() if key.gateway == gateway and c.bank_ref})
            ):
                statement = select(
                    Credit.id,
                    Credit.external_id,
                    Credit.bank_ref,
                    Credit.account_number,
                    Credit.virtual_account,
                    Credit.amount_vnd,
                ).where(Credit.gateway == gateway, Credit.bank_ref.in_(refs))
                if origin is Origin.NOTIFICATION:
                    statement = statement.where(Credit.origin == literal_column("'statement'"))
                for row in self._session.execute(statement):
                    for number in filter(None, (row.account_number, row.virtual_account)):
                        found[_Twin(gateway, row.bank_ref, number, row.amount_vnd)] = (row.id, row.external_id)
        twins = {}
        for key, credit in arrived.items() if found else ():
            for number in filter(None, (credit.virtual_account, credit.account_number)):
                credit_id, external_id = found.get(
                    _Twin(key.gateway, credit.bank_ref, number, credit.amount_vnd), (0, key.external_id)
                )
                if external_id != key.external_id:
                    twins[key] = Placed(credit_id, fresh=False, amount_vnd=credit.amount_vnd)
        return twins

    def _note_aliases(self, twins: Mapping[Key, Placed]) -> None:
        """Keep the ids that banks give to credits which statements brought: the bank asks and is asked by them."""
        if twins:
            rows = [
                {**key._asdict(), "credit_id": twins[key].credit_id, "recorded_at": self._recorded_at}
                for key in sorted(twins)
            ]
            self._session.execute(upsert(self._session, CreditAlias).on_conflict_do_nothing(), rows)
            self.aliased.update(twins)

    def _note_repeats(self, repeats: Sequence[tuple[Key, ReportedCredit, int | None]]) -> None:
        """Place what is known already, and keep it when it says something else than before."""
        if not repeats:
            return
        stored = self._stored({key for key, _credit, _message in repeats})
        disputes = []
        for key, credit, message_id in repeats:
            credit_id, digest, amount_vnd = stored[key]
            self.placed.setdefault(key, Placed(credit_id, fresh=False, amount_vnd=amount_vnd))
            said = credit_digest(key.gateway, credit)
            if said != digest:
                disputes.append((credit_id, said, credit, message_id))
        self._note_disputes(disputes)

    def _note_disputes(self, disputes: Sequence[tuple[int, bytes, ReportedCredit, int | None]]) -> None:
        rows = [
            {
                "credit_id": credit_id,
                "digest": digest,
                "message_id": message_id,
                "amount_vnd": credit.amount_vnd,
                "seen_at": self._recorded_at,
            }
            for credit_id, digest, credit, message_id in sorted(disputes, key=lambda one: one[:2])
        ]
        if rows:
            self._session.execute(upsert(self._session, CreditDispute).on_conflict_do_nothing(), rows)

    def _stored(self, keys: set[Key]) -> dict[Key, tuple[int, bytes, int]]:
        stored: dict[Key, tuple[int, bytes, int]] = {}
        for gateway in sorted({key.gateway for key in keys}):
            for ids in portions(sorted(key.external_id for key in keys if key.gateway == gateway)):
                statement = select(Credit.external_id, Credit.id, Credit.digest, Credit.amount_vnd).where(
                    Credit.gateway == gateway, Credit.external_id.in_(ids)
                )
                for external_id, credit_id, digest, amount_vnd in self._session.execute(statement):
                    stored[Key(gateway, external_id)] = (credit_id, digest, amount_vnd)
        return stored


def _credit_row(gateway: str, credit: ReportedCredit, message_id: int | None, recorded_at: datetime) -> dict[str, Any]:
    return {
        "gateway": gateway,
        "external_id": credit.external_id,
        "message_id": message_id,
        "bank_ref": credit.bank_ref,
        "bank_bin": credit.bank_bin,
        "account_number": credit.account_number,
        "virtual_account": credit.virtual_account,
        "amount_vnd": credit.amount_vnd,
        "content": credit.content,
        "payer_bank_bin": credit.payer_bank_bin,
        "payer_name": credit.payer_name,
        "payer_ref": credit.payer_ref,
        "paid_at": credit.paid_at,
        "recorded_at": recorded_at,
    }


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
