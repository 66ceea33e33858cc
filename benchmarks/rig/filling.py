"""Millions of payments, written as the recorder would have left them, chains and totals included; PostgreSQL only."""

from __future__ import annotations

import hashlib
import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import orjson
import psycopg

from benchmarks.rig.ground import PaidStall
from core import clock
from payments.gateways import simbank
from payments.gateways.port import ReportedCredit
from payments.recording import facts
from payments.recording.aliases import Origin
from payments.recording.chain import Link, first_digest, next_digest
from vendors.codes.banks import SIMULATED_BIN

ROWS_AT_ONCE = 20_000
#: The payments are spread over so many days before now, so that days' totals are of a real number, too.
DAYS = 365
SEED = 20261123

TABLES = {
    "gateway_messages": "id, gateway, message_id, digest, received_at, received_day, body",
    "credits": f"id, message_id, recorded_at, origin, digest, {', '.join(facts.NAMES)}",
    "payments": "credit_id, stall_id, market_id, receipt_number, amount_vnd, paid_at, market_day, recorded_at, "
    "matched_by, digest",
}
CHAIN_HEADS = "stall_id, market_id, last_receipt_number, last_digest"
STALL_DAYS = "stall_id, market_day, market_id, payments_count, payments_vnd"


@dataclass(slots=True)
class _Books:
    """Where every stall stands while rows are made."""

    chains: dict[int, tuple[int, bytes]]
    days: dict[tuple[int, date], list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))


def fill(url: str, stalls: Sequence[PaidStall], payments: int, progress: Callable[[int], None]) -> None:
    """Add payments in the order of time, each by a message of its own, to stalls that have none yet.

    `progress` hears how many were written since it last heard. Written without the checks of foreign keys; `payments
    verify` finds what would be amiss.
    """
    books = _Books({stall.id: (0, first_digest(stall.id)) for stall in stalls})
    pick = random.Random(SEED)
    until = datetime.now(UTC)
    step = timedelta(days=DAYS) / max(1, payments)
    with psycopg.connect(url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET synchronous_commit = off")
        for start in range(0, payments, ROWS_AT_ONCE):
            numbers = range(start, min(start + ROWS_AT_ONCE, payments))
            made = [_rows(n, pick.choice(stalls), until - step * (payments - n), books) for n in numbers]
            for place, (table, columns) in enumerate(TABLES.items()):
                _copy(connection, table, columns, (rows[place] for rows in made))
            progress(len(numbers))
            connection.commit()
        _close(connection, stalls, books)
        connection.commit()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def _rows(number: int, stall: PaidStall, moment: datetime, books: _Books) -> tuple[tuple[object, ...], ...]:
    """A message, its credit and its payment; the books go on."""
    serial, recorded_at = number + 1, moment + timedelta(seconds=2)
    credit = ReportedCredit(
        external_id=f"filled-{serial:010d}",
        bank_ref=f"FT{serial:012d}",
        account_number=stall.account_number,
        virtual_account=stall.virtual_account,
        amount_vnd=10_000 + 500 * (serial % 200),
        content="KHACH MAU chuyen tien mua rau",
        paid_at=moment,
        bank_bin=SIMULATED_BIN,
        payer_bank_bin="970436",
        payer_name="KHACH MAU",
        payer_ref=f"PR{serial:012d}",
    )
    digest = facts.credit_digest(simbank.NAME, credit)
    body = _body(credit)
    message = (
        serial,
        simbank.NAME,
        f"msg_{serial}",
        hashlib.sha256(body).digest(),
        recorded_at,
        clock.market_day(recorded_at),
        body,
    )
    stored = (serial, serial, recorded_at, Origin.NOTIFICATION.value, digest)
    row = (*stored, simbank.NAME, *facts.reported_values(credit))
    return message, row, _payment(serial, stall, credit, Link(stall.id, 0, digest, recorded_at), books)


def _body(credit: ReportedCredit) -> bytes:
    """As the simulated bank writes it: `payments verify` reads every message anew."""
    record = {
        "id": credit.external_id,
        "bank_ref": credit.bank_ref,
        "account_number": credit.account_number,
        "virtual_account": credit.virtual_account,
        "amount_vnd": credit.amount_vnd,
        "currency": "VND",
        "content": credit.content,
        "payer_bank_bin": credit.payer_bank_bin,
        "payer_name": credit.payer_name,
        "payer_ref": credit.payer_ref,
        "paid_at": credit.paid_at.isoformat(),
    }
    message = {"type": simbank.CREDITS_EVENT, "timestamp": record["paid_at"], "data": {"credits": [record]}}
    return orjson.dumps(message)


def _payment(serial: int, stall: PaidStall, credit: ReportedCredit, link: Link, books: _Books) -> tuple[object, ...]:
    receipt_number, before = books.chains[stall.id]
    link = link._replace(receipt_number=receipt_number + 1)
    digest = next_digest(before, link)
    books.chains[stall.id] = (link.receipt_number, digest)
    day = clock.market_day(credit.paid_at)
    totals = books.days[stall.id, day]
    totals[0] += 1
    totals[1] += credit.amount_vnd
    moments = (credit.paid_at, day, link.recorded_at)
    return (
        serial,
        stall.id,
        stall.market_id,
        link.receipt_number,
        credit.amount_vnd,
        *moments,
        "virtual_account",
        digest,
    )


def _close(connection: psycopg.Connection, stalls: Sequence[PaidStall], books: _Books) -> None:
    """Chain heads, days, and the counters of ids behind what was written."""
    market_of = {stall.id: stall.market_id for stall in stalls}
    begun = ((stall_id, market_of[stall_id], *chain) for stall_id, chain in books.chains.items() if chain[0])
    _copy(connection, "stall_chain_heads", CHAIN_HEADS, begun)
    days = ((stall_id, day, market_of[stall_id], *totals) for (stall_id, day), totals in books.days.items())
    _copy(connection, "stall_days", STALL_DAYS, days)
    for table in ("gateway_messages", "credits"):
        last = f"greatest(1, (SELECT max(id) FROM {table}))"
        connection.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {last})".encode())


def _copy(connection: psycopg.Connection, table: str, columns: str, rows: Iterator[tuple[object, ...]]) -> None:
    with connection.cursor().copy(f"COPY {table} ({columns}) FROM STDIN".encode()) as copy:
        for row in rows:
            copy.write_row(row)
