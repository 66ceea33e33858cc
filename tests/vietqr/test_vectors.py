"""133 payloads, most of them written by others, and how each must be judged."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import vietqr
from vietqr import objects
from vietqr.errors import VietQRError

VECTORS: list[dict[str, Any]] = json.loads(Path(__file__).with_name("vectors.json").read_text(encoding="utf-8"))
NUMBERED = [pytest.param(vector, id=f"{number:03d}") for number, vector in enumerate(VECTORS)]
READ = [row for row, vector in zip(NUMBERED, VECTORS, strict=True) if vector["read_leniently"]]
each_vector = pytest.mark.parametrize("vector", NUMBERED)

ATTRIBUTES = {
    "init_method": "init_method",
    "bank_bin": "bank_bin",
    "account": "account_number",
    "service_code": "service_code",
    "mcc": "merchant_category",
    "currency": "currency",
    "country": "country",
    "merchant_name": "merchant_name",
    "merchant_city": "merchant_city",
    "postal_code": "postal_code",
    "tip_indicator": "tip_indicator",
    "bill_number": "bill_number",
    "mobile_number": "mobile_number",
    "store_label": "store_label",
    "loyalty_number": "loyalty_number",
    "reference_label": "reference_label",
    "customer_label": "customer_label",
    "terminal_label": "terminal_label",
    "purpose": "purpose",
    "consumer_data_request": "consumer_data_request",
    "crc": "crc",
}
"""Names in the vectors, and the attributes that have the same value."""

PATHS = {
    "01": "init_method",
    "38.01.00": "bank_bin",
    "38.01.01": "account",
    "38.02": "service_code",
    "52": "mcc",
    "53": "currency",
    "54": "amount",
    "55": "tip_indicator",
    "56": "fee_fixed",
    "57": "fee_percent",
    "58": "country",
    "59": "merchant_name",
    "60": "merchant_city",
    "61": "postal_code",
    "62.01": "bill_number",
    "62.02": "mobile_number",
    "62.03": "store_label",
    "62.04": "loyalty_number",
    "62.05": "reference_label",
    "62.06": "customer_label",
    "62.07": "terminal_label",
    "62.08": "purpose",
    "62.09": "consumer_data_request",
    "63": "crc",
    "64.00": "alt_language",
    "64.01": "alt_name",
    "64.02": "alt_city",
}

CAUSES = (
    ("does not end in 6304", {"checksum_missing"}),
    ("tag 63 is not last", {"checksum_missing", "misplaced_object"}),
    ("CRC is in lower case", {"checksum_case"}),
    ("CRC is", {"checksum_mismatch"}),
    ("tag 00 is not first", {"misplaced_object"}),
    ("no tag 38", {"not_vietqr"}),
    ("38.00 GUID", {"not_vietqr"}),
    ("38.01 holds unexpected", {"unexpected_object"}),
    ("38.02 service code missing", {"missing_object"}),
    ("no service code (=QRPUSH) needs", {"missing_object"}),
    ("is None, must be", {"missing_object"}),
    ("must be there exactly when", {"missing_object", "unexpected_object"}),
    ("root: ", {"malformed_object"}),
    ("38: ", {"malformed_object"}),
    ("38.01: ", {"malformed_object"}),
    ("62: ", {"malformed_object"}),
    ("is not 6 digits", {"invalid_bank_bin"}),
    ("account has other than", {"invalid_account_number"}),
    ("amount '", {"invalid_amount"}),
    ("characters outside printable ASCII", {"invalid_character"}),
    ("EMVCo limit 512", {"payload_too_long"}),
    (" characters, max ", {"value_too_long"}),
    (", must be ", {"invalid_value"}),
    ("must be letters from A, M, E", {"invalid_value"}),
)
"""What a reason in the vectors is called here; the first that fits counts."""


def read_or_none(payload: str, *, strict: bool) -> vietqr.VietQR | None:
    try:
        return vietqr.decode(payload, strict=strict)
    except VietQRError:
        return None


def test_all_of_them_are_here() -> None:
    assert len(VECTORS) == 133
    assert sum(vector["valid"] for vector in VECTORS) == 39
    assert sum(vector["read_leniently"] for vector in VECTORS) == 43


@each_vector
def test_is_judged_right_strictly(vector: dict[str, Any]) -> None:
    read = read_or_none(vector["payload"], strict=True)
    assert (read is not None) is vector["valid"]
    assert vietqr.is_valid(vector["payload"]) is vector["valid"]


@each_vector
def test_is_judged_right_leniently(vector: dict[str, Any]) -> None:
    read = read_or_none(vector["payload"], strict=False)
    assert (read is not None) is vector["read_leniently"]


@each_vector
def test_is_refused_for_the_right_causes(vector: dict[str, Any]) -> None:
    found = {fault.code for fault in vietqr.faults(vector["payload"])}
    reasons = vector.get("why", "").split("; ") if not vector["valid"] else []
    if any("38.00 GUID" in reason for reason in reasons):
        # What another scheme keeps in 38.01 is not ours to judge.
        reasons = [reason for reason in reasons if not reason.startswith("38.01:")]
    for reason in reasons:
        wanted = next(codes for text, codes in CAUSES if text in reason)
        assert wanted & found, reason
    assert bool(found) is bool(reasons)


@pytest.mark.parametrize("vector", READ)
def test_says_what_it_holds(vector: dict[str, Any]) -> None:
    read = vietqr.decode(vector["payload"], strict=False)
    decoded = dict(vector["decoded"])
    amount = decoded.pop("amount", None)
    tip = decoded.pop("fee_fixed", None)
    percent = decoded.pop("fee_percent", None)
    language = [decoded.pop(f"alt_{part}", None) for part in ("language", "name", "city")]
    decoded.setdefault("service_code", "QRPUSH")
    for name, attribute in ATTRIBUTES.items():
        assert getattr(read, attribute) == decoded.pop(name, None), name
    assert not decoded
    assert read.amount_vnd == (int(amount.rstrip(".")) if amount else None)
    assert read.tip_fixed_vnd == (int(tip) if tip else None)
    assert str(read.tip_percent or "") == (percent or "")
    template = read.language_template
    assert language == (
        [template.language, template.merchant_name, template.merchant_city] if template else [None, None, None]
    )


def values_of(payload: str) -> dict[str, str]:
    """Return every value by its name in the vectors, as far as rows can be read."""
    found = {row.path: row for row in objects.parse(payload)}
    for path in ("38", "38.01", "62", "64"):
        if path in found:
            try:
                found |= {row.path: row for row in objects.parse(found[path].value, found[path])}
            except VietQRError:
                continue
    return {name: found[path].value for path, name in PATHS.items() if path in found}


@each_vector
def test_its_objects_are_found_even_when_it_is_refused(vector: dict[str, Any]) -> None:
    try:
        values = values_of(vector["payload"])
    except VietQRError:
        assert not vector["tlv_ok"]
        assert vector["decoded"] == {}
    else:
        assert vector["tlv_ok"]
        assert values == vector["decoded"]


@each_vector
def test_its_checksum_is_judged_right(vector: dict[str, Any]) -> None:
    codes = {fault.code for fault in vietqr.faults(vector["payload"])}
    if "payload_too_long" not in codes:
        assert codes.isdisjoint({"checksum_missing", "checksum_mismatch"}) is vector["crc_ok"]


def test_the_command_judges_them_alike() -> None:
    lines = [vector for vector in VECTORS if "\n" not in vector["payload"]]
    text = "".join(vector["payload"] + "\n" for vector in lines)
    done = subprocess.run(
        [sys.executable, "-m", "vietqr", "check"],
        input=text.encode(),
        capture_output=True,
        check=True,
        cwd=Path(vietqr.__file__).parents[1],
    )
    answers = done.stdout.decode().splitlines()
    assert [answer == "valid" for answer in answers] == [vector["valid"] for vector in lines]
    assert all(answer == "valid" or answer.startswith("invalid: ") for answer in answers)
