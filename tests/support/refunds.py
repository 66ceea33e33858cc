"""A bank that sends money back as a test tells it to: it carries out, refuses, or does not say."""

from __future__ import annotations

from dataclasses import dataclass, field

from core import clock
from payments.gateways.port import RefundAnswer, RefundOutcome
from vendors.issuer import BankUnavailable


@dataclass
class RefundingBank:
    """Carries out each request once; `ordered` holds the amounts. `refuses` is its word for why not.

    While it is `silent` it carries out and says nothing; while it is `down` nothing reaches it.
    """

    name: str = "simbank"
    supports_refunds: bool = True
    ordered: dict[str, int] = field(default_factory=dict)
    answers: dict[str, RefundAnswer] = field(default_factory=dict)
    refuses: str | None = None
    silent: bool = False
    down: bool = False

    def refund(self, *, request_id: str, credit_external_id: str, amount_vnd: int, reason: str) -> RefundAnswer:
        if self.down:
            raise BankUnavailable
        if request_id not in self.answers:
            self.ordered[request_id] = amount_vnd
            self.answers[request_id] = self._decide()
        return self._tell(request_id)

    def find_refund(self, request_id: str) -> RefundAnswer | None:
        if self.down:
            raise BankUnavailable
        return self._tell(request_id) if request_id in self.answers else None

    def _decide(self) -> RefundAnswer:
        if self.refuses:
            return RefundAnswer(RefundOutcome.REFUSED, refusal=self.refuses)
        return RefundAnswer(RefundOutcome.DONE, f"FTHOAN{len(self.answers):08d}", clock.now())

    def _tell(self, request_id: str) -> RefundAnswer:
        if self.silent:
            raise BankUnavailable
        return self.answers[request_id]
