"""The geometry of charts and maps."""

from __future__ import annotations

import pytest

from adoption.indicators.drawing import DESK, LINE_HEIGHT, PHONE, draw_lines, draw_map, map_class


def square(west: float, south: float, size: float = 1) -> dict:
    corners = [(0, 0), (size, 0), (size, size), (0, size), (0, 0)]
    return {"type": "Polygon", "coordinates": [[[west + x, south + y] for x, y in corners]]}


def test_lines_go_from_nought_to_a_hundred_per_cent():
    [line] = draw_lines(DESK, [[(0, 10), (10, 10)]])
    assert line.stretches == (((68.0, 280.0), (720.0, 16.0)),)
    assert line.end == (720.0, 16.0)


def test_a_week_without_stalls_leaves_a_gap():
    [line] = draw_lines(DESK, [[(1, 10), (0, 0), (1, 10), (2, 10)]])
    assert [len(stretch) for stretch in line.stretches] == [1, 2]


def test_a_line_that_ends_in_a_gap_has_no_label():
    [line] = draw_lines(DESK, [[(1, 10), (0, 0)]])
    assert line.end is None


@pytest.mark.parametrize("frame", [DESK, PHONE])
def test_labels_do_not_touch(frame):
    one, other = draw_lines(frame, [[(50, 100)] * 2, [(51, 100)] * 2])
    assert one.label_y - other.label_y == LINE_HEIGHT


def test_the_last_week_is_always_named():
    for frame in (DESK, PHONE):
        for count in range(1, 54):
            named = frame.named(count)
            assert named[-1] == count - 1
            assert len(named) <= frame.ticks


@pytest.mark.parametrize(
    ("numerator", "denominator", "expected"),
    [(0, 0, "map-none"), (0, 5, "map-1"), (1, 5, "map-2"), (4, 5, "map-5"), (5, 5, "map-5"), (7999, 10000, "map-4")],
)
def test_classes_begin_at_their_lower_bound(numerator, denominator, expected):
    assert map_class(numerator, denominator) == expected


def test_a_map_keeps_north_up_and_degrees_in_proportion():
    drawn = draw_map({1: square(106, 0), 2: square(107, 0)}, 404)
    assert drawn.height == pytest.approx(204, abs=1)
    assert drawn.shapes[1].middle[0] < drawn.shapes[2].middle[0]
    assert drawn.shapes[1].width == pytest.approx(200, abs=1)


def test_away_from_the_equator_degrees_of_longitude_are_narrower():
    drawn = draw_map({1: square(106, 59.5)}, 104)
    assert drawn.height == pytest.approx(204, abs=2)


def test_an_area_in_several_parts_is_labelled_in_its_largest():
    parts = {"type": "MultiPolygon", "coordinates": [square(0, 0, 0.2)["coordinates"], square(2, 0, 1)["coordinates"]]}
    drawn = draw_map({1: parts}, 304)
    assert drawn.shapes[1].path.count("M") == 2
    assert drawn.shapes[1].middle[0] > 200


def test_labels_are_left_out_where_they_do_not_fit():
    [shape] = draw_map({1: square(0, 0)}, 64).shapes.values()
    assert shape.fits("62 %")
    assert not shape.fits("Bù Gia Mập", "62 %")


def test_a_map_of_nothing_is_empty():
    assert draw_map({}, 620).shapes == {}
