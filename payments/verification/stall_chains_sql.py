"""PostgreSQL follows the chains of a range of stalls by itself: a stall's figures come back, and whether all is sound.

It finds the same stalls as `payments.verification.stall_chains`, some ten times as fast, but does not say what is wrong
with them: those that it does not find sound must be followed there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from core.money import AMOUNT_MAX_VND, AMOUNT_MIN_VND
from payments.recording import chain, facts, framing
from payments.verification.ranges import Range

_FIRST = chain.sql_first_digest("stall_id")
_LINK = chain.sql_link_digest(
    f"coalesce(lag(digest) OVER before, {_FIRST})",
    "stall_id",
    "receipt_number",
    "encode(credit_digest, 'hex')",
    framing.sql_moment("recorded_at"),
)

# OFFSET 0 makes PostgreSQL look credits up one by one: a join would read all credits for each range. It also makes it
# work out a credit's digest where the credit is read: otherwise all of its facts are carried through the sort.
# What a stall's rows add up to are entries above 0, and what is stored of it entries below 0: together they must be 0.
_SCREEN = f"""
WITH linked AS (
  SELECT p.stall_id, p.receipt_number, p.market_day, p.amount_vnd, p.recorded_at, p.digest, c.digest AS credit_digest,
    p.amount_vnd = c.amount_vnd AND p.amount_vnd BETWEEN %(least_vnd)s AND %(most_vnd)s AND p.paid_at = c.paid_at
    AND p.market_day = CAST(p.paid_at AT TIME ZONE 'Asia/Ho_Chi_Minh' AS date)
    AND c.digest = {facts.credit_digest_sql("c")} AS agrees
  FROM payments p CROSS JOIN LATERAL (SELECT * FROM credits WHERE id = p.credit_id OFFSET 0) c
  WHERE p.stall_id > %(after)s AND p.stall_id <= %(last)s
  OFFSET 0
), chained AS (
  SELECT stall_id, receipt_number, market_day, amount_vnd, (
    agrees AND receipt_number = coalesce(lag(receipt_number) OVER before, 0) + 1
    AND digest = {_LINK}
  ) IS TRUE AS sound
  FROM linked WINDOW before AS (PARTITION BY stall_id ORDER BY receipt_number)
), days AS MATERIALIZED (
  SELECT stall_id, market_day, count(*) AS payments_count, CAST(sum(amount_vnd) AS bigint) AS payments_vnd,
    max(receipt_number) AS last_number, bool_and(sound) AS sound
  FROM chained GROUP BY stall_id, market_day
), entries (stall_id, market_day, kind, entries, vnd) AS (
  SELECT stall_id, market_day, 1, payments_count, payments_vnd FROM days
  UNION ALL
  SELECT s.stall_id, s.market_day, 2, 1, s.amount_vnd
  FROM cash_sales s LEFT JOIN cash_sales undo ON undo.undoes_id = s.id
  WHERE s.stall_id > %(after)s AND s.stall_id <= %(last)s AND s.undoes_id IS NULL AND undo.id IS NULL
  UNION ALL
  SELECT c.stall_id, c.market_day, k.kind, k.sign, k.sign * c.amount_vnd
  FROM corrections c JOIN (
    VALUES ('unassignment', 1, -1), ('refund', 3, 1), ('reversal', 4, 1), ('cash_refund', 5, 1),
      ('cash_refund_undone', 5, -1)
  ) AS k (name, kind, sign) ON k.name = c.kind
  WHERE c.stall_id > %(after)s AND c.stall_id <= %(last)s
  UNION ALL
  SELECT d.stall_id, d.market_day, k.kind, -k.entries, -k.vnd
  FROM stall_days d CROSS JOIN LATERAL (
    VALUES (1, d.payments_count, d.payments_vnd), (2, d.cash_count, d.cash_vnd), (3, d.refunds_count, d.refunds_vnd),
      (4, d.reversals_count, d.reversals_vnd), (5, d.cash_refund_count, d.cash_refund_vnd)
  ) AS k (kind, entries, vnd)
  WHERE d.stall_id > %(after)s AND d.stall_id <= %(last)s AND (k.entries <> 0 OR k.vnd <> 0)
), unbalanced AS (
  SELECT DISTINCT stall_id FROM (
    SELECT stall_id FROM entries GROUP BY stall_id, market_day, kind HAVING sum(entries) <> 0 OR sum(vnd) <> 0
  ) AS one
), chains AS (
  SELECT stall_id, sum(payments_count) AS payments_count, sum(payments_vnd) AS payments_vnd,
    max(last_number) AS last_number, bool_and(sound) AS sound
  FROM days GROUP BY stall_id
), heads AS (
  SELECT stall_id, last_receipt_number, last_digest FROM stall_chain_heads
  WHERE stall_id > %(after)s AND stall_id <= %(last)s
)
SELECT stall_id, CAST(coalesce(payments_count, 0) AS bigint), CAST(coalesce(payments_vnd, 0) AS bigint), (
    coalesce(chains.sound, true) AND unbalanced.stall_id IS NULL
    AND heads.last_receipt_number = coalesce(chains.last_number, 0)
    AND heads.last_digest = coalesce(
      (SELECT p.digest FROM payments p WHERE p.stall_id = chains.stall_id AND p.receipt_number = chains.last_number),
      {_FIRST})
  ) IS TRUE
FROM chains FULL JOIN heads USING (stall_id) FULL JOIN unbalanced USING (stall_id)
ORDER BY stall_id
"""  # noqa: S608 - put together from what stands here


class Screened(NamedTuple):
    """A stall, what its payments add up to, and whether its chain, its chain head and its days are sound."""

    stall_id: int
    payments: int
    payments_vnd: int
    sound: bool


def screen(session: Session, within: Range) -> Iterator[Screened]:
    """The stalls of a range that have payments, a chain head, or days that are not what they should be; by id."""
    given = {
        "after": within.after,
        "last": within.last,
        "least_vnd": AMOUNT_MIN_VND,
        "most_vnd": AMOUNT_MAX_VND,
    }
    connection: Any = session.connection().connection.driver_connection
    with connection.cursor(binary=True) as cursor:
        # Planned for this very range: how much of the table it is decides how it is read.
        cursor.execute(_SCREEN, given, prepare=False)
        yield from map(Screened._make, cursor)
