"""For PostgreSQL: rows travel as one JSON text, which costs least on both sides; see docs/benchmarks.md.

The statements are asked for by libpq's own calls: a cursor, made to adapt whatever it is given, costs more than what
a group is made of.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final
from weakref import WeakSet

import orjson
import psycopg
from psycopg.errors import InvalidSqlStatementName, error_from_result
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus
from psycopg.pq.abc import PGresult

from core import clock
from payments.recording import chain, facts, framing
from payments.recording.rows.shapes import (
    ChainHeadRow,
    ChainRow,
    InsertedCredit,
    MessageRow,
    NewCredit,
    PaidCode,
    PaymentRow,
)

#: Any number that nothing else on the server locks.
RECORDING_LOCK_KEY = 40_0003
#: Plans are made when a table is as yet empty, and kept: a scan that costs nothing then would read all of it later.
LOCK_RECORDING_SHARED = (
    f"SELECT set_config('enable_seqscan', 'off', true), pg_advisory_xact_lock_shared({RECORDING_LOCK_KEY})"
)
LOCK_RECORDING_EXCLUSIVELY = f"SELECT pg_advisory_xact_lock({RECORDING_LOCK_KEY})"
_BEGIN: Final = "BEGIN ISOLATION LEVEL READ COMMITTED"
#: The column of what `_RECORD` gives that says whether the group is booked; it is the same in all rows.
_BOOKED: Final = 2
_SUCCESS: Final = frozenset({ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK})

_ADD_TO_DAYS: Final = """
INSERT INTO stall_days AS d (stall_id, market_day, market_id, payments_count, payments_vnd)
  SELECT stall_id, market_day, min(market_id), count(*), sum(amount_vnd) FROM {payments}
  GROUP BY stall_id, market_day ORDER BY stall_id, market_day
  ON CONFLICT (stall_id, market_day) DO UPDATE
  SET payments_count = d.payments_count + excluded.payments_count,
    payments_vnd = d.payments_vnd + excluded.payments_vnd
""".strip()


def _chained(previous: str, payment: str) -> str:
    """The digest of a payment of the group; `$5` is `recorded_at` as `framing.stamp` writes it."""
    stall_id, number, credit = f"{payment}.stall_id", f"{payment}.receipt_number", f"{payment}.digest"
    return chain.sql_link_digest(previous, stall_id, number, credit, framing.sql_stamp("$5::text"))


_FACTS: Final = ", ".join(facts.NAMES)
_GIVEN_FACTS: Final = ", ".join(f"g.{name}" for name in facts.NAMES)
_REPORTED: Final = ", ".join(f"{fact.name} {fact.kind.sql_type}" for fact in facts.REPORTED)

# OFFSET 0 keeps the planner from turning a look-up through an index into a join: it cannot know how few rows a JSON
# text holds, and would read all codes and chain heads of the country for a group of thirty.
#
# A stall's payments are chained one after the other, as in `payments.recording.chain`: the first of each stall in one
# round, then the second of those that have one, and so on.
_RECORD = f"""
WITH RECURSIVE brought AS MATERIALIZED (
  SELECT gateway, decode(digest, 'hex') AS digest, message_id, convert_to(body, 'UTF8') AS body, place
  FROM ROWS FROM (json_to_recordset($1::json) AS (gateway text, digest text, message_id text, body text))
    WITH ORDINALITY AS t(gateway, digest, message_id, body, place)
), kept AS (
  INSERT INTO gateway_messages (gateway, digest, message_id, received_at, received_day, body)
  SELECT gateway, digest, message_id, $3::timestamptz, $4::date, body FROM brought ORDER BY gateway, digest
  ON CONFLICT (gateway, received_day, digest) DO NOTHING RETURNING id, gateway, digest
), messages AS MATERIALIZED (
  SELECT b.place, coalesce(kept.id, (SELECT m.id FROM gateway_messages m
    WHERE m.gateway = b.gateway AND m.received_day = $4::date AND m.digest = b.digest)) AS id
  FROM brought b LEFT JOIN kept ON kept.gateway = b.gateway AND kept.digest = b.digest
), given AS MATERIALIZED (
  SELECT * FROM ROWS FROM (
    json_to_recordset($2::json) AS ({_REPORTED}),
    json_to_recordset($6::json) AS (gateway text, message bigint, digest text, market_day date, named text)
  ) WITH ORDINALITY
), arrived AS (
  INSERT INTO credits ({_FACTS}, message_id, recorded_at, origin, digest)
  SELECT {_GIVEN_FACTS}, messages.id, $3::timestamptz, 'notification', decode(g.digest, 'hex')
  FROM given g LEFT JOIN messages ON messages.place = g.message
  WHERE NOT EXISTS (SELECT FROM credit_aliases a WHERE a.gateway = g.gateway AND a.external_id = g.external_id OFFSET 0)
    AND (g.bank_ref = '' OR NOT EXISTS (
      SELECT FROM credits c WHERE c.origin = 'statement' AND c.gateway = g.gateway AND c.bank_ref = g.bank_ref
      OFFSET 0))
  ORDER BY g.gateway, g.external_id
  ON CONFLICT (gateway, external_id) DO NOTHING RETURNING id, gateway, external_id
), coded AS MATERIALIZED (
  SELECT g.ordinality AS place, arrived.id, g.amount_vnd, g.paid_at, g.market_day, g.digest, code.*, waited.reversed,
    NOT waited.reversed AND coalesce(g.named = code.reference, true) AS usual
  FROM arrived JOIN given g ON g.gateway = arrived.gateway AND g.external_id = arrived.external_id
  LEFT JOIN LATERAL (
    SELECT c.stall_id, c.market_id, c.reference FROM payment_codes c
    WHERE c.gateway = g.gateway AND c.virtual_account = g.virtual_account LIMIT 1
  ) code ON true
  CROSS JOIN LATERAL (
    SELECT EXISTS (SELECT FROM reversals r WHERE r.credit_id IS NULL AND r.gateway = g.gateway
      AND r.credit_external_id = g.external_id OFFSET 0) AS reversed OFFSET 0
  ) waited
), locked AS MATERIALIZED (
  SELECT stall_id AS head_stall_id, market_id AS head_market_id, last_receipt_number, last_digest,
    last_correction_number, last_correction_digest
  FROM stall_chain_heads WHERE stall_id = ANY (ARRAY(SELECT DISTINCT stall_id FROM coded)) ORDER BY stall_id FOR UPDATE
), placed AS MATERIALIZED (
  SELECT coded.*, locked.*, bool_and(coded.usual AND head_stall_id IS NOT NULL) OVER () AS booked
  FROM coded LEFT JOIN locked ON head_stall_id = stall_id
), numbered AS MATERIALIZED (
  SELECT id, stall_id, head_market_id AS market_id, amount_vnd, paid_at, market_day, digest, last_digest,
    row_number() OVER of_stall AS round, last_receipt_number + row_number() OVER of_stall AS receipt_number
  FROM placed WHERE booked WINDOW of_stall AS (PARTITION BY stall_id ORDER BY place)
), chained AS (
  SELECT id, stall_id, market_id, receipt_number, amount_vnd, paid_at, market_day, round,
    {_chained("last_digest", "numbered")} AS digest
  FROM numbered WHERE round = 1
  UNION ALL
  SELECT n.id, n.stall_id, n.market_id, n.receipt_number, n.amount_vnd, n.paid_at, n.market_day, n.round,
    {_chained("chained.digest", "n")}
  FROM chained JOIN numbered n ON n.stall_id = chained.stall_id AND n.round = chained.round + 1
), written AS (
  INSERT INTO payments (credit_id, stall_id, market_id, receipt_number, amount_vnd, paid_at, market_day, recorded_at,
    matched_by, late, assignment, digest)
  SELECT id, stall_id, market_id, receipt_number, amount_vnd, paid_at, market_day, $3::timestamptz,
    'virtual_account', false, 0, digest FROM chained
), moved AS (
  INSERT INTO stall_chain_heads (stall_id, market_id, last_receipt_number, last_digest)
  SELECT DISTINCT ON (stall_id) stall_id, market_id, receipt_number, digest FROM chained
  ORDER BY stall_id, receipt_number DESC
  ON CONFLICT (stall_id) DO UPDATE
  SET last_receipt_number = excluded.last_receipt_number, last_digest = excluded.last_digest
), counted AS (
  {_ADD_TO_DAYS.format(payments="numbered")}
)
SELECT place - 1, id, booked, reversed, stall_id, market_id, reference,
  head_stall_id, head_market_id, last_receipt_number,
  CASE WHEN NOT booked THEN encode(last_digest, 'hex') END, last_correction_number,
  CASE WHEN NOT booked THEN encode(last_correction_digest, 'hex') END
FROM placed
"""  # noqa: S608 - put together from what stands here

_LOCK_CHAIN_HEADS = """
SELECT stall_id, market_id, last_receipt_number, encode(last_digest, 'hex'), last_correction_number,
  encode(last_correction_digest, 'hex')
FROM stall_chain_heads WHERE stall_id = ANY($1::bigint[]) ORDER BY stall_id FOR UPDATE
"""

_WRITE_PAYMENTS = f"""
WITH given AS MATERIALIZED (
  SELECT * FROM json_to_recordset($1::json) AS g(
    credit_id bigint, stall_id bigint, market_id bigint, receipt_number bigint, amount_vnd bigint,
    paid_at timestamptz, market_day date, matched_by text, request_id bigint, late boolean, assignment bigint,
    digest text)
), booked AS (
  INSERT INTO payments (credit_id, stall_id, market_id, receipt_number, amount_vnd, paid_at, market_day, recorded_at,
    matched_by, request_id, late, assignment, digest)
  SELECT credit_id, stall_id, market_id, receipt_number, amount_vnd, paid_at, market_day, $3::timestamptz,
    matched_by, request_id, late, assignment, decode(digest, 'hex') FROM given
), chained AS (
  INSERT INTO stall_chain_heads (stall_id, market_id, last_receipt_number, last_digest)
  SELECT stall_id, market_id, last_receipt_number, decode(last_digest, 'hex')
  FROM json_to_recordset($2::json) AS c(
    stall_id bigint, market_id bigint, last_receipt_number bigint, last_digest text)
  ON CONFLICT (stall_id) DO UPDATE
  SET last_receipt_number = excluded.last_receipt_number, last_digest = excluded.last_digest
)
{_ADD_TO_DAYS.format(payments="given")}
"""  # noqa: S608 - put together from what stands here


class Prepared:
    """A statement that a connection keeps by name, planned, from the first time that it is asked for there."""

    def __init__(self, name: str, text: str) -> None:
        self.text = text
        self._name = name.encode()
        self._prepared: WeakSet[psycopg.Connection[Any]] = WeakSet()

    def ask(self, connection: psycopg.Connection[Any], *given: bytes) -> PGresult:
        """Its result for what is given as text. Raises psycopg's errors."""
        if connection not in self._prepared:
            _succeeded(connection, connection.pgconn.prepare(self._name, self.text.encode()))
            self._prepared.add(connection)
        try:
            return _succeeded(connection, connection.pgconn.exec_prepared(self._name, given))
        except InvalidSqlStatementName:
            # Somebody emptied the connection; whoever tries again finds it so.
            self._prepared.discard(connection)
            raise


RECORDING = Prepared("cho40_record_credits", _RECORD)
LOCKING = Prepared("cho40_lock_chain_heads", _LOCK_CHAIN_HEADS)
WRITING = Prepared("cho40_write_payments", _WRITE_PAYMENTS)


def record_credits(
    connection: psycopg.Connection[Any],
    messages: Sequence[MessageRow],
    credits_: Sequence[NewCredit],
    recorded_at: datetime,
) -> list[InsertedCredit]:
    """See `Rows`."""
    # The lock is taken by a statement of its own, so that the next one sees what was committed before it.
    _begun(connection, LOCK_RECORDING_SHARED)
    result = RECORDING.ask(
        connection,
        # What a message says is JSON, so it is text, and has no NUL that PostgreSQL could not take.
        _json([(*row[:3], row.body.decode()) for row in messages], MessageRow._fields),
        orjson.dumps([one.reported for one in credits_]),
        recorded_at.isoformat().encode(),
        clock.market_day(recorded_at).isoformat().encode(),
        framing.stamp(recorded_at).encode(),
        _worked_out(messages, credits_),
    )
    return _inserted(credits_, result)


def _worked_out(messages: Sequence[MessageRow], credits_: Sequence[NewCredit]) -> bytes:
    """What is not reported of credits; each names its message by the place among the group's, from 1 on."""
    places: dict[tuple[str, bytes | None], int] = {
        (row.gateway, row.digest): place for place, row in enumerate(messages, 1)
    }
    rows = (
        (one.gateway, places.get((one.gateway, one.message)), one.digest.hex(), one.market_day, one.references)
        for one in credits_
    )
    return _json(rows, ("gateway", "message", "digest", "market_day", "named"))


def lock_chain_heads(connection: psycopg.Connection[Any], stall_ids: Sequence[int]) -> list[ChainHeadRow]:
    """See `Rows`."""
    _begun(connection)
    result = LOCKING.ask(connection, f"{{{','.join(map(str, stall_ids))}}}".encode())
    return [_chain_head(row) for row in _rows(result)]


def write_payments(
    connection: psycopg.Connection[Any],
    payments: Sequence[PaymentRow],
    chains: Sequence[ChainRow],
    recorded_at: datetime,
) -> None:
    """See `Rows`."""
    _begun(connection)
    WRITING.ask(
        connection,
        _json(payments, PaymentRow._fields),
        _json(chains, ChainRow._fields),
        recorded_at.isoformat().encode(),
    )


def _begun(connection: psycopg.Connection[Any], first: str = "") -> None:
    """Have a transaction, as psycopg would begin it, and something done in it."""
    idle = connection.pgconn.transaction_status == TransactionStatus.IDLE
    if idle or first:
        _succeeded(connection, connection.pgconn.exec_(f"{_BEGIN if idle else ''};{first}".encode()))


def _succeeded(connection: psycopg.Connection[Any], result: PGresult) -> PGresult:
    if result.status in _SUCCESS:
        return result
    if connection.pgconn.status == ConnStatus.BAD:
        raise psycopg.OperationalError("the connection is lost")
    raise error_from_result(result, connection.info.encoding)


def _rows(result: PGresult) -> Iterator[list[bytes]]:
    """As texts; NULL is an empty one."""
    columns = range(result.nfields)
    for row in range(result.ntuples):
        yield [result.get_value(row, column) or b"" for column in columns]


def _inserted(given: Sequence[NewCredit], result: PGresult) -> list[InsertedCredit]:
    """The credits that were inserted. Of a group that is booked nothing else is of use, and nothing else is read."""
    value, rows = result.get_value, range(result.ntuples)
    if rows and value(0, _BOOKED) == b"t":
        found = ((int(value(row, 1) or 0), given[int(value(row, 0) or 0)]) for row in rows)
        return [InsertedCredit(row_id, new, reversed=False, booked=True) for row_id, new in found]
    return [_unbooked(given, row) for row in _rows(result)]


def _unbooked(given: Sequence[NewCredit], row: Sequence[bytes]) -> InsertedCredit:
    place, credit_id, _booked, reversed_, stall_id, market_id, reference, *head = row
    code = None
    if stall_id:
        code = PaidCode(int(stall_id), int(market_id), reference.decode(), _chain_head(head) if head[0] else None)
    return InsertedCredit(int(credit_id), given[int(place)], code, reversed=reversed_ == b"t")


def _chain_head(row: Sequence[bytes]) -> ChainHeadRow:
    stall_id, market_id, number, digest, correction_number, corrected = row
    return ChainHeadRow(
        int(stall_id),
        int(market_id),
        int(number),
        bytes.fromhex(digest.decode()),
        int(correction_number),
        bytes.fromhex(corrected.decode()) or None,
    )


def _json(rows: Iterable[tuple[Any, ...]], names: tuple[str, ...]) -> bytes:
    """Rows as a list of objects; bytes in hexadecimal."""
    return orjson.dumps([dict(zip(names, row, strict=True)) for row in rows], default=bytes.hex)
