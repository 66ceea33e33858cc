# ruff: noqa: RUF001 -- characters that look like others are what is tested
"""Reading beyond the vectors: each rule at its edge, one refusal per test."""

import pickle
from decimal import Decimal

import pytest

import vietqr
from vietqr import errors

HEAD = "000201010212"
ACCOUNT = "38570010A00000072701270006970436011300110012345670208QRIBFTTA"
TAIL = "53037045802VN"


def signed(body: str) -> str:
    """Put the right CRC behind a body, so that something else must be the fault."""
    return f"{body}6304{vietqr.crc(body + '6304')}"


def transfer(extra: str = "", *, account: str = ACCOUNT) -> str:
    return signed(HEAD + account + TAIL + extra)


def account(inner: str, service: str = "0208QRIBFTTA") -> str:
    """Write object 38 around the value of 38.01, whatever it is."""
    value = f"0010A00000072701{len(inner):02d}{inner}{service}"
    return f"38{len(value):02d}{value}"


def codes(payload: str) -> list[str]:
    return [fault.code for fault in vietqr.faults(payload)]


def test_it_works() -> None:
    code = vietqr.decode(transfer("5405120006217" + "0813C40 K7 000123"))
    assert code.is_dynamic
    assert code.is_transfer
    assert (code.bank_bin, code.account_number) == ("970436", "0011001234567")
    assert (code.service_code, code.amount_vnd) == ("QRIBFTTA", 12_000)
    assert code.purpose == "C40 K7 000123"
    assert code.payload[-4:] == code.crc
    assert (code.currency, code.country) == ("704", "VN")
    assert code.skipped == ()


def test_a_static_code_is_not_dynamic() -> None:
    assert not vietqr.decode(signed("000201010211" + ACCOUNT + TAIL)).is_dynamic


def test_decode_raises_the_first_of_the_faults() -> None:
    payload = transfer("5403A.1")
    with pytest.raises(errors.InvalidAmount) as caught:
        vietqr.decode(payload)
    assert caught.value.message == vietqr.faults(payload)[0].message
    assert caught.value.position == payload.index("5403A.1")


def test_refuses_nothing() -> None:
    assert codes("") == ["empty_payload"]


def test_reads_512_characters_and_no_more() -> None:
    start = "".join(f"{number}99" + "X" * 99 for number in (80, 81, 82)) + "8350" + "X" * 50
    left = 512 - len(transfer(start)) - 4
    assert len(transfer(f"{start}84{left:02d}" + "X" * left)) == 512
    assert codes(transfer(f"{start}84{left:02d}" + "X" * left)) == []
    assert codes(transfer(f"{start}84{left + 1:02d}" + "X" * (left + 1))) == ["payload_too_long"]


def test_refuses_what_is_not_text() -> None:
    assert codes("000201\udcff") == ["not_text"]
    assert codes("\ud800") == ["not_text"]


@pytest.mark.parametrize("text", [" {}", "{} ", "{}\n", "{}\r", "\ufeff{}", "{}\0"], ids=ascii)
def test_refuses_anything_around(text: str) -> None:
    payload = text.format(transfer())
    assert codes(payload)
    if "\0" not in payload:
        assert vietqr.compact(payload) == transfer()


def test_refuses_a_crc_in_digits_of_another_script() -> None:
    body = next(
        f"{HEAD}{ACCOUNT}{TAIL}5901{letter}6304"
        for letter in "ABCDEFGHIJKLM"
        if vietqr.crc(f"{HEAD}{ACCOUNT}{TAIL}5901{letter}6304")[0].isdigit()
    )
    value = vietqr.crc(body)
    assert vietqr.is_valid(body + value)
    assert codes(body + chr(0x660 + int(value[0])) + value[1:]) == ["checksum_missing"]


def test_refuses_a_crc_that_is_the_end_of_a_text() -> None:
    body = HEAD + ACCOUNT + TAIL + "5908" + "6304"
    assert codes(body + vietqr.crc(body)) == ["missing_object"]


def test_refuses_a_crc_that_is_the_end_of_a_longer_one() -> None:
    body = HEAD + ACCOUNT + TAIL + "6312" + "0000" + "6304"
    assert codes(body + vietqr.crc(body)) == ["misplaced_object"]


def test_refuses_63_in_the_middle() -> None:
    body = HEAD + ACCOUNT + "63040000" + TAIL + "5908" + "6304"
    assert codes(body + vietqr.crc(body)) == ["misplaced_object"]


def test_refuses_an_id_twice() -> None:
    assert codes(transfer("54011" + "54012")) == ["duplicate_object"]


def test_refuses_a_second_account() -> None:
    assert codes(transfer(ACCOUNT)) == ["duplicate_object"]


def test_refuses_an_id_twice_in_the_account() -> None:
    twice = account("0006970436" + "01011" + "01012")
    assert codes(transfer(account=twice)) == ["duplicate_object"]


@pytest.mark.parametrize(("inner", "path"), [("01011", "38.01.00"), ("0006970436", "38.01.01")])
def test_refuses_an_account_without_a_part(inner: str, path: str) -> None:
    (fault,) = vietqr.faults(transfer(account=account(inner)))
    assert (fault.code, fault.path) == ("missing_object", path)


def test_refuses_more_than_bank_and_account() -> None:
    more = account("0006970436" + "01011" + "03012")
    assert codes(transfer(account=more)) == ["unexpected_object"]


def test_refuses_more_than_scheme_account_and_service() -> None:
    more = account("0006970436" + "01011", "0208QRIBFTTA" + "03012")
    assert codes(transfer(account=more)) == ["unexpected_object"]


def test_refuses_an_account_template_without_a_scheme() -> None:
    value = "0115000697043601011" + "0208QRIBFTTA"
    bare = f"38{len(value):02d}{value}"
    assert codes(transfer(account=bare)) == ["missing_object"]


def test_calls_another_scheme_by_its_name_whatever_it_holds() -> None:
    value = "0010A000000775" + "0110VNP-123456"
    assert codes(transfer(account=f"38{len(value)}{value}", extra="5901N6001C")) == ["not_vietqr"]


def test_says_that_a_service_stands_a_level_too_deep() -> None:
    deep = account("0006970436" + "01011" + "0208QRIBFTTA", "")
    found = [(fault.code, fault.path) for fault in vietqr.faults(transfer(account=deep))]
    assert found == [("unexpected_object", "38.01.02"), ("missing_object", "38.02")]


def test_refuses_an_unknown_service() -> None:
    other = account("0006970436" + "01011", "0206QRIBFT")
    assert codes(transfer(account=other)) == ["invalid_service_code"]


def test_refuses_a_service_in_lower_case() -> None:
    other = account("0006970436" + "01011", "0208qribftta")
    assert codes(transfer(account=other)) == ["invalid_service_code"]


def test_an_absent_service_is_a_push_and_needs_a_name_and_a_city() -> None:
    push = account("0006970436" + "01011", "")
    assert codes(transfer(account=push)) == ["missing_object", "missing_object"]
    code = vietqr.decode(transfer("5901N6001C", account=push))
    assert code.service_code == "QRPUSH"
    assert not code.is_transfer


def test_a_push_that_says_so_needs_them_too() -> None:
    push = account("0006970436" + "01011", "0206QRPUSH")
    assert codes(transfer("5901N", account=push)) == ["missing_object"]


def test_reads_a_card() -> None:
    card = account("0006970436" + "01169704031101234567", "0208QRIBFTTC")
    code = vietqr.decode(transfer(account=card))
    assert code.is_transfer
    assert code.account_number == "9704031101234567"


def test_objects_may_stand_in_any_order_at_every_level() -> None:
    value = "0208QRIBFTTA" + "0115" + "01011" + "0006970436" + "0010A000000727"
    code = vietqr.decode(signed("0002015802VN6004CITY5303704" + f"38{len(value)}{value}010211"))
    assert (code.bank_bin, code.account_number, code.merchant_city) == ("970436", "1", "CITY")


@pytest.mark.parametrize(
    ("amount", "amount_vnd"),
    [("1", 1), ("50000.", 50_000), ("00050000", 50_000), ("9" * 13, 9_999_999_999_999)],
)
def test_reads_an_amount(amount: str, amount_vnd: int) -> None:
    code = vietqr.decode(transfer(f"54{len(amount):02d}{amount}"))
    assert code.amount_vnd == amount_vnd


@pytest.mark.parametrize(
    "amount",
    [
        "0",
        "0.",
        ".",
        "000",
        "50000.00",
        "50000.0",
        ".5",
        "1..",
        "1,0",
        "1 0",
        "+1",
        "-1",
        "1e3",
        "٥٠",
        "²",
        "1_0",
        "0x1",
    ],
)
def test_refuses_an_amount(amount: str) -> None:
    payload = transfer(f"54{len(amount):02d}{amount}")
    assert codes(payload) == ["invalid_amount"]
    with pytest.raises(errors.InvalidAmount):
        vietqr.decode(payload, strict=False)


def test_refuses_an_amount_of_14_characters() -> None:
    assert codes(transfer("5414" + "1" * 14)) == ["value_too_long"]


def test_reads_a_fixed_tip() -> None:
    code = vietqr.decode(transfer("550202" + "56045000"))
    assert (code.tip_indicator, code.tip_fixed_vnd, code.tip_percent) == ("02", 5_000, None)


@pytest.mark.parametrize("percent", ["5", "5.5", "10", "99.99", "0.01"])
def test_reads_a_tip_in_percent(percent: str) -> None:
    code = vietqr.decode(transfer(f"55020357{len(percent):02d}{percent}"))
    assert code.tip_percent == Decimal(percent)


@pytest.mark.parametrize("percent", ["0", "0.00", "100", "5%", ".5", "5.555"])
def test_refuses_a_tip_in_percent(percent: str) -> None:
    assert codes(transfer(f"55020357{len(percent):02d}{percent}")) == ["invalid_value"]


@pytest.mark.parametrize(
    ("tip", "code"),
    [
        ("550201" + "56011", "unexpected_object"),
        ("57011", "unexpected_object"),
        ("550202", "missing_object"),
        ("550203", "missing_object"),
    ],
)
def test_refuses_tips_that_do_not_match(tip: str, code: str) -> None:
    assert codes(transfer(tip)) == [code]


def test_reads_a_language_template() -> None:
    name, city = "Cô Ba Rau Sạch", "Đồng Xoài"
    value = f"0002vi01{len(name):02d}{name}02{len(city):02d}{city}"
    code = vietqr.decode(transfer(f"64{len(value):02d}{value}"))
    assert code.language_template == vietqr.LanguageTemplate("vi", name, city)


def test_refuses_a_language_template_without_a_name() -> None:
    assert codes(transfer("64060002vi")) == ["missing_object"]


def test_refuses_control_characters_even_in_a_language_template() -> None:
    assert codes(transfer("64120002vi0102A\n")) == ["invalid_character"]


def test_lists_what_it_skips_in_the_order_of_the_payload() -> None:
    extra = "80021" + "X" + "6211" + "50021X" + "08019"
    code = vietqr.decode(signed(HEAD + "15041234" + ACCOUNT + TAIL + extra))
    assert [(each.path, each.value) for each in code.skipped] == [
        ("15", "1234"),
        ("80", "1X"),
        ("62.50", "1X"),
    ]
    assert code.purpose == "9"


def test_does_not_judge_what_it_skips() -> None:
    assert codes(transfer("2603Đ\n!")) == []


@pytest.mark.parametrize(
    "extra",
    [
        "5926" + "A" * 26,
        "6016" + "A" * 16,
        "6111" + "A" * 11,
        "62300826" + "A" * 26,
        "5902Đ1",
        "62060802A\n",
        "62060902XX",
        "64120003vie0101A",
    ],
)
def test_forgives_text_leniently(extra: str) -> None:
    payload = transfer(extra)
    assert all(fault.tolerable for fault in vietqr.faults(payload))
    with pytest.raises(errors.VietQRError):
        vietqr.decode(payload)
    assert vietqr.decode(payload, strict=False).bank_bin == "970436"


@pytest.mark.parametrize(
    "wrong",
    [
        account("000597043" + "01011"),
        account("0006970436" + "0120" + "1" * 20),
        account("0006970436" + "0103" + "1 2"),
        account("0006970436" + "01011", "0204QRXX"),
    ],
)
def test_forgives_nothing_about_who_is_paid(wrong: str) -> None:
    with pytest.raises(errors.VietQRError):
        vietqr.decode(transfer(account=wrong), strict=False)


def test_reads_the_whole_of_a_text_that_is_too_long() -> None:
    assert vietqr.decode(transfer("5926" + "A" * 26), strict=False).merchant_name == "A" * 26


def test_validate_returns_the_payload_or_raises() -> None:
    assert vietqr.validate(transfer()) == transfer()
    with pytest.raises(errors.MalformedObject):
        vietqr.validate(signed(" " + HEAD + ACCOUNT + TAIL))


def test_a_fault_survives_pickling() -> None:
    (fault,) = vietqr.faults(transfer("54010"))
    again = pickle.loads(pickle.dumps(fault))
    assert (type(again), again.message, again.path) == (type(fault), fault.message, "54")
    assert again.position == fault.position


def test_messages_are_ascii_and_short_whatever_was_read() -> None:
    value = ("\x1b[31mĐ\n" * 15)[:99]
    too_long, fault = vietqr.faults(transfer("5499" + value))
    assert (too_long.code, fault.code) == ("value_too_long", "invalid_amount")
    assert fault.message.isascii()
    assert fault.message.isprintable()
    assert len(fault.message) < 200


def test_a_read_code_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        vietqr.decode(transfer()).amount_vnd = 1  # type: ignore[misc]
