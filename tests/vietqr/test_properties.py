# ruff: noqa: RUF001 -- characters that look like others are what is tested
"""What holds for every payload: written ones are read back, altered ones refused."""

import string
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import vietqr
from vietqr.errors import ValueTooLong, VietQRError

PRINTABLE = "".join(map(chr, range(0x20, 0x7F)))
FOREIGN = "\0\n\x7f\x80ĐđÁ٣²１Ａ\u2028\ufeff\udcc3😀"
"""Characters that a written payload never holds, of one to four bytes and of none."""


def printable(max_length: int) -> st.SearchStrategy[str]:
    return st.text(alphabet=PRINTABLE, min_size=1, max_size=max_length)


transfers = st.fixed_dictionaries(
    {
        "bank_bin": st.text(alphabet=string.digits, min_size=6, max_size=6),
        "account_number": st.text(alphabet=string.ascii_letters + string.digits, min_size=1, max_size=19),
    },
    optional={
        "amount_vnd": st.integers(vietqr.MIN_AMOUNT_VND, vietqr.MAX_AMOUNT_VND),
        "purpose": printable(25),
        "merchant_category": st.text(alphabet=string.digits, min_size=4, max_size=4),
        "merchant_name": printable(25),
        "merchant_city": printable(15),
        "postal_code": printable(10),
        "bill_number": printable(25),
        "mobile_number": printable(25),
        "store_label": printable(25),
        "loyalty_number": printable(25),
        "reference_label": printable(25),
        "customer_label": printable(25),
        "terminal_label": printable(25),
    },
)


def written(values: dict[str, Any]) -> str:
    """Write, but for labels that do not fit together."""
    try:
        return vietqr.encode(**values)
    except ValueTooLong as fault:
        assume(fault.path != "62")
        raise


@settings(deadline=None, max_examples=300)
@given(transfers)
def test_what_is_written_is_read_back(values: dict[str, Any]) -> None:
    payload = written(values)
    code = vietqr.decode(payload)
    assert payload.isascii()
    assert code.payload == payload
    assert code.service_code == "QRIBFTTA"
    assert code.is_dynamic is ("amount_vnd" in values)
    assert code.skipped == ()
    for name in (*transfers_fields(), "tip_indicator", "consumer_data_request"):
        assert getattr(code, name) == values.get(name), name


def transfers_fields() -> tuple[str, ...]:
    return (
        "bank_bin", "account_number", "amount_vnd", "purpose", "merchant_category",
        "merchant_name", "merchant_city", "postal_code", "bill_number", "mobile_number",
        "store_label", "loyalty_number", "reference_label", "customer_label",
        "terminal_label",
    )  # fmt: skip


FULL = vietqr.encode(
    bank_bin="970436",
    account_number="VQRQ0001234A",
    amount_vnd=50_000,
    purpose="C40K7000124 RAU MUONG",
    merchant_name="CO BA RAU SACH",
    merchant_city="DONG XOAI",
)


@pytest.mark.parametrize("position", range(len(FULL)))
def test_every_substitution_of_one_character_is_refused(position: int) -> None:
    """All of them, at one place of one payload.

    A strict reading refuses a CRC in lower case too, so this holds for the CRC's
    own digits without exception.
    """
    for character in PRINTABLE + FOREIGN:
        if character != FULL[position]:
            altered = FULL[:position] + character + FULL[position + 1 :]
            assert not vietqr.is_valid(altered), character


@settings(deadline=None, max_examples=1000)
@given(transfers, st.data())
def test_a_substitution_in_any_payload_is_refused(values: dict[str, Any], data: st.DataObject) -> None:
    payload = written(values)
    position = data.draw(st.integers(0, len(payload) - 1))
    character = data.draw(st.sampled_from(PRINTABLE) | st.characters(codec=None))
    assume(character != payload[position])
    altered = payload[:position] + character + payload[position + 1 :]
    with pytest.raises(VietQRError):
        vietqr.decode(altered)


@settings(deadline=None, max_examples=500)
@given(transfers, st.data())
def test_leniently_a_substitution_never_misdirects(values: dict[str, Any], data: st.DataObject) -> None:
    """A lenient reading lets one kind through: a CRC digit in the other case."""
    payload = written(values)
    position = data.draw(st.integers(0, len(payload) - 1))
    character = data.draw(st.sampled_from(PRINTABLE))
    assume(character != payload[position])
    altered = payload[:position] + character + payload[position + 1 :]
    try:
        code = vietqr.decode(altered, strict=False)
    except VietQRError:
        return
    assert altered.upper() == payload.upper()
    assert altered[:-4] == payload[:-4]
    assert (code.bank_bin, code.account_number) == (values["bank_bin"], values["account_number"])


@pytest.mark.parametrize("position", range(len(FULL) - 1))
def test_every_swap_of_two_neighbours_is_refused(position: int) -> None:
    one, other = FULL[position], FULL[position + 1]
    altered = FULL[:position] + other + one + FULL[position + 2 :]
    assert vietqr.is_valid(altered) is (one == other)


@pytest.mark.parametrize("position", range(len(FULL) + 1))
def test_every_lost_or_added_character_of_this_payload_is_refused(position: int) -> None:
    """True of this payload; of all, only to the odds of lengths and a 16-bit CRC."""
    if position < len(FULL):
        assert not vietqr.is_valid(FULL[:position] + FULL[position + 1 :])
    for character in PRINTABLE + FOREIGN:
        assert not vietqr.is_valid(FULL[:position] + character + FULL[position:])


@pytest.mark.parametrize("length", range(len(FULL)))
def test_every_payload_that_is_cut_off_is_refused(length: int) -> None:
    assert not vietqr.is_valid(FULL[:length])


def read_every_way(text: str) -> None:
    """Read, expecting an answer or a refusal that explains itself."""
    faults = vietqr.faults(text)
    assert all(fault.message.isascii() and fault.message.isprintable() for fault in faults)
    causes = {type(fault) for fault in faults}
    for strict in (True, False):
        try:
            code = vietqr.decode(text, strict=strict)
        except VietQRError as fault:
            refused: VietQRError | None = fault
        else:
            refused = None
            assert code.payload == text
        assert (refused is None) is not any(strict or not fault.tolerable for fault in faults)
        assert refused is None or type(refused) in causes


@settings(deadline=None, max_examples=500)
@given(st.binary(max_size=600), st.sampled_from(["surrogateescape", "replace", "latin-1"]))
def test_no_bytes_crash_the_reader(data: bytes, how: str) -> None:
    read_every_way(data.decode("latin-1") if how == "latin-1" else data.decode(errors=how))


@settings(deadline=None, max_examples=500)
@given(st.text(alphabet=st.characters(codec=None)))
def test_no_text_crashes_the_reader(text: str) -> None:
    read_every_way(text)


pieces = st.sampled_from(
    [
        "000201", "010211", "010212", "5303704", "5802VN", "540410.5", "5405", "12000",
        "38570010A00000072701270006970436011300110012345670208QRIBFTTA",
        "38450010A00000072701150006970436010110206QRPUSH", "0010A000000775", "62", "6208",
        "0804", "RAU ", "64", "0002vi", "0101Đ", "38", "99", "00", "01", "\udcff", "²", "6304",
    ]
)  # fmt: skip


@settings(deadline=None, max_examples=1000)
@given(st.lists(pieces, max_size=14).map("".join), st.booleans())
def test_nothing_like_a_payload_crashes_the_reader(body: str, signed: bool) -> None:
    if signed and "\udcff" not in body:
        body += "6304" + vietqr.crc(body + "6304")
    read_every_way(body)


@settings(deadline=None, max_examples=300)
@given(transfers, st.lists(st.tuples(st.integers(0, 300), st.characters()), max_size=4))
def test_nothing_near_a_payload_crashes_the_reader(values: dict[str, Any], changes: list[tuple[int, str]]) -> None:
    """With the CRC put right after the changes, so that everything behind it is reached."""
    body = written(values)[:-4]
    for position, character in changes:
        at = position % len(body)
        body = body[:at] + character + body[at + 1 :]
    assume(not any("\ud800" <= character <= "\udfff" for character in body))
    read_every_way(body + vietqr.crc(body))
