"""Slowing down guesses: a token bucket per key, kept in the database so that every process counts together."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from market import clock
from market.database import database, unit_of_work
from market.errors import TooManyRequests
from market.people.models import Throttle


@dataclass(frozen=True, slots=True)
class Bucket:
    """At most `size` tries at once, one more every `refill_s` seconds."""

    name: str
    size: int
    refill_s: float


SIGN_IN_BY_NAME = Bucket("sign_in_name", size=8, refill_s=60)
SIGN_IN_BY_ADDRESS = Bucket("sign_in_address", size=60, refill_s=5)
CODE_CHECK = Bucket("code_check", size=60, refill_s=1)


def take(bucket: Bucket, key: str) -> None:
    """Use up one try. Raises `TooManyRequests`, saying when the next one is possible, when none is left."""
    digest = hashlib.sha256(key.encode()).hexdigest()
    moment = clock.now()
    with unit_of_work() as session:
        insert = sqlite.insert if database().is_sqlite else postgresql.insert
        session.execute(
            insert(Throttle)
            .values(bucket=bucket.name, key=digest, tries_left=bucket.size, updated_at=moment)
            .on_conflict_do_nothing()
        )
        row = session.scalars(
            select(Throttle).where(Throttle.bucket == bucket.name, Throttle.key == digest).with_for_update()
        ).one()
        elapsed_s = max(0.0, (moment - row.updated_at).total_seconds())
        tries = min(float(bucket.size), row.tries_left + elapsed_s / bucket.refill_s)
        if tries >= 1:
            row.tries_left, row.updated_at = tries - 1, moment
            return
    raise TooManyRequests(max(1, math.ceil((1 - tries) * bucket.refill_s)))
