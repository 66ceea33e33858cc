"""Every place that says whose money it is says the same, in random worlds and on both databases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

import pytest
from flask import Flask
from sqlalchemy import select

from core.database import database
from core.permissions.principal import Grant
from core.permissions.roles import Role, Scope
from payments.recording import ledger
from payments.recording.ingest import Submission
from payments.recording.models import Credit, Payment, UnmatchedCredit
from payments.recording.ownership import Match, UnmatchedBecause, match
from payments.unmatched.queries import STALLS_OFFERED, concerning, likely_stalls
from tests.support.ownership import GATEWAYS, Reported, Verdict, World, make_credits, make_world

WORLDS = 5
CREDITS = 50
#: Credits that are recorded together; alone, PostgreSQL books the usual ones by itself.
GROUPS = (1, 1, 2, 5)


@pytest.fixture(params=range(WORLDS))
def chance(request: pytest.FixtureRequest) -> Random:
    return Random(f"whose money is this, {request.param}")


@pytest.fixture
def world(app: Flask, chance: Random) -> World:
    return make_world(chance)


@pytest.fixture
def reported(chance: Random, world: World) -> list[Reported]:
    return make_credits(chance, world, CREDITS)


def test_all_of_them_agree(chance: Random, world: World, reported: list[Reported]) -> None:
    expected = {one.credit.external_id: world.decide(one) for one in reported}
    assert matched(reported) == expected
    record(chance, reported)
    assert recorded() == expected
    for market_id in set(world.market_of.values()):
        within = {stall_id for stall_id, at in world.market_of.items() if at == market_id}
        check_work_list(world, reported, within, Grant(Role.APPROVER, Scope.MARKET, market_id))
    check_work_list(world, reported, set(world.market_of), Grant(Role.ADMIN, Scope.EVERYWHERE))


def check_work_list(world: World, reported: Sequence[Reported], within: set[int], grant: Grant) -> None:
    """Hold what the work list shows and offers to whom the grant covers the stalls `within`."""
    everything = grant.scope is Scope.EVERYWHERE
    assert shown(grant) == {one.credit.external_id for one in reported if everything or world.paid(one) & within}
    assert offered(grant, reported) == [world.claimants(one) & within - world.pending for one in reported]
    # What messages said of a credit later speaks for stalls as well.
    again = [one for one in reported if one.gateway == reported[0].gateway][1:]
    both = (world.claimants(reported[0]) | world.claimants(again[0])) & within - world.pending
    assert offered(grant, reported[:1], later=again[:1]) == [both]


def matched(reported: Sequence[Reported]) -> dict[str, Verdict]:
    """What matching in bulk says, by the credits' ids."""
    found = {}
    with database().reading() as session:
        for gateway in GATEWAYS:
            credits_ = [one.credit for one in reported if one.gateway == gateway]
            for one, decided in zip(credits_, match(session, gateway, credits_), strict=True):
                found[one.external_id] = verdict(decided)
    return found


def verdict(decided: Match | UnmatchedBecause) -> Verdict:
    if isinstance(decided, Match):
        return Verdict(decided.stall_id, decided.by.value, decided.request_id)
    return Verdict(None, decided.value)


def record(chance: Random, reported: Sequence[Reported]) -> None:
    """Have the recorder take them, in groups of several sizes."""
    for group in groups(chance, reported):
        with database().writing() as session:
            ledger.record(session, [Submission(one.gateway, (one.credit,)) for one in group])


def groups(chance: Random, reported: Sequence[Reported]) -> Iterator[Sequence[Reported]]:
    begin = 0
    while begin < len(reported):
        size = chance.choice(GROUPS)
        yield reported[begin : begin + size]
        begin += size


def recorded() -> dict[str, Verdict]:
    """What the recorder made of them, by the credits' ids."""
    statement = (
        select(Credit.external_id, Payment.stall_id, Payment.matched_by, Payment.request_id, UnmatchedCredit.reason)
        .outerjoin(Payment, Payment.credit_id == Credit.id)
        .outerjoin(UnmatchedCredit, UnmatchedCredit.credit_id == Credit.id)
    )
    with database().reading() as session:
        return {
            external_id: Verdict(stall_id, matched_by or reason, request_id)
            for external_id, stall_id, matched_by, request_id, reason in session.execute(statement)
        }


def shown(grant: Grant) -> set[str]:
    """The ids of the credits that a grant shows, were all of them on the work list."""
    with database().reading() as session:
        return set(session.scalars(select(Credit.external_id).where(concerning([grant]))))


def offered(grant: Grant, reported: Sequence[Reported], later: Sequence[Reported] = ()) -> list[set[int]]:
    """The stalls that the work list offers for each credit."""
    with database().reading() as session:
        found = []
        for one in reported:
            stored = session.scalars(select(Credit).where(Credit.external_id == one.credit.external_id)).one()
            stalls = likely_stalls(session, [grant], stored, [other.credit for other in later])
            assert len(stalls) < STALLS_OFFERED
            found.append({stall.id for stall in stalls})
        return found
