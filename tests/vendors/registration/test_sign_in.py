from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from core import clock
from core.database import database
from core.errors import Conflict, Forbidden, NotFound
from core.users.models import GrantRow, User
from core.users.queries import find_by_username, principal_of
from tests.support.cast import Cast, new_stall
from tests.support.hashing import hashing_outside_units_of_work
from vendors.registration import services
from vendors.registration.queries import history
from vendors.stalls.models import Stall
from vendors.stalls.queries import stall_by_code


@pytest.fixture
def stall(cast: Cast) -> Stall:
    """An approved stall whose vendor has no sign-in yet."""
    registered = services.register(cast.registrar.principal, new_stall(cast.market_a, "A012"))
    return services.approve(cast.approver.principal, registered.code)


def test_the_vendor_signs_in_by_phone_and_chooses_a_password(client: FlaskClient, cast: Cast, stall: Stall) -> None:
    opened = services.open_sign_in(cast.approver.principal, stall.code)
    assert opened.username == stall.vendor.phone
    answer = client.post("/sign-in", data={"username": opened.username, "password": opened.password})
    assert answer.status_code == 303
    with database().reading() as session:
        user = find_by_username(session, opened.username)
        assert user is not None
        assert user.must_change_password
        (grant,) = principal_of(user).grants
        assert (grant.role, grant.scope, grant.target_id) == ("vendor", "stall", stall.id)


def test_a_vendor_of_two_stalls_signs_in_once(app: Flask, cast: Cast, stall: Stall) -> None:
    services.open_sign_in(cast.approver.principal, stall.code)
    second = services.register(
        cast.registrar.principal,
        services.NewStall(cast.market_a, "A013", "Cá", stall.vendor.name, stall.vendor.phone),
    )
    services.approve(cast.approver.principal, second.code)
    opened = services.open_sign_in(cast.approver.principal, second.code)
    assert opened.password is None
    with database().reading() as session:
        user = find_by_username(session, opened.username)
        assert user is not None
        assert {grant.target_id for grant in principal_of(user).grants} == {stall.id, second.id}


def test_it_is_opened_once(app: Flask, cast: Cast, stall: Stall) -> None:
    services.open_sign_in(cast.approver.principal, stall.code)
    with pytest.raises(Conflict) as refused:
        services.open_sign_in(cast.approver.principal, stall.code)
    assert refused.value.code == "sign_in_exists"


def test_a_forgotten_password_is_renewed(client: FlaskClient, cast: Cast, stall: Stall) -> None:
    first = services.open_sign_in(cast.approver.principal, stall.code)
    second = services.renew_sign_in(cast.approver.principal, stall.code)
    assert first.password != second.password
    for password, status in ((first.password, 422), (second.password, 303)):
        answer = client.post("/sign-in", data={"username": second.username, "password": password})
        assert answer.status_code == status


def test_its_passwords_are_hashed_before_anybody_has_to_wait(
    app: Flask, cast: Cast, stall: Stall, monkeypatch: pytest.MonkeyPatch
) -> None:
    for service in (services.open_sign_in, services.renew_sign_in):
        with hashing_outside_units_of_work(monkeypatch):
            service(cast.approver.principal, stall.code)


def test_a_board_does_not_renew_a_sign_in_that_reaches_beyond_its_market(app: Flask, cast: Cast, stall: Stall) -> None:
    opened = services.open_sign_in(cast.approver.principal, stall.code)
    with database().writing() as session:
        # The same person has the other market's stall, too.
        user = find_by_username(session, opened.username)
        assert user is not None
        grant = GrantRow(role="vendor", scope="stall", target_id=cast.stall_b_id, granted_at=clock.now())
        user.grants.append(grant)
    with pytest.raises(Forbidden):
        services.renew_sign_in(cast.approver.principal, stall.code)


def test_a_pending_stall_has_no_sign_in(app: Flask, cast: Cast) -> None:
    waiting = services.register(cast.registrar.principal, new_stall(cast.market_a))
    with pytest.raises(Conflict):
        services.open_sign_in(cast.approver.principal, waiting.code)


def test_others_may_not_open_one(app: Flask, cast: Cast, stall: Stall) -> None:
    with pytest.raises(Forbidden):
        services.open_sign_in(cast.field_agent.principal, stall.code)
    with pytest.raises(NotFound):
        services.open_sign_in(cast.outsider.principal, stall.code)


def grants_of(username: str) -> set[int | None]:
    with database().reading() as session:
        user = find_by_username(session, username)
        assert user is not None
        return {grant.target_id for grant in principal_of(user).grants}


def test_another_phone_number_takes_the_stall_from_the_old_keeper(app: Flask, cast: Cast, stall: Stall) -> None:
    old = services.open_sign_in(cast.approver.principal, stall.code)
    services.edit(cast.registrar.principal, stall.code, services.StallChange(vendor_phone="0903123456"))
    assert grants_of(old.username) == set()
    with pytest.raises(Conflict):
        services.renew_sign_in(cast.approver.principal, stall.code)
    new = services.open_sign_in(cast.approver.principal, stall.code)
    assert (new.username, grants_of(new.username)) == ("0903123456", {stall.id})
    with database().reading() as session:
        told = [entry.action for entry in history(session, stall_by_code(session, stall.code))]
    assert told[:3] == ["vendor_user.open", "stall.edit", "vendor_user.end"]


def test_a_corrected_name_keeps_the_sign_in(app: Flask, cast: Cast, stall: Stall) -> None:
    opened = services.open_sign_in(cast.approver.principal, stall.code)
    change = services.StallChange(vendor_name="Tên Viết Đúng", vendor_phone=stall.vendor.phone)
    services.edit(cast.registrar.principal, stall.code, change)
    assert grants_of(opened.username) == {stall.id}
    assert services.renew_sign_in(cast.approver.principal, stall.code).username == opened.username


def test_a_sign_in_by_another_number_is_not_renewed(app: Flask, cast: Cast) -> None:
    with pytest.raises(Conflict) as refused:
        services.renew_sign_in(cast.approver.principal, cast.stall_a)
    assert refused.value.code == "wrong_state"


def test_who_entered_the_phone_number_neither_opens_nor_renews(app: Flask, cast: Cast, stall: Stall) -> None:
    for phone in (None, "0903123456"):
        services.edit(cast.registrar.principal, stall.code, services.StallChange(vendor_phone=phone))
        with pytest.raises(Conflict) as refused:
            services.open_sign_in(cast.registrar.principal, stall.code)
        assert refused.value.code == "same_person"
    services.open_sign_in(cast.approver.principal, stall.code)
    with pytest.raises(Conflict) as refused:
        services.renew_sign_in(cast.registrar.principal, stall.code)
    assert refused.value.code == "same_person"


def test_a_stall_is_not_attached_to_a_user_with_other_duties(app: Flask, cast: Cast, stall: Stall) -> None:
    with database().writing() as session:
        user = session.get_one(User, cast.commune_officer.principal.user_id)
        user.username = stall.vendor.phone
    with pytest.raises(Forbidden):
        services.open_sign_in(cast.approver.principal, stall.code)
