from __future__ import annotations

from tests.support.cast import Cast


def test_the_cast_stands(cast: Cast) -> None:
    assert cast.stall_a == "DX01-A001"
    assert cast.stall_b == "BL01-B001"
