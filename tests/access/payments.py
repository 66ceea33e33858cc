"""Who may open what about money. Officers and operators see no stall's takings."""

from __future__ import annotations

from tests.access.table import ANONYMOUS, BOARD, EVERYBODY, OPERATORS, VENDORS, Row

OWNER = frozenset({"vendor_a", "admin"})
OTHER_VENDOR = frozenset({"vendor_b"})
#: They give unmatched money to stalls: a board's approver those of its own, operators all.
ASSIGNERS = frozenset({"approver"}) | OPERATORS
OUTSIDER = frozenset({"outsider"})
SCREEN = "/vendor/{stall_a}"
DISCREPANCY = "/reconciliation/discrepancies/{discrepancy}"
REFUNDS = "/api/v1/payments/{payment}/refunds"
REFUNDING = {"amount_vnd": 1, "reason": "tra"}
ASKING = {"stall": "{stall_a}", "amount_vnd": 1_000}
PAYMENT = f"{SCREEN}/payments/1"

ROWS = [
    # A bank proves itself by its signature; no role of ours counts.
    Row(
        "notifications",
        "/gateways/simbank/notifications",
        "POST",
        answers=dict.fromkeys(EVERYBODY, 401),
        json={"type": "credits.received"},
    ),
    Row("vendor_screen.live", "/vendor/", lets_in=VENDORS | {"admin"}),
    Row("vendor_screen.live", f"{SCREEN}/", lets_in=OWNER, hides_from=OTHER_VENDOR),
    # A stream cannot follow a redirect to a form.
    Row("vendor_screen.events", f"{SCREEN}/events", lets_in=OWNER, hides_from=OTHER_VENDOR, answers={ANONYMOUS: 401}),
    Row("vendor_screen.my_code", f"{SCREEN}/code", lets_in=OWNER, hides_from=OTHER_VENDOR),
    Row("vendor_screen.cash", f"{SCREEN}/cash", lets_in=OWNER, hides_from=OTHER_VENDOR),
    Row("vendor_screen.note_cash", f"{SCREEN}/cash", "POST", OWNER, OTHER_VENDOR),
    Row("vendor_screen.undo_cash", f"{SCREEN}/cash/{{cash_sale}}/undo", "POST", OWNER, OTHER_VENDOR),
    Row("vendor_screen.my_day", f"{SCREEN}/day", lets_in=OWNER, hides_from=OTHER_VENDOR),
    Row("vendor_screen.amount", f"{SCREEN}/amount", lets_in=OWNER, hides_from=OTHER_VENDOR),
    Row("vendor_screen.ask", f"{SCREEN}/amount", "POST", OWNER, OTHER_VENDOR),
    Row("vendor_screen.show_request", f"{SCREEN}/amount/{{request}}", lets_in=OWNER, hides_from=OTHER_VENDOR),
    Row("vendor_screen.cancel_request", f"{SCREEN}/amount/{{request}}/cancel", "POST", OWNER, OTHER_VENDOR),
    Row("vendor_screen.payment", PAYMENT, lets_in=OWNER, hides_from=OTHER_VENDOR),
    Row("vendor_screen.cash_refund", f"{PAYMENT}/cash-refund", lets_in=OWNER, hides_from=OTHER_VENDOR),
    Row("vendor_screen.give_cash_refund", f"{PAYMENT}/cash-refund", "POST", OWNER, OTHER_VENDOR),
    Row("vendor_screen.undo_cash_refund", f"{PAYMENT}/cash-refund/{{cash_refund}}/undo", "POST", OWNER, OTHER_VENDOR),
    Row("vendor_screen.refund", f"{PAYMENT}/refund", lets_in=OWNER, hides_from=OTHER_VENDOR),
    Row("vendor_screen.confirm_refund", f"{PAYMENT}/refund", "POST", OWNER, OTHER_VENDOR),
    Row("vendor_screen.order_refund", f"{PAYMENT}/refund/order", "POST", OWNER, OTHER_VENDOR),
    Row("unmatched.index", "/unmatched/", lets_in=ASSIGNERS | OUTSIDER),
    Row("unmatched.show", "/unmatched/{unmatched}", lets_in=ASSIGNERS, hides_from=OUTSIDER),
    Row("unmatched.assign", "/unmatched/{unmatched}/assign", "POST", ASSIGNERS, OUTSIDER),
    Row("unmatched.assigned", "/unmatched/assigned", lets_in=ASSIGNERS | OUTSIDER),
    Row("unmatched.unassign", "/unmatched/assigned/{assigned}/unassign", "POST", ASSIGNERS, OUTSIDER),
    Row("api_payments.list_payments", "/api/v1/payments?stall={stall_a}", lets_in=OWNER, hides_from=OTHER_VENDOR),
    Row("api_payments.show_payment", "/api/v1/payments/{payment}", lets_in=OWNER, hides_from=OTHER_VENDOR),
    Row("api_live.stall_events", "/api/v1/stalls/{stall_a}/events", lets_in=OWNER, hides_from=OTHER_VENDOR),
    Row("api_unmatched.list_unmatched", "/api/v1/unmatched", lets_in=BOARD | OPERATORS | {"outsider"}),
    Row(
        "api_unmatched.assign_unmatched",
        "/api/v1/unmatched/{stray}/assign",
        "POST",
        OPERATORS,
        hides_from=frozenset({"approver", "outsider"}),
        json={"stall": "{stall_a}", "reason": "dung"},
    ),
    Row(
        "api_unmatched.unassign_payment",
        "/api/v1/payments/{payment}/unassign",
        "POST",
        OPERATORS | {"approver"},
        hides_from=frozenset({"outsider"}),
        json={"reason": "nham"},
    ),
    Row("api_payment_requests.ask", "/api/v1/payment-requests", "POST", OWNER, OTHER_VENDOR, json=ASKING, keyed=True),
    Row("api_payment_requests.show", "/api/v1/payment-requests/{request}", lets_in=OWNER, hides_from=OTHER_VENDOR),
    Row("api_payment_requests.cancel", "/api/v1/payment-requests/{request}/cancel", "POST", OWNER, OTHER_VENDOR),
    Row("api_refunds.order_refund", REFUNDS, "POST", OWNER, OTHER_VENDOR, json=REFUNDING, keyed=True),
    Row("api_refunds.list_refunds", REFUNDS, lets_in=OWNER, hides_from=OTHER_VENDOR),
    Row("reconciliation.index", "/reconciliation/", lets_in=OPERATORS),
    Row("reconciliation.take", "/reconciliation/import", "POST", OPERATORS),
    Row("reconciliation.statement", "/reconciliation/statements/{statement}", lets_in=OPERATORS),
    Row("reconciliation.discrepancies", "/reconciliation/discrepancies", lets_in=OPERATORS),
    Row("reconciliation.discrepancy", DISCREPANCY, lets_in=OPERATORS),
    Row("reconciliation.close", f"{DISCREPANCY}/close", "POST", OPERATORS),
    Row("reconciliation.reopen", f"{DISCREPANCY}/reopen", "POST", OPERATORS),
    Row("api_reconciliation.list_statements", "/api/v1/statements", lets_in=OPERATORS),
    Row("api_reconciliation.list_lines", "/api/v1/statements/{statement}/lines", lets_in=OPERATORS),
    Row("api_reconciliation.list_discrepancies", "/api/v1/discrepancies", lets_in=OPERATORS),
]
