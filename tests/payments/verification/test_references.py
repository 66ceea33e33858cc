"""References that stand in one place and not in the other: each is made on purpose and must be found."""

from __future__ import annotations

import pytest
from flask import Flask

from core.database import database
from core.permissions.principal import SYSTEM
from payments.requests.services import ask
from payments.verification.services import verify
from tests.payments.verification.test_verification import spoil
from tests.support.money import coded_stalls


@pytest.mark.parametrize(
    ("statement", "findings"),
    [
        (
            "DELETE FROM payment_references WHERE kind = 'code'",
            ["reference {code}: a code carries it, and it is not in the table of references"],
        ),
        (
            "DELETE FROM payment_references WHERE kind = 'request'",
            ["reference {request}: a request carries it, and it is not in the table of references"],
        ),
        (
            "UPDATE payment_references SET kind = 'request' WHERE kind = 'code'",
            [
                "reference {code}: a code carries it, which is not what it was given to",
                "reference {code}: the request that it was given to is not here; it was removed",
            ],
        ),
        (
            "UPDATE payment_references SET stall_id = stall_id + 1 WHERE kind = 'code'",
            ["reference {code}: a code carries it, which is not what it was given to"],
        ),
        (
            "UPDATE payment_references SET market_id = market_id + 1 WHERE kind = 'request'",
            ["reference {request}: a request carries it, which is not what it was given to"],
        ),
        (
            "DELETE FROM payment_codes",
            ["reference {code}: the code that it was given to is not here; it was removed"],
        ),
        (
            "DELETE FROM payment_requests",
            ["reference {request}: the request that it was given to is not here; it was removed"],
        ),
    ],
)
def test_a_reference_without_its_other_half_is_found(app: Flask, statement: str, findings: list[str]) -> None:
    (stall,) = coded_stalls(1)
    made = ask(SYSTEM, stall.code, 50_000, key="k1")
    assert verify(database()).findings == []
    report = spoil(statement)
    assert report.findings == [one.format(code=stall.reference, request=made.reference) for one in findings]
