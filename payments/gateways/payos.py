"""payOS: one JSON object for each transfer to a payment link. Its `signature` covers `data`, so only that is read.

What is booked: data whose own `code` is "00", other than the sample that payOS sends when an address is entered.
`docs/gateways.md` says what is set up where and what is not known.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

import structlog

from core.settings import Settings
from payments.gateways import fields
from payments.gateways.errors import BadProof, Malformed
from payments.gateways.port import Notification, NotifyOnlyGateway, Recorded, ReportedCredit
from payments.gateways.proof import digest, provable, same

NAME = "payos"
SUCCESS = "00"
#: The payment link of the published sample. payOS sends it, signed with the merchant's own key, to try an address; the
#: sample's text is no mark of it, for a payer can write that.
SAMPLE_PAYMENT_LINK = "124c33293c43417ab7879e14c8d9eb18"
IDENTITY_MAX_LENGTH = 255

_KEY = re.compile(r"\w+", re.ASCII)
_NEXT_PAIR = re.compile(r"&(?=\w+=)", re.ASCII)

log = structlog.get_logger()


class PayOS(NotifyOnlyGateway):
    """See `payments.gateways.port.Gateway`."""

    name = NAME

    def __init__(self, settings: Settings) -> None:
        self._checksum_key = settings.payos_checksum_key

    def read_notification(self, _headers: Mapping[str, str], body: bytes) -> Notification:
        """HMAC-SHA256 over the pairs of `data`, sorted; the proof stands in the body, the headers carry none."""
        message = provable(body)
        data = message.get("data")
        if not isinstance(data, dict):
            raise BadProof
        if not same(digest("sha256", self._checksum_key, signed_text(data).encode()), message.get("signature")):
            raise BadProof
        notification = _read(data)
        if not notification.credits:
            because = "test" if data.get("paymentLinkId") == SAMPLE_PAYMENT_LINK else "not_successful"
            log.info("nothing_to_book", gateway=NAME, because=because)
        return notification

    def acknowledge(self, _outcome: Recorded) -> dict[str, Any]:
        """A 2xx is what counts with payOS; it reads nothing into the body."""
        return {"success": True}


def read_message(_message_id: str, body: bytes) -> Notification:
    """What a message says whose proof held when it came; its id stands in it. Raises `Malformed`."""
    data = fields.parse_object(body).get("data")
    if not isinstance(data, dict):
        raise Malformed("data must be an object")
    return _read(data)


def signed_text(data: dict[str, Any]) -> str:
    """What payOS signs: `key=value`, sorted by key, joined by `&`, nothing encoded.

    Raises `BadProof` where the text could also be read as other pairs: with nothing encoded, a payer's words such as
    "rau&reference=X" would let one proof stand for two messages.

    >>> signed_text({"reference": "FT1", "amount": 3000, "desc": None, "items": [{"b": 1, "a": True}]})
    'amount=3000&desc=&items=[{"a":true,"b":1}]&reference=FT1'
    """
    try:
        text = "&".join(f"{key}={_as_signed(data[key])}" for key in sorted(data))
    except RecursionError as error:
        raise BadProof from error
    if not all(_KEY.fullmatch(key) for key in data) or len(_NEXT_PAIR.split(text)) != len(data):
        raise BadProof
    return text


def _as_signed(value: object) -> str:
    """A value as JavaScript writes it into a text; the words null and undefined count as nothing."""
    if isinstance(value, str):
        return "" if value in {"null", "undefined"} else value
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _read(data: dict[str, Any]) -> Notification:
    link = fields.cut_text(data, "paymentLinkId", IDENTITY_MAX_LENGTH) or ""
    reference = fields.cut_text(data, "reference", IDENTITY_MAX_LENGTH) or ""
    message_id = _identity(link, reference)
    if link == SAMPLE_PAYMENT_LINK:
        return Notification(message_id, ())
    if fields.required_text(data, "code", IDENTITY_MAX_LENGTH) != SUCCESS:
        return Notification(message_id, ())
    if not link or not reference:
        raise Malformed("paymentLinkId and reference must be there")
    return Notification(message_id, (_credit(data, message_id),))


def _identity(link: str, reference: str) -> str:
    """What tells one transfer from another: the link it paid and the bank's reference; hashed when that is too long."""
    readable = f"{link}:{reference}"
    fits = len(readable) <= fields.EXTERNAL_ID_MAX_LENGTH
    return readable if fits else hashlib.sha256(readable.encode()).hexdigest()


def _credit(data: dict[str, Any], external_id: str) -> ReportedCredit:
    if data.get("currency") != "VND":
        raise Malformed("currency must be VND")
    return ReportedCredit(
        external_id=external_id,
        bank_ref=fields.cut_text(data, "reference", fields.BANK_REF_MAX_LENGTH) or "",
        account_number=fields.account_number(data, "accountNumber") or "",
        virtual_account=fields.account_number(data, "virtualAccountNumber"),
        amount_vnd=fields.amount_vnd(data, "amount"),
        content=fields.cut_text(data, "description", fields.CONTENT_MAX_LENGTH) or "",
        paid_at=fields.local_moment(data, "transactionDateTime"),
        payer_bank_bin=fields.bin_in_digits(data, "counterAccountBankId"),
        payer_name=fields.cut_text(data, "counterAccountName", fields.NAME_MAX_LENGTH),
    )
