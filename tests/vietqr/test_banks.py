# ruff: noqa: RUF001 -- characters that look like others are what is tested
"""The registry of banks."""

import json
import re
from collections import Counter
from importlib.resources import files

import pytest

from vietqr import banks
from vietqr.errors import UnknownBank, VietQRError


def test_finds_a_bank_by_its_bin() -> None:
    bank = banks.get("970406")
    assert bank.short_name == "Vikki Bank"
    assert bank.former_names == ("DongA Bank",)
    assert bank.swift == "EACBVNVX"
    assert bank.vietqr == "transfer"
    assert banks.find("970406") is bank


@pytest.mark.parametrize("unknown", ["970499", "", "97043", "VCB", "９７０４３６"])
def test_says_when_there_is_none(unknown: str) -> None:
    assert banks.find(unknown) is None
    with pytest.raises(UnknownBank) as caught:
        banks.get(unknown)
    assert isinstance(caught.value, LookupError)
    assert isinstance(caught.value, VietQRError)
    assert str(caught.value).isascii()


def test_has_every_row_of_its_table_once() -> None:
    rows = json.loads(files("vietqr").joinpath("data", "banks.json").read_text(encoding="utf-8"))
    every = banks.all_banks()
    assert [bank.bin for bank in every] == sorted({row["bin"] for row in rows})
    assert len(every) == len(rows) == 65
    assert Counter(bank.vietqr for bank in every) == {
        "transfer": 41,
        "receive_only": 17,
        "unverified": 7,
    }


@pytest.mark.parametrize("bank", banks.all_banks(), ids=lambda bank: bank.bin)
def test_every_row_is_well_formed(bank: banks.Bank) -> None:
    assert re.fullmatch("[0-9]{6}", bank.bin)
    assert bank.swift is None or re.fullmatch("[A-Z]{6}[A-Z0-9]{2}", bank.swift)
    for text in (bank.code, bank.short_name, bank.name, *bank.former_names):
        assert text
        assert text == text.strip()
    assert bank in banks.search(bank.short_name)
    assert banks.search(bank.bin)[0] == bank


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("VCB", "970436"),
        ("vietcombank", "970436"),
        ("ngoại thương", "970436"),
        ("Quân đội", "970422"),
        ("mb", "970422"),
        ("Đông Á", "970406"),
        ("donga", "970406"),
        ("LienViet", "970449"),
        ("SGTTVNVX", "970403"),
        ("nam a", "970428"),
        ("970416", "970416"),
        ("CTG", "970415"),
    ],
)
def test_searches_as_people_write(text: str, first: str) -> None:
    assert banks.search(text)[0].bin == first


@pytest.mark.parametrize("text", ["", "  ", "!?", "không có ngân hàng này"])
def test_finds_nothing(text: str) -> None:
    assert banks.search(text) == ()


def test_a_bank_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        banks.get("970436").name = "X"  # type: ignore[misc]
