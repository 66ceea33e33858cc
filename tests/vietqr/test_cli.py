"""The commands as a shell runs them."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import vietqr
from vietqr import cli

RIGHT = vietqr.encode(bank_bin="970436", account_number="0011001234567", amount_vnd=12_000)
ROOT = Path(vietqr.__file__).parents[1]
ENDLESS = "the payload does not end in 6304 and 4 hex digits"
COMMAND = [sys.executable, "-m", "vietqr"]
# Unbuffered output would hide a missing flush and an unfinished one at the exit.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}


def run(*arguments: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
    options.setdefault("input", b"")
    options.setdefault("env", ENVIRONMENT)
    return subprocess.run([*COMMAND, *arguments], capture_output=True, check=False, cwd=ROOT, timeout=20, **options)


def shell(line: str) -> subprocess.CompletedProcess[bytes]:
    """Run a line in which ``vietqr`` is the command and ``right`` a right payload."""
    line = line.replace("vietqr", f"'{sys.executable}' -m vietqr").replace("right", RIGHT)
    return subprocess.run(
        ["/bin/sh", "-c", line], capture_output=True, check=False, cwd=ROOT, env=ENVIRONMENT, timeout=20
    )


def checked(source: bytes, *, strict: bool = True) -> list[str]:
    out = io.BytesIO()
    cli.check(io.BytesIO(source), out, strict=strict)
    return out.getvalue().decode("ascii").splitlines()


def test_check_answers_each_line() -> None:
    done = run("check", input=f"{RIGHT}\nhello\n{RIGHT}".encode())
    lines = done.stdout.decode().splitlines()
    assert [line.split(":")[0] for line in lines] == ["valid", "invalid", "valid"]
    assert lines[1].startswith("invalid: the payload does not end in 6304")
    assert (done.returncode, done.stderr) == (0, b"")


def test_check_answers_nothing_with_nothing() -> None:
    assert checked(b"") == []


def test_check_takes_the_line_ends_of_every_system() -> None:
    assert checked(f"{RIGHT}\r\n{RIGHT}\n{RIGHT}".encode()) == ["valid"] * 3


@pytest.mark.parametrize("around", [b" %s", b"%s ", b"%s\r\r", b"\t%s", b"\xef\xbb\xbf%s"])
def test_check_trims_nothing_else(around: bytes) -> None:
    assert checked(around % RIGHT.encode() + b"\n")[0].startswith("invalid: ")


@pytest.mark.parametrize("separator", [b"\r", b"\x0b", b"\x0c", b"\x1c", b"\x85", b"\xe2\x80\xa8"])
def test_check_takes_nothing_else_for_a_line_end(separator: bytes) -> None:
    assert len(checked(RIGHT.encode() + separator + RIGHT.encode() + b"\n")) == 1


def test_check_answers_an_empty_line() -> None:
    assert checked(f"\n{RIGHT}\n\r\n".encode()) == [
        "invalid: the payload is empty",
        "valid",
        "invalid: the payload is empty",
    ]


def test_check_answers_bytes_that_are_no_text() -> None:
    assert checked(b"\xff\xfe\n\xc3\n\0\n") == [
        "invalid: character 0 is not Unicode text: the input is not UTF-8",
        "invalid: character 0 is not Unicode text: the input is not UTF-8",
        f"invalid: {ENDLESS}; 1 characters are left over at the end",
    ]


def test_check_answers_a_line_without_end_once() -> None:
    long = b"0" * (3 * cli.MAX_LINE_BYTES)
    right = RIGHT.encode()
    answers = checked(long + b"\n" + right + b"\n" + long)
    assert answers == ["invalid: the payload has more than 512 characters", "valid", answers[0]]


@pytest.mark.parametrize("more", range(-3, 4))
def test_check_keeps_in_step_around_its_limit(more: int) -> None:
    line = b"0" * (cli.MAX_LINE_BYTES + more)
    assert len(checked(line + b"\n" + line + b"\r\n" + line)) == 3


def test_check_forgives_when_asked() -> None:
    payload = next(
        code
        for code in (vietqr.encode(bank_bin="970436", account_number=str(number)) for number in range(99))
        if code[-4:] != code[-4:].lower()
    )
    line = (payload[:-4] + payload[-4:].lower()).encode()
    assert checked(line, strict=False) == ["valid"]
    assert checked(line)[0].endswith("is in lower case")
    assert run("check", "--lenient", input=line).stdout == b"valid\n"


def test_check_answers_line_by_line() -> None:
    with subprocess.Popen(
        [*COMMAND, "check"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, env=ENVIRONMENT
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for _ in range(3):
            process.stdin.write(RIGHT.encode() + b"\n")
            process.stdin.flush()
            assert process.stdout.readline() == b"valid\n"
        process.stdin.close()
        assert process.wait(timeout=20) == 0


def test_check_stops_quietly_when_nobody_reads() -> None:
    done = shell("yes right | head -n 20000 | vietqr check | head -n 1")
    assert (done.stdout, done.stderr) == (b"valid\n", b"")


def test_check_answers_nothing_when_its_input_is_closed() -> None:
    done = shell("vietqr check <&-")
    assert (done.stdout, done.stderr, done.returncode) == (b"", b"", 0)


@pytest.mark.parametrize("line", ["echo right | vietqr check >&-", "vietqr decode right >&-"])
def test_fails_when_its_output_is_closed(line: str) -> None:
    done = shell(line)
    assert (done.stderr, done.returncode) == (b"", 1)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is full")
@pytest.mark.parametrize("line", ["echo right | vietqr check", "vietqr decode right"])
def test_says_why_its_output_failed(line: str) -> None:
    done = shell(f"{line} >/dev/full")
    assert (done.stderr, done.returncode) == (b"vietqr: No space left on device\n", 1)


def test_decode_prints_json() -> None:
    done = run("decode", RIGHT)
    answer = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, b"")
    assert answer["valid"] is True
    assert answer["bank_bin"] == "970436"
    assert answer["account_number"] == "0011001234567"
    assert answer["amount_vnd"] == 12_000
    assert answer["is_dynamic"] is True
    assert answer["purpose"] is None
    assert answer["bank"]["short_name"] == "Vietcombank"
    assert answer["payload"] == RIGHT


def test_decode_prints_every_field() -> None:
    body = "0002010102111531" + "9" * 31
    body += "38530010A0000007270123000697049901090000123450208QRIBFTTA"
    body += "530370455020357035.55802VN64230002vi0113Rau Cô Ba Tư\u01d06304"
    answer = json.loads(run("decode", body + vietqr.crc(body)).stdout)
    assert answer["bank"] is None
    assert answer["tip_percent"] == "5.5"
    assert answer["language_template"]["merchant_name"] == "Rau Cô Ba Tư\u01d0"
    assert [each["path"] for each in answer["skipped"]] == ["15"]


@pytest.mark.parametrize("payload", ["", "hello", RIGHT[:-1], RIGHT + "\n", "\udcff"])
def test_decode_says_what_is_wrong(payload: str) -> None:
    done = run("decode", payload)
    answer = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (1, b"")
    assert answer["valid"] is False
    assert answer["errors"][0].keys() == {"code", "message", "path", "position"}


def test_decode_does_not_depend_on_the_locale() -> None:
    body = RIGHT[:-8] + "64190002vi0109Rau Cô Ba6304"
    environment = ENVIRONMENT | {"LC_ALL": "C", "PYTHONUTF8": "1", "PYTHONIOENCODING": "ascii"}
    done = run("decode", body + vietqr.crc(body), env=environment)
    assert json.loads(done.stdout)["language_template"]["merchant_name"] == "Rau Cô Ba"
    assert "Rau Cô Ba".encode() in done.stdout


def test_decode_forgives_when_asked() -> None:
    body = RIGHT[:-8] + "5902Đ16304"
    payload = body + vietqr.crc(body)
    assert run("decode", payload).returncode == 1
    done = run("decode", "--lenient", payload)
    assert done.returncode == 0
    assert json.loads(done.stdout)["merchant_name"] == "Đ1"


@pytest.mark.parametrize("arguments", [[], ["read"], ["decode"], ["check", "x"]])
def test_refuses_to_be_called_otherwise(arguments: list[str]) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"usage: python -m vietqr" in done.stderr
