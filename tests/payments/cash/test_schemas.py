from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask_babel import Babel
from marshmallow import ValidationError

from payments.cash.limits import CASH_MAX_VND, CASH_MIN_VND
from payments.cash.schemas import CashSaleSchema


@pytest.fixture(autouse=True)
def words() -> Iterator[None]:
    """Messages are translated, which needs an application."""
    app = Flask("test")
    Babel(app)
    with app.test_request_context():
        yield


def load(amount: str) -> int:
    amount_vnd: int = CashSaleSchema().load({"amount_vnd": amount, "entry_key": "k"})["amount_vnd"]
    return amount_vnd


@pytest.mark.parametrize(
    "typed", ["50000", "50.000", "50,000", "50 000", "50.000 ₫", "50.000\u00a0₫", "50000đ", " 50000 ", "050000"]
)
def test_fifty_thousand_is_understood_however_it_is_written(typed: str) -> None:
    assert load(typed) == 50_000


@pytest.mark.parametrize("amount_vnd", [CASH_MIN_VND, CASH_MAX_VND])
def test_amounts_at_the_limits_are_taken(amount_vnd: int) -> None:
    assert load(str(amount_vnd)) == amount_vnd


@pytest.mark.parametrize("typed", [str(CASH_MIN_VND - 1), "50", "0", str(CASH_MAX_VND + 1)])
def test_amounts_beyond_the_limits_are_refused(typed: str) -> None:
    with pytest.raises(ValidationError):
        load(typed)


@pytest.mark.parametrize(
    "typed",
    ["", "abc", "-50000", "50.00", "5.0000", "50k", "1e5", "\N{ARABIC-INDIC DIGIT FIVE}000", "50.000.", "9" * 40],
)
def test_what_is_no_amount_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError):
        load(typed)
