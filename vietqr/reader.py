"""Read a payload, and say everything that is wrong with one.

Strict is what a code must be.  Lenient is what a payer's app may still accept:
it forgives faults that can change neither who is paid nor how much, which are a
CRC in lower case and a name, label or other free text that is too long or has
characters it may not have.

Source: NAPAS, VietQR format v1.0 (09/2021), and v1.5.2 for the services QRPUSH
and QRCASH.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from vietqr.checksum import as_bytes, crc
from vietqr.errors import (
    ChecksumCase,
    ChecksumMismatch,
    ChecksumMissing,
    DuplicateObject,
    EmptyPayload,
    MalformedObject,
    MisplacedObject,
    MissingObject,
    NotText,
    NotVietQR,
    PayloadTooLong,
    UnexpectedObject,
    VietQRError,
)
from vietqr.layout import (
    CLOSED_TEMPLATES,
    FIELD_PATHS,
    MAX_PAYLOAD_LENGTH,
    NAPAS_GUID,
    PUSH,
    REQUIRED,
    ROOT,
    RULES,
    TEMPLATES,
)
from vietqr.model import LanguageTemplate, VietQR
from vietqr.objects import DataObject, parse

CRC_LENGTH = 4
_CRC_AT_END = re.compile(r"6304([0-9A-Fa-f]{4})\Z")
_TIP_PATHS = {"02": "56", "03": "57"}


@dataclass(slots=True)
class _Reading:
    """A payload taken apart: what was found, which rows could be read, what failed."""

    payload: str
    found: dict[str, DataObject] = field(default_factory=dict)
    opened: set[str] = field(default_factory=set)
    faults: list[VietQRError] = field(default_factory=list)

    def value(self, path: str) -> str | None:
        """Return the value of the object at ``path``, or ``None``."""
        found = self.found.get(path)
        return found.value if found else None


def decode(payload: str, *, strict: bool = True) -> VietQR:
    """Read a payload, or raise the first thing that is wrong with it.

    Nothing is trimmed: a space before or after is a fault (see `compact`).

    Raises:
        VietQRError: a subclass by cause; only intolerable ones when not strict.

    >>> code = decode("00020101021138540010A00000072701240006970422011001234567890208"
    ...               "QRIBFTTA53037045802VN6304B1A7")
    >>> code.bank_bin, code.account_number, code.amount_vnd
    ('970422', '0123456789', None)
    >>> decode("00020101021138540010A00000072701240006970422011001234567890208"
    ...        "QRIBFTTA53037045802VN6304B1A8")
    Traceback (most recent call last):
    ...
    vietqr.errors.ChecksumMismatch: 63: the CRC is B1A8, computed B1A7
    >>> decode("00020101021138540010A00000072701240006970422011001234567890208"
    ...        "QRIBFTTA53037045802VN6304b1a7", strict=False).crc
    'b1a7'

    """
    reading = _read(payload)
    for fault in reading.faults:
        if strict or not fault.tolerable:
            raise fault
    return _content(reading)


def faults(payload: str) -> tuple[VietQRError, ...]:
    """Return everything that is wrong with a payload; nothing when it is right.

    `decode` raises the first of them.  Reading goes as far as it can: where a
    row of objects is broken, the objects in it are not judged.

    >>> [fault.code for fault in faults("0002010102113800")]
    ['checksum_missing', 'malformed_object']
    """
    return tuple(_read(payload).faults)


def validate(payload: str) -> str:
    """Return the payload when it is right, strictly; else raise as `decode` does.

    Other than most numbers, a payload has spaces that count, so nothing is
    removed first; call `compact` on what a person pasted.

    >>> validate("hello")
    Traceback (most recent call last):
    ...
    vietqr.errors.ChecksumMissing: the payload does not end in 6304 and 4 hex digits
    """
    return decode(payload).payload


def is_valid(payload: str) -> bool:
    """Tell whether the payload is right, strictly.

    >>> is_valid("00020101021138540010A00000072701240006970422011001234567890208"
    ...          "QRIBFTTA53037045802VN6304B1A7")
    True
    >>> is_valid("")
    False
    """
    return not faults(payload)


def compact(payload: str) -> str:
    r"""Remove what a clipboard or a file adds around a payload, and nothing inside.

    >>> compact("\ufeff 000201 \r\n")
    '000201'
    """
    return payload.strip("\ufeff \t\r\n")


def _read(payload: str) -> _Reading:
    """Take a payload apart and collect the faults, the most telling first."""
    reading = _Reading(payload)
    reading.faults.extend(_not_to_be_read(payload))
    if reading.faults:
        return reading
    reading.faults.extend(_checksum_faults(payload))
    _open(reading, ROOT, payload)
    for path in TEMPLATES:
        _open_template(reading, path)
    if ROOT in reading.opened:
        for check in (_frame_faults, _unexpected, _missing, _value_faults, _tip_faults):
            reading.faults.extend(check(reading))
    return reading


def _not_to_be_read(payload: str) -> Iterator[VietQRError]:
    if not payload:
        yield EmptyPayload("the payload is empty")
    elif len(payload) > MAX_PAYLOAD_LENGTH:
        yield PayloadTooLong(f"the payload has more than {MAX_PAYLOAD_LENGTH} characters")
    else:
        try:
            as_bytes(payload)
        except NotText as fault:
            yield fault


def _checksum_faults(payload: str) -> Iterator[VietQRError]:
    match = _CRC_AT_END.search(payload)
    if not match:
        yield ChecksumMissing("the payload does not end in 6304 and 4 hex digits", path="63")
        return
    written, computed = match[1], crc(payload[:-CRC_LENGTH])
    if written.upper() != computed:
        message = f"63: the CRC is {written}, computed {computed}"
        yield ChecksumMismatch(message, path="63", position=match.start())
    elif written != computed:
        message = f"63: the CRC {written} is in lower case"
        yield ChecksumCase(message, path="63", position=match.start(), tolerable=True)


def _open(reading: _Reading, path: str, text: str) -> None:
    """Read one row of objects; a row that is broken anywhere yields none."""
    try:
        row = parse(text, reading.found.get(path))
    except (MalformedObject, DuplicateObject) as fault:
        reading.faults.append(fault)
        return
    reading.opened.add(path)
    reading.found.update((found.path, found) for found in row)


def _open_template(reading: _Reading, path: str) -> None:
    text = reading.value(path)
    if text is None:
        return
    # What 38.01 holds is known only of NAPAS's own scheme.
    if path == "38.01" and reading.value("38.00") not in {NAPAS_GUID, None}:
        return
    _open(reading, path, text)


def _frame_faults(reading: _Reading) -> Iterator[VietQRError]:
    """Object 00 comes first, 63 last, and the CRC found at the end is 63's value."""
    paths = [path for path in reading.found if "." not in path]
    first = reading.found.get("00")
    if first and paths[0] != "00":
        yield MisplacedObject("00 is not first", path="00", position=first.position)
    last = reading.found.get("63")
    if last and (paths[-1] != "63" or len(last.value) != CRC_LENGTH):
        message = "63 is not last, with 4 characters"
        yield MisplacedObject(message, path="63", position=last.position)
    elif not last and _CRC_AT_END.search(reading.payload):
        yield MissingObject("63: CRC is missing: what looks like it is text", path="63")


def _missing(reading: _Reading) -> Iterator[VietQRError]:
    if "38" not in reading.found:
        yield NotVietQR("38: account template is missing: not a VietQR code", path="38")
    for parent, wanted in REQUIRED.items():
        if parent not in reading.opened:
            continue
        for path, name in wanted.items():
            if path not in reading.found:
                yield MissingObject(f"{path}: {name} is missing", path=path)
    if "38" in reading.opened and "38.02" not in reading.found:
        yield from _missing_without_service(reading)
    elif reading.value("38.02") == PUSH:
        yield from _missing_names(reading)


def _missing_without_service(reading: _Reading) -> Iterator[VietQRError]:
    """Judge an absent service code, which stands for QRPUSH unless it is a level too deep."""
    if "38.01.02" in reading.found:
        message = "38.02: service code is missing at its own level"
        yield MissingObject(message, path="38.02")
    else:
        yield from _missing_names(reading)


def _missing_names(reading: _Reading) -> Iterator[VietQRError]:
    for path in ("59", "60"):
        if path not in reading.found:
            message = f"{path}: {RULES[path].name} is missing, which {PUSH} needs"
            yield MissingObject(message, path=path)


def _unexpected(reading: _Reading) -> Iterator[VietQRError]:
    """In the account template an object too many may be an account misread."""
    for found in reading.found.values():
        allowed = CLOSED_TEMPLATES.get(found.path[:-3])
        if allowed and found.id not in allowed:
            message = f"{found.path}: unexpected there (a wrong length before it?)"
            yield UnexpectedObject(message, path=found.path, position=found.position)


def _value_faults(reading: _Reading) -> Iterator[VietQRError]:
    for path, rule in RULES.items():
        found = reading.found.get(path)
        if found:
            yield from rule.breaches(found.value, path, found.position)


def _tip_faults(reading: _Reading) -> Iterator[VietQRError]:
    """Match tips: a fixed one goes with indicator 02, a percentage with 03."""
    for indicator, path in _TIP_PATHS.items():
        wanted, found = reading.value("55") == indicator, reading.found.get(path)
        if wanted and not found:
            yield MissingObject(f"{path}: missing, which 55 = {indicator} needs", path=path)
        elif found and not wanted:
            message = f"{path}: there without 55 = {indicator}"
            yield UnexpectedObject(message, path=path, position=found.position)


def _content(reading: _Reading) -> VietQR:
    """Name the values of a reading that has no fault, or none that counts."""
    percent = reading.value("57")
    texts = {name: reading.value(path) for name, path in FIELD_PATHS.items()}
    return VietQR(
        payload=reading.payload,
        init_method=reading.found["01"].value,
        bank_bin=reading.found["38.01.00"].value,
        account_number=reading.found["38.01.01"].value,
        service_code=reading.value("38.02") or PUSH,
        amount_vnd=_whole(reading.value("54")),
        tip_fixed_vnd=_whole(reading.value("56")),
        tip_percent=Decimal(percent) if percent else None,
        language_template=_language(reading),
        skipped=_skipped(reading),
        **texts,
    )


def _whole(value: str | None) -> int | None:
    """Dong of an amount that may end in a point."""
    return int(value.rstrip(".")) if value else None


def _language(reading: _Reading) -> LanguageTemplate | None:
    if "64" not in reading.found:
        return None
    return LanguageTemplate(*(reading.value(path) for path in ("64.00", "64.01", "64.02")))


def _skipped(reading: _Reading) -> tuple[DataObject, ...]:
    known = RULES.keys() | set(TEMPLATES) | {"63"}
    unread = (found for path, found in reading.found.items() if path not in known)
    return tuple(sorted(unread, key=lambda found: found.position))
