"""Rows of objects, read and written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vietqr.errors import DuplicateObject, MalformedObject, ValueTooLong, VietQRError
from vietqr.objects import DataObject, parse, write

rows = st.dictionaries(st.integers(0, 99).map("{:02d}".format), st.text(min_size=1, max_size=99), max_size=8)


@given(rows)
def test_what_is_written_is_read_back(row: dict[str, str]) -> None:
    text = "".join(write(path, value) for path, value in row.items())
    found = parse(text)
    assert {each.path: each.value for each in found} == row
    assert all(text[each.position :].startswith(each.id) for each in found)


@given(st.text(alphabet="0123456789AÁ²٣ ", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = parse(text)
    except VietQRError as fault:
        refused_at = fault.position
    else:
        refused_at = 0
        assert "".join(write(each.path, each.value) for each in found) == text
    assert refused_at is not None
    assert 0 <= refused_at <= len(text)


def test_a_nested_row_knows_where_it_stands() -> None:
    (outer,) = parse("62110807RAU 123")
    (inner,) = parse(outer.value, outer)
    assert inner == DataObject("62.08", "RAU 123", 4)
    assert inner.id == "08"


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("0", 0),
        ("000201000", 6),
        ("A10201", 0),
        ("²00201", 0),
        ("00A201", 0),
        ("00+201", 0),
        ("00 201", 0),
        ("00\u0660\u066201", 0),
        ("0000", 0),
        ("000301", 0),
        ("000201\n", 6),
    ],
)
def test_refuses_a_malformed_row(text: str, position: int) -> None:
    with pytest.raises(MalformedObject) as caught:
        parse(text)
    assert caught.value.position == position


def test_refuses_a_malformed_nested_row_with_its_place() -> None:
    outer = DataObject("62", "0809RAU", 40)
    with pytest.raises(MalformedObject, match=r"62\.08: 9 characters are announced, 3") as caught:
        parse(outer.value, outer)
    assert (caught.value.path, caught.value.position) == ("62.08", 44)


def test_refuses_an_id_twice() -> None:
    with pytest.raises(DuplicateObject) as caught:
        parse("54011" + "5801A" + "54012")
    assert caught.value.path == "54"


def test_takes_a_value_of_99_characters_and_no_more() -> None:
    assert write("99", "A" * 99).startswith("9999A")
    with pytest.raises(ValueTooLong):
        write("99", "A" * 100)


def test_refuses_an_empty_value() -> None:
    with pytest.raises(MalformedObject):
        write("59", "")
