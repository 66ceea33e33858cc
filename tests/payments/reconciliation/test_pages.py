"""The operator's pages: importing, looking, closing; and what a mistake costs."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from core import clock
from core.audit.models import AuditEntry
from core.database import database
from payments.live.container import LiveContainer
from payments.reconciliation.limits import UPLOAD_MAX_BYTES
from payments.reconciliation.models import DiscrepancyEntry, Statement, StatementLine
from tests.support.cast import Cast
from tests.support.reconciliation import MORNING_AFTER, discrepancies, fresh, imported, of_all_kinds, shown
from tests.support.spreadsheets import xlsx
from tests.support.statements import document, entry, statement


@pytest.fixture
def operator(app: Flask, cast: Cast, client: FlaskClient) -> FlaskClient:
    client.set_cookie("cho40_language", "en")
    return cast.operator.sign_in(client)


def send(operator: FlaskClient, content: bytes | None, name: str = "statement.xml", gateway: str = "simbank"):
    data: dict = {"gateway": gateway}
    if content is not None:
        data["file"] = (io.BytesIO(content), name)
    return operator.post("/reconciliation/import", data=data, content_type="multipart/form-data")


def count(model: type) -> int:
    with database().reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_a_statement_is_imported_and_shown(operator: FlaskClient, cast: Cast) -> None:
    answer = send(operator, of_all_kinds())
    assert answer.status_code == 303
    page = operator.get(answer.headers["Location"]).text
    assert "The statement is imported." in page
    assert "1 of them had not been told to us and is recorded now." in page
    assert "phí dịch vụ tháng 11" in page
    with database().reading() as session:
        one = session.scalars(select(Statement)).one()
    assert (one.imported_by_id, one.name) == (cast.operator.principal.user_id, "statement.xml")


def test_the_names_of_payers_are_not_shown(operator: FlaskClient) -> None:
    named = shown(fresh()).replace("<CdtrAcct>", "<Dbtr><Nm>NGUOI MUA MAU</Nm></Dbtr><CdtrAcct>")
    named = named.replace("<TxDtls>", "<TxDtls><RltdPties><Dbtr><Nm>NGUOI MUA MAU</Nm></Dbtr></RltdPties>", 1)
    answer = send(operator, document(statement(named)))
    assert "NGUOI MUA MAU" not in operator.get(answer.headers["Location"]).text
    with database().reading() as session:
        assert session.scalar(select(StatementLine.party_name)) == "NGUOI MUA MAU"


def test_the_same_file_again_says_so(operator: FlaskClient) -> None:
    content = of_all_kinds()
    send(operator, content)
    again = send(operator, content)
    assert "imported before" in operator.get(again.headers["Location"]).text
    assert count(Statement) == 1


def test_the_same_file_again_after_an_interruption_says_that_it_went_on(operator: FlaskClient) -> None:
    content = of_all_kinds()
    send(operator, content)
    with database().writing() as session:
        session.scalars(select(Statement)).one().processed_at = None
    page = operator.get(send(operator, content).headers["Location"]).text
    assert "It went on where it had stopped" in page
    assert "Nothing is changed" not in page


def test_a_table_is_told_from_xml_by_what_is_in_it(operator: FlaskClient) -> None:
    content = b"account_number,booked_at,credit_vnd,debit_vnd,bank_ref\n1,23/11/2026,7000,,FT1\n"
    assert send(operator, content, "statement").status_code == 303
    with database().reading() as session:
        assert session.scalar(select(Statement.source)) == "table"


def test_a_spreadsheet_is_imported(operator: FlaskClient) -> None:
    header = ("Số tài khoản", "Ngày giao dịch", "Ghi có", "Ghi nợ", "Số tham chiếu")
    content = xlsx(header, ["0071000999772", "23/11/2026", 7_000, None, "FT1"])
    assert send(operator, content, "sao kê.xlsx").status_code == 303
    with database().reading() as session:
        assert session.execute(select(Statement.source, Statement.credits_vnd)).one() == ("table", 7_000)
        assert session.scalar(select(StatementLine.account_number)) == "0071000999772"


def test_a_spreadsheet_whose_account_is_a_number_is_refused(operator: FlaskClient) -> None:
    header = ("Số tài khoản", "Ngày giao dịch", "Ghi có", "Ghi nợ", "Số tham chiếu")
    content = xlsx(header, [71_000_999_772, "23/11/2026", 7_000, None, "FT1"])
    answer = send(operator, content, "sao kê.xlsx")
    assert answer.status_code == 422
    assert "Format the column as text" in answer.text
    assert count(Statement) == count(StatementLine) == 0


def test_a_file_that_is_damaged_is_told_of(operator: FlaskClient) -> None:
    answer = send(operator, b"PK\x03\x04 and nothing of a spreadsheet", "statement.xlsx")
    assert answer.status_code == 422
    assert "It may be damaged" in answer.text


def test_a_bad_file_is_told_of_with_its_place_and_nothing_is_kept(operator: FlaskClient) -> None:
    content = document(statement(shown(fresh()), entry("50000.50", ref="N2")))
    answer = send(operator, content)
    assert answer.status_code == 422
    assert "cannot be read as a statement" in answer.text
    assert "entry N2" in answer.text
    assert '<option value="simbank" selected' in answer.text
    assert count(Statement) == count(StatementLine) == 0


def test_every_bad_row_of_a_table_is_told_of(operator: FlaskClient) -> None:
    rows = "account_number,booked_at,credit_vnd,debit_vnd\n" + "1,x,7000,\n" * 30
    answer = send(operator, rows.encode(), "statement.csv")
    assert answer.status_code == 422
    assert "line 2, column booked_at" in answer.text
    assert "and 10 more" in answer.text


@pytest.mark.parametrize(("content", "gateway"), [(None, "simbank"), (b"<a/>", "nobody")])
def test_what_is_missing_in_the_form_is_asked_for(operator: FlaskClient, content: bytes, gateway: str) -> None:
    assert send(operator, content, gateway=gateway).status_code == 422


def test_a_file_of_another_gateway_is_told_of_beside_the_gateway(app: Flask, operator: FlaskClient) -> None:
    LiveContainer.of(app).gateways["sepay"] = LiveContainer.of(app).gateways["simbank"]
    content = of_all_kinds()
    send(operator, content)
    answer = send(operator, content, gateway="sepay")
    assert answer.status_code == 409
    assert "imported for simbank on" in answer.text
    assert '<option value="sepay" selected' in answer.text
    assert count(Statement) == 1


@pytest.mark.parametrize("said", [b'filename="a\0b.xml"', b"filename*=utf-8''a%00b.xml"])
def test_a_nul_in_a_files_name_becomes_a_sign(operator: FlaskClient, said: bytes) -> None:
    body = (
        b'--B\r\nContent-Disposition: form-data; name="gateway"\r\n\r\nsimbank\r\n'
        b'--B\r\nContent-Disposition: form-data; name="file"; ' + said + b"\r\n\r\n" + of_all_kinds() + b"\r\n--B--\r\n"
    )
    answer = operator.post("/reconciliation/import", data=body, content_type="multipart/form-data; boundary=B")
    assert answer.status_code == 303
    with database().reading() as session:
        assert session.scalar(select(Statement.name)) == "a\ufffdb.xml"


def test_a_file_larger_than_others_send_is_taken(operator: FlaskClient) -> None:
    assert send(operator, of_all_kinds() + b" " * 3_000_000).status_code == 303


def test_a_file_past_the_limit_is_refused(operator: FlaskClient) -> None:
    assert send(operator, b" " * (UPLOAD_MAX_BYTES + 1)).status_code == 413


def test_nobody_else_may_send_so_much(app: Flask, cast: Cast, client: FlaskClient) -> None:
    vendor = cast.vendor_a.sign_in(client)
    assert send(vendor, of_all_kinds() + b" " * 3_000_000).status_code == 413


def test_lines_are_picked_by_how_they_ended(operator: FlaskClient) -> None:
    statement_id = imported(of_all_kinds()).statement_id
    page = operator.get(f"/reconciliation/statements/{statement_id}?outcome=duplicate").text
    assert page.count("<code>FT") == 1
    assert "phí dịch vụ" not in page


def test_long_lists_go_on(operator: FlaskClient) -> None:
    statement_id = imported(document(statement(*(shown(fresh(), bank_ref="") for _ in range(60))))).statement_id
    first = operator.get(f"/reconciliation/statements/{statement_id}").text
    assert "after=50" in first
    assert "after=50" in operator.get("/reconciliation/discrepancies").text
    last = operator.get(f"/reconciliation/statements/{statement_id}?after=50").text
    assert "Next page" in first
    assert "Next page" not in last
    assert last.count("No reference tells it") == 10


@pytest.mark.parametrize(("later", "age"), [(timedelta(), "today"), (timedelta(days=7), "7 days")])
def test_the_work_list_has_reason_age_and_sums(operator: FlaskClient, later: timedelta, age: str) -> None:
    imported(document(statement(shown(fresh(amount_vnd=25_000), bank_ref=""))))
    with clock.pretending(MORNING_AFTER + later):
        page = operator.get("/reconciliation/discrepancies").text
    assert "25.000" in page
    assert "No reference tells it from other credits" in page
    assert f">{age}<" in page


def test_a_discrepancy_is_closed_with_a_note_and_opened_again_by_another(operator: FlaskClient, cast: Cast) -> None:
    imported(document(statement(shown(fresh(), bank_ref=""))))
    (one,) = discrepancies()
    path = f"/reconciliation/discrepancies/{one.id}"
    assert operator.post(f"{path}/close", data={"note": "hỏi ngân hàng rồi"}).status_code == 303
    assert "hỏi ngân hàng rồi" in operator.get(path).text
    assert not discrepancies()[0].is_open
    assert "hỏi ngân hàng rồi" not in operator.get("/reconciliation/discrepancies").text
    assert operator.post(f"{path}/reopen", data={"note": "chưa xong"}).status_code == 303
    assert discrepancies()[0].is_open
    with database().reading() as session:
        entries = session.scalars(select(DiscrepancyEntry).order_by(DiscrepancyEntry.number)).all()
        trail = session.scalars(select(AuditEntry.action).where(AuditEntry.subject_type == "discrepancy")).all()
    assert [(entry.action, entry.note, entry.made_by_id) for entry in entries] == [
        ("close", "hỏi ngân hàng rồi", cast.operator.principal.user_id),
        ("reopen", "chưa xong", cast.operator.principal.user_id),
    ]
    assert sorted(trail) == ["discrepancy.close", "discrepancy.reopen"]


def test_a_discrepancy_is_not_closed_without_a_note(operator: FlaskClient) -> None:
    imported(document(statement(shown(fresh(), bank_ref=""))))
    (one,) = discrepancies()
    assert operator.post(f"/reconciliation/discrepancies/{one.id}/close", data={"note": " "}).status_code == 422
    assert discrepancies()[0].is_open


def test_who_comes_second_is_told(operator: FlaskClient) -> None:
    imported(document(statement(shown(fresh(), bank_ref=""))))
    path = f"/reconciliation/discrepancies/{discrepancies()[0].id}"
    operator.post(f"{path}/close", data={"note": "a"})
    answer = operator.post(f"{path}/close", data={"note": "my note"})
    assert answer.status_code == 409
    assert "in that state already" in answer.text
    assert "my note" in answer.text
    assert count(DiscrepancyEntry) == 1
