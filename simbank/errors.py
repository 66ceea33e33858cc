"""What can go wrong, each with a stable code and an HTTP status.

The API shows an error as RFC 9457 `application/problem+json`; the pages have words of their own.
"""

from typing import Any, ClassVar

from .models import Refusal, ReturnRefusal


class SimbankError(Exception):
    """Root of the bank's errors."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 400
    title: ClassVar[str] = "The request could not be done"
    retry_after_s: int | None = None

    def __init__(self, detail: str = "", errors: dict[str, Any] | None = None) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.errors = errors

    def problem(self) -> dict[str, Any]:
        """Return the RFC 9457 members."""
        body: dict[str, Any] = {
            "type": "about:blank",
            "title": self.title,
            "status": self.status,
            "code": self.code,
        }
        if self.detail:
            body["detail"] = self.detail
        if self.errors:
            body["errors"] = self.errors
        return body


class InvalidRequestError(SimbankError):
    """Fields are missing, unknown or bad; `errors` says which."""

    code = "invalid_request"
    status = 422
    title = "Some fields are not valid"


class NotAJsonObjectError(SimbankError):
    """The body is no JSON object."""

    code = "malformed_json"
    status = 400
    title = "The body must be a JSON object"


class UnauthorizedError(SimbankError):
    """The bearer key is missing or wrong."""

    code = "unauthorized"
    status = 401
    title = "A valid bearer key is needed"


class AccountNotFoundError(SimbankError):
    """No account of this bank has that number."""

    code = "account_not_found"
    status = 404
    title = "There is no such account at this bank"


class AccountConflictError(SimbankError):
    """The account number is taken by another holder."""

    code = "account_exists"
    status = 409
    title = "The account number belongs to another holder"


class CreditNotFoundError(SimbankError):
    """No credit that was or will be reported has that identifier."""

    code = "credit_not_found"
    status = 404
    title = "There is no such credit"


class RefundNotFoundError(SimbankError):
    """The bank never received a refund with that request id."""

    code = "refund_not_found"
    status = 404
    title = "The bank has not received such a refund"


class KeyReusedError(SimbankError):
    """A request key came again with another body."""

    code = "key_reused"
    status = 422
    title = "The key was used before with another body"


class BankDownError(SimbankError):
    """The bank is down, as the plan of faults has it; `retry_after_s` says for how long still."""

    code = "bank_down"
    status = 503
    title = "The bank is down"

    def __init__(self, retry_after_s: int) -> None:
        super().__init__()
        self.retry_after_s = retry_after_s


class PlannedError(SimbankError):
    """An error out of nothing, as the plan of faults has it; nothing was done."""

    code = "internal_server_error"
    status = 500
    title = "Internal Server Error"


class TransferRefusedError(SimbankError):
    """The bank refused a transfer; the code is the refusal's own."""

    status = 422
    title = "The transfer was refused"

    def __init__(self, refusal: Refusal, transfer: dict[str, Any]) -> None:
        super().__init__(_REASONS[refusal])
        self.refusal = refusal
        self.transfer = transfer

    def problem(self) -> dict[str, Any]:
        """Return the RFC 9457 members, with the refused transfer."""
        return {**super().problem(), "code": self.refusal.value, "transfer": self.transfer}


class ReturnRefusedError(SimbankError):
    """The bank gave no money of a credit back; the code is the refusal's own.

    `refund` is the refused refund, which is remembered; None for a reversal, which is not.
    """

    status = 422
    title = "The money was not given back"

    def __init__(self, refusal: ReturnRefusal, refund: dict[str, Any] | None = None) -> None:
        super().__init__(_RETURN_REASONS[refusal])
        self.refusal = refusal
        self.refund = refund

    def problem(self) -> dict[str, Any]:
        """Return the RFC 9457 members, with the refused refund."""
        body = {**super().problem(), "code": self.refusal.value}
        return body if self.refund is None else {**body, "refund": self.refund}


_RETURN_REASONS = {
    ReturnRefusal.CREDIT_REVERSED: "The bank has taken the credit back",
    ReturnRefusal.OVER_REFUNDED: "Refunds would exceed the credit",
    ReturnRefusal.NOTHING_LEFT: "Refunds have given back all of the credit",
    ReturnRefusal.ACCOUNT_FROZEN: "The credited account is frozen",
    ReturnRefusal.INSUFFICIENT_FUNDS: "The credited account holds too little",
}

_REASONS = {
    Refusal.ACCOUNT_FROZEN: "The payer's account is frozen",
    Refusal.OTHER_BANK: "The payee's bank cannot be reached from this simulated bank",
    Refusal.UNKNOWN_ACCOUNT: "The payee's account does not exist",
    Refusal.SAME_ACCOUNT: "The payer and the payee are the same account",
    Refusal.OVER_TRANSFER_LIMIT: "The amount is over the payer's limit for one transfer",
    Refusal.OVER_DAILY_LIMIT: "The amount is over what the payer may still send today",
    Refusal.INSUFFICIENT_FUNDS: "The payer's balance is too small",
}
