"""Text as a payload may hold it: capitals, digits and single spaces.

Diacritics are forbidden outside the language template, and capitals keep the
symbol in alphanumeric mode, which makes it two to three versions smaller.

Source: NAPAS, VietQR format v1.0 (09/2021); ISO/IEC 18004 (alphanumeric mode).
"""

import re
import unicodedata

# Letters with a stroke do not decompose. Eth and African D look the same as the
# Vietnamese letter in capitals and turn up in text from old keyboards.
_STROKED_D = str.maketrans(
    {
        "\u0110": "D",  # Vietnamese D with stroke
        "\u0111": "d",
        "\u00d0": "D",  # eth
        "\u00f0": "d",
        "\u0189": "D",  # African D
        "\u0256": "d",
    }
)
_FRACTION_SLASH = "\u2044"  # what "one half" decomposes around: 1/2 must not become 12
_DROPPED = re.compile("[^A-Z0-9 ]")


def fold(text: str, max_length: int | None = None) -> str:
    """Return ``text`` in ``[A-Z0-9 ]``, squeezed, at most ``max_length`` characters.

    White space of every kind counts as a space, other characters are dropped,
    and none of the result begins or ends in a space, cut or not.  Folding what
    is folded changes nothing.

    Raises:
        ValueError: when ``max_length`` is negative.

    >>> fold("Đặng Thị Ánh")
    'DANG THI ANH'
    >>> fold("Tiền rau muống, 2 bó", max_length=9)
    'TIEN RAU'
    >>> fold("北京")
    ''
    >>> fold("rau", max_length=-1)
    Traceback (most recent call last):
    ...
    ValueError: max_length is negative

    """
    if max_length is not None and max_length < 0:
        message = "max_length is negative"
        raise ValueError(message)
    decomposed = unicodedata.normalize("NFKD", text.translate(_STROKED_D))
    upper = decomposed.upper().replace(_FRACTION_SLASH, " ")
    plain = _DROPPED.sub("", " ".join(upper.split()))
    return " ".join(plain.split())[:max_length].rstrip()
