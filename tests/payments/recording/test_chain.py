"""What the digest of a credit covers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from payments.gateways.port import ReportedCredit
from payments.recording.chain import credit_digest, stamp, told_credit_digest

texts = st.text(st.characters(codec="utf-8"), max_size=20)
optional = st.none() | texts
zones = st.sampled_from([UTC, timezone(timedelta(hours=7))])
spans = st.timedeltas(timedelta(), timedelta(days=36_000))
moments = st.builds(lambda span, zone: (datetime(2001, 1, 1, tzinfo=UTC) + span).astimezone(zone), spans, zones)
credits_ = st.builds(
    ReportedCredit,
    external_id=texts,
    bank_ref=texts,
    account_number=texts,
    amount_vnd=st.integers(1, 499_999_999),
    content=texts,
    paid_at=moments,
    virtual_account=optional,
    bank_bin=optional,
    payer_bank_bin=optional,
    payer_name=optional,
    payer_ref=optional,
)


def told(gateway: str, one: ReportedCredit) -> bytes:
    return told_credit_digest(
        gateway,
        one.external_id,
        one.bank_ref,
        one.bank_bin,
        one.account_number,
        one.virtual_account,
        str(one.amount_vnd),
        one.content,
        one.payer_bank_bin,
        one.payer_name,
        one.payer_ref,
        stamp(one.paid_at),
    )


@given(texts, credits_)
def test_a_credit_has_one_digest_whether_reported_or_read_back(gateway: str, one: ReportedCredit) -> None:
    assert credit_digest(gateway, one) == told(gateway, one)


facts = st.lists(st.none() | st.text("1:-", max_size=3), min_size=2, max_size=2)


@given(facts, facts)
def test_no_fact_can_be_taken_for_a_part_of_the_next(some: list[str | None], others: list[str | None]) -> None:
    assert (told_credit_digest(*some) == told_credit_digest(*others)) == (some == others)


@given(credits_)
def test_a_moment_counts_and_not_the_clock_that_told_it(one: ReportedCredit) -> None:
    assert credit_digest("g", replace(one, paid_at=one.paid_at.astimezone(UTC))) == credit_digest("g", one)
