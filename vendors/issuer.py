"""What this floor needs of a bank. The gateways, a floor above, provide one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from flask_babel import lazy_gettext as _

from core.errors import Unavailable


@dataclass(frozen=True, slots=True)
class VirtualAccount:
    """An account number that stands for one stall's code at a gateway; `bank_bin` is the gateway's bank."""

    gateway: str
    bank_bin: str
    number: str


class BankUnavailable(Unavailable):
    """The bank did not answer; the same request may be made again and then gives what this one would have given."""

    code = "bank_unavailable"
    title = _("The bank does not answer")


class VirtualAccountIssuer(Protocol):
    """A gateway as this floor sees it."""

    def issue_virtual_account(
        self, *, request_id: str, bank_bin: str, account_number: str, label: str
    ) -> VirtualAccount | None:
        """A virtual account that pays into the given account; None when this bank offers none for it.

        The same `request_id` always gives the same number. Raises `BankUnavailable`.
        """

    def looks_up(self, bank_bin: str) -> bool:
        """Whether holders of accounts at that bank can be asked for here at all."""

    def find_holder(self, *, bank_bin: str, account_number: str) -> str | None:
        """The holder's name as the bank writes it; None when there is no such account.

        Raises `BankUnavailable`.
        """


class NoIssuer:
    """Where no gateway issues virtual accounts, codes carry the vendor's own account and no name is looked up."""

    def issue_virtual_account(self, **_asked: str) -> VirtualAccount | None:
        """None: the vendor's own account is used."""
        return None

    def looks_up(self, bank_bin: str) -> bool:  # noqa: ARG002
        """Of no bank."""
        return False

    def find_holder(self, **_asked: str) -> str | None:
        """Nobody can be asked."""
        raise BankUnavailable
