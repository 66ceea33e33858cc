"""The CRC against its definition and against published values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vietqr import crc
from vietqr.errors import NotText


def by_definition(data: bytes) -> str:
    """Divide bit by bit, as the standard describes it."""
    register = 0xFFFF
    for byte in data:
        register ^= byte << 8
        for _ in range(8):
            register = (register << 1) ^ (0x1021 if register & 0x8000 else 0)
            register &= 0xFFFF
    return f"{register:04X}"


def test_check_value_of_the_standard() -> None:
    assert crc("123456789") == "29B1"


def test_nothing_leaves_the_initial_value() -> None:
    assert crc("") == "FFFF"


def test_first_example_of_napas_with_its_inner_length_put_right() -> None:
    body = "00020101021138570010A00000072701270006970403011300110123456780208QRIBFTTA53037045802VN"
    assert crc(body + "6304") == "9E6F"


def test_first_example_of_napas_as_it_is_printed() -> None:
    body = "00020101021138570010A00000072701270006970403011200110123456780208QRIBFTTA53037045802VN"
    assert crc(body + "6304") == "F4E5"


def test_keeps_leading_zeros() -> None:
    assert any(crc(str(number)).startswith("0") for number in range(100))
    assert all(len(crc(str(number))) == 4 for number in range(100))


@given(st.text(max_size=100))
def test_runs_over_utf_8_bytes(data: str) -> None:
    assert crc(data) == by_definition(data.encode())


def test_refuses_what_is_not_text() -> None:
    with pytest.raises(NotText) as caught:
        crc("ab\udcff")
    assert caught.value.position == 2
