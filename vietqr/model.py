"""What a payload says, once it has been read."""

from dataclasses import dataclass
from decimal import Decimal

from vietqr.layout import COUNTRY, CURRENCY, DYNAMIC, TO_ACCOUNT, TO_CARD
from vietqr.objects import DataObject


@dataclass(frozen=True, slots=True)
class LanguageTemplate:
    """Name and city once more in the merchant's language, diacritics included."""

    language: str | None
    merchant_name: str | None
    merchant_city: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VietQR:
    """A VietQR code's content.  What the payload does not say is ``None``.

    Attributes:
        payload: the text that was read.
        init_method: ``"11"`` static (to be paid many times), ``"12"`` dynamic.
        bank_bin: six digits; whether a bank has them is for `vietqr.banks`.
        account_number: or the card's number, for the service ``QRIBFTTC``.
        service_code: ``QRIBFTTA``, ``QRIBFTTC``, ``QRPUSH`` or ``QRCASH``; an
            absent one means ``QRPUSH`` and is given as such.
        amount_vnd: whole dong, or ``None`` when the payer types it.  Up to 13
            digits can be read; what a transfer may carry is `MAX_AMOUNT_VND`.
        merchant_category: four digits of ISO 18245.
        purpose: the transfer's content, the only text that reaches the payee.
        tip_indicator: ``"01"`` asks the payer, ``"02"`` and ``"03"`` set
            ``tip_fixed_vnd`` or ``tip_percent``.
        language_template: object 64.
        skipped: objects of other schemes, and those reserved for later use, in
            the payload's order: present, not read.

    """

    payload: str
    init_method: str
    bank_bin: str
    account_number: str
    service_code: str
    amount_vnd: int | None = None
    merchant_category: str | None = None
    merchant_name: str | None = None
    merchant_city: str | None = None
    postal_code: str | None = None
    tip_indicator: str | None = None
    tip_fixed_vnd: int | None = None
    tip_percent: Decimal | None = None
    bill_number: str | None = None
    mobile_number: str | None = None
    store_label: str | None = None
    loyalty_number: str | None = None
    reference_label: str | None = None
    customer_label: str | None = None
    terminal_label: str | None = None
    purpose: str | None = None
    consumer_data_request: str | None = None
    language_template: LanguageTemplate | None = None
    skipped: tuple[DataObject, ...] = ()

    @property
    def is_dynamic(self) -> bool:
        """Whether the code was made for one payment."""
        return self.init_method == DYNAMIC

    @property
    def is_transfer(self) -> bool:
        """Whether it asks for a NAPAS247 transfer, to an account or a card."""
        return self.service_code in {TO_ACCOUNT, TO_CARD}

    @property
    def crc(self) -> str:
        """The check value as it stands in the payload."""
        return self.payload[-4:]

    @property
    def currency(self) -> str:
        """Always ``"704"``, the dong."""
        return CURRENCY

    @property
    def country(self) -> str:
        """Always ``"VN"``."""
        return COUNTRY
