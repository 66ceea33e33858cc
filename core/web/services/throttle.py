"""Slowing down guesses: a token bucket per key, kept in the database so that every process counts together.

Keys are kept as digests. A bucket that has refilled says nothing, so a job takes its row away (`sweep_refilled`).
"""

from __future__ import annotations

import hashlib
import ipaddress
import math
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import Session

from core import clock
from core.database import sweep_all, unit_of_work, upsert
from core.errors import TooManyRequests
from core.web.models import Throttle

#: Refilled rows that go in one transaction.
SWEPT_AT_ONCE = 1_000
IPV6_NETWORK_BITS = 64


@dataclass(frozen=True, slots=True)
class Bucket:
    """At most `size` tries at once, one more every `refill_s` seconds."""

    name: str
    size: int
    refill_s: float


#: One who has forgotten a password tries a few times from one place; a guesser tries from many. The wider bucket of a
#: name is so large that nobody else can easily lock its holder out.
SIGN_IN_BY_NAME_AND_ADDRESS = Bucket("sign_in_pair", size=8, refill_s=60)
SIGN_IN_BY_NAME = Bucket("sign_in_name", size=40, refill_s=60)
SIGN_IN_BY_ADDRESS = Bucket("sign_in_address", size=60, refill_s=5)
PASSWORD_CHANGE = Bucket("password_change", size=8, refill_s=60)
CODE_CHECK = Bucket("code_check", size=60, refill_s=1)
BUCKETS = (SIGN_IN_BY_NAME_AND_ADDRESS, SIGN_IN_BY_NAME, SIGN_IN_BY_ADDRESS, PASSWORD_CHANGE, CODE_CHECK)


def take(bucket: Bucket, key: str) -> None:
    """Use up one try. Raises `TooManyRequests`, saying when the next one is possible, when none is left."""
    take_each({bucket: key})


@unit_of_work
def take_each(session: Session, keys: dict[Bucket, str]) -> None:
    """Use up one try of each, or of none. Raises `TooManyRequests` with the longest wait."""
    waits_s = [_take(session, bucket, keys[bucket]) for bucket in sorted(keys, key=lambda one: one.name)]
    if any(waits_s):
        raise TooManyRequests(max(waits_s))


@unit_of_work
def give_back(session: Session, keys: dict[Bucket, str]) -> None:
    """Return a try of each: it was no guess."""
    for bucket in sorted(keys, key=lambda one: one.name):
        row = session.scalar(_row_of(bucket, keys[bucket]))
        if row is not None:
            row.tries_left = min(float(bucket.size), row.tries_left + 1)


def sweep_refilled(buckets: Collection[Bucket] = BUCKETS) -> int:
    """Delete the rows of buckets that have refilled; gives how many."""
    return sum(_sweep(bucket) for bucket in buckets)


def _sweep(bucket: Bucket) -> int:
    refilled_before = clock.now() - timedelta(seconds=bucket.size * bucket.refill_s)
    refilled = and_(Throttle.bucket == bucket.name, Throttle.updated_at < refilled_before)
    return sweep_all(Throttle, refilled, SWEPT_AT_ONCE)


def address_key(address: str | None) -> str:
    """What an address counts as: itself, or for IPv6 its network, of which one customer has all addresses."""
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return address or ""
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    return str(parsed.ipv4_mapped or ipaddress.ip_network((parsed, IPV6_NETWORK_BITS), strict=False))


def _take(session: Session, bucket: Bucket, key: str) -> int:
    """Seconds to wait; 0 when there was a try left, which is gone now."""
    moment = clock.now()
    insert = upsert(session, Throttle).on_conflict_do_nothing()
    values = {"bucket": bucket.name, "key": _digest(key), "tries_left": bucket.size, "updated_at": moment}
    session.execute(insert.values(values))
    row = session.scalar(_row_of(bucket, key))
    if row is None:
        # Swept away between the two statements: it had refilled.
        session.execute(insert.values(values | {"tries_left": bucket.size - 1}))
        return 0
    elapsed_s = max(0.0, (moment - row.updated_at).total_seconds())
    tries = min(float(bucket.size), row.tries_left + elapsed_s / bucket.refill_s)
    if tries < 1:
        return max(1, math.ceil((1 - tries) * bucket.refill_s))
    row.tries_left, row.updated_at = tries - 1, moment
    session.flush()
    return 0


def _row_of(bucket: Bucket, key: str) -> Select[Throttle]:
    return select(Throttle).where(Throttle.bucket == bucket.name, Throttle.key == _digest(key)).with_for_update()


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
