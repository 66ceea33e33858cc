"""For SQLite: rows travel as the values of few statements.

SQLite is called, not written to, so what counts is how often: at each step of a statement Python's one lock is let go
and taken again, and whoever takes it in between keeps it for milliseconds. A group is therefore a handful of steps,
whatever its size, and what they do, they do beside everything else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, Final

import orjson

from core import clock
from payments.recording import facts
from payments.recording.rows.shapes import (
    ChainHeadRow,
    ChainRow,
    CreditKey,
    InsertedCredit,
    MessageRow,
    NewCredit,
    PaidCode,
    PaymentRow,
)

#: Rows of one statement: of few sizes, so that each text is known to SQLite after its first use.
PORTIONS: Final = (64, 16, 4, 1)

_KEEP_MESSAGES = """
INSERT INTO gateway_messages (gateway, digest, message_id, received_at, received_day, body) VALUES {rows}
ON CONFLICT DO NOTHING
"""
_LAST_CREDIT = "SELECT coalesce(max(id), 0) FROM credits"
#: What is given of each credit, in this order, by the names that `VALUES` has for its columns.
_GIVEN: Final = {
    name: f"g.column{place}"
    for place, name in enumerate((*facts.NAMES, "message", "digest", "recorded_at", "received_day"), 1)
}
_INSERT_CREDITS = f"""
INSERT INTO credits ({", ".join(facts.NAMES)}, message_id, digest, recorded_at, origin)
SELECT {", ".join(_GIVEN[name] for name in facts.NAMES)},
  (SELECT m.id FROM gateway_messages m
    WHERE m.gateway = {_GIVEN["gateway"]} AND m.received_day = {_GIVEN["received_day"]}
      AND m.digest = {_GIVEN["message"]}),
  {_GIVEN["digest"]}, {_GIVEN["recorded_at"]}, 'notification'
FROM (VALUES {{rows}}) AS g
WHERE NOT EXISTS (
    SELECT 1 FROM credit_aliases a
    WHERE a.gateway = {_GIVEN["gateway"]} AND a.external_id = {_GIVEN["external_id"]})
  AND ({_GIVEN["bank_ref"]} = '' OR NOT EXISTS (
    SELECT 1 FROM credits c
    WHERE c.origin = 'statement' AND c.gateway = {_GIVEN["gateway"]} AND c.bank_ref = {_GIVEN["bank_ref"]}))
ON CONFLICT DO NOTHING
"""  # noqa: S608 - put together from what stands here
# As one text: a row would be a step.
_FIND_INSERTED = """
SELECT json_group_array(json_array(k.id, k.gateway, k.external_id,
  EXISTS (SELECT 1 FROM reversals r
    WHERE r.credit_id IS NULL AND r.gateway = k.gateway AND r.credit_external_id = k.external_id),
  c.stall_id, c.market_id, c.reference,
  h.stall_id, h.market_id, h.last_receipt_number, hex(h.last_digest),
  h.last_correction_number, hex(h.last_correction_digest)))
FROM credits k
LEFT JOIN payment_codes c ON c.gateway = k.gateway AND c.virtual_account = k.virtual_account
LEFT JOIN stall_chain_heads h ON h.stall_id = c.stall_id
WHERE k.id > ?
"""
_FIND_CHAIN_HEAD = """
SELECT stall_id, market_id, last_receipt_number, last_digest, last_correction_number, last_correction_digest
FROM stall_chain_heads WHERE stall_id = ?
"""
_INSERT_PAYMENTS = """
INSERT INTO payments (credit_id, stall_id, market_id, receipt_number, amount_vnd, paid_at, market_day, matched_by,
  request_id, late, assignment, digest, recorded_at)
VALUES {rows}
"""
_SAVE_CHAINS = """
INSERT INTO stall_chain_heads (stall_id, market_id, last_receipt_number, last_digest, last_correction_number)
VALUES {rows}
ON CONFLICT (stall_id) DO UPDATE
SET last_receipt_number = excluded.last_receipt_number, last_digest = excluded.last_digest
"""
_ADD_TO_DAYS = """
INSERT INTO stall_days (stall_id, market_day, market_id, payments_count, payments_vnd) VALUES {rows}
ON CONFLICT (stall_id, market_day) DO UPDATE
SET payments_count = payments_count + excluded.payments_count, payments_vnd = payments_vnd + excluded.payments_vnd
"""


def record_credits(
    connection: Any, messages: Sequence[MessageRow], credits_: Sequence[NewCredit], recorded_at: datetime
) -> list[InsertedCredit]:
    """See `Rows`."""
    at = _stored(recorded_at)
    # Ids grow, and nobody else writes.
    last = connection.execute(_LAST_CREDIT).fetchone()[0]
    day = clock.market_day(recorded_at).isoformat()
    _write(connection, _KEEP_MESSAGES, [(m.gateway, m.digest, m.message_id, at, day, m.body) for m in messages])
    _write(connection, _INSERT_CREDITS, [_values(one, at, day) for one in credits_])
    found = orjson.loads(connection.execute(_FIND_INSERTED, (last,)).fetchone()[0])
    given = {one.key: one for one in credits_}
    return [_inserted(given, *row) for row in found]


def _values(one: NewCredit, at: str, day: str) -> tuple[Any, ...]:
    reported = (
        _stored(value) if isinstance(value, datetime) else value for value in facts.reported_values(one.reported)
    )
    return (one.gateway, *reported, one.message, one.digest, at, day)


def _inserted(
    given: Mapping[CreditKey, NewCredit], credit_id: int, gateway: str, external_id: str, reversed_: int, *code: Any
) -> InsertedCredit:
    return InsertedCredit(credit_id, given[gateway, external_id], _code(code), reversed=bool(reversed_))


def _code(row: Sequence[Any]) -> PaidCode | None:
    stall_id, market_id, reference, *head = row
    return None if stall_id is None else PaidCode(stall_id, market_id, reference, _chain_head(head))


def _chain_head(row: Sequence[Any]) -> ChainHeadRow | None:
    if row[0] is None:
        return None
    stall_id, market_id, number, digest, correction_number, correction_digest = row
    corrected = bytes.fromhex(correction_digest) or None
    return ChainHeadRow(stall_id, market_id, number, bytes.fromhex(digest), correction_number, corrected)


def lock_chain_heads(connection: Any, stall_ids: Sequence[int]) -> list[ChainHeadRow]:
    """See `Rows`; the transaction itself is the lock."""
    rows = (connection.execute(_FIND_CHAIN_HEAD, (stall_id,)).fetchone() for stall_id in stall_ids)
    return [ChainHeadRow(*row) for row in rows if row is not None]


def write_payments(
    connection: Any, payments: Sequence[PaymentRow], chains: Sequence[ChainRow], recorded_at: datetime
) -> None:
    """See `Rows`."""
    at = _stored(recorded_at)
    days: dict[tuple[int, date], list[int]] = defaultdict(lambda: [0, 0, 0])
    for row in payments:
        day = days[row.stall_id, row.market_day]
        day[0], day[1], day[2] = row.market_id, day[1] + 1, day[2] + row.amount_vnd
    booked = [(*row[:5], _stored(row.paid_at), row.market_day.isoformat(), *row[7:], at) for row in payments]
    _write(connection, _INSERT_PAYMENTS, booked)
    _write(connection, _SAVE_CHAINS, [(*row, 0) for row in chains])
    _write(connection, _ADD_TO_DAYS, [(stall, day.isoformat(), *sums) for (stall, day), sums in sorted(days.items())])


def _write(connection: Any, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Have a statement take rows, all of them of one length."""
    for portion in _portions(rows):
        text = _with_rows(statement, len(portion), len(portion[0]))
        connection.execute(text, [fact for row in portion for fact in row])


def _portions(rows: Sequence[tuple[Any, ...]]) -> Iterator[Sequence[tuple[Any, ...]]]:
    begin = 0
    while begin < len(rows):
        size = next(size for size in PORTIONS if size <= len(rows) - begin)
        yield rows[begin : begin + size]
        begin += size


@cache
def _with_rows(statement: str, rows: int, columns: int) -> str:
    row = f"({', '.join('?' * columns)})"
    return statement.format(rows=", ".join([row] * rows))


def _stored(moment: datetime) -> str:
    """As SQLAlchemy stores a moment: UTC without its zone, to the microsecond."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
