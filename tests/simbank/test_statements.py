"""Statements: every booking of a reported account, page by page, as camt.053 and as CSV."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import pytest

from simbank.statements import FIELDS
from tests.simbank.cast import SHOPPER, STALL_ACCOUNT, STALL_HOLDER, Counter
from tests.support.samples import faults

TODAY = {"from": "2026-11-23T00:00:00+07:00", "to": "2026-11-24T00:00:00+07:00"}
SPACE = {"c": "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"}


def lines(counter: Counter, **changes: object):
    return counter.get(f"/api/v1/statements?{urlencode(TODAY | changes)}").json


def a_day_with_everything(counter: Counter) -> str:
    """Two payments in, one out, a refund, a reversal; return the virtual account."""
    virtual = counter.open_stall()
    counter.pay(virtual, 50_000)
    counter.clock.advance(timedelta(minutes=1))
    counter.pay(STALL_ACCOUNT, 70_000, content="")
    counter.clock.advance(timedelta(minutes=1))
    counter.pay(SHOPPER, 1_000, from_account=STALL_ACCOUNT)
    first, second = (credit["id"] for credit in counter.credits())
    counter.clock.advance(timedelta(minutes=1))
    counter.refund(first, 20_000)
    counter.clock.advance(timedelta(minutes=1))
    counter.post(f"/api/v1/credits/{second}/reverse", {"reason": "nhầm"})
    return virtual


def test_every_booking_of_a_reported_account_is_a_line_in_booking_order(simbank_counter):
    virtual = a_day_with_everything(simbank_counter)
    first, second = simbank_counter.credits()

    items = lines(simbank_counter)["items"]

    told = [
        [item[name] for name in ("direction", "kind", "amount_vnd", "virtual_account", "credit_id")] for item in items
    ]
    assert told == [
        ["credit", "transfer", 50_000, virtual, first["id"]],
        ["credit", "transfer", 70_000, None, second["id"]],
        ["debit", "transfer", 1_000, None, None],
        ["debit", "refund", 20_000, virtual, first["id"]],
        ["debit", "reversal", 70_000, None, second["id"]],
    ]
    assert [item["booked_at"][11:16] for item in items] == ["12:00", "12:01", "12:02", "12:03", "12:04"]
    assert [item["refund_request_id"] for item in items] == [None, None, None, "refund-1", None]
    assert {item["account_number"] for item in items} == {STALL_ACCOUNT}
    assert len({item["line_id"] for item in items}) == 5


def test_a_line_says_all_that_the_notification_said(simbank_counter):
    simbank_counter.pay(simbank_counter.open_stall(), 50_000)
    [credit] = simbank_counter.credits()

    [line] = lines(simbank_counter)["items"]

    assert set(line) == set(FIELDS)
    same = ("account_number", "virtual_account", "amount_vnd", "currency", "bank_ref", "content", "payer_bank_bin")
    for name in (*same, "payer_name", "payer_ref"):
        assert line[name] == credit[name], name
    assert (line["credit_id"], line["booked_at"]) == (credit["id"], credit["paid_at"])


def test_a_refund_s_line_carries_the_refund_s_own_bank_reference(simbank_counter):
    simbank_counter.pay(simbank_counter.open_stall())
    refund = simbank_counter.refund(simbank_counter.credits()[0]["id"], 5_000).json

    line = lines(simbank_counter)["items"][-1]

    assert (line["bank_ref"], line["booked_at"]) == (refund["bank_ref"], refund["booked_at"])


def test_accounts_that_are_not_reported_and_opening_balances_are_not_shown(simbank_counter):
    accounts = [
        {"account_number": "1", "holder_name": "PRIVATE"},
        {"account_number": "2", "holder_name": "WATCHED", "reported": True, "opening_balance_vnd": 9_000},
    ]
    simbank_counter.post("/api/v1/accounts", {"items": accounts})
    for number in ("1", "2"):
        simbank_counter.pay(number, 1_000)

    assert [item["account_number"] for item in lines(simbank_counter)["items"]] == ["2"]


def test_the_start_is_included_and_the_end_is_not(simbank_counter):
    virtual = simbank_counter.open_stall()
    for amount_vnd in (1_000, 2_000, 3_000):
        simbank_counter.pay(virtual, amount_vnd)
        simbank_counter.clock.advance(timedelta(hours=1))

    found = lines(simbank_counter, **{"from": "2026-11-23T13:00:00+07:00", "to": "2026-11-23T07:00:00Z"})["items"]

    assert [item["amount_vnd"] for item in found] == [2_000]


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 6])
def test_pages_together_hold_every_line_once(simbank_counter, limit):
    a_day_with_everything(simbank_counter)
    whole = lines(simbank_counter)["items"]

    read, after = [], {}
    while True:
        answer = lines(simbank_counter, limit=limit, **after)
        read += answer["items"]
        if answer["next"] is None:
            break
        after = {"after": answer["next"]}

    assert read == whole


def test_lines_of_the_same_moment_are_not_lost_between_pages(simbank_counter):
    virtual = simbank_counter.open_stall()
    for _ in range(5):
        simbank_counter.pay(virtual, 1_000)

    first = lines(simbank_counter, limit=2)
    rest = lines(simbank_counter, after=first["next"])

    assert len({item["line_id"] for item in first["items"] + rest["items"]}) == 5


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"to": TODAY["from"]}, "to"),
        ({"from": "yesterday"}, "from"),
        ({"limit": 0}, "limit"),
        ({"limit": 1_001}, "limit"),
        ({"after": "x"}, "after"),
        ({"after": "1-"}, "after"),
        ({"after": "9" * 40 + "-1"}, "after"),
        ({"after": f"1-{2**63}"}, "after"),
        ({"after": "9" * 5_000 + "-1"}, "after"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_bad_query_is_refused(simbank_still_counter, change, field):
    answer = simbank_still_counter.get(f"/api/v1/statements?{urlencode(TODAY | change)}")

    assert (answer.status_code, answer.json["code"]) == (422, "invalid_request")
    assert field in answer.json["errors"]


@pytest.mark.parametrize("form", ["camt.053", "csv"])
@pytest.mark.parametrize("query", ["", "?date=23.11.2026", "?date=2026-11-24"])
def test_a_day_s_file_is_of_a_day_that_has_begun(simbank_still_counter, form, query):
    answer = simbank_still_counter.get(f"/api/v1/statements/{form}{query}")

    assert (answer.status_code, list(answer.json["errors"])) == (422, ["date"])


@pytest.mark.parametrize("path", ["", "/camt.053", "/csv"])
def test_a_stranger_sees_no_statement(simbank_still_counter, path):
    assert simbank_still_counter.client.get(f"/api/v1/statements{path}").status_code == 401


def camt053(counter: Counter, day: str = "2026-11-23") -> ET.Element:
    answer = counter.get(f"/api/v1/statements/camt.053?date={day}")
    assert (answer.status_code, answer.mimetype) == (200, "application/xml")
    assert answer.is_streamed
    root = ET.fromstring(answer.data)
    assert root.tag == f"{{{SPACE['c']}}}Document"
    return root


def texts(element: ET.Element, path: str) -> list[str | None]:
    return [found.text for found in element.findall("/".join(f"c:{step}" for step in path.split("/")), SPACE)]


def balances(statement: ET.Element) -> dict[str | None, int]:
    codes = texts(statement, "Bal/Tp/CdOrPrtry/Cd")
    return dict(zip(codes, map(int, texts(statement, "Bal/Amt")), strict=True))


def test_camt053_of_a_day_that_is_over(simbank_counter):
    virtual = a_day_with_everything(simbank_counter)
    items = lines(simbank_counter)["items"]
    simbank_counter.clock.advance(timedelta(days=1))

    root = camt053(simbank_counter)

    [statement] = root.findall("c:BkToCstmrStmt/c:Stmt", SPACE)
    assert texts(statement, "Acct/Id/Othr/Id") == [STALL_ACCOUNT]
    assert texts(statement, "Acct/Ownr/Nm") == [STALL_HOLDER]
    assert balances(statement) == {"OPBD": 0, "CLBD": 29_000}
    assert texts(statement, "FrToDt/FrDtTm") == ["2026-11-23T00:00:00.000+07:00"]
    entries = statement.findall("c:Ntry", SPACE)
    assert texts(statement, "Ntry/NtryRef") == [item["line_id"] for item in items]
    assert texts(statement, "Ntry/Amt") == ["50000", "70000", "1000", "20000", "70000"]
    assert texts(statement, "Ntry/CdtDbtInd") == ["CRDT", "CRDT", "DBIT", "DBIT", "DBIT"]
    assert [texts(entry, "RvslInd") for entry in entries] == [[], [], [], [], ["true"]]
    assert set(texts(statement, "Ntry/Sts/Cd")) == {"BOOK"}
    assert texts(statement, "Ntry/AcctSvcrRef") == [item["bank_ref"] for item in items]
    assert texts(statement, "Ntry/BookgDt/DtTm") == [item["booked_at"] for item in items]
    first, second = (credit["id"] for credit in simbank_counter.credits())
    ends = [first, second, "NOTPROVIDED", "refund-1", second]
    assert texts(statement, "Ntry/NtryDtls/TxDtls/Refs/EndToEndId") == ends
    assert texts(statement, "Ntry/NtryDtls/TxDtls/Refs/Prtry/Ref") == [first, second, first, second]
    assert texts(entries[0], "NtryDtls/TxDtls/RltdPties/Dbtr/Pty/Nm") == ["KHACH MAU MOT"]
    assert texts(entries[0], "NtryDtls/TxDtls/RltdPties/DbtrAcct/Id/Othr/Id") == [items[0]["payer_ref"]]
    assert texts(entries[0], "NtryDtls/TxDtls/RltdPties/CdtrAcct/Id/Othr/Id") == [virtual]
    assert texts(entries[0], "NtryDtls/TxDtls/RmtInf/Ustrd") == ["TIEN RAU DX7K2M9Q"]
    assert texts(entries[1], "NtryDtls/TxDtls/RmtInf/Ustrd") == []


def test_no_payer_s_account_number_is_told(simbank_sqlite_counter):
    a_day_with_everything(simbank_sqlite_counter)

    assert SHOPPER.encode() not in simbank_sqlite_counter.get("/api/v1/statements/camt.053?date=2026-11-23").data


def test_balances_go_on_from_day_to_day_and_agree_with_the_entries(simbank_counter):
    a_day_with_everything(simbank_counter)
    simbank_counter.clock.advance(timedelta(days=1))
    simbank_counter.pay(STALL_ACCOUNT, 6_000)
    simbank_counter.clock.advance(timedelta(days=1))

    days = [camt053(simbank_counter, f"2026-11-{day}").find(".//c:Stmt", SPACE) for day in (23, 24, 25)]

    assert [balances(day) for day in days] == [
        {"OPBD": 0, "CLBD": 29_000},
        {"OPBD": 29_000, "CLBD": 35_000},
        {"OPBD": 35_000, "ITBD": 35_000},
    ]
    for day in days:
        signs = [1 if side == "CRDT" else -1 for side in texts(day, "Ntry/CdtDbtInd")]
        moved_vnd = sum(sign * int(amount) for sign, amount in zip(signs, texts(day, "Ntry/Amt"), strict=True))
        opening_vnd, closing_vnd = balances(day).values()
        assert opening_vnd + moved_vnd == closing_vnd


def test_every_reported_account_has_its_statement_and_the_house_s_money_is_opening_balance(simbank_counter):
    accounts = [
        {"account_number": number, "holder_name": f"STALL {number}", "reported": True, "opening_balance_vnd": vnd}
        for number, vnd in (("9", 0), ("10", 7_000), ("A1", 0))
    ]
    simbank_counter.post("/api/v1/accounts", {"items": accounts})
    simbank_counter.pay("10", 1_000)
    simbank_counter.pay("A1", 2_000)

    statements = camt053(simbank_counter).findall(".//c:Stmt", SPACE)

    told = [
        (*texts(each, "Acct/Id/Othr/Id"), *balances(each).values(), len(texts(each, "Ntry"))) for each in statements
    ]
    assert told == [("9", 0, 0, 0), ("10", 7_000, 8_000, 1), ("A1", 0, 2_000, 1)]


def test_an_account_that_was_opened_later_has_no_statement(simbank_sqlite_counter):
    simbank_sqlite_counter.open_stall()

    assert camt053(simbank_sqlite_counter, "2026-11-22").findall(".//c:Stmt", SPACE) == []


def test_a_request_id_that_is_too_long_for_the_standard_is_left_out_whole(simbank_sqlite_counter):
    simbank_sqlite_counter.pay(simbank_sqlite_counter.open_stall())
    credit_id = simbank_sqlite_counter.credits()[0]["id"]
    for number, length in ((1, 35), (2, 36)):
        simbank_sqlite_counter.refund(credit_id, number, request_id="r" * length)

    ends = texts(camt053(simbank_sqlite_counter), "BkToCstmrStmt/Stmt/Ntry/NtryDtls/TxDtls/Refs/EndToEndId")

    assert ends == [credit_id, "r" * 35, "NOTPROVIDED"]


def test_camt053_is_what_the_standard_s_schema_allows(simbank_counter):
    a_day_with_everything(simbank_counter)
    for days in (0, 1):
        simbank_counter.clock.advance(timedelta(days=days))
        data = simbank_counter.get("/api/v1/statements/camt.053?date=2026-11-23").data
        assert b"<Ntry>" in data
        assert faults("08", data) == []


def test_csv_says_the_same_as_the_pages(simbank_counter):
    a_day_with_everything(simbank_counter)
    items = lines(simbank_counter)["items"]

    answer = simbank_counter.get("/api/v1/statements/csv?date=2026-11-23")

    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.text.splitlines()[0] == ",".join(FIELDS)
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    told = [{name: "" if value is None else str(value) for name, value in item.items()} for item in items]
    assert rows == told


def test_a_statement_reads_one_moment_of_the_books(simbank_counter):
    simbank_counter.pay(simbank_counter.open_stall(), 50_000)
    answer = simbank_counter.client.get(
        "/api/v1/statements/camt.053?date=2026-11-23", headers={"Authorization": "Bearer partner-key"}, buffered=False
    )
    pieces = iter(answer.response)
    begun = next(pieces)

    simbank_counter.pay(STALL_ACCOUNT, 1_000)
    root = ET.fromstring(begun + b"".join(pieces))

    assert balances(root.find(".//c:Stmt", SPACE)) == {"OPBD": 0, "ITBD": 50_000}
    assert texts(root, "BkToCstmrStmt/Stmt/Ntry/Amt") == ["50000"]
