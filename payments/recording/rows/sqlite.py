"""For SQLite, which is called and not written to: a row is a call, and a statement that is known costs little."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from payments.recording.rows.shapes import ChainRow, CreditRow, InsertedRow, LedgerRow, MessageRow, PaymentRow

_KEEP_MESSAGE = """
INSERT INTO gateway_messages (gateway, digest, message_id, received_at, body) VALUES (?, ?, ?, ?, ?)
ON CONFLICT DO NOTHING
"""
_FIND_MESSAGE = "SELECT id FROM gateway_messages WHERE gateway = ? AND digest = ?"
_INSERT_CREDIT = """
INSERT INTO credits (gateway, external_id, message_id, bank_ref, bank_bin, account_number, virtual_account,
  amount_vnd, content, payer_bank_bin, payer_name, payer_ref, paid_at, recorded_at, origin, digest)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, 'notification', ?15
WHERE NOT EXISTS (SELECT 1 FROM credit_aliases a WHERE a.gateway = ?1 AND a.external_id = ?2)
  AND (?4 = '' OR NOT EXISTS (
    SELECT 1 FROM credits c WHERE c.origin = 'statement' AND c.gateway = ?1 AND c.bank_ref = ?4))
ON CONFLICT DO NOTHING RETURNING id
"""
_FIND_CODE = """
SELECT c.stall_id, c.market_id, c.reference, l.stall_id, l.market_id, l.last_receipt_number, l.last_digest,
  l.last_correction_number, l.last_correction_digest
FROM codes c LEFT JOIN stall_ledgers l ON l.stall_id = c.stall_id WHERE c.gateway = ? AND c.virtual_account = ?
"""
_FIND_REVERSAL = "SELECT 1 FROM reversals WHERE credit_id IS NULL AND gateway = ? AND credit_external_id = ?"
_FIND_LEDGER = """
SELECT stall_id, market_id, last_receipt_number, last_digest, last_correction_number, last_correction_digest
FROM stall_ledgers WHERE stall_id = ?
"""
_INSERT_PAYMENT = """
INSERT INTO payments (credit_id, stall_id, market_id, receipt_number, amount_vnd, paid_at, market_day, matched_by,
  request_id, late, assignment, digest, recorded_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_SAVE_CHAIN = "UPDATE stall_ledgers SET last_receipt_number = ?, last_digest = ? WHERE stall_id = ?"
_ADD_TO_DAY = """
INSERT INTO stall_days (stall_id, market_day, market_id, payments_count, payments_vnd) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (stall_id, market_day) DO UPDATE
SET payments_count = payments_count + excluded.payments_count, payments_vnd = payments_vnd + excluded.payments_vnd
"""


def insert_credits(
    connection: Any, messages: Sequence[MessageRow], credits_: Sequence[CreditRow], recorded_at: datetime
) -> list[InsertedRow]:
    """See `Rows`."""
    cursor, at = connection.cursor(), _stored(recorded_at)
    ids: dict[tuple[str, bytes | None], int] = {}
    for row in messages:
        cursor.execute(_KEEP_MESSAGE, (row.gateway, row.digest, row.message_id, at, row.body))
        ids[row.gateway, row.digest] = cursor.execute(_FIND_MESSAGE, (row.gateway, row.digest)).fetchone()[0]
    inserted = []
    for one in credits_:
        facts = (
            one.gateway,
            one.external_id,
            ids.get((one.gateway, one.message)),
            *one[3:12],
            _stored(one.paid_at),
            at,
            one.digest,
        )
        found = cursor.execute(_INSERT_CREDIT, facts).fetchone()
        if found is not None:
            code = cursor.execute(_FIND_CODE, (one.gateway, one.virtual_account)).fetchone()
            ledger = None if code is None or code[3] is None else LedgerRow(*code[3:])
            stall = code[:3] if code else (None, None, None)
            waits = cursor.execute(_FIND_REVERSAL, (one.gateway, one.external_id)).fetchone() is not None
            inserted.append(InsertedRow._make((found[0], one.gateway, one.external_id, waits, *stall, ledger)))
    cursor.close()
    return inserted


def lock_ledgers(connection: Any, stall_ids: Sequence[int]) -> list[LedgerRow]:
    """See `Rows`; the transaction itself is the lock."""
    rows = (connection.execute(_FIND_LEDGER, (stall_id,)).fetchone() for stall_id in stall_ids)
    return [LedgerRow(*row) for row in rows if row is not None]


def write_payments(
    connection: Any, payments: Sequence[PaymentRow], chains: Sequence[ChainRow], recorded_at: datetime
) -> None:
    """See `Rows`."""
    at = _stored(recorded_at)
    days: dict[tuple[int, date], list[int]] = defaultdict(lambda: [0, 0, 0])
    for row in payments:
        day = days[row.stall_id, row.market_day]
        day[0], day[1], day[2] = row.market_id, day[1] + 1, day[2] + row.amount_vnd
    cursor = connection.cursor()
    cursor.executemany(
        _INSERT_PAYMENT,
        [(*row[:5], _stored(row.paid_at), row.market_day.isoformat(), *row[7:], at) for row in payments],
    )
    cursor.executemany(_SAVE_CHAIN, [(row.last_receipt_number, row.last_digest, row.stall_id) for row in chains])
    cursor.executemany(
        _ADD_TO_DAY, [(stall_id, day.isoformat(), *sums) for (stall_id, day), sums in sorted(days.items())]
    )
    cursor.close()


def _stored(moment: datetime) -> str:
    """As SQLAlchemy stores a moment: UTC without its zone, to the microsecond."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
