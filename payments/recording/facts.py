"""What a credit says, and what a reversal says, declared once.

`CreditFacts` and `ReversalFacts` name each fact, in the order in which digests cover them, with the column that stores
it. Everything else that must know them asks here: the tables, the digests in Python and in SQL, the statements that
insert credits and reversals, and `payments verify`. `ReportedCredit` and `ReportedReversal` of `payments.gateways.port`
have the same facts as an adapter reports them, all but the gateway, which an adapter need not say; a test holds them to
each other.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from operator import attrgetter
from typing import Any, Final, NamedTuple, TypeAlias, get_args, get_type_hints

from sqlalchemy import Row, String
from sqlalchemy.orm import Mapped, mapped_column

from payments.gateways.port import ReportedCredit, ReportedReversal
from payments.recording import framing


class CreditFacts:
    """The columns of what a bank said of a credit."""

    gateway: Mapped[str] = mapped_column(String(32))
    external_id: Mapped[str] = mapped_column(String(64))
    bank_ref: Mapped[str] = mapped_column(String(64))
    bank_bin: Mapped[str | None] = mapped_column(String(6))
    account_number: Mapped[str] = mapped_column(String(32))
    virtual_account: Mapped[str | None] = mapped_column(String(32))
    amount_vnd: Mapped[int]
    content: Mapped[str]
    payer_bank_bin: Mapped[str | None] = mapped_column(String(6))
    payer_name: Mapped[str | None]
    payer_ref: Mapped[str | None]
    #: The bank's time.
    paid_at: Mapped[datetime]


class ReversalFacts:
    """The columns of what a bank said of a reversal."""

    gateway: Mapped[str] = mapped_column(String(32))
    external_id: Mapped[str] = mapped_column(String(64))
    #: The gateway's id of the credit that was taken back.
    credit_external_id: Mapped[str] = mapped_column(String(64))
    bank_ref: Mapped[str] = mapped_column(String(64))
    amount_vnd: Mapped[int]
    reason: Mapped[str]
    #: The bank's time.
    booked_at: Mapped[datetime]


class Kind(NamedTuple):
    """How a type of fact travels to PostgreSQL, and how digests cover it."""

    sql_type: str
    #: None for what is a text already.
    as_text: Callable[[Any], str] | None
    framed_sql: Callable[[str], str]


TEXT: Final = Kind("text", None, framing.sql_text)
OPTIONAL_TEXT: Final = Kind("text", None, lambda text: framing.sql_text(text, nullable=True))
NUMBER: Final = Kind("bigint", str, framing.sql_number)
MOMENT: Final = Kind("timestamptz", framing.stamp, framing.sql_moment)
_KINDS: Final[dict[Any, Kind]] = {str: TEXT, str | None: OPTIONAL_TEXT, int: NUMBER, datetime: MOMENT}


class Fact(NamedTuple):
    """One fact: its name, and what its type needs."""

    name: str
    kind: Kind


def _facts_of(columns: type) -> tuple[Fact, ...]:
    """In the order in which digests cover them; the gateway comes first."""
    return tuple(Fact(name, _KINDS[get_args(mapped)[0]]) for name, mapped in get_type_hints(columns).items())


CREDIT_FACTS: Final = _facts_of(CreditFacts)
NAMES: Final = tuple(fact.name for fact in CREDIT_FACTS)
#: What a `ReportedCredit` has: all but the gateway.
REPORTED: Final = CREDIT_FACTS[1:]

#: Whatever has the facts of `REPORTED` by their names: as reported, as stored, or a row of such columns.
Reported: TypeAlias = ReportedCredit | CreditFacts | Row[Any]
#: Their values, in the order of `REPORTED`.
reported_values: Final[Callable[[Reported], tuple[Any, ...]]] = attrgetter(*NAMES[1:])
_TO_TEXT: Final = [(place, f.kind.as_text) for place, f in enumerate(CREDIT_FACTS) if f.kind.as_text is not None]

REVERSAL_FACTS: Final = _facts_of(ReversalFacts)
REVERSAL_NAMES: Final = tuple(fact.name for fact in REVERSAL_FACTS)
#: Of a reversal as it is reported or stored: the values of `REVERSAL_FACTS`, all but the gateway.
reversal_values: Final[Callable[[ReportedReversal | ReversalFacts], tuple[Any, ...]]] = attrgetter(*REVERSAL_NAMES[1:])


def credit_digest(gateway: str, credit: Reported) -> bytes:
    """SHA-256 over everything that was reported: 32 bytes."""
    facts = [gateway, *reported_values(credit)]
    for place, as_text in _TO_TEXT:
        facts[place] = as_text(facts[place])
    return framing.digest(facts)


def credit_digest_sql(table: str) -> str:
    """The same in PostgreSQL's SQL, over the columns of a table by this name."""
    return framing.sql_digest(fact.kind.framed_sql(f"{table}.{fact.name}") for fact in CREDIT_FACTS)


def reversal_digest(gateway: str, reversal: ReportedReversal | ReversalFacts) -> bytes:
    """SHA-256 over everything that was reported: 32 bytes."""
    values = zip(REVERSAL_FACTS, (gateway, *reversal_values(reversal)), strict=True)
    return framing.digest([value if fact.kind.as_text is None else fact.kind.as_text(value) for fact, value in values])
