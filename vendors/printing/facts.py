"""What a card says, and the three sizes it comes in."""

import enum
from dataclasses import dataclass, fields
from datetime import date

STALL_NUMBER_MAX_CHARS = 8
ACCOUNT_NUMBER_MAX_CHARS = 34
TEXT_MAX_CHARS = 160
PAYLOAD_MAX_CHARS = 512

_LIMITS = {
    "stall_number": STALL_NUMBER_MAX_CHARS,
    "account_number": ACCOUNT_NUMBER_MAX_CHARS,
    "payload": PAYLOAD_MAX_CHARS,
}


class CardError(ValueError):
    """A card that cannot be drawn from what was given."""


class CardSize(enum.Enum):
    """A sheet of paper, by the name that addresses use.

    A6 stands upright on a stall, A5 lies across a counter, A4 hangs across an aisle.
    """

    A6 = "a6"
    A5 = "a5"
    A4 = "a4"

    @property
    def width_mm(self) -> int:
        """Width of the page in millimetres, as the card is held."""
        return _PAGES_MM[self][0]

    @property
    def height_mm(self) -> int:
        """Height of the page in millimetres, as the card is held."""
        return _PAGES_MM[self][1]


_PAGES_MM = {CardSize.A6: (105, 148), CardSize.A5: (210, 148), CardSize.A4: (297, 210)}


@dataclass(frozen=True, slots=True)
class CardFacts:
    """Everything printed on one card; nothing here is looked up while drawing.

    `check_url` is shown without its scheme, `account_number` exactly as given, and `payload` is what the symbol
    carries, character for character. A `demo` card says across that nobody can pay by it.
    """

    stall_code: str
    stall_number: str
    market_name: str
    holder_name: str
    bank_name: str
    account_number: str
    payload: str
    check_url: str
    version: int
    issued_on: date
    demo: bool

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not isinstance(value, str):
                continue
            limit = _LIMITS.get(field.name, TEXT_MAX_CHARS)
            if not value.strip():
                message = f"{field.name} is empty"
                raise CardError(message)
            if len(value) > limit:
                message = f"{field.name} has {len(value)} characters, more than {limit}"
                raise CardError(message)

    @property
    def check_address(self) -> str:
        """The address for checking the code, as a shopper types it: without a scheme."""
        return self.check_url.split("://", 1)[-1]
