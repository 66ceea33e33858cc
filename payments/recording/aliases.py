"""One credit under two ids: a statement's line and a notification of the same money.

A bank's notification and the line of its statement may name one credit differently: where a line has no id of the
gateway's, we make one. Two ids that the bank gave are two credits, whatever else they have in common. So the credit of
a line has at most one alias: the id that a notification gives it, when that comes second.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

from sqlalchemy import literal_column, select
from sqlalchemy.orm import Session

from core.database import upsert
from payments.gateways.port import ReportedCredit
from payments.recording.bulk import portions
from payments.recording.locks import exclusive_recording_lock
from payments.recording.models import Credit, CreditAlias
from payments.recording.rows.shapes import CreditKey, NewCredit

#: Begins the ids that we make for what a statement names by no id of the gateway's.
STATEMENT_ID: Final = "statement-"


class Origin(StrEnum):
    """By which way a credit first reached us."""

    NOTIFICATION = "notification"
    STATEMENT = "statement"


class Candidate(NamedTuple):
    """A recorded credit that has a bank reference in common with something that now arrives."""

    credit_id: int
    external_id: str
    virtual_account: str | None
    amount_vnd: int
    has_alias: bool


#: By gateway, bank reference and account number, virtual or not.
_Candidates = Mapping[tuple[str, str, str], Sequence[Candidate]]


def find_aliases(session: Session, keys: Collection[CreditKey]) -> dict[CreditKey, tuple[int, int]]:
    """Of these, the ones noted as aliases: the id and the amount of the credit that each is."""
    found: dict[CreditKey, tuple[int, int]] = {}
    for gateway, ids in by_gateway(keys):
        statement = (
            select(CreditAlias.external_id, CreditAlias.credit_id, Credit.amount_vnd)
            .join(Credit, Credit.id == CreditAlias.credit_id)
            .where(CreditAlias.gateway == gateway, CreditAlias.external_id.in_(ids))
        )
        for external_id, credit_id, amount_vnd in session.execute(statement):
            found[gateway, external_id] = (credit_id, amount_vnd)
    return found


def match_aliases(
    session: Session, arrived: Mapping[CreditKey, ReportedCredit], origin: Origin
) -> dict[CreditKey, Candidate]:
    """The recorded credits that these are under another id: same bank reference, account and amount.

    A notification of another amount than the line of its reference and account is that line's too: it must not become
    money a second time. The contradiction is for the caller to note.
    """
    candidates = _find_candidates(session, arrived, origin)
    if candidates and origin is Origin.NOTIFICATION:
        # Two notifications must not both take one line's credit for theirs: look again when nobody else can.
        exclusive_recording_lock(session)
        candidates = _find_candidates(session, arrived, origin)
    taken: set[int] = set()
    matched: dict[CreditKey, Candidate] = {}
    # Those of one amount find each other first, whatever came before what.
    for same_amount in (True, False) if origin is Origin.NOTIFICATION else (True,):
        for key, credit in arrived.items() if candidates else ():
            if key in matched:
                continue
            found = _pick(key, credit, candidates, taken, origin, same_amount=same_amount)
            if found is not None:
                taken.add(found.credit_id)
                matched[key] = found
    return matched


def _pick(
    key: CreditKey,
    credit: ReportedCredit,
    candidates: _Candidates,
    taken: Collection[int],
    origin: Origin,
    *,
    same_amount: bool,
) -> Candidate | None:
    """The first recorded credit that can be this one."""
    for number in filter(None, (credit.virtual_account, credit.account_number)):
        for one in candidates.get((key[0], credit.bank_ref, number), ()):
            one_id_is_ours = key[1].startswith(STATEMENT_ID) is not one.external_id.startswith(STATEMENT_ID)
            virtual_accounts = {credit.virtual_account, one.virtual_account} - {None}
            spent = one.credit_id in taken or (origin is Origin.NOTIFICATION and one.has_alias)
            amount_fits = one.amount_vnd == credit.amount_vnd or not same_amount
            if amount_fits and one_id_is_ours and len(virtual_accounts) <= 1 and not spent:
                return one
    return None


def _find_candidates(session: Session, arrived: Mapping[CreditKey, ReportedCredit], origin: Origin) -> _Candidates:
    found: dict[tuple[str, str, str], list[Candidate]] = defaultdict(list)
    for gateway, refs in by_gateway((key[0], one.bank_ref) for key, one in arrived.items() if one.bank_ref):
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
        for *facts, bank_ref, account_number in session.execute(statement):
            candidate = Candidate._make(facts)
            for number in filter(None, {account_number, candidate.virtual_account}):
                found[gateway, bank_ref, number].append(candidate)
    return found


def note_aliases(
    session: Session,
    matched: Iterable[tuple[NewCredit, int]],
    message_ids: Mapping[CreditKey, int | None],
    recorded_at: datetime,
) -> None:
    """Keep the ids that a bank gives to credits which statements brought: it asks, and is asked, by them."""
    rows = [
        {
            "gateway": new.gateway,
            "external_id": new.reported.external_id,
            "credit_id": credit_id,
            "recorded_at": recorded_at,
            "message_id": message_ids[new.key],
        }
        for new, credit_id in sorted(matched, key=lambda one: one[0].key)
    ]
    if rows:
        session.execute(upsert(session, CreditAlias).on_conflict_do_nothing(), rows)


def by_gateway(keys: Iterable[tuple[str, str]]) -> Iterable[tuple[str, list[str]]]:
    """What keys name within each gateway, sorted, in portions that a statement takes."""
    grouped: dict[str, set[str]] = defaultdict(set)
    for gateway, name in keys:
        grouped[gateway].add(name)
    for gateway in sorted(grouped):
        for some in portions(sorted(grouped[gateway])):
            yield gateway, some
