"""What stands where in a payload, and which values it may have.

One table for the reader and the writer, so that they cannot differ.  Paths are
IDs from the outside in: ``38.01.00`` is object 00 in object 01 in object 38.

Source: NAPAS, VietQR format v1.0 (09/2021), section 5; what it leaves open
(62.09, the language template, tips) from EMVCo Merchant-Presented Mode.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from vietqr.errors import (
    EmptyValue,
    InvalidAccountNumber,
    InvalidAmount,
    InvalidBankBin,
    InvalidCharacter,
    InvalidServiceCode,
    InvalidValue,
    NotVietQR,
    ValueTooLong,
    VietQRError,
    shown,
)

MAX_PAYLOAD_LENGTH = 512
MAX_ACCOUNT_LENGTH = 19
MAX_AMOUNT_LENGTH = 13
MAX_LABEL_LENGTH = 25  # each text in object 62, the transfer content among them
MAX_MERCHANT_NAME_LENGTH = 25
MAX_MERCHANT_CITY_LENGTH = 15
MAX_POSTAL_CODE_LENGTH = 10
MIN_AMOUNT_VND = 1
MAX_AMOUNT_VND = 499_999_999  # a NAPAS247 transfer stays under 500 million

NAPAS_GUID = "A000000727"
STATIC, DYNAMIC = "11", "12"
TO_ACCOUNT, TO_CARD, PUSH, CASH = "QRIBFTTA", "QRIBFTTC", "QRPUSH", "QRCASH"
CURRENCY, COUNTRY = "704", "VN"

PRINTABLE_ASCII = "[ -~]+"
_PRINTABLE = "[^\x00-\x1f\x7f-\x9f\u2028\u2029]+"
_WHOLE_DONG = r"0*[1-9][0-9]*\.?"


@dataclass(frozen=True, slots=True)
class Rule:
    """What one object's value must be.

    Attributes:
        name: what the object is, for messages.
        pattern: a regular expression that the whole value matches.
        wants: the same in words.
        cause: the error when it does not match.
        max_length: in characters; ``None`` where the pattern says it.
        tolerable: whether a lenient reading forgives a breach.

    """

    name: str
    pattern: str
    wants: str
    cause: type[VietQRError] = InvalidValue
    max_length: int | None = None
    tolerable: bool = False

    def breaches(self, value: str, path: str, position: int | None = None) -> Iterator[VietQRError]:
        """Yield what is wrong with ``value``, nothing when it is right."""
        if not value:
            yield EmptyValue(f"{path}: {self.name} is empty", path=path, position=position)
            return
        if self.max_length is not None and len(value) > self.max_length:
            message = f"{path}: {self.name} has {len(value)} characters, max {self.max_length}"
            yield ValueTooLong(message, path=path, position=position, tolerable=self.tolerable)
        if not re.fullmatch(self.pattern, value):
            message = f"{path}: {self.name} is {shown(value)}, must be {self.wants}"
            yield self.cause(message, path=path, position=position, tolerable=self.tolerable)


def _constant(name: str, *allowed: str, cause: type[VietQRError] = InvalidValue) -> Rule:
    return Rule(name, "|".join(allowed), " or ".join(allowed), cause)


def _text(name: str, max_length: int = MAX_LABEL_LENGTH) -> Rule:
    wants = "printable ASCII"
    return Rule(name, PRINTABLE_ASCII, wants, InvalidCharacter, max_length, tolerable=True)


def _any_text(name: str, max_length: int) -> Rule:
    return Rule(name, _PRINTABLE, "printable", InvalidCharacter, max_length, tolerable=True)


def _amount(name: str) -> Rule:
    wants = "whole dong above zero, digits only"
    return Rule(name, _WHOLE_DONG, wants, InvalidAmount, MAX_AMOUNT_LENGTH)


RULES: dict[str, Rule] = {
    "00": _constant("payload format", "01"),
    "01": _constant("initiation method", STATIC, DYNAMIC),
    "38.00": _constant("scheme", NAPAS_GUID, cause=NotVietQR),
    "38.01.00": Rule("bank BIN", "[0-9]{6}", "6 digits", InvalidBankBin),
    "38.01.01": Rule(
        "account number",
        "[A-Za-z0-9]+",
        "letters and digits",
        InvalidAccountNumber,
        MAX_ACCOUNT_LENGTH,
    ),
    "38.02": _constant("service code", TO_ACCOUNT, TO_CARD, PUSH, CASH, cause=InvalidServiceCode),
    "52": Rule("merchant category", "[0-9]{4}", "4 digits"),
    "53": _constant("currency", CURRENCY),
    "54": _amount("amount"),
    "55": _constant("tip indicator", "01", "02", "03"),
    "56": _amount("fixed tip"),
    "57": Rule("tip percentage", r"(?=.*[1-9])[0-9]{1,2}(\.[0-9]{0,2})?", "0.01 to 99.99"),
    "58": _constant("country", COUNTRY),
    "59": _text("merchant name", MAX_MERCHANT_NAME_LENGTH),
    "60": _text("merchant city", MAX_MERCHANT_CITY_LENGTH),
    "61": _text("postal code", MAX_POSTAL_CODE_LENGTH),
    "62.01": _text("bill number"),
    "62.02": _text("mobile number"),
    "62.03": _text("store label"),
    "62.04": _text("loyalty number"),
    "62.05": _text("reference label"),
    "62.06": _text("customer label"),
    "62.07": _text("terminal label"),
    "62.08": _text("purpose"),
    "62.09": Rule("consumer data request", "[AME]+", "letters from A, M, E", max_length=3, tolerable=True),
    "64.00": Rule("language", "[A-Za-z]{2}", "2 letters", tolerable=True),
    "64.01": _any_text("name in that language", MAX_MERCHANT_NAME_LENGTH),
    "64.02": _any_text("city in that language", MAX_MERCHANT_CITY_LENGTH),
}

ROOT = ""
"""The path of the payload itself, where a parent's path is asked for."""

TEMPLATES = ("38", "38.01", "62", "64")
"""Objects whose value is a row of objects, outer before inner."""

CLOSED_TEMPLATES = {"38": ("00", "01", "02"), "38.01": ("00", "01")}
"""Templates in which an unknown object could change who is paid."""

REQUIRED: dict[str, dict[str, str]] = {
    ROOT: {"00": "payload format", "01": "initiation", "53": "currency", "58": "country"},
    "38": {"38.00": "scheme", "38.01": "bank and account"},
    "38.01": {"38.01.00": "bank BIN", "38.01.01": "account number"},
    "64": {"64.00": "language", "64.01": "name in that language"},
}
"""Per parent, what must stand in it. Object 38 has a cause of its own."""

FIELD_PATHS = {
    "merchant_category": "52",
    "tip_indicator": "55",
    "merchant_name": "59",
    "merchant_city": "60",
    "postal_code": "61",
    "bill_number": "62.01",
    "mobile_number": "62.02",
    "store_label": "62.03",
    "loyalty_number": "62.04",
    "reference_label": "62.05",
    "customer_label": "62.06",
    "terminal_label": "62.07",
    "purpose": "62.08",
    "consumer_data_request": "62.09",
}
"""The optional texts of a payload by the name that they have in Python."""
