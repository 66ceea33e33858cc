"""The check value that ends every payload, in object 63.

CRC-16/CCITT-FALSE: polynomial 1021, initial value FFFF, nothing reflected,
nothing added at the end.  It runs over the UTF-8 bytes of everything up to and
including ``6304`` (the ID and length of the CRC itself) and is written as four
upper-case hexadecimal digits.

It detects every change that stays within 16 neighbouring bits, so every changed
ASCII character and every swap of two neighbours.  It is no signature: whoever
writes a payload can write its CRC.

Source: NAPAS, VietQR format v1.0 (09/2021); EMVCo Merchant-Presented Mode.

>>> crc("123456789")
'29B1'
"""

from binascii import crc_hqx

from vietqr.errors import NotText

INITIAL_VALUE = 0xFFFF


def crc(data: str) -> str:
    """Return the four digits that follow ``data``, which ends in ``6304``.

    Raises:
        NotText: when ``data`` has no UTF-8 form (lone surrogates).

    >>> crc("00020101021138540010A00000072701240006970422011001234567890208QRIBFTTA"
    ...     "53037045802VN6304")
    'B1A7'

    """
    return format(crc_hqx(as_bytes(data), INITIAL_VALUE), "04X")


def as_bytes(data: str) -> bytes:
    r"""Return the UTF-8 form, or raise `NotText` at the first character without one.

    >>> as_bytes("caf\udce9")
    Traceback (most recent call last):
    ...
    vietqr.errors.NotText: character 3 is not Unicode text: the input is not UTF-8
    """
    try:
        return data.encode()
    except UnicodeEncodeError as problem:
        message = f"character {problem.start} is not Unicode text: the input is not UTF-8"
        raise NotText(message, position=problem.start) from None
