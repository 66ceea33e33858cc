from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from core import clock
from payments.gateways.errors import BadProof, Malformed
from payments.gateways.port import Notification, Recorded, ReportedCredit
from payments.gateways.sepay import SePay
from tests.support.providers import SAMPLES, Sent, compact, provider_settings, sepay, sepay_by_key, sepay_message

BODY = SAMPLES["sepay"]["body"]


def read(sent: Sent, **changes: str) -> Notification:
    return SePay(provider_settings(**changes)).read_notification(sent.headers, sent.body)


@pytest.mark.parametrize("send", [sepay, sepay_by_key])
def test_the_published_sample_is_read(send: Any) -> None:
    assert read(send(BODY)) == Notification(
        "92704",
        (
            ReportedCredit(
                external_id="92704",
                bank_ref="MBVCB.3278907687",
                account_number="0123499999",
                amount_vnd=2_277_000,
                content="chuyen tien mua iphone",
                paid_at=datetime(2023, 3, 25, 7, 2, 37, tzinfo=UTC),
                bank_bin="970436",
            ),
        ),
    )


def test_a_virtual_account_is_taken_along() -> None:
    (credit,) = read(sepay(sepay_message(subAccount="96247MAU01"))).credits
    assert credit.virtual_account == "96247MAU01"


def test_outgoing_money_is_no_payment() -> None:
    assert read(sepay(sepay_message(id=5, transferType="out", transferAmount=-1))) == Notification("5", ())


@pytest.mark.parametrize("at", range(0, len(compact(BODY)), 7))
def test_a_byte_changed_in_the_body_breaks_the_signature(at: int) -> None:
    sent = sepay(BODY)
    changed = bytearray(sent.body)
    changed[at] ^= 1
    with pytest.raises(BadProof):
        read(Sent(bytes(changed), sent.headers))


def test_spaces_added_to_the_body_break_the_signature() -> None:
    sent = sepay(BODY)
    with pytest.raises(BadProof):
        read(Sent(sent.body + b" ", sent.headers))


@pytest.mark.parametrize(
    "spoilt",
    [
        {"X-SePay-Timestamp": ""},
        {"X-SePay-Timestamp": "yesterday"},
        {"X-SePay-Timestamp": "-5"},
        {"X-SePay-Timestamp": "1" * 400},
        {"X-SePay-Timestamp": "१७"},
        {"X-SePay-Signature": ""},
        {"X-SePay-Signature": "sha256="},
        {"X-SePay-Signature": "sha256=" + "0" * 64},
        {"X-SePay-Signature": "não\ud800"},
    ],
)
def test_a_spoilt_header_proves_nothing(spoilt: dict[str, str]) -> None:
    sent = sepay(BODY)
    with pytest.raises(BadProof):
        read(Sent(sent.body, sent.headers | spoilt))


def test_the_prefix_of_the_signature_is_part_of_it() -> None:
    sent = sepay(BODY)
    bare = sent.headers["X-SePay-Signature"].removeprefix("sha256=")
    with pytest.raises(BadProof):
        read(Sent(sent.body, sent.headers | {"X-SePay-Signature": bare}))


@time_machine.travel(datetime(2026, 11, 23, 1, 30, tzinfo=UTC), tick=False)
@pytest.mark.parametrize("away_s", [-301, 301, -86_400])
def test_a_signature_from_another_time_is_refused(away_s: int) -> None:
    with pytest.raises(BadProof):
        read(sepay(BODY, at=clock.now().timestamp() + away_s))


@time_machine.travel(datetime(2026, 11, 23, 1, 30, tzinfo=UTC), tick=False)
@pytest.mark.parametrize("away_s", [-300, 0, 300])
def test_a_signature_within_five_minutes_holds(away_s: int) -> None:
    assert read(sepay(BODY, at=clock.now().timestamp() + away_s)).credits


def test_header_names_come_in_any_case() -> None:
    sent = sepay(BODY)
    assert read(Sent(sent.body, {name.upper(): value for name, value in sent.headers.items()})).credits


@pytest.mark.parametrize("given", ["", "Apikey", "Apikey ", "Bearer mau-khong-bi-mat-api-key", "Apikey another"])
def test_another_key_proves_nothing(given: str) -> None:
    with pytest.raises(BadProof):
        read(Sent(compact(BODY), {"Authorization": given}))


def test_no_proof_at_all_is_refused() -> None:
    with pytest.raises(BadProof):
        read(Sent(compact(BODY)))


def test_a_key_does_not_mend_a_signature_that_does_not_hold() -> None:
    sent = sepay(BODY, secret="another secret of some length")
    with pytest.raises(BadProof):
        read(Sent(sent.body, sent.headers | sepay_by_key(BODY).headers))


def test_a_key_is_no_proof_where_only_signatures_are_set_up() -> None:
    for headers in (sepay_by_key(BODY).headers, {"Authorization": "Apikey "}):
        with pytest.raises(BadProof):
            read(Sent(compact(BODY), headers), CHO40_SEPAY_API_KEY="")


def test_a_signature_is_no_proof_where_only_the_key_is_set_up() -> None:
    with pytest.raises(BadProof):
        read(sepay(BODY), CHO40_SEPAY_SIGNING_SECRET="")
    with pytest.raises(BadProof):
        read(sepay(BODY, secret=""), CHO40_SEPAY_SIGNING_SECRET="")


def test_the_proof_is_looked_at_before_anything_else() -> None:
    with pytest.raises(BadProof):
        read(Sent(b"not json", sepay(BODY).headers))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[]",
        b"{}",
        sepay_message(id=0),
        sepay_message(id=-1),
        sepay_message(id=True),
        sepay_message(id="92704"),
        sepay_message(id=1.5),
        sepay_message(id=2**63),
        sepay_message(transferType="IN"),
        sepay_message(transferType=None),
        sepay_message(transferAmount=0),
        sepay_message(transferAmount=-1),
        sepay_message(transferAmount="50000"),
        sepay_message(transferAmount=500_000_000),
        sepay_message(transferAmount=10.5),
        sepay_message(transactionDate=None),
        sepay_message(transactionDate="hôm nay"),
        sepay_message(transactionDate="1999-01-01 00:00:00"),
    ],
)
def test_what_makes_no_credit_is_refused(body: object) -> None:
    with pytest.raises(Malformed):
        read(sepay(body))


@pytest.mark.parametrize(
    ("changes", "field", "expected"),
    [
        ({"content": "x" * 5_000}, "content", "x" * 1_000),
        ({"content": None}, "content", ""),
        ({"content": "rau\0cải"}, "content", "rau\ufffdcải"),
        ({"referenceCode": "F" * 100}, "bank_ref", "F" * 64),
        ({"referenceCode": None}, "bank_ref", ""),
        ({"accountNumber": None}, "account_number", ""),
        ({"accountNumber": "1" * 33}, "account_number", ""),
        ({"subAccount": ""}, "virtual_account", None),
        ({"gateway": "Ngân hàng không có"}, "bank_bin", None),
        ({"gateway": "Viet"}, "bank_bin", None),
        ({"gateway": None}, "bank_bin", None),
        ({"gateway": "VPBank"}, "bank_bin", "970432"),
        ({"gateway": "MBBank"}, "bank_bin", "970422"),
        ({"gateway": "ACB"}, "bank_bin", "970416"),
        ({"transferAmount": 50_000.0}, "amount_vnd", 50_000),
        ({"transactionDate": "2026-11-23T08:30:00+00:00"}, "paid_at", datetime(2026, 11, 23, 8, 30, tzinfo=UTC)),
        ({"new": {"field": [1]}}, "amount_vnd", 2_277_000),
    ],
)
def test_what_only_describes_a_credit_does_not_cost_it(changes: dict[str, Any], field: str, expected: object) -> None:
    (credit,) = read(sepay(sepay_message(**changes))).credits
    assert getattr(credit, field) == expected


def test_the_answer_is_what_sepay_takes_for_success() -> None:
    assert SePay(provider_settings()).acknowledge(Recorded(1, 0, 0)) == {"success": True}
