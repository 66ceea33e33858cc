"""VietQR: read, check and write the payment codes of Vietnam's banks.

No dependencies, no I/O but its own table of banks.  Start with `decode`,
`encode` and `faults`; `banks` is the registry.
"""

from vietqr import banks, errors
from vietqr.banks import Bank
from vietqr.checksum import crc
from vietqr.errors import UnknownBank, VietQRError
from vietqr.layout import MAX_AMOUNT_VND, MAX_LABEL_LENGTH, MIN_AMOUNT_VND
from vietqr.model import LanguageTemplate, VietQR
from vietqr.objects import DataObject
from vietqr.reader import compact, decode, faults, is_valid, validate
from vietqr.text import fold
from vietqr.writer import encode

__all__ = [
    "MAX_AMOUNT_VND",
    "MAX_LABEL_LENGTH",
    "MIN_AMOUNT_VND",
    "Bank",
    "DataObject",
    "LanguageTemplate",
    "UnknownBank",
    "VietQR",
    "VietQRError",
    "banks",
    "compact",
    "crc",
    "decode",
    "encode",
    "errors",
    "faults",
    "fold",
    "is_valid",
    "validate",
]
