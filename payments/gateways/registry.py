"""The gateways that the settings name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from flask import Flask, current_app

from core.settings import Settings
from payments.gateways import casso, payos, sepay, simbank
from payments.gateways.errors import UnknownGateway
from payments.gateways.port import Gateway, Notification, NotifyOnlyGateway
from vendors.codes.issuer import NoIssuer, register_issuer

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


def init_app(app: Flask, settings: Settings) -> None:
    """Set up each gateway; the first that can issues the virtual accounts of new codes."""
    gateways = {name: ADAPTERS[name](settings) for name in settings.gateways}
    app.extensions["gateways"] = gateways
    banks = (gateway for gateway in gateways.values() if not isinstance(gateway, NotifyOnlyGateway))
    register_issuer(app, next(banks, NoIssuer()))


def gateway(name: str) -> Gateway:
    """The gateway of this name. Raises `UnknownGateway`."""
    try:
        found: Gateway = current_app.extensions["gateways"][name]
    except KeyError:
        raise UnknownGateway from None
    return found


def sends_money_back(name: str) -> bool:
    """Whether credits of this gateway can be refunded through it."""
    found = current_app.extensions["gateways"].get(name)
    return found is not None and not isinstance(found, NotifyOnlyGateway)
