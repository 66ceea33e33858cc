"""Writing camt.053 documents as banks do, old and new, for reading them back."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

ACCOUNT = "990000000001"
DAY = "<BookgDt><Dt>2026-11-23</Dt></BookgDt>"
CODE = "<BkTxCd><Prtry><Cd>TRF</Cd></Prtry></BkTxCd>"
PERIOD = "<FrToDt><FrDtTm>2026-11-23T00:00:00+07:00</FrDtTm><ToDtTm>2026-11-24T00:00:00+07:00</ToDtTm></FrToDt>"


def document(*statements: str, version: str = "08", prefix: str = "", namespaced: bool = True) -> bytes:
    """A whole message. With a prefix every element bears it; without a namespace none is declared."""
    body = (
        "<BkToCstmrStmt><GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-11-24T01:00:00+07:00</CreDtTm></GrpHdr>\n"
        + "\n".join(statements)
        + "</BkToCstmrStmt>"
    )
    declared = f' xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}"' if namespaced else ""
    text = f"<Document{declared}>{body}</Document>"
    if prefix:
        text = re.sub(r"<(/?)(?=[A-Z])", rf"<\1{prefix}:", text).replace(" xmlns=", f" xmlns:{prefix}=")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()


def statement(
    *entries: str,
    account: str = ACCOUNT,
    opening: int | None = None,
    closing: int | None = None,
    period: str = PERIOD,
    summary: str = "",
    head: str = "",
) -> str:
    """A statement of one account. `head` stands where a page number does, `summary` before the entries."""
    return (
        f"<Stmt><Id>S-{account[-4:]}</Id>{head}<CreDtTm>2026-11-24T01:00:00+07:00</CreDtTm>{period}"
        f"<Acct><Id><Othr><Id>{account}</Id></Othr></Id></Acct>"
        f"{balance('OPBD', opening)}{balance('CLBD', closing)}{summary}" + "\n".join(entries) + "</Stmt>"
    )


def balance(code: str, amount_vnd: int | None) -> str:
    """A balance, a debt when it is below nothing."""
    if amount_vnd is None:
        return ""
    way = "CRDT" if amount_vnd >= 0 else "DBIT"
    return (
        f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="VND">{abs(amount_vnd)}</Amt>'
        f"<CdtDbtInd>{way}</CdtDbtInd><Dt><Dt>2026-11-23</Dt></Dt></Bal>"
    )


def entry(  # noqa: PLR0913 - what an entry may say
    amount: object = 50_000,
    *,
    way: str = "CRDT",
    currency: str = "VND",
    status: str = "<Cd>BOOK</Cd>",
    booked: str = DAY,
    reversal: str = "",
    ref: str = "",
    bank_ref: str = "",
    details: str = "",
    note: str = "",
) -> str:
    """An entry; `details` is everything within its `NtryDtls`."""
    return (
        f'<Ntry>{optional("NtryRef", ref)}<Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{way}</CdtDbtInd>'
        f"{optional('RvslInd', reversal)}<Sts>{status}</Sts>{booked}{optional('AcctSvcrRef', bank_ref)}{CODE}"
        f"{optional('NtryDtls', details, raw=True)}{optional('AddtlNtryInf', note)}</Ntry>"
    )


def details(  # noqa: PLR0913 - what a transaction may say
    amount: object = None,
    *,
    way: str = "CRDT",
    currency: str = "VND",
    refs: str = "",
    parties: str = "",
    agents: str = "",
    text: str = "",
    more: str = "",
) -> str:
    """One transaction of an entry, as from version 03 on."""
    money = "" if amount is None else f'<Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{way}</CdtDbtInd>'
    remitted = f"<RmtInf>{optional('Ustrd', text)}</RmtInf>" if text else ""
    return (
        f"<TxDtls>{optional('Refs', refs, raw=True)}{money}{optional('RltdPties', parties, raw=True)}"
        f"{optional('RltdAgts', agents, raw=True)}{remitted}{more}</TxDtls>"
    )


def optional(name: str, text: str, *, raw: bool = False) -> str:
    """An element, or nothing where there is nothing to say."""
    return f"<{name}>{text if raw else escape(text)}</{name}>" if text else ""
