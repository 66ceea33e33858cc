"""Importing statements in tests, and what came of their lines."""

from __future__ import annotations

import io
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from core import clock
from core.database import database
from core.permissions.principal import SYSTEM
from payments.gateways.port import ReportedCredit
from payments.reconciliation import services
from payments.reconciliation.models import Discrepancy, Statement, StatementLine
from payments.reconciliation.outcomes import Source
from payments.reconciliation.services import Imported
from payments.statement_lines import Direction, Line
from tests.support.money import CodedStall, credit
from tests.support.statements import details, document, entry, statement

MORNING_AFTER = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


def fresh(stall: CodedStall | None = None, **changes: Any) -> ReportedCredit:
    """A credit with a bank's reference of its own."""
    return credit(stall, **({"bank_ref": f"FT{uuid.uuid4().hex[:12]}"} | changes))


def line_of(one: ReportedCredit, **changes: Any) -> Line:
    """The line by which a gateway that is asked shows a credit."""
    line = Line(
        account_number=one.account_number,
        direction=Direction.CREDIT,
        amount_vnd=one.amount_vnd,
        booked_at=one.paid_at,
        day_only=False,
        bank_ref=one.bank_ref,
        external_id=one.external_id,
        other_refs=(),
        virtual_account=one.virtual_account,
        content=one.content,
        party_name=one.payer_name,
        party_account=one.payer_ref,
        party_bank_bin=one.payer_bank_bin,
        bank_bin=one.bank_bin,
        is_reversal=False,
        line_number=1,
        entry_ref=f"L{one.bank_ref}",
    )
    return replace(line, **changes)


def shown(one: ReportedCredit, *, by_id: bool = False, **changes: Any) -> str:
    """The entry of a camt.053 that shows a credit; the gateway's id of it stands there only `by_id`."""
    own = f"<Prtry><Tp>CREDIT_ID</Tp><Ref>{one.external_id}</Ref></Prtry>" if by_id else ""
    account = one.virtual_account
    parties = f"<CdtrAcct><Id><Othr><Id>{account}</Id></Othr></Id></CdtrAcct>" if account else ""
    facts: dict[str, Any] = {
        "amount": one.amount_vnd,
        "bank_ref": one.bank_ref,
        "booked": f"<BookgDt><DtTm>{one.paid_at.isoformat()}</DtTm></BookgDt>",
        "details": details(refs=own, parties=parties, text=one.content),
    }
    facts |= changes
    return entry(facts.pop("amount"), **facts)


def of_all_kinds() -> bytes:
    """A file whose lines end in most of the ways there are, with findings."""
    lost = shown(fresh(content="rau muống C4MAU"))
    return document(
        statement(
            lost,
            lost,
            shown(fresh(amount_vnd=25_000), bank_ref=""),
            shown(fresh(), reversal="true"),
            entry(12_000, way="DBIT", bank_ref="FT9", note="phí dịch vụ tháng 11"),
            entry("12.50", currency="USD", ref="N6"),
            entry(status="<Cd>PDNG</Cd>"),
            opening=1_000_000,
            closing=1_100_000,
        )
    )


def imported(content: bytes, source: Source = Source.CAMT, gateway: str = "simbank") -> Imported:
    """Import a file as the server's own command does, on the morning after `tests.support.statements.PERIOD`."""
    with clock.pretending(MORNING_AFTER):
        return services.import_file(SYSTEM, gateway, io.BytesIO(content), source, "statement")


def of(stall: CodedStall, *entries: str, **said: Any) -> bytes:
    """A file with one statement of a stall's account."""
    return document(statement(*entries, account=stall.account_number, **said))


def outcomes(statement_id: int) -> list[tuple[str | None, str | None]]:
    """How the lines of a statement ended, in their order, each with its reason."""
    with database().reading() as session:
        found = select(StatementLine.outcome, StatementLine.reason).where(StatementLine.statement_id == statement_id)
        return [(row[0], row[1]) for row in session.execute(found.order_by(StatementLine.position))]


def discrepancies() -> list[Discrepancy]:
    """All discrepancies, in the order in which they were opened."""
    with database().reading() as session:
        return list(session.scalars(select(Discrepancy).order_by(Discrepancy.id)))


def the_statement(statement_id: int) -> Statement:
    """A statement as it stands."""
    with database().reading() as session:
        return session.get_one(Statement, statement_id)
