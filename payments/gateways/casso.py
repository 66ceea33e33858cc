"""Casso, webhooks of version 2: one JSON object, `data`, for each movement on a linked account, signed as a whole.

What is booked: movements with a positive `amount`, other than the trial call, whose `id` is 0. `docs/gateways.md` says
what is set up where and what is not known.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import structlog

from core.settings import Settings
from payments.gateways import fields
from payments.gateways.errors import BadProof, Malformed
from payments.gateways.port import Notification, NotifyOnlyGateway, Recorded, ReportedCredit
from payments.gateways.proof import digest, header, provable, same

NAME = "casso"
TRIAL_ID = 0

_SIGNATURE = re.compile(r"t=(\d{1,20}),v1=([0-9a-f]{128})", re.ASCII)

log = structlog.get_logger()


class Casso(NotifyOnlyGateway):
    """See `payments.gateways.port.Gateway`."""

    name = NAME

    def __init__(self, settings: Settings) -> None:
        self._checksum_key = settings.casso_checksum_key

    def read_notification(self, headers: Mapping[str, str], body: bytes) -> Notification:
        """HMAC-SHA512 over a time in milliseconds and the message, written anew with its keys sorted.

        The time is not held against our clock: Casso does not say whether what it repeats is signed anew.
        """
        signature = _SIGNATURE.fullmatch(header(headers, "X-Casso-Signature"))
        if signature is None:
            raise BadProof
        message = provable(body)
        log.debug("proved", gateway=NAME, written_as=self._written_as(message, *signature.groups()))
        data = message.get("data")
        if not isinstance(data, dict):
            raise Malformed("data must be an object")
        notification = _read(data)
        if not notification.credits:
            because = "test" if notification.message_id == str(TRIAL_ID) else "outgoing"
            log.info("nothing_to_book", gateway=NAME, because=because)
        return notification

    def acknowledge(self, _outcome: Recorded) -> dict[str, Any]:
        """A 2xx is what counts with Casso; it reads nothing into the body."""
        return {"success": True}

    def _written_as(self, message: dict[str, Any], time_ms: str, given: str) -> str:
        """Which of the published ways to write JSON the proof was made over. Raises `BadProof`: none."""
        try:
            for name, write in WAYS_TO_WRITE.items():
                if same(digest("sha512", self._checksum_key, f"{time_ms}.{write(message)}".encode()), given):
                    return name
        except RecursionError as error:
            raise BadProof from error
        raise BadProof


def read_message(_message_id: str, body: bytes) -> Notification:
    """What a message says whose proof held when it came; its id stands in it. Raises `Malformed`."""
    data = fields.parse_object(body).get("data")
    if not isinstance(data, dict):
        raise Malformed("data must be an object")
    return _read(data)


def _plain(message: dict[str, Any]) -> str:
    return json.dumps(message, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _ascii(message: dict[str, Any]) -> str:
    return json.dumps(message, sort_keys=True, separators=(",", ":"))


def _for_html(message: dict[str, Any]) -> str:
    # These five stand nowhere in JSON but inside its texts.
    return re.sub("[<>&\u2028\u2029]", lambda found: f"\\u{ord(found[0]):04x}", _plain(message))


#: Casso's samples, one a language, write the same message differently as soon as a text has an accent, a slash or an
#: angle bracket, and nothing published says which way is Casso's own. Each reads back as the same message, so a proof
#: over any of them proves that message.
WAYS_TO_WRITE: Final[dict[str, Callable[[dict[str, Any]], str]]] = {
    "javascript": _plain,
    "python": _ascii,
    "php": lambda message: _ascii(message).replace("/", "\\/"),
    "go": _for_html,
}


def _read(data: dict[str, Any]) -> Notification:
    number = fields.whole(data, "id")
    if number == TRIAL_ID:
        return Notification(str(number), ())
    message_id = str(fields.provider_id(data, "id"))
    if fields.whole(data, "amount") <= 0:
        return Notification(message_id, ())
    return Notification(message_id, (_credit(data, message_id),))


def _credit(data: dict[str, Any], external_id: str) -> ReportedCredit:
    return ReportedCredit(
        external_id=external_id,
        bank_ref=fields.cut_text(data, "reference", fields.BANK_REF_MAX_LENGTH) or "",
        account_number=fields.account_number(data, "accountNumber") or "",
        virtual_account=fields.account_number(data, "virtualAccountNumber"),
        amount_vnd=fields.amount_vnd(data, "amount"),
        content=fields.cut_text(data, "description", fields.CONTENT_MAX_LENGTH) or "",
        paid_at=fields.local_moment(data, "transactionDateTime"),
        bank_bin=fields.bin_in_words(data, "bankName") or fields.bin_in_words(data, "bankAbbreviation"),
        payer_bank_bin=fields.bin_in_digits(data, "counterAccountBankId"),
        payer_name=fields.cut_text(data, "counterAccountName", fields.NAME_MAX_LENGTH),
    )
