"""Every page, in both languages, on a phone and a desk: axe finds nothing, nothing overflows, no request leaves us."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page, ViewportSize
from sqlalchemy import select

from core.database import database
from payments.recording.models import UnmatchedCredit
from payments.recording.recorder import commit
from payments.refunds.services import give_cash_refund
from payments.requests.services import ask
from payments.unmatched.services import assign
from payments.verification.services import verify_and_keep
from tests.support.cast import PASSWORD, Cast, Person
from tests.support.chromium import DESK, PHONE, chromium
from tests.support.money import CodedStall, credit, strays, submission
from tests.support.reconciliation import discrepancies, of_all_kinds
from tests.support.reconciliation import imported as import_statement
from tests.support.servers import House
from vendors.codes.models import PaymentCode
from vendors.stalls.models import Stall

pytestmark = [
    pytest.mark.browser,
    # What databases do differently is tested without a browser.
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]


@dataclass(frozen=True, slots=True)
class Visit:
    """Who opens which page; None for somebody who is not signed in."""

    who: Callable[[Cast], Person] | None
    path: str


#: Language, size and scheme of a browser: each language and each scheme on a phone and on a desk.
VIEWS = (("vi", PHONE, "light"), ("en", DESK, "dark"), ("vi", DESK, "dark"), ("en", PHONE, "light"))

#: For each endpoint that answers GET with a page: who opens it, and where. `{stall}` is a stall in operation.
VISITS = {
    "core.home": Visit(None, "/"),
    "docs.show": Visit(None, "/api/docs"),
    "users.sign_in": Visit(None, "/sign-in"),
    "checks.check": Visit(None, "/check"),
    "checks.stall": Visit(None, "/s/{stall}"),
    "users.change_password": Visit(lambda cast: cast.vendor_a, "/password"),
    "users.index": Visit(lambda cast: cast.operator, "/users/"),
    "users.new": Visit(lambda cast: cast.operator, "/users/new"),
    "users.show": Visit(lambda cast: cast.operator, "/users/{user}"),
    "system.show": Visit(lambda cast: cast.operator, "/system"),
    "system.changes": Visit(lambda cast: cast.operator, "/system/changes"),
    "stalls.index": Visit(lambda cast: cast.registrar, "/stalls/?market={market}"),
    "stalls.show": Visit(lambda cast: cast.approver, "/stalls/{stall}"),
    "stalls.new": Visit(lambda cast: cast.field_agent, "/stalls/register"),
    "stalls.edit": Visit(lambda cast: cast.registrar, "/stalls/{stall}/edit"),
    "stalls.new_account": Visit(lambda cast: cast.registrar, "/stalls/{stall}/account"),
    "stalls.waiting": Visit(lambda cast: cast.approver, "/stalls/waiting"),
    "vendor_screen.live": Visit(lambda cast: cast.vendor_a, "/vendor/{stall}/"),
    "vendor_screen.my_code": Visit(lambda cast: cast.vendor_a, "/vendor/{stall}/code"),
    "vendor_screen.cash": Visit(lambda cast: cast.vendor_a, "/vendor/{stall}/cash"),
    "vendor_screen.my_day": Visit(lambda cast: cast.vendor_a, "/vendor/{stall}/day"),
    "reconciliation.index": Visit(lambda cast: cast.operator, "/reconciliation/"),
    "reconciliation.statement": Visit(lambda cast: cast.operator, "/reconciliation/statements/{statement}"),
    "reconciliation.discrepancies": Visit(lambda cast: cast.operator, "/reconciliation/discrepancies"),
    "reconciliation.discrepancy": Visit(lambda cast: cast.operator, "/reconciliation/discrepancies/{discrepancy}"),
    "vendor_screen.amount": Visit(lambda cast: cast.vendor_a, "/vendor/{stall}/amount"),
    "vendor_screen.show_request": Visit(lambda cast: cast.vendor_a, "/vendor/{stall}/amount/{request}"),
    "vendor_screen.payment": Visit(lambda cast: cast.vendor_a, "/vendor/{stall}/payments/1"),
    "vendor_screen.cash_refund": Visit(lambda cast: cast.vendor_a, "/vendor/{stall}/payments/1/cash-refund"),
    "vendor_screen.refund": Visit(lambda cast: cast.vendor_a, "/vendor/{stall}/payments/1/refund"),
    "unmatched.index": Visit(lambda cast: cast.approver, "/unmatched/"),
    "unmatched.show": Visit(lambda cast: cast.approver, "/unmatched/{unmatched}?stall={stall}"),
    "unmatched.assigned": Visit(lambda cast: cast.approver, "/unmatched/assigned"),
    "adoption.index": Visit(lambda cast: cast.province_officer, "/adoption/"),
}
#: GET without a page: files, streams, and programs' answers.
NO_PAGES = {
    "static",
    "health.alive",
    "health.ready",
    "api-docs.openapi_json",
    "cards.card",
    "cards.cards_of_market",
    "adoption.export",
    "vendor_screen.events",
}


@pytest.fixture
def house(app: Flask, cast: Cast, database_url: str, tmp_path: Path) -> Iterator[House]:
    with database().reading() as session:
        stall = session.get_one(Stall, cast.stall_a_id)
        code = session.query(PaymentCode).filter_by(stall_id=stall.id).one()
        coded = CodedStall(stall.id, stall.code, stall.market_id, str(code.virtual_account), code.reference, "")
        stray = strays(session, cast.stall_a_id, cast.stall_b_id, 2)
    commit(database(), [submission(*(credit(coded, amount_vnd=1_000 * n) for n in range(1, 40)))])
    commit(database(), [submission(*stray)])
    assign(cast.approver.principal, _unmatched(), cast.stall_a, "seen")
    give_cash_refund(cast.vendor_a.principal, 1, 500, "once")
    verify_and_keep()
    house = House(database_url, tmp_path).start()
    yield house
    house.stop()


def _unmatched() -> int:
    with database().reading() as session:
        return session.scalars(
            select(UnmatchedCredit.credit_id).where(UnmatchedCredit.payment_id.is_(None)).limit(1)
        ).one()


@pytest.fixture
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def test_every_page_is_listed(app: Flask) -> None:
    pages = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.endpoint.startswith("api_")
    }
    assert pages - NO_PAGES == set(VISITS)


def sign_in(page: Page, house: House, person: Person) -> None:
    page.goto(f"{house.url}/sign-in")
    page.fill("[name=username]", person.username)
    page.fill("[name=password]", PASSWORD)
    page.locator("main form").get_by_role("button").click()
    page.wait_for_load_state()


def faults(page: Page, language: str) -> list[str]:
    """What is wrong with the page that is open."""
    found = [
        f"axe {violation['id']}: {violation['nodes'][0]['html'][:120]}"
        for violation in Axe().run(page).response["violations"]
    ]
    wide, room = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    if wide > room:
        found.append(f"{wide} px wide in {room}")
    if page.locator("html").get_attribute("lang") != language:
        found.append("lang is wrong")
    return found


@pytest.mark.parametrize(("language", "size", "scheme"), VIEWS)
def test_every_page_is_sound(
    house: House, browser: Browser, cast: Cast, language: str, size: ViewportSize, scheme: Literal["light", "dark"]
) -> None:
    asked: list[str] = []
    complaints: list[str] = []
    wrong: list[str] = []
    imported = import_statement(of_all_kinds())
    filled = {
        "stall": cast.stall_a,
        "market": cast.market_a,
        "user": cast.vendor_a.principal.user_id,
        "statement": imported.statement_id,
        "discrepancy": discrepancies()[0].id,
        "request": ask(cast.vendor_a.principal, cast.stall_a, 45_000, key="once").public_id,
        "unmatched": _unmatched(),
    }
    context = browser.new_context(viewport=size, color_scheme=scheme)
    context.add_cookies([{"name": "cho40_language", "value": language, "url": house.url}])
    context.on("request", lambda request: asked.append(request.url))
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    signed_in: Person | None = None
    # Each of the visitors signs in once.
    for endpoint, visit in sorted(VISITS.items(), key=lambda item: (item[1].who is not None, item[0])):
        person = visit.who(cast) if visit.who else None
        if person is not None and person is not signed_in:
            context.clear_cookies(name="cho40_session")
            sign_in(page, house, person)
            signed_in = person
        answer = page.goto(house.url + visit.path.format(**filled))
        assert answer is not None
        assert answer.status == 200, f"{endpoint}: {answer.status}"
        wrong += [f"{endpoint}: {fault}" for fault in faults(page, language)]
    context.close()
    assert wrong == []
    assert complaints == []
    assert [url for url in asked if not url.startswith((house.url, "blob:", "data:"))] == []


def test_the_page_of_an_error_is_sound_too(app: Flask, house: House, browser: Browser) -> None:
    page = browser.new_context(viewport=PHONE).new_page()
    answer = page.goto(f"{house.url}/no-such-page")
    assert answer is not None
    assert answer.status == 404
    assert faults(page, "vi") == []
