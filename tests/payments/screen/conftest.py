"""The cast's first stall with its live code, so that a test can pay it as a shopper would."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from market.database import database
from tests.support.cast import Cast
from tests.support.money import CodedStall
from vendors.codes.queries import live_code


@pytest.fixture
def stall(cast: Cast) -> CodedStall:
    with database().reading() as session:
        code = live_code(session, cast.stall_a_id)
    assert code is not None
    return CodedStall(
        cast.stall_a_id,
        cast.stall_a,
        cast.place_a.market_id,
        code.virtual_account or "",
        code.reference,
        code.account_number,
    )


@pytest.fixture
def vendor(app: Flask, cast: Cast, client: FlaskClient) -> FlaskClient:
    """The browser of that stall's vendor."""
    return cast.vendor_a.sign_in(client)
