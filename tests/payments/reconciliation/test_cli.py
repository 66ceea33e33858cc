"""The commands: what they print, how they exit, and what a kill in the middle leaves behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from core import clock
from core.database import database
from core.permissions.principal import SYSTEM
from core.settings import PROJECT_ROOT
from payments.container import recorder
from payments.gateways.port import NotifyOnlyGateway
from payments.live.container import LiveContainer
from payments.reconciliation import services
from payments.reconciliation.limits import ENTIRE_AFTER
from payments.reconciliation.models import Statement
from payments.reconciliation.models import StatementLine as Row
from payments.reconciliation.outcomes import Source
from payments.reconciliation.services import Imported
from payments.recording.models import Payment
from payments.statement_lines import Line
from payments.verification.services import verify
from tests.conftest import TEST_ENVIRONMENT
from tests.support.beside import SHOPPER, BankBeside
from tests.support.money import CodedStall, coded_stalls, submission
from tests.support.reconciliation import (
    MORNING_AFTER,
    discrepancies,
    fresh,
    imported,
    line_of,
    of,
    of_all_kinds,
    outcomes,
    shown,
)
from tests.support.spreadsheets import xlsx
from tests.support.statements import entry
from vendors.issuer import BankUnavailable


def count(model: type) -> int:
    with database().reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def run(app: Flask, *words: str):
    with clock.pretending(MORNING_AFTER):
        return app.test_cli_runner().invoke(args=["payments", *words])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "statement.xml"


def test_a_statement_that_fits_exits_with_0_and_its_sums(app: Flask, file: Path) -> None:
    (stall,) = coded_stalls(1)
    known, lost = fresh(stall, amount_vnd=20_000), fresh(stall, amount_vnd=30_000)
    recorder().record(submission(known))
    file.write_bytes(of(stall, shown(known), shown(lost)))
    answer = run(app, "import-statement", str(file), "--gateway", "simbank")
    assert answer.exit_code == 0, answer.output
    assert "2 credits, 50.000" in answer.output
    assert "matched          1   in 20.000" in answer.output.replace("\N{NO-BREAK SPACE}", " ")
    assert "recorded         1   in 30.000" in answer.output.replace("\N{NO-BREAK SPACE}", " ")
    assert count(Payment) == 2


def test_a_statement_with_discrepancies_exits_with_3(app: Flask, file: Path) -> None:
    file.write_bytes(of_all_kinds())
    answer = run(app, "import-statement", str(file), "--gateway", "simbank")
    assert (answer.exit_code, "discrepancies open: 5" in answer.output) == (3, True)


def test_the_same_file_again_says_so_and_exits_alike(app: Flask, file: Path) -> None:
    file.write_bytes(of_all_kinds())
    run(app, "import-statement", str(file), "--gateway", "simbank")
    again = run(app, "import-statement", str(file), "--gateway", "simbank")
    assert again.exit_code == 3
    assert "imported before, nothing is changed" in again.output
    assert count(Statement) == 1


def test_a_file_that_cannot_be_read_exits_with_1_and_keeps_nothing(app: Flask, file: Path) -> None:
    file.write_bytes(of_all_kinds()[:-30])
    answer = run(app, "import-statement", str(file), "--gateway", "simbank")
    assert answer.exit_code == 1
    assert "nothing was kept" in answer.output
    assert count(Statement) == count(Row) == count(Payment) == 0


def test_a_file_of_another_gateway_exits_with_1_and_keeps_nothing(app: Flask, file: Path) -> None:
    file.write_bytes(of_all_kinds())
    run(app, "import-statement", str(file), "--gateway", "simbank")
    payments = count(Payment)
    answer = run(app, "import-statement", str(file), "--gateway", "sepay")
    assert answer.exit_code == 1
    assert "nothing was kept" in answer.output
    assert "simbank" in answer.output
    assert (count(Statement), count(Payment)) == (1, payments)


def test_a_files_name_may_be_no_utf_8(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / os.fsdecode(b"s\xff.xml")
    file.write_bytes(of_all_kinds())
    assert run(app, "import-statement", str(file), "--gateway", "simbank").exit_code == 3
    with database().reading() as session:
        assert session.scalar(select(Statement.name)) == "s?.xml"


def test_a_table_may_be_named_as_one(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "statement"
    file.write_text("account_number,booked_at,credit_vnd,debit_vnd,bank_ref\n1,23/11/2026,7000,,FT1\n")
    assert run(app, "import-statement", str(file), "--gateway", "simbank", "--format", "table").exit_code == 0
    assert run(app, "import-statement", str(file), "--gateway", "simbank", "--format", "camt").exit_code == 0
    file.write_text(file.read_text().replace("7000", "8000"))
    assert run(app, "import-statement", str(file), "--gateway", "simbank", "--format", "camt").exit_code == 1


def test_a_spreadsheet_is_imported_and_one_with_numbers_for_accounts_is_not(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "statement.xlsx"
    header = ("account_number", "booked_at", "credit_vnd", "debit_vnd", "bank_ref")
    file.write_bytes(xlsx(header, [71_000_999_772, "23/11/2026", 7_000, None, "FT1"]))
    answer = run(app, "import-statement", str(file), "--gateway", "simbank")
    assert answer.exit_code == 1
    assert "dòng 2, cột account_number: “71000999772” không phải văn bản" in answer.output
    assert count(Statement) == 0
    file.write_bytes(xlsx(header, ["0071000999772", "23/11/2026", 7_000, None, "FT1"]))
    assert run(app, "import-statement", str(file), "--gateway", "simbank").exit_code == 0
    assert count(Statement) == count(Row) == 1


def test_a_gateway_that_nobody_knows_is_refused(app: Flask, file: Path) -> None:
    file.write_bytes(of_all_kinds())
    assert run(app, "import-statement", str(file), "--gateway", "nobody").exit_code == 2


@dataclass
class TellingBank(NotifyOnlyGateway):
    """A gateway that tells statements from memory; it can be out of reach, and break off."""

    told: list[Line] = field(default_factory=list)
    asked: list[tuple[datetime, datetime]] = field(default_factory=list)
    down: bool = False
    name: str = "simbank"
    supports_statements: bool = True

    def statement(self, start: datetime, end: datetime) -> Iterator[Line]:
        self.asked.append((start, end))
        yield from self.told
        if self.down:
            raise BankUnavailable


@pytest.fixture
def telling(app: Flask) -> TellingBank:
    bank = TellingBank()
    LiveContainer.of(app).gateways = {"simbank": bank}
    return bank


def test_yesterday_is_asked_for_and_what_was_lost_is_recorded(app: Flask, telling: TellingBank) -> None:
    (stall,) = coded_stalls(1)
    one = fresh(stall)
    telling.told = [line_of(one)]
    answer = run(app, "reconcile")
    assert answer.exit_code == 0, answer.output
    assert telling.asked == [
        (datetime(2026, 11, 22, 17, tzinfo=UTC), datetime(2026, 11, 23, 17, tzinfo=UTC)),
    ]
    assert count(Payment) == 1
    assert recorder().record(submission(one)).recorded == 0
    assert verify(database()).sound


def test_the_same_window_again_changes_nothing_until_it_says_more(app: Flask, telling: TellingBank) -> None:
    (stall,) = coded_stalls(1)
    telling.told = [line_of(fresh(stall))]
    run(app, "reconcile")
    run(app, "reconcile", "--date", "2026-11-23")
    assert count(Statement) == 1
    telling.told.append(line_of(fresh(stall)))
    run(app, "reconcile")
    assert (count(Statement), count(Payment)) == (2, 2)


def test_what_the_bank_does_not_tell_of_a_day_that_is_over_is_missing(app: Flask, telling: TellingBank) -> None:
    (stall,) = coded_stalls(1)
    recorder().record(submission(fresh(stall)))
    assert run(app, "reconcile").exit_code == 3
    assert [one.kind for one in discrepancies()] == ["missing_at_bank"]


def test_a_day_that_was_asked_for_too_soon_is_held_against_later_with_the_same_lines(
    app: Flask, telling: TellingBank
) -> None:
    (stall,) = coded_stalls(1)
    known, ghost = fresh(stall), fresh(stall)
    recorder().record(submission(known, ghost))
    telling.told = [line_of(known)]
    day = clock.market_day(known.paid_at)

    def pulled(*, after: timedelta) -> Imported:
        with clock.pretending(clock.day_end(day) + after):
            return services.pull(SYSTEM, telling, clock.day_start(day), clock.day_end(day))

    too_soon = pulled(after=timedelta(minutes=3))
    assert pulled(after=timedelta(minutes=4)) == Imported(too_soon.statement_id, fresh=False)
    assert not discrepancies()
    entire = pulled(after=ENTIRE_AFTER)
    assert entire.fresh
    assert [one.kind for one in discrepancies()] == ["missing_at_bank"]
    assert pulled(after=timedelta(days=2)) == Imported(entire.statement_id, fresh=False)
    assert (count(Statement), len(discrepancies()), count(Payment)) == (2, 1, 2)
    assert verify(database()).sound


def test_a_day_that_is_not_over_accuses_nobody(app: Flask, telling: TellingBank) -> None:
    (stall,) = coded_stalls(1)
    recorder().record(submission(fresh(stall, paid_at=MORNING_AFTER - timedelta(minutes=1))))
    assert run(app, "reconcile", "--date", "2026-11-24").exit_code == 0
    assert telling.asked[0][1] == MORNING_AFTER


def test_a_bank_that_breaks_off_leaves_nothing_half(app: Flask, telling: TellingBank) -> None:
    (stall,) = coded_stalls(1)
    telling.told, telling.down = [line_of(fresh(stall))], True
    answer = run(app, "reconcile")
    assert answer.exit_code == 1
    assert "cannot be asked now" in answer.output
    assert count(Statement) == count(Payment) == 0


def test_a_gateway_that_tells_none_is_named(app: Flask) -> None:
    LiveContainer.of(app).gateways = {"sepay": TellingBank(name="sepay", supports_statements=False)}
    answer = run(app, "reconcile")
    assert answer.exit_code == 0
    assert "sepay tells no statements" in answer.output


def test_the_simulated_banks_own_statements_agree_with_what_it_told(app: Flask, simulated_bank: BankBeside) -> None:
    """One payment is told and one is not; one told is taken back. Pulled, as camt.053 and as a table alike."""
    bank = simulated_bank
    (stall,) = coded_stalls(1)
    number = bank.keep(stall)
    bank.pay(number, 20_000)
    bank.deliver()
    bank.pay(number, 30_000)
    bank.reverse(bank.credits()[0]["id"])
    day = clock.today().isoformat()
    answer = app.test_cli_runner().invoke(args=["payments", "reconcile", "--date", day])
    assert answer.exit_code == 0, answer.output
    assert outcomes(1) == [("matched", None), ("recorded", None), ("recorded", None)]
    for kind, source in (("camt.053", Source.CAMT), ("csv", Source.TABLE)):
        content = bank.client.get(f"/api/v1/statements/{kind}", params={"date": day}).content
        one = imported(content, source)
        assert outcomes(one.statement_id) == [("matched", None)] * 3, kind
    bank.deliver()
    assert count(Payment) == 2
    assert not discrepancies()
    report = verify(database())
    assert report.sound, report.findings


def big_file(stall: CodedStall, lines: int) -> bytes:
    return of(stall, *(shown(fresh(stall, amount_vnd=1_000 + n)) for n in range(lines)), entry(1, way="DBIT"))


@pytest.mark.parametrize("killed_at", ["staging", "processing"])
def test_a_kill_leaves_nothing_half_and_the_same_command_goes_on(
    app: Flask, database_url: str, file: Path, killed_at: str
) -> None:
    (stall,) = coded_stalls(1)
    file.write_bytes(big_file(stall, 4_000))
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "payments", "import-statement", str(file)]
    environment = os.environ | TEST_ENVIRONMENT | {"CHO40_DATABASE_URL": database_url}
    running = subprocess.Popen(
        [*command, "--gateway", "simbank"], cwd=PROJECT_ROOT, env=environment, stdout=subprocess.DEVNULL
    )
    # While it reads nothing is written yet; as soon as the first lines are processed it has recorded some of them.
    waited_for = Row if killed_at == "staging" else Payment
    while killed_at == "processing" and not count(waited_for) and running.poll() is None:
        time.sleep(0.02)
    if killed_at == "staging":
        time.sleep(1.5)
    running.send_signal(signal.SIGKILL)
    running.wait()
    assert count(Row) in {0, 4_001}
    assert count(Payment) % 500 == 0
    assert verify(database()).sound
    with database().reading() as session:
        left = session.scalar(select(Statement.id).where(Statement.processed_at.is_(None)))
    again = subprocess.run(
        [*command, "--gateway", "simbank"],
        cwd=PROJECT_ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert again.returncode == 0
    assert ("it went on where it had stopped" in again.stdout) == (left is not None)
    assert count(Payment) == 4_000
    assert count(Statement) == 1
    assert verify(database()).sound


def test_reconciling_finishes_what_was_interrupted(app: Flask, telling: TellingBank) -> None:
    (stall,) = coded_stalls(1)
    statement_id = imported(of(stall, shown(fresh(stall)))).statement_id
    with database().writing() as session:
        session.get_one(Statement, statement_id).processed_at = None
        for line in session.scalars(select(Row).where(Row.statement_id == statement_id)):
            line.outcome = line.credit_id = None
    assert run(app, "reconcile").exit_code == 0
    assert outcomes(statement_id) == [("matched", None)]


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_day_that_nobody_can_ask_for_is_refused(app: Flask, telling: TellingBank, day: str) -> None:
    done = run(app, "reconcile", "--date", day)
    assert done.exit_code == 2
    assert "give a day from 1900-01-01 to today" in done.output


@pytest.mark.parametrize(
    ("sign", "ended"),
    [
        (-1, [("recorded", None), ("unknown", "ordinary_debit")]),
        (1, [("unknown", "out_of_range"), ("unknown", "ordinary_debit")]),
    ],
    ids=["a debit", "a credit"],
)
def test_more_than_a_transfer_carries_does_not_keep_the_day_from_being_told(
    app: Flask, simulated_bank: BankBeside, sign: int, ended: list[tuple[str, str | None]]
) -> None:
    bank = simulated_bank
    (stall,) = coded_stalls(1)
    bank.pay(bank.keep(stall), 20_000)
    bank.pay(SHOPPER, 1_000, payer=stall.account_number)
    with bank.theirs.extensions["simbank"].database.write() as books:
        # No customer can order such a transfer; a bank's own counter can.
        books.execute(text("PRAGMA ignore_check_constraints = ON"))
        books.execute(text(f"UPDATE ledger_entries SET amount_vnd = {sign} * 600000000 WHERE {sign} * amount_vnd > 0"))
    day = clock.today().isoformat()
    answer = app.test_cli_runner().invoke(args=["payments", "reconcile", "--date", day])
    assert outcomes(1) == ended, answer.output
    with database().reading() as session:
        told = session.scalars(select(Row.amount_vnd).order_by(Row.position)).all()
    assert sorted(told)[1:] == [600_000_000]
