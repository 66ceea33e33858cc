"""SePay: one JSON object for each movement on a linked account, proved by a signature or by an API key.

What is booked: movements with `transferType` "in". `docs/gateways.md` says what is set up where and what is not known.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog

from core import clock
from core.settings import Settings
from payments.gateways import fields
from payments.gateways.errors import BadProof, Malformed
from payments.gateways.port import Notification, NotifyOnlyGateway, Recorded, ReportedCredit
from payments.gateways.proof import digest, header, same

NAME = "sepay"
#: How far the sender's clock and ours may be apart, in seconds, either way.
WINDOW_S = 300
TIMESTAMP_MAX_LENGTH = 12

log = structlog.get_logger()


class SePay(NotifyOnlyGateway):
    """See `payments.gateways.port.Gateway`."""

    name = NAME

    def __init__(self, settings: Settings) -> None:
        self._api_key = settings.sepay_api_key
        self._signing_secret = settings.sepay_signing_secret

    def read_notification(self, headers: Mapping[str, str], body: bytes) -> Notification:
        """HMAC-SHA256 over time and raw body, or the API key, whichever of the two is set up."""
        if not self._proved(headers, body):
            raise BadProof
        notification = read_message("", body)
        if not notification.credits:
            log.info("nothing_to_book", gateway=NAME, because="outgoing")
        return notification

    def acknowledge(self, _outcome: Recorded) -> dict[str, Any]:
        """What SePay takes for success; anything else it sends again."""
        return {"success": True}

    def _proved(self, headers: Mapping[str, str], body: bytes) -> bool:
        signature = header(headers, "X-SePay-Signature")
        if signature and self._signing_secret:
            # A key beside a signature that does not hold proves nothing: the signature covers the body, the key not.
            return self._signed(header(headers, "X-SePay-Timestamp"), signature, body)
        return bool(self._api_key) and same(f"Apikey {self._api_key}", header(headers, "Authorization"))

    def _signed(self, timestamp: str, signature: str, body: bytes) -> bool:
        if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= TIMESTAMP_MAX_LENGTH):
            return False
        expected = digest("sha256", self._signing_secret, f"{timestamp}.".encode() + body)
        recent = abs(clock.now().timestamp() - int(timestamp)) <= WINDOW_S
        return same(f"sha256={expected}", signature) and recent


def read_message(_message_id: str, body: bytes) -> Notification:
    """What a message says whose proof held when it came; its id stands in it. Raises `Malformed`."""
    record = fields.parse_object(body)
    message_id = str(fields.provider_id(record, "id"))
    direction = record.get("transferType")
    if direction == "out":
        return Notification(message_id, ())
    if direction != "in":
        raise Malformed("transferType must be in or out")
    return Notification(message_id, (_credit(record, message_id),))


def _credit(record: dict[str, Any], external_id: str) -> ReportedCredit:
    return ReportedCredit(
        external_id=external_id,
        bank_ref=fields.cut_text(record, "referenceCode", fields.BANK_REF_MAX_LENGTH) or "",
        account_number=fields.account_number(record, "accountNumber") or "",
        virtual_account=fields.account_number(record, "subAccount"),
        amount_vnd=fields.amount_vnd(record, "transferAmount"),
        content=fields.cut_text(record, "content", fields.CONTENT_MAX_LENGTH) or "",
        paid_at=fields.local_moment(record, "transactionDate"),
        bank_bin=fields.bin_in_words(record, "gateway"),
    )
