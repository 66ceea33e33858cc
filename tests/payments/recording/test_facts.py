"""What a bank says is declared once, and its digest is the same in Python, in SQL and read back by `verify`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from core.database import database
from core.money import AMOUNT_MAX_VND
from payments.gateways.port import ReportedCredit, ReportedReversal
from payments.recording import chain, facts, framing
from payments.recording.models import Credit, Reversal

#: What PostgreSQL stores: all but NUL and halves of pairs; empty texts and characters of four bytes are common here.
characters = st.characters(codec="utf-8", exclude_characters="\0")
texts = st.text(characters, max_size=20) | st.sampled_from(["", "\U00010348\U0001f35c", "-", "1:"])
optional = st.none() | texts
zones = st.sampled_from([UTC, timezone(timedelta(hours=7))])
spans = st.timedeltas(timedelta(), timedelta(days=36_000))
moments = st.builds(lambda span, zone: (datetime(2001, 1, 1, tzinfo=UTC) + span).astimezone(zone), spans, zones)
credits_ = st.builds(
    ReportedCredit,
    external_id=texts,
    bank_ref=texts,
    account_number=texts,
    amount_vnd=st.integers(1, AMOUNT_MAX_VND) | st.just(AMOUNT_MAX_VND),
    content=texts,
    paid_at=moments,
    virtual_account=optional,
    bank_bin=optional,
    payer_bank_bin=optional,
    payer_name=optional,
    payer_ref=optional,
)
postgresql_alone = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
in_database = settings(max_examples=60, deadline=None)


def test_a_reported_credit_has_every_fact_but_the_gateway() -> None:
    assert {field.name for field in fields(ReportedCredit)} == set(facts.NAMES) - {"gateway"}


def test_a_reported_reversal_has_every_fact_but_the_gateway() -> None:
    assert {field.name for field in fields(ReportedReversal)} == set(facts.REVERSAL_NAMES) - {"gateway"}


def test_every_fact_is_a_column() -> None:
    assert set(facts.NAMES) <= {column.name for column in Credit.__table__.columns}
    assert set(facts.REVERSAL_NAMES) <= {column.name for column in Reversal.__table__.columns}


def test_each_fact_changes_the_digest() -> None:
    one = ReportedCredit("c-1", "FT1", "4009", 50_000, "rau", datetime(2026, 11, 23, tzinfo=UTC))
    other: dict[str, Any] = {"amount_vnd": 50_001, "paid_at": datetime(2026, 11, 24, tzinfo=UTC)}
    digests = {facts.credit_digest("g", replace(one, **{f.name: other.get(f.name, "x")})) for f in facts.REPORTED}
    assert len(digests | {facts.credit_digest("g", one), facts.credit_digest("h", one)}) == len(facts.CREDIT_FACTS) + 1


def test_each_fact_of_a_reversal_changes_its_digest() -> None:
    one = ReportedReversal("r-1", "c-1", "FT1", 50_000, "nham", datetime(2026, 11, 23, tzinfo=UTC))
    other: dict[str, Any] = {"amount_vnd": 50_001, "booked_at": datetime(2026, 11, 24, tzinfo=UTC)}
    changed = [replace(one, **{name: other.get(name, "x")}) for name in facts.REVERSAL_NAMES[1:]]
    digests = {facts.reversal_digest("g", reversal) for reversal in (one, *changed)}
    assert len(digests | {facts.reversal_digest("h", one)}) == len(facts.REVERSAL_FACTS) + 1


def ask(expression: str, given: Sequence[tuple[str, str, Any]]) -> bytes:
    """What PostgreSQL makes of an expression over one row `c` of these columns: name, type, value."""
    columns = ", ".join(f"CAST(:{name} AS {sql_type}) AS {name}" for name, sql_type, _value in given)
    statement = text(f"SELECT {escaped(expression)} FROM (SELECT {columns}) c")
    with database().reading() as session:
        return bytes(session.execute(statement, {name: value for name, _type, value in given}).scalar_one())


def escaped(expression: str) -> str:
    """Without what SQLAlchemy would take for a parameter."""
    return expression.replace(":", "\\:")


@postgresql_alone
def test_postgresql_makes_the_same_digest_of_a_credit(app: Flask) -> None:
    @in_database
    @given(texts, credits_)
    def check(gateway: str, one: ReportedCredit) -> None:
        values = (gateway, *facts.reported_values(one))
        row = [(fact.name, fact.kind.sql_type, value) for fact, value in zip(facts.CREDIT_FACTS, values, strict=True)]
        assert ask(facts.credit_digest_sql("c"), row) == facts.credit_digest(gateway, one)

    check()


@postgresql_alone
def test_postgresql_makes_the_same_digest_of_a_payment(app: Flask) -> None:
    @in_database
    @given(st.binary(min_size=32, max_size=32), st.integers(1, 2**62), st.integers(1, 2**62), moments)
    def check(digest: bytes, stall_id: int, number: int, moment: datetime) -> None:
        row = [("d", "bytea", digest), ("s", "bigint", stall_id), ("n", "bigint", number), ("m", "timestamptz", moment)]
        in_sql = chain.sql_link_digest("c.d", "c.s", "c.n", "encode(c.d, 'hex')", framing.sql_moment("c.m"))
        assert ask(in_sql, row) == chain.next_digest(digest, chain.Link(stall_id, number, digest, moment))
        assert ask(chain.sql_first_digest("c.s"), row) == chain.first_digest(stall_id)

    check()


few = st.lists(st.none() | st.text("1:-", max_size=3), min_size=2, max_size=2)


@given(few, few)
def test_no_fact_can_be_taken_for_a_part_of_the_next(some: list[str | None], others: list[str | None]) -> None:
    assert (framing.digest(some) == framing.digest(others)) == (some == others)


@given(credits_)
def test_a_moment_counts_and_not_the_zone_that_it_is_written_in(one: ReportedCredit) -> None:
    in_utc = replace(one, paid_at=one.paid_at.astimezone(UTC))
    assert facts.credit_digest("g", in_utc) == facts.credit_digest("g", one)
