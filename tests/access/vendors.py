"""Who may open what about stalls and their codes."""

from __future__ import annotations

from tests.access.table import BOARD, Row, public

#: Those who work at market A; its stall is also its vendor's.
AT_A = BOARD | {"field_agent", "admin"}
OUTSIDER = frozenset({"outsider"})
READERS = AT_A | {"vendor_a"}
HIDDEN_READERS = OUTSIDER | {"vendor_b"}
REGISTRARS = frozenset({"registrar", "field_agent", "admin"})
EDITORS = frozenset({"registrar", "admin"})
APPROVERS = frozenset({"approver", "admin"})
PRINTERS = BOARD | {"vendor_a", "admin"}

STALL, STALLS = "/stalls/{stall_a}", "/api/v1/stalls/{stall_a}"
NEW_STALL = {
    "market": "{market_a}",
    "number": "Z900",
    "goods_line": "Rau củ",
    "vendor": {"name": "Tạm", "phone": "0900000009"},
}

NEW_ACCOUNT = {"bank_bin": "970436", "account_number": "0071000000", "holder_name": "TAM"}

ROWS = [
    Row("stalls.index", "/stalls/", lets_in=AT_A | OUTSIDER),
    Row("stalls.waiting", "/stalls/waiting", lets_in=APPROVERS | OUTSIDER),
    Row("stalls.approve_ticked", "/stalls/waiting", "POST", APPROVERS | OUTSIDER),
    Row("stalls.new", "/stalls/register", lets_in=REGISTRARS | OUTSIDER),
    Row("stalls.register", "/stalls/register", "POST", REGISTRARS | OUTSIDER, form={"number": "Z901"}),
    Row("stalls.show", STALL, lets_in=AT_A, hides_from=OUTSIDER),
    Row("stalls.edit", f"{STALL}/edit", lets_in=EDITORS, hides_from=OUTSIDER),
    Row("stalls.save", f"{STALL}/edit", "POST", EDITORS, OUTSIDER),
    Row("stalls.new_account", f"{STALL}/account", lets_in=EDITORS, hides_from=OUTSIDER),
    Row("stalls.propose_account", f"{STALL}/account", "POST", EDITORS, OUTSIDER),
    Row("stalls.approve", f"{STALL}/approve", "POST", APPROVERS, OUTSIDER),
    Row("stalls.reject", f"{STALL}/reject", "POST", APPROVERS, OUTSIDER),
    Row("stalls.suspend", f"{STALL}/suspend", "POST", APPROVERS, OUTSIDER),
    Row("stalls.resume", f"{STALL}/resume", "POST", APPROVERS, OUTSIDER),
    Row("stalls.close", f"{STALL}/close", "POST", APPROVERS, OUTSIDER),
    Row("stalls.revoke_code", f"{STALL}/qr/revoke", "POST", APPROVERS, OUTSIDER),
    Row("stalls.reissue_code", f"{STALL}/qr/reissue", "POST", APPROVERS, OUTSIDER),
    Row("stalls.open_sign_in", "/stalls/{spare_stall}/sign-in", "POST", BOARD | {"admin"}, OUTSIDER),
    Row("cards.card", f"{STALL}/card.svg", lets_in=PRINTERS, hides_from=HIDDEN_READERS),
    Row(
        "cards.cards_of_market",
        "/stalls/markets/{market_a}/cards.pdf",
        lets_in=BOARD | {"admin"},
        hides_from=OUTSIDER | {"vendor_a", "vendor_b"},
    ),
    public("checks.stall", "/s/{stall_a}"),
    public("checks.check", "/check"),
    public("checks.check_payload", "/check", "POST", form={"payload": "x"}),
    Row("api_stalls.list_stalls", "/api/v1/stalls", lets_in=READERS | HIDDEN_READERS),
    Row("api_stalls.register_stall", "/api/v1/stalls", "POST", REGISTRARS, OUTSIDER, json=NEW_STALL),
    Row("api_stalls.show_stall", STALLS, lets_in=READERS, hides_from=HIDDEN_READERS),
    Row("api_stalls.edit_stall", STALLS, "PATCH", EDITORS, OUTSIDER, json={"goods_line": "Rau củ"}),
    Row("api_stalls.approve_stall", f"{STALLS}/approve", "POST", APPROVERS, OUTSIDER),
    Row("api_stalls.reject_stall", f"{STALLS}/reject", "POST", APPROVERS, OUTSIDER, json={"reason": "x"}),
    Row("api_stalls.suspend_stall", f"{STALLS}/suspend", "POST", APPROVERS, OUTSIDER, json={"reason": "x"}),
    Row("api_stalls.resume_stall", f"{STALLS}/resume", "POST", APPROVERS, OUTSIDER),
    Row("api_stalls.close_stall", f"{STALLS}/close", "POST", APPROVERS, OUTSIDER, json={"reason": "x"}),
    Row("api_stalls.propose_account", f"{STALLS}/account", "POST", EDITORS, OUTSIDER, json=NEW_ACCOUNT),
    Row("api_stalls.revoke_code", f"{STALLS}/qr/revoke", "POST", APPROVERS, OUTSIDER, json={"reason": "x"}),
    Row("api_stalls.reissue_code", f"{STALLS}/qr/reissue", "POST", APPROVERS, OUTSIDER, json={"reason": "x"}),
    Row("api_cards.show_card", f"{STALLS}/card.svg", lets_in=PRINTERS, hides_from=HIDDEN_READERS),
    Row(
        "api_cards.show_market_cards",
        "/api/v1/markets/{market_a}/cards.pdf",
        lets_in=BOARD | {"admin"},
        hides_from=OUTSIDER | {"vendor_a", "vendor_b"},
    ),
    public("api_checks.check_code", "/api/v1/qr/check", "POST", json={"payload": "x"}),
]
