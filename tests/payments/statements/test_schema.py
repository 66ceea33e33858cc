"""The standard's own schemas, and documents that a program made from them: another's hand in every version.

Neither knows our reader. The schemas are ISO 20022's; the program's classes were generated from them, and it writes
what they hold with any prefix or none.
"""

from __future__ import annotations

import importlib
import io
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.statement_lines import Line
from payments.statements.camt import read_camt
from payments.statements.items import AccountPeriod, Finding, FindingKind, Item
from tests.support.samples import faults, package
from tests.support.statements import details, document, entry, statement

VERSIONS = [f"{number:02}" for number in range(2, 15)]
#: Those that the program has classes for; what it reads of later ones stands where 12 has it.
WRITTEN = VERSIONS[:11]
Node = dict[str, Any]


@pytest.fixture(scope="module", autouse=True)
def _writer() -> Iterator[None]:
    """The program's packages can be imported, for as long as these tests run."""
    places = [str(package(name)) for name in ("xsdata", "pyiso20022")]
    sys.path[:0] = places
    yield
    for place in places:
        sys.path.remove(place)


def write(version: str, statements: list[Node], prefix: str | None) -> bytes:
    decoder = importlib.import_module("xsdata.formats.dataclass.parsers").DictDecoder()
    serializer = importlib.import_module("xsdata.formats.dataclass.serializers").XmlSerializer()
    made = importlib.import_module(f"pyiso20022.camt.camt_053_001_{version}").Document
    head = {"MsgId": "M1", "CreDtTm": "2026-11-24T01:00:00+07:00"}
    whole = decoder.decode({"BkToCstmrStmt": {"GrpHdr": head, "Stmt": statements}}, made)
    return serializer.render(whole, ns_map={prefix: made.Meta.namespace}).encode()


def money(amount_vnd: int, way: str) -> Node:
    return {"Amt": {"value": str(amount_vnd), "Ccy": "VND"}, "CdtDbtInd": way}


def transaction(version: str, amount_vnd: int, way: str, ref: str) -> Node:
    said = money(amount_vnd, way)
    amount = {"AmtDtls": {"TxAmt": {"Amt": said["Amt"]}}} if version == "02" else said
    name = {"Nm": "TRAN THI MAU"}
    party = name if version < "07" else {"Pty": name}
    return amount | {"Refs": {"AcctSvcrRef": ref}, "RltdPties": {"Dbtr": party, "Cdtr": party}}


def written_entry(version: str, way: str, amounts: list[int], ref: str, *, taken_back: bool, waits: bool) -> Node:
    status = "PDNG" if waits else "BOOK"
    return money(sum(amounts), way) | {
        "RvslInd": taken_back,
        "Sts": status if version < "07" else {"Cd": status},
        "BookgDt": {"DtTm": "2026-11-23T08:30:05+07:00"},
        "BkTxCd": {"Prtry": {"Cd": "TRF"}},
        "NtryDtls": [
            {
                "Btch": {"NbOfTxs": str(len(amounts))},
                "TxDtls": [transaction(version, one, way, f"{ref}-{place}") for place, one in enumerate(amounts)],
            }
        ],
    }


def written_statement(account: str, entries: list[Node], opening: int) -> Node:
    booked = [one for one in entries if one["Sts"] in ("BOOK", {"Cd": "BOOK"})]
    sums = {way: [int(one["Amt"]["value"]) for one in booked if one["CdtDbtInd"] == way] for way in ("CRDT", "DBIT")}
    closing = opening + sum(sums["CRDT"]) - sum(sums["DBIT"])
    balances = [
        {
            "Tp": {"CdOrPrtry": {"Cd": code}},
            "Dt": {"Dt": "2026-11-23"},
            **money(abs(balance), "CRDT" if balance >= 0 else "DBIT"),
        }
        for code, balance in (("OPBD", opening), ("CLBD", closing))
    ]
    totals = {
        name: {"NbOfNtries": str(len(sums[way])), "Sum": str(sum(sums[way]))}
        for name, way in (("TtlCdtNtries", "CRDT"), ("TtlDbtNtries", "DBIT"))
    }
    return {
        "Id": f"S-{account}",
        "CreDtTm": "2026-11-24T01:00:00+07:00",
        "FrToDt": {"FrDtTm": "2026-11-23T00:00:00+07:00", "ToDtTm": "2026-11-24T00:00:00+07:00"},
        "Acct": {"Id": {"Othr": {"Id": account}}, "Ccy": "VND"},
        "Bal": balances,
        "TxsSummry": totals,
        "Ntry": entries,
    }


def read(content: bytes) -> list[Item]:
    return list(read_camt(io.BytesIO(content)))


@pytest.mark.parametrize("version", WRITTEN)
@pytest.mark.parametrize("prefix", [None, "ns2"])
def test_what_another_program_writes_is_read_in_every_version(version: str, prefix: str | None) -> None:
    entries = [
        written_entry(version, "CRDT", [10_000, 25_000], "A", taken_back=False, waits=False),
        written_entry(version, "DBIT", [4_000], "B", taken_back=True, waits=False),
    ]
    content = write(version, [written_statement("990000000001", entries, -500)], prefix)
    assert faults(version, content) == []
    *lines, period = read(content)
    assert [
        (line.direction, line.amount_vnd, line.bank_ref, line.party_name, line.is_reversal, line.booked_at)
        for line in lines
        if isinstance(line, Line)
    ] == [
        ("credit", 10_000, "A-0", "TRAN THI MAU", False, datetime(2026, 11, 23, 1, 30, 5, tzinfo=UTC)),
        ("credit", 25_000, "A-1", "TRAN THI MAU", False, datetime(2026, 11, 23, 1, 30, 5, tzinfo=UTC)),
        ("debit", 4_000, "B-0", "TRAN THI MAU", True, datetime(2026, 11, 23, 1, 30, 5, tzinfo=UTC)),
    ]
    assert isinstance(period, AccountPeriod)
    assert (period.opening_vnd, period.closing_vnd, period.entire) == (-500, 30_500, True)


@pytest.mark.parametrize("version", VERSIONS[11:])
def test_the_newest_versions_have_all_of_it_where_12_has_it(version: str) -> None:
    entries = [written_entry("12", "CRDT", [10_000, 25_000], "A", taken_back=True, waits=False)]
    content = write("12", [written_statement("990000000001", entries, 0)], None).replace(
        b"053.001.12", f"053.001.{version}".encode()
    )
    assert faults(version, content) == []
    assert [item.amount_vnd for item in read(content) if isinstance(item, Line)] == [10_000, 25_000]


amounts = st.lists(st.integers(1, 10**9), min_size=1, max_size=4)
entries_of_a_statement = st.lists(
    st.tuples(st.sampled_from(["CRDT", "DBIT"]), amounts, st.booleans(), st.sampled_from([False, False, True])),
    max_size=5,
)


@given(
    st.sampled_from(WRITTEN),
    st.sampled_from([None, "camt"]),
    st.lists(st.tuples(st.integers(-(10**9), 10**9), entries_of_a_statement), min_size=1, max_size=3),
)
def test_whatever_another_program_writes_is_read_to_its_sums(
    version: str,
    prefix: str | None,
    written: list[tuple[int, list[tuple[str, list[int], bool, bool]]]],
) -> None:
    statements = [
        written_statement(
            str(number),
            [
                written_entry(version, way, parts, f"{number}-{place}", taken_back=taken_back, waits=waits)
                for place, (way, parts, taken_back, waits) in enumerate(entries)
            ],
            opening,
        )
        for number, (opening, entries) in enumerate(written)
    ]
    items = read(write(version, statements, prefix))
    assert {item.kind for item in items if isinstance(item, Finding)} <= {FindingKind.NOT_BOOKED}
    for number, (opening, entries) in enumerate(written):
        lines = [item for item in items if isinstance(item, Line) and item.account_number == str(number)]
        booked = [(way, part, taken_back) for way, parts, taken_back, waits in entries for part in parts if not waits]
        assert [(line.direction, line.amount_vnd, line.is_reversal) for line in lines] == [
            ({"CRDT": "credit", "DBIT": "debit"}[way], part, taken_back) for way, part, taken_back in booked
        ]
        (period,) = [item for item in items if isinstance(item, AccountPeriod) and item.account_number == str(number)]
        moved_vnd = sum(part if way == "CRDT" else -part for way, part, _taken_back in booked)
        assert (period.opening_vnd, period.closing_vnd, period.entire) == (opening, opening + moved_vnd, True)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("prefix", ["", "camt"])
def test_the_documents_of_our_own_tests_are_the_standards(version: str, prefix: str) -> None:
    amount = None if version == "02" else 35_000
    inner = details(amount, refs="<AcctSvcrRef>F1</AcctSvcrRef><EndToEndId>E1</EndToEndId>", text="rau")
    status = "BOOK" if version < "07" else "<Cd>BOOK</Cd>"
    whole = entry(35_000, ref="N1", bank_ref="F1", reversal="true", status=status, details=inner, note="CK")
    content = document(statement(whole, opening=0, closing=35_000), version=version, prefix=prefix)
    assert faults(version, content) == []


def test_the_schema_tells_a_wrong_document_from_a_right_one() -> None:
    assert faults("08", document(statement(entry(status="BOOK"))))
