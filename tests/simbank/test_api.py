"""The partner's API: look-ups, accounts, virtual accounts, credits, and how it refuses."""

import threading

import pytest

from simbank.numbers import is_virtual_account
from tests.simbank.cast import API_KEY, SHOPPER, STALL_ACCOUNT, STALL_HOLDER, Counter


def item(**changes):
    return {"request_id": "r-1", "account_number": STALL_ACCOUNT, "label": "DX01-A012"} | changes


def test_it_is_alive(simbank_counter):
    assert simbank_counter.client.get("/healthz").json == {"status": "ok"}


def test_a_holder_is_found_by_the_account_and_by_its_virtual_account(simbank_counter):
    virtual = simbank_counter.open_stall()

    for number in (STALL_ACCOUNT, virtual):
        answer = simbank_counter.get(f"/api/v1/banks/970499/accounts/{number}/holder")
        assert answer.json == {
            "bank_bin": "970499",
            "account_number": number,
            "holder_name": STALL_HOLDER,
        }


@pytest.mark.parametrize("path", ["970499/accounts/404", "970436/accounts/1234567890"])
def test_a_holder_who_is_not_here_is_not_found(simbank_still_counter, path):
    answer = simbank_still_counter.get(f"/api/v1/banks/{path}/holder")

    assert (answer.status_code, answer.json["code"]) == (404, "account_not_found")


def test_a_virtual_account_is_issued_once_for_a_request(simbank_counter):
    simbank_counter.open_stall()

    first = simbank_counter.post("/api/v1/virtual-accounts", item(request_id="r-2"))
    again = simbank_counter.post("/api/v1/virtual-accounts", item(request_id="r-2"))

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json
    assert is_virtual_account(first.json["virtual_account"])
    assert first.json["holder_name"] == STALL_HOLDER


def test_a_request_id_with_another_body_is_refused(simbank_sqlite_counter):
    simbank_sqlite_counter.open_stall()

    answer = simbank_sqlite_counter.post("/api/v1/virtual-accounts", item(label="DX01-A013"))

    assert (answer.status_code, answer.json["code"]) == (422, "key_reused")
    assert "request_id" in answer.json["errors"]


@pytest.mark.parametrize("number", ["404", "HOUSE"])
def test_no_virtual_account_without_a_settlement_account(simbank_still_counter, number):
    answer = simbank_still_counter.post("/api/v1/virtual-accounts", item(account_number=number))

    assert (answer.status_code, answer.json["code"]) == (404, "account_not_found")


def test_a_thousand_virtual_accounts_are_issued_in_one_request(simbank_counter):
    simbank_counter.open_stall()
    items = [item(request_id=f"r-{i}", label=f"DX01-{i}") for i in range(2, 1002)]

    first = simbank_counter.post("/api/v1/virtual-accounts/batch", {"items": items})
    again = simbank_counter.post("/api/v1/virtual-accounts/batch", {"items": items})

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json
    assert [answer["request_id"] for answer in first.json["items"]] == [i["request_id"] for i in items]
    assert len({answer["virtual_account"] for answer in first.json["items"]}) == 1_000


def test_a_batch_with_one_unknown_account_issues_nothing_and_says_which(simbank_sqlite_counter):
    simbank_sqlite_counter.open_stall()
    items = [item(request_id="r-2"), item(request_id="r-3", account_number="404")]

    answer = simbank_sqlite_counter.post("/api/v1/virtual-accounts/batch", {"items": items})

    assert answer.status_code == 404
    assert answer.json["errors"] == {"items": {"1": {"account_number": ["is not an account here"]}}}
    assert simbank_sqlite_counter.post("/api/v1/virtual-accounts", items[0]).status_code == 201


@pytest.mark.parametrize("count", [0, 1001])
def test_a_batch_has_1_to_1000_items(simbank_still_counter, count):
    items = [item(request_id=f"r-{i}") for i in range(count)]

    answer = simbank_still_counter.post("/api/v1/virtual-accounts/batch", {"items": items})

    assert (answer.status_code, answer.json["code"]) == (422, "invalid_request")


def test_the_same_request_from_two_sides_at_once_issues_one_number(simbank_counter):
    simbank_counter.open_stall()
    answers = []

    def ask() -> None:
        other = Counter(simbank_counter.app, simbank_counter.clock, simbank_counter.sender)
        answers.append(other.post("/api/v1/virtual-accounts", item(request_id="r-2")))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
    assert len({answer.json["virtual_account"] for answer in answers}) == 1


def test_opening_an_account_twice_keeps_its_money(simbank_counter):
    rich = {"account_number": "777", "holder_name": "Lê Văn Tám", "opening_balance_vnd": 900}

    first = simbank_counter.post("/api/v1/accounts", {"items": [rich]})
    again = simbank_counter.post("/api/v1/accounts", {"items": [rich | {"opening_balance_vnd": 5}]})

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json["items"][0]["holder_name"] == "LE VAN TAM"
    assert again.json["items"][0]["balance_vnd"] == 900


def test_an_account_of_another_holder_is_not_taken_over(simbank_still_counter):
    taken = {"account_number": SHOPPER, "holder_name": "SOMEONE ELSE"}

    answer = simbank_still_counter.post("/api/v1/accounts", {"items": [taken]})

    assert (answer.status_code, answer.json["code"]) == (409, "account_exists")
    assert "0" in answer.json["errors"]["items"]


def test_credits_are_listed_page_by_page(simbank_counter):
    virtual = simbank_counter.open_stall()
    for amount_vnd in (1_000, 2_000, 3_000):
        simbank_counter.pay(virtual, amount_vnd)

    first = simbank_counter.get("/api/v1/credits?limit=2").json
    second = simbank_counter.get(f"/api/v1/credits?limit=2&after={first['next']}").json

    assert [credit["amount_vnd"] for credit in first["items"] + second["items"]] == [1_000, 2_000, 3_000]
    assert second["next"] is None
    assert first["items"][0]["virtual_account"] == virtual
    assert first["items"][0]["delivery"]["state"] == "pending"


def test_a_direct_payment_to_a_settlement_account_is_reported_without_virtual_account(simbank_sqlite_counter):
    simbank_sqlite_counter.open_stall()
    simbank_sqlite_counter.pay(STALL_ACCOUNT)

    [credit] = simbank_sqlite_counter.get("/api/v1/credits").json["items"]

    assert (credit["virtual_account"], credit["account_number"]) == (None, STALL_ACCOUNT)


def test_only_reported_accounts_are_reported(simbank_sqlite_counter):
    items = [
        {"account_number": "1", "holder_name": "PRIVATE"},
        {"account_number": "2", "holder_name": "WATCHED", "reported": True},
    ]
    simbank_sqlite_counter.post("/api/v1/accounts", {"items": items})

    for number in ("1", "2"):
        simbank_sqlite_counter.pay(number)

    [credit] = simbank_sqlite_counter.get("/api/v1/credits").json["items"]
    assert credit["account_number"] == "2"


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer wrong", f"Basic {API_KEY}", "Bearer khóa"])
def test_a_stranger_is_turned_away(simbank_still_counter, header):
    answer = simbank_still_counter.client.get(
        "/api/v1/credits", headers={"Authorization": header.encode().decode("latin-1")}
    )

    assert (answer.status_code, answer.json["code"]) == (401, "unauthorized")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_unknown_fields_are_refused(simbank_still_counter):
    answer = simbank_still_counter.pay("1", colour="green")

    assert (answer.status_code, answer.json["errors"]) == (422, {"colour": ["Unknown field."]})


@pytest.mark.parametrize(
    ("path", "query"), [("/api/v1/credits?limit=0", "limit"), ("/api/v1/credits?after=x", "after")]
)
def test_a_bad_query_is_refused(simbank_still_counter, path, query):
    answer = simbank_still_counter.get(path)

    assert answer.status_code == 422
    assert query in answer.json["errors"]


@pytest.mark.parametrize(
    ("method", "path", "data", "content_type", "status", "code"),
    [
        ("POST", "/api/v1/transfers", "{", "application/json", 400, "malformed_json"),
        ("POST", "/api/v1/transfers", "[]", "application/json", 400, "malformed_json"),
        ("POST", "/api/v1/transfers", "{}", "text/plain", 415, "unsupported_media_type"),
        ("DELETE", "/api/v1/transfers", "", "application/json", 405, "method_not_allowed"),
        ("GET", "/api/v1/nothing", "", "application/json", 404, "not_found"),
        ("POST", "/api/v1/transfers", " " * 1_048_577, "application/json", 413, "too_large"),
    ],
)
def test_every_refusal_has_the_same_shape(simbank_still_counter, method, path, data, content_type, status, code):
    answer = simbank_still_counter.client.open(
        path,
        method=method,
        data=data,
        content_type=content_type,
        headers={"Authorization": f"Bearer {API_KEY}"},
    )

    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert (answer.json["status"], answer.json["code"]) == (status, code)
    assert answer.json["title"]
