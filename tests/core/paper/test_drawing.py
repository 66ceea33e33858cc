from dataclasses import replace

import pytest

from core.paper.drawing import Text
from core.paper.fonts import Weight


def test_a_turned_line_covers_the_box_that_it_states():
    text = Text(50, 50, "Ạy", Weight.REGULAR, 10, "#000000")
    for turn, (dx, dy) in {90: (1, 1), -90: (-1, -1)}.items():
        box = replace(text, turn=turn).box
        assert (box.width, box.height) == pytest.approx((text.box.height, text.box.width))
        middle = (box.y + box.height / 2 - 50) * dy
        assert middle == pytest.approx(text.box.width / 2)
        assert (box.x + box.width / 2 - 50) * dx > 0
