"""Each provider from its message to the payment, on both databases, and what holds for all of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from werkzeug.test import TestResponse

import wsgi
from core.database import database
from core.settings import KNOWN, KNOWN_GATEWAYS, PROJECT_ROOT, Settings
from payments.gateways.errors import BadProof, Malformed
from payments.gateways.port import Gateway
from payments.gateways.registry import ADAPTERS
from payments.gateways.simbank import Simbank
from payments.live.container import LiveContainer
from payments.recording.models import Credit, GatewayMessage, Payment
from payments.verification.services import verify
from tests.support.money import coded_stalls
from tests.support.providers import (
    ENVIRONMENT,
    SAMPLES,
    Sent,
    casso,
    casso_message,
    payos,
    payos_data,
    provider_settings,
    sepay,
    sepay_by_key,
    sepay_message,
)
from vendors.issuer import BankUnavailable, NoIssuer


@dataclass(frozen=True)
class Provider:
    """How to send by one provider: a payment of 50,000 with these words, the same forged, and what is no payment."""

    name: str
    pay: Callable[[str, str], Sent]
    forge: Callable[[Sent], Sent]
    nothing: Callable[[], Sent]


def _other_amount(sent: Sent) -> Sent:
    return Sent(sent.body.replace(b"50000", b"90000"), sent.headers)


def _other_key(sent: Sent) -> Sent:
    return Sent(sent.body, {"Authorization": "Apikey somebody-elses-key"})


PROVIDERS = [
    Provider(
        "sepay",
        lambda words, account: sepay(sepay_message(transferAmount=50_000, content=words, accountNumber=account)),
        _other_amount,
        lambda: sepay(sepay_message(transferType="out")),
    ),
    Provider(
        "sepay",
        lambda words, account: sepay_by_key(sepay_message(transferAmount=50_000, content=words, accountNumber=account)),
        _other_key,
        lambda: sepay_by_key(sepay_message(transferType="out")),
    ),
    Provider(
        "payos",
        lambda words, account: payos(payos_data(amount=50_000, description=words, accountNumber=account)),
        _other_amount,
        lambda: payos(SAMPLES["payos"]["body"]["data"]),
    ),
    Provider(
        "casso",
        lambda words, account: casso(
            casso_message(amount=50_000, runningBalance=1, description=words, accountNumber=account, bankName="?")
        ),
        _other_amount,
        lambda: casso(SAMPLES["casso_trial"]["body"]),
    ),
]
each_provider = pytest.mark.parametrize("provider", PROVIDERS, ids=["sepay", "sepay_by_key", "payos", "casso"])


def send(client: FlaskClient, provider: Provider, sent: Sent) -> TestResponse:
    headers = {"Content-Type": "application/json"} | sent.headers
    return client.post(f"/gateways/{provider.name}/notifications", data=sent.body, headers=headers)


def count(model: type) -> int:
    with database().reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


@each_provider
def test_a_payment_is_booked_once_however_often_it_is_told(client: FlaskClient, provider: Provider) -> None:
    (stall,) = coded_stalls(1)
    sent = provider.pay(f"rau {stall.reference} cam on", "0000000000")
    forged = send(client, provider, provider.forge(sent))
    assert (forged.status_code, forged.json["code"]) == (401, "bad_proof")
    assert (count(Credit), count(GatewayMessage)) == (0, 0)

    for _ in range(2):
        answer = send(client, provider, sent)
        assert (answer.status_code, answer.json) == (200, {"success": True})
    with database().reading() as session:
        payment = session.scalars(select(Payment)).one()
        assert (payment.stall_id, payment.amount_vnd, payment.matched_by) == (stall.id, 50_000, "reference")
        assert session.scalars(select(Credit.gateway)).one() == provider.name
        assert session.scalars(select(GatewayMessage.body)).one() == sent.body
    assert verify(database()).sound


@each_provider
def test_what_is_no_payment_is_answered_and_kept(client: FlaskClient, provider: Provider) -> None:
    sent = provider.nothing()
    answer = send(client, provider, sent)
    assert (answer.status_code, answer.json) == (200, {"success": True})
    assert count(Credit) == 0
    with database().reading() as session:
        assert session.scalars(select(GatewayMessage.body)).one() == sent.body


@pytest.mark.parametrize("provider", PROVIDERS[2:], ids=["payos", "casso"])
def test_without_a_reference_the_account_of_one_stall_decides(client: FlaskClient, provider: Provider) -> None:
    (stall,) = coded_stalls(1)
    send(client, provider, provider.pay("tien rau", stall.account_number))
    with database().reading() as session:
        assert session.scalars(select(Payment.matched_by)).one() == "account"


def test_the_same_number_told_by_two_providers_is_two_credits(client: FlaskClient) -> None:
    send(client, PROVIDERS[0], sepay(sepay_message(id=77)))
    send(client, PROVIDERS[3], casso(casso_message(id=77)))
    assert count(Credit) == 2


def test_every_gateway_that_settings_know_has_its_adapter() -> None:
    assert set(ADAPTERS) == set(KNOWN_GATEWAYS)
    settings = provider_settings()
    assert all(make(settings).name == name for name, make in ADAPTERS.items())


def test_the_page_about_gateways_describes_each_and_invents_no_setting() -> None:
    page = (PROJECT_ROOT / "docs" / "gateways.md").read_text(encoding="utf-8")
    assert {name for name in KNOWN_GATEWAYS if f"| `{name}` |" in page} == set(KNOWN_GATEWAYS)
    named = set(re.findall(r"CHO40_\w+", page))
    assert named <= set(KNOWN)
    assert set(ENVIRONMENT) <= named


def test_codes_come_from_the_first_gateway_that_can_issue(settings: Settings) -> None:
    with wsgi.create_app(settings).app_context():
        assert settings.gateways[0] == "sepay"
        assert isinstance(LiveContainer.current().issuer, Simbank)


def test_where_none_can_issue_codes_carry_the_vendors_own_account(app: Flask) -> None:
    with wsgi.create_app(provider_settings(CHO40_GATEWAYS="sepay,payos")).app_context():
        assert isinstance(LiveContainer.current().issuer, NoIssuer)
    for name in ("sepay", "payos", "casso"):
        provider = LiveContainer.of(app).gateways[name]
        assert not provider.supports_virtual_accounts
        asked = {"bank_bin": "970436", "account_number": "0123499999"}
        assert provider.issue_virtual_account(request_id="1", label="ZZ01-A001", **asked) is None
        with pytest.raises(BankUnavailable):
            provider.find_holder(**asked)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=3)
    ),
    max_leaves=8,
)


def reads_or_refuses(gateway: Gateway, sent: Sent) -> None:
    try:
        found = gateway.read_notification(sent.headers, sent.body)
    except (BadProof, Malformed):
        return
    assert len(found.message_id) <= 128
    for one in found.credits:
        assert 1 <= one.amount_vnd <= 499_999_999
        assert len(one.external_id) <= 64
        assert len(one.bank_ref) <= 64
        assert len(one.account_number) <= 32
        assert one.paid_at.tzinfo is not None
        assert "\0" not in one.content + (one.payer_name or "")


@given(body=st.binary(max_size=200), headers=st.dictionaries(st.text(max_size=20), st.text(max_size=200), max_size=4))
@pytest.mark.parametrize("name", ["sepay", "payos", "casso"])
def test_no_bytes_trip_a_reader(name: str, body: bytes, headers: dict[str, str]) -> None:
    gateway = ADAPTERS[name](provider_settings())
    reads_or_refuses(gateway, Sent(body, headers))
    reads_or_refuses(gateway, Sent(body, {"X-Casso-Signature": "t=1,v1=" + "0" * 128}))
    reads_or_refuses(ADAPTERS["sepay"](provider_settings()), sepay_by_key(body))


@given(data=st.data())
def test_no_value_in_a_field_trips_a_reader(data: Any) -> None:
    settings = provider_settings()
    for name, message, sign in (
        ("sepay", sepay_message(), sepay),
        ("payos", payos_data(), payos),
        ("casso", casso_message()["data"], lambda made: casso({"error": 0, "data": made})),
    ):
        field = data.draw(st.sampled_from(sorted(message)))
        reads_or_refuses(ADAPTERS[name](settings), sign(message | {field: data.draw(json_values)}))
