"""What can be wrong with a payload or with what one is to be written from.

Every cause is a class with a stable ``code``.  Programs test the class or the
code; ``message`` is one line of plain ASCII English for people and logs, and
quotes at most a few characters of what was read, escaped.  A class is named
after its cause, without "Error", as the cause is what a caller catches.

>>> from vietqr import decode
>>> try:
...     decode("000201")
... except VietQRError as error:
...     print(error.code)
checksum_missing
"""

from typing import ClassVar

SHOWN_LENGTH = 24


def shown(value: str) -> str:
    r"""Quote a value in a message: short, escaped, ASCII only.

    >>> print(shown("Tiền"))
    'Ti\u1ec1n'
    """
    if len(value) <= SHOWN_LENGTH:
        return ascii(value)
    return ascii(value[:SHOWN_LENGTH]) + "..."


class VietQRError(ValueError):
    """The root of the tree, and no cause by itself.

    Attributes:
        message: one line of ASCII.
        path: the object at fault, its IDs from the outside in, joined by dots
            (``"38.01.00"`` is the bank); ``None`` when it is the whole payload.
        position: where that object's ID stands in the payload, counting
            characters from 0; ``None`` when it stands nowhere.
        tolerable: whether a lenient reading forgives it, because it can change
            neither who is paid nor how much.

    """

    code: ClassVar[str] = "vietqr_error"

    def __init__(
        self,
        message: str,
        *,
        path: str | None = None,
        position: int | None = None,
        tolerable: bool = False,
    ) -> None:
        """Keep the message and where it points."""
        super().__init__(message)
        self.message = message
        self.path = path
        self.position = position
        self.tolerable = tolerable


class EmptyPayload(VietQRError):
    """There is nothing to read."""

    code = "empty_payload"


class PayloadTooLong(VietQRError):
    """The payload has more characters than a code may hold."""

    code = "payload_too_long"


class NotText(VietQRError):
    """The characters are not Unicode text, as when the input was not UTF-8."""

    code = "not_text"


class ChecksumMissing(VietQRError):
    """The payload does not end in ``6304`` and four hexadecimal digits."""

    code = "checksum_missing"


class ChecksumMismatch(VietQRError):
    """The CRC is not that of the characters before it: something was altered."""

    code = "checksum_mismatch"


class ChecksumCase(VietQRError):
    """The CRC is right but has lower-case letters, as some apps write it."""

    code = "checksum_case"


class MalformedObject(VietQRError):
    """An ID or a length is not what it must be, or a value is cut off."""

    code = "malformed_object"


class DuplicateObject(VietQRError):
    """An ID stands twice on one level, so that two readers could differ."""

    code = "duplicate_object"


class MissingObject(VietQRError):
    """An object that must be there is not."""

    code = "missing_object"


class MisplacedObject(VietQRError):
    """Object 00 is not the first or object 63 is not the last."""

    code = "misplaced_object"


class UnexpectedObject(VietQRError):
    """An object stands where it has no meaning, such as a nested service code."""

    code = "unexpected_object"


class NotVietQR(VietQRError):
    """A payment code of another scheme: no object 38, or not NAPAS's."""

    code = "not_vietqr"


class InvalidValue(VietQRError):
    """A value has the wrong form."""

    code = "invalid_value"


class EmptyValue(InvalidValue):
    """A text to be written has no characters; leave it out instead."""

    code = "empty_value"


class InvalidBankBin(InvalidValue):
    """The bank's BIN is not six digits."""

    code = "invalid_bank_bin"


class InvalidAccountNumber(InvalidValue):
    """The account number has other characters than A-Z, a-z and 0-9."""

    code = "invalid_account_number"


class InvalidServiceCode(InvalidValue):
    """The service is none of NAPAS's."""

    code = "invalid_service_code"


class InvalidAmount(InvalidValue):
    """The amount is not a whole number of dong above zero, or out of bounds."""

    code = "invalid_amount"


class InvalidCharacter(InvalidValue):
    """A text has characters that its object may not hold, such as diacritics."""

    code = "invalid_character"


class ValueTooLong(VietQRError):
    """A value has more characters than its object may hold."""

    code = "value_too_long"


class UnknownBank(VietQRError, LookupError):
    """The registry has no bank with that BIN."""

    code = "unknown_bank"
