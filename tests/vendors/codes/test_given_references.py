"""References that were given: to one thing each, whether a code or a payment request, of one stall."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from core.database import database
from core.permissions.principal import SYSTEM
from payments.requests.services import ask
from tests.support.money import CodedStall, coded_stalls, give_reference
from vendors.codes.models import ReferenceKind
from vendors.codes.queries import given_references
from vendors.codes.reference import is_valid, with_check
from vendors.codes.services import give_reference as give
from vendors.stalls.models import Stall


@pytest.fixture
def stalls(app: Flask) -> list[CodedStall]:
    return coded_stalls(2)


def test_one_look_up_finds_what_codes_and_requests_have(stalls: list[CodedStall]) -> None:
    made = ask(SYSTEM, stalls[1].code, 50_000, key="k1")
    asked = [stalls[0].reference, made.reference, with_check("C49999999")]
    with database().reading() as session:
        found = given_references(session, asked)
    assert {reference: (one.stall_id, one.kind) for reference, one in found.items()} == {
        stalls[0].reference: (stalls[0].id, "code"),
        made.reference: (stalls[1].id, "request"),
    }


def test_a_new_one_stands_in_the_table(stalls: list[CodedStall]) -> None:
    with database().writing() as session:
        reference = give(session, session.get_one(Stall, stalls[0].id), ReferenceKind.REQUEST)
        assert is_valid(reference)
        assert list(given_references(session, [reference])) == [reference]


@pytest.mark.parametrize("kind", ["code", "request"])
def test_none_is_given_twice(stalls: list[CodedStall], kind: str) -> None:
    with database().writing() as session, pytest.raises(IntegrityError):
        give_reference(session, stalls[0].reference, session.get_one(Stall, stalls[0].id), kind)


@pytest.mark.parametrize("table", ["payment_codes", "payment_requests"])
@pytest.mark.parametrize("whose", ["another stall's", "nobody's"])
def test_nothing_carries_a_reference_that_was_not_given_to_its_stall(
    stalls: list[CodedStall], table: str, whose: str
) -> None:
    ask(SYSTEM, stalls[0].code, 50_000, key="k1")
    reference = with_check("C49999999")
    if whose == "another stall's":
        with database().writing() as session:
            give_reference(session, reference, session.get_one(Stall, stalls[1].id), "request")
    change = text(f"UPDATE {table} SET reference = :reference WHERE stall_id = :stall_id")
    with database().writing() as session, pytest.raises(IntegrityError):
        session.execute(change, {"reference": reference, "stall_id": stalls[0].id})
