"""One table drives every route against everybody: the nobody, each role at the place, the same roles elsewhere.

The rows are in `tests/access/`, one file for each floor. A route that no row names fails the first test.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

import wsgi
from core import clock
from core.database import database
from core.permissions.principal import SYSTEM, Grant
from core.permissions.roles import Role, Scope
from core.settings import load_settings
from core.users import services
from core.users.models import GrantRow, Token
from core.web.problems import PROGRAM_PATHS
from payments.cash.services import note_sale
from payments.live.container import LiveContainer
from payments.recording import ledger
from payments.recording.models import Payment, UnmatchedCredit
from payments.refunds.services import give_cash_refund
from payments.requests.services import ask
from payments.unmatched.services import assign
from tests.access import adoption, core, payments, vendors
from tests.access.table import ANONYMOUS, EVERYBODY, PEOPLE, Row
from tests.conftest import TEST_ENVIRONMENT
from tests.support.bank import InMemoryBank
from tests.support.browser import Browser
from tests.support.cast import Cast, approved_stall, gather
from tests.support.money import credit, strays, submission
from tests.support.postgres import Server
from tests.support.reconciliation import discrepancies
from tests.support.reconciliation import imported as import_statement
from tests.support.statements import document, entry, statement
from vendors.codes.models import PaymentCode

ROWS: list[Row] = [*core.ROWS, *vendors.ROWS, *payments.ROWS, *adoption.ROWS]
VENDOR = Grant(Role.VENDOR, Scope.STALL, 1)
WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class Stage:
    """An application with the cast in it, used by all rows: whoever is refused changes nothing."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.cast: Cast = gather()
        self._clients: dict[str, FlaskClient] = {}

    @cached_property
    def facts(self) -> dict[str, Any]:
        """What paths and bodies may name; `spare` is a user that nobody acts as."""
        spare = services.open_user(SYSTEM, services.NewUser("spare", "Dự Bị", None, (VENDOR,)))
        stall = approved_stall(self.cast.registrar.principal, self.cast.approver.principal, self.cast.market_a)
        sale = note_sale(self.cast.vendor_a.principal, self.cast.stall_a, 5_000, "noted-before").sale
        imported = import_statement(document(statement(entry(bank_ref=""))))
        asked = ask(self.cast.admin.principal, self.cast.stall_a, 5_000, key="asked-before")
        with database().writing() as session:
            token = Token(user_id=spare.id, name="spare", digest="0" * 64, created_at=clock.now())
            session.add(token)
            session.flush()
            facts = {
                "stall_a": self.cast.stall_a,
                "stall_b": self.cast.stall_b,
                "market_a": self.cast.market_a,
                "market_b": self.cast.market_b,
                "spare": spare.id,
                "spare_stall": stall.code,
                "spare_grant": session.scalars(select(GrantRow.id).where(GrantRow.user_id == spare.id)).one(),
                "spare_token": token.id,
                "cash_sale": sale.id,
                "statement": imported.statement_id,
                "discrepancy": discrepancies()[0].id,
                "payment": self._paid(session),
                "stray": self._stray(session),
                "request": asked.public_id,
            }
            unmatched, given = self._between_stalls(session)
        cash_refund = give_cash_refund(self.cast.vendor_a.principal, facts["payment"], 1_000, "given-before")
        assigned = assign(self.cast.approver.principal, given, self.cast.stall_a, "seen")
        return facts | {"unmatched": unmatched, "assigned": assigned.id, "cash_refund": cash_refund.id}

    def _paid(self, session: Session) -> int:
        code = session.scalars(select(PaymentCode).where(PaymentCode.stall_id == self.cast.stall_a_id)).one()
        ledger.record(session, [submission(credit(virtual_account=code.virtual_account))])
        return session.scalars(select(Payment.id)).one()

    def _stray(self, session: Session) -> int:
        """A credit of nobody's account: who holds no grant everywhere does not see it."""
        ledger.record(session, [submission(credit(None))])
        return session.scalars(select(UnmatchedCredit.credit_id)).one()

    def _between_stalls(self, session: Session) -> list[int]:
        """Two credits that stall A's board sees: paid into its account, with stall B's reference in their texts."""
        ledger.record(session, [submission(*strays(session, self.cast.stall_a_id, self.cast.stall_b_id, 2))])
        newest = select(UnmatchedCredit.credit_id).order_by(UnmatchedCredit.number.desc()).limit(2)
        return list(session.scalars(newest))

    def ask(self, row: Row, who: str) -> TestResponse:
        """What the route answers to somebody."""
        path = row.path.format(**self.facts)
        body: dict[str, Any] = {"json": self._filled(row.json)} if row.json is not None else {"data": row.form}
        for_program = path.startswith(PROGRAM_PATHS)
        headers = self.cast.everybody()[who].headers if for_program and who != ANONYMOUS else {}
        if row.keyed:
            headers = headers | {"Idempotency-Key": uuid.uuid4().hex}
        client = self.app.test_client() if for_program else self.sign_in(who)
        answer = client.open(path, method=row.method, headers=headers, **(body if row.method in WRITES else {}))
        if row.endpoint == "users.sign_out":
            self._clients.pop(who, None)
        answer.close()
        return answer

    def sign_in(self, who: str) -> FlaskClient:
        """The browser of somebody, signed in once."""
        if who == ANONYMOUS:
            return self.app.test_client()
        if who not in self._clients:
            self._clients[who] = self.cast.everybody()[who].sign_in(self.app.test_client())
        return self._clients[who]

    def _filled(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self._filled(inner) for name, inner in value.items()}
        return value.format(**self.facts) if isinstance(value, str) else value


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """One stage for all rows, on either database."""
    yield from stages(request, tmp_path_factory)


def stages(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A stage on the database that the request's parameter names."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("access") / "test.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield from _staged(f"sqlite:///{path}")
    else:
        server: Server = request.getfixturevalue("postgres")
        with server.lend(request.getfixturevalue("postgres_template")) as name:
            yield from _staged(server.sqlalchemy_url(name))


def _staged(url: str) -> Iterator[Stage]:
    app = wsgi.create_app(load_settings(TEST_ENVIRONMENT | {"CHO40_DATABASE_URL": url}))
    app.test_client_class = Browser
    LiveContainer.of(app).issuer = InMemoryBank()
    with app.app_context():
        yield Stage(app)
    opened = LiveContainer.of(app).database
    opened.dispose()


def test_every_route_has_its_row(stage: Stage) -> None:
    routes = {
        (rule.endpoint, method)
        for rule in stage.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert {(row.endpoint, row.method) for row in ROWS} == routes


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_who_comes_in(stage: Stage, row: Row) -> None:
    path = row.path.format(**stage.facts)
    adapter = stage.app.url_map.bind("cho.test")
    assert adapter.match(path.partition("?")[0], method=row.method)[0] == row.endpoint
    # Those who are let in may change things, so they come last.
    for who in sorted(EVERYBODY, key=lambda one: (one in row.lets_in, one)):
        answer = stage.ask(row, who)
        assert outcome(answer) == expected(row, who), f"{who}: {answer.status} {answer.location or ''}"


def expected(row: Row, who: str) -> str | int:
    """What the table says becomes of somebody."""
    if who in row.answers:
        return row.answers[who]
    if who in row.lets_in:
        return "in"
    if who == ANONYMOUS:
        for_page = row.method == "GET" and not row.path.startswith(PROGRAM_PATHS)
        return "to sign in" if for_page else 401
    return 404 if who in row.hides_from else 403


def outcome(answer: TestResponse) -> str | int:
    """What became of them."""
    if answer.status_code in {401, 403, 404} or answer.status_code >= 500:
        return answer.status_code
    return "to sign in" if answer.status_code == 302 and "/sign-in" in answer.location else "in"


def test_the_rows_name_people_of_the_cast(stage: Stage) -> None:
    assert set(stage.cast.everybody()) == PEOPLE
    for row in ROWS:
        assert row.lets_in | row.hides_from | set(row.answers) <= EVERYBODY
        assert not row.lets_in & row.hides_from, row
