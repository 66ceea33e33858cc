"""The only writers of statements and discrepancies.

A statement is read to its end first, then staged whole in one unit of work, then processed some lines at a time, so
that notifications never wait long. A statement whose processing was interrupted goes on where it stopped when it is
imported again, and with the next reconciliation.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, BinaryIO, Final

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import clock
from core.audit.services import record
from core.database import after_commit, is_sqlite, read_session, unit_of_work
from core.errors import NotFound
from core.jobs.services import enqueue
from core.permissions.principal import Principal
from payments.container import recorder
from payments.gateways.port import Gateway
from payments.reconciliation import discrepancies
from payments.reconciliation.apply import process_portion
from payments.reconciliation.errors import AlreadyInThatState, CannotBeAsked, OfAnotherGateway
from payments.reconciliation.limits import ENTIRE_AFTER, FILE_NAME_MAX_LENGTH
from payments.reconciliation.models import Discrepancy, DiscrepancyEntry, Statement, StatementAccount
from payments.reconciliation.outcomes import DiscrepancyAction, Source
from payments.reconciliation.spool import Spool, digest_of_file, spooled
from payments.statements.camt import read_camt
from payments.statements.items import Item
from payments.statements.table import read_table

READERS: Final[dict[Source, Callable[[BinaryIO], Iterator[Item]]]] = {Source.CAMT: read_camt, Source.TABLE: read_table}

SNIFFED_BYTES = 256

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Imported:
    """A statement that is here and processed, and whether this call brought it; else it had been here before.

    `went_on` is whether its processing had been interrupted and is finished by this call.
    """

    statement_id: int
    fresh: bool
    went_on: bool = False


@dataclass(frozen=True, slots=True)
class _Head:
    """What is known of a statement before it is read; `entire` is whether its window shows all that happened in it."""

    gateway: str
    source: Source
    digest: bytes
    name: str
    window: tuple[datetime, datetime] | None = None
    entire: bool = False


def import_file(actor: Principal, gateway: str, stream: BinaryIO, source: Source, name: str) -> Imported:
    """Read a file, stage it and process it. `stream` can be wound back; `name` is what the file is called.

    Raises `payments.statements.errors.Unreadable` and `OfAnotherGateway`; then nothing is kept.
    """
    head = _Head(gateway, source, digest_of_file(stream), _tidy(name))
    statement_id = _find(read_session(), head)
    if statement_id is not None:
        went_on = statement_id in unprocessed(gateway)
        process_statement(statement_id)
        return Imported(statement_id, fresh=False, went_on=went_on)
    with spooled(READERS[source](stream)) as spool:
        return _keep(actor, head, spool)


def guess_source(stream: BinaryIO) -> Source:
    """What a file is, by its first character that is no space; it is wound back."""
    stream.seek(0)
    start = stream.read(SNIFFED_BYTES)
    stream.seek(0)
    # In UTF-16 the angle bracket stands behind a mark, beside a zero.
    return Source.CAMT if start.strip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n").startswith(b"<") else Source.TABLE


def pull(actor: Principal, gateway: Gateway, start: datetime, end: datetime) -> Imported:
    """Ask a gateway what was booked from `start` up to `end`, stage it and process it.

    Raises `CannotBeAsked`, and `BankUnavailable`; then nothing is kept.
    """
    if not gateway.supports_statements:
        raise CannotBeAsked
    # As it is when the gateway is asked. The same lines say more once nothing can come to them: what is missing.
    entire = end <= clock.now() - ENTIRE_AFTER
    digest = hashlib.sha256(f"{gateway.name} {start.isoformat()} {end.isoformat()} {entire}\n".encode())
    with spooled(gateway.statement(start, end), digest.update) as spool:
        head = _Head(gateway.name, Source.PULL, digest.digest(), "", (start, end), entire)
        return _keep(actor, head, spool)


def reconcile_day(actor: Principal, gateway: Gateway, day: date) -> Imported:
    """Pull a gateway's statement of a market day, of today up to now. Raises as `pull`."""
    return pull(actor, gateway, clock.day_start(day), min(clock.day_end(day), clock.now()))


@unit_of_work
def order_reconciliations(session: Session, kind: str, gateways: Collection[str], day: str) -> None:
    """Order a job of this kind for each gateway, once a day (ISO 8601)."""
    for name in gateways:
        enqueue(session, kind, {"gateway": name, "day": day}, key=f"{kind} {name} {day}")


def process_statement(statement_id: int) -> None:
    """Process what is left of a statement, some lines in each unit of work. A processed one stays as it is."""
    while _process_some(statement_id):
        pass


def unprocessed(gateway: str | None = None) -> list[int]:
    """The statements whose processing was interrupted, oldest first."""
    found = select(Statement.id).where(Statement.processed_at.is_(None)).order_by(Statement.id)
    return list(read_session().scalars(found if gateway is None else found.where(Statement.gateway == gateway)))


def unprocessed_gateways() -> list[str]:
    """The gateways of statements whose processing was interrupted, set up or not."""
    found = select(Statement.gateway).where(Statement.processed_at.is_(None)).distinct()
    return sorted(read_session().scalars(found))


def close(actor: Principal, discrepancy_id: int, note: str) -> None:
    """Take a discrepancy off the work list. Raises `NotFound`, and `AlreadyInThatState`."""
    _change(actor, discrepancy_id, DiscrepancyAction.CLOSE, note)


def reopen(actor: Principal, discrepancy_id: int, note: str) -> None:
    """Put a discrepancy back on the work list. Raises `NotFound`, and `AlreadyInThatState`."""
    _change(actor, discrepancy_id, DiscrepancyAction.REOPEN, note)


def _tidy(name: str) -> str:
    """A file's name as every database takes it: what is no UTF-8 on disk, and a NUL, become signs."""
    return name.encode(errors="replace").decode().replace("\0", "\ufffd")[:FILE_NAME_MAX_LENGTH]


def _find(session: Session, head: _Head) -> int | None:
    """The statement that is here already. Raises `OfAnotherGateway`: there each of its credits would count again."""
    found = select(Statement).where(Statement.digest == head.digest).order_by(Statement.gateway != head.gateway)
    statement = session.scalars(found.limit(1)).first()
    if statement is None:
        return None
    if statement.gateway != head.gateway:
        raise OfAnotherGateway(statement.gateway, statement.imported_at)
    return statement.id


def _keep(actor: Principal, head: _Head, spool: Spool) -> Imported:
    imported = _stage(actor, head, spool)
    process_statement(imported.statement_id)
    return imported


@unit_of_work
def _stage(session: Session, actor: Principal, head: _Head, spool: Spool) -> Imported:
    """Write a statement down whole, unless it is here already."""
    _lock_digest(session, head)
    found = _find(session, head)
    if found is not None:
        return Imported(found, fresh=False)
    statement = Statement(**_statement_row(actor, head, spool))
    session.add(statement)
    session.flush()
    discrepancies.insert_lines(session, statement.id, spool.lines())
    session.add_all(_accounts(statement.id, head, spool))
    discrepancies.open_findings(session, statement, spool.findings)
    record(
        session,
        actor,
        "statement.import",
        ("statement", statement.id),
        after={"gateway": head.gateway, "source": head.source.value, "lines": _lines_count(spool)},
    )
    return Imported(statement.id, fresh=True)


def _lock_digest(session: Session, head: _Head) -> None:
    """Wait for whoever stages the same statement now, for whatever gateway. SQLite has one writer anyway."""
    if not is_sqlite(session):
        key = int.from_bytes(head.digest[:8], signed=True)
        session.execute(select(func.pg_advisory_xact_lock(key)))


def _statement_row(actor: Principal, head: _Head, spool: Spool) -> dict[str, Any]:
    since, until = head.window or (spool.first, spool.last)
    return {
        "gateway": head.gateway,
        "source": head.source.value,
        "digest": head.digest,
        "name": head.name,
        "since": since,
        "until": until,
        "credits_count": spool.credits.count,
        "credits_vnd": spool.credits.total_vnd,
        "debits_count": spool.debits.count,
        "debits_vnd": spool.debits.total_vnd,
        "passed_over": spool.passed_over,
        "imported_at": clock.now(),
        "imported_by_id": actor.user_id,
        "imported_by_name": actor.name,
    }


def _lines_count(spool: Spool) -> int:
    return spool.credits.count + spool.debits.count


def _accounts(statement_id: int, head: _Head, spool: Spool) -> list[StatementAccount]:
    if head.window is not None:
        start, end = head.window
        return [StatementAccount(statement_id=statement_id, since=start, until=end, entire=head.entire)]
    return [
        StatementAccount(
            statement_id=statement_id,
            account_number=period.account_number,
            since=period.since,
            until=period.until,
            entire=period.entire and period.until is not None and period.until <= clock.now(),
            opening_vnd=period.opening_vnd,
            closing_vnd=period.closing_vnd,
        )
        for period in spool.periods
    ]


@unit_of_work
def _process_some(session: Session, statement_id: int) -> bool:
    """Process some lines, or end the statement when none is left; gives whether there may be more to do."""
    statement = session.get_one(Statement, statement_id, with_for_update=True)
    if statement.processed_at is not None:
        return False
    if process_portion(session, statement):
        after_commit(session, recorder().tell)
        return True
    missing = discrepancies.open_missing(session, statement)
    statement.processed_at = clock.now()
    log.info("statement_processed", gateway=statement.gateway, statement=statement_id, missing=missing)
    return False


@unit_of_work
def _change(session: Session, actor: Principal, discrepancy_id: int, action: DiscrepancyAction, note: str) -> None:
    discrepancy = session.get(Discrepancy, discrepancy_id, with_for_update=True)
    if discrepancy is None:
        raise NotFound
    is_open = action is DiscrepancyAction.REOPEN
    if discrepancy.is_open == is_open:
        raise AlreadyInThatState
    discrepancy.is_open = is_open
    session.add(_entry(session, actor, discrepancy_id, action, note))
    record(
        session,
        actor,
        f"discrepancy.{action.value}",
        ("discrepancy", discrepancy_id),
        before={"open": not is_open},
        after={"open": is_open},
        reason=note,
    )


def _entry(
    session: Session, actor: Principal, discrepancy_id: int, action: DiscrepancyAction, note: str
) -> DiscrepancyEntry:
    return DiscrepancyEntry(
        discrepancy_id=discrepancy_id,
        number=discrepancies.next_number(session, discrepancy_id),
        action=action.value,
        note=note,
        made_at=clock.now(),
        made_by_id=actor.user_id,
        made_by_name=actor.name,
    )
