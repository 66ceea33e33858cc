"""The server is killed while money comes in; after its restart and the bank's retries nothing is lost or doubled."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from flask import Flask
from sqlalchemy import func, select

from core.database import database
from payments.recording.models import Credit, Payment
from payments.verification.services import verify
from tests.support.money import CodedStall, coded_stalls
from tests.support.servers import BankServer, House, free_port
from vendors.codes.models import PaymentCode

TRANSFERS = 200
SENDERS = 4
KILLS = 3
DELIVERED_WITHIN_S = 90
PAYER = "990000000001"


@pytest.fixture
def house(database_url: str, tmp_path: Path) -> Iterator[House]:
    # Its own bank lies elsewhere; the one that tells it of credits is a process of its own and lives on.
    house = House(database_url, tmp_path, port=free_port())
    yield house
    house.stop()


@pytest.fixture
def bank(house: House, tmp_path: Path) -> Iterator[BankServer]:
    bank = BankServer(tmp_path, f"{house.url}/gateways/simbank/notifications").start()
    yield bank
    bank.stop()


def open_stalls(client: httpx.Client, stalls: list[CodedStall]) -> list[str]:
    """Accounts and virtual accounts at the bank, and the same numbers in our codes."""
    accounts = [{"account_number": stall.account_number, "holder_name": "TRAN THI MAU"} for stall in stalls]
    accounts.append({"account_number": PAYER, "holder_name": "KHACH MAU", "opening_balance_vnd": 100_000_000})
    client.post("/api/v1/accounts", json={"items": accounts}).raise_for_status()
    wanted = [
        {"request_id": stall.code, "account_number": stall.account_number, "label": "TRAN THI MAU"} for stall in stalls
    ]
    answer = client.post("/api/v1/virtual-accounts/batch", json={"items": wanted}).raise_for_status().json()
    numbers = [item["virtual_account"] for item in answer["items"]]
    with database().writing() as session:
        for stall, number in zip(stalls, numbers, strict=True):
            code = session.scalars(select(PaymentCode).where(PaymentCode.stall_id == stall.id)).one()
            code.virtual_account = code.account_number = number
    return numbers


def pay(bank: BankServer, numbers: list[str], first: int) -> None:
    with bank.client() as client:
        for n in range(first, TRANSFERS, SENDERS):
            order = {
                "from_account": PAYER,
                "to_bank_bin": "970499",
                "to_account": numbers[n % len(numbers)],
                "amount_vnd": 10_000 + n,
                "content": "tra tien",
                "idempotency_key": f"order-{n}",
            }
            client.post("/api/v1/transfers", json=order).raise_for_status()
            time.sleep(0.02)


def reported(bank: BankServer) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    with bank.client() as client:
        after: str | None = "0"
        while after is not None:
            page = client.get("/api/v1/credits", params={"after": after, "limit": 200}).raise_for_status().json()
            items += page["items"]
            after = page["next"]
    return items


def all_delivered(bank: BankServer) -> list[dict[str, Any]]:
    """What the bank reported, once it has delivered all of it."""
    until = time.monotonic() + DELIVERED_WITHIN_S
    while True:
        found = reported(bank)
        if all(one["delivery"]["state"] == "delivered" for one in found):
            return found
        assert time.monotonic() < until, "the bank could not deliver everything"
        time.sleep(0.5)


def test_nothing_is_lost_or_doubled_when_the_server_is_killed(app: Flask, house: House, bank: BankServer) -> None:
    with bank.client() as client:
        numbers = open_stalls(client, coded_stalls(5))
    house.start()
    senders = [threading.Thread(target=pay, args=(bank, numbers, n)) for n in range(SENDERS)]
    for sender in senders:
        sender.start()
    for _ in range(KILLS):
        time.sleep(0.7)
        house.kill()
        house.start()
    for sender in senders:
        sender.join(60)

    credits_ = all_delivered(bank)
    assert len(credits_) == TRANSFERS
    with database().reading() as session:
        recorded = session.execute(select(func.count(), func.sum(Credit.amount_vnd)).select_from(Credit)).one()
        booked = session.execute(select(func.count(), func.sum(Payment.amount_vnd)).select_from(Payment)).one()
    expected = (TRANSFERS, sum(one["amount_vnd"] for one in credits_))
    assert tuple(recorded) == expected
    assert tuple(booked) == expected
    assert verify(database()).findings == []
