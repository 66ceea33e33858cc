"""The bank put together: what one process holds, and how a request finds it."""

from dataclasses import dataclass

from flask import current_app

from .clock import Clock
from .database import Database
from .delivery import Courier
from .faults.plan import FaultPlan
from .returns import Returns
from .services import Bank
from .settings import SimbankSettings

EXTENSION = "simbank"


@dataclass(frozen=True, slots=True)
class Simbank:
    """One process's bank. Without a webhook address there is no courier."""

    settings: SimbankSettings
    clock: Clock
    database: Database
    bank: Bank
    returns: Returns
    faults: FaultPlan
    courier: Courier | None

    def start(self) -> None:
        """Start delivering; does nothing when it is started already."""
        if self.courier is not None:
            self.courier.start()

    def stop(self) -> None:
        """Stop delivering and close the database; what was not sent waits in the outbox."""
        if self.courier is not None:
            self.courier.stop()
        self.database.engine.dispose()


def simbank() -> Simbank:
    """Return the bank of the application that serves this request."""
    bank: Simbank = current_app.extensions[EXTENSION]
    return bank
