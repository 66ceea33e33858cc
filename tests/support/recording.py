"""A process that records, for tests of several at once: `python -m tests.support.recording` with its task as JSON.

The task: `url` of the database, `stalls` as [id, virtual account, account number], `seed`, `groups`. Every process
draws from the same ids, so that they repeat each other; it says what became of its credits, and any error ends it.
"""

from __future__ import annotations

import json
import random
import sys
from datetime import UTC, datetime, timedelta

from core.engine import Database
from payments.gateways.port import ReportedCredit
from payments.recording.aliases import Origin
from payments.recording.ingest import Message, Submission
from payments.recording.recorder import commit
from tests.support.money import notification

PAID_AT = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
IDS = 400
GROUP = 12


def main() -> None:
    """Do the task."""
    task = json.loads(sys.argv[1])
    rng = random.Random(task["seed"])
    database = Database(task["url"], pool_size=1)
    recorded = duplicates = 0
    for number in range(task["groups"]):
        credits_ = [credit_of(rng.randrange(IDS), task["stalls"]) for _ in range(GROUP)]
        origin = Origin.STATEMENT if number % 10 == 0 else Origin.NOTIFICATION
        # A statement comes by no message.
        body = notification(*credits_, sent_by=[task["seed"], number])
        message = Message(f"msg-{task['seed']}-{number}", body) if origin is Origin.NOTIFICATION else None
        outcome = commit(database, [Submission("simbank", tuple(credits_), message, origin=origin)])[0]
        recorded += outcome.recorded
        duplicates += outcome.duplicates
    database.dispose()
    sys.stdout.write(json.dumps({"recorded": recorded, "duplicates": duplicates}) + "\n")


def credit_of(number: int, stalls: list[list]) -> ReportedCredit:
    """The credit of this number: the same in every process."""
    stall = stalls[number % len(stalls)]
    strange = number % 7 == 0
    return ReportedCredit(
        external_id=f"shared-{number:06d}",
        bank_ref=f"FT{number:012d}",
        account_number=stall[2],
        virtual_account=None if strange else stall[1],
        amount_vnd=1_000 + number,
        content="tien hang",
        paid_at=PAID_AT + timedelta(minutes=number),
        bank_bin="970499",
    )


if __name__ == "__main__":
    main()
