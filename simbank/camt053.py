"""A day's statement as ISO 20022 writes it: camt.053.001.08, one `Stmt` for each account.

Written piece by piece, so that a market's day needs no more memory than one account's. Texts of the
standard hold 35 characters where ours may hold more; see `_end_to_end_id`.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from xml.etree import ElementTree as ET

from .clock import day_bounds, iso
from .models import TransferKind
from .numbers import BANK_BIN, BANK_NAME
from .statements import CURRENCY, AccountDay, Line

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
REFERENCE_MAX = 35
NOT_PROVIDED = "NOTPROVIDED"
"""What the standard's users write where an end-to-end reference is wanted and there is none."""

_SIDES = {"credit": "CRDT", "debit": "DBIT"}
_FAMILIES = {
    # Of the standard's bank transaction codes: received and issued credit transfers, domestic; one that was reversed.
    ("credit", TransferKind.TRANSFER): ("RCDT", "DMCT"),
    ("debit", TransferKind.TRANSFER): ("ICDT", "DMCT"),
    ("credit", TransferKind.REFUND): ("RCDT", "DMCT"),
    ("debit", TransferKind.REFUND): ("ICDT", "DMCT"),
    ("credit", TransferKind.REVERSAL): ("ICDT", "RPCR"),
    ("debit", TransferKind.REVERSAL): ("RCDT", "RPCR"),
}


def document(days: Iterable[AccountDay], day: date, made_at: datetime) -> Iterator[bytes]:
    """Yield the document in pieces, UTF-8. A day that has not ended yet closes with an interim balance."""
    final = day_bounds(day)[1] <= made_at
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{NAMESPACE}"><BkToCstmrStmt>'.encode()
    header = ET.Element("GrpHdr")
    _text(header, "MsgId", f"SIMBANK-{day:%Y%m%d}-{made_at:%Y%m%d%H%M%S}")
    _text(header, "CreDtTm", iso(made_at))
    yield _bytes(header)
    for account_day in days:
        yield from _statement(account_day, day, made_at, final=final)
    yield b"</BkToCstmrStmt></Document>\n"


def _statement(account_day: AccountDay, day: date, made_at: datetime, *, final: bool) -> Iterator[bytes]:
    yield b"<Stmt>"
    for element in _head(account_day, day, made_at, final=final):
        yield _bytes(element)
    for line in account_day.lines:
        yield _bytes(_entry(line))
    yield b"</Stmt>"


def _head(account_day: AccountDay, day: date, made_at: datetime, *, final: bool) -> Iterator[ET.Element]:
    yield _leaf("Id", f"{account_day.account_number}-{day:%Y%m%d}")
    yield _leaf("CreDtTm", iso(made_at))
    start, end = day_bounds(day)
    period = ET.Element("FrToDt")
    _text(period, "FrDtTm", iso(start))
    _text(period, "ToDtTm", iso(end - timedelta(milliseconds=1)))
    yield period
    yield _account(account_day)
    yield _balance("OPBD", account_day.opening_vnd, day)
    yield _balance("CLBD" if final else "ITBD", account_day.closing_vnd, day)


def _account(account_day: AccountDay) -> ET.Element:
    account = ET.Element("Acct")
    _text(account, "Id/Othr/Id", account_day.account_number)
    _text(account, "Ccy", CURRENCY)
    _text(account, "Ownr/Nm", account_day.holder_name)
    servicer = _text(account, "Svcr/FinInstnId/Nm", BANK_NAME)
    _text(servicer, "Othr/Id", BANK_BIN)
    return account


def _balance(code: str, amount_vnd: int, day: date) -> ET.Element:
    balance = ET.Element("Bal")
    _text(balance, "Tp/CdOrPrtry/Cd", code)
    _amount(balance, abs(amount_vnd))
    _text(balance, "CdtDbtInd", "CRDT" if amount_vnd >= 0 else "DBIT")
    _text(balance, "Dt/Dt", day.isoformat())
    return balance


def _entry(line: Line) -> ET.Element:
    entry = ET.Element("Ntry")
    _text(entry, "NtryRef", line.line_id)
    _amount(entry, line.amount_vnd)
    _text(entry, "CdtDbtInd", _SIDES[line.direction])
    if line.kind == TransferKind.REVERSAL:
        _text(entry, "RvslInd", "true")
    _text(entry, "Sts/Cd", "BOOK")
    _text(entry, "BookgDt/DtTm", iso(line.booked_at))
    _text(entry, "ValDt/Dt", iso(line.booked_at)[:10])
    _text(entry, "AcctSvcrRef", line.bank_ref)
    _transaction_code(entry, line)
    details = ET.SubElement(ET.SubElement(entry, "NtryDtls"), "TxDtls")
    _references(details, line)
    _amount(details, line.amount_vnd)
    _text(details, "CdtDbtInd", _SIDES[line.direction])
    _parties(details, line)
    if line.content:
        _text(details, "RmtInf/Ustrd", line.content)
    return entry


def _transaction_code(entry: ET.Element, line: Line) -> None:
    code = ET.SubElement(entry, "BkTxCd")
    family, sub_family = _FAMILIES[line.direction, TransferKind(line.kind)]
    domain = _text(code, "Domn/Cd", "PMNT")
    inner = ET.SubElement(domain, "Fmly")
    _text(inner, "Cd", family)
    _text(inner, "SubFmlyCd", sub_family)
    _text(_text(code, "Prtry/Cd", line.kind), "Issr", BANK_NAME)


def _references(details: ET.Element, line: Line) -> None:
    references = ET.SubElement(details, "Refs")
    _text(references, "AcctSvcrRef", line.bank_ref)
    _text(references, "EndToEndId", _end_to_end_id(line))
    if line.credit_id is not None:
        _text(_text(references, "Prtry/Tp", "CREDIT_ID"), "Ref", line.credit_id)


def _end_to_end_id(line: Line) -> str:
    """Return the refund's request id, else the credit's id; neither is cut to fit: half a reference is another one."""
    reference = line.refund_request_id or line.credit_id
    return reference if reference is not None and len(reference) <= REFERENCE_MAX else NOT_PROVIDED


def _parties(details: ET.Element, line: Line) -> None:
    parties = ET.SubElement(details, "RltdPties")
    own = line.virtual_account or line.account_number
    came_in = line.direction == "credit"
    _text(parties, "Dbtr/Pty/Nm", line.payer_name)
    _text(parties, "DbtrAcct/Id/Othr/Id", line.payer_ref if came_in else own)
    _text(parties, "Cdtr/Pty/Nm", line.payee_name)
    if came_in:
        _text(parties, "CdtrAcct/Id/Othr/Id", own)
    agents = ET.SubElement(details, "RltdAgts")
    _text(agents, "DbtrAgt/FinInstnId/Othr/Id", line.payer_bank_bin)


def _amount(parent: ET.Element, amount_vnd: int) -> None:
    ET.SubElement(parent, "Amt", Ccy=CURRENCY).text = str(amount_vnd)


def _text(parent: ET.Element, path: str, text: str) -> ET.Element:
    """Write `text` at the end of a path of new elements; return the parent of the last one."""
    *outer, name = path.split("/")
    for step in outer:
        parent = ET.SubElement(parent, step)
    ET.SubElement(parent, name).text = text
    return parent


def _leaf(name: str, text: str) -> ET.Element:
    element = ET.Element(name)
    element.text = text
    return element


def _bytes(element: ET.Element) -> bytes:
    # As ASCII with character references, pieces can be put one after the other without a declaration each.
    written: bytes = ET.tostring(element, encoding="us-ascii", xml_declaration=False)
    return written
