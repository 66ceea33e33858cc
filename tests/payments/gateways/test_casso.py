from __future__ import annotations

from datetime import UTC, datetime

import pytest

from payments.gateways.casso import Casso
from payments.gateways.errors import BadProof, Malformed
from payments.gateways.port import Notification, ReportedCredit
from tests.support.providers import (
    CASSO_WRITES,
    SAMPLES,
    Sent,
    casso,
    casso_message,
    compact,
    provider_settings,
)

MOVEMENT = SAMPLES["casso"]["body"]
TRIAL = SAMPLES["casso_trial"]


def read(sent: Sent, **changes: str) -> Notification:
    return Casso(provider_settings(**changes)).read_notification(sent.headers, sent.body)


def read_trial(*, body: object = TRIAL["body"], signature: str = TRIAL["signature"]) -> Notification:
    sent = Sent(compact(body), {"X-Casso-Signature": signature})
    return read(sent, CHO40_CASSO_CHECKSUM_KEY=TRIAL["checksum_key"])


def test_the_published_movement_is_read() -> None:
    assert read(casso(MOVEMENT)) == Notification(
        "218897",
        (
            ReportedCredit(
                external_id="218897",
                bank_ref="FT24364030863634",
                account_number="123456789",
                amount_vnd=16_775_000,
                content="hoi lai 100 bao mun dua",
                paid_at=datetime(2024, 12, 23, 0, 0, tzinfo=UTC),
                bank_bin="970422",
            ),
        ),
    )


def test_the_published_trial_call_proves_itself_and_is_no_payment() -> None:
    assert read_trial() == Notification("0", ())


def test_every_field_is_covered() -> None:
    data = TRIAL["body"]["data"]
    changed = [{"error": 0, "data": data | {name: other}} for name in data for other in ("another", 7, None)]
    left_out = [{"error": 0, "data": {k: v for k, v in data.items() if k != name}} for name in data]
    added = [TRIAL["body"] | {"error": 1}, TRIAL["body"] | {"more": ""}, {"data": data}]
    for body in changed + left_out + added:
        with pytest.raises(BadProof):
            read_trial(body=body)


def test_the_time_is_covered() -> None:
    other = TRIAL["signature"].replace("t=1727948258788", "t=1727948258789")
    with pytest.raises(BadProof):
        read_trial(signature=other)


@pytest.mark.parametrize("at", range(0, 128, 9))
def test_every_character_of_the_proof_counts(at: int) -> None:
    head, made = TRIAL["signature"].split("v1=")
    other = made[:at] + ("0" if made[at] != "0" else "1") + made[at + 1 :]
    with pytest.raises(BadProof):
        read_trial(signature=f"{head}v1={other}")


@pytest.mark.parametrize(
    "signature",
    ["", "t=1", "v1=" + "0" * 128, "t=,v1=" + "0" * 128, "t=1,v1=" + "0" * 64, "t=1,v1=" + "Z" * 128, "t=१,v1=", "não"],
)
def test_another_header_proves_nothing(signature: str) -> None:
    with pytest.raises(BadProof):
        read_trial(signature=signature)


def test_another_key_proves_nothing() -> None:
    with pytest.raises(BadProof):
        read(casso(casso_message(), key="another key of some length"))


@pytest.mark.parametrize("way", sorted(CASSO_WRITES))
def test_each_published_way_to_write_the_message_may_prove_it(way: str) -> None:
    message = casso_message(description="Tiền rau 1/2 kg <tươi> & cải", counterAccountName="NGUYỄN VĂN MẪU")
    (credit,) = read(casso(message, way=way)).credits
    assert credit.content == "Tiền rau 1/2 kg <tươi> & cải"


def test_the_ways_are_really_different() -> None:
    message = casso_message(description="Tiền 1/2 <")
    assert len({casso(message, way=way).headers["X-Casso-Signature"] for way in CASSO_WRITES}) == 4


def test_the_order_of_keys_and_the_spaces_do_not_matter() -> None:
    message = casso_message()
    sent = casso(message)
    backwards = {"data": dict(reversed(message["data"].items())), "error": 0}
    spaced = compact(backwards).replace(b",", b" ,\n ")
    assert read(Sent(spaced, sent.headers)).credits


@pytest.mark.parametrize("amount", [-50_000, 0])
def test_outgoing_money_is_no_payment(amount: int) -> None:
    assert read(casso(casso_message(id=6, amount=amount))) == Notification("6", ())


@pytest.mark.parametrize("body", [b"", b"not json", b"[]", b'"text"', b"[" * 2_000])
def test_what_nothing_can_prove_is_refused(body: bytes) -> None:
    with pytest.raises(BadProof):
        read(Sent(body, casso(casso_message()).headers))


def test_a_message_nested_past_all_measure_is_refused() -> None:
    body = b'{"data":' + b"[" * 1_020 + b"]" * 1_020 + b"}"
    with pytest.raises(BadProof):
        read(Sent(body, casso(casso_message()).headers))


@pytest.mark.parametrize(
    "message",
    [
        {"error": 0},
        {"error": 0, "data": []},
        {"error": 0, "data": {}},
        casso_message(id=None),
        casso_message(id=-1),
        casso_message(id=True),
        casso_message(id="218897"),
        casso_message(amount="599000"),
        casso_message(amount=None),
        casso_message(amount=500_000_000),
        casso_message(transactionDateTime=None),
    ],
)
def test_what_makes_no_credit_is_refused(message: object) -> None:
    with pytest.raises(Malformed):
        read(casso(message))


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ({"bankName": "VPBank", "bankAbbreviation": "VPB"}, "970432"),
        ({"bankName": "", "bankAbbreviation": "VCB"}, "970436"),
        ({"bankName": "Ngân hàng không có", "bankAbbreviation": ""}, None),
    ],
)
def test_the_receiving_bank_is_known_by_its_name(names: dict[str, str], expected: str | None) -> None:
    (credit,) = read(casso(casso_message(**names))).credits
    assert credit.bank_bin == expected


def test_the_payer_is_taken_along() -> None:
    message = casso_message(counterAccountBankId="970415", counterAccountName="NGUYEN VAN A", virtualAccountNumber="V1")
    (credit,) = read(casso(message)).credits
    assert (credit.payer_bank_bin, credit.payer_name, credit.virtual_account) == ("970415", "NGUYEN VAN A", "V1")
