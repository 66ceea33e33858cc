"""camt.053: whether a statement shows all of its period, and whether its balances and sums add up."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from payments.statements.items import FindingKind
from tests.payments.statements.camt_files import findings_of, period_of, refused
from tests.support.statements import details, document, entry, statement


def test_a_statement_that_says_its_period_and_adds_up_is_entire() -> None:
    period = period_of(document(statement(entry(5), entry(2, way="DBIT"), opening=10, closing=13)))
    assert period.entire
    assert (period.opening_vnd, period.closing_vnd) == (10, 13)
    assert (period.since, period.until) == (
        datetime(2026, 11, 22, 17, tzinfo=UTC),
        datetime(2026, 11, 23, 17, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    "content",
    [
        document(statement(entry(), period="")),
        document(statement(entry(), head="<StmtPgntn><PgNb>2</PgNb><LastPgInd>true</LastPgInd></StmtPgntn>")),
        document(statement(entry(), head="<StmtPgntn><PgNb>1</PgNb><LastPgInd>false</LastPgInd></StmtPgntn>")),
        document(statement(entry())).replace(
            b"</GrpHdr>", b"<MsgPgntn><PgNb>1</PgNb><LastPgInd>false</LastPgInd></MsgPgntn></GrpHdr>"
        ),
        document(statement(entry(), entry(currency="USD"))),
        document(statement()).replace(b"</Acct>", b"<Ccy>USD</Ccy></Acct>"),
        document(statement(opening=1, closing=1)).replace(b"VND", b"USD"),
        document(statement(entry(35_000, details=details(34_000)))),
    ],
    ids=[
        "no period",
        "second page",
        "more pages",
        "more pages of the message",
        "left out",
        "an account in another currency",
        "balances in another currency",
        "disagrees",
    ],
)
def test_a_statement_that_may_lack_something_is_not_entire(content: bytes) -> None:
    assert not period_of(content).entire


def test_a_first_and_last_page_may_be_numbered_with_zeros_before() -> None:
    page = "<StmtPgntn><PgNb>00001</PgNb><LastPgInd>true</LastPgInd></StmtPgntn>"
    assert period_of(document(statement(entry(), head=page))).entire


def test_a_period_may_end_at_the_24th_hour() -> None:
    content = document(statement(entry())).replace(
        b"2026-11-24T00:00:00+07:00</ToDtTm>", b"2026-11-30T24:00:00Z</ToDtTm>"
    )
    assert period_of(content).until == datetime(2026, 12, 1, tzinfo=UTC)


def test_what_waits_leaves_a_statement_entire() -> None:
    assert period_of(document(statement(entry(), entry(status="<Cd>PDNG</Cd>")))).entire


@pytest.mark.parametrize(("opening", "closing"), [(100, 50_101), (-100, 50_000)])
def test_balances_that_do_not_add_up_are_a_finding(opening: int, closing: int) -> None:
    content = document(statement(entry(50_000), opening=opening, closing=closing))
    (finding,) = findings_of(content)
    assert (finding.kind, finding.expected, finding.found) == (
        FindingKind.BALANCES_DISAGREE,
        f"{closing} VND",
        f"{opening + 50_000} VND",
    )
    assert not period_of(content).entire


def test_a_statement_in_another_currency_must_add_up_too() -> None:
    def content(closing: str) -> bytes:
        written = document(statement(entry("5.10"), entry("2.3", way="DBIT"), opening=10, closing=13)).decode()
        return written.replace("VND", "EUR").replace(">13<", f">{closing}<").encode()

    assert {finding.kind for finding in findings_of(content("12.80"))} == {FindingKind.OTHER_CURRENCY}
    (finding,) = [one for one in findings_of(content("13.80")) if one.kind == FindingKind.BALANCES_DISAGREE]
    assert (finding.expected, finding.found) == ("13.80 EUR", "12.80 EUR")


def summary(**totals: str) -> str:
    inner = "".join(f"<Ttl{name}Ntries>{total}</Ttl{name}Ntries>" for name, total in totals.items())
    return f"<TxsSummry>{inner}</TxsSummry>"


@pytest.mark.parametrize(
    ("stated", "found"),
    [
        (summary(Cdt="<Sum>12</Sum>", Dbt="<Sum>2.0</Sum>"), []),
        (summary(Cdt="<NbOfNtries>2</NbOfNtries><Sum>12.00000000000001</Sum>"), []),
        (summary(Dbt="<NbOfNtries>1</NbOfNtries><Sum>-2</Sum>"), []),
        (summary(Cdt="<Sum>13</Sum>"), [(FindingKind.SUMS_DISAGREE, "+13", "+12")]),
        (summary(Cdt="<Sum>12</Sum>", Dbt="<Sum>3</Sum>"), [(FindingKind.SUMS_DISAGREE, "+12 -3", "+12 -2")]),
        (summary(Dbt="<NbOfNtries>2</NbOfNtries>"), [(FindingKind.COUNT_DISAGREES, "-2", "-1")]),
    ],
)
def test_the_sums_that_a_statement_says_must_be_its_entries(
    stated: str, found: list[tuple[FindingKind, str, str]]
) -> None:
    content = document(statement(entry(5), entry(7), entry(2, way="DBIT"), summary=stated))
    assert [(one.kind, one.expected, one.found) for one in findings_of(content)] == found
    assert period_of(content).entire is not bool(found)


def test_sums_are_not_held_against_what_waits_or_is_of_several_currencies() -> None:
    stated = summary(Cdt="<NbOfNtries>9</NbOfNtries><Sum>9</Sum>")
    waits = document(statement(entry(5), entry(7, status="PDNG"), summary=stated))
    several = document(statement(entry(5), entry(7, currency="USD"), summary=stated.replace("9</Nb", "2</Nb")))
    assert [one.kind for one in findings_of(waits)] == [FindingKind.NOT_BOOKED]
    assert [one.kind for one in findings_of(several)] == [FindingKind.OTHER_CURRENCY]


@pytest.mark.parametrize("number", [1, 2])
def test_what_waits_may_be_counted_or_not(number: int) -> None:
    stated = f"<TxsSummry><TtlNtries><NbOfNtries>{number}</NbOfNtries></TtlNtries></TxsSummry>"
    content = document(statement(entry(5), entry(7, status="PDNG"), summary=stated))
    assert [one.kind for one in findings_of(content)] == [FindingKind.NOT_BOOKED]


@pytest.mark.parametrize("written", ["x", "1e3", "1" * 16, "."])
def test_a_sum_that_cannot_be_read_refuses_the_file(written: str) -> None:
    content = document(statement(entry(5), summary=summary(Cdt=f"<Sum>{written}</Sum>")))
    refused(content)


def test_an_entry_whose_details_disagree_counts_for_the_balance() -> None:
    content = document(statement(entry(35_000, details=details(34_000)), opening=0, closing=35_000))
    assert [finding.kind for finding in findings_of(content)] == [FindingKind.DETAILS_DISAGREE]


def test_two_opening_balances_that_differ_refuse_the_file() -> None:
    content = document(statement(opening=1))
    bal = content[content.index(b"<Bal>") : content.index(b"</Bal>") + 6]
    refused(content.replace(bal, bal + bal.replace(b">1<", b">2<")))


def test_a_count_of_entries_that_is_wrong_is_a_finding() -> None:
    summary = "<TxsSummry><TtlNtries><NbOfNtries>2</NbOfNtries></TtlNtries></TxsSummry>"
    assert [finding.kind for finding in findings_of(document(statement(entry(), summary=summary)))] == [
        FindingKind.COUNT_DISAGREES
    ]
    assert not findings_of(document(statement(entry(), entry(), summary=summary)))
