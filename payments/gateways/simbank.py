"""The simulated bank's adapter: Standard Webhooks in, its partner API out, over HTTP only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import cache
from itertools import count
from ssl import SSLContext
from typing import Any, TypeVar

import httpx
import structlog
from standardwebhooks import Webhook, WebhookVerificationError

from core.money import BOOKING_MAX_VND
from core.settings import Settings
from payments.gateways import fields
from payments.gateways.errors import BadProof, Malformed, TooLarge
from payments.gateways.port import (
    Notification,
    Recorded,
    RefundAnswer,
    RefundOutcome,
    ReportedCredit,
    ReportedReversal,
)
from payments.statement_lines import Direction, Line
from vendors.codes.banks import SIMULATED_BIN
from vendors.issuer import BankUnavailable, VirtualAccount

NAME = "simbank"
CREDITS_EVENT = "credits.received"
REVERSALS_EVENT = "credits.reversed"
RECORDS_MAX = 1_000
TIMEOUT_S = 10.0
MESSAGE_ID_MAX_LENGTH = 128
PROOF_HEADERS = frozenset({"webhook-id", "webhook-timestamp", "webhook-signature"})
REFUSAL_MAX_LENGTH = 64
STATEMENT_PAGE = 1_000
#: The answers that are the bank's last word on a refund, if they are the bank's.
REFUSALS = frozenset({httpx.codes.NOT_FOUND, httpx.codes.UNPROCESSABLE_ENTITY})

Answer = TypeVar("Answer")

log = structlog.get_logger()


class Simbank:
    """See `payments.gateways.port.Gateway`."""

    name = NAME
    supports_virtual_accounts = True
    supports_refunds = True
    supports_statements = True

    def __init__(self, settings: Settings, transport: httpx.BaseTransport | None = None) -> None:
        self._webhook = Webhook(settings.simbank_webhook_secret)
        self._client = httpx.Client(
            base_url=settings.simbank_url,
            headers={"Authorization": f"Bearer {settings.simbank_api_key}"},
            timeout=TIMEOUT_S,
            transport=transport,
            verify=_authorities(),
        )

    def read_notification(self, headers: Mapping[str, str], body: bytes) -> Notification:
        """Standard Webhooks: HMAC-SHA256 over id, timestamp and raw body; five minutes of clock either way."""
        given = {known: value for name, value in headers.items() if (known := name.lower()) in PROOF_HEADERS}
        try:
            self._webhook.verify(body, given, json_parse=False)
        except (WebhookVerificationError, ValueError) as error:
            # ValueError: bytes that no proof can have been made over.
            raise BadProof from error
        message_id = given["webhook-id"]
        if len(message_id) > MESSAGE_ID_MAX_LENGTH:
            raise Malformed("webhook-id is too long")
        return read_message(message_id, body)

    def acknowledge(self, outcome: Recorded) -> dict[str, Any]:
        """The counts."""
        return {"recorded": outcome.recorded, "duplicates": outcome.duplicates, "unmatched": outcome.unmatched}

    def issue_virtual_account(
        self, *, request_id: str, bank_bin: str, account_number: str, label: str
    ) -> VirtualAccount | None:
        """Only for accounts that this bank keeps; for others None."""
        if bank_bin != SIMULATED_BIN:
            return None
        body = {"request_id": request_id, "account_number": account_number, "label": label}
        answer = self._call("POST", "/api/v1/virtual-accounts", json=body)
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        issued = self._object(answer)
        return _answered(lambda: VirtualAccount(NAME, str(issued["bank_bin"]), str(issued["virtual_account"])))

    def looks_up(self, bank_bin: str) -> bool:
        """Of its own accounts; it has no line to other banks."""
        return bank_bin == SIMULATED_BIN

    def find_holder(self, *, bank_bin: str, account_number: str) -> str | None:
        """The holder's name as the bank writes it; None when it knows no such account."""
        answer = self._call("GET", f"/api/v1/banks/{bank_bin}/accounts/{account_number}/holder")
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        return _answered(lambda: str(self._object(answer)["holder_name"]))

    def open_accounts(self, items: list[dict[str, Any]]) -> None:
        """Open accounts of `account_number`, `holder_name`, `opening_balance_vnd`; only a simulated bank lets us."""
        self._object(self._call("POST", "/api/v1/accounts", json={"items": items}))

    def refund(self, *, request_id: str, credit_external_id: str, amount_vnd: int, reason: str) -> RefundAnswer:
        """Ask for the refund; the bank's refusals are its last word, anything else it fails with is not."""
        body = {
            "request_id": request_id,
            "credit_id": credit_external_id,
            "amount_vnd": amount_vnd,
            "reason": reason,
        }
        answer = self._call("POST", "/api/v1/refunds", json=body)
        if answer.status_code in REFUSALS:
            return RefundAnswer(RefundOutcome.REFUSED, refusal=_problem_code(answer))
        return _answered(lambda: _refund(self._object(answer)))

    def find_refund(self, request_id: str) -> RefundAnswer | None:
        """What became of a refund; None when the bank never heard of it."""
        answer = self._call("GET", f"/api/v1/refunds/{request_id}")
        if answer.status_code == httpx.codes.NOT_FOUND:
            # Only the bank's own word is one: whatever stands between may answer 404 as well.
            _problem_code(answer)
            return None
        return _answered(lambda: _refund(self._object(answer)))

    def statement(self, start: datetime, end: datetime) -> Iterator[Line]:
        """Page by page, in the order of booking."""
        after: str | None = None
        numbers = count(1)
        while True:
            asked = {"from": start.isoformat(), "to": end.isoformat(), "limit": str(STATEMENT_PAGE)}
            answer = self._object(
                self._call("GET", "/api/v1/statements", params=asked | ({"after": after} if after else {}))
            )
            yield from _lines(answer, numbers)
            after = answer.get("next")
            if after is None:
                return

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
        return _answered(lambda: _object_in(answer))


@cache
def _authorities() -> SSLContext:
    """Who may vouch for a bank's server, read once in a process: it takes 20 ms."""
    return httpx.create_ssl_context()


def read_message(message_id: str, body: bytes) -> Notification:
    """What a message says whose proof held when it came. Raises `Malformed`, `TooLarge`."""
    message = fields.parse_object(body)
    if message.get("type") == REVERSALS_EVENT:
        return Notification(message_id, (), tuple(_reversal(one) for one in _records(message, "reversals")))
    if message.get("type") != CREDITS_EVENT:
        raise Malformed(f"type must be {CREDITS_EVENT} or {REVERSALS_EVENT}")
    return Notification(message_id, tuple([_credit(one) for one in _records(message, "credits")]))


def _object_in(answer: httpx.Response) -> dict[str, Any]:
    found = answer.json()
    if not isinstance(found, dict):
        raise Malformed("not an object")
    return found


def _problem_code(answer: httpx.Response) -> str:
    """The stable code of a problem that is the bank's own. Raises `BankUnavailable` when it is not."""
    code = _answered(lambda: _object_in(answer)).get("code")
    if not isinstance(code, str) or not code:
        raise BankUnavailable
    return code[:REFUSAL_MAX_LENGTH]


def _answered(read: Callable[[], Answer]) -> Answer:
    """What a bank answered, read; what cannot be read is no answer."""
    try:
        return read()
    except (Malformed, KeyError, TypeError, ValueError) as error:
        log.warning("bank_answer_unreadable", gateway=NAME, error=str(error))
        raise BankUnavailable from error


def _records(message: dict[str, Any], name: str) -> list[dict[str, Any]]:
    data = message.get("data")
    records = data.get(name) if isinstance(data, dict) else None
    if not isinstance(records, list) or not records or not all(isinstance(record, dict) for record in records):
        raise Malformed(f"data.{name} must be a list of objects")
    if len(records) > RECORDS_MAX:
        raise TooLarge(f"at most {RECORDS_MAX} {name} in a message")
    return records


def _require_vnd(record: dict[str, Any]) -> None:
    if record.get("currency") != "VND":
        raise Malformed("currency must be VND")


def _credit(record: dict[str, Any]) -> ReportedCredit:
    _require_vnd(record)
    return ReportedCredit(
        external_id=fields.required_text(record, "id", fields.EXTERNAL_ID_MAX_LENGTH),
        bank_ref=fields.required_text(record, "bank_ref", fields.BANK_REF_MAX_LENGTH),
        account_number=fields.required_text(record, "account_number", fields.ACCOUNT_MAX_LENGTH),
        virtual_account=fields.optional_text(record, "virtual_account", fields.ACCOUNT_MAX_LENGTH),
        amount_vnd=fields.amount_vnd(record),
        content=fields.optional_text(record, "content", fields.CONTENT_MAX_LENGTH) or "",
        paid_at=fields.moment(record, "paid_at"),
        bank_bin=SIMULATED_BIN,
        payer_bank_bin=fields.optional_bin(record, "payer_bank_bin"),
        payer_name=fields.optional_text(record, "payer_name", fields.NAME_MAX_LENGTH),
        payer_ref=fields.optional_text(record, "payer_ref", fields.BANK_REF_MAX_LENGTH),
    )


def _reversal(record: dict[str, Any]) -> ReportedReversal:
    _require_vnd(record)
    return ReportedReversal(
        external_id=fields.required_text(record, "id", fields.EXTERNAL_ID_MAX_LENGTH),
        credit_external_id=fields.required_text(record, "credit_id", fields.EXTERNAL_ID_MAX_LENGTH),
        bank_ref=fields.required_text(record, "bank_ref", fields.BANK_REF_MAX_LENGTH),
        amount_vnd=fields.amount_vnd(record),
        reason=fields.optional_text(record, "reason", fields.CONTENT_MAX_LENGTH) or "",
        booked_at=fields.moment(record, "booked_at"),
    )


def _refund(record: dict[str, Any]) -> RefundAnswer:
    if record.get("state") == RefundOutcome.DONE:
        bank_ref = fields.required_text(record, "bank_ref", fields.BANK_REF_MAX_LENGTH)
        return RefundAnswer(RefundOutcome.DONE, bank_ref, fields.moment(record, "booked_at"))
    if record.get("state") == RefundOutcome.REFUSED:
        return RefundAnswer(RefundOutcome.REFUSED, refusal=fields.required_text(record, "refusal", REFUSAL_MAX_LENGTH))
    raise BankUnavailable


def _lines(answer: dict[str, Any], numbers: Iterator[int]) -> list[Line]:
    return _answered(lambda: [_line(record, next(numbers)) for record in answer["items"]])


def _line(record: dict[str, Any], number: int) -> Line:
    _require_vnd(record)
    direction = Direction(str(record.get("direction")))
    refund_ref = fields.optional_text(record, "refund_request_id", fields.EXTERNAL_ID_MAX_LENGTH)
    # The bank says who sent the money. Of a debit that is the account itself, and no other party.
    payer = record if direction is Direction.CREDIT else {}
    return Line(
        account_number=fields.required_text(record, "account_number", fields.ACCOUNT_MAX_LENGTH),
        direction=direction,
        amount_vnd=fields.amount_vnd(record, most_vnd=BOOKING_MAX_VND),
        booked_at=fields.moment(record, "booked_at"),
        day_only=False,
        bank_ref=fields.required_text(record, "bank_ref", fields.BANK_REF_MAX_LENGTH),
        external_id=fields.optional_text(record, "credit_id", fields.EXTERNAL_ID_MAX_LENGTH),
        other_refs=() if refund_ref is None else (refund_ref,),
        virtual_account=fields.optional_text(record, "virtual_account", fields.ACCOUNT_MAX_LENGTH),
        content=fields.optional_text(record, "content", fields.CONTENT_MAX_LENGTH) or "",
        party_name=fields.optional_text(payer, "payer_name", fields.NAME_MAX_LENGTH),
        party_account=fields.optional_text(payer, "payer_ref", fields.BANK_REF_MAX_LENGTH),
        party_bank_bin=fields.optional_bin(payer, "payer_bank_bin"),
        bank_bin=SIMULATED_BIN,
        is_reversal=record.get("kind") == "reversal",
        line_number=number,
        entry_ref=fields.required_text(record, "line_id", fields.EXTERNAL_ID_MAX_LENGTH),
    )
