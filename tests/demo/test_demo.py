from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from flask import Flask
from sqlalchemy import func, select

from core import clock
from core.database import database
from core.settings import load_settings
from demo import bank, shape
from demo.cast import EVERYBODY, MARKET, PASSWORD
from market.markets.models import Market
from payments.cash.models import CashSale
from payments.recording.models import Credit, Payment, StallDay
from payments.verification.services import verify
from simbank import SimbankSettings
from tests.demo.conftest import PAYMENTS, STALLS, Demo, load, run_command
from vendors.codes.models import PaymentCode
from vendors.stalls.models import Stall, StallStatus


def counts_by_market() -> dict[str, int]:
    with database().reading() as session:
        statement = (
            select(Market.code, func.count(Stall.id))
            .outerjoin(Stall, Stall.market_id == Market.id)
            .group_by(Market.code)
        )
        return dict(session.execute(statement).all())


def test_it_is_sound(demo_app: Flask) -> None:
    report = verify(database())
    assert report.findings == []
    assert (report.payments, report.unmatched) == (PAYMENTS, 5)


def test_about_1500_stalls_stand_in_31_markets_and_a_few_markets_stand_empty(demo_app: Flask) -> None:
    counts = counts_by_market()
    assert len(counts) == 31
    assert sum(counts.values()) == STALLS
    assert 2 <= sum(count == 0 for count in counts.values()) <= 4


def test_every_stall_says_that_it_is_synthetic_and_every_payment_too(demo_app: Flask) -> None:
    with database().reading() as session:
        assert session.scalar(select(func.count()).where(Stall.synthetic.is_(False))) == 0
        assert session.scalars(select(Credit.gateway).distinct()).all() == ["synthetic"]
        assert session.scalar(select(func.count()).where(Stall.id == Stall.id)) > 0


def test_mornings_are_busier_than_afternoons_and_sundays_than_mondays(demo_app: Flask) -> None:
    with database().reading() as session:
        moments = [moment.astimezone(clock.ZONE) for moment in session.scalars(select(Payment.paid_at))]
    mornings = sum(moment.hour < 10 for moment in moments)
    sundays = sum(moment.weekday() == 6 for moment in moments)
    mondays = sum(moment.weekday() == 0 for moment in moments)
    assert mornings > len(moments) * 0.55
    assert sundays > mondays


def test_payments_grow_over_the_weeks(demo_app: Flask) -> None:
    first, last = clock.today() - timedelta(days=85), clock.today() - timedelta(days=5)
    with database().reading() as session:

        def payments_within(start: object, end: object) -> int:
            return session.scalar(
                select(func.sum(StallDay.payments_count)).where(StallDay.market_day.between(start, end))
            )

        assert payments_within(last - timedelta(days=14), last) > 1.3 * payments_within(
            first, first + timedelta(days=14)
        )


def test_nothing_is_paid_before_a_stall_had_its_code_nor_after_now(demo_app: Flask) -> None:
    with database().reading() as session:
        early = select(func.count()).select_from(Payment).join(PaymentCode, PaymentCode.stall_id == Payment.stall_id)
        assert session.scalar(early.where(Payment.paid_at < PaymentCode.issued_at)) == 0
        assert session.scalar(select(func.max(Payment.paid_at))) <= clock.now()


def test_some_cash_is_noted_and_some_stalls_wait_for_approval(demo_app: Flask) -> None:
    with database().reading() as session:
        assert session.scalar(select(func.count()).select_from(CashSale)) > 50
        waiting = session.scalars(
            select(Stall.code).where(Stall.status == StallStatus.PENDING, Stall.code.startswith(MARKET))
        ).all()
    assert len(waiting) == 6


@pytest.mark.parametrize("person", EVERYBODY, ids=lambda person: person.username)
def test_everybody_of_the_demo_can_sign_in(demo: Demo, person: object) -> None:
    client = demo.app.test_client()
    page = client.get("/sign-in").text
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    answer = client.post("/sign-in", data={"username": person.username, "password": PASSWORD, "csrf_token": token})
    assert answer.status_code == 303, answer.text


def test_a_second_load_keeps_what_is_there(demo: Demo) -> None:
    done = run_command(demo.environment, "demo", "load")
    assert done.returncode == 0
    assert "already" in done.stdout


def test_production_refuses_demo_data(demo: Demo) -> None:
    environment = demo.environment | {
        "CHO40_ENV": "production",
        "CHO40_SECRET_KEY": "a secret of production that nobody knows",
        "CHO40_PUBLIC_URL": "https://cho.example.vn",
        "CHO40_GATEWAYS": "",
    }
    done = run_command(environment, "demo", "load")
    assert done.returncode != 0
    assert "no place in production" in done.stderr


def test_the_same_seed_gives_the_same_payments(tmp_path: Path) -> None:
    def facts(name: str) -> list[tuple]:
        folder = tmp_path / name
        folder.mkdir()
        made = load(folder, "--stalls", "40", "--payments", "300", "--markets", "3", "--seed", "7")
        with made.app.app_context(), database().reading() as session:
            # Times are left out: they are drawn from the moment of loading.
            statement = select(Credit.external_id, Payment.amount_vnd, Payment.receipt_number).join(
                Payment, Payment.credit_id == Credit.id
            )
            return sorted(tuple(row) for row in session.execute(statement))

    first, second = facts("first"), facts("second")
    assert len(first) == 300
    assert [row[:2] for row in first] == [row[:2] for row in second]


def test_the_banks_file_is_the_one_that_the_demo_opens_later(demo: Demo) -> None:
    settings = load_settings(demo.environment)
    assert bank.database_url(settings) == SimbankSettings.for_demo(settings, {}).database_url


@pytest.mark.parametrize("count", [0, 1, 7, 60, 1_500])
def test_stalls_are_shared_out_to_the_last_one(count: int) -> None:
    profiles = [shape.profile(Random(1), rank, 31) for rank in range(31)]
    assert sum(shape.shares(count, profiles)) == count
    assert all(
        share == 0
        for share, profile in zip(shape.shares(count, profiles), profiles, strict=True)
        if profile.weight == 0
    )


def test_purchases_are_as_many_as_asked_for_and_in_order_of_time() -> None:
    until = datetime(2026, 11, 22, 3, tzinfo=UTC)
    taker = shape.Taker(1, "Rau củ", 1.0, 2.0, until - timedelta(days=20))
    made = shape.purchases(Random(1), [taker], 30, 500, until)
    assert len(made) == 500
    assert [one.paid_at for one in made] == sorted(one.paid_at for one in made)
    assert all(taker.since <= one.paid_at < until for one in made)
    assert all(one.amount_vnd >= 5_000 and one.amount_vnd % 1_000 == 0 for one in made)


def test_without_stalls_that_take_money_there_are_no_purchases() -> None:
    assert shape.purchases(Random(1), [], 30, 500, datetime(2026, 11, 22, 3, tzinfo=UTC)) == []
