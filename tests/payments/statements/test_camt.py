"""camt.053: what each entry of a file becomes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.statement_lines import Direction, Line
from payments.statements.items import AccountPeriod, Finding, FindingKind
from tests.payments.statements.camt_files import period_of, read, refused
from tests.support.statements import ACCOUNT, details, document, entry, optional, statement


def lines_of(*entries: str) -> list[Line]:
    return [item for item in read(document(statement(*entries))) if isinstance(item, Line)]


def finding_of(*entries: str) -> Finding:
    """The one finding about entries that give no line."""
    items = read(document(statement(*entries)))
    (finding,) = [item for item in items if isinstance(item, Finding)]
    assert not [item for item in items if isinstance(item, Line)]
    return finding


def test_an_entry_becomes_a_line_with_all_that_the_bank_says() -> None:
    (line,) = lines_of(
        entry(
            "50000.00",
            ref="N1",
            bank_ref="FT26327000001",
            booked="<BookgDt><DtTm>2026-11-23T08:30:05+07:00</DtTm></BookgDt>",
            details=details(
                refs="<EndToEndId>E1</EndToEndId><TxId>T1</TxId><Prtry><Tp>CREDIT_ID</Tp><Ref>cr_1</Ref></Prtry>",
                parties="<Dbtr><Pty><Nm>TRAN THI MAU</Nm></Pty></Dbtr>"
                "<DbtrAcct><Id><Othr><Id>880000000009</Id></Othr></Id></DbtrAcct>"
                "<CdtrAcct><Id><Othr><Id>V9704990001</Id></Othr></Id></CdtrAcct>",
                agents="<DbtrAgt><FinInstnId><ClrSysMmbId><MmbId>970499</MmbId></ClrSysMmbId></FinInstnId></DbtrAgt>",
                text="rau  C4ABCD",
            ),
            note="Chuyển khoản",
        )
    )
    assert line == Line(
        account_number=ACCOUNT,
        direction=Direction.CREDIT,
        amount_vnd=50_000,
        booked_at=datetime(2026, 11, 23, 1, 30, 5, tzinfo=UTC),
        day_only=False,
        bank_ref="FT26327000001",
        external_id="cr_1",
        other_refs=("E1", "T1"),
        virtual_account="V9704990001",
        content="rau C4ABCD Chuyển khoản",
        party_name="TRAN THI MAU",
        party_account="880000000009",
        party_bank_bin="970499",
        bank_bin=None,
        is_reversal=False,
        line_number=line.line_number,
        entry_ref="N1",
    )


@pytest.mark.parametrize("version", [f"{number:02}" for number in range(2, 15)])
@pytest.mark.parametrize("prefix", ["", "camt"])
def test_every_version_is_read_with_and_without_a_prefix(version: str, prefix: str) -> None:
    status = "<Cd>BOOK</Cd>" if version >= "07" else "BOOK"
    content = document(statement(entry(7_000, status=status)), version=version, prefix=prefix)
    assert [item.amount_vnd for item in read(content) if isinstance(item, Line)] == [7_000]


def test_a_document_without_a_namespace_is_read() -> None:
    content = document(statement(entry(7_000)), namespaced=False)
    assert [item.amount_vnd for item in read(content) if isinstance(item, Line)] == [7_000]


def test_a_document_within_an_envelope_is_read() -> None:
    inner = document(statement(entry(7_000))).split(b"\n", 1)[1]
    content = b"<message><AppHdr xmlns='urn:head'><Fr><Id>1</Id></Fr></AppHdr>" + inner + b"</message>"
    assert [item.amount_vnd for item in read(content) if isinstance(item, Line)] == [7_000]


def test_what_stands_in_another_namespace_is_no_entry() -> None:
    foreign = entry(9_000).replace("<Ntry>", "<x:Ntry xmlns:x='urn:other'>").replace("</Ntry>", "</x:Ntry>")
    assert [line.amount_vnd for line in lines_of(entry(7_000), foreign)] == [7_000]


def test_an_entry_that_a_banks_addition_holds_is_no_entry() -> None:
    held = f"<SplmtryData><Envlp>{entry(9_000)}</Envlp></SplmtryData>"
    assert [line.amount_vnd for line in lines_of(entry(7_000), held)] == [7_000]


@pytest.mark.parametrize("status", ["PDNG", "<Cd>PDNG</Cd>", "<Cd>INFO</Cd>", "<Cd>FUTR</Cd>"])
def test_what_is_not_booked_is_no_money(status: str) -> None:
    assert finding_of(entry(status=status)).kind == FindingKind.NOT_BOOKED


@pytest.mark.parametrize("status", ["", "<Cd>DONE</Cd>", "<Prtry>OK</Prtry>"])
def test_a_status_that_is_not_known_refuses_the_file(status: str) -> None:
    assert "Sts" in str(refused(document(statement(entry(status=status)))))


def test_the_mark_of_a_reversal_does_not_turn_the_direction() -> None:
    lines = lines_of(entry(way="DBIT", reversal="true"), entry(way="CRDT", reversal="1"))
    assert [(line.direction, line.is_reversal) for line in lines] == [("debit", True), ("credit", True)]


def test_a_transfer_that_came_back_is_a_reversal() -> None:
    (line,) = lines_of(entry(details=details(more="<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>")))
    assert line.is_reversal


def test_a_return_that_only_the_banks_code_tells_is_a_reversal() -> None:
    code = "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>RRTN</SubFmlyCd></Fmly></Domn></BkTxCd>"
    (line,) = lines_of(entry().replace("<BkTxCd><Prtry><Cd>TRF</Cd></Prtry></BkTxCd>", code))
    assert line.is_reversal


def test_a_batch_that_adds_up_gives_a_line_for_each_transaction() -> None:
    batch = "".join(
        details(amount, refs=f"<AcctSvcrRef>FT{amount}</AcctSvcrRef>", text=f"r{amount}") for amount in (10_000, 25_000)
    )
    lines = lines_of(entry(35_000, bank_ref="B1", details=f"<Btch><NbOfTxs>2</NbOfTxs></Btch>{batch}"))
    assert [(line.amount_vnd, line.bank_ref, line.content) for line in lines] == [
        (10_000, "FT10000", "r10000"),
        (25_000, "FT25000", "r25000"),
    ]


def test_a_reference_that_a_batch_shares_tells_no_transaction() -> None:
    shared = "<AcctSvcrRef>B1</AcctSvcrRef>"
    lines = lines_of(entry(35_000, bank_ref="B1", details=details(10_000, refs=shared) + details(25_000, refs=shared)))
    assert [line.bank_ref for line in lines] == [None, None]


def test_a_batch_of_both_directions_is_summed_with_its_signs() -> None:
    lines = lines_of(entry(6_000, details=details(10_000) + details(4_000, way="DBIT")))
    assert [(line.direction, line.amount_vnd) for line in lines] == [("credit", 10_000), ("debit", 4_000)]


@pytest.mark.parametrize(
    ("amount", "inner", "found"),
    [
        (35_000, details(10_000) + details(24_999), "34999 VND"),
        (35_000, details(34_000), "34000 VND"),
        (35_000, details(10_000) + details(), "?"),
        (35_000, details(10_000) + details(25_000, currency="USD"), "USD"),
        (35_000, details("1.40", currency="USD"), "USD"),
        (35_000, details(35_000, way="DBIT"), "-35000 VND"),
        (35_000, "<Btch><NbOfTxs>3</NbOfTxs></Btch>" + details(10_000) + details(25_000), "2 TxDtls"),
    ],
)
def test_details_that_disagree_with_their_entry_give_no_line(amount: int, inner: str, found: str) -> None:
    finding = finding_of(entry(amount, ref="N7", details=inner))
    assert (finding.kind, finding.found, finding.entry_ref) == (FindingKind.DETAILS_DISAGREE, found, "N7")


def test_the_amounts_of_version_02_lie_deeper() -> None:
    def old(amount: int) -> str:
        return details().replace(
            "</TxDtls>", f'<AmtDtls><TxAmt><Amt Ccy="VND">{amount}</Amt></TxAmt></AmtDtls></TxDtls>'
        )

    assert [line.amount_vnd for line in lines_of(entry(35_000, details=old(10_000) + old(25_000)))] == [10_000, 25_000]
    assert finding_of(entry(35_000, details=old(10_000) + old(26_000))).kind == FindingKind.DETAILS_DISAGREE


def test_one_transaction_without_an_amount_is_the_entry() -> None:
    (line,) = lines_of(entry(35_000, details=details(text="rau")))
    assert (line.amount_vnd, line.content) == (35_000, "rau")


HEADING = details(refs="<PmtInfId>G1</PmtInfId>", text="group")


@pytest.mark.parametrize("amounts", [(35_000,), (10_000, 25_000)])
def test_a_batch_may_be_described_before_its_transactions(amounts: tuple[int, ...]) -> None:
    inner = f"<Btch><NbOfTxs>{len(amounts)}</NbOfTxs></Btch>{HEADING}{''.join(details(amount) for amount in amounts)}"
    assert [line.amount_vnd for line in lines_of(entry(35_000, details=inner))] == list(amounts)


@pytest.mark.parametrize(
    "inner",
    [
        HEADING + details(35_000),
        "<Btch><NbOfTxs>2</NbOfTxs></Btch>" + HEADING + details(35_000),
        "<Btch><NbOfTxs>1</NbOfTxs></Btch>" + details(35_000) + HEADING,
        "<Btch><NbOfTxs>1</NbOfTxs></Btch>" + HEADING + details(),
        "<Btch><NbOfTxs>1</NbOfTxs></Btch>" + HEADING + details(34_000),
        "<Btch><NbOfTxs>0</NbOfTxs></Btch>" + HEADING + HEADING,
    ],
    ids=["no count", "another count", "at the end", "no amount at all", "another amount", "twice"],
)
def test_what_only_resembles_the_description_of_a_batch_gives_no_line(inner: str) -> None:
    assert finding_of(entry(35_000, details=inner)).kind == FindingKind.DETAILS_DISAGREE


def test_a_sum_of_several_payments_that_are_not_told_gives_no_line() -> None:
    finding = finding_of(entry(35_000, details="<Btch><NbOfTxs>3</NbOfTxs></Btch>"))
    assert finding.kind == FindingKind.BATCH_WITHOUT_DETAILS


def test_another_currency_is_no_money() -> None:
    finding = finding_of(entry("12.34", currency="EUR"))
    assert (finding.kind, finding.found) == (FindingKind.OTHER_CURRENCY, "12.34 EUR")
    assert finding_of(entry("12.34", way="DBIT", currency="EUR")).found == "-12.34 EUR"


def test_nothing_that_moved_is_no_money() -> None:
    assert finding_of(entry("0.00")).kind == FindingKind.NOTHING_MOVED


def test_a_booking_without_its_time_is_no_line() -> None:
    assert finding_of(entry(booked="")).kind == FindingKind.NO_BOOKING_TIME


def test_a_day_begins_in_vietnam() -> None:
    (line,) = lines_of(entry())
    assert (line.booked_at, line.day_only) == (datetime(2026, 11, 22, 17, 0, tzinfo=UTC), True)


def test_a_moment_without_its_offset_is_vietnams() -> None:
    (line,) = lines_of(entry(booked="<BookgDt><DtTm>2026-11-23T00:30:00</DtTm></BookgDt>"))
    assert (line.booked_at, line.day_only) == (datetime(2026, 11, 22, 17, 30, tzinfo=UTC), False)


@pytest.mark.parametrize(
    "written",
    ["50000.50", "12..34", "-5", "", "5e4", "50,000", "\u0665\u0660", "NaN", "1234567890123456", ". ", "0x10"],
)
def test_an_amount_that_cannot_be_read_refuses_the_file_and_says_where(written: str) -> None:
    error = refused(document(statement(entry(1_000), entry(written, ref="N8"))))
    (fault,) = error.faults
    assert (fault.line_number, fault.entry_ref) == (4, "N8")


@pytest.mark.parametrize(
    ("damage", "instead"),
    [
        ("<CdtDbtInd>CRDT", "<CdtDbtInd>CREDIT"),
        ("<CdtDbtInd>CRDT</CdtDbtInd>", ""),
        ('Ccy="VND"', ""),
        ('Ccy="VND"', 'Ccy="vnd"'),
        ("2026-11-23</Dt>", "23.11.2026</Dt>"),
        ("2026-11-23</Dt>", "2026-02-30</Dt>"),
        ("2026-11-23</Dt>", "1926-11-23</Dt>"),
        ("<Sts>", "<RvslInd>maybe</RvslInd><Sts>"),
        ("</Sts>", "</Sts><Sts><Cd>BOOK</Cd></Sts>"),
        ("</Sts>", '</Sts><Amt Ccy="VND">1</Amt>'),
        ("50000</Amt>", "5<b/>0000</Amt>"),
        ("<Ntry>", "<Ntry><NtryRef>" + "x" * 65 + "</NtryRef>"),
    ],
)
def test_an_entry_that_says_what_nobody_can_read_refuses_the_file(damage: str, instead: str) -> None:
    assert damage in entry()
    refused(document(statement(entry().replace(damage, instead, 1))))


def test_a_comment_within_an_amount_hides_none_of_its_digits() -> None:
    assert [line.amount_vnd for line in lines_of(entry("5<!-- no -->0000"))] == [50_000]


def test_the_names_of_parties_stand_in_two_places() -> None:
    old, new = "<Dbtr><Nm>TRAN THI MAU</Nm></Dbtr>", "<Dbtr><Pty><Nm>TRAN THI MAU</Nm></Pty></Dbtr>"
    lines = lines_of(*(entry(details=details(parties=parties)) for parties in (old, new)))
    assert [line.party_name for line in lines] == ["TRAN THI MAU"] * 2


def test_a_party_may_be_a_bank() -> None:
    bank = "<Dbtr><Agt><FinInstnId><Nm>BANK A</Nm></FinInstnId></Agt></Dbtr>"
    (line,) = lines_of(entry(details=details(parties=bank)))
    assert line.party_name == "BANK A"


@pytest.mark.parametrize("written", ["x" * 65, "a&#160;b", "a&#10;b", "\u200b"])
def test_what_a_payer_writes_as_a_reference_cannot_stop_the_banks_file(written: str) -> None:
    refs = f"<EndToEndId>{written}</EndToEndId><TxId>T1</TxId>"
    (line,) = lines_of(entry(details=details(refs=refs)))
    assert line.other_refs == ("T1",)


def test_the_party_of_a_debit_is_who_was_paid() -> None:
    parties = "<Dbtr><Nm>WE</Nm></Dbtr><Cdtr><Nm>THEY</Nm></Cdtr>"
    (line,) = lines_of(entry(way="DBIT", details=details(parties=parties)))
    assert line.party_name == "THEY"


def test_the_accounts_own_number_is_no_virtual_account() -> None:
    parties = f"<CdtrAcct><Id><Othr><Id>{ACCOUNT}</Id></Othr></Id></CdtrAcct>"
    (line,) = lines_of(entry(details=details(parties=parties)))
    assert line.virtual_account is None


def test_structured_references_are_part_of_the_text() -> None:
    structured = "<RmtInf><Strd><CdtrRefInf><Ref>C4XYZ</Ref></CdtrRefInf></Strd></RmtInf>"
    (line,) = lines_of(entry(details=details(more=structured)))
    assert line.content == "C4XYZ"


def test_several_statements_and_accounts_stand_in_one_file() -> None:
    items = read(document(statement(entry(1)), statement(entry(2), account="990000000002")))
    assert [(item.account_number, item.amount_vnd) for item in items if isinstance(item, Line)] == [
        (ACCOUNT, 1),
        ("990000000002", 2),
    ]
    assert [item.account_number for item in items if isinstance(item, AccountPeriod)] == [ACCOUNT, "990000000002"]


def test_the_bank_of_the_account_is_known_where_it_is_told() -> None:
    servicer = b"<Svcr><FinInstnId><Nm>B</Nm><Othr><Id>970499</Id></Othr></FinInstnId></Svcr></Acct>"
    content = document(statement(entry())).replace(b"</Acct>", servicer)
    assert [item.bank_bin for item in read(content) if isinstance(item, Line)] == ["970499"]


def test_an_iban_is_an_account_number() -> None:
    content = document(statement(entry())).replace(
        f"<Othr><Id>{ACCOUNT}</Id></Othr>".encode(), b"<IBAN>NL26VAYB8060476890</IBAN>"
    )
    assert period_of(content).account_number == "NL26VAYB8060476890"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<a/>",
        b"not xml",
        document(),
        document(statement()).replace(b"BkToCstmrStmt", b"BkToCstmrAcctRpt"),
        document(statement(), version="01"),
        document(statement(), version="15"),
        document(statement()).replace(b"camt.053", b"camt.052"),
        document(statement()).replace(b"urn:iso", b"{urn:iso}"),
        document(statement(account="")),
        document(statement()) + b"<more/>",
    ],
)
def test_a_file_without_a_statement_is_refused(content: bytes) -> None:
    refused(content)


def test_a_document_that_breaks_off_anywhere_is_refused() -> None:
    content = document(
        statement(
            entry(35_000, ref="N1", details=details(10_000, text="rau muống") + details(25_000)),
            entry(7_000, way="DBIT", note="phí"),
            opening=0,
            closing=28_000,
        )
    )
    assert read(content)
    for length in range(len(content.rstrip())):
        refused(content[:length])


amounts = st.integers(1, 10**12)
texts = st.text(st.characters(categories=["L", "N", "P", "Zs"]), max_size=40)
tokens = st.text("ABCdef0123456789-/", min_size=1, max_size=35)


@st.composite
def written_entries(draw: st.DrawFn) -> tuple[str, list[tuple[str, int, str | None, str]]]:
    """An entry, and the lines that it stands for: direction, amount, the bank's reference, text."""
    way = draw(st.sampled_from(["CRDT", "DBIT"]))
    direction = {"CRDT": "credit", "DBIT": "debit"}[way]
    parts = draw(st.lists(st.tuples(amounts, tokens, texts), max_size=4, unique_by=lambda part: part[1]))
    if not parts:
        amount, ref, note = draw(st.tuples(amounts, tokens, texts))
        written = entry(f"{amount}.00", way=way, bank_ref=ref, note=note)
        return written, [(direction, amount, ref, " ".join(note.split()))]
    inner = "".join(
        details(amount, way=way, refs=optional("AcctSvcrRef", ref), text=text) for amount, ref, text in parts
    )
    lines = [(direction, amount, ref, " ".join(text.split())) for amount, ref, text in parts]
    return entry(sum(part[0] for part in parts), way=way, details=inner), lines


@given(st.lists(written_entries(), max_size=8), st.sampled_from(["", "p"]), st.integers(-(10**12), 10**12))
def test_what_is_written_reads_back(
    entries: list[tuple[str, list[tuple[str, int, str | None, str]]]], prefix: str, opening: int
) -> None:
    expected = [line for _written, lines in entries for line in lines]
    total = sum(amount if direction == "credit" else -amount for direction, amount, _ref, _text in expected)
    content = document(
        statement(*(written for written, _lines in entries), opening=opening, closing=opening + total), prefix=prefix
    )
    items = read(content)
    found = [item for item in items if isinstance(item, Line)]
    assert [(line.direction.value, line.amount_vnd, line.bank_ref, line.content) for line in found] == expected
    assert not [item for item in items if isinstance(item, Finding)]
