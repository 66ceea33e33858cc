"""How fast statements are read, and in how little memory.

Run it as: python benchmarks/statements.py

The file is written to a temporary folder. Each format is read in a process of its own, so that its peak resident
memory is the reader's; beside it stands the peak of a process that reads a file of one entry, which is the price of
Python and its libraries. Entries a second are of processor time.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from payments.statement_lines import Line
from payments.statements.camt import read_camt
from payments.statements.table import read_table

READERS: dict[str, Callable[..., Iterator[Any]]] = {"camt": read_camt, "csv": read_table}
CAMT_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>'
    "<GrpHdr><MsgId>B</MsgId><CreDtTm>2026-11-24T00:00:00+07:00</CreDtTm></GrpHdr><Stmt><Id>B1</Id>"
    "<Acct><Id><Othr><Id>990000000001</Id></Othr></Id></Acct>\n"
)
CAMT_TAIL = "</Stmt></BkToCstmrStmt></Document>\n"
CSV_HEAD = "account_number,booked_at,credit_vnd,debit_vnd,bank_ref,content,party_name\n"


def camt_entry(number: int) -> str:
    """An entry with what banks usually say."""
    return (
        f'<Ntry><NtryRef>{number}</NtryRef><Amt Ccy="VND">{number % 90 + 10}000</Amt><CdtDbtInd>CRDT</CdtDbtInd>'
        "<Sts><Cd>BOOK</Cd></Sts><BookgDt><DtTm>2026-11-23T08:30:00+07:00</DtTm></BookgDt>"
        "<ValDt><Dt>2026-11-23</Dt></ValDt>"
        f"<AcctSvcrRef>FT26327{number:09}</AcctSvcrRef><BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd>"
        "<SubFmlyCd>DMCT</SubFmlyCd></Fmly></Domn></BkTxCd>"
        f"<NtryDtls><TxDtls><Refs><EndToEndId>E{number}</EndToEndId></Refs>"
        "<RltdPties><Dbtr><Pty><Nm>NGUYEN THI MAU</Nm></Pty></Dbtr>"
        f"<DbtrAcct><Id><Othr><Id>88{number:010}</Id></Othr></Id></DbtrAcct></RltdPties>"
        f"<RmtInf><Ustrd>rau muong C4{number:08}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>\n"
    )


def csv_row(number: int) -> str:
    """The same as a row."""
    amount = f"{number % 90 + 10}.000"
    return f"990000000001,23/11/2026 08:30:00,{amount},,FT26327{number:09},rau muong C4{number:08},NGUYEN THI MAU\n"


def write(path: Path, kind: str, megabytes: float) -> int:
    """Write a statement of about that size, of one entry at the least; gives how many it has."""
    head, tail, one = (CAMT_HEAD, CAMT_TAIL, camt_entry) if kind == "camt" else (CSV_HEAD, "", csv_row)
    wanted = int(megabytes * 1_000_000)
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        written = file.write(head)
        while not count or written < wanted:
            written += file.write(one(count))
            count += 1
        file.write(tail)
    return count


def read_here(path: Path, kind: str) -> dict[str, float]:
    """Read a file in this process; gives lines, their sum, processor seconds and peak resident memory in MB."""
    began = time.process_time()
    count = total_vnd = 0
    with path.open("rb") as file:
        for item in READERS[kind](file):
            if isinstance(item, Line):
                count += 1
                total_vnd += item.amount_vnd
    took_s = time.process_time() - began
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"lines": count, "total_vnd": total_vnd, "took_s": took_s, "peak_mb": peak_mb}


def read_in_child(path: Path, kind: str) -> dict[str, float]:
    """The same in a process of its own."""
    command = [sys.executable, __file__, "--read", str(path), "--kind", kind]
    found: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return found


def measure(kind: str, megabytes: float) -> dict[str, float]:
    """Write, read in a child, and give its figures with those of a file of one entry beside them."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"statement.{kind}"
        write(path, kind, 0)
        idle_mb = read_in_child(path, kind)["peak_mb"]
        written = write(path, kind, megabytes)
        found = read_in_child(path, kind)
        if found["lines"] != written:
            raise SystemExit(f"{written} entries were written, {found['lines']} were read")
        return found | {"idle_mb": idle_mb, "size_mb": path.stat().st_size / 1_000_000}


def main() -> None:
    """Run all and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=float, default=200, help="size of the file that is written")
    parser.add_argument("--read", type=Path, help="read this file here and print its figures as JSON")
    parser.add_argument("--kind", choices=READERS, help="one format alone")
    given = parser.parse_args()
    if given.read is not None:
        print(json.dumps(read_here(given.read, given.kind or "camt")))
        return
    for kind in [given.kind] if given.kind else READERS:
        found = measure(kind, given.megabytes)
        print(
            f"{kind}: {found['size_mb']:.0f} MB, {found['lines']:.0f} entries, "
            f"{found['lines'] / found['took_s']:.0f} entries/s; peak {found['peak_mb']:.0f} MB "
            f"(a file of one entry: {found['idle_mb']:.0f} MB)"
        )


if __name__ == "__main__":
    main()
