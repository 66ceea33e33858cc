# ruff: noqa: RUF001 -- characters that look like others are what is tested
"""What can be written, and what is refused, by cause."""

from typing import Any

import pytest

import vietqr
from vietqr import errors

ACCOUNT: dict[str, Any] = {"bank_bin": "970436", "account_number": "0011001234567"}


def one(name: str, text: str) -> dict[str, Any]:
    return {name: text}


def test_a_static_code() -> None:
    assert vietqr.encode(bank_bin="970422", account_number="0123456789") == (
        "00020101021138540010A00000072701240006970422011001234567890208QRIBFTTA53037045802VN6304B1A7"
    )


def test_a_dynamic_code_as_others_write_it() -> None:
    written = vietqr.encode(
        bank_bin="970415",
        account_number="0011001932418",
        amount_vnd=120_000,
        purpose="ung ho lu lut",
    )
    assert written == (
        "00020101021238570010A00000072701270006970415011300110019324180208QRIBFTTA"
        "530370454061200005802VN62170813ung ho lu lut6304C15C"
    )


def test_name_and_city_as_others_write_them() -> None:
    written = vietqr.encode(**ACCOUNT, merchant_name="CO BA RAU SACH", merchant_city="CAN THO")
    assert written == (
        "00020101021138570010A00000072701270006970436011300110012345670208QRIBFTTA"
        "53037045802VN5914CO BA RAU SACH6007CAN THO630415CE"
    )


def test_every_object_in_its_order() -> None:
    written = vietqr.encode(
        **ACCOUNT,
        amount_vnd=1,
        purpose="H",
        merchant_category="5411",
        merchant_name="N",
        merchant_city="C",
        postal_code="P",
        bill_number="A",
        mobile_number="B",
        store_label="D",
        loyalty_number="E",
        reference_label="F",
        customer_label="G",
        terminal_label="I",
    )
    assert written[:12] == "000201010212"
    assert written[61:-8] == (
        "0208QRIBFTTA520454115303704540115802VN5901N6001C6101P62400101A0201B0301D0401E0501F0601G0701I0801H"
    )
    assert vietqr.is_valid(written)


@pytest.mark.parametrize("amount_vnd", [1, vietqr.MAX_AMOUNT_VND])
def test_amounts_up_to_the_limits(amount_vnd: int) -> None:
    assert vietqr.decode(vietqr.encode(**ACCOUNT, amount_vnd=amount_vnd)).amount_vnd == amount_vnd


@pytest.mark.parametrize(
    "amount_vnd",
    [0, -1, 500_000_000, pytest.param(10**5000, id="huge"), True, 5.0, 12000.5, "12000"],
)
def test_refuses_an_amount(amount_vnd: Any) -> None:
    with pytest.raises(errors.InvalidAmount) as caught:
        vietqr.encode(**ACCOUNT, amount_vnd=amount_vnd)
    assert caught.value.path == "54"


@pytest.mark.parametrize("bank_bin", ["97043", "9704366", "97O436", "97043\u0666", "970436\n"])
def test_refuses_a_bin(bank_bin: str) -> None:
    with pytest.raises(errors.InvalidBankBin) as caught:
        vietqr.encode(bank_bin=bank_bin, account_number="1")
    assert caught.value.path == "38.01.00"


def test_writes_a_bin_that_no_bank_has() -> None:
    written = vietqr.encode(bank_bin="970499", account_number="1")
    assert vietqr.decode(written).bank_bin == "970499"


@pytest.mark.parametrize("account_number", ["1 2", "1-2", "12.", "１２", "Đ1", "1\n"])
def test_refuses_an_account(account_number: str) -> None:
    with pytest.raises(errors.InvalidAccountNumber):
        vietqr.encode(bank_bin="970436", account_number=account_number)


LIMITS = {
    "purpose": 25,
    "merchant_name": 25,
    "merchant_city": 15,
    "postal_code": 10,
    "bill_number": 25,
    "mobile_number": 25,
    "store_label": 25,
    "loyalty_number": 25,
    "reference_label": 25,
    "customer_label": 25,
    "terminal_label": 25,
}


@pytest.mark.parametrize(("name", "limit"), LIMITS.items())
def test_takes_text_up_to_its_limit(name: str, limit: int) -> None:
    text = ("AZ az09 ~!" * 3)[:limit]
    assert getattr(vietqr.decode(vietqr.encode(**ACCOUNT, **one(name, text))), name) == text
    with pytest.raises(errors.ValueTooLong) as caught:
        vietqr.encode(**ACCOUNT, **one(name, "A" * (limit + 1)))
    assert f"{limit + 1} characters, max {limit}" in caught.value.message


@pytest.mark.parametrize("name", LIMITS)
@pytest.mark.parametrize("text", ["á", "A\n", "A\x7f", "A\tB", "\ud800"])
def test_refuses_other_than_printable_ascii(name: str, text: str) -> None:
    with pytest.raises(errors.InvalidCharacter):
        vietqr.encode(**ACCOUNT, **one(name, text))


@pytest.mark.parametrize("name", LIMITS)
def test_refuses_an_empty_text(name: str) -> None:
    with pytest.raises(errors.EmptyValue):
        vietqr.encode(**ACCOUNT, **one(name, ""))


def test_takes_an_account_of_19_and_no_more() -> None:
    assert vietqr.encode(bank_bin="970436", account_number="1" * 19)
    with pytest.raises(errors.ValueTooLong):
        vietqr.encode(bank_bin="970436", account_number="1" * 20)


def test_refuses_an_empty_account() -> None:
    with pytest.raises(errors.EmptyValue):
        vietqr.encode(bank_bin="970436", account_number="")


def test_takes_labels_of_99_together_and_no_more() -> None:
    labels: dict[str, Any] = {"bill_number": "A" * 25, "store_label": "B" * 25, "purpose": "C" * 25}
    assert vietqr.encode(**ACCOUNT, **labels, terminal_label="D" * 8)
    with pytest.raises(errors.ValueTooLong) as caught:
        vietqr.encode(**ACCOUNT, **labels, terminal_label="D" * 9)
    assert caught.value.path == "62"


@pytest.mark.parametrize("category", ["541", "54111", "54A1", "٥٤١١"])
def test_refuses_a_category(category: str) -> None:
    with pytest.raises(errors.InvalidValue) as caught:
        vietqr.encode(**ACCOUNT, merchant_category=category)
    assert caught.value.path == "52"
