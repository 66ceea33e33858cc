from __future__ import annotations

from datetime import date, timedelta

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from core import clock
from core.database import database
from tests.support.cast import Cast, new_stall
from vendors.codes.models import PaymentCode
from vendors.registration import services
from vendors.registration.queries import history
from vendors.stalls.models import StallOperation
from vendors.stalls.queries import stall_by_code

WHY = {"reason": "nghỉ sinh"}


def act(client: FlaskClient, cast: Cast, what: str, body: dict[str, str] | None = WHY) -> TestResponse:
    return client.post(f"/api/v1/stalls/{cast.stall_a}/{what}", json=body, headers=cast.approver.headers)


def days_in_operation(stall_id: int) -> list[tuple[date, date | None]]:
    statement = select(StallOperation).where(StallOperation.stall_id == stall_id).order_by(StallOperation.id)
    with database().reading() as session:
        return [(row.from_day, row.until_day) for row in session.scalars(statement)]


def test_a_stall_rests_and_comes_back(client: FlaskClient, cast: Cast) -> None:
    ((opened, _),) = days_in_operation(cast.stall_a_id)
    rests, returns = opened + timedelta(days=40), opened + timedelta(days=81)
    with time_machine.travel(clock.day_start(rests), tick=False):
        assert act(client, cast, "suspend").json["status"] == "suspended"
    with time_machine.travel(clock.day_end(returns) - timedelta(seconds=1), tick=False):
        assert act(client, cast, "resume", None).json["status"] == "active"
    assert days_in_operation(cast.stall_a_id) == [(opened, rests), (returns, None)]


def test_its_code_goes_on_working_while_it_rests(client: FlaskClient, cast: Cast) -> None:
    assert act(client, cast, "suspend").json["qr"] is not None


def test_a_stall_that_closes_loses_its_code(client: FlaskClient, cast: Cast) -> None:
    answer = act(client, cast, "close")
    assert (answer.status_code, answer.json["status"], answer.json["qr"]) == (200, "closed", None)
    with database().reading() as session:
        code = session.scalars(select(PaymentCode).where(PaymentCode.stall_id == cast.stall_a_id)).one()
        assert code.revoked_because == "nghỉ sinh"
    assert days_in_operation(cast.stall_a_id)[-1][1] is not None


def test_opened_and_closed_on_one_day_it_was_never_in_operation_for_a_day(client: FlaskClient, cast: Cast) -> None:
    act(client, cast, "close")
    (only,) = days_in_operation(cast.stall_a_id)
    assert only[0] == only[1]


def test_every_step_is_in_the_history_with_its_reason(client: FlaskClient, cast: Cast) -> None:
    act(client, cast, "suspend")
    act(client, cast, "close", {"reason": "bỏ sạp"})
    with database().reading() as session:
        told = history(session, stall_by_code(session, cast.stall_a))[:3]
    assert [(entry.action, entry.reason) for entry in told] == [
        ("stall.close", "bỏ sạp"),
        ("code.revoke", "bỏ sạp"),
        ("stall.suspend", "nghỉ sinh"),
    ]
    assert (told[0].before, told[0].after) == ({"status": "suspended"}, {"status": "closed"})


def test_a_revoked_code_leaves_the_stall_in_operation_without_one(client: FlaskClient, cast: Cast) -> None:
    answer = act(client, cast, "qr/revoke", {"reason": "bị dán đè"})
    assert (answer.status_code, answer.json["status"], answer.json["qr"]) == (200, "active", None)
    again = act(client, cast, "qr/revoke", {"reason": "bị dán đè"})
    assert (again.status_code, again.json["code"]) == (409, "no_live_code")


def test_a_new_code_is_issued_after_a_revocation(client: FlaskClient, cast: Cast) -> None:
    old = client.get(f"/api/v1/stalls/{cast.stall_a}", headers=cast.approver.headers).json["qr"]
    act(client, cast, "qr/revoke", {"reason": "bị dán đè"})
    new = act(client, cast, "qr/reissue", {"reason": "in lại thẻ"}).json["qr"]
    assert new["version"] == 2
    assert new["reference"] != old["reference"]
    assert new["virtual_account"] != old["virtual_account"]


def test_a_live_code_is_replaced_in_one_step(client: FlaskClient, cast: Cast) -> None:
    assert act(client, cast, "qr/reissue", {"reason": "thẻ mờ"}).json["qr"]["version"] == 2
    with database().reading() as session:
        first = session.scalars(
            select(PaymentCode).where(PaymentCode.stall_id == cast.stall_a_id, PaymentCode.version == 1)
        ).one()
        assert first.revoked_because == "thẻ mờ"


def test_a_stall_without_an_account_gets_no_code(client: FlaskClient, cast: Cast) -> None:
    stall = services.register(cast.registrar.principal, new_stall(cast.market_a, with_account=False))
    services.approve(cast.approver.principal, stall.code)
    answer = client.post(f"/api/v1/stalls/{stall.code}/qr/reissue", json=WHY, headers=cast.approver.headers)
    assert (answer.status_code, answer.json["code"]) == (409, "no_account")


@pytest.mark.parametrize(
    ("steps", "refused"),
    [
        ([], "resume"),
        (["suspend"], "suspend"),
        (["close"], "suspend"),
        (["close"], "resume"),
        (["close"], "close"),
        (["close"], "qr/reissue"),
    ],
)
def test_a_step_that_the_state_does_not_allow_is_refused(
    client: FlaskClient, cast: Cast, steps: list[str], refused: str
) -> None:
    for step in steps:
        assert act(client, cast, step).status_code == 200
    answer = act(client, cast, refused, None if refused == "resume" else WHY)
    assert (answer.status_code, answer.json["code"]) == (409, "wrong_state")


def test_a_pending_stall_is_refused_not_closed(client: FlaskClient, cast: Cast) -> None:
    stall = services.register(cast.registrar.principal, new_stall(cast.market_a))
    answer = client.post(f"/api/v1/stalls/{stall.code}/close", json=WHY, headers=cast.approver.headers)
    assert (answer.status_code, answer.json["code"]) == (409, "wrong_state")


@pytest.mark.parametrize("what", ["suspend", "close", "qr/revoke", "qr/reissue"])
def test_a_reason_is_needed(client: FlaskClient, cast: Cast, what: str) -> None:
    assert act(client, cast, what, {}).status_code == 422


@pytest.mark.parametrize("what", ["suspend", "resume", "close", "qr/revoke", "qr/reissue"])
@pytest.mark.parametrize(("who", "status"), [("registrar", 403), ("vendor_a", 403), ("outsider", 404)])
def test_only_the_markets_approver_may(client: FlaskClient, cast: Cast, what: str, who: str, status: int) -> None:
    body = None if what == "resume" else WHY
    answer = client.post(f"/api/v1/stalls/{cast.stall_a}/{what}", json=body, headers=cast.everybody()[who].headers)
    assert answer.status_code == status


def test_what_was_registered_can_be_corrected(client: FlaskClient, cast: Cast) -> None:
    body = {"goods_line": "Trái cây", "vendor": {"phone": "0903 999 999"}}
    answer = client.patch(f"/api/v1/stalls/{cast.stall_a}", json=body, headers=cast.registrar.headers)
    assert answer.status_code == 200, answer.json
    assert (answer.json["goods_line"], answer.json["vendor"]["phone"]) == ("Trái cây", "0903999999")
    with database().reading() as session:
        entry = history(session, stall_by_code(session, cast.stall_a))[0]
    assert entry.before is not None
    assert entry.before["goods_line"] == "Rau củ"
    assert entry.after == {"goods_line": "Trái cây", "vendor_phone": "0903999999"}


def test_a_correction_that_changes_nothing_leaves_no_trace(client: FlaskClient, cast: Cast) -> None:
    client.patch(f"/api/v1/stalls/{cast.stall_a}", json={"goods_line": "Rau củ"}, headers=cast.registrar.headers)
    with database().reading() as session:
        assert history(session, stall_by_code(session, cast.stall_a))[0].action != "stall.edit"


@pytest.mark.parametrize("field", ["number", "code", "status", "account"])
def test_what_must_not_be_corrected_is_an_unknown_field(client: FlaskClient, cast: Cast, field: str) -> None:
    answer = client.patch(f"/api/v1/stalls/{cast.stall_a}", json={field: "x"}, headers=cast.registrar.headers)
    assert (answer.status_code, list(answer.json["errors"])) == (422, [field])
