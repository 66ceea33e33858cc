"""The simulated bank's adapter: Standard Webhooks in, its partner API out, over HTTP only."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import httpx
import structlog
from standardwebhooks import Webhook, WebhookVerificationError

from market.settings import Settings
from payments.gateways import fields
from payments.gateways.errors import BadProof, Malformed, TooLarge
from payments.gateways.port import Notification, Recorded, ReportedCredit
from vendors.codes.bank import BankUnavailable, VirtualAccount

NAME = "simbank"
#: A BIN that no real bank has.
BIN = "970499"
EVENT = "credits.received"
CREDITS_MAX = 1_000
TIMEOUT_S = 10.0
MESSAGE_ID_MAX_LENGTH = 128

log = structlog.get_logger()


class Simbank:
    """See `payments.gateways.port.Gateway`."""

    name = NAME

    def __init__(self, settings: Settings, transport: httpx.BaseTransport | None = None) -> None:
        self._webhook = Webhook(settings.simbank_webhook_secret)
        self._client = httpx.Client(
            base_url=settings.simbank_url,
            headers={"Authorization": f"Bearer {settings.simbank_api_key}"},
            timeout=TIMEOUT_S,
            transport=transport,
        )

    def read_notification(self, headers: Mapping[str, str], body: bytes) -> Notification:
        """Standard Webhooks: HMAC-SHA256 over id, timestamp and raw body; five minutes of clock either way."""
        try:
            self._webhook.verify(body, {name.lower(): value for name, value in headers.items()})
        except json.JSONDecodeError:
            # The library reads the body once its proof has held; we read it ourselves below, and say what is wrong.
            log.info("webhook_body_not_json", gateway=NAME)
        except (WebhookVerificationError, ValueError) as error:
            # ValueError: bytes that no proof can have been made over.
            raise BadProof from error
        message_id = {name.lower(): value for name, value in headers.items()}["webhook-id"]
        if len(message_id) > MESSAGE_ID_MAX_LENGTH:
            raise Malformed("webhook-id is too long")
        return Notification(message_id, _credits(fields.parse_object(body)))

    def acknowledge(self, outcome: Recorded) -> dict[str, Any]:
        """The counts."""
        return {"recorded": outcome.recorded, "duplicates": outcome.duplicates, "unmatched": outcome.unmatched}

    def issue_virtual_account(
        self, *, request_id: str, bank_bin: str, account_number: str, label: str
    ) -> VirtualAccount | None:
        """Only for accounts that this bank keeps; for others None."""
        if bank_bin != BIN:
            return None
        body = {"request_id": request_id, "account_number": account_number, "label": label}
        answer = self._call("POST", "/api/v1/virtual-accounts", json=body)
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        issued = self._object(answer)
        return VirtualAccount(NAME, str(issued["bank_bin"]), str(issued["virtual_account"]))

    def looks_up(self, bank_bin: str) -> bool:
        """Of its own accounts; it has no line to other banks."""
        return bank_bin == BIN

    def find_holder(self, *, bank_bin: str, account_number: str) -> str | None:
        """The holder's name as the bank writes it; None when it knows no such account."""
        answer = self._call("GET", f"/api/v1/banks/{bank_bin}/accounts/{account_number}/holder")
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        return str(self._object(answer)["holder_name"])

    def open_accounts(self, items: list[dict[str, Any]]) -> None:
        """Open accounts of `account_number`, `holder_name`, `opening_balance_vnd`; only a simulated bank lets us."""
        self._object(self._call("POST", "/api/v1/accounts", json={"items": items}))

    def _call(self, method: str, path: str, **kwargs: Any) -> httpx.Response:
        try:
            return self._client.request(method, path, **kwargs)
        except httpx.HTTPError as error:
            log.warning("bank_unreachable", gateway=NAME, error=type(error).__name__)
            raise BankUnavailable from error

    def _object(self, answer: httpx.Response) -> dict[str, Any]:
        if not answer.is_success:
            log.warning("bank_refused", gateway=NAME, status=answer.status_code)
            raise BankUnavailable
        found: dict[str, Any] = answer.json()
        return found


def _credits(message: dict[str, Any]) -> tuple[ReportedCredit, ...]:
    data = message.get("data")
    if message.get("type") != EVENT or not isinstance(data, dict):
        raise Malformed(f"type must be {EVENT}, with data")
    records = data.get("credits")
    if not isinstance(records, list) or not records or not all(isinstance(record, dict) for record in records):
        raise Malformed("data.credits must be a list of objects")
    if len(records) > CREDITS_MAX:
        raise TooLarge(f"at most {CREDITS_MAX} credits in a message")
    return tuple(_credit(record) for record in records)


def _credit(record: dict[str, Any]) -> ReportedCredit:
    if record.get("currency") != "VND":
        raise Malformed("currency must be VND")
    return ReportedCredit(
        external_id=fields.required_text(record, "id", fields.EXTERNAL_ID_MAX_LENGTH),
        bank_ref=fields.required_text(record, "bank_ref", fields.BANK_REF_MAX_LENGTH),
        account_number=fields.required_text(record, "account_number", fields.ACCOUNT_MAX_LENGTH),
        virtual_account=fields.optional_text(record, "virtual_account", fields.ACCOUNT_MAX_LENGTH),
        amount_vnd=fields.amount_vnd(record),
        content=fields.optional_text(record, "content", fields.CONTENT_MAX_LENGTH) or "",
        paid_at=fields.moment(record, "paid_at"),
        bank_bin=BIN,
        payer_bank_bin=fields.optional_bin(record, "payer_bank_bin"),
        payer_name=fields.optional_text(record, "payer_name", fields.NAME_MAX_LENGTH),
        payer_ref=fields.optional_text(record, "payer_ref", fields.BANK_REF_MAX_LENGTH),
    )
