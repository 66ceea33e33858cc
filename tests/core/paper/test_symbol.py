import pytest

from core.paper.errors import CannotBeDrawn
from core.paper.symbol import encode


def test_a_symbol_is_a_square_of_modules_and_its_runs_are_its_dark_ones() -> None:
    symbol = encode("https://cho40.example/s/DX01-A012")
    drawn = {(x + step, y) for x, y, run in symbol.dark_runs() for step in range(run)}
    assert {len(row) for row in symbol.rows} == {symbol.side}
    assert drawn == {(x, y) for y, row in enumerate(symbol.rows) for x, dark in enumerate(row) if dark}


#: The library cannot divide a block of nothing but zero bits.
ZEROS = "00020101021138570010A00000072701270006970403011300110123456780208QRIBFTTA53037045802VN63049E6F" + "0" * 60


@pytest.mark.parametrize("payload", ["đ" * 1_000, ZEROS], ids=["too long", "a block of zeros"])
def test_a_payload_that_no_symbol_holds_is_refused(payload: str) -> None:
    with pytest.raises(CannotBeDrawn, match="one symbol"):
        encode(payload)
