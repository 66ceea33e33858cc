"""The commands ``check`` and ``decode``.

``check`` answers every line of standard input with one line, so that the two
can be laid side by side: an empty line is an empty payload, and invalid.  A line
ends in LF or CRLF; nothing else is trimmed.  It exits 0 when all lines were
answered, whatever the answers.

``decode`` prints JSON, UTF-8, for a right payload and for a wrong one, and exits
1 for a wrong one.

Both exit 1 when their output cannot be written (a reader that has left says no
more than that), and 2 when they were called wrongly.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any, BinaryIO

from vietqr import banks
from vietqr.errors import VietQRError
from vietqr.model import VietQR
from vietqr.reader import decode, faults

MAX_LINE_BYTES = 4096
"""As much of a line as is looked at: far more than a payload can have."""

EXIT_OK, EXIT_FAILED, EXIT_INTERRUPTED = 0, 1, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command on the process's streams and return the exit status."""
    chosen = _parser().parse_args(arguments)
    if sys.stdout is None:  # closed by whoever started us
        return EXIT_FAILED
    out = sys.stdout.buffer
    try:
        if chosen.command == "check":
            check(sys.stdin.buffer if sys.stdin else None, out, strict=not chosen.lenient)
            return EXIT_OK
        return decode_one(chosen.payload, out, strict=not chosen.lenient)
    except OSError as problem:
        return _give_up(problem)
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED


def check(source: BinaryIO | None, out: BinaryIO, *, strict: bool = True) -> None:
    r"""Answer every line of ``source`` with ``valid`` or ``invalid: WHY``.

    >>> from io import BytesIO
    >>> answers = BytesIO()
    >>> check(BytesIO(b"hello\n\n"), answers)
    >>> print(answers.getvalue().decode(), end="")
    invalid: the payload does not end in 6304 and 4 hex digits; 'he' at 0 is not an object ID
    invalid: the payload is empty
    """
    for payload in _payloads(source) if source else ():
        wrong = [fault.message for fault in faults(payload) if strict or not fault.tolerable]
        answer = f"invalid: {'; '.join(wrong)}" if wrong else "valid"
        out.write(answer.encode("ascii") + b"\n")
        out.flush()  # a program that asks line by line waits for each answer


def decode_one(payload: str, out: BinaryIO, *, strict: bool = True) -> int:
    """Print what one payload says, or what is wrong with it; return the status."""
    try:
        answer = {"valid": True, **as_json(decode(payload, strict=strict))}
    except VietQRError:
        wrong = [fault for fault in faults(payload) if strict or not fault.tolerable]
        answer = {"valid": False, "errors": [_fault_as_json(fault) for fault in wrong]}
    text = json.dumps(answer, ensure_ascii=False, indent=2)
    out.write(text.encode() + b"\n")
    out.flush()
    return EXIT_OK if answer["valid"] else EXIT_FAILED


def as_json(code: VietQR) -> dict[str, Any]:
    """Return a code's fields for JSON, with its bank where the registry has it.

    Absent fields are there as ``None``; a percentage is text, not a float.
    """
    bank = banks.find(code.bank_bin)
    percent = code.tip_percent
    return {
        **asdict(code),
        "is_dynamic": code.is_dynamic,
        "crc": code.crc,
        "tip_percent": None if percent is None else str(percent),
        "bank": asdict(bank) if bank else None,
    }


def _fault_as_json(fault: VietQRError) -> dict[str, Any]:
    return {
        "code": fault.code,
        "message": fault.message,
        "path": fault.path,
        "position": fault.position,
    }


def _payloads(source: BinaryIO) -> Iterator[str]:
    """Yield the text of each line; bytes that are not UTF-8 stay recognisable.

    Of a line beyond the limit the beginning is enough: it is too long.
    """
    while line := source.readline(MAX_LINE_BYTES):
        rest = line
        while len(rest) == MAX_LINE_BYTES and not rest.endswith(b"\n"):
            rest = source.readline(MAX_LINE_BYTES)
        text = line.removesuffix(b"\n").removesuffix(b"\r")
        yield text.decode("utf-8", errors="surrogateescape")


def _give_up(problem: OSError) -> int:
    """Say why the output failed, unless its reader just left."""
    if not isinstance(problem, BrokenPipeError) and sys.stderr is not None:
        sys.stderr.write(f"vietqr: {problem.strerror}\n")
    # Python flushes standard output once more on exit and would complain again.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
    return EXIT_FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m vietqr", description="Check or read VietQR.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    checking = commands.add_parser("check", help="judge one payload a line of standard input")
    reading = commands.add_parser("decode", help="print as JSON what one payload says")
    reading.add_argument("payload", metavar="PAYLOAD")
    for command in (checking, reading):
        command.add_argument("--lenient", action="store_true", help="forgive what cannot misdirect money")
    return parser
