"""What outcomes, reasons and findings are called on pages."""

from __future__ import annotations

from typing import Final

from flask_babel import LazyString, lazy_pgettext
from flask_babel import lazy_gettext as _

OUTCOMES: Final[dict[str, LazyString]] = {
    "matched": _("recorded before"),
    "recorded": _("recorded now"),
    "different": _("different"),
    "duplicate": _("stands there twice"),
    "unknown": _("not to be told"),
}
SHAPES: Final[dict[str, str]] = {
    "matched": "good",
    "recorded": "good",
    "different": "trouble",
    "duplicate": "look",
    "unknown": "off",
}
KINDS: Final[dict[str, LazyString]] = {
    "different": _("Bank and book differ"),
    "duplicate": _("Twice in one statement"),
    "unknown": _("Cannot be told"),
    "missing_at_bank": _("Not on the bank's statement"),
    "finding": _("The statement itself"),
}
REASONS: Final[dict[str, LazyString]] = {
    "amount": _("The amounts differ."),
    "account": _("It went to another account than we recorded."),
    "time": _("It was booked days away from what we recorded: perhaps other money under the same reference."),
    "other_id": _(
        "It is recorded under another id than the file's. If it is other money, have the gateway tell of it again: "
        "this line is not recorded."
    ),
    "other_gateway": _("Another gateway told of this money, and it is recorded. Is the file that gateway's?"),
    "other_credit": _("The bank took this back under a reference by which the money of another credit went back."),
    "refused_here": _("We hold this refund for refused; the bank has carried it out."),
    "no_reference": _("No reference tells it from other credits, so it was not recorded."),
    "out_of_range": _("No transfer carries so much, or no account has this number; it was not recorded."),
    "came_back": _("A debit that was taken back: no customer's payment."),
    "unbooked": _("The bank took this back, and here it is not booked: more than is left, or its credit is missing."),
    "no_credit": _("The bank took back a credit that we never heard of."),
    "no_refund": _("Money of this credit went back, and nobody ordered it here."),
    "ordinary_debit": _("Money that went out and has nothing to do with ours."),
    "duplicate": _("The same line stands in the statement once more; it was counted once."),
    "missing_at_bank": _("It is recorded here, and the statement of that account and time does not show it."),
    "other_currency": _("An entry in another currency: it was left out."),
    "details_disagree": _("The details of an entry are not its amount, currency or count: all of it was left out."),
    "batch_without_details": _("Several payments in one sum, without saying which: it was left out."),
    "no_booking_time": _("An entry does not say when it was booked: it was left out."),
    "balances_disagree": _("Opening balance and bookings do not give the closing balance."),
    "sums_disagree": _("The entries do not come to what the statement sums up."),
    "count_disagrees": _("The statement says that it has another number of entries."),
}
ACTIONS: Final[dict[str, LazyString]] = {"close": lazy_pgettext("a discrepancy", "closed"), "reopen": _("opened again")}
SOURCES: Final[dict[str, LazyString]] = {
    "camt": _("file, camt.053"),
    "table": _("file, table"),
    "pull": _("asked for"),
}
TRAIL: Final[dict[str, LazyString]] = {
    "statement.import": _("statement imported"),
    "discrepancy.close": _("discrepancy closed"),
    "discrepancy.reopen": _("discrepancy opened again"),
}
