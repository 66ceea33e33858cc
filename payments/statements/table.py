"""Statements as tables (CSV or a spreadsheet), in the layout that `docs/statements.md` describes.

The first row names the columns, in English or Vietnamese. Every bad row is told of, with its line and column, up to
`FAULTS_MAX`; one of them is enough to refuse the file.

In a spreadsheet, amounts may be numbers, times may be days or moments, a BIN may be a number. Everything else must be
text: a number there has lost its leading zeros and what came after its fifteenth digit, and nobody can tell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import BinaryIO, Final, TypeVar

from flask_babel import lazy_gettext as _

import vietqr
from core.tables.cells import Cell, Row, as_text
from core.tables.errors import UnreadableTable
from core.tables.reading import open_table
from payments.statement_lines import Direction, Line
from payments.statements.errors import Fault, Unreadable
from payments.statements.items import Finding, FindingKind, Item
from payments.statements.limits import (
    ACCOUNT_MAX_LENGTH,
    CONTENT_MAX_LENGTH,
    FAULTS_MAX,
    NAME_MAX_LENGTH,
    REFERENCE_MAX_LENGTH,
)
from payments.statements.values import identifier, squeezed, written_moment, written_vnd

#: The columns, each with the names that it may bear; accents, case and spaces make no difference.
COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "account_number": ("account_number", "số tài khoản"),
    "booked_at": ("booked_at", "ngày giao dịch"),
    "credit_vnd": ("credit_vnd", "ghi có"),
    "debit_vnd": ("debit_vnd", "ghi nợ"),
    "direction": ("direction", "chiều"),
    "amount_vnd": ("amount_vnd", "số tiền"),
    "currency": ("currency", "loại tiền"),
    "kind": ("kind", "loại giao dịch"),
    "entry_ref": ("entry_ref", "line_id", "số bút toán"),
    # "Mã giao dịch" is what banks call their own number; the gateway's id is another.
    "bank_ref": ("bank_ref", "số tham chiếu", "mã giao dịch"),
    "external_id": ("external_id", "credit_id", "mã giao dịch của cổng"),
    "refund_ref": ("refund_ref", "refund_request_id", "mã hoàn tiền"),
    "virtual_account": ("virtual_account", "tài khoản ảo"),
    "content": ("content", "nội dung"),
    "party_name": ("party_name", "payer_name", "tên đối ứng"),
    "party_account": ("party_account", "payer_ref", "tài khoản đối ứng"),
    "party_bank_bin": ("party_bank_bin", "payer_bank_bin", "mã ngân hàng đối ứng"),
}
REQUIRED: Final = ("account_number", "booked_at")
#: Where the amount stands: in one of two columns, or in one with its direction beside it.
AMOUNTS: Final = (("credit_vnd", "debit_vnd"), ("direction", "amount_vnd"))
DIRECTIONS: Final = {
    "credit": Direction.CREDIT,
    "debit": Direction.DEBIT,
    "có": Direction.CREDIT,
    "nợ": Direction.DEBIT,
}
#: What a row is, and whether it takes something back.
KINDS: Final = {
    "": False,
    "transfer": False,
    "chuyển tiền": False,
    "refund": False,
    "hoàn tiền": False,
    "reversal": True,
    "thu hồi": True,
}
CURRENCY: Final = "VND"

_Read = TypeVar("_Read")


def read_table(stream: BinaryIO) -> Iterator[Item]:
    """The lines and findings of a table, as they come; a table speaks for no account's whole period.

    Raises `Unreadable`; then nothing that was given before holds.
    """
    try:
        yield from _items(stream)
    except UnreadableTable as error:
        raise Unreadable(Fault(error.words, error.line_number)) from error


def _items(stream: BinaryIO) -> Iterator[Item]:
    table = open_table(stream)
    layout = _Layout(table.header)
    faults: list[Fault] = []
    for cells in table.rows:
        row = _Row(layout, cells.cells, cells.number)
        item = row.read()
        faults += row.faults
        if len(faults) >= FAULTS_MAX:
            break
        if item is not None and not faults:
            yield item
    if faults:
        raise Unreadable(*faults[:FAULTS_MAX])


class _Layout:
    """Which column stands where."""

    def __init__(self, header: Row) -> None:
        known = {_folded(name): column for column, names in COLUMNS.items() for name in names}
        faults = []
        self.places: dict[str, int] = {}
        self.width = len(header.cells)
        for place, name in enumerate(map(as_text, header.cells)):
            column = known.get(_folded(name))
            if column is None:
                faults.append(Fault(_("This column is not known."), header.number, name[:80] or str(place + 1)))
            elif column in self.places:
                faults.append(Fault(_("This column stands here twice."), header.number, name))
            else:
                self.places[column] = place
        self.amounts = next((pair for pair in AMOUNTS if set(pair) <= set(self.places)), AMOUNTS[0])
        required = (*REQUIRED, *self.amounts)
        missing = [name for name in required if name not in self.places]
        faults += [Fault(_("This column is missing."), header.number, name) for name in missing]
        if faults:
            raise Unreadable(*faults[:FAULTS_MAX])


@dataclass(slots=True)
class _Row:
    """One row while it is read."""

    layout: _Layout
    cells: list[Cell]
    line_number: int
    faults: list[Fault] = field(default_factory=list)

    def read(self) -> Line | Finding | None:
        """What the row gives; None when it has `faults`."""
        if len(self.cells) != self.layout.width:
            words = _(
                "The row has %(found)s cells, the header %(count)s.", found=len(self.cells), count=self.layout.width
            )
            self.faults.append(Fault(words, self.line_number))
            return None
        if (self._plain("currency") or CURRENCY) != CURRENCY:
            return self._finding(FindingKind.OTHER_CURRENCY, CURRENCY, self._text("currency", CONTENT_MAX_LENGTH))
        direction, amount_vnd = self._money()
        line = self._line(direction, amount_vnd)
        if self.faults or line is None:
            return None
        return line if line.amount_vnd else self._finding(FindingKind.NOTHING_MOVED)

    def _money(self) -> tuple[Direction, int]:
        if self.layout.amounts == ("direction", "amount_vnd"):
            direction = self._taken("direction", lambda text: _known(DIRECTIONS, text))
            return direction or Direction.DEBIT, self._taken("amount_vnd", written_vnd, int) or 0
        if not as_text(self._cell("credit_vnd")) and not as_text(self._cell("debit_vnd")):
            # A formula that failed gives an empty cell: passed over, it would be money that nobody misses.
            self.faults.append(Fault(_("This must be filled in."), self.line_number, "credit_vnd"))
        credit_vnd = self._taken("credit_vnd", lambda text: written_vnd(text or "0"), int)
        debit_vnd = self._taken("debit_vnd", lambda text: written_vnd(text or "0"), int)
        if credit_vnd and debit_vnd:
            self.faults.append(Fault(_("A row is a credit or a debit, not both."), self.line_number, "debit_vnd"))
        return Direction.CREDIT if credit_vnd else Direction.DEBIT, credit_vnd or debit_vnd or 0

    def _line(self, direction: Direction, amount_vnd: int) -> Line | None:
        account_number = self._identifier("account_number", ACCOUNT_MAX_LENGTH, required=True)
        booked = self._taken("booked_at", written_moment, date, datetime)
        is_reversal = self._taken("kind", lambda text: _known(KINDS, text))
        bank_ref = self._identifier("bank_ref", REFERENCE_MAX_LENGTH)
        entry_ref = self._identifier("entry_ref", REFERENCE_MAX_LENGTH)
        external_id = self._identifier("external_id", REFERENCE_MAX_LENGTH)
        refund_ref = self._identifier("refund_ref", REFERENCE_MAX_LENGTH)
        virtual_account = self._identifier("virtual_account", ACCOUNT_MAX_LENGTH)
        party_account = self._identifier("party_account", REFERENCE_MAX_LENGTH)
        party_bank_bin = self._taken("party_bank_bin", _bin, int)
        if account_number is None or booked is None or is_reversal is None:
            return None
        return Line(
            account_number=account_number,
            direction=direction,
            amount_vnd=amount_vnd,
            booked_at=booked[0],
            day_only=booked[1],
            bank_ref=bank_ref,
            external_id=external_id,
            other_refs=() if refund_ref is None else (refund_ref,),
            virtual_account=virtual_account if direction is Direction.CREDIT else None,
            content=squeezed([self._plain("content")], CONTENT_MAX_LENGTH),
            party_name=self._text("party_name", NAME_MAX_LENGTH) or None,
            party_account=party_account,
            party_bank_bin=party_bank_bin or None,
            bank_bin=None,
            is_reversal=is_reversal,
            line_number=self.line_number,
            entry_ref=entry_ref,
        )

    def _cell(self, column: str) -> Cell:
        place = self.layout.places.get(column)
        return "" if place is None else self.cells[place]

    def _plain(self, column: str) -> str:
        """What stands there without its outer spaces; it must be text."""
        return self._taken(column, str) or ""

    def _text(self, column: str, max_length: int) -> str:
        """What stands there, cut, with a sign in the place of each NUL, which PostgreSQL takes in no text."""
        return self._plain(column)[:max_length].replace("\0", "\ufffd")

    def _identifier(self, column: str, max_length: int, *, required: bool = False) -> str | None:
        if required and not as_text(self._cell(column)):
            self.faults.append(Fault(_("This must be filled in."), self.line_number, column))
        return self._taken(column, lambda text: identifier(text, max_length)) or None

    def _taken(self, column: str, read: Callable[[str], _Read], *also: type[Cell]) -> _Read | None:
        """What is read from a cell that is text, or of one of the types that are understood here besides."""
        cell = self._cell(column)
        text = as_text(cell)
        words = _("“%(text)s” cannot be read.", text=text[:80])
        if type(cell) in (str, *also):
            try:
                return read(text)
            except ValueError:
                pass
        elif not also:
            words = _(
                "“%(text)s” is not text: zeros or digits may be lost. Format the column as text, and fill it in again.",
                text=text[:80],
            )
        self.faults.append(Fault(words, self.line_number, column))
        return None

    def _finding(self, kind: FindingKind, expected: str = "", found: str = "") -> Finding:
        account_number = self._text("account_number", ACCOUNT_MAX_LENGTH)
        bank_ref = self._text("bank_ref", REFERENCE_MAX_LENGTH)
        return Finding(kind, self.line_number, account_number, bank_ref or None, expected, found)


def _known(words: Mapping[str, _Read], text: str) -> _Read:
    """What a word means, whatever its case."""
    try:
        return words[text.lower()]
    except KeyError as error:
        raise ValueError("no word of the layout") from error


def _bin(text: str) -> str:
    if text and not (len(text) == 6 and text.isascii() and text.isdecimal()):  # noqa: PLR2004 - a BIN's digits
        raise ValueError("no BIN")
    return text


def _folded(name: str) -> str:
    return "".join(vietqr.fold(name).lower().replace("_", " ").split())
