"""What a scan or a typed amount means, and the words when it means nothing."""

import pytest

import vietqr
from simbank.reading import AmountError, UnreadableCodeError, read_amount, read_code
from tests.simbank.cast import STALL_ACCOUNT, STALL_HOLDER

STALL = {"bank_bin": "970499", "account_number": STALL_ACCOUNT}
CODE = vietqr.encode(**STALL, purpose="DX7K2M9Q")


def swap(payload: str, old: str, new: str) -> str:
    """Replace a part and set the CRC right again."""
    body = payload[:-4].replace(old, new)
    return body + vietqr.crc(body)


def read(counter, payload):
    with counter.app.test_request_context(), counter.bank.database.read() as session:
        return read_code(session, payload)


def test_a_code_names_the_holder_whom_the_bank_knows(simbank_still_counter):
    payee = read(simbank_still_counter, f"  {CODE}\n")

    assert (payee.holder_name, payee.content, payee.amount_vnd) == (STALL_HOLDER, "DX7K2M9Q", None)
    assert payee.payload == CODE


@pytest.mark.parametrize(
    ("payload", "cause"),
    [
        ("", "empty"),
        ("hello", "not_vietqr"),
        ("0002" * 200, "not_vietqr"),
        ("https://example.org/pay", "link"),
        (CODE[:-1], "cut"),
        (CODE.replace("DX7K", "DX7L"), "altered"),
        (swap(CODE, "A000000727", "A000000999"), "other_scheme"),
        (swap(CODE, "QRIBFTTA", "QRIBFTTC"), "card"),
        (swap(CODE, "QRIBFTTA", "QRPUSH00").replace("0208QRPUSH00", "0208QRPUSH00"), "broken"),
        (swap(CODE, "5303704", "5303840"), "broken"),
        (vietqr.encode(bank_bin="970436", account_number="1"), "other_bank"),
        (vietqr.encode(bank_bin="970499", account_number="404"), "unknown_account"),
        (vietqr.encode(bank_bin="970499", account_number="HOUSE"), "unknown_account"),
        (swap(vietqr.encode(**STALL, amount_vnd=499_999_999), "5409499999999", "5409500000000"), "amount"),
    ],
)
def test_an_unpayable_code_is_refused_by_cause(simbank_still_counter, payload, cause):
    with pytest.raises(UnreadableCodeError) as refused:
        read(simbank_still_counter, payload)

    assert refused.value.cause == cause


@pytest.mark.parametrize(
    ("typed", "amount_vnd"),
    [
        ("50000", 50_000),
        ("50.000", 50_000),
        ("50,000", 50_000),
        ("1 234 567", 1_234_567),
        ("50.000\u00a0₫", 50_000),
        (" 1 ", 1),
        ("499.999.999", 499_999_999),
    ],
)
def test_amounts_are_read_as_people_write_them(typed, amount_vnd):
    assert read_amount(typed) == amount_vnd


@pytest.mark.parametrize("typed", ["", "  ", "0", "-5", "12.5", "50.00", "5e3", "50k", "500000000", "٣٠٠٠", "1.2.3"])
def test_what_could_mean_another_amount_is_refused(simbank_still_counter, typed):
    with simbank_still_counter.app.test_request_context(), pytest.raises(AmountError):
        read_amount(typed)
