"""Which gateways there are, and those that the settings name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from core.settings import Settings
from payments.gateways import casso, payos, sepay, simbank
from payments.gateways.port import Gateway, Notification
from vendors.issuer import NoIssuer, VirtualAccountIssuer

ADAPTERS: Final[dict[str, Callable[[Settings], Gateway]]] = {
    simbank.NAME: simbank.Simbank,
    sepay.NAME: sepay.SePay,
    payos.NAME: payos.PayOS,
    casso.NAME: casso.Casso,
}

#: How each gateway's message is read whose proof held when it came, by its id and its body. Messages stay longer than
#: gateways are set up, so these need no settings. They raise `Malformed` and `TooLarge`.
READERS: Final[dict[str, Callable[[str, bytes], Notification]]] = {
    simbank.NAME: simbank.read_message,
    sepay.NAME: sepay.read_message,
    payos.NAME: payos.read_message,
    casso.NAME: casso.read_message,
}


def open_gateways(settings: Settings) -> dict[str, Gateway]:
    """The gateways that the settings name, by their names."""
    return {name: ADAPTERS[name](settings) for name in settings.gateways}


def issuer_of(gateways: Mapping[str, Gateway]) -> VirtualAccountIssuer:
    """The first gateway that issues virtual accounts, which new codes carry then."""
    issuers = (gateway for gateway in gateways.values() if gateway.supports_virtual_accounts)
    return next(issuers, NoIssuer())
