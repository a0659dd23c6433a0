"""Tables for a terminal and for Markdown."""

from labs.analysis import tables

HEADER, ROWS = ("run", "loss"), [("a|b", "1.5"), ("long name", "12.25")]


def test_columns_lie_one_below_the_other():
    assert tables.aligned(HEADER, ROWS, left=1) == [
        "run         loss",
        "a|b          1.5",
        "long name  12.25",
    ]


def test_markdown_aligns_numbers_at_the_right_and_keeps_bars_in_their_cell():
    assert tables.markdown(HEADER, ROWS, left=1) == [
        "| run | loss |",
        "| --- | ---: |",
        r"| a\|b | 1.5 |",
        "| long name | 12.25 |",
    ]


def test_of_several_values_the_mean_the_smallest_and_the_largest_are_told():
    assert tables.spread([0.5], 2) == "0.50"
    assert tables.spread([0.5, 0.7, 0.3], 3) == "0.500 (0.300 to 0.700)"
