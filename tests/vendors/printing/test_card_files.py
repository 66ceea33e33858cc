from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from core.database import database
from tests.support.cast import Cast, approved_stall
from vendors.codes.models import PaymentCode
from vendors.printing.cards import facts_of, market_facts
from vendors.printing.facts import CardFacts
from vendors.registration import services
from vendors.stalls.queries import stall_by_code

STARTS = {"png": b"\x89PNG", "svg": b"<", "pdf": b"%PDF"}
TYPES = {"png": "image/png", "svg": "image/svg+xml", "pdf": "application/pdf"}


@pytest.mark.parametrize(("form", "size"), [("svg", "a6"), ("svg", "a5"), ("pdf", "a6"), ("pdf", "a4"), ("png", "a6")])
def test_a_card_comes_in_every_form(client: FlaskClient, cast: Cast, form: str, size: str) -> None:
    answer = client.get(f"/api/v1/stalls/{cast.stall_a}/card.{form}?size={size}", headers=cast.registrar.headers)
    assert answer.status_code == 200, answer.text
    assert answer.data.startswith(STARTS[form])
    assert answer.content_type.startswith(TYPES[form])
    assert answer.headers["Content-Disposition"] == f'inline; filename="the-qr-DX01-A001-{size}.{form}"'


def test_it_is_sent_again_only_when_it_changed(client: FlaskClient, cast: Cast) -> None:
    address = f"/api/v1/stalls/{cast.stall_a}/card.svg"
    etag = client.get(address, headers=cast.registrar.headers).headers["ETag"]
    headers = cast.registrar.headers | {"If-None-Match": etag}
    assert client.get(address, headers=headers).status_code == 304
    services.reissue_code(cast.approver.principal, cast.stall_a, "thẻ mờ")
    assert client.get(address, headers=headers).status_code == 200


def test_it_says_what_was_issued(app: Flask, cast: Cast) -> None:
    with database().reading() as session:
        code = session.scalars(select(PaymentCode).where(PaymentCode.stall_id == cast.stall_a_id)).one()
        facts = facts_of(stall_by_code(session, cast.stall_a), code, "http://cho.test", demo=False)
        assert facts.payload == code.payload
        assert facts.holder_name == code.settlement_account.holder_name
    assert (facts.stall_number, facts.market_name, facts.bank_name) == ("A001", "Chợ Đồng Xoài", "SimBank")
    assert facts.check_address == "cho.test/s/DX01-A001"
    # Money of the simulated bank is never real, whatever the installation is.
    assert facts.demo


def test_a_card_of_a_real_bank_is_no_sample(app: Flask, cast: Cast) -> None:
    with database().reading() as session:
        code = session.scalars(select(PaymentCode).where(PaymentCode.stall_id == cast.stall_a_id)).one()
        code.bank_bin = "970436"
        facts = facts_of(stall_by_code(session, cast.stall_a), code, "http://cho.test", demo=False)
        assert (facts.bank_name, facts.demo) == ("Vietcombank", False)
        session.rollback()


def test_a_stall_without_a_code_has_no_card(client: FlaskClient, cast: Cast) -> None:
    services.revoke_code(cast.approver.principal, cast.stall_a, "mất thẻ")
    answer = client.get(f"/api/v1/stalls/{cast.stall_a}/card.pdf", headers=cast.registrar.headers)
    assert (answer.status_code, answer.json["code"]) == (409, "no_live_code")


def test_an_unknown_paper_is_a_wrong_field(client: FlaskClient, cast: Cast) -> None:
    answer = client.get(f"/api/v1/stalls/{cast.stall_a}/card.pdf?size=a3", headers=cast.registrar.headers)
    assert (answer.status_code, list(answer.json["errors"])) == (422, ["size"])


def test_an_unknown_form_is_not_found(client: FlaskClient, cast: Cast) -> None:
    assert client.get(f"/api/v1/stalls/{cast.stall_a}/card.gif", headers=cast.registrar.headers).status_code == 404


@pytest.mark.parametrize(
    ("who", "status"),
    [("vendor_a", 200), ("approver", 200), ("vendor_b", 404), ("outsider", 404), ("field_agent", 403)],
)
def test_a_card_is_for_its_board_and_its_vendor(client: FlaskClient, cast: Cast, who: str, status: int) -> None:
    answer = client.get(f"/api/v1/stalls/{cast.stall_a}/card.svg", headers=cast.everybody()[who].headers)
    assert answer.status_code == status


@pytest.fixture
def two_cards(cast: Cast) -> Cast:
    """Market A with a second stall, and one without a code."""
    for with_account in (True, False):
        approved_stall(cast.registrar.principal, cast.approver.principal, cast.market_a, with_account=with_account)
    return cast


def test_a_whole_market_is_one_pdf(client: FlaskClient, two_cards: Cast) -> None:
    answer = client.get(f"/api/v1/markets/{two_cards.market_a}/cards.pdf", headers=two_cards.registrar.headers)
    assert answer.status_code == 200, answer.text
    assert answer.data.startswith(b"%PDF")
    assert answer.data.count(b"/Type /Page\n") == 2
    sheet = client.get(
        f"/api/v1/markets/{two_cards.market_a}/cards.pdf?sheet=true", headers=two_cards.registrar.headers
    )
    assert sheet.data.count(b"/Type /Page\n") == 1


def test_only_small_cards_share_a_sheet(client: FlaskClient, cast: Cast) -> None:
    address = f"/api/v1/markets/{cast.market_a}/cards.pdf?size=a5&sheet=true"
    assert client.get(address, headers=cast.registrar.headers).status_code == 422


def test_a_market_without_codes_has_no_cards(client: FlaskClient, cast: Cast) -> None:
    services.revoke_code(cast.approver.principal, cast.stall_a, "mất thẻ")
    answer = client.get(f"/api/v1/markets/{cast.market_a}/cards.pdf", headers=cast.registrar.headers)
    assert (answer.status_code, answer.json["code"]) == (409, "no_cards")


@pytest.mark.parametrize(("who", "status"), [("vendor_a", 404), ("outsider", 404), ("province_officer", 403)])
def test_a_markets_cards_are_for_its_board(client: FlaskClient, cast: Cast, who: str, status: int) -> None:
    answer = client.get(f"/api/v1/markets/{cast.market_a}/cards.pdf", headers=cast.everybody()[who].headers)
    assert answer.status_code == status


def test_the_command_writes_the_same_cards(app: Flask, two_cards: Cast, tmp_path: Path) -> None:
    runner, output = app.test_cli_runner(), tmp_path / "cards.pdf"
    done = runner.invoke(args=["cards", "print", "--market", two_cards.market_a, "-o", str(output)])
    assert done.exit_code == 0, done.output
    assert output.read_bytes().startswith(b"%PDF")
    assert "2 cards" in done.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--market", "XX99"], "there is no market XX99"),
        (["--market", "TK01"], "no stall of TK01 has a code yet"),
        (["--market", "DX01", "--size", "a5", "--sheet"], "four to a sheet"),
    ],
)
def test_the_command_says_why_it_cannot(
    app: Flask, cast: Cast, tmp_path: Path, arguments: list[str], said: str
) -> None:
    output = tmp_path / "cards.pdf"
    done = app.test_cli_runner().invoke(args=["cards", "print", *arguments, "-o", str(output)])
    assert done.exit_code != 0
    assert said in done.output
    assert not output.exists()


def test_cards_stand_in_the_order_of_stalls(app: Flask, two_cards: Cast) -> None:
    with database().reading() as session:
        facts: list[CardFacts] = market_facts(session, stall_by_code(session, two_cards.stall_a).market)
    assert [fact.stall_code for fact in facts] == sorted(fact.stall_code for fact in facts)
    assert len({fact.payload for fact in facts}) == len(facts) == 2
