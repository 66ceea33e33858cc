"""Write a payload for a transfer to an account (service QRIBFTTA).

Objects stand in the order of NAPAS's examples: by ID, the CRC last.  What is
written is ASCII, so that characters and bytes are the same number for everyone.

Source: NAPAS, VietQR format v1.0 (09/2021), sections 5 and 6.
"""

from vietqr.checksum import crc
from vietqr.errors import InvalidAmount
from vietqr.layout import (
    COUNTRY,
    CURRENCY,
    DYNAMIC,
    FIELD_PATHS,
    MAX_AMOUNT_VND,
    MIN_AMOUNT_VND,
    NAPAS_GUID,
    RULES,
    STATIC,
    TO_ACCOUNT,
)
from vietqr.objects import write


def encode(  # noqa: PLR0913 -- one keyword per object of the format
    *,
    bank_bin: str,
    account_number: str,
    amount_vnd: int | None = None,
    purpose: str | None = None,
    merchant_category: str | None = None,
    merchant_name: str | None = None,
    merchant_city: str | None = None,
    postal_code: str | None = None,
    bill_number: str | None = None,
    mobile_number: str | None = None,
    store_label: str | None = None,
    loyalty_number: str | None = None,
    reference_label: str | None = None,
    customer_label: str | None = None,
    terminal_label: str | None = None,
) -> str:
    r"""Return the payload: dynamic with an amount, static without.

    Text is written as it is given and refused when it does not fit; `vietqr.fold`
    makes it fit.  ``None`` leaves an object out; an empty text is refused.

    Raises:
        VietQRError: by cause, with the object's path: `InvalidBankBin`,
            `InvalidAccountNumber`, `InvalidAmount`, `InvalidCharacter`,
            `InvalidValue` (the category), `EmptyValue`, and `ValueTooLong`,
            which may also be about the labels together (62, at most 99).

    >>> encode(bank_bin="970422", account_number="0123456789")
    '00020101021138540010A00000072701240006970422011001234567890208QRIBFTTA53037045802VN6304B1A7'
    >>> encode(bank_bin="970422", account_number="0123456789", purpose="Rau muống")
    Traceback (most recent call last):
    ...
    vietqr.errors.InvalidCharacter: 62.08: purpose is 'Rau mu\u1ed1ng', must be printable ASCII
    >>> encode(bank_bin="970422", account_number="0123456789", amount_vnd=0)
    Traceback (most recent call last):
    ...
    vietqr.errors.InvalidAmount: 54: amount must be an int from 1 to 499999999

    """
    optional = {
        "merchant_category": merchant_category,
        "merchant_name": merchant_name,
        "merchant_city": merchant_city,
        "postal_code": postal_code,
        "bill_number": bill_number,
        "mobile_number": mobile_number,
        "store_label": store_label,
        "loyalty_number": loyalty_number,
        "reference_label": reference_label,
        "customer_label": customer_label,
        "terminal_label": terminal_label,
        "purpose": purpose,
    }
    given = {FIELD_PATHS[name]: value for name, value in optional.items() if value is not None}
    values = _nest_labels(given) | _frame(bank_bin, account_number, amount_vnd)
    body = _row(values) + "6304"
    return body + crc(body)


def _nest_labels(given: dict[str, str]) -> dict[str, str]:
    """Return the values with the labels, 62.NN, as the one object 62."""
    labels = {path: value for path, value in given.items() if path.startswith("62.")}
    values = {path: value for path, value in given.items() if path not in labels}
    return values | {"62": _row(labels)} if labels else values


def _frame(bank_bin: str, account_number: str, amount_vnd: int | None) -> dict[str, str]:
    """Return the values that every transfer has, and its amount."""
    frame = {
        "00": "01",
        "01": STATIC if amount_vnd is None else DYNAMIC,
        "38": _account(bank_bin, account_number),
        "53": CURRENCY,
        "58": COUNTRY,
    }
    if amount_vnd is not None:
        frame["54"] = _amount(amount_vnd)
    return frame


def _account(bank_bin: str, account_number: str) -> str:
    """Return the value of object 38."""
    beneficiary = _row({"38.01.00": bank_bin, "38.01.01": account_number})
    return _row({"38.00": NAPAS_GUID, "38.01": beneficiary, "38.02": TO_ACCOUNT})


def _row(values: dict[str, str]) -> str:
    """Write objects of one level in the order of their IDs."""
    return "".join(_object(path, values[path]) for path in sorted(values))


def _object(path: str, value: str) -> str:
    for fault in RULES[path].breaches(value, path) if path in RULES else ():
        raise fault
    return write(path, value)


def _amount(amount_vnd: int) -> str:
    # bool is an int to Python, and 5.0 == 5: an amount is neither.
    if type(amount_vnd) is not int or not MIN_AMOUNT_VND <= amount_vnd <= MAX_AMOUNT_VND:
        message = f"54: amount must be an int from {MIN_AMOUNT_VND} to {MAX_AMOUNT_VND}"
        raise InvalidAmount(message, path="54")
    return str(amount_vnd)
