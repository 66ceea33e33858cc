"""The parts that record money and move it; see `core.container`."""

from __future__ import annotations

from dataclasses import dataclass

from payments.gateways.errors import UnknownGateway
from payments.gateways.port import Gateway
from payments.recording.recorder import Recorder
from vendors.container import VendorsContainer


@dataclass(kw_only=True)
class PaymentsContainer(VendorsContainer):
    """The parts of the floors below and this floor's."""

    #: Those that the settings name, by their names.
    gateways: dict[str, Gateway]
    recorder: Recorder

    def gateway(self, name: str) -> Gateway:
        """The gateway of this name. Raises `UnknownGateway`."""
        try:
            return self.gateways[name]
        except KeyError:
            raise UnknownGateway from None

    def supports_refunds(self, name: str) -> bool:
        """Whether credits of this gateway can be refunded through it; never where it is not set up any more."""
        found = self.gateways.get(name)
        return found is not None and found.supports_refunds


def gateway(name: str) -> Gateway:
    """The gateway of this name in the application in hand. Raises `UnknownGateway`."""
    return PaymentsContainer.current().gateway(name)


def recorder() -> Recorder:
    """The recorder of the application in hand."""
    return PaymentsContainer.current().recorder
