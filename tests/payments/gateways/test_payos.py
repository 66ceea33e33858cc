from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from payments.gateways.errors import BadProof, Malformed
from payments.gateways.payos import PayOS, signed_text
from payments.gateways.port import Notification, ReportedCredit
from payments.gateways.proof import digest
from tests.support.providers import SAMPLES, Sent, compact, payos, payos_data, provider_settings

SAMPLE = SAMPLES["payos"]
DATA = SAMPLE["body"]["data"]


def read(sent: Sent, **changes: str) -> Notification:
    return PayOS(provider_settings(**changes)).read_notification(sent.headers, sent.body)


def test_the_published_sample_proves_itself_and_is_no_payment() -> None:
    read_ = read(Sent(compact(SAMPLE["body"])), CHO40_PAYOS_CHECKSUM_KEY=SAMPLE["checksum_key"])
    assert read_ == Notification("124c33293c43417ab7879e14c8d9eb18:TF230204212323", ())


def test_the_sample_signed_with_the_merchants_own_key_is_a_test_too() -> None:
    assert read(payos(DATA)).credits == ()


@pytest.mark.parametrize("case", SAMPLES["payos_library"]["cases"])
def test_what_is_signed_is_what_the_providers_own_library_signs(case: dict[str, Any]) -> None:
    text = signed_text(case["data"])
    assert digest("sha256", SAMPLES["payos_library"]["checksum_key"], text.encode()) == case["signature"]


def test_a_transfer_to_a_payment_link_is_read() -> None:
    data = payos_data(
        paymentLinkId="0f" * 16,
        reference="FT26327000000001",
        description="C40000000A rau",
        transactionDateTime="2026-11-23 08:30:00",
        virtualAccountNumber="V3CAS0001",
        counterAccountBankId="970436",
        counterAccountName="KHACH MAU",
    )
    assert read(payos(data)) == Notification(
        "0f" * 16 + ":FT26327000000001",
        (
            ReportedCredit(
                external_id="0f" * 16 + ":FT26327000000001",
                bank_ref="FT26327000000001",
                account_number="12345678",
                virtual_account="V3CAS0001",
                amount_vnd=3_000,
                content="C40000000A rau",
                paid_at=datetime(2026, 11, 23, 1, 30, tzinfo=UTC),
                payer_bank_bin="970436",
                payer_name="KHACH MAU",
            ),
        ),
    )


@pytest.mark.parametrize("field", sorted(DATA))
def test_every_field_of_the_data_is_covered(field: str) -> None:
    for other in ("another", 7, f"{DATA[field]} "):
        body = SAMPLE["body"] | {"data": DATA | {field: other}}
        with pytest.raises(BadProof):
            read(Sent(compact(body)), CHO40_PAYOS_CHECKSUM_KEY=SAMPLE["checksum_key"])


@pytest.mark.parametrize("field", sorted(DATA))
def test_a_field_left_out_breaks_the_proof(field: str) -> None:
    body = SAMPLE["body"] | {"data": {name: value for name, value in DATA.items() if name != field}}
    with pytest.raises(BadProof):
        read(Sent(compact(body)), CHO40_PAYOS_CHECKSUM_KEY=SAMPLE["checksum_key"])


def test_a_field_added_breaks_the_proof() -> None:
    body = SAMPLE["body"] | {"data": DATA | {"zeal": ""}}
    with pytest.raises(BadProof):
        read(Sent(compact(body)), CHO40_PAYOS_CHECKSUM_KEY=SAMPLE["checksum_key"])


def test_what_stands_outside_the_data_says_nothing() -> None:
    sent = payos(payos_data(amount=20_000))
    failed = sent.body.replace(b'"success":true', b'"success":false').replace(b'{"code":"00"', b'{"code":"99"')
    assert failed != sent.body
    assert read(Sent(failed)).credits[0].amount_vnd == 20_000


@pytest.mark.parametrize("signature", [None, "", 7, "0" * 64, SAMPLE["body"]["signature"], "não"])
def test_another_signature_proves_nothing(signature: object) -> None:
    body = {"data": payos_data(), "signature": signature}
    with pytest.raises(BadProof):
        read(Sent(compact(body)))


def test_another_key_proves_nothing() -> None:
    with pytest.raises(BadProof):
        read(payos(payos_data(), key="another key of some length"))


@pytest.mark.parametrize(
    "body",
    [b"", b"not json", b"[]", b"{}", b'{"data":[]}', b'{"data":null,"signature":""}', b'{"data":{},"signature":""}'],
)
def test_what_nothing_can_prove_is_refused(body: bytes) -> None:
    with pytest.raises(BadProof):
        read(Sent(body))


def test_a_message_nested_past_all_measure_is_refused() -> None:
    deep = b"[" * 1_020 + b"]" * 1_020
    with pytest.raises(BadProof):
        read(Sent(b'{"data":{"items":' + deep + b'},"signature":""}'))


def test_a_proof_that_would_stand_for_two_messages_stands_for_neither() -> None:
    """A payer writes pairs into the text; whoever sees the signed message could read another reference out of it."""
    tail = "orderCode=1&paymentLinkId=forged&reference=forged&transactionDateTime=2026-11-23 08:30:00&zz="
    true = payos_data(description=f"rau&{tail}")
    sent = payos(true)
    pairs = {name: value for name, value in true.items() if name < "description"}
    forged = pairs | {
        "description": "rau",
        "orderCode": "1",
        "paymentLinkId": "forged",
        "reference": "forged",
        "transactionDateTime": "2026-11-23 08:30:00",
    }
    rest = "&".join(f"{name}={value}" for name, value in sorted(true.items()) if name > "description")
    forged["zz"] = f"&{rest}"
    assert payos(forged).body[-80:] == sent.body[-80:], "the same signature"
    for one in (sent, payos(forged)):
        with pytest.raises(BadProof):
            read(one)


def test_signs_that_bring_no_second_reading_do_no_harm() -> None:
    (credit,) = read(payos(payos_data(description="rau & cải = 2 bó, a&b"))).credits
    assert credit.content == "rau & cải = 2 bó, a&b"


@pytest.mark.parametrize("value", [None, "null", "undefined"])
def test_nothing_is_signed_as_nothing(value: object) -> None:
    sent = payos(payos_data(virtualAccountName=""))
    word = compact(value)
    assert read(Sent(sent.body.replace(b'"virtualAccountName":""', b'"virtualAccountName":' + word))).credits


def test_a_transfer_that_did_not_succeed_is_no_payment() -> None:
    assert read(payos(payos_data(code="01", reference=""))).credits == ()


def test_two_transfers_to_one_link_are_two_and_one_reference_at_two_links_as_well() -> None:
    ids = {
        read(payos(payos_data(paymentLinkId=link, reference=reference))).credits[0].external_id
        for link in ("a" * 32, "b" * 32)
        for reference in ("FT1", "FT2")
    }
    assert len(ids) == 4


def test_a_long_reference_still_tells_transfers_apart() -> None:
    ids = {read(payos(payos_data(paymentLinkId="a", reference="R" * n))).credits[0].external_id for n in (100, 101)}
    assert len(ids) == 2
    assert all(len(one) == 64 for one in ids)


@pytest.mark.parametrize(
    "changes",
    [
        {"reference": ""},
        {"reference": None},
        {"paymentLinkId": ""},
        {"code": ""},
        {"currency": "USD"},
        {"currency": ""},
        {"amount": 0},
        {"amount": -3_000},
        {"amount": "3000"},
        {"amount": 500_000_000},
        {"transactionDateTime": ""},
        {"transactionDateTime": "hôm nay"},
    ],
)
def test_what_makes_no_credit_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        read(payos(payos_data(**changes)))


def test_another_number_of_the_payers_bank_does_not_cost_the_payment() -> None:
    (credit,) = read(payos(payos_data(counterAccountBankId="01202001"))).credits
    assert credit.payer_bank_bin is None


def test_the_receiving_bank_is_not_known() -> None:
    assert read(payos(payos_data())).credits[0].bank_bin is None
